"""The page templates, which of them only an action shows, and a walk by links that collects what was rendered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from django.test.signals import template_rendered

from tests.oversight.forms import Sheet, forms_of

TEMPLATES = Path(settings.BASE_DIR) / "templates"
#: Papers are drawn by the PDF engine, and the sign-in library's layouts are filled by its own templates.
NO_PAGES = ("documents/", "allauth/")
#: Files: the crawl asks for them, here they would only be drawn.
FILE = re.compile(r"^/static/|/file/|/word/|format=xlsx|/documents/(?:blank|draft)/")
EXTENDS = re.compile(r'{%\s*extends\s+"([^"]+)"')

#: What no link leads to, by the reason. A page of these that a walk does show fails the test, and so does a name that
#: is no page any more.
SHOWN_BY_AN_ACTION: dict[str, tuple[str, ...]] = {
    "answers to a request that was refused or failed": (
        "errors/400.html",
        "errors/403.html",
        "errors/404.html",
        "errors/409.html",
        "errors/413.html",
        "errors/422.html",
        "errors/429.html",
        "errors/500.html",
        "errors/csrf.html",
        "errors/held_form.html",
        "errors/held_too_large.html",
        "plans/answered_meanwhile.html",
    ),
    "behind a signed link out of a mail, and what follows its answer": (
        "applications/consent_done.html",
        "applications/consent_link.html",
        "entry/accept.html",
        "entry/accepted.html",
        "entry/confirm.html",
        "entry/confirmed.html",
        "entry/handover.html",
        "links/closed.html",
        "links/renewed.html",
        "plans/answer.html",
        "plans/answered.html",
        "rounds/consent_done.html",
        "rounds/consent_link.html",
        "sessions/confirm.html",
    ),
    "steps of signing in, of a password and of the second factor, after a form was sent": (
        "account/account_inactive.html",
        "account/logout.html",
        "account/password_reset_done.html",
        "account/password_reset_from_key.html",
        "account/password_reset_from_key_done.html",
        "account/password_set.html",
        "account/signup_closed.html",
        "entry/registered.html",
        "mfa/authenticate.html",
        "mfa/reauthenticate.html",
        "mfa/recovery_codes/generate.html",
        "mfa/recovery_codes/index.html",
        "mfa/totp/activate_form.html",
        "mfa/totp/deactivate_form.html",
    ),
    "after a file was sent": ("oversight/ledger_preview.html",),
    "on the devices of a day: joined by code, or started by a button": (
        "plans/projector.html",
        "plans/workshop.html",
        "recorder/recorder.html",
    ),
    "of a matching round; the demonstration has none": (
        "rounds/matching/advisor.html",
        "rounds/matching/board.html",
        "rounds/matching/change.html",
        "rounds/matching/publish.html",
        "rounds/matching/run.html",
        "rounds/matching/shortlist.html",
        "rounds/matching/town.html",
    ),
    "of photos, of totals on paper, of a household kept blind, of a changed paper: the demonstration has none": (
        "documents_room/differences.html",
        "survey/hidden.html",
        "survey/on_paper.html",
        "survey/photo.html",
        "survey/photos.html",
    ),
}


#: Whole documents of their own, without the scripts of every page: they send each thing as it is tapped or typed.
OF_THEIR_OWN = {"plans/workshop.html", "recorder/recorder.html"}
#: Layouts of ours, and those of the sign-in library, which end on ours.
LAYOUTS = ("base.html", "account/", "mfa/")


def page_templates() -> set[str]:
    """Whole documents: templates with a layout, or a doctype of their own, that no other one extends."""
    return set(_pages())


def pages_without_drafts() -> set[str]:
    """Pages with a form in them that are not laid out on base.html, which brings the script that keeps what is typed."""
    return {
        name for name, layout in _pages().items() if not layout.startswith(LAYOUTS) and "<form" in _text(name)
    }


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _pages() -> dict[str, str]:
    """Pages with the layout at the end of their line."""
    names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")]
    layout = {name: found[1] if (found := EXTENDS.search(_text(name))) else "" for name in names}
    layouts = set(layout.values())

    def root(name: str) -> str:
        return root(layout[name]) if layout.get(name) else name

    return {
        name: root(name)
        for name in names
        if (layout[name] or "<!doctype html>" in _text(name))
        and name not in layouts
        and not name.startswith(NO_PAGES)
    }


def declared() -> set[str]:
    """What is known to be shown by an action only."""
    return {name for names in SHOWN_BY_AN_ACTION.values() for name in names}


class Walk:
    """One person's links from home. What is left out in one round is taken up in the next."""

    def __init__(self, who: str, client: Client) -> None:
        self.who, self.client = who, client
        self.refused: list[tuple[str, str, int]] = []
        self.rendered: set[str] = set()
        self.sheets: list[Sheet] = []
        self._waiting, self._later, self._known = [("", "/")], list[tuple[str, str]](), {"/"}

    def round(self) -> Iterator[None]:
        """At most one more address of each pattern, a page a step."""
        taken = Counter[str]()
        self._waiting, self._later = self._later + self._waiting, []
        while self._waiting:
            page, address = self._waiting.pop(0)
            pattern = re.sub(r"\d+", "N", address.partition("?")[0])
            if taken[pattern]:
                self._later.append((page, address))
            elif not FILE.search(address):
                taken[pattern] += 1
                self._visit(page, address)
                yield

    def _visit(self, page: str, address: str) -> None:
        template_rendered.connect(self._note)
        try:
            answer = self.client.get(address, follow=True)
        finally:
            template_rendered.disconnect(self._note)
        if answer.status_code != 200:
            self.refused.append((page, address, answer.status_code))
        elif answer["Content-Type"].startswith("text/html"):
            html, shown = answer.content.decode(), answer.request
            query = shown["QUERY_STRING"]
            here = f"{shown['PATH_INFO']}?{query}" if query else shown["PATH_INFO"]
            self.sheets.append(Sheet(self.who, here, forms_of(here, html)))
            links = re.findall(r'<a [^>]*href="(/[^"#]*)', html)
            found = {unescape(link) for link in links} - self._known
            self._waiting += [(address, link) for link in sorted(found)]
            self._known |= found

    def _note(self, template: Any, **_more: Any) -> None:
        self.rendered.add(template.name)


@dataclass
class Shown:
    """What walks by links have found: page templates, pages with their forms, and links that were refused."""

    rendered: set[str] = field(default_factory=set)
    sheets: list[Sheet] = field(default_factory=list)
    refused: list[tuple[str, str, int]] = field(default_factory=list)


def shown_to(walkers: Mapping[str, Client]) -> Shown:
    """One address of each pattern for everybody, then a second one."""
    walks = [Walk(who, client) for who, client in walkers.items()]
    for walk in [*walks, *walks]:
        for _page in walk.round():
            pass
    shown = Shown()
    for walk in walks:
        shown.rendered |= walk.rendered
        shown.sheets += walk.sheets
        shown.refused += walk.refused
    return shown
