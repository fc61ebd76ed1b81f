"""A route put right after the day. Old and new both stay, with who did it and why; the sections hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey import services
from engagements.survey.models import SharedRemark, Survey, SurveyVersion
from engagements.survey.remarks import follow, section_key
from workflow import Actor, record
from workflow.errors import BadInput
from workflow.events import Happening, announced, dispatch
from workflow.log import canonical_text
from workflow.models import Visibility
from workflow.transactions import in_transaction

Raw = Mapping[str, Any]
#: Rooms above learn ``version`` (the number), ``before`` and ``after`` (the route's two states) and ``reason``.
CORRECTED = announced("survey.corrected")


def was_shown(survey: Survey) -> bool:
    """Whether a section has read remarks of this survey: from then on a correction says why. One query."""
    return SharedRemark.objects.filter(survey=survey.pk).exists()


def concerned(survey: Survey, *routes: Raw) -> list[str]:
    """The sections on these routes that were shown remarks of the survey, by name. One query."""
    shown = set(SharedRemark.objects.filter(survey=survey.pk).values_list("section_key", flat=True))
    visits = [visit for route in routes for visit in route.get("visits") or ()]
    named = {section_key(name): name for visit in reversed(visits) if (name := visit.get("section"))}
    return [named[key] for key in sorted(shown & named.keys())]


def correct_route(
    survey: Survey,
    route: Raw,
    *,
    base: int,
    over: int | None = None,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> SurveyVersion:
    """Save a corrected route as a new version, and tell the rooms above.

    Raises what ``services.put_part`` raises; BadInput where a reason is missing or nothing was put right.
    """

    def work() -> SurveyVersion:
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        latest = locked.versions.order_by("-number").first()
        before = services.part_of(latest.document, "routes", route["id"]) if latest else None
        if before is not None and canonical_text(before) == canonical_text(route):
            raise BadInput({"": [_("直したところがありません。直してから、結果に入れてください。")]})
        if not reason.strip() and was_shown(survey):
            raise BadInput({"reason": [_("課に見せた調査です。直す理由を入れてください。課にも届きます。")]})
        version = services.put_part(
            survey,
            "routes",
            route,
            base=base,
            over=over,
            actor=actor,
            now=now,
            reason=reason,
            source=SurveyVersion.Source.TIMELINE,
        )
        follow(survey, before or {"id": route["id"]}, route)
        _tell(survey, version, before or {}, route, actor, now)
        return version

    return in_transaction(work)


def _tell(
    survey: Survey, version: SurveyVersion, before: Raw, after: Raw, actor: Actor, now: datetime
) -> None:
    event = record(
        CORRECTED,
        actor,
        stream=f"survey:{survey.pk}",
        context=f"engagement:{survey.engagement_id}",
        data={"version": version.number, "route": after["id"]},
        visibility=Visibility.PARTIES,
        now=now,
    )
    told = {"version": version.number, "before": before, "after": after, "reason": version.reason}
    dispatch(Happening(event, survey, actor, told, now))
