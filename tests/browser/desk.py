"""One person's browser, and the camera."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page

from workflow import outbox

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
#: Milliseconds to wait for a page: a machine that runs two suites side by side is slow, and right all the same.
TIMEOUT = 120_000
#: Chromium reports answers of 4xx as errors of the console; those are looked at where they are provoked. So are lines
#: that a test cuts: what a request in the middle of it is told depends on the moment.
NO_FAULT = (
    "Failed to load resource: the server responded with a status of 4",
    *(
        f"Failed to load resource: net::ERR_{code}"
        for code in (
            "CONNECTION_REFUSED",
            "CONNECTION_RESET",
            "CONNECTION_CLOSED",
            "EMPTY_RESPONSE",
            "SOCKET_NOT_CONNECTED",
        )
    ),
)


class Desk:
    """A context of its own: cookies, a window, and what the browser complained of."""

    def __init__(self, browser: Browser, site: str, **options: Any) -> None:
        self.context = browser.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport=DESKTOP, **options
        )
        self.context.set_default_timeout(TIMEOUT)
        self.site = site
        self.faults: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(NO_FAULT):
            self.faults.append(f"{self.page.url}: {message.text}")

    def sign_in(self, user: Any) -> None:
        """By the cookie of a session; the sign-in page has tests of its own."""
        client = Client()
        client.force_login(user)
        self.context.add_cookies(
            [
                {"name": name, "value": cookie.value, "url": self.site}
                for name, cookie in client.cookies.items()
            ]
        )
        self.go("/")

    def go(self, address: str) -> Page:
        """A path of ours, or an address out of a mail."""
        self.page.goto(address if address.startswith("http") else f"{self.site}{address}")
        return self.page

    def press(self, name: str, *, grey: bool = False) -> None:
        """A button or a link by its words, and the page that follows. ``grey``: although it says that it is too early."""
        found = self.page.get_by_role("button", name=name, exact=True)
        with self.page.expect_navigation():
            found.or_(self.page.get_by_role("link", name=name, exact=True)).first.click(force=grey)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.fill(f"[name={name}]", value)

    def tick(self, name: str, *values: str) -> None:
        for value in values:
            self.page.locator(f"[name={name}][value='{value}']").check(force=True)

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    def reads(self, words: str) -> bool:
        """Whether the words stand on the page, as people read it."""
        return words in self.page.locator("body").inner_text()


class Camera:
    """Judges a page at 1280 px and, where it is read on the way, at 390 px; pictures only where there is a folder.

    ``blind``: it only lets pass, for a road whose pages are judged elsewhere.
    """

    def __init__(self, folder: Path | None, *, blind: bool = False) -> None:
        self.folder, self.blind = folder, blind
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self.number = 0

    def take(self, desk: Desk, name: str, *, phone: bool = False, judged: bool = False) -> None:
        """``judged``: nothing serious is found by axe. At 390 px nothing reaches beyond the window."""
        self.number += 1
        if self.blind:
            return
        self._save(desk.page, f"{self.number:02d}-{name}.png")
        if judged:
            found = Axe().run(desk.page).response["violations"]
            grave = [
                (item["id"], [node["html"][:200] for node in item["nodes"][:3]])
                for item in found
                if item["impact"] in ("serious", "critical")
            ]
            assert grave == [], (desk.page.url, grave)
        if phone:
            desk.page.set_viewport_size(PHONE)
            self._save(desk.page, f"{self.number:02d}-{name}-390.png")
            wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            desk.page.set_viewport_size(DESKTOP)
            assert wide <= 0, f"{name} reaches {wide} px beyond a window of 390 px"

    def _save(self, page: Page, name: str) -> None:
        if self.folder:
            page.screenshot(path=self.folder / name, full_page=True)


def post() -> list[Any]:
    """Does the worker's part, and gives the letters that arrived so far."""
    while outbox.drain():
        pass
    return list(mail.outbox)


def link_to(address: str) -> str:
    """The signed link in the last letter to somebody."""
    letter = next(letter for letter in reversed(post()) if letter.to == [address])
    found = re.search(r"http\S+/l/\S+", letter.body)
    assert found, letter.body
    return found[0]
