"""What people do to a plan, beside its transitions: begin it, write in it, keep its issued file, answer by link."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import SignedLink
from engagements.models import Engagement
from engagements.plans import effects, evidence
from engagements.plans.models import BudgetDate, Decision, Issue, Kpi, Plan, PlanState, RoadmapItem
from engagements.plans.words import amount, unit_of
from municipalities.dates import era_year_short, fiscal_year
from workflow import authority
from workflow.actors import SYSTEM, Actor
from workflow.doors import begin, perform
from workflow.errors import BadInput, Conflict, Stale
from workflow.log import canonical_text, record
from workflow.models import Span
from workflow.serials import next_number
from workflow.transactions import atomic, in_transaction

#: How the town goes about it: the part 進め方と備え, in the order of the page.
PEOPLE_FIELDS = ("staff_benefit", "organisation", "told", "risks")
TEXT_FIELDS = (
    "executive_title",
    "executive_name",
    "executive_email",
    "vision",
    "vision_text",
    "background",
    *PEOPLE_FIELDS,
)
ROW_FIELDS: dict[type[models.Model], tuple[str, ...]] = {
    Issue: ("title", "text", "heading"),
    Decision: (
        "issue",
        "way",
        "title",
        "what_stops",
        "owner_section",
        "first_step",
        "start_on",
        "cost_yen",
        "ask",
        "if_not",
        "scenario",
        "counter",
        "measure",
        "change",
        "yearly_volume",
        "staff_minutes",
    ),
    RoadmapItem: ("title", "section", "decision", "fiscal_year", "quarter_from", "quarter_to"),
    BudgetDate: ("kind", "name", "day", "fiscal_year"),
    Kpi: ("name", "scenario", "measure", "unit", "baseline", "target", "by", "source"),
}
Row = TypeVar("Row", Issue, Decision, RoadmapItem, BudgetDate, Kpi)


class StaleText(Stale):
    """Somebody saved meanwhile. ``mine`` and ``plan`` hold the two texts, ``fields`` where they differ."""

    def __init__(self, plan: Plan, mine: Mapping[str, Any], fields: list[str]) -> None:
        self.plan, self.mine, self.fields = plan, dict(mine), fields
        super().__init__()


class StaleRow(Stale):
    """Somebody saved the same row meanwhile; ``row`` is what is stored."""

    def __init__(self, row: Any) -> None:
        self.row = row
        super().__init__()


@atomic
def begin_plan(engagement: Engagement, *, actor: Actor, now: datetime) -> Plan:
    """The engagement's plan, begun as a draft if there is none; two at once get the same one."""
    authority.require(actor, "plan.create", Plan(engagement=engagement), now=now)
    Engagement.objects.select_for_update(of=("self",)).get(pk=engagement.pk)
    found = Plan.objects.filter(engagement=engagement.pk).order_by("number").last()
    if found is not None:
        return found
    year = fiscal_year(timezone.localdate(now))
    reference = f"P{era_year_short(year)}-{next_number('plan', year):03d}"
    plan = Plan.objects.create(reference=reference, engagement_id=engagement.pk)
    begin(plan, actor, now=now)
    return plan


def open_draft(plan: Plan, actor: Actor) -> Plan:
    """The plan, locked for writing inside the caller's transaction.

    Raises ``NotAllowed``, or ``Conflict`` when it is no draft.
    """
    authority.require(actor, "plan.edit", plan)
    fresh = Plan.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=plan.pk)
    if fresh.state != PlanState.DRAFT:
        sentence = _("この計画書は「%(state)s」です。書き直すときは、先に下書きに戻してください。")
        raise Conflict(sentence % {"state": fresh.get_state_display()})
    return fresh


