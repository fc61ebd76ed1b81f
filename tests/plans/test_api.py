"""The same road over the API: a client alone builds a plan, has it answered and follows its decisions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.api_tokens import issue_api_token
from accounts.models import Membership, Role, User
from engagements.plans import services
from engagements.plans.api import MOST_ROWS
from engagements.plans.models import Plan
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, member, office
from tests.factories.plans import (
    DECISION,
    KPI,
    ROADMAP,
    SHA,
    PlanFactory,
    ready_plan,
    reported_plan,
    survey_of,
)

pytestmark = pytest.mark.django_db
LONG_AGO = date(2020, 4, 1)
PLANS = "/api/v1/plans/"
DECISIONS = "/api/v1/decisions/"
WHOLE: dict[str, Any] = {
    "vision": "迷わない・書かない・一度で済む",
    "issues": [{"key": "i1", "title": "何度も書く", "evidence": ["routes[0].visits[0].observations[1]"]}],
    "decisions": [{**DECISION, "start_on": "2027-01-12", "key": "d1", "issue": "i1"}],
    "roadmap": [{**ROADMAP, "decision": "d1"}],
    "kpis": [{**KPI, "by": "2027-09-30"}],
}


class Caller:
    def __init__(self, user: User) -> None:
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {issue_api_token(user=user, now=timezone.now())}"}
        self.client = Client()

    def get(self, path: str) -> Any:
        return self.client.get(path, **self.headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        sent = {} if data is None else data
        return self.client.post(path, sent, content_type="application/json", **self.headers, **headers)


def town(plan: Plan) -> Caller:
    return Caller(contact_of(plan.engagement))


def test_a_client_alone_builds_a_plan_and_records_the_answer() -> None:
    engagement = EngagementFactory()
    survey_of(engagement)
    caller = Caller(contact_of(engagement))
    begun = caller.post(PLANS, {"engagement": engagement.pk}, HTTP_IDEMPOTENCY_KEY="begin")
    assert begun.status_code == 201
    address = f"{PLANS}{begun.json()['id']}/"
    assert (
        caller.post(PLANS, {"engagement": engagement.pk}, HTTP_IDEMPOTENCY_KEY="begin").json() == begun.json()
    )
    written = caller.post(f"{address}contents/", WHOLE)
    assert written.status_code == 200, written.json()
    assert caller.post(f"{address}transitions/finalise/").status_code == 200
    waiting = caller.post(f"{address}transitions/report/")
    assert waiting.status_code == 422
    assert waiting.json()["reasons"] == ["計画書のPDFを作っています。できると報告できます。"]
    services.attach_issued(Plan.objects.get(), 1, SHA, timezone.now())
    assert caller.post(f"{address}transitions/report/").status_code == 200
    shown = caller.get(address).json()
    assert (shown["state"], shown["issued_hash"]) == ("reported", SHA)
    said = {
        "document_hash": shown["issued_hash"],
        "answered_by": "見本 太郎",
        "answered_on": timezone.localdate().isoformat(),
        "answers": [{"decision": shown["decisions"][0]["decision"]["id"], "answer": "adopted"}],
    }
    assert caller.post(f"{address}transitions/answer/", said).status_code == 200
    [decision] = caller.get(f"{DECISIONS}?plan={shown['id']}").json()["results"]
    assert decision["state"] == "adopted"
    assert caller.post(f"{DECISIONS}{decision['id']}/transitions/start/").json()["state"] == "started"


def test_a_plan_is_read_with_all_that_stands_in_it() -> None:
    plan = ready_plan()
    shown = town(plan).get(f"{PLANS}{plan.pk}/").json()
    [decision] = shown["decisions"]
    assert decision["effect"] == {
        "baseline": 58,
        "promised": 29,
        "complete_routes": 2,
        "resident_hours": None,
        "resident_formula": "",
        "staff_hours": "39.0",
        "staff_formula": "= 468件 × 5分",
    }
    assert shown["municipality"] == plan.engagement.municipality_id
    assert shown["kpis"][0]["target"] == "29.0"
    assert shown["warnings"] == []


def test_every_fault_of_a_whole_plan_is_told_by_its_path() -> None:
    plan = ready_plan()
    wrong = WHOLE | {
        "decisions": [
            {**WHOLE["decisions"][0], "way": "magic", "start_on": "2027-02-30"},
            {"title": "方法がない"},
        ],
        "kpis": [{**WHOLE["kpis"][0], "target": "many"}],
    }
    answer = town(plan).post(f"{PLANS}{plan.pk}/contents/", wrong)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {
        "decisions[0].way",
        "decisions[0].start_on",
        "decisions[1].way",
        "kpis[0].target",
    }
    wrong = WHOLE | {"decisions": [{**WHOLE["decisions"][0], "change": -999}], "roadmap": []}
    answer = town(plan).post(f"{PLANS}{plan.pk}/contents/", wrong)
    assert set(answer.json()["fields"]) == {"decisions[0].change"}
    assert plan.decisions.get().title == "改善案1"


def test_numbers_beyond_every_database_are_refused() -> None:
    plan = reported_plan()
    caller = town(plan)
    assert caller.get(f"{DECISIONS}?plan={10**30}").status_code == 422
    assert caller.post(PLANS, {"engagement": 10**30}).status_code == 422
    huge = {"document_hash": SHA, "answered_by": "見本 太郎", "answered_on": "2026-11-01"}
    huge["answers"] = [{"decision": 10**30, "answer": "adopted"}]
    assert caller.post(f"{PLANS}{plan.pk}/transitions/answer/", huge).status_code == 422
    draft = PlanFactory()
    sent = WHOLE | {"decisions": [{**WHOLE["decisions"][0], "id": 10**30}]}
    assert town(draft).post(f"{PLANS}{draft.pk}/contents/", sent).status_code == 422


@pytest.mark.parametrize("name", ["issues", "decisions", "roadmap", "budget", "kpis"])
def test_a_plan_of_endless_rows_is_refused_before_it_is_looked_at(name: str) -> None:
    plan = PlanFactory()
    answer = town(plan).post(f"{PLANS}{plan.pk}/contents/", {name: [{}] * (MOST_ROWS + 1)})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [name]


@pytest.mark.parametrize(
    "sent", [{"decisions": "all"}, {"decisions": [1]}, {"issues": {"a": 1}}, {"vision": ["x"]}, []]
)
def test_contents_of_another_form_are_refused(sent: Any) -> None:
    plan = PlanFactory()
    answer = town(plan).post(f"{PLANS}{plan.pk}/contents/", sent)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_text_is_saved_and_an_old_version_is_a_conflict() -> None:
    plan = PlanFactory()
    caller = town(plan)
    address = f"{PLANS}{plan.pk}/draft/"
    assert caller.post(address, {"version": 1, "vision": "迷わない"}).json()["revision"] == 2
    old = caller.post(address, {"version": 1, "vision": "待たない"})
    assert old.status_code == 409
    assert old.json()["conflict"] == {"vision": "迷わない"}
    assert old.json()["version"] == 2
    assert "version" in caller.post(address, {"vision": "待たない"}).json()["fields"]


def test_another_towns_plans_do_not_exist() -> None:
    plan, foreign = reported_plan(), town(PlanFactory())
    decision = plan.decisions.get()
    assert plan.pk not in [row["id"] for row in foreign.get(PLANS).json()["results"]]
    assert foreign.get(f"{DECISIONS}?plan={plan.pk}").json()["results"] == []
    for address in (f"{PLANS}{plan.pk}/", f"{DECISIONS}{decision.pk}/", f"{PLANS}{plan.pk}/transitions/"):
        assert foreign.get(address).status_code == 404
    for address in (
        f"{PLANS}{plan.pk}/contents/",
        f"{PLANS}{plan.pk}/draft/",
        f"{PLANS}{plan.pk}/transitions/report/",
    ):
        assert foreign.post(address).status_code == 404
    assert foreign.post(PLANS, {"engagement": plan.engagement_id}).status_code == 404


def test_those_who_only_read_do_not_write() -> None:
    plan = ready_plan()
    for reader in (advisor_of(plan.engagement), office(), member(Role.AUDITOR)):
        caller = Caller(reader)
        assert caller.get(f"{PLANS}{plan.pk}/").status_code == 200
        assert caller.post(f"{PLANS}{plan.pk}/contents/", WHOLE).status_code == 403
        assert caller.post(f"{PLANS}{plan.pk}/draft/", {"version": 1, "vision": "x"}).status_code == 403
        assert caller.post(PLANS, {"engagement": plan.engagement_id}).status_code == 403


def test_the_executives_address_is_for_town_and_office() -> None:
    plan = ready_plan(executive_email="mayor@example.test")
    assert town(plan).get(f"{PLANS}{plan.pk}/").json()["executive_email"] == "mayor@example.test"
    helper = advisor_of(plan.engagement)
    assert "executive_email" not in Caller(helper).get(f"{PLANS}{plan.pk}/").json()
    # An advisor is somebody's contact at home: that opens no other town's address.
    Membership.objects.create(
        user=helper, role=Role.CONTACT, municipality=EngagementFactory().municipality, valid_from=LONG_AGO
    )
    for answer in (Caller(helper).get(f"{PLANS}{plan.pk}/"), Caller(helper).get(PLANS)):
        assert (answer.status_code, b"executive_email" in answer.content) == (200, False)
    client = Client()
    client.force_login(helper)
    assert "mayor@example.test" not in client.get(plan.get_absolute_url()).content.decode()


def test_a_decision_is_not_adopted_by_itself() -> None:
    plan = reported_plan()
    caller = town(plan)
    address = f"{DECISIONS}{plan.decisions.get().pk}/transitions/"
    rows = {row["name"]: row for row in caller.get(address).json()}
    assert rows["adopt"]["allowed"] is False
    assert "計画書への答えとして" in rows["adopt"]["reasons"][0]
    assert caller.post(f"{address}adopt/").status_code == 422


@pytest.mark.parametrize("many", [1, 3])
def test_lists_take_a_constant_number_of_queries(
    many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = office()
    for _number in range(many):
        ready_plan(decisions=many)
    caller = Caller(user)
    caller.get(PLANS)
    with django_assert_num_queries(4):
        assert len(caller.get(PLANS).json()["results"]) == many
    with django_assert_num_queries(4):
        assert len(caller.get(DECISIONS).json()["results"]) == many * many
