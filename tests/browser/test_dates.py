"""A town and its advisor agree on a day, give it up again, and confirm what happened by the link of a mail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk import Camera, link_to, post
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, session_of
from tests.sessions.helpers import log
from tests.sessions.test_dates import plain_day

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def offer(desk: Any, *days: Any) -> None:
    for number, day in enumerate(days, start=1):
        desk.page.get_by_label(f"候補{number}の日", exact=True).fill(str(day))


def test_a_day_is_agreed_on_and_given_up(desks: Any, camera: Camera) -> None:
    engagement = EngagementFactory()
    advisor, town = desks(advisor_of(engagement)), desks(contact_of(engagement))
    page = f"/sessions/{session_of(engagement, 1).pk}/dates/"
    advisor.go(page)
    camera.take(advisor, "dates-to-propose", phone=True, judged=True)
    offer(advisor, plain_day(1), plain_day(3))
    advisor.press("候補を送る")
    assert advisor.reads("返事待ち")
    town.go("/")
    town.press("候補を見る")
    camera.take(town, "dates-to-choose", phone=True, judged=True)
    town.page.get_by_role("button", name="この日に決める").first.click()
    town.page.wait_for_url(f"**/engagements/{engagement.pk}/**")
    assert session_of(engagement, 1).state == "scheduled"
    town.go(page)
    town.page.get_by_text("都合がつかなくなったので、日程を選び直す").click()
    town.page.get_by_label("理由").fill("議会の日と重なりました")
    offer(town, plain_day(5))
    camera.take(town, "dates-given-up", phone=True, judged=True)
    town.press("取りやめて、候補を送る")
    assert town.reads("議会の日と重なりました")
    letter = post()[-1]
    assert letter.to == [advisor_of(engagement).email]
    advisor.go("/")
    assert advisor.reads("の日程を選んでください")


def test_a_record_is_confirmed_by_its_link(desks: Any, camera: Camera) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    nobody = desks()
    nobody.go(link_to(contact_of(engagement).email))
    camera.take(nobody, "record-by-link", phone=True, judged=True)
    nobody.page.get_by_role("button", name="この内容で確認する").click()
    nobody.page.get_by_text("確認しました。ありがとうございます。").wait_for()
    assert session_of(engagement, 1).state == "confirmed"


def test_the_day_in_teams(desks: Any, camera: Camera) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    town = desks(contact_of(engagement))
    town.go(f"/sessions/{session.pk}/day/")
    town.page.get_by_label("1行目の班").fill("A班")
    town.page.get_by_label("1行目の場所").fill("支所")
    town.press("班と場所を保存する")
    camera.take(town, "day", phone=True, judged=True)
    assert session.meetings.get().teams == [{"team": "A班", "place": "支所", "people": 0}]
