"""The homes of approver, executive, section, trainee, employer and auditor; the one list; search for every role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role, User
from engagements.documents.models import Document
from engagements.models import EngagementRole
from tests.factories import applications
from tests.factories.engagements import (
    LONG_AGO,
    EngagementFactory,
    advisor_of,
    advisor_user,
    contact_of,
    member,
    office,
)
from tests.factories.plans import reported_plan
from tests.factories.rounds import OfferFactory
from tests.factories.sections import section_user
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import schedule
from workflow import audit

pytestmark = pytest.mark.django_db


def seen(client: Client, user: User, path: str = "/") -> str:
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def queries(client: Client, user: User, path: str = "/") -> int:
    seen(client, user, path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


# --- homes --------------------------------------------------------------------------------------------------


def test_an_approver_finds_the_very_paper_and_no_other_towns(client: Client) -> None:
    mine, other = applications.issued(), applications.issued()
    page = seen(client, applications.approver_of(mine.municipality))
    assert f"/documents/{mine.issued_document}/file/" in page
    assert f'href="{mine.get_absolute_url()}">読んで答える' in page
    assert other.get_absolute_url() not in page


def test_an_approver_sees_what_was_consented_as_done(client: Client) -> None:
    application = applications.consented()
    page = seen(client, member(Role.APPROVER, application.municipality))
    assert "承認済み" in page
    assert "読んで答える" not in page


def test_an_executive_finds_the_plan_that_waits_for_an_answer(client: Client) -> None:
    plan, other = reported_plan(), reported_plan()
    page = seen(client, member(Role.EXECUTIVE, plan.engagement.municipality))
    assert plan.reference in page
    assert "読んで答える" in page
    assert other.reference not in page


def test_an_executive_reads_before_there_is_a_plan_what_will_come(client: Client) -> None:
    assert "ご判断いただきたいことを1枚にまとめて" in seen(
        client, member(Role.EXECUTIVE, MunicipalityFactory())
    )


def test_a_trainee_sees_the_next_day_the_lead_and_what_may_be_done(client: Client) -> None:
    engagement, other = EngagementFactory(), EngagementFactory()
    trainee = member(Role.TRAINEE)
    EngagementRole.objects.create(engagement=engagement, user=trainee, role=Role.TRAINEE, valid_from=LONG_AGO)
    schedule(engagement, 1, 20)
    schedule(other, 1, 20)
    page = seen(client, trainee)
    assert engagement.municipality_name in page
    assert advisor_of(engagement).name in page
    assert "同行でできること" in page
    assert other.municipality_name not in page


def test_an_employer_sees_whom_it_lends_and_when(client: Client) -> None:
    employer = MunicipalityFactory()
    lead = advisor_user(employer)
    engagement = EngagementFactory(advisor=lead)
    offer = OfferFactory(advisor=lead.advisor)
    type(offer).objects.filter(pk=offer.pk).update(state="confirmed")
    type(offer.application).objects.filter(pk=offer.application_id).update(engagement=engagement)
    schedule(engagement, 1, 20)
    hidden = OfferFactory()
    page = seen(client, member(Role.EMPLOYER, employer))
    assert lead.name in page
    assert offer.get_absolute_url() in page
    assert "研修" in page
    assert hidden.get_absolute_url() not in page


def test_a_section_sees_what_happens_at_its_counter(client: Client) -> None:
    engagement, other = EngagementFactory(), EngagementFactory()
    schedule(engagement, 1, 20)
    page = seen(client, section_user(engagement))
    day = timezone.localdate() + timedelta(days=20)
    assert f"{day.month}月{day.day}日" in page
    assert "引き受ける改善と進み具合" in page
    assert other.municipality_name not in page


def test_an_auditor_sees_counts_the_newest_digest_and_lists_without_a_button(client: Client) -> None:
    EngagementFactory()
    audit.write_digest(timezone.localdate())
    page = seen(client, member(Role.AUDITOR))
    assert f"{timezone.localdate().isoformat()}.json" in page
    assert "/oversight/late/" in page
    assert 'class="btn main"' not in page


@pytest.mark.parametrize("role", [Role.APPROVER, Role.EXECUTIVE, Role.EMPLOYER, Role.TRAINEE, Role.SECTION])
def test_a_new_person_reads_what_will_be_here(client: Client, role: Role) -> None:
    town = MunicipalityFactory() if role != Role.TRAINEE else None
    page = seen(client, member(role, town))
    assert "いま、あなたの番のものはありません" in page
    assert page.count("<h1>") == 1


def _helped(town: Any, people: list[User], days: int) -> None:
    engagement = EngagementFactory(municipality=town, advisor=people[1])
    schedule(engagement, 1, days)
    EngagementRole.objects.create(
        engagement=engagement, user=people[0], role=Role.TRAINEE, valid_from=LONG_AGO
    )
    offer = OfferFactory(advisor=people[1].advisor)
    type(offer).objects.filter(pk=offer.pk).update(state="confirmed")
    type(offer.application).objects.filter(pk=offer.application_id).update(engagement=engagement)
    reported_plan(engagement=engagement)


def test_these_homes_take_the_same_queries_for_any_number_of_rows(client: Client) -> None:
    town, employer = MunicipalityFactory(), MunicipalityFactory()
    lead, trainee = advisor_user(employer), member(Role.TRAINEE)
    watchers = [
        trainee,
        member(Role.APPROVER, town),
        member(Role.EXECUTIVE, town),
        member(Role.EMPLOYER, employer),
        member(Role.SECTION, town),
        member(Role.AUDITOR),
    ]
    counted = []
    for number in range(3):
        _helped(town, [trainee, lead], 20 + number)
        counted.append([queries(client, user) for user in watchers])
    assert counted[0] == counted[2]
    assert max(counted[0]) <= 30


# --- the one list -------------------------------------------------------------------------------------------


def test_the_one_list_holds_what_waits_in_every_role(client: Client) -> None:
    engagement = EngagementFactory()
    person = contact_of(engagement)
    application = applications.issued()
    Membership.objects.create(
        user=person, role=Role.APPROVER, municipality=application.municipality, valid_from=LONG_AGO
    )
    page = seen(client, person, "/waiting/")
    assert "① 研修の日程を入れてください" in page
    assert application.get_absolute_url() in page


def test_the_one_list_of_somebody_else_is_empty(client: Client) -> None:
    EngagementFactory()
    page = seen(client, member(Role.CONTACT, MunicipalityFactory()), "/waiting/")
    assert "いま、あなたの番のものはありません" in page


# --- search -------------------------------------------------------------------------------------------------


def paper(engagement: Any) -> Document:
    return Document.objects.create(
        kind="reform-plan",
        subject=f"{engagement.reference}-P",
        version=1,
        title="窓口改革計画書",
        body=engagement.municipality_name,
        municipality=engagement.municipality,
        engagement_id=engagement.pk,
        snapshot={},
        requested_at=timezone.now(),
    )


def test_everybody_finds_what_they_may_read_and_nothing_else(client: Client) -> None:
    mine, other = EngagementFactory(reference="R8-801"), EngagementFactory(reference="R8-802")
    mine_paper, other_paper = paper(mine), paper(other)
    for user in (contact_of(mine), advisor_of(mine), member(Role.APPROVER, mine.municipality)):
        page = seen(client, user, "/search/?q=R8-80")
        assert f"/engagements/{mine.pk}/" in page
        assert mine_paper.get_absolute_url() in page
        assert other.reference not in page
        assert other_paper.get_absolute_url() not in page


def test_only_the_office_finds_people(client: Client) -> None:
    engagement = EngagementFactory()
    person = member(Role.CONTACT, engagement.municipality, name="葛󠄀城 見本")
    assert person.email in seen(client, office(), "/search/?q=葛城")
    for user in (contact_of(engagement), advisor_of(engagement)):
        assert person.email not in seen(client, user, "/search/?q=葛城")


def test_search_takes_the_same_queries_for_any_number_of_hits(client: Client) -> None:
    boss, counted = office(), []
    for number in range(3):
        paper(EngagementFactory(reference=f"R8-81{number}"))
        counted.append(queries(client, boss, "/search/?q=R8-81"))
    assert counted[0] == counted[2]
