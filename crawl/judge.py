"""Judges one page in a real browser: what it loads, what the console says, what a person sees, what axe finds."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, Request, Response

HERE = Path(__file__).resolve().parent
MEASURE = (HERE / "measure.js").read_text(encoding="utf-8")
SKELETON = (HERE / "skeleton.js").read_text(encoding="utf-8")
HEIGHTS = {1280: 900, 390: 844}
GRAVE = ("serious", "critical")
OPEN_ALL = "() => document.querySelectorAll('details:not([open])').forEach((one) => { one.open = true })"
REJECTED = 400
LOADED = ("http", "https", "ws", "wss")


class Ears:
    """Hears what a page loads and complains of; ``faults`` gives it away once."""

    def __init__(self, page: Page, site: str) -> None:
        self._host = urlsplit(site).netloc
        self._heard: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._heard.append(f"script error: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)

    def faults(self) -> list[str]:
        """What was heard since the last call, each once."""
        heard, self._heard = list(dict.fromkeys(self._heard)), []
        return heard

    def _console(self, message: ConsoleMessage) -> None:
        # What did not load is named by its answer, with its address.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self._heard.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in LOADED and address.netloc != self._host:
            self._heard.append(f"loads from another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= REJECTED and self._counts(response.request):
            self._heard.append(f"{urlsplit(response.url).path} is answered with {response.status}")

    @staticmethod
    def _counts(request: Request) -> bool:
        """The page itself is the walker's to judge; Chromium's viewer of files is nobody's."""
        return not request.is_navigation_request() and urlsplit(request.url).scheme in LOADED

    def _failed(self, request: Request) -> None:
        if self._counts(request):
            self._heard.append(f"{request.url} does not load: {request.failure}")


async def grave(page: Page) -> list[str]:
    """What axe calls serious or critical, with the first place of each."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"axe {item['id']} ({item['impact']}, {len(item['nodes'])}): {' '.join(item['nodes'][0]['html'].split())[:120]}"
        for item in found
        if item["impact"] in GRAVE
    ]


class Judge:
    """Judges pages. axe, by far the slowest, is asked once about pages that differ in words and values alone."""

    def __init__(self, widths: tuple[int, ...], *, axe: bool = True) -> None:
        self.widths = widths
        self._axe = axe
        self._known: set[tuple[int, str]] = set()

    async def faults(self, page: Page, *, pictures: dict[int, Path] | None = None) -> dict[int, list[str]]:
        """By width: as the page opens, with a picture, and again with everything unfolded."""
        found: dict[int, list[str]] = {}
        for width in self.widths:
            found[width] = await self._look(page, width)
            if pictures:
                await page.screenshot(path=pictures[width], full_page=True)
        await page.evaluate(OPEN_ALL)
        for width in self.widths:
            unfolded = await self._look(page, width)
            if self._axe and await self._is_new(page, width):
                unfolded += await grave(page)
            found[width] = list(dict.fromkeys(found[width] + unfolded))
        return found

    async def _look(self, page: Page, width: int) -> list[str]:
        await page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, HEIGHTS[1280])})
        seen: list[str] = await page.evaluate(MEASURE)
        return seen

    async def _is_new(self, page: Page, width: int) -> bool:
        drawn = (width, await page.evaluate(SKELETON))
        new = drawn not in self._known
        self._known.add(drawn)
        return new
