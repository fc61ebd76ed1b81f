"""Phones as they are: wrong clocks, storage that refuses, another day's code, something else that answers for us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from engagements.survey.measures import FIELDS
from engagements.survey.models import Photo, Survey, Tap
from engagements.survey.recorder import passes
from engagements.survey.recorder.declared import TAPS, cleaned
from engagements.survey.recorder.fold import KINDS_OF_TAP
from tests.browser.desk import Desk
from tests.browser.line import Line
from tests.browser.test_recorder import all_sent, arrive, finish, joined, leave, opened, the_route
from tests.factories.engagements import contact_of
from tests.factories.survey import door_of
from tests.survey.folds import CASES, KNOWN, OF_PHONE, START, for_phone, of_server, taps_of

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
#: A clock that goes wrong by ``ahead`` milliseconds, which a test may change.
CLOCK = """
const Real = Date;
window.ahead = AHEAD;
window.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + window.ahead); }
  static now() { return Real.now() + window.ahead; }
};
"""
FULL = """
let left = LEFT;
const real = Storage.prototype.setItem;
Storage.prototype.setItem = function (...given) {
  left -= 1;
  if (left < 0) throw new DOMException("no room", "QuotaExceededError");
  return real.apply(this, given);
};
"""
MINUTE = 60_000


@pytest.fixture
def survey(site: str) -> Survey:
    return opened()


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    made = Line(site)
    yield made
    made.cut()


def online(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def phone(desks: Any, survey: Survey, name: str, *scripts: str, **more: Any) -> Desk:
    return joined(desks, survey, name, scripts=scripts, **more)


# --- one walk, folded twice --------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["", "v1", "v2", "v3", "p1", "k1", "done", "finished", "problem", "1番 住民", *FIELDS]
)
DATA = st.dictionaries(
    st.sampled_from(
        ["visit", "counter", "field", "person", "how", "form", "procedure", "outcome", "ended", "text"]
    ),
    WORDS,
    max_size=6,
)
TAP = st.tuples(
    st.integers(0, 2_000), st.sampled_from([*KINDS_OF_TAP, "nonsense"]), st.integers(1, 3), DATA
).map(list)


def test_the_phone_makes_of_taps_what_the_server_makes(survey: Survey, desks: Any) -> None:
    page = desks().go(f"/record/{passes.code_of(door_of(survey))}/")
    start = round(START.timestamp() * 1000)

    def of_phone(taps: list[Any]) -> Any:
        return page.evaluate(OF_PHONE, [for_phone(taps), KNOWN, start])

    assert {name: of_phone(taps_of(case["taps"])) for name, case in CASES.items()} == {
        name: case["walk"] for name, case in CASES.items()
    }

    @settings(max_examples=150, deadline=None)
    @given(st.lists(TAP, max_size=30), st.integers(0, 40))
    def agree(rows: list[Any], undone: int) -> None:
        taps = taps_of([*rows, [500, "undo", 1, {"uid": f"u{undone:03}"}]])
        assert of_phone(taps[::-1]) == of_server(taps)

    agree()


def test_the_phone_cleans_a_tap_as_the_server_does(survey: Survey, desks: Any) -> None:
    """By the declaration that it gets when it joins; every kind with every odd value in every place."""
    page = desks().go(f"/record/{passes.code_of(door_of(survey))}/")
    odd = ["", "a\x00b", "\ud800", "𠮷" * 2_001, -5, 10**6, 2.5, True, None, ["x"], {"a": 1}]
    rows = [
        [kind, {"other": "x"} | dict.fromkeys(names, value)] for kind, names in TAPS.items() for value in odd
    ] + [["dance", {"visit": "v"}]]
    found = page.evaluate(
        "([rows, declared]) => rows.map(([kind, data]) => cleanTap(kind, data, declared))", [rows, TAPS]
    )
    assert found == [cleaned(kind, data) for kind, data in rows]


# --- clocks ------------------------------------------------------------------------------------------------------


def test_a_slow_phone_beside_a_right_one_goes_on(survey: Survey, desks: Any) -> None:
    right = phone(desks, survey, "記録 一子").page
    slow = phone(desks, survey, "記録 二郎", CLOCK.replace("AHEAD", str(-15 * MINUTE))).page
    all_sent(slow)
    arrive(right, "1番 住民")
    all_sent(right)
    online(slow)
    expect(slow.locator("#place")).to_contain_text("1番 住民")
    slow.locator("#do-called").click()
    expect(slow.locator("#do-called")).to_be_disabled()
    slow.locator("#keys").get_by_role("button", name="電話").click()
    expect(slow.locator("#keys").get_by_role("button", name="電話")).to_contain_text("1")
    leave(slow, "転入届")
    expect(slow.locator("#place")).to_have_text("移動中")
    all_sent(slow)
    online(right)
    expect(right.locator("#place")).to_have_text("移動中")


def test_a_clock_that_is_put_right_before_sending_keeps_the_intervals(
    survey: Survey, desks: Any, line: Line
) -> None:
    desk = phone(desks, survey, "記録 一子", CLOCK.replace("AHEAD", str(60 * MINUTE)), line=line)
    page = desk.page
    line.cut()
    arrive(page, "1番 住民")
    page.evaluate(f"window.ahead += {31 * MINUTE}")
    leave(page, "転入届")
    finish(page)
    page.evaluate("window.ahead = 0")
    line.mend()
    online(page)
    all_sent(page)
    route = the_route(survey)
    walked = datetime.fromisoformat(route["finished_at"]) - datetime.fromisoformat(route["started_at"])
    assert 31 * 60 <= walked.total_seconds() < 33 * 60
    contact = desks(contact_of(survey.engagement))
    contact.go(f"/surveys/{survey.pk}/day/recording/")
    expect(contact.page.get_by_text("途中で端末の時計が直されたため")).to_be_visible()


# --- storage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 12])
def test_without_storage_it_is_said_and_every_tap_arrives(survey: Survey, desks: Any, left: int) -> None:
    page = phone(desks, survey, "記録 一子", FULL.replace("LEFT", str(left))).page
    arrive(page, "1番 住民")
    for field in ("氏名", "電話", "生年月日"):
        page.locator("#keys").get_by_role("button", name=field).click()
    expect(page.locator("#state")).to_contain_text("この端末には保存できません")
    all_sent(page)
    assert Tap.objects.filter(kind="write").count() == 3


def test_words_in_a_box_that_was_left_are_there_when_it_is_opened_again(survey: Survey, desks: Any) -> None:
    page = phone(desks, survey, "記録 一子").page
    arrive(page, "1番 住民")
    opened_by = {"text": "notice", "place-name": "arrive", "why": "stop", "form-name": "form"}

    def open_box(field: str) -> None:
        if field == "place-name":
            leave(page, "転入届")
        page.locator(f"[data-act='{opened_by[field]}']").click()

    for field in ("text", "form-name", "why", "place-name"):
        open_box(field)
        page.locator(f"#{field}").fill(f"{field}の言葉")
        page.keyboard.press("Escape")
    page.reload()
    for field in ("place-name", "text", "why"):
        page.locator(f"[data-act='{opened_by[field]}']").click()
        expect(page.locator(f"#{field}")).to_have_value(f"{field}の言葉")
        if field == "place-name":  # where it is used, the box is empty the next time
            page.locator("[data-act='arrive-typed']").click()
            page.locator("[data-act='form']").click()
            expect(page.locator("#form-name")).to_have_value("form-nameの言葉")
        page.keyboard.press("Escape")
    leave(page)
    page.locator("[data-act='arrive']").click()
    expect(page.locator("#place-name")).to_have_value("")


# --- another day -------------------------------------------------------------------------------------------------


def test_what_waits_for_one_survey_goes_to_it_when_anothers_code_is_scanned(
    survey: Survey, desks: Any
) -> None:
    other = opened()
    desk = phone(desks, survey, "記録 一子")
    page = desk.page
    all_sent(page)
    for address in ("**/record/sync/", "**/record/photo/**"):
        page.context.route(address, lambda route: route.abort())
    arrive(page, "1番 住民")
    page.get_by_role("button", name="気づき").click()
    page.locator("#text").fill("案内板が見えない")
    page.locator("#categories").get_by_text("案内", exact=True).click()
    page.locator("#photo").set_input_files(
        {"name": "sign.png", "mimeType": "image/png", "buffer": page.screenshot()}
    )
    page.locator("#notice-box").get_by_role("button", name="残す").click()
    expect(page.locator("#state")).to_contain_text("3件")  # an arrival, a remark, a picture
    joined(desks, other, "記録 一子", desk=desk)
    expect(page.locator("#state")).to_contain_text("別の日の記録2件")
    assert Photo.objects.count() == 0
    for address in ("**/record/sync/", "**/record/photo/**"):
        page.context.unroute(address)
    online(page)
    expect(page.locator("body[data-photos='0']")).to_be_attached()
    expect(page.locator("#state")).not_to_contain_text("別の日")
    assert [photo.survey for photo in Photo.objects.all()] == [survey]
    assert set(Tap.objects.values_list("day__survey", flat=True)) == {survey.pk}
    desk.faults.clear()  # what the browser thinks of a line that was cut


# --- what answers in our place -----------------------------------------------------------------------------------

PAGE = b"<!doctype html><title>x</title><h1>filter</h1>"
HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "instead",
    [HEAD % (b"502 Bad Gateway", len(PAGE)) + PAGE, HEAD % (b"200 OK", len(PAGE)) + PAGE, b""],
    ids=["a proxy's 502", "a filter's own page", "a line that stalls"],
)
def test_whatever_answers_in_our_place_the_recorder_opens(
    survey: Survey, desks: Any, line: Line, instead: bytes
) -> None:
    desk = phone(desks, survey, "記録 一子", line=line)
    page = desk.page
    expect(page.locator("body[data-kept='yes']")).to_be_attached()
    arrive(page, "1番 住民")
    all_sent(page)
    line.put_in_place(instead)
    for _time in range(2):  # what the filter said the first time was not kept for the second
        page.reload()
        expect(page.locator("#place")).to_contain_text("1番 住民")
    page.locator("#do-called").click()
    expect(page.locator("#do-called")).to_be_disabled()
    desk.faults.clear()  # what the browser thinks of such answers


# --- what is chosen --------------------------------------------------------------------------------------------------


def test_a_tap_belongs_to_the_form_on_the_table_and_nothing_is_said_that_nobody_said(
    survey: Survey, desks: Any
) -> None:
    page = phone(desks, survey, "記録 一子").page
    chosen = page.locator("#forms label:has(:checked)")
    arrive(page, "1番 住民")
    expect(chosen).to_have_text("転入届")
    leave(page, "転入届")
    arrive(page, "3番 国保")
    expect(chosen).to_have_text("国保の異動届")
    page.locator("#forms").get_by_text("書類を分けない").click()
    page.locator("#keys").get_by_role("button", name="氏名").click()
    page.reload()
    expect(chosen).to_have_text("書類を分けない")
    page.get_by_role("button", name="終える・打ち切る").click()
    page.locator("#stop-box").get_by_role("button", name="記録を終える").click()
    expect(page.locator("#stop-said")).to_be_visible()
    page.locator("#stop-box").get_by_role("button", name="まだ続ける").click()
    page.get_by_role("button", name="気づき").click()
    page.locator("#text").fill("案内板が見えない")
    page.locator("#notice-box").get_by_role("button", name="残す").click()
    expect(page.locator("#notice-said")).to_have_text("種類を選んでください。")
    page.locator("#photo").set_input_files(
        {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": b"\x00\x00\x00\x18ftypheic"}
    )
    page.locator("#categories").get_by_text("案内", exact=True).click()
    page.locator("#notice-box").get_by_role("button", name="残す").click()
    expect(page.locator("#notice-said")).to_contain_text("この写真は読み取れません")
    page.get_by_role("button", name="写真を外す").click()
    page.locator("#notice-box").get_by_role("button", name="残す").click()
    expect(page.locator("#notice-box")).to_be_hidden()
    all_sent(page)
    assert set(Tap.objects.values_list("kind", flat=True)) >= {"notice", "write"}
    assert not Tap.objects.filter(kind="end").exists()
