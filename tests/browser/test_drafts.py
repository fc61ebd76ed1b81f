"""Typed, left and come back to: it is there, on another device too, and gone once the form was taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import FormDraft
from tests.browser.desk import Camera, Desk, link_to
from tests.factories import applications as made
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, office
from tests.factories.survey import SurveyFactory
from tests.journeys.people import People
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import hold
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def keeps(page: Page) -> None:
    state = page.locator(".draft-state").first
    expect(state).to_contain_text(re.compile(r"に下書きを保存しました。.*有効期限:.*下書き\d+月\d+日"))


def opened(desk: Desk, address: str) -> Page:
    """A page whose drafts have been asked for."""
    desk.go(address)
    expect(desk.page.locator("html[data-drafts='ready']")).to_be_attached()
    return desk.page


def test_a_table_with_rows_that_were_added_is_there_again_on_another_device(
    desks: Any, camera: Camera
) -> None:
    survey = SurveyFactory(records__teams=1)
    contact, address = contact_of(survey.engagement), f"/surveys/{survey.pk}/day/teams/"
    desk: Desk = desks(contact)
    page = opened(desk, address)
    rows = page.locator("table[data-grid] tbody tr")
    before = rows.count()
    for number, name in enumerate(("B班", "C班")):
        page.locator("[name$='-team']").nth(before - 1 + number).fill(name)
    keeps(page)
    camera.take(desk, "drafts-teams", phone=True)
    desk.go("/")
    other: Desk = desks(contact)
    page = opened(other, address)
    expect(page.locator(".draft-state")).to_contain_text("の下書きを戻しました")
    names = [field.input_value() for field in page.locator("[name$='-team']").all()]
    assert [name for name in names if name][-2:] == ["B班", "C班"]
    page.get_by_role("button", name="下書きを捨てる").click()
    expect(page.locator("[name$='-team']").nth(before - 1)).to_have_value("")
    assert opened(desk, address).locator(".draft-state:visible").count() == 0


def test_a_reason_is_kept_until_the_button_was_pressed(desks: Any) -> None:
    engagement = EngagementFactory()
    desk: Desk = desks(office())
    address = f"/do/engagement/{engagement.pk}/pause/"
    page = opened(desk, address)
    desk.fill(reason="町の選挙のため")
    desk.go("/")  # before the pause in typing was over
    opened(desk, address)
    expect(page.locator("[name=reason]")).to_have_value("町の選挙のため")
    with page.expect_navigation():
        page.locator("main form .btn.main").click()
    assert Event.objects.filter(type="engagement.pause").count() == 1
    assert not FormDraft.objects.filter(values__isnull=False).exists()


def test_a_page_by_link_keeps_what_its_addressee_typed(people: People, desks: Any) -> None:
    application = made.issued(town=people.town, approver_email=people.approver.email)
    visitor: Desk = desks()
    page = opened(visitor, link_to(application.approver_email))
    page.locator("main textarea").first.fill("費用の見込みを確かめてから")
    keeps(page)
    again: Desk = desks()
    page = opened(again, page.url)
    expect(page.locator("main textarea").first).to_have_value("費用の見込みを確かめてから")


def test_who_has_no_account_keeps_it_in_the_browser_until_it_was_taken(desks: Any, camera: Camera) -> None:
    town, address = MunicipalityFactory(), "/accounts/register/"
    desk: Desk = desks()
    page = opened(desk, address)
    desk.fill(name="例示 さくら", email="sakura@")
    state = page.locator(".draft-state")
    expect(state).to_contain_text("この端末に下書きを残しました")
    camera.take(desk, "drafts-nobody", phone=True)
    desk.go("/accounts/login/")
    opened(desk, address)
    expect(state).to_contain_text("の下書きを戻しました")
    expect(page.locator("[name=email]")).to_have_value("sakura@")
    assert opened(desks(), address).locator(".draft-state:visible").count() == 0
    page.locator("[name=municipality]").fill(town.name)
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.locator("main form .btn.main").click()
    assert refused.value.status == 422
    opened(desk, address)  # the refused one was left, and is there
    expect(page.locator("[name=municipality]")).to_have_value(town.name)
    desk.fill(email="sakura@town.example", section="住民課")
    with page.expect_navigation(url="**/register/sent/"):
        page.locator("main form .btn.main").click()
    opened(desk, address)
    expect(page.locator("[name=name]")).to_have_value("")
    assert page.evaluate("[localStorage.length, document.cookie.includes('draft_taken')]") == [0, False]
    assert not FormDraft.objects.exists()


def test_a_text_that_is_too_long_is_kept_whole_until_it_was_shortened(desks: Any) -> None:
    survey = SurveyFactory(records__teams=1)
    desk: Desk = desks(contact_of(survey.engagement))
    page = desk.go(f"/surveys/{survey.pk}/delete/r1/")
    field = page.locator("[name=reason]")
    most = 300
    field.fill("𠮷" * (most + 2))
    expect(page.locator(".limit")).to_have_text("2字多すぎます。短くすると送れます")
    page.get_by_role("button", name="この班の記録を消す").click()
    expect(field).to_be_focused()
    assert len(field.input_value()) == most + 2
    field.fill("𠮷" * most)
    expect(page.locator(".limit")).to_have_text("あと0字入ります")
    with page.expect_navigation():
        page.get_by_role("button", name="この班の記録を消す").click()
    assert not any(route["id"] == "r1" for route in survey.versions.latest("number").document["routes"])


def test_rows_that_could_not_be_sent_come_back_each_in_its_place(desks: Any) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    desk: Desk = desks(advisor_of(engagement))
    address = f"/sessions/{session.pk}/log/"
    page = desk.go(address)
    for number, (section, count) in enumerate((("町民課", "8"), ("税務課", "2"))):
        page.locator("[name=section]").nth(number).fill(section)
        page.locator("[name=count]").nth(number).fill(count)
    page.context.route("**/log/draft/", lambda route: route.abort())
    desk.go("/")
    page.context.unroute("**/log/draft/")
    desk.go(address)
    page.locator("[data-saved]", has_text="に保存しました").wait_for()
    session.refresh_from_db()
    assert session.log_draft["rows"] == [
        {"section": "町民課", "count": 8},
        {"section": "税務課", "count": 2},
    ]
    desk.faults.clear()  # what the browser thinks of a line that was cut
