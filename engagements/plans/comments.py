"""What the advisor and the approver remark about a plan before it is final, and what the town answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import permissions
from engagements.plans.models import Decision, Plan, PlanComment, PlanState
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import record
from workflow.transactions import atomic

OPEN = (PlanState.DRAFT, PlanState.IN_REVIEW)
LENGTH = 2000


def _text(name: str, text: str) -> str:
    """Raises ``BadInput`` for an empty, an overlong or an unstorable text."""
    clean = text.strip()
    if not clean:
        raise BadInput({name: [_("書いてから送ってください。")]})
    if len(clean) > LENGTH or "\x00" in clean:
        raise BadInput({name: [_("2,000字までの読める文字で書いてください。")]})
    return clean


def _locked(plan: Plan) -> Plan:
    fresh = Plan.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=plan.pk)
    if fresh.state not in OPEN:
        sentence = _("この計画書は「%(state)s」です。意見は、下書きと確認中のあいだに書けます。")
        raise Conflict(sentence % {"state": fresh.get_state_display()})
    return fresh


def _log(type_: str, row: PlanComment, plan: Plan, actor: Actor, now: datetime, **personal: str) -> None:
    record(
        f"plan.{type_}",
        actor,
        stream=plan.stream,
        context=plan.context,
        data={"comment": row.pk, "part": row.part, "decision": row.decision_id},
        personal=personal,
        visibility="parties",
        now=now,
    )


@atomic
def comment(
    plan: Plan, *, actor: Actor, now: datetime, part: str, text: str, decision: int | None = None
) -> PlanComment:
    """Remark on a part, or on one of the plan's decisions. Raises ``BadInput``, ``Conflict`` when it is final."""
    authority.require(actor, "plan.comment", plan, now=now)
    fresh = _locked(plan)
    if part not in PlanComment.Part.values:
        raise BadInput({"part": [_("計画書の部品から選んでください。")]})
    if decision is not None and not Decision.objects.filter(plan=fresh, pk=decision).exists():
        raise BadInput({"decision": [_("この計画書の改善案から選んでください。")]})
    row = PlanComment.objects.create(
        plan=fresh,
        part=part,
        decision_id=decision,
        text=_text("text", text),
        author_id=int(actor.id),
        written_at=now,
    )
    _log("commented", row, fresh, actor, now, text=row.text)
    return row


@atomic
def settle(plan: Plan, pk: int, *, actor: Actor, now: datetime, reply: str) -> PlanComment:
    """The town answers a remark. Raises ``Conflict`` when it has its answer already or the plan is final."""
    authority.require(actor, "plan.settle_comment", plan, now=now)
    fresh = _locked(plan)
    row = PlanComment.objects.select_for_update(of=("self",)).get(plan=fresh, pk=pk)
    if row.settled_at is not None:
        raise Conflict(_("この意見には、ほかの方がもう答えました。画面を開き直してください。"))
    row.reply, row.settled_at, row.settled_by_id = _text("reply", reply), now, int(actor.id)
    row.save()
    _log("comment_settled", row, fresh, actor, now, reply=row.reply)
    return row


@atomic
def reopen(plan: Plan, pk: int, *, actor: Actor, now: datetime, reason: str) -> PlanComment:
    """The answer does not settle it: the remark is open again, for the reason that is added to it."""
    authority.require(actor, "plan.reopen_comment", plan, now=now)
    fresh = _locked(plan)
    row = PlanComment.objects.select_for_update(of=("self",)).get(plan=fresh, pk=pk)
    why = _text("reason", reason)
    row.settled_at, row.settled_by = None, None
    row.save(update_fields=["settled_at", "settled_by"])
    _log("comment_reopened", row, fresh, actor, now, reason=why)
    return row


def shown(plan: Plan, part: str, actor: Actor) -> dict[str, Any]:
    """The remarks on the part that is open, unanswered ones first, and how many wait in each part. One query."""
    rows = list(plan.comments.select_related("author", "decision").order_by("settled_at", "written_at", "pk"))
    waiting = [row for row in rows if row.settled_at is None]
    here = [row for row in rows if row.part == part]
    here.sort(key=lambda row: row.settled_at is not None)
    can_change = plan.state in OPEN
    return {
        "comments": here,
        "comments_waiting": len(waiting),
        "comment_parts": [
            (value, label, count)
            for value, label in PlanComment.Part.choices
            if (count := sum(row.part == value for row in waiting))
        ],
        "may_comment": can_change and permissions.allows(actor, "plan.comment", plan),
        "may_settle": can_change and permissions.allows(actor, "plan.settle_comment", plan),
        "may_reopen": can_change and permissions.allows(actor, "plan.reopen_comment", plan),
    }
