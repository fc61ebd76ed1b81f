"""A real browser before a live server, and a camera that judges every page it takes a picture of."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desk import TIMEOUT, Camera, Desk
from tests.journeys.people import People

expect.set_options(timeout=TIMEOUT)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop running in this thread, which Django takes for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def camera() -> Camera:
    folder = os.environ.get("MADOGUCHI_PICTURES")
    return Camera(Path(folder) if folder else None)


@pytest.fixture
def site(chromium: Browser, live_server: Any, settings: Any) -> str:
    """The address of the live server; mails lead there."""
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def people(site: str) -> People:
    return People()


def answered() -> None:
    """The live server's requests are over: one in the middle of its rows would meet the emptying of the tables."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(TIMEOUT / 1000)


@pytest.fixture
def desks(chromium: Browser, site: str) -> Iterator[Any]:
    """``desks(user)``: somebody's own browser, signed in; ``desks()``: nobody's. All are asked for faults at the end."""
    opened: list[Desk] = []

    def sit(user: Any = None, kind: type[Desk] = Desk, **options: Any) -> Desk:
        desk = kind(chromium, site, **options)
        opened.append(desk)
        if user is not None:
            desk.sign_in(user)
        return desk

    yield sit
    for desk in opened:
        desk.context.close()
    answered()
    assert [fault for desk in opened for fault in desk.faults] == []
