"""What ``make crawl`` takes for a fault, shown on pages of a few lines in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Route, async_playwright

from crawl.judge import Ears, Judge
from crawl.report import fault_lines, sheet
from crawl.walk import Fault, Visit, Walker, Wishes, file_name, pattern_of
from tests.look.browser.conftest import FLAGS, SITE

WIDTH = 390
GOOD = '<h1>支援</h1><form><label>課<input maxlength="40"></label><button>保存する</button></form>'
#: What is on the page beside a heading, and the fault that has to be named.
BAD = {
    "a narrow field": ('<input id="w" aria-label="人数" maxlength="8" class="narrow">', "<input#w> is 17 px wide"),
    "a narrow text": ('<textarea aria-label="願い" class="narrow"></textarea>', "17 px wide, 160 px are needed"),
    "a value that is cut": ('<input inputmode="numeric" class="short" value="12345678">', "cuts its value 「1234"),
    "a choice that is cut": ('<select id="s" class="short"><option>まだ決めず</option></select>', "is 50 px wide"),
    "a small target": ('<button class="tiny">消</button>', "is a target of 20 × 20 px"),
    "a folded field": ('<details><summary class="tap">足す</summary><input class="narrow"></details>', "is 17 px wide"),
    "a sideways scroll": ('<p class="wide">表</p>', "<p.wide> 「表」 makes the page scroll sideways by 110 px"),
    "a cut text": ('<p class="cut">やめられる紙を、課ごとに1つずつ挙げました。</p>', "cuts its text at the side"),
    "an icon alone": ('<a href="/x/" class="tap"><svg width="24" height="24"></svg></a>', "<a.tap> has no label"),
    "a link to nothing": ('<a href="#later">後で</a>', "leads to #later, which is not on the page"),
    "a second heading": ("<h1>もう1つ</h1>", "the page has 2 headings of the first level"),
    "a missing picture": ('<img src="/missing.png" alt="図" width="40" height="40">', "shows no picture (/missing.png)"),
    "a missing icon": ('<svg width="24" height="24"><use href="#none"/></svg>', "the icon #none is not on the page"),
    "another host": ('<img src="http://elsewhere.example/x.png" alt="">', "from another host: http://elsewhere"),
    "an inline style": ('<p style="color: red">赤</p>', "console: "),
    "a failing script": ("<script src='/broken.js'></script>", "script error: "),
    "a field without a name": ("<input>", "axe label (critical, 1): <input"),
}  # fmt: skip
STYLE = (
    "body { margin: 0; font: 16px sans-serif } button, input { min-height: 3rem } .wide { width: 500px; margin: 0 }"
    ".narrow { width: 17px; box-sizing: border-box } .short { width: 50px }"
    ".tiny { width: 20px; height: 20px; min-height: 0; padding: 0 } .tap { display: inline-block; min-height: 44px }"
    ".cut { width: 90px; overflow: hidden; white-space: nowrap }"
)
FILES = {"/x.css": ("text/css", STYLE), "/broken.js": ("text/javascript", "throw new Error('x')")}
#: axe takes longer than all the rest; one fault shows that it is asked.
FOR_AXE = ("a field without a name", "good")
POLICY = "default-src 'self' http://elsewhere.example"
PAGE = (
    '<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>見本</title>'
    '<link rel="stylesheet" href="/x.css"></head><body><main>{body}</main></body></html>'
)


def server(body: str) -> Callable[[Route], Coroutine[Any, Any, None]]:
    """Answers for a site whose only page has this body."""

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/":
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            await route.fulfill(body=PAGE.format(body=body), headers=headers)
        elif path in FILES:
            await route.fulfill(body=FILES[path][1], content_type=FILES[path][0])
        else:
            await route.fulfill(status=404)

    return answer


async def _judged(bodies: dict[str, str], folder: Path) -> dict[str, list[str]]:
    found = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=FLAGS
        )
        for name, body in bodies.items():
            page = await browser.new_page()
            await page.route("**", server(body))
            ears = Ears(page, SITE)
            await page.goto(f"{SITE}/")
            seen = await Judge((WIDTH,), axe=name in FOR_AXE).faults(
                page, pictures={WIDTH: folder / f"{name}.png"}
            )
            found[name] = seen[WIDTH] + ears.faults()
            await page.close()
        await browser.close()
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Every page once, in one browser."""
    bodies = {name: f"<h1>支援</h1>{body}" for name, (body, _fault) in BAD.items()} | {"good": GOOD}
    return asyncio.run(_judged(bodies, tmp_path_factory.mktemp("pictures")))


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_named(judged: dict[str, list[str]], name: str) -> None:
    assert any(BAD[name][1] in fault for fault in judged[name]), judged[name]


def test_a_sound_page_has_no_fault(judged: dict[str, list[str]]) -> None:
    assert judged["good"] == []


def test_pages_of_one_kind_have_one_pattern_and_a_picture_that_is_found_by_its_name() -> None:
    assert pattern_of("/surveys/8/grid/r1/?scenario=s1") == "/surveys/N/grid/rN/?scenario"
    assert pattern_of("/engagements/5/plan/?part=kpis") == "/engagements/N/plan/?part=kpis"
    assert file_name("/engagements/N/survey/", 1, 1280) == "engagements-N-survey-1280.png"
    assert file_name("/engagements/N/plan/?part=kpis", 2, 390) == "engagements-N-plan-part-kpis-2-390.png"
    assert file_name("/", 1, 390) == "home-390.png"


def test_what_several_roles_meet_is_one_line(tmp_path: Path) -> None:
    walkers = [Walker(role, SITE, Wishes(2, "", tmp_path), Judge((WIDTH,))) for role in ("town", "advisor")]
    for walker in walkers:
        fault = Fault(walker.role, WIDTH, "/offers/N/", "/offers/7/", "<a> has no label")
        walker.visits.append(Visit(walker.role, "/offers/N/", "/offers/7/", "/", faults=[fault]))
    assert fault_lines(walkers) == ["town,advisor  390  /offers/7/  <a> has no label"]
    assert "&lt;a&gt; has no label" in sheet(walkers, "2026-01-01")
