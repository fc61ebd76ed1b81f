"""A browser and a made-up site: pages and answers come from the test, scripts and styles from static/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Browser, Page, Route, sync_playwright

from config.middleware import PAGE_POLICY

SITE = "http://look.test"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=FLAGS)
        yield browser
        browser.close()


class Site:
    """``page`` shows what ``body`` says; posts to /save/ are kept in ``saved`` and answered from ``answers``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.body = ""
        self.saved: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.cut = False
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.route(f"{SITE}/**", self._serve)

    def _serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=Path(str(finders.find(path.removeprefix(settings.STATIC_URL)))))
        elif path == "/save/":
            self._save(route)
        else:
            html = engines["django"].from_string(
                '{% extends "base.html" %}{% block content %}' + self.body + "{% endblock %}"
            )
            headers = {"Content-Security-Policy": PAGE_POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=html.render({}), headers=headers)

    def _save(self, route: Route) -> None:
        if self.cut:
            route.abort()
            return
        self.saved.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
        status, answer = self.answers.pop(0)
        route.fulfill(status=status, body=json.dumps(answer), content_type="application/json")

    def show(self, body: str) -> Page:
        self.body = body
        self.page.goto(f"{SITE}/")
        return self.page


@pytest.fixture
def site(chromium: Browser) -> Iterator[Site]:
    context = chromium.new_context(locale="ja-JP")
    shown = Site(context.new_page())
    yield shown
    context.close()
    assert shown.faults == []


@pytest.fixture
def plain_site(chromium: Browser) -> Iterator[Site]:
    """The same without scripts."""
    context = chromium.new_context(locale="ja-JP", java_script_enabled=False)
    yield Site(context.new_page())
    context.close()
