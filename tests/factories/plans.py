"""Plans at each stage of their road, built through the services and the door.

``PlanFactory(engagement=…)`` is an empty draft; ``ready_plan`` may be finished, ``final_plan`` has its issued file,
``reported_plan`` waits for the executive's answer. ``survey_of`` records a small survey with two complete routes.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.standings import actor_for
from engagements.plans import services
from engagements.plans.models import Case, Decision, Kpi, Plan, RoadmapItem
from engagements.survey.models import Survey, SurveyVersion
from tests.factories.engagements import EngagementFactory, contact_of
from workflow import SYSTEM, Actor, begin, perform

SHA = hashlib.sha256(b"the issued file").hexdigest()
DECISION = {
    "way": "combine",
    "title": "転入の5つの申請書を1枚にまとめる",
    "what_stops": "氏名と住所を5回書いてもらうこと",
    "owner_section": "町民生活課",
    "first_step": "5課で様式の項目を並べる",
    "start_on": date(2027, 1, 12),
    "cost_yen": 0,
    "ask": "5課の様式を変えること",
    "if_not": "書く回数は58回のまま続きます",
    "scenario": "s1",
    "measure": "writes",
    "change": -29,
    "yearly_volume": 468,
    "staff_minutes": 5,
}
KPI = {
    "name": "転入 書いた回数",
    "unit": "回",
    "baseline": 58,
    "target": 29,
    "by": date(2027, 9, 30),
    "source": "体験調査",
}
ROADMAP = {
    "title": "様式をそろえる",
    "section": "町民生活課",
    "fiscal_year": 2027,
    "quarter_from": 1,
    "quarter_to": 2,
}


def _visit(start: str, called: str, end: str, counter: str, **more: Any) -> dict[str, Any]:
    return {
        "counter": counter,
        "section": counter,
        "queued_at": f"2026-09-17T{start}:00+09:00",
        "called_at": f"2026-09-17T{called}:00+09:00",
        "finished_at": f"2026-09-17T{end}:00+09:00",
        **more,
    }


def _route(number: int, writes: int) -> dict[str, Any]:
    form = {"name": "転入届", "pages": 1, "writes": [{"field": "name", "times": writes, "how": "written"}]}
    noticed = [
        {"kind": "good", "category": "service", "text": f"席まで案内してくれた{number}"},
        {
            "kind": "problem",
            "category": "form",
            "text": f"氏名を書く紙が5枚続いた{number}",
            "heading": "運用面",
        },
    ]
    return {
        "id": f"r{number}",
        "scenario": "s1",
        "team": "AB"[number - 1],
        "started_at": "2026-09-17T09:30:00+09:00",
        "finished_at": "2026-09-17T12:06:00+09:00",
        "ended": "finished",
        "observations": [
            {"kind": "problem", "category": "wayfinding", "text": f"入口で番号札が見えない{number}"}
        ],
        "visits": [_visit("09:35", "09:50", "10:10", "町民生活課", forms=[form], observations=noticed)],
    }


def survey_document(code: str) -> dict[str, Any]:
    """Two complete routes of one move-in: 56 and 60 writes (median 58), 156 minutes."""
    return {
        "format": "madoguchi-survey/1",
        "survey": {"municipality": code, "held_on": "2026-09-17", "round": 1, "title": "転入"},
        "scenarios": [
            {"id": "s1", "life_event": "move_in", "title": "5人家族の転入", "planned_minutes": 120}
        ],
        "routes": [_route(1, 56), _route(2, 60)],
    }


def survey_of(engagement: Any) -> Survey:
    survey = Survey.objects.create(
        reference=f"S-{engagement.reference}",
        engagement_id=engagement.pk,
        title="転入",
        held_on=date(2026, 9, 17),
    )
    version = SurveyVersion(survey=survey, number=1, source="import", created_at=timezone.now())
    version.document = survey_document(engagement.municipality_id)
    version.save()
    return survey


def contact(plan: Plan) -> Actor:
    return actor_for(contact_of(plan.engagement))


class PlanFactory(DjangoModelFactory):
    """A draft, begun by its town's contact; ``PlanFactory(engagement=…, vision=…)``."""

    class Meta:
        model = Plan

    engagement = factory.SubFactory(EngagementFactory)

    @classmethod
    def _create(cls, model_class: type[Plan], *args: Any, **kwargs: Any) -> Plan:
        engagement = kwargs.pop("engagement")
        actor = actor_for(contact_of(engagement))
        plan = services.begin_plan(engagement, actor=actor, now=timezone.now())
        if kwargs:
            services.save_text(plan, actor=actor, now=timezone.now(), version=plan.revision, values=kwargs)
        return Plan.objects.get(pk=plan.pk)


