"""Relations of people to requests, and how an answer reaches figures and remarks."""

from __future__ import annotations

from django.utils import timezone

from accounts import permissions
from engagements.rules import relate
from engagements.sections import (
    jobs,  # noqa: F401  (registers the sweep's tasks)
    letters,
    renewals,  # noqa: F401  (registers what renews a link)
)
from engagements.sections.models import RequestKind, SectionRequest
from engagements.sections.services import share_remarks
from engagements.survey import remarks
from engagements.survey.correcting import CORRECTED, concerned
from engagements.survey.correction.changes import changes
from engagements.survey.correction.spoken import say
from engagements.survey.models import Survey
from engagements.survey.selectors import latest_document
from engagements.survey.services import part_of
from workflow import outbox
from workflow.events import Happening, on

permissions.resource("section_request", SectionRequest)
relate("section_request", "engagement")
permissions.scoped("section_request", "section", "section_ref")


@on("section_request.answer")
@on("section_request.correct")
@on("section_request.enter")
def keep_figures(happening: Happening) -> None:
    """Only the lines that were sent change; an empty number is 'not known'."""
    rows = {row["figure"]: row for row in happening.data.get("figures") or []}
    for figure in happening.obj.figures.filter(pk__in=rows):
        row = rows[figure.pk]
        figure.yearly_volume, figure.staff_minutes = row.get("yearly_volume"), row.get("staff_minutes")
        figure.basis = (row.get("basis") or "").strip()
        figure.save()


@on("section_request.answer")
@on("section_request.correct")
def keep_replies(happening: Happening) -> None:
    rows = {
        row["remark"]: ((row.get("reply") or "").strip(), row.get("may_leave") is True)
        for row in happening.data.get("replies") or []
    }
    if not rows:
        return
    request = happening.obj
    for survey in Survey.objects.filter(engagement=request.engagement_id):
        by = happening.data["answered_by"]
        remarks.keep_replies(survey, request.section_key, rows, by=by, now=happening.now)


@on("section_request.resend")
@on("section_request.enter")
@on("section_request.go_on")
def share_after_all(happening: Happening) -> None:
    """The section has them, had its chance, or was told by telephone: the remarks wait for nobody any longer."""
    if happening.obj.kind == RequestKind.COUNTER:
        share_remarks(happening.obj, now=happening.now)


@on(CORRECTED)
def tell_of_correction(happening: Happening) -> None:
    """Each section on the corrected route that was shown remarks of the survey reads what changed, and why."""
    survey, told = happening.obj, happening.data
    scenario = part_of(latest_document(survey), "scenarios", told["after"]["scenario"])
    lines = [one.line for one in say(changes(told["before"], told["after"]), scenario)]
    today = timezone.localdate(happening.now)
    for section in concerned(survey, told["before"], told["after"]):
        mails = letters.corrected(survey, section, lines, told["reason"], today)
        outbox.put(mails, event=happening.event, now=happening.now)
