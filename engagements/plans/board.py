"""The workshop's board: from remarks (気づき) to issues (課題)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from engagements.plans import evidence, services
from engagements.plans.models import Decision, Evidence, Issue, Plan
from workflow.actors import Actor
from workflow.errors import BadInput
from workflow.transactions import atomic

TITLE_LENGTH = 120


def add_evidence(issue: Issue, result: evidence.Result | None, paths: Collection[str]) -> None:
    """Put remarks under an issue, with their words of today. Raises ``BadInput`` for a path that is no remark."""
    known = {item.path: item for item in evidence.observations(result)}
    if any(path not in known for path in paths):
        raise BadInput({"paths": [_("調査にない気づきが入っています。画面を開き直して選んでください。")]})
    for path in paths:
        Evidence.objects.update_or_create(
            issue=issue,
            survey=result.survey if result else None,
            path=path,
            defaults={"text": known[path].text, "counter": known[path].counter},
        )


def _title_of(result: evidence.Result | None, paths: Collection[str]) -> str:
    """An issue that was not named yet is called by its first remark."""
    return next(
        (item.text[:TITLE_LENGTH] for item in evidence.observations(result) if item.path in paths), ""
    )


@atomic
def create_issue(
    plan: Plan,
    *,
    actor: Actor,
    now: datetime,
    title: str,
    paths: Collection[str],
    heading: str = "",
    text: str = "",
) -> Issue:
    """An issue from the chosen remarks; without a title it takes the words of the first one."""
    result = evidence.result_of(plan.engagement_id)
    values = {"title": title.strip() or _title_of(result, paths), "heading": heading, "text": text}
    issue = services.save_row(Issue, plan, actor=actor, now=now, values=values)
    add_evidence(issue, result, paths)
    return issue


@atomic
def extend_issue(plan: Plan, *, actor: Actor, pk: int, paths: Collection[str]) -> Issue:
    """Put more remarks under an issue."""
    fresh = services.open_draft(plan, actor)
    issue = services.stored_row(Issue, fresh, pk)
    if not paths:
        raise BadInput({"paths": [_("課題に入れる気づきを選んでください。")]})
    add_evidence(issue, evidence.result_of(fresh.engagement_id), paths)
    return issue


@atomic
def release_evidence(plan: Plan, *, actor: Actor, pk: int) -> None:
    """Take one remark out of its issue; it can be put elsewhere again."""
    fresh = services.open_draft(plan, actor)
    Evidence.objects.filter(issue__plan=fresh, pk=pk).delete()


@atomic
def merge_issue(plan: Plan, *, actor: Actor, pk: int, into: int) -> Issue:
    """One issue takes over the remarks and decisions of another, which ends."""
    fresh = services.open_draft(plan, actor)
    if pk == into:
        raise BadInput({"into": [_("別の課題を選んでください。")]})
    gone, kept_issue = services.stored_row(Issue, fresh, pk), services.stored_row(Issue, fresh, into)
    kept = set(kept_issue.evidence.values_list("survey_id", "path"))
    for item in gone.evidence.all():
        if (item.survey_id, item.path) not in kept:
            Evidence.objects.filter(pk=item.pk).update(issue=kept_issue)
    Decision.objects.filter(issue=gone).update(issue=kept_issue)
    gone.delete()
    return kept_issue
