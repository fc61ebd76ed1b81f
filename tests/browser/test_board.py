"""The workshop's board in real browsers: thirty phones and a wall come to one picture, and a reload loses nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from engagements.plans.models import BoardNote, BoardVote, Issue, Plan
from engagements.survey.recorder import passes
from tests.browser.desk import TIMEOUT, Camera, Desk
from tests.browser.line import Line
from tests.factories import documents as made
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.survey import door_of
from workflow.models import Event

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PHONES = 30
SCREENS = 4


@pytest.fixture
def plan(site: str) -> Plan:
    with transaction.atomic():
        engagement = made.engagement()
        survey = made.survey(engagement, *made.three_teams())
        found = made.plan(engagement)
    opened_at = Event.objects.latest("recorded_at").recorded_at
    passes.open_day(survey, actor=acting(contact_of(engagement)), now=opened_at, purpose="board")
    return found


def join(page: Page, site: str, plan: Plan, name: str) -> None:
    day = door_of(plan.engagement.surveys.get(), "board")
    page.goto(f"{site}/board/{passes.code_of(day)}/")
    page.fill("[name=pin]", passes.pin_of(day))
    page.fill("[name=name]", name)
    page.get_by_role("button", name="参加する").click()
    expect(page.locator("#board")).to_be_visible()


def takes_part(site: str, code: str, pin: str, issue: int, number: int) -> None:
    """A phone without its screen: joins, puts a note on the board and a dot beside the issue."""
    joined = _post(f"{site}/record/{code}/join/", {"pin": pin, "name": f"見本 {number}"})
    note = {"uid": f"n{number}", "text": f"付せん {number:02d}", "issue": None, "way": ""}
    said = {"notes": [note], "gone": [], "votes": {str(issue): True}, "mark": ""}
    _post(f"{site}/board/exchange/", said, Authorization=f"Recorder {joined['key']}")


def _post(url: str, content: Any, **headers: str) -> Any:
    request = Request(url, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})
    with urlopen(request, timeout=TIMEOUT / 1000) as answer:
        return json.loads(answer.read())


def test_thirty_phones_and_a_wall_come_to_one_picture(
    plan: Plan, site: str, chromium: Browser, desks: Any, camera: Camera
) -> None:
    """Thirty write at once; what four of them and the wall show is looked at."""
    issue = Issue.objects.filter(plan=plan).first()
    assert issue
    wall: Desk = desks(contact_of(plan.engagement))
    wall.go(f"/plans/{plan.pk}/workshop/projector/")
    contexts = [
        chromium.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
        for _number in range(SCREENS)
    ]
    phones = [context.new_page() for context in contexts]
    for number, phone in enumerate(phones):
        join(phone, site, plan, f"見本 {number}")
    day = door_of(plan.engagement.surveys.get(), "board")
    told = (site, passes.code_of(day), passes.pin_of(day), issue.pk)
    with ThreadPoolExecutor(PHONES) as pool:
        others = [pool.submit(takes_part, *told, number) for number in range(SCREENS, PHONES)]
        for number, phone in enumerate(phones):
            phone.fill("#text", f"付せん {number:02d}")
            phone.get_by_role("button", name="板に出す").first.click()
            phone.locator(f"[data-key='vote-{issue.pk}']").click()
        for other in others:
            other.result(timeout=TIMEOUT / 1000)
    for page in [*phones, wall.page]:
        expect(page.locator("#notes li")).to_have_count(PHONES)
        expect(page.locator("#issues > li").first).to_contain_text(f"{PHONES}票")
    wanted = {f"付せん {number:02d}" for number in range(PHONES)}
    for page in [*phones, wall.page]:
        assert {words[:6] for words in page.locator("#notes li").all_inner_texts()} == wanted
    assert (BoardNote.objects.count(), BoardVote.objects.count()) == (PHONES, PHONES)
    camera.take(wall, "workshop-wall", judged=True)
    for context in contexts:
        context.close()


def test_a_phone_that_is_reloaded_without_a_network_still_has_its_words(
    plan: Plan, site: str, desks: Any
) -> None:
    line = Line(site)
    desk: Desk = desks(has_touch=True)
    join(desk.page, line.address, plan, "見本 一子")
    line.cut()
    desk.page.fill("#text", "総合案内がない")
    desk.page.get_by_role("button", name="板に出す").first.click()
    desk.page.fill("#text", "書きかけ")
    expect(desk.page.locator("body")).to_have_attribute("data-waiting", "1")
    line.mend()
    desk.page.reload()
    expect(desk.page.locator("#notes")).to_contain_text("総合案内がない")
    assert desk.page.locator("#text").input_value() == "書きかけ"
    expect(desk.page.locator("body")).to_have_attribute("data-waiting", "0")
    assert BoardNote.objects.get().text == "総合案内がない"
    line.cut()


def test_an_idea_is_given_by_keyboard_and_made_a_decision(
    plan: Plan, site: str, desks: Any, camera: Camera
) -> None:
    issue = Issue.objects.filter(plan=plan).first()
    assert issue
    phone: Desk = desks(has_touch=True)
    join(phone.page, site, plan, "見本 一子")
    phone.page.locator(f"[data-key='idea-{issue.pk}']").press("Enter")
    phone.page.keyboard.type("様式を1枚にする")
    phone.page.locator("#idea-keep").press("Enter")
    expect(phone.page.locator("body")).to_have_attribute("data-waiting", "0")
    camera.take(phone, "workshop-idea", judged=True)
    town: Desk = desks(contact_of(plan.engagement))
    town.go(f"/engagements/{plan.engagement_id}/plan/board/")
    camera.take(town, "board-with-notes", phone=True, judged=True)
    town.page.get_by_role("button", name="改善案にする").click()
    town.page.wait_for_load_state()
    expect(phone.page.locator("#issues")).to_contain_text("やめる 様式を1枚にする")
