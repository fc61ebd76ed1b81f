"""A mis-tap put right on the timeline: an edge by keyboard and by hand, an entry out and in again, and the result."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from playwright.sync_api import expect

from engagements.survey import selectors
from tests.browser.desk import Camera, Desk
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, save
from tests.survey.phone_route import RECORDED

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def way(desk: Desk, label: str, minutes: int) -> tuple[float, float, float]:
    """Where the circle of an edge is, and how far to the right so many minutes are."""
    hold = desk.page.get_by_role("slider", name=label)
    hold.scroll_into_view_if_needed()
    box, zoom = hold.locator("circle").bounding_box(), desk.page.locator("svg.zoom")
    frame, span = zoom.bounding_box(), int(zoom.get_attribute("data-span") or 0)
    assert box
    assert frame
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, minutes * 60 / span * frame["width"]


def drag(desk: Desk, label: str, minutes: int) -> None:
    x, y, far = way(desk, label, minutes)
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + far, y, steps=4)
    desk.page.mouse.up()


def swipe(desk: Desk, label: str, minutes: int) -> None:
    """The same with a finger, which anywhere else would move the figure."""
    x, y, far = way(desk, label, minutes)
    hand = desk.context.new_cdp_session(desk.page)
    for kind, moved in (("touchStart", 0.0), *(("touchMove", far * n / 4) for n in range(1, 5))):
        points = {"touchPoints": [{"x": x + moved, "y": y}]}
        hand.send("Input.dispatchTouchEvent", {"type": kind, **points})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_edges_move_an_entry_goes_and_comes_back_and_the_rest_is_kept(desks: Any, camera: Camera) -> None:
    survey = SurveyFactory(records__teams=1)
    document = selectors.latest_document(survey)
    document["routes"] = [deepcopy(RECORDED)]
    save(survey, document, "電話の記録")
    desk = desks(contact_of(survey.engagement), has_touch=True)
    page = desk.go(f"/surveys/{survey.pk}/timeline/r1/?visit=2")
    arrived, called, finished = (
        page.get_by_role("textbox", name=name, exact=True) for name in ("着いた", "呼ばれた", "終わった")
    )
    page.mouse.move(5, 5)
    page.mouse.down()  # what the server says to the first step comes under a press, and is asked for again after it
    page.get_by_role("slider", name="呼ばれた").focus()
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/timeline/" in answer.url):
        page.keyboard.press("ArrowLeft")
    page.mouse.up()
    expect(page.locator("#changes")).to_contain_text("呼ばれた 10:05 → 10:04")
    page.keyboard.press("ArrowLeft")
    expect(called).to_have_value("10:03")
    expect(page.locator("#changes")).to_contain_text("呼ばれた 10:05 → 10:03")
    page.keyboard.press("Shift+ArrowRight")
    expect(called).to_have_value("10:08")
    expect(page.locator("#changes")).to_contain_text("10:08")
    page.keyboard.press("Control+z")
    expect(called).to_have_value("10:03")
    expect(page.locator(".draft-state .saved:not(.off)")).to_be_visible()
    page.reload()
    expect(called).to_have_value("10:03")
    expect(page.get_by_role("slider", name="呼ばれた")).to_have_attribute("aria-valuetext", "10:03")
    expect(page.locator("#changes")).to_contain_text(
        "10:03"
    )  # the figure has been drawn anew: a hand finds it still
    drag(desk, "終わった", 2)
    expect(finished).to_have_value("10:16")
    expect(page.locator("#changes")).to_contain_text("終わった 10:14 → 10:16")
    swipe(desk, "着いた", 1)
    expect(arrived).to_have_value("9:56")
    expect(page.locator("#effect")).to_contain_text("A班 待ち")
    page.get_by_role("checkbox", name=re.compile("消す.*3本目")).check()
    expect(page.locator("#changes")).to_contain_text("3本目 電話")
    camera.take(desk, "a-route-put-right", phone=True, judged=True)
    page.get_by_role("button", name="取り消す", exact=True).click()
    expect(page.locator("#changes")).not_to_contain_text("3本目 電話")
    home = page.get_by_role("combobox", name="1件目の気づきの窓口")
    home.select_option(label="子ども未来課 10:16")
    expect(page.locator("#changes")).to_contain_text("1件目の気づきの窓口")
    camera.take(desk, "a-remark-at-another-counter", phone=True, judged=True)
    page.get_by_role("button", name=re.compile("取り消す.*1件目の気づきの窓口")).press("Enter")
    expect(page.locator("#changes")).not_to_contain_text("1件目の気づきの窓口")
    expect(home).to_have_value("2")
    expect(home).to_be_focused()
    page.get_by_role("link", name="1本目の欄へ").click()
    expect(page.get_by_role("textbox", name="1本目 時刻")).to_be_focused()
    desk.press("結果に入れる")
    (route,) = selectors.latest_document(survey)["routes"]
    before, after = RECORDED["visits"][1], route["visits"][1]
    assert after == before | {
        "queued_at": "2026-09-17T09:56:00+09:00",
        "called_at": "2026-09-17T10:03:00+09:00",
        "finished_at": "2026-09-17T10:16:00+09:00",
    }
    page.get_by_text("直したところ 3").click()
    assert desk.reads("呼ばれた 10:05 → 10:03")
    camera.take(desk, "what-a-correction-changed", phone=True)
