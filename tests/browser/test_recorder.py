"""The recorder in a real browser: without a network, killed and opened again, and two devices on one walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engagements.survey import photos, selectors, services
from engagements.survey.measures import encode
from engagements.survey.models import Photo, Recorder, Survey, Tap
from engagements.survey.recorder import passes
from tests.browser.desk import Camera, Desk
from tests.browser.line import Line
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, door_of
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def opened() -> Survey:
    """A survey of one team whose day is open, without a record."""
    made: Survey = SurveyFactory(records__teams=1)
    actor = acting(contact_of(made.engagement))
    now = Event.objects.latest("recorded_at").recorded_at
    document = selectors.latest_document(made) | {"routes": []}
    services.import_document(made, encode(document), actor=actor, now=now, reason="当日の前")
    passes.open_day(made, actor=actor, now=now)
    return made


@pytest.fixture
def survey(site: str) -> Survey:
    return opened()


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    made = Line(site)
    yield made
    made.cut()


def joined(
    desks: Any,
    survey: Survey,
    name: str,
    line: Line | None = None,
    *,
    desk: Desk | None = None,
    scripts: Sequence[str] = (),
    team: str = "A班",
) -> Desk:
    """A phone that scanned the code, joined and chose the team; ``scripts`` are what its browser does differently."""
    desk = desk or desks(has_touch=True)
    for script in scripts:
        desk.page.add_init_script(script)
    if line:
        desk.site = line.address
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.go(f"/record/{passes.code_of(door_of(survey))}/")
    desk.fill(pin=passes.pin_of(door_of(survey)), name=name)
    desk.page.get_by_role("button", name="参加する").click()
    desk.page.get_by_role("button", name=team).click()
    expect(desk.page.locator("#walk")).to_be_visible()
    return desk


def arrive(page: Page, counter: str) -> None:
    page.get_by_role("button", name="着いた").click()
    page.locator("#place-list").get_by_role("button", name=counter).click()


def leave(page: Page, *procedures: str) -> None:
    page.locator("#do-done").click()
    for name in procedures:
        page.locator("#procedures").get_by_text(name, exact=True).click()
    page.locator("#leave-box").get_by_role("button", name="終わった").click()


def finish(page: Page) -> None:
    page.get_by_role("button", name="終える・打ち切る").click()
    page.locator("#ended").get_by_text("最後まで回った").click()
    page.locator("#stop-box").get_by_role("button", name="記録を終える").click()
    expect(page.locator("#over")).to_be_visible()


def all_sent(page: Page) -> None:
    expect(page.locator("body[data-waiting='0']")).to_be_attached()


def the_route(survey: Survey) -> dict[str, Any]:
    (route,) = selectors.latest_document(survey)["routes"]
    return dict(route)


def sent_twice(page: Page) -> None:
    """Back on the line, and once more by a phone that forgot what it has sent."""
    page.evaluate("dispatchEvent(new Event('online'))")
    all_sent(page)
    expect(page.locator("body[data-photos='0']")).to_be_attached()
    kept = Tap.objects.count()
    page.evaluate(
        "localStorage.removeItem(`mr:${document.body.dataset.code}:sent`); dispatchEvent(new Event('online'))"
    )
    all_sent(page)
    assert Tap.objects.count() == kept


def everything_is_there_once(survey: Survey) -> None:
    (visit,) = the_route(survey)["visits"]
    (form,) = visit["forms"]
    assert {(write["field"], write["times"], write.get("how")) for write in form["writes"]} == {
        ("name", 2, None),
        ("address", 1, "prefilled"),
    }
    (noticed,) = visit["observations"]
    assert (visit["procedures"], noticed["text"]) == (["k1"], "同じ住所を2回書いた")
    photo = Photo.objects.get()
    assert (photo.name, photos.path_of(photo).exists()) == (noticed["photo"], True)


def test_a_walk_without_a_network_survives_a_killed_page_and_arrives_once(
    survey: Survey, desks: Any, camera: Camera, line: Line
) -> None:
    phone = joined(desks, survey, "記録 一子", line)
    page = phone.page
    camera.take(phone, "recorder-start", judged=True)
    expect(page.locator("body[data-kept='yes']")).to_be_attached()
    line.cut()
    arrive(page, "1番 住民")
    page.locator("#do-called").click()
    for _time in range(2):
        page.locator("#keys").get_by_role("button", name="氏名").click()
    page.locator("#how").get_by_text("印字済み").click()
    page.locator("#keys").get_by_role("button", name="住所", exact=True).click()
    page.locator("#keys").get_by_role("button", name="電話").click()
    page.get_by_role("button", name="取り消す").click()
    camera.take(phone, "recorder-served", judged=True)

    # The phone dies: the page goes without a word, and comes back without a network.
    page.close()
    phone.page = page = phone.context.new_page()
    page.goto(f"{phone.site}/record/{passes.code_of(door_of(survey))}/")
    expect(page.locator("#place")).to_contain_text("1番 住民")
    expect(page.locator("#keys").get_by_role("button", name="氏名")).to_contain_text("2")
    page.get_by_role("button", name="気づき").click()
    page.locator("#text").fill("同じ住所を2回書いた")
    page.locator("#categories").get_by_text("書類").click()
    page.locator("#photo").set_input_files(
        {"name": "queue.png", "mimeType": "image/png", "buffer": page.screenshot()}
    )
    page.locator("#notice-box").get_by_role("button", name="残す").click()
    expect(page.locator("#notice-box")).to_be_hidden()
    leave(page, "転入届")
    finish(page)
    camera.take(phone, "recorder-over", judged=True)
    assert Tap.objects.count() == 0

    line.mend()
    sent_twice(page)
    everything_is_there_once(survey)


def test_two_recorders_of_a_team_see_each_other_and_lose_nothing(survey: Survey, desks: Any) -> None:
    one, two = (joined(desks, survey, name).page for name in ("記録 一子", "記録 二郎"))
    arrive(one, "1番 住民")
    all_sent(one)
    two.evaluate("dispatchEvent(new Event('online'))")
    expect(two.locator("#place")).to_contain_text("1番 住民")
    one.locator("#keys").get_by_role("button", name="氏名").click()
    two.locator("#keys").get_by_role("button", name="電話").click()
    two.locator("#do-called").click()
    all_sent(two)
    one.evaluate("dispatchEvent(new Event('online'))")
    expect(one.locator("#do-called")).to_be_disabled()
    leave(one, "転入届")
    finish(one)
    all_sent(one)
    (visit,) = the_route(survey)["visits"]
    assert {write["field"] for form in visit["forms"] for write in form["writes"]} == {"name", "phone"}
    assert visit["called_at"] <= visit["finished_at"]


def test_who_scans_types_no_pin_and_a_phone_taken_out_keeps_its_walk_and_joins_again(
    survey: Survey, desks: Any
) -> None:
    desk: Desk = desks(has_touch=True)
    page, day = desk.page, door_of(survey)
    desk.go(f"/record/{passes.code_of(day)}/#{passes.ticket_of(day)}")
    expect(page.locator("#pin")).to_be_hidden()
    desk.fill(name="記録 一子")
    page.get_by_role("button", name="参加する").click()
    page.get_by_role("button", name="A班").click()
    arrive(page, "1番 住民")
    all_sent(page)
    device, now = Recorder.objects.get(), Event.objects.latest("recorded_at").recorded_at
    passes.revoke(device, actor=acting(contact_of(survey.engagement)), now=now)
    page.locator("#do-called").click()
    expect(page.locator("#join-said")).to_contain_text("もう一度参加してください")
    assert Tap.objects.filter(kind="called").count() == 0
    page.get_by_role("button", name="参加する").click()
    expect(page.locator("#place")).to_contain_text("1番 住民")
    all_sent(page)
    assert Tap.objects.get(kind="called").recorder != device


def test_a_wrong_pin_is_said_and_a_long_press_counts_what_was_printed(survey: Survey, desks: Any) -> None:
    desk: Desk = desks(has_touch=True)
    desk.go(f"/record/{passes.code_of(door_of(survey))}/")
    desk.fill(pin="123", name="記録 一子")
    desk.page.get_by_role("button", name="参加する").click()
    expect(desk.page.locator("#join-said")).to_contain_text("PINが違います")
    assert desk.page.locator("#name").input_value() == "記録 一子"
    page = joined(desks, survey, "記録 二郎").page
    arrive(page, "1番 住民")
    page.locator("#keys").get_by_role("button", name="氏名").click(delay=700)
    expect(page.locator("#keys .ct.est")).to_have_text("1")
    assert page.locator("#keys .ct:not(.est)").count() == 0
