"""How often somebody has to press something, typing apart: counted by the browser itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from engagements.applications.models import Application
from engagements.sessions.models import Session
from tests.browser.desk import Desk
from tests.factories.engagements import PASSWORD, EngagementFactory, advisor_of, session_of
from tests.journeys.people import People
from tests.sessions.helpers import schedule

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
#: A press on a label and the one that the browser passes on to its field are one interaction.
COUNTING = """
document.addEventListener("click", event => {
  if (!event.isTrusted || event.target.closest("label")?.control && event.target.tagName !== "INPUT") return;
  sessionStorage.setItem("presses", Number(sessionStorage.getItem("presses") || 0) + 1);
}, true);
"""


def counted(desk: Desk) -> Desk:
    desk.context.add_init_script(COUNTING)
    return desk


def presses(desk: Desk) -> int:
    return int(desk.page.evaluate("sessionStorage.getItem('presses') || 0"))


def test_from_the_page_of_the_call_to_a_submitted_application_in_at_most_twelve(
    people: People, desks: Any
) -> None:
    desk = counted(desks())
    desk.go(people.call.get_absolute_url())
    desk.press("申し込む")
    desk.page.fill("[name=login]", people.contact.email)
    desk.page.fill("[name=password]", PASSWORD)
    desk.press("サインインする")
    desk.press("申し込む")
    desk.fill(
        aims="転入の方が5つの課を回り、同じ住所と氏名を何度も書いています。窓口の課からも声が上がっています。",
        q_buildings="2",
        q_sections="6",
        approver_name="手本 一郎",
        approver_email=people.approver.email,
    )
    desk.tick("life_events", "move_in")
    desk.tick("months", "7", "9", "10")
    for name, value in (
        ("mode", "either"),
        ("q_dx_plan", "making"),
        ("q_system", "planned"),
        ("q_mayor", "knows"),
    ):
        desk.tick(name, value)
    desk.page.locator("[data-saved]", has_text="に保存しました").wait_for()
    desk.press("提出する", grey=True)
    assert Application.objects.get().state == "submitted"
    assert 5 < presses(desk) <= 12


def test_a_record_of_a_session_in_at_most_five(desks: Any, site: str) -> None:
    engagement = EngagementFactory()
    session: Session = session_of(engagement, 1)
    schedule(engagement, 1, 1)
    yesterday = timezone.now() - timedelta(days=1)
    session.meetings.update(starts_at=yesterday - timedelta(hours=2), ends_at=yesterday)
    desk = counted(desks(advisor_of(engagement)))
    desk.go("/")
    desk.press("2分で書く")
    desk.fill(
        log_summary="やめられる紙を、課ごとに1つずつ挙げました。",
        log_next_step="体験する場面を1つ決める",
        log_hours="2.5",
    )
    desk.page.locator("[name=section]").first.fill("町民課")
    desk.page.locator("[name=count]").first.fill("8")
    desk.press("記録を出す")
    session.refresh_from_db()
    assert session.state == "logged"
    assert 1 < presses(desk) <= 5
