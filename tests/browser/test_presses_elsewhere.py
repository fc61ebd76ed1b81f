"""As on the application's page: other forms that save themselves, pages that ask again, the recorder and the board."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from engagements.documents.models import Document, DocumentKind
from engagements.documents.services import request_document
from engagements.plans.models import Plan
from engagements.survey import selectors, services
from engagements.survey.measures import encode
from engagements.survey.models import RecorderDay, Survey
from engagements.survey.recorder import passes
from tests.browser.desk import PHONE, Desk
from tests.browser.slow import Slow, place, put_down
from tests.factories import documents as made
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, session_of
from tests.factories.engagements import actor as acting
from tests.factories.survey import SurveyFactory, door_of
from tests.sessions.helpers import schedule
from workflow import SYSTEM

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
WIDTHS = pytest.mark.parametrize("width", [1280, PHONE["width"]])


@pytest.fixture
def plan(site: str) -> Plan:
    with transaction.atomic():
        engagement = made.engagement()
        survey = made.survey(engagement, *made.three_teams())
        found = made.plan(engagement)
    opened: Any = {"actor": acting(contact_of(engagement)), "now": timezone.now()}
    passes.open_day(survey, purpose="board", **opened)
    return found


@pytest.fixture
def survey(plan: Plan) -> Survey:
    found: Survey = plan.engagement.surveys.get()
    return found


def saved_without_a_shift(desk: Desk, saves: Slow, field: str, *near: Locator) -> None:
    desk.page.fill(f"[name={field}]", "書きかけ")
    saves.has_read(1)
    saves.hold()
    before = [place(one) for one in near]
    desk.page.fill(f"[name={field}]", "一度だけ書く、迷わない、待たせない")
    saves.answer()
    expect(desk.page.locator("[data-saved]")).to_contain_text("に保存しました")
    assert [place(one) for one in near] == before


@WIDTHS
def test_a_plans_words_are_saved_without_moving_what_stands_about_them(
    plan: Plan, desks: Any, width: int
) -> None:
    desk: Desk = desks(contact_of(plan.engagement))
    desk.page.set_viewport_size({"width": width, "height": 900})
    saves = Slow(desk.page)
    desk.go(f"/engagements/{plan.engagement_id}/plan/?part=vision")
    buttons = desk.page.locator(".lead a.btn").first, desk.page.get_by_role("button", name="保存する")
    comments = desk.page.locator("main form").last
    saved_without_a_shift(desk, saves, "vision", *buttons, comments)


@WIDTHS
def test_a_log_is_saved_without_moving_its_button(desks: Any, width: int) -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1, 1)
    yesterday = timezone.now() - timedelta(days=1)
    session = session_of(engagement, 1)
    session.meetings.update(starts_at=yesterday - timedelta(hours=2), ends_at=yesterday)
    desk: Desk = desks(advisor_of(engagement))
    desk.page.set_viewport_size({"width": width, "height": 900})
    saves = Slow(desk.page)
    desk.go(f"/sessions/{session.pk}/log/")
    button = desk.page.get_by_role("button", name="記録を出す")
    before = place(button)
    saved_without_a_shift(desk, saves, "log_summary", button)
    assert place(button) == before


def test_a_page_that_waits_for_its_file_lets_a_press_lead_away(plan: Plan, desks: Any) -> None:
    document = request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=timezone.now())
    desk: Desk = desks(contact_of(plan.engagement))
    page = desk.go(document.get_absolute_url())
    put_down(page.get_by_role("link", name="支援のページへ戻る"))
    Document.objects.filter(pk=document.pk).update(progress=Document.Progress.FAILED)
    for _time in range(2):  # by the second answer the first has been dealt with
        page.wait_for_event("response", lambda response: response.request.resource_type == "xhr")
    page.mouse.up()
    page.wait_for_url(f"**/engagements/{plan.engagement_id}/")


def test_a_page_that_waits_for_its_file_shows_it_after_the_press(plan: Plan, desks: Any) -> None:
    document = request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=timezone.now())
    desk: Desk = desks(contact_of(plan.engagement))
    page = desk.go(document.get_absolute_url())
    put_down(page.locator("h1"))
    Document.objects.filter(pk=document.pk).update(progress=Document.Progress.FAILED)
    page.wait_for_event("response", lambda response: response.request.resource_type == "xhr")
    page.mouse.up()
    expect(page.locator(".document")).to_contain_text("作れませんでした")


def join(page: Page, address: str, day: RecorderDay, name: str) -> None:
    page.goto(address)
    page.fill("[name=pin]", passes.pin_of(day))
    page.fill("[name=name]", name)
    page.get_by_role("button", name="参加する").click()


def test_what_others_write_on_the_board_takes_no_press_away(plan: Plan, survey: Survey, desks: Any) -> None:
    day = door_of(survey, "board")
    address = f"/board/{passes.code_of(day)}/"
    one, two = (desks().page for _number in range(2))
    polls = Slow(one)
    for page, name in ((one, "見本 一子"), (two, "見本 二郎")):
        join(page, desks().site + address, day, name)
        expect(page.locator("#issues > li")).not_to_have_count(0)
    polls.hold()
    polls.asked()
    two.fill("#text", "総合案内がない")
    two.get_by_role("button", name="板に出す").first.click()
    expect(two.locator("body")).to_have_attribute("data-waiting", "0")
    vote = one.locator("[data-key^='vote-']").first
    put_down(vote)
    polls.answer()
    one.mouse.up()
    expect(vote).to_have_attribute("aria-pressed", "true")
    expect(one.locator("#notes")).to_contain_text("総合案内がない")


def test_the_recorders_keys_stay_under_the_thumb(site: str, desks: Any) -> None:
    survey = SurveyFactory(records__teams=1)
    actor = acting(contact_of(survey.engagement))
    document = encode(selectors.latest_document(survey) | {"routes": []})
    services.import_document(survey, document, actor=actor, now=timezone.now(), reason="当日の前")
    passes.open_day(survey, actor=actor, now=timezone.now())
    desk: Desk = desks()
    page = desk.page
    page.set_viewport_size(PHONE)
    sends = Slow(page)
    day = door_of(survey)
    join(page, f"{desk.site}/record/{passes.code_of(day)}/", day, "記録 一子")
    page.locator("#team-list button").first.click()
    page.locator("#do-arrive").click()
    page.fill("#place-name", "総合窓口")
    page.get_by_role("button", name="この窓口に着いた").click()
    expect(page.locator("body")).to_have_attribute("data-waiting", "0")
    sends.hold()
    key = page.locator("#keys button").first
    before = place(key)
    key.click()
    sends.asked()
    assert place(key) == before, "while it waits"
    badge: Any = key.locator(".ct").bounding_box()
    page.mouse.move(badge["x"] + badge["width"] / 2, badge["y"] + badge["height"] / 2)
    page.mouse.down()
    sends.answer()
    page.mouse.up()
    sends.asked()  # the press is on its way, as a short one or as a long one
    assert place(key) == before, "when it has arrived"