def CaseFactory(engagement: Any = None, **values: Any) -> Case:  # noqa: N802  (made like the others)
    """A case that is being written."""
    owner = engagement or EngagementFactory()
    found: dict[str, Any] = {"reference": f"J-{owner.pk}", "title": "一度だけ書く窓口"}
    case = Case.objects.create(engagement_id=owner.pk, **found | values)
    begin(case, SYSTEM, now=timezone.now())
    return case


def decision_of(plan: Plan, **values: Any) -> Decision:
    return services.save_row(
        Decision, plan, actor=contact(plan), now=timezone.now(), values={**DECISION, **values}
    )


def ready_plan(*, decisions: int = 1, **values: Any) -> Plan:
    """A draft with a survey, a vision, decisions, a roadmap and a KPI: everything that a report needs."""
    plan: Plan = PlanFactory(
        **{"vision": "迷わない・書かない・一度で済む", "executive_name": "見本 太郎"} | values
    )
    survey_of(plan.engagement)
    for number in range(1, decisions + 1):
        decision_of(plan, title=f"改善案{number}")
    for model, row in ((RoadmapItem, ROADMAP), (Kpi, KPI)):
        services.save_row(model, plan, actor=contact(plan), now=timezone.now(), values=row)
    return plan


def final_plan(*, sha256: str = SHA, **values: Any) -> Plan:
    plan = ready_plan(**values)
    perform("finalise", plan, contact(plan))
    services.attach_issued(plan, 1, sha256, timezone.now())
    plan.refresh_from_db()
    return plan


def sessions_were_held(engagement: Any) -> None:
    """Every session, recorded from a ledger, or on its day by the town: what leads to an agreement is there."""
    day = timezone.localdate() - timedelta(days=10)
    for session in engagement.sessions.order_by("kind__number"):
        if session.state == "unscheduled":
            perform("import", session, SYSTEM, held_on=day)
        elif session.state == "scheduled":
            perform("hold", session, actor_for(contact_of(engagement)), held_on=day)


def reported_plan(*, held: bool = True, **values: Any) -> Plan:
    """``held``: the three sessions are recorded; without, the report came before its records."""
    plan = final_plan(**values)
    if held:
        sessions_were_held(plan.engagement)
    perform("report", plan, contact(plan))
    return plan


def answer_rows(plan: Plan, *answers: str) -> list[dict[str, Any]]:
    """One answer a decision in order; a condition where one is needed."""
    rows = []
    for decision, answer in zip(plan.decisions.all(), answers, strict=True):
        condition = "来年度の予算の範囲で" if answer == "adopted_with_condition" else ""
        rows.append({"decision": decision.pk, "answer": answer, "condition": condition})
    return rows


def give_answer(plan: Plan, *answers: str, actor: Actor | None = None, **values: Any) -> None:
    """The contact writes down the answer of the meeting."""
    said = {
        "document_hash": plan.issued_hash,
        "answered_by": "見本 太郎",
        "answered_on": timezone.localdate() - timedelta(days=1),
        "answers": answer_rows(plan, *answers),
    }
    services.record_answer(plan, actor=actor or contact(plan), now=timezone.now(), **(said | values))


def answered_plan(*answers: str, **values: Any) -> Plan:
    plan = reported_plan(decisions=len(answers), **values)
    give_answer(plan, *answers)
    return plan
