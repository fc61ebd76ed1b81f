"""Walks by links from home, as somebody, a few addresses of each pattern, and has every page judged."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page, Response

from crawl.judge import HEIGHTS, Ears, Judge

NOBODY = "nobody"
TIMEOUT = 60_000
OK = 200
LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
#: What the service hands out beside pages. Chromium saves these instead of showing them.
FILES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/json",
    "application/geo+json",
    "application/yaml",
    "text/csv",
    "text/calendar",
    "text/plain",
    "image/",
)


def pattern_of(address: str) -> str:
    """Numbers become N, and what is searched or chosen by number its name: pages of one kind have one pattern."""
    parts = urlsplit(address)
    path = re.sub(r"\d+(?!fa)", "N", parts.path)
    asked = sorted(
        f"{key}={value}" if re.fullmatch(r"[a-z_-]+", value) else key
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return f"{path}?{'&'.join(asked)}" if asked else path


def file_name(pattern: str, nth: int, width: int) -> str:
    """``engagements-N-survey-1280.png``; the second address of a pattern carries ``-2`` before the width."""
    words = re.sub(r"[^A-Za-z0-9_]+", "-", pattern).strip("-") or "home"
    return f"{words}{f'-{nth}' if nth > 1 else ''}-{width}.png"


@dataclass(frozen=True)
class Fault:
    """What is wrong, for whom, where; width 0 where it is the same at any."""

    role: str
    width: int
    pattern: str
    address: str
    what: str


@dataclass
class Visit:
    """One address as one role; ``pictures`` by width, relative to the report's folder."""

    role: str
    pattern: str
    address: str
    page: str
    title: str = ""
    type: str = ""
    pictures: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for; ``each`` addresses of a pattern, 0 for all."""

    each: int
    pages: str
    folder: Path


class Walker:
    """Somebody's browser, and the pages that their links lead to."""

    def __init__(self, role: str, site: str, wishes: Wishes, judge: Judge) -> None:
        self.role, self.site, self.wishes, self.judge = role, site, wishes, judge
        self.visits: list[Visit] = []
        self.seconds = 0.0
        self._waiting = [("", "/")]
        self._known = {"/"}
        self._taken: Counter[str] = Counter()

    async def walk(self, browser: Browser, *, email: str = "", password: str = "") -> None:
        """Until no link is left that was not followed often enough."""
        began = time.monotonic()
        (self.wishes.folder / self.role).mkdir(parents=True, exist_ok=True)
        context = await browser.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": HEIGHTS[1280]}
        )
        context.set_default_timeout(TIMEOUT)
        page = await context.new_page()
        if email and not await self._sign_in(page, email, password):
            self._waiting.clear()
        ears = Ears(page, self.site)
        while self._waiting:
            await self._visit(context, page, ears, *self._waiting.pop(0))
        await context.close()
        self.seconds = time.monotonic() - began

    async def _sign_in(self, page: Page, email: str, password: str) -> bool:
        login = "/accounts/login/"
        await page.goto(f"{self.site}{login}")
        await page.fill("[name=login]", email)
        await page.fill("[name=password]", password)
        async with page.expect_navigation():
            await page.press("[name=password]", "Enter")
        if urlsplit(page.url).path != login:
            return True
        self.visits.append(Visit(self.role, login, login, ""))
        self._find(self.visits[-1], 0, f"{email} is not let in")
        return False

    async def _visit(
        self, context: BrowserContext, page: Page, ears: Ears, from_page: str, address: str
    ) -> None:
        pattern = pattern_of(address)
        if self.wishes.each and self._taken[pattern] >= self.wishes.each:
            return
        self._taken[pattern] += 1
        visit = Visit(self.role, pattern, address, from_page)
        self.visits.append(visit)
        try:
            await self._look(context, page, visit)
        except Error as error:
            self._find(visit, 0, f"cannot be judged: {error.message.splitlines()[0]}")
        for what in ears.faults():
            self._find(visit, 0, what)

    async def _look(self, context: BrowserContext, page: Page, visit: Visit) -> None:
        answer = await self._open(page, visit.address)
        if answer is None:
            await self._fetch(context, visit)
        elif answer.status != OK:
            self._find(visit, 0, f"is answered with {answer.status}; the link stands on {visit.page}")
        else:
            visit.title, visit.type = await page.title(), "text/html"
            self._follow(visit.address, await page.evaluate(LINKS))
            await self._judge(page, visit)

    async def _open(self, page: Page, address: str) -> Response | None:
        """None where Chromium saves a file instead of showing a page."""
        try:
            answer = await page.goto(f"{self.site}{address}")
        except Error as error:
            if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
                return None
            raise
        kind = (answer.headers.get("content-type") or "") if answer else ""
        return answer if answer and (kind.startswith("text/html") or answer.status != OK) else None

    async def _fetch(self, context: BrowserContext, visit: Visit) -> None:
        answer = await context.request.get(f"{self.site}{visit.address}", timeout=TIMEOUT)
        visit.type = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status != OK:
            self._find(visit, 0, f"is answered with {answer.status}; the link stands on {visit.page}")
        elif not visit.type.startswith(FILES):
            self._find(visit, 0, f"is a file of the type {visit.type or 'nobody knows'}")
        elif not await answer.body():
            self._find(visit, 0, "is an empty file")

    async def _judge(self, page: Page, visit: Visit) -> None:
        if self.wishes.pages not in visit.pattern:
            return
        nth = self._taken[visit.pattern]
        visit.pictures = {
            width: f"{self.role}/{file_name(visit.pattern, nth, width)}" for width in self.judge.widths
        }
        pictures = {width: self.wishes.folder / name for width, name in visit.pictures.items()}
        found = await self.judge.faults(page, pictures=pictures)
        for width, faults in found.items():
            for what in faults:
                self._find(visit, width, what)

    def _find(self, visit: Visit, width: int, what: str) -> None:
        visit.faults.append(Fault(self.role, width, visit.pattern, visit.address, what))
        # At once as well: a crawl takes many minutes, and somebody may be mending meanwhile.
        print(f"{self.role}  {width or 'any'}  {visit.address}  {what}", file=sys.stderr, flush=True)

    def _follow(self, here: str, links: list[str]) -> None:
        """Addresses of this service, in an order that does not depend on the page's."""
        found = set()
        for link in links:
            parts = urlsplit(urljoin(f"{self.site}{here}", link))
            if f"{parts.scheme}://{parts.netloc}" == self.site and not parts.path.startswith("/static/"):
                found.add(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        self._waiting += [(here, address) for address in sorted(found - self._known)]
        self._known |= found
