"""The home of each role: what next, by when, who waits for whom; nothing of others; the same number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.standings import actor_for
from oversight.selectors import office_next
from tests.factories.engagements import (
    LONG_AGO,
    EngagementFactory,
    PersonFactory,
    advisor_of,
    advisor_user,
    contact_of,
    member,
    office,
    session_of,
)
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import confirm, hold, log, schedule
from workflow import perform
from workflow.models import Span

pytestmark = pytest.mark.django_db


def home(client: Client, user: object) -> str:
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def queries(client: Client, user: object, path: str = "/") -> int:
    client.force_login(user)
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_nobody_reads_a_home_without_signing_in(client: Client) -> None:
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_a_new_town_gets_three_steps(client: Client) -> None:
    page = home(client, member(Role.CONTACT, MunicipalityFactory()))
    assert "はじめの3つ" in page
    assert 'href="/applications/new/"' in page


def test_the_town_sees_its_next_step_its_road_and_its_checklist(client: Client) -> None:
    own, other = EngagementFactory(), EngagementFactory()
    log(other, 1, log_next_step="よその町のひみつ")
    page = home(client, contact_of(own))
    assert "① 研修の日程を入れてください" in page
    assert "予算要求の締切" in page
    assert "3項目のうち0済み" in page
    assert "まだできないこと" in page
    assert "ひみつ" not in page
    assert other.reference not in page


def test_the_next_step_of_the_log_is_the_towns_until_it_is_done(client: Client) -> None:
    engagement = EngagementFactory()
    confirm(engagement, 1, -3)
    schedule(engagement, 2, 20)
    schedule(engagement, 3, 40)
    page = home(client, contact_of(engagement))
    assert '<h2 id="next">体験する場面を1つ決める</h2>' in page
    client.post(f"/sessions/{session_of(engagement, 1).pk}/next-step/")
    page = home(client, contact_of(engagement))
    assert "体験する場面を1つ決める" not in page
    assert "② 体験調査・ワークショップの日を待っています" in page


def test_a_scheduled_session_is_nobodys_turn_before_its_day(client: Client) -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1, 10)
    assert "書く記録はありません" in home(client, advisor_of(engagement))
    Span.objects.all()
    late = EngagementFactory()
    hold(late, 1)
    assert "2分で書く" in home(client, advisor_of(late))


def test_the_advisor_sees_load_logs_and_totals_of_the_own_towns(client: Client) -> None:
    lead = advisor_user()
    own, other = EngagementFactory(advisor=lead), EngagementFactory(municipality_name="よその町")
    hold(own, 1)
    log(other, 1)
    page = home(client, lead)
    assert own.municipality_name in page
    assert "よその町" not in page
    assert f"/sessions/{session_of(own, 1).pk}/log/" in page
    assert "上限 2件" in page


def test_the_secretariat_sees_where_everything_stands(client: Client) -> None:
    engagement = EngagementFactory(municipality__name="遅れ町")
    hold(engagement, 1, -2)
    Span.objects.filter(stream=session_of(engagement, 1).stream, left_at=None).update(
        due_on=timezone.localdate() - timedelta(days=12)
    )
    page = home(client, office())
    assert "遅れ町" in page
    assert "12日" in page
    assert "① 研修 実施記録を書く" in page
    assert "② 調査・ワークショップ 1" in page
    assert 'action="/search/"' in page


def test_a_late_turn_is_counted_at_its_stage(client: Client) -> None:
    from oversight.selectors import funnel

    engagement = EngagementFactory()
    hold(engagement, 1, -2)
    Span.objects.filter(stream=session_of(engagement, 1).stream, left_at=None).update(due_on=LONG_AGO)
    stages = {stage.url: (stage.count, stage.late) for stage in funnel(timezone.localdate())}
    assert stages["/engagements/?state=training"] == (0, 0)
    assert stages["/engagements/?state=survey"] == (1, 1)


def test_what_is_due_comes_before_what_has_no_day() -> None:
    """On both databases alike: a turn without a day sorts last."""
    boss = office()
    paused, due = EngagementFactory(), EngagementFactory()
    for engagement in (paused, due):
        perform("pause", engagement, actor_for(boss), reason="選挙のため")
    Span.objects.filter(stream=due.stream, left_at=None).update(due_on=timezone.localdate())
    found = office_next(actor_for(boss), timezone.localdate(), timezone.now())
    assert found.text == str(due)


def test_one_person_with_several_roles_has_them_on_one_page(client: Client) -> None:
    engagement = EngagementFactory()
    user = contact_of(engagement)
    Membership.objects.create(user=user, role=Role.ADVISOR, valid_from=LONG_AGO)
    page = home(client, user)
    assert 'id="home-contact"' in page
    assert 'id="home-advisor"' in page
    assert page.count('class="btn main"') <= 2
    assert page.count("<h1>") == 1


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SECTION, Role.EXECUTIVE])
def test_every_other_account_gets_a_plain_list(client: Client, role: Role) -> None:
    engagement = EngagementFactory()
    user = member(role, engagement.municipality)
    assert "いま、あなたの番のものはありません" in home(client, user)
    Span.objects.filter(stream=f"engagement:{engagement.pk}").update(
        turn_role=role, turn_scope=f"municipality:{engagement.municipality_id}"
    )
    Span.objects.filter(stream__startswith="session:").update(due_on=LONG_AGO)
    assert '<h2 id="mine">あなたの番</h2>' in home(client, user)


def test_an_auditor_is_led_to_the_log_and_somebody_without_a_role_is_not(client: Client) -> None:
    assert "/oversight/log/" in home(client, member(Role.AUDITOR))
    assert "/oversight/log/" not in home(client, PersonFactory())


@pytest.mark.parametrize("make", [schedule, hold, log])
def test_a_home_takes_the_same_queries_for_any_number_of_rows(client: Client, make: Any) -> None:
    lead, boss, town = advisor_user(), office(), MunicipalityFactory()
    person = member(Role.CONTACT, town)
    counted: list[list[int]] = []
    for number in range(3):
        engagement = EngagementFactory(advisor=lead, municipality=town, contact=person)
        make(engagement, 1, 30 + number) if make is schedule else make(engagement, 1, -1 - number)
        counted.append([queries(client, user) for user in (person, lead, boss)])
    assert counted[0] == counted[2]
    assert max(counted[0]) <= 40


@pytest.mark.parametrize("path", ["/oversight/outbox/", "/oversight/log/", "/oversight/late/"])
def test_the_offices_pages_are_the_offices(client: Client, path: str) -> None:
    engagement = EngagementFactory()
    for user in (
        contact_of(engagement),
        advisor_of(engagement),
        member(Role.APPROVER, engagement.municipality),
    ):
        client.force_login(user)
        assert client.get(path).status_code == 403
    for role in (Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN):
        client.force_login(member(role))
        assert client.get(path).status_code == 200


def test_search_finds_a_town_a_person_and_a_number(client: Client) -> None:
    engagement = EngagementFactory(reference="R8-777")
    other = EngagementFactory()
    person = member(Role.CONTACT, engagement.municipality, name="髙橋 見本")
    client.force_login(office())
    assert person.email in client.get("/search/?q=高橋").content.decode()
    page = client.get(f"/search/?q={engagement.municipality.name}").content.decode()
    assert "R8-777" in page
    assert other.reference not in page
    assert engagement.municipality.name in client.get("/search/?q=r8-777").content.decode()
    assert "見つかりませんでした" in client.get("/search/?q=どこにもない町").content.decode()
    assert client.get("/search/").status_code == 200


def test_the_log_page_is_narrowed_and_paged(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    client.force_login(member(Role.AUDITOR))
    session = session_of(engagement, 1)
    whole = client.get("/oversight/log/").content.decode()
    assert "session.hold" in whole
    assert f'?stream=engagement%3A{engagement.pk}"' in whole
    page = client.get(f"/oversight/log/?stream={session.stream}").content.decode()
    assert "session.log" in page
    assert f'?stream=engagement%3A{engagement.pk}"' not in page
    assert "session.hold" not in client.get("/oversight/log/?type=session.log").content.decode()
    assert "あてはまる記録はありません" in client.get("/oversight/log/?day=1999-01-01").content.decode()
    assert client.get("/oversight/log/?day=1999-99-99").status_code == 200


@pytest.mark.parametrize("path", ["/oversight/log/", "/oversight/late/"])
def test_the_offices_lists_take_the_same_queries(client: Client, path: str) -> None:
    boss, counted = office(), []
    for _number in range(3):
        hold(EngagementFactory(), 1)
        Span.objects.filter(left_at=None, turn_role="advisor").update(due_on=LONG_AGO)
        counted.append(queries(client, boss, path))
    assert counted[0] == counted[2]