def checked(row: models.Model) -> None:
    """The model's own rules. Raises ``BadInput`` with a sentence a field."""
    texts = {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
    if broken := [name for name, value in texts.items() if isinstance(value, str) and "\x00" in value]:
        raise BadInput({name: [_("読めない文字が入っています。入れ直してください。")] for name in broken})
    try:
        row.full_clean(exclude=["state", "plan"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise BadInput({_field(name): list(found) for name, found in error.message_dict.items()}) from error


def _field(name: str) -> str:
    return "" if name == "__all__" else name


# --- text ----------------------------------------------------------------------


@atomic
def save_text(plan: Plan, *, actor: Actor, now: datetime, version: int, values: Mapping[str, Any]) -> Plan:
    """Keep what was typed. Raises ``StaleText`` when another version was saved since ``version`` was read."""
    fresh = open_draft(plan, actor)
    mine = {name: values[name] for name in TEXT_FIELDS if name in values}
    changed = [name for name, value in mine.items() if getattr(fresh, name) != value]
    if not changed:
        return fresh
    if version != fresh.revision:
        raise StaleText(fresh, mine, changed)
    for name in changed:
        setattr(fresh, name, mine[name])
    checked(fresh)
    fresh.revision += 1
    fresh.saved_at, fresh.saved_by_id = now, actor.user_id
    fresh.save()
    return fresh


def missing_text(plan: Plan) -> list[str]:
    """Text fields that still have to be filled before the plan can be finished."""
    return [] if plan.vision.strip() else ["vision"]


# --- rows: issues, decisions, roadmap, KPIs --------------------------------------


def row_version(row: models.Model | None) -> str:
    """Tells two states of one row apart; empty for a new one."""
    if row is None or row.pk is None:
        return ""
    columns = {field.name: field.attname for field in row._meta.concrete_fields}
    values = {name: getattr(row, columns[name]) for name in ROW_FIELDS[type(row)]}
    return hashlib.sha256(canonical_text(values).encode()).hexdigest()[:16]


def stored_row(model: type[Row], plan: Plan, pk: int) -> Row:
    """A row of this plan, locked. Raises ``Conflict`` when somebody took it out."""
    row = model._base_manager.filter(plan=plan, pk=pk).select_for_update(of=("self",)).first()
    if row is None:
        raise Conflict(_("この行は、ほかの方が外しました。画面を開き直してください。"))
    return row


def assign(row: Row, values: Mapping[str, Any]) -> Row:
    for name in ROW_FIELDS[type(row)]:
        if name in values:
            setattr(row, name, values[name])
    return row


def check_claim(decision: Decision, result: evidence.Result | None) -> None:
    """The claim's scenario and baseline are in the survey, and the promise is not less than nothing."""
    if not decision.scenario:
        return
    if result is None or decision.scenario not in result.scenarios:
        raise BadInput({"scenario": [_("体験調査にない場面です。一覧から選んでください。")]})
    claimed = effects.claim(result.measures, decision.scenario, decision.measure, decision.change)
    if claimed is None:
        raise BadInput({"measure": [_("調査にこのものさしの値がありません。別のものさしを選んでください。")]})
    if not claimed.is_possible:
        sentence = _("いまの中央値は%(now)sです。それより多くは減らせません。")
        raise BadInput({"change": [sentence % {"now": amount(claimed.measure, claimed.baseline)}]})


def ground(kpi: Kpi, result: evidence.Result | None) -> None:
    """A KPI that names a measure of the survey takes its unit and today's value from there.

    Raises ``BadInput`` where the survey has no such scenario or value.
    """
    if not (kpi.scenario or kpi.measure):
        return
    if result is None or kpi.scenario not in result.scenarios:
        raise BadInput({"scenario": [_("体験調査の場面を、一覧から選んでください。")]})
    median = effects.baseline(result.measures, kpi.scenario, kpi.measure) if kpi.measure else None
    if median is None:
        raise BadInput({"measure": [_("調査に値があるものさしを選んでください。")]})
    kpi.baseline, kpi.unit = Decimal(median), unit_of(kpi.measure)


@atomic
def save_row(
    model: type[Row],
    plan: Plan,
    *,
    actor: Actor,
    now: datetime,
    pk: int | None = None,
    version: str | None = None,
    values: Mapping[str, Any],
) -> Row:
    """Add a row to the draft, or change one. ``version`` (of ``row_version``) guards against overwriting unseen work.

    Raises ``BadInput``, ``StaleRow``, ``Conflict`` when the plan is no draft or the row is gone.
    """
    fresh = open_draft(plan, actor)
    row = stored_row(model, fresh, pk) if pk else model(plan=fresh)
    if pk and version is not None and version != row_version(row):
        raise StaleRow(row)
    assign(row, values)
    if isinstance(row, Kpi):
        ground(row, evidence.result_of(fresh.engagement_id))
    checked(row)
    if isinstance(row, Decision):
        check_claim(row, evidence.result_of(fresh.engagement_id))
    if not pk and isinstance(row, Issue | Decision):
        row.position = model._base_manager.filter(plan=fresh).count()
    row.save()
    if not pk and isinstance(row, Decision):
        begin(row, actor, now=now)
    return row


@atomic
def remove_row(model: type[Row], plan: Plan, *, actor: Actor, now: datetime, pk: int) -> None:
    """Take a row out of the draft. A decision's stream keeps what happened to it."""
    fresh = open_draft(plan, actor)
    row = stored_row(model, fresh, pk)
    if isinstance(row, Decision):
        close_stream(row, actor=actor, now=now)
    row.delete()


def close_stream(decision: Decision, *, actor: Actor, now: datetime) -> None:
    """Nobody waits for a decision that was taken out; its title stays in the log."""
    Span.objects.filter(stream=decision.stream, left_at=None).update(left_at=now)
    record(
        "decision.removed",
        actor,
        stream=decision.stream,
        context=decision.context,
        data={"title": decision.title},
        visibility="parties",
        now=now,
    )


# --- the issued file and its answer ------------------------------------------------


@atomic
def attach_issued(plan: Plan, document_id: int, sha256: str, now: datetime) -> bool:
    """Remember the file that was made of the finished plan; False when the plan is not waiting for one.

    Call it only with the latest document of the plan: an older one than the attached is ignored.
    """
    fresh = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if fresh.state != PlanState.FINAL or document_id < (fresh.issued_document or 0):
        return False
    fresh.issued_document, fresh.issued_hash = document_id, sha256
    fresh.save(update_fields=["issued_document", "issued_hash"])
    record(
        "plan.issued",
        SYSTEM,
        stream=fresh.stream,
        context=fresh.context,
        data={"document": document_id, "document_hash": sha256},
        visibility="parties",
        now=now,
    )
    return True


def record_answer(
    plan: Plan,
    *,
    actor: Actor,
    now: datetime,
    document_hash: str,
    answered_by: str,
    answered_on: Any,
    answers: list[dict[str, Any]],
) -> None:
    """Write down the answer that was given at the meeting. Raises what the door raises."""
    perform(
        "answer",
        plan,
        actor,
        now=now,
        document_hash=document_hash,
        answered_by=answered_by,
        answered_on=answered_on,
        answers=answers,
    )


def answer_by_link(
    plan: Plan,
    link: SignedLink,
    *,
    actor: Actor,
    now: datetime,
    answered_by: str,
    answers: list[dict[str, Any]],
) -> None:
    """The executive answers: the link is used up in the same transaction, and only if the answer is whole."""
    today: date = timezone.localdate(now)

    def work() -> None:
        links.use(link, now)
        record_answer(
            plan,
            actor=actor,
            now=now,
            document_hash=link.version,
            answered_by=answered_by,
            answered_on=today,
            answers=answers,
        )

    in_transaction(work)
