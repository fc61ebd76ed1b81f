"""The case that a town writes for other towns: begun from its plan, edited on a page, shown when the town agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.plans.models import Case, CaseState, Plan
from engagements.plans.words import yen
from municipalities.dates import era_year_short, fiscal_year
from workflow import authority
from workflow.actors import Actor
from workflow.doors import begin
from workflow.errors import BadInput, Conflict, Stale
from workflow.serials import next_number
from workflow.transactions import atomic

TEXTS = ("title", "trouble", "stopped", "effect", "cost", "voice", "voice_of")


class StaleCase(Stale):
    """Somebody saved meanwhile: ``case`` is what is stored, ``fields`` where it differs from what was typed."""

    def __init__(self, case: Case, fields: list[str]) -> None:
        self.case, self.fields = case, fields
        super().__init__()


def published_cases() -> QuerySet[Case]:
    """Cases that their towns agreed to show and whose file is made, newest first, with their towns.

    The file of one is at ``/cases/<reference>/``, without sign-in.
    """
    rows = Case.objects.filter(state=CaseState.PUBLISHED, document__isnull=False)
    return rows.select_related("engagement__municipality__prefecture")


def addresses(engagements: Iterable[int]) -> dict[int, str]:
    """Where anybody reads the published case of each of these engagements; those without one are left out."""
    rows = published_cases().filter(engagement__in=engagements)
    return {row.engagement_id: reverse("published-case", args=[row.reference]) for row in rows}


@atomic
def begin_case(engagement: Engagement, *, actor: Actor, now: datetime) -> Case:
    """The engagement's case, begun from its answered plan if there is none. Raises ``Conflict`` before an answer."""
    authority.require(actor, "case.edit", Case(engagement=engagement), now=now)
    Engagement.objects.select_for_update(of=("self",)).get(pk=engagement.pk)
    found = Case.objects.filter(engagement=engagement.pk).first()
    if found is not None:
        return found
    plan = Plan.objects.filter(engagement=engagement.pk, state="answered").order_by("number").last()
    if plan is None:
        raise Conflict(_("事例は、首長の答えのあとに書き始められます。"))
    year = fiscal_year(timezone.localdate(now))
    reference = f"J{era_year_short(year)}-{next_number('case', year):03d}"
    case = Case.objects.create(reference=reference, engagement_id=engagement.pk, **_from_plan(plan))
    begin(case, actor, now=now)
    return case


def _from_plan(plan: Plan) -> dict[str, str]:
    """What the plan says already, to be put into the town's own words."""
    carried = [row for row in plan.decisions.all() if row.state in ("started", "done")]
    cost = sum(row.cost_yen or 0 for row in carried)
    return {
        "title": plan.vision[:60],
        "trouble": "\n".join(f"・{issue.title}" for issue in plan.issues.all())[:400],
        "stopped": "\n".join(f"・{row.what_stops or row.title}" for row in carried)[:400],
        "cost": _("0円(新しい費用はかかっていません)")
        if carried and not cost
        else yen(cost)
        if carried
        else "",
        "voice_of": next((row.owner_section for row in carried), "")[:80],
    }


@atomic
def save_case(case: Case, *, actor: Actor, now: datetime, version: int, values: Mapping[str, str]) -> Case:
    """Keep what was typed. Raises ``BadInput``, ``StaleCase``, or ``Conflict`` while the case is published."""
    authority.require(actor, "case.edit", case, now=now)
    fresh = Case.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=case.pk)
    if fresh.state != CaseState.DRAFT:
        raise Conflict(_("公開中の事例は直せません。先に公開をやめてください。"))
    changed = [name for name in TEXTS if name in values and getattr(fresh, name) != values[name]]
    if not changed:
        return fresh
    if version != fresh.revision:
        raise StaleCase(fresh, changed)
    for name in changed:
        setattr(fresh, name, values[name])
    for name in TEXTS:
        limit = Case._meta.get_field(name).max_length  # type: ignore[union-attr]
        if limit and len(getattr(fresh, name)) > limit:
            raise BadInput({name: [_("%(limit)d字までにしてください。") % {"limit": limit}]})
    fresh.revision, fresh.saved_at = fresh.revision + 1, now
    fresh.save()
    return fresh


@atomic
def attach_published(case: Case, document_id: int) -> bool:
    """Remember the file that other towns may read; False while the case is not published."""
    fresh = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if fresh.state != CaseState.PUBLISHED or document_id < (fresh.document or 0):
        return False
    fresh.document = document_id
    fresh.save(update_fields=["document"])
    return True
