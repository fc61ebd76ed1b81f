"""What goes wrong in life: nothing is lost, nothing is done twice, nothing leaks, and every sentence says what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session as WebSession
from playwright.sync_api import expect

from engagements.applications.models import Application
from tests.browser.desk import Desk, post
from tests.factories import applications as made
from tests.factories.engagements import EngagementFactory, contact_of, session_of
from tests.journeys.people import People, acting
from workflow import perform
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
NASTY = "<script>alert(1)</script><b>太字</b>"


def written(people: People, **values: Any) -> Application:
    """A draft of the town with everything in it; ``values`` go over what is usual."""
    values = {"approver_email": people.approver.email} | values
    with_all: Application = made.filled(town=people.town, **values)
    return with_all


def events(type: str) -> int:
    return Event.objects.filter(type=type).count()


def test_two_presses_submit_once(people: People, desks: Any) -> None:
    application = written(people)
    town: Desk = desks(people.contact)
    town.go(f"/applications/{application.pk}/edit/")
    town.page.get_by_role("button", name="提出する").dblclick()
    expect(town.page).to_have_url(re.compile(rf"/applications/{application.pk}/$"))
    assert town.reads("確認中")
    # To the office, to the approver, and the contact's receipt.
    assert (events("application.submit"), len(post())) == (1, 3)


def test_a_form_sent_again_from_history_acts_once(people: People, desks: Any) -> None:
    application = written(people)
    perform("submit", application, acting(people.contact))
    town: Desk = desks(people.contact)
    town.go(f"/do/application/{application.pk}/withdraw/")
    town.press("取り下げる")
    town.page.go_back()
    town.press("取り下げる")
    assert events("application.withdraw") == 1
    assert town.reads("「取り下げ」")


def test_markup_in_names_is_text(people: People, desks: Any) -> None:
    application = written(people, contact_name=NASTY, aims=f"{NASTY} を何とかしたい。" * 2)
    perform("submit", application, acting(people.contact))
    people.town.name = "<i>町</i>"
    people.town.save()
    for user in (people.contact, people.office):
        desk: Desk = desks(user)
        for address in ("/", application.get_absolute_url(), "/applications/"):
            desk.go(address)
            assert desk.page.locator("main script, main b:text-is('太字'), main i").count() == 0
        desk.go(application.get_absolute_url())
        assert desk.reads(NASTY)


def test_a_wrong_code_is_told_at_the_field(people: People, desks: Any) -> None:
    office: Desk = desks(people.office)
    office.go("/applications/new/")
    office.fill(municipality="999999")
    office.press("代わりに入力する")
    assert office.page.input_value("[name=municipality]") == "999999"
    assert office.page.locator(".err", has_text="この団体コードは登録にありません").is_visible()
    assert not Application.objects.exists()


def test_an_impossible_date_keeps_what_was_typed(people: People, desks: Any) -> None:
    engagement = EngagementFactory()
    session, town = session_of(engagement, 1), desks(contact_of(engagement))
    town.go(f"/do/session/{session.pk}/schedule/")
    town.fill(starts_at="2020-01-06T10:00", ends_at="2020-01-06T12:00", place="本庁舎 2階")
    town.press("日程を入れる")
    assert town.reads("過ぎた日時です")
    assert town.page.input_value("[name=place]") == "本庁舎 2階"
    assert town.page.input_value("[name=starts_at]") == "2020-01-06T10:00"
    assert events("session.schedule") == 0


def test_a_file_that_is_not_what_it_says_is_refused(people: People, desks: Any) -> None:
    engagement = EngagementFactory()
    town: Desk = desks(contact_of(engagement))
    town.go(f"/engagements/{engagement.pk}/survey/")
    picture = {
        "name": "調査.json",
        "mimeType": "application/json",
        "buffer": b"\x89PNG\r\n\x1a\n" + bytes(64),
    }
    town.page.set_input_files("[name=file]", picture)
    town.press("記録を受け取る")
    assert town.page.locator("[role=alert], .err").first.is_visible()
    assert events("survey.version_saved") == 0


def test_an_expired_sign_in_keeps_what_was_typed(people: People, desks: Any) -> None:
    engagement = EngagementFactory()
    session, user = session_of(engagement, 1), contact_of(engagement)
    town: Desk = desks(user)
    town.go(f"/do/session/{session.pk}/record_held/")
    town.fill(held_on="2026-04-06", reason="先に電話で行いました。")
    WebSession.objects.all().delete()
    town.press("あとから実施を記録する")
    assert "/accounts/login/" in town.page.url
    town.fill(login=user.email, password="factory-password")
    town.press("サインインする")
    assert town.heading() == "書いた内容は残っています"
    town.press("続きから送る")
    session.refresh_from_db()
    assert (session.state, str(session.held_on)) == ("held", "2026-04-06")


@pytest.mark.parametrize(
    "page", ["/applications/{0}/", "/applications/{0}/edit/", "/do/application/{0}/withdraw/"]
)
def test_another_towns_number_in_the_address_finds_nothing(people: People, desks: Any, page: str) -> None:
    application = written(people)
    stranger: Desk = desks(people.stranger)
    answer = stranger.page.goto(f"{stranger.site}{page.format(application.pk)}")
    assert answer is not None
    assert answer.status == 404
    assert not stranger.reads(people.town.name)
    nowhere = stranger.page.goto(f"{stranger.site}{page.format(987654)}")
    assert nowhere is not None
    assert nowhere.status == 404


def test_without_scripts_an_application_is_saved_and_sent(people: People, desks: Any) -> None:
    town: Desk = desks(people.contact, java_script_enabled=False)
    town.press("申込を始める")
    town.press("申し込む")
    town.fill(aims="転入の方が5つの課を回っています。" * 4)
    town.press("保存する")
    assert Application.objects.get().aims.startswith("転入の方が")
    town.press("提出する", grey=True)
    assert town.reads("提出には、あと次のことが要ります")
    town.fill(
        q_buildings="2", q_sections="6", approver_name="手本 一郎", approver_email=people.approver.email
    )
    for name, value in {
        "mode": "either",
        "q_dx_plan": "making",
        "q_system": "planned",
        "q_mayor": "knows",
    }.items():
        town.tick(name, value)
    town.tick("life_events", "move_in")
    town.tick("months", "7", "9", "10")
    town.press("提出する", grey=True)
    assert Application.objects.get().state == "submitted"
    assert town.reads("番目(待っている申込は")
