"""The engagement's page and the list, as each role sees them."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from engagements.journey.models import Journey
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    member,
    office,
    session_of,
)
from tests.sessions.helpers import log, schedule
from workflow import perform
from workflow.models import Span

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
LIST_QUERIES = 17


def read(client: Client, user: object, path: str) -> str:
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_what_next_and_what_not_yet(client: Client) -> None:
    engagement = EngagementFactory()
    path = f"/engagements/{engagement.pk}/"
    page = read(client, contact_of(engagement), path)
    assert "① 研修の日程を入れてください" in page
    assert f"/sessions/{session_of(engagement, 1).pk}/dates/" in page
    assert "① 研修の日程が決まると、② 体験調査・ワークショップの日程を入れられます" in page
    assert page.count('class="btn main"') == 1
    assert "合意" in page
    assert f"{advisor_of(engagement).name}" in page


def test_each_role_sees_its_own_next_step(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    path = f"/engagements/{engagement.pk}/"
    assert "① 研修の実施記録を確認してください" in read(client, contact_of(engagement), path)
    page = read(client, advisor_of(engagement), path)
    assert f"{engagement.municipality_name}の番です: ① 研修 実施記録の確認" in page
    assert f"/sessions/{session.pk}/log/?correct=1" in page
    assert "/do/engagement/" not in page
    assert f"/do/engagement/{engagement.pk}/pause/" in read(client, office(), path)


def test_what_a_log_asked_for_is_no_next_step_once_the_engagement_is_over(client: Client) -> None:
    engagement = EngagementFactory()
    session, contact = log(engagement, 1), contact_of(engagement)
    perform("confirm", session, actor(contact))
    done = f"/sessions/{session.pk}/next-step/"
    for path in (f"/engagements/{engagement.pk}/", "/"):
        assert done in read(client, contact, path)
    for state in ("closed", "cancelled"):
        Journey.objects.filter(pk=engagement.pk).update(state=state)
        assert done not in read(client, contact, f"/engagements/{engagement.pk}/"), state


def test_a_foreign_engagement_is_not_there(client: Client) -> None:
    engagement = EngagementFactory()
    for stranger in (contact_of(EngagementFactory()), advisor_of(EngagementFactory())):
        client.force_login(stranger)
        assert client.get(f"/engagements/{engagement.pk}/").status_code == 404
    client.force_login(member(Role.EMPLOYER, engagement.municipality))
    assert client.get(f"/engagements/{engagement.pk}/").status_code == 403
    client.logout()
    assert client.get(f"/engagements/{engagement.pk}/").status_code == 302


def test_the_mails_of_others_are_not_shown(client: Client) -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1)
    page = read(client, contact_of(engagement), f"/engagements/{engagement.pk}/")
    assert f"{advisor_of(engagement).name}さんへ" in page
    assert advisor_of(engagement).email not in page


def test_the_list_is_mine_and_open(client: Client) -> None:
    own, other = EngagementFactory(), EngagementFactory()
    page = read(client, contact_of(own), "/engagements/?state=open")
    assert own.reference in page
    assert other.reference not in page
    boss = office()
    assert other.reference in read(client, boss, "/engagements/")
    perform("cancel", Journey.objects.get(pk=other.pk), actor(boss), reason="取り下げ")
    assert other.reference not in read(client, boss, "/engagements/")
    assert other.reference in read(client, boss, "/engagements/?state=cancelled")


def test_who_has_one_sees_it_and_who_has_few_sees_them_all_without_a_filter(client: Client) -> None:
    engagement = EngagementFactory()
    advisor = advisor_of(engagement)
    client.force_login(contact_of(engagement))
    answer = client.get("/engagements/")
    assert (answer.status_code, answer["Location"]) == (302, f"/engagements/{engagement.pk}/")
    other = EngagementFactory(advisor=advisor)
    perform("cancel", Journey.objects.get(pk=other.pk), actor(office()), reason="取り下げ")
    page = read(client, advisor, "/engagements/")
    assert (engagement.reference in page, other.reference in page) == (True, True)
    assert 'name="state"' not in page
    page = read(client, advisor, "/engagements/?state=open")
    assert (engagement.reference in page, other.reference in page) == (True, False)
    assert 'name="state"' in page


def test_the_list_is_narrowed_by_its_address(client: Client) -> None:
    late, calm = EngagementFactory(), EngagementFactory()
    log(late, 1, -2)
    boss = office()
    Span.objects.filter(stream=session_of(late, 1).stream, left_at=None).update(due_on="2020-01-01")
    page = read(client, boss, "/engagements/?late=1")
    assert late.reference in page
    assert calm.reference not in page
    page = read(client, boss, f"/engagements/?q={calm.municipality.name}")
    assert calm.reference in page
    assert late.reference not in page
    page = read(client, boss, "/engagements/?fiscal_year=1999")
    assert "あてはまる支援はありません" in page
    assert read(client, boss, "/engagements/?state=nonsense&fiscal_year=x&page=99")


def test_html_in_names_is_shown_as_text(client: Client) -> None:
    engagement = EngagementFactory(municipality_name="<script>葛󠄀巻</script>")
    for path in ("/engagements/?state=all", f"/engagements/{engagement.pk}/", "/"):
        page = read(client, contact_of(engagement), path)
        assert "<script>葛" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        log(EngagementFactory(), 1)
    client.force_login(office())
    client.get("/engagements/")
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/engagements/")
