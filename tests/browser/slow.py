"""Answers that arrive when a test says so, and a hand that presses slowly: what else only a busy machine shows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

#: What a page's scripts fetch passes, until it is held; then each waits for its turn. The root element says how many
#: wait (data-waiting) and how many answers the scripts have read and are done with (data-read).
HELD = """
const real = window.fetch;
const waiting = [];
const count = () => { document.documentElement.dataset.waiting = waiting.length; };
window.slow = { held: false, letGo: () => { waiting.shift()(); count(); } };
window.fetch = async (...asked) => {
  if (slow.held) await new Promise(go => { waiting.push(go); count(); });
  const answer = await real(...asked);
  const json = answer.json.bind(answer);
  answer.json = async () => {
    const said = await json();
    const { dataset } = document.documentElement;
    setTimeout(() => { dataset.read = Number(dataset.read || 0) + 1; });
    return said;
  };
  return answer;
};
"""


class Slow:
    """The line of one page. Made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(HELD)

    def hold(self) -> None:
        self.page.evaluate("slow.held = true")

    def asked(self, number: int = 1) -> None:
        """So many wait."""
        expect(self.page.locator("html")).to_have_attribute("data-waiting", str(number))

    def is_asked(self) -> bool:
        return self.page.locator("html").get_attribute("data-waiting") not in (None, "0")

    def let_go(self) -> None:
        """What waits longest goes on its way."""
        self.asked()
        self.page.evaluate("slow.letGo()")

    def has_read(self, number: int) -> None:
        """So many answers have been read by the page's script."""
        expect(self.page.locator("html")).to_have_attribute("data-read", str(number))

    def answer(self) -> None:
        """What waits longest is answered by the site, and the page's script has read it."""
        before = int(self.page.locator("html").get_attribute("data-read") or 0)
        self.let_go()
        self.has_read(before + 1)


def place(target: Locator) -> dict[str, int]:
    """Where it stands on the page."""
    box: dict[str, int] = target.evaluate(
        """node => {
          const { x, y, width, height } = node.getBoundingClientRect();
          return { x: Math.round(x), y: Math.round(y + scrollY), width: Math.round(width), height: Math.round(height) };
        }"""
    )
    return box


def put_down(target: Locator) -> None:
    """The finger comes down on its middle, and stays."""
    target.scroll_into_view_if_needed()
    box: Any = target.bounding_box()
    target.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    target.page.mouse.down()
