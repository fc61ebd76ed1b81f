"""The forms of a page, as draft.js must see them, and a browser that types into each, leaves and returns."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

SITE = "http://forms.test"
CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TIMEOUT = 120_000
PASSED_ON = ("Content-Type", "Content-Security-Policy", "Location")
NOT_TYPED = {"csrfmiddlewaretoken", "idempotency_key", "next", "draft"}
NO_TEXT = {"hidden", "submit", "button", "reset", "file", "image"}

#: Types into one field of every form that is kept, as a hand would, and gives what each form then holds.
TYPE = """() => {
  const SILENT = ["hidden", "file", "submit", "button"];
  const free = (field) => field.name && !field.disabled && !field.readOnly;
  const write = {
    date: "2027-02-03", time: "10:20", "datetime-local": "2027-02-03T10:20", number: "7", month: "2027-02",
    text: "𠮷野", search: "𠮷野", textarea: "𠮷野", email: "yoshino@town.example", tel: "0195",
  };
  const change = (field) => {
    if (field.type in write) {
      const most = field.maxLength > 0 ? field.maxLength : 99;
      return void (field.value = write[field.type].slice(0, most));
    }
    if (field.type === "radio" || field.type === "checkbox") return void (field.checked = !field.checked);
    field.selectedIndex = field.selectedIndex === field.options.length - 1 ? 0 : field.options.length - 1;
  };
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const fields = [...form.elements].filter((field) => free(field) && !SILENT.includes(field.type));
    const field = fields.find((one) => one.type in write) ?? fields.find((one) => one.type !== "radio" || !one.checked);
    change(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  dispatchEvent(new Event("pagehide")); // whoever leaves does not wait
  return HELD();
}"""
#: What a person sees in each form that is kept, in their order on the page.
HELD = """[...document.querySelectorAll("form[data-draft]")].map((form) =>
  [...form.elements].filter((field) => field.name && !["hidden", "file", "submit", "button"].includes(field.type))
    .map((field) => [field.name, ["radio", "checkbox"].includes(field.type) ? field.checked : field.value]))"""
KEPT = "form[data-draft] > .draft-state:not([hidden])"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of form: on which kind of page, where it is sent, what is typed; ``why`` it is not kept, or ""."""

    page: str
    action: str
    fields: frozenset[str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as somebody sees it, with its forms."""

    who: str
    address: str
    forms: list[Form]

    @property
    def kept(self) -> list[Form]:
        return [form for form in self.forms if not form.why]


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "N", text)


def forms_of(address: str, html: str) -> list[Form]:
    """The forms of a page with more than one field, or a long one, that are sent by POST, in their order."""
    found = []
    for form in lxml.html.document_fromstring(html).iter("form"):
        typed = {field for field in form.inputs if field.name and _is_typed(field)}
        long = any(field.tag == "textarea" for field in typed)
        if form.method == "POST" and (len({field.name for field in typed}) > 1 or long):
            names = frozenset(_without_numbers(str(field.name)) for field in typed)
            action, page = (
                _without_numbers(part) for part in (form.get("action") or "", address.partition("?")[0])
            )
            found.append(Form(page, action, names, _why_not(form)))
    return found


def _is_typed(field: Any) -> bool:
    return field.name not in NOT_TYPED and field.get("type") not in NO_TEXT


def _why_not(form: Any) -> str:
    if form.get("data-autosave-url") is not None:
        return "saves itself"
    if form.get("data-no-draft") is not None:
        return "says so"
    return "asks for a password" if any(field.get("type") == "password" for field in form.inputs) else ""


@contextmanager
def _beside_the_loop() -> Iterator[None]:
    """Playwright keeps an event loop running in this thread; while Django sees it, it has connections of its own."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


class Answered:
    """A window whose requests the test's own clients answer: inside the test's transaction, and without a server."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
        self._context.set_default_timeout(TIMEOUT)
        self.client = Client()
        self.faults: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.route(f"{SITE}/**", self._answer)

    def _answer(self, route: Route) -> None:
        asked = route.request
        parts = urlsplit(asked.url)
        if parts.path.startswith("/static/"):
            route.fulfill(path=Path(str(finders.find(parts.path.removeprefix(settings.STATIC_URL)))))
            return
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        with _beside_the_loop():
            if asked.method == "POST":
                answer = self.client.post(path, asked.post_data, content_type=asked.headers["content-type"])
            else:
                answer = self.client.get(path)
        headers = {name: answer[name] for name in PASSED_ON if name in answer}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    def open(self, client: Client, address: str) -> Page:
        """A page as this client's person sees it, with what was kept for it."""
        self.client = client
        self.page.goto(f"{SITE}{address}")
        self.page.wait_for_selector("html[data-drafts='ready']", state="attached")
        return self.page

    def count(self) -> int:
        """How many forms of the page are kept."""
        return self.page.locator("form[data-draft]").count()

    def type(self) -> list[Any]:
        held: list[Any] = self.page.evaluate(TYPE.replace("HELD()", HELD))
        expect(self.page.locator(KEPT)).to_have_count(self.count(), timeout=TIMEOUT)
        return held

    def held(self) -> list[Any]:
        held: list[Any] = self.page.evaluate(HELD)
        return held


@contextmanager
def two_devices() -> Iterator[tuple[Answered, Answered]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        devices = Answered(browser), Answered(browser)
        yield devices
        browser.close()
        assert [fault for device in devices for fault in device.faults] == []


def fewest(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The pages, in the order of the walk, that together show every kind of form that is kept."""
    known: set[Form] = set()
    chosen = []
    for sheet in sheets:
        if set(sheet.kept) - known:
            known |= set(sheet.kept)
            chosen.append(sheet)
    return chosen


def lost(sheets: Iterable[Sheet], clients: Mapping[str, Client]) -> dict[str, str]:
    """Types into every form of these pages, leaves, returns on another device; by address, what is not as it was left.

    ``clients`` by ``who``: nobody is "".
    """
    wrong: dict[str, str] = defaultdict(str)
    with two_devices() as (desk, elsewhere):
        for sheet in sheets:
            client = clients[sheet.who]
            desk.open(client, sheet.address)
            if desk.count() != len(sheet.kept):
                wrong[sheet.address] += f"{len(sheet.kept)} forms, {desk.count()} kept. "
            typed = desk.type()
            back = elsewhere if sheet.who else desk  # what nobody types stays in their own browser
            back.open(client, sheet.address)
            if (found := back.held()) != typed:
                wrong[sheet.address] += f"typed {typed}, came back {found}"
    return dict(wrong)
