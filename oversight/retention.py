"""The one table of what is not kept for ever. ``docs/retention.md`` shows it; ``manage.py retention`` carries it out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django_q.models import Task

from accounts import drafts, uploads
from accounts.models import ApiToken, FormDraft, Preview, SignedLink, Tally
from engagements.documents.models import Document
from engagements.survey.models import Survey, SurveyVersion, WrongPin
from workflow.actors import SYSTEM
from workflow.log import erase
from workflow.models import EventPersonal, IdempotencyKey, Outbox, OutboxState
from workflow.retention import EVERY, Rule

KEYS, JOBS = timedelta(days=7), timedelta(days=30)
LINKS, REFUSALS = timedelta(days=180), timedelta(days=180)
VERSIONS = timedelta(days=365)
Source = SurveyVersion.Source
#: Saved again and again while somebody works. What was imported or put right is kept.
WORKED_ON = (Source.GRID, Source.PREPARED, Source.RECORDER)
CITED = re.compile(r"/surveys/(\d+)/records/\?version=(\d+)")


def _sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now)


def _bodies(now: datetime) -> QuerySet[Outbox]:
    return Outbox.objects.filter(kind="mail", state=OutboxState.DONE).exclude(body="")


def _blank(rows: QuerySet[Any]) -> int:
    return rows.update(body="")


def _links(now: datetime) -> QuerySet[SignedLink]:
    over = now - LINKS
    return SignedLink.objects.filter(Q(used_at__lt=over) | Q(revoked_at__lt=over) | Q(expires_at__lt=over))


def _drafts(now: datetime) -> QuerySet[FormDraft]:
    sent = Q(values__isnull=True, saved_at__lt=now - drafts.REMEMBERED)
    return FormDraft.objects.filter(sent | Q(saved_at__lt=now - drafts.KEPT))


def _refusals(now: datetime) -> QuerySet[EventPersonal]:
    return EventPersonal.objects.filter(event__type="security.refused", event__recorded_at__lt=now - REFUSALS)


def _erase(parts: QuerySet[Any]) -> int:
    """With the tombstone without which the log would miss them."""
    events = [part.event for part in parts.select_related("event")]
    return erase(events, SYSTEM, reason="retention", now=timezone.now())


def _versions(now: datetime) -> QuerySet[SurveyVersion]:
    newest = SurveyVersion.objects.filter(survey=OuterRef("survey")).order_by("-number").values("pk")[:1]
    old = SurveyVersion.objects.filter(created_at__lt=now - VERSIONS, source__in=WORKED_ON, reason="")
    old = old.exclude(pk=Subquery(newest))
    surveys = Survey.objects.filter(versions__in=old).distinct()
    needed = [pk for survey in surveys.prefetch_related("versions") for pk in _needed(survey)]
    return old.exclude(pk__in=needed)


def _needed(survey: Survey) -> set[int]:
    """Beside the newest version: the recorder's newest, what a paper cites, and both sides of a correction."""
    rows = sorted(survey.versions.all(), key=lambda row: row.number)
    put = [row.number for row in rows if row.source == Source.RECORDER]
    right = {row.number for row in rows if row.source == Source.TIMELINE}
    kept = {*put[-1:], *(number - 1 for number in right), *_cited(survey)}
    return {row.pk for row in rows if row.number in kept}


def _cited(survey: Survey) -> Iterable[int]:
    """Numbers of the versions that papers of the engagement lead to."""
    papers = Document.objects.filter(engagement=survey.engagement_id).values_list("snapshot", flat=True)
    for snapshot in papers.iterator():
        for pk, number in CITED.findall(json.dumps(snapshot)):
            if int(pk) == survey.pk:
                yield int(number)


TABLE = (
    Rule(
        "sessions",
        "Sessions: who is signed in, and the form of a visitor that waits for a sign-in (at most 100 KB)",
        "until they end: 9 hours after they began",
        "Nobody is signed in by them any more.",
        _sessions,
    ),
    Rule(
        "idempotency-keys",
        "Idempotency keys with the answer that was given",
        "7 days",
        "A request that is sent again comes within minutes; a form left open over a weekend, within days.",
        lambda now: IdempotencyKey.objects.filter(created_at__lt=now - KEYS),
    ),
    Rule(
        "mail-bodies",
        "Text of mails that were sent. To whom, when and about what stays",
        "until sent: blanked in the same moment; this line finds what older versions kept",
        "It may hold a signed link in clear.",
        _bodies,
        _blank,
        "blanked",
    ),
    Rule(
        "signed-links",
        "Signed links that were used, replaced or have expired, with name and address",
        "180 days after that",
        "Until then their page says why they are closed, and offers a new one.",
        _links,
    ),
    Rule(
        "previews",
        "Files between preview and import, five a person",
        "1 hour",
        "Who comes back later chooses the file again.",
        lambda now: Preview.objects.filter(kept_at__lt=now - uploads.LIFETIME),
    ),
    Rule(
        "drafts",
        "What was typed into a form and not sent; 200 forms a person",
        "60 days; that a form was sent, 1 day",
        "Decision 0009.",
        _drafts,
    ),
    Rule(
        "survey-versions",
        "Versions of survey records that were saved at work, without a reason, and that nothing cites: not the newest, "
        "not the recorder's newest, in no paper, on neither side of a correction. The event that it was saved stays",
        "1 year",
        "Imported files and corrections are records; the hundred saves between them are not.",
        _versions,
    ),
    Rule(
        "refused-tries",
        "Names in the events of refused tries. The events stay: when, what, on what, which account",
        "180 days",
        "Long enough to ask somebody; the chain of the log keeps only a digest of the name.",
        _refusals,
        _erase,
        "erased",
    ),
    Rule(
        "wrong-pins",
        "PINs of a survey's day that were wrong: when, and from which phone by the name it gave itself",
        "10 minutes count, 1 day",
        "They stop nobody any more.",
        lambda now: WrongPin.objects.filter(at__lt=now - EVERY),
    ),
    Rule(
        "api-tokens",
        "Hashes of API tokens",
        "30 days after they expired",
        "They open nothing.",
        lambda now: ApiToken.objects.filter(expires_at__lt=now - JOBS),
    ),
    Rule(
        "jobs",
        "The queue's own list of jobs, which holds numbers only",
        "30 days",
        "The outbox says what became of each.",
        lambda now: Task.objects.filter(stopped__lt=now - JOBS),
    ),
    Rule(
        "tallies",
        "How often somebody did what is limited (a keyed hash of whom)",
        "until the limit's time is over: a day at most",
        "They limit nothing any more.",
        lambda now: Tally.objects.filter(until__lt=now),
    ),
)
