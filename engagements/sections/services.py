"""Asking a section, and its answer by link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import SignedLink
from engagements.models import Engagement
from engagements.sections import letters, selectors
from engagements.sections.models import OPEN, ProcedureFigure, RequestKind, SectionRequest
from engagements.survey import remarks
from workflow import Actor, authority, outbox
from workflow.doors import begin, perform
from workflow.errors import BadInput
from workflow.transactions import atomic, in_transaction

MESSAGE_LENGTH = 500
OVER = ("closed", "cancelled")


@atomic
def ask(
    engagement: Engagement,
    sections: Iterable[str],
    *,
    actor: Actor,
    now: datetime,
    message: str = "",
    kind: str = RequestKind.COUNTER,
    period: str = "",
) -> list[SectionRequest]:
    """A request to each section that has no open one, mailed to its people. Returns the new requests.

    A request of kind ``counter`` shares the remarks about the section with it, where it has an addressee. Raises
    ``NotAllowed``; ``BadInput`` when the engagement is over or the message is too long.
    """
    authority.require(actor, "section_request.create", SectionRequest(engagement=engagement), now=now)
    if engagement.state in OVER:
        raise BadInput({"": [_("終わった支援では、課にお願いできません。")]})
    if len(message) > MESSAGE_LENGTH or "\x00" in message:
        raise BadInput({"message": [_("%(length)d文字までにしてください。") % {"length": MESSAGE_LENGTH}]})
    Engagement.objects.select_for_update(of=("self",)).get(pk=engagement.pk)
    found = selectors.recorded(engagement.pk) if kind == RequestKind.COUNTER else []
    waiting = _waiting(engagement, kind, period)
    named = {remarks.section_key(name): name for name in reversed([n.strip() for n in sections])}
    made = []
    for key, name in sorted(named.items()):
        if key and key not in waiting:
            made.append(_make(engagement, name, found, actor, now, message, kind, period))
    return made


def _waiting(engagement: Engagement, kind: str, period: str) -> set[str]:
    rows = SectionRequest.objects.filter(engagement=engagement.pk, kind=kind, period=period, state__in=OPEN)
    return {row.section_key for row in rows}


def _make(
    engagement: Engagement,
    section: str,
    found: list[selectors.Recorded],
    actor: Actor,
    now: datetime,
    message: str,
    kind: str,
    period: str,
) -> SectionRequest:
    today = timezone.localdate(now)
    request = SectionRequest.objects.create(
        engagement_id=engagement.pk,
        kind=kind,
        period=period,
        section=section,
        message=message.strip(),
        asked_at=now,
        due_on=today + timedelta(days=engagement.programme.section_days),
    )
    _put_figures(request, found)
    event = begin(request, actor, now=now, section=section)
    mails = letters.ask(request, now, today)
    outbox.put(mails, event=event, now=now)
    if mails:
        share_remarks(request, now=now, found=found)
    return request


def _put_figures(request: SectionRequest, found: list[selectors.Recorded]) -> None:
    """A line for each procedure that the surveys saw finished at the counter, with what was said of it before."""
    names: list[str] = []
    for item in found:
        entry = selectors.touched(item.document).get(request.section_key)
        names += [name for name in (entry.procedures if entry else []) if name not in names]
    known = {
        row.name: row for row in selectors.of_owner(selectors.stated(request.engagement_id), request.section)
    }
    ProcedureFigure.objects.bulk_create(
        ProcedureFigure(
            request=request,
            position=position,
            name=name[:200],
            yearly_volume=known[name].yearly_volume if name in known else None,
            staff_minutes=known[name].staff_minutes if name in known else None,
            basis=known[name].basis if name in known else "",
        )
        for position, name in enumerate(names)
    )


def share_remarks(
    request: SectionRequest, *, now: datetime, found: list[selectors.Recorded] | None = None
) -> None:
    """From now on others may read what was noticed at this counter."""
    every = selectors.recorded(request.engagement_id) if found is None else found
    for survey, items in selectors.remarks_about(every, request.section_key):
        remarks.share(survey, items, now=now)


def answer_by_link(
    request: SectionRequest, link: SignedLink, *, actor: Actor, now: datetime, **said: Any
) -> None:
    """The section answers: the link is used up in the same transaction, and only if the answer may be kept."""

    def work() -> None:
        links.use(link, now)
        perform("answer", request, actor, now=now, **said)

    in_transaction(work)
