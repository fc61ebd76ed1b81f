"""A whole plan in one piece: for a client that builds it elsewhere. Nothing is written unless all of it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from engagements.plans import board, evidence, services
from engagements.plans.models import BudgetDate, Decision, Issue, Kpi, Plan, RoadmapItem
from workflow.actors import Actor
from workflow.doors import begin
from workflow.errors import BadInput

Rows = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Writing:
    """One replacement on its way: every fault is collected before anything is refused."""

    plan: Plan
    actor: Actor
    now: datetime
    result: evidence.Result | None
    faults: dict[str, list[str]] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    def refuse(self, path: str, error: BadInput) -> None:
        for name, sentences in error.fields.items():
            self.faults.setdefault(f"{path}.{name}" if name else path, []).extend(sentences)

    def named(self, known: dict[str, Any], path: str, name: str, row: Mapping[str, Any]) -> Any:
        """The object that a row refers to by its key; an unknown key is a fault."""
        key = row.get(name) or ""
        if key and key not in known:
            self.faults.setdefault(f"{path}.{name}", []).append(
                _("「%(key)s」という名前の行がありません。") % {"key": key}
            )
        return known.get(key)


def replace_contents(plan: Plan, *, actor: Actor, now: datetime, contents: Mapping[str, Any]) -> Plan:
    """Put these contents in the place of the draft's, whole or not at all.

    Decisions with an ``id`` of this plan are changed and keep their history; the others are new, and what is not
    listed is taken out. Rows refer to each other by ``key``. Raises ``BadInput`` with a sentence a path.
    """
    with transaction.atomic():
        fresh = services.open_draft(plan, actor)
        writing = Writing(fresh, actor, now, evidence.result_of(fresh.engagement_id))
        _write_text(writing, contents)
        _clear(writing, keep={row.get("id") for row in contents.get("decisions", [])})
        _write_issues(writing, contents.get("issues", []))
        _write_decisions(writing, contents.get("decisions", []))
        _write_roadmap(writing, contents.get("roadmap", []))
        _write_rows(writing, BudgetDate, "budget", contents.get("budget", []))
        _write_rows(writing, Kpi, "kpis", contents.get("kpis", []))
        if writing.faults:
            raise BadInput(writing.faults)
    plan.refresh_from_db()
    return plan


def _write_text(writing: Writing, contents: Mapping[str, Any]) -> None:
    plan = writing.plan
    for name in services.TEXT_FIELDS:
        if name in contents:
            setattr(plan, name, contents[name])
    try:
        services.checked(plan)
    except BadInput as error:
        writing.faults |= error.fields
        return
    plan.revision += 1
    plan.saved_at, plan.saved_by_id = writing.now, writing.actor.user_id
    plan.save()


def _clear(writing: Writing, keep: set[int | None]) -> None:
    plan = writing.plan
    for decision in Decision._base_manager.filter(plan=plan):
        if decision.pk not in keep:
            services.close_stream(decision, actor=writing.actor, now=writing.now)
            decision.delete()
    for rows in (plan.roadmap, plan.budget, plan.kpis, plan.issues):
        rows.all().delete()


def _write_issues(writing: Writing, rows: Rows) -> None:
    for number, row in enumerate(rows):
        path = f"issues[{number}]"
        issue = services.assign(Issue(plan=writing.plan, position=number), row)
        try:
            services.checked(issue)
            issue.save()
            board.add_evidence(issue, writing.result, row.get("evidence", []))
        except BadInput as error:
            writing.refuse(path, error)
        if row.get("key"):
            writing.issues[row["key"]] = issue


def _write_decisions(writing: Writing, rows: Rows) -> None:
    known = {found.pk: found for found in Decision._base_manager.filter(plan=writing.plan)}
    for number, row in enumerate(rows):
        path = f"decisions[{number}]"
        decision = known.get(row.get("id") or 0)
        if row.get("id") and decision is None:
            writing.faults[f"{path}.id"] = [_("この計画書にない改善案です。")]
            continue
        decision = decision or Decision(plan=writing.plan)
        decision.position = number
        values = dict(row) | {"issue": writing.named(writing.issues, path, "issue", row)}
        _write_decision(writing, path, decision, values)
        if row.get("key"):
            writing.decisions[row["key"]] = decision


def _write_decision(writing: Writing, path: str, decision: Decision, values: Mapping[str, Any]) -> None:
    new = decision.pk is None
    services.assign(decision, values)
    if decision.issue is not None and decision.issue.pk is None:
        decision.issue = None  # its own fault is told already
    try:
        services.checked(decision)
        services.check_claim(decision, writing.result)
    except BadInput as error:
        writing.refuse(path, error)
        return
    decision.save()
    if new:
        begin(decision, writing.actor, now=writing.now)


def _write_roadmap(writing: Writing, rows: Rows) -> None:
    named = [
        dict(row) | {"decision": writing.named(writing.decisions, f"roadmap[{number}]", "decision", row)}
        for number, row in enumerate(rows)
    ]
    for row in named:
        if row["decision"] is not None and row["decision"].pk is None:
            row["decision"] = None  # its own fault is told already
    _write_rows(writing, RoadmapItem, "roadmap", named)


def _write_rows(writing: Writing, model: type[models.Model], name: str, rows: Rows) -> None:
    for number, row in enumerate(rows):
        item: Any = model(plan=writing.plan)
        services.assign(item, row)
        try:
            if isinstance(item, Kpi):
                services.ground(item, writing.result)
            services.checked(item)
        except BadInput as error:
            writing.refuse(f"{name}[{number}]", error)
            continue
        item.save()
