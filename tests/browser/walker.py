"""Somebody who leaves every form half-way, comes back, and finds what was typed."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Response

from tests.browser.desk import Desk

#: What stands in the page's forms, without empty fields (a table comes back with more or fewer empty rows) and without
#: what the service itself puts there.
WRITTEN = """() => {
  const own = new Set(["csrfmiddlewaretoken", "idempotency_key", "next", "draft", "version", "base", "over", "revision",
    "do", "offered"]);
  return [...document.querySelectorAll('main form[method="post"]')].map(form =>
    [...new FormData(form)].filter(([name, value]) => value && typeof value === "string" && !own.has(name)));
}"""
#: Every form of the page that keeps what is typed has asked for it; one that saves itself needs to ask for nothing.
ASKED = "html:not([data-drafts='']) body"


class Walker(Desk):
    """A desk that takes any answer of 4xx or 5xx for a fault, and that types, leaves and comes back."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.context.on("response", self._answered)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.url}: {response.status}")

    def open(self, address: str) -> None:
        """A page whose forms have what was typed before."""
        self.go(address)
        self.page.locator(ASKED).wait_for()
        self.page.locator("html[data-drafts=''] body").wait_for(state="detached")

    def written(self) -> list[Any]:
        found: list[Any] = self.page.evaluate(WRITTEN)
        return found

    def leave_halfway(self, *, other: Walker | None = None) -> None:
        """Away from what was typed to the home page, and back: here, and at ``other``, where the same person sits."""
        address, typed = self.page.url, self.written()
        self.go("/")
        for desk in filter(None, (self, other)):
            desk.open(address)
            assert {address: desk.written()} == {address: typed}

    def press(self, name: str, *, grey: bool = False) -> None:
        """Not before the page has asked for what was typed earlier."""
        self.page.locator("html[data-drafts=''] body").wait_for(state="detached")
        super().press(name, grey=grey)
