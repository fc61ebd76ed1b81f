"""Asking for a document, making it, keeping the file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagements.applications.models import Application
from engagements.documents import arrangements, word
from engagements.documents.builders import Edition, Snapshot, application, builder_of
from engagements.documents.glyphs import glyph_name, missing_glyphs
from engagements.documents.models import Document, DocumentKind
from engagements.documents.pdf import Pdf, render_pdf
from municipalities.models import Municipality
from municipalities.text import printable
from workflow import authority, outbox
from workflow.actors import SYSTEM, Actor
from workflow.errors import DoorError
from workflow.log import canonical_text, record
from workflow.models import Outbox, OutboxState
from workflow.transactions import atomic

GLYPHS_NAMED = 5
CONTEXT = 8
JOB = "render-document"


class Unprintable(DoorError):
    """The font has no glyph for something in the document: better no file than a box in a name."""

    status = 422

    def __init__(self, glyphs: list[str], snapshot: Snapshot) -> None:
        self.glyphs = glyphs
        named = "、".join(_("%(glyph)s「%(text)s」の中") % found for found in _places(glyphs, snapshot))
        sentence = _(
            "書体にない文字があります: %(glyphs)s。文字を直してもう一度作るか、事務局に書体の追加をご相談ください。"
        )
        super().__init__(sentence % {"glyphs": named})


def _places(glyphs: list[str], snapshot: Snapshot) -> Iterator[dict[str, str]]:
    """The first glyphs with the text that holds each, cut to a few characters round it."""
    texts = list(_texts(snapshot))
    for glyph in glyphs[:GLYPHS_NAMED]:
        text = next(text for text in texts if glyph in text)
        start = max(text.index(glyph) - CONTEXT, 0)
        yield {"glyph": glyph_name(glyph), "text": text[start : start + 2 * CONTEXT]}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def content_hash(snapshot: Snapshot) -> str:
    """What tells two contents apart: SHA-256 of the snapshot's canonical text."""
    return hashlib.sha256(canonical_text(snapshot).encode()).hexdigest()


def draw(kind: str, snapshot: Snapshot, *, version: int, issued_at: datetime) -> Pdf:
    """The PDF of a snapshot. Raises ``Unprintable``. The same arguments give the same bytes."""
    if glyphs := missing_glyphs("\n".join(_texts(snapshot))):
        raise Unprintable(glyphs, snapshot)
    with override("ja"):
        html = builder_of(kind).html(snapshot, Edition(version, issued_at, content_hash(snapshot)))
    return render_pdf(
        printable(html), title=f"{snapshot['body_name']} {snapshot['title']}".strip(), issued_at=issued_at
    )


def word_of(document: Document) -> bytes:
    """The document as a Word file, from its own snapshot: an old version says what it said."""
    issued_at = document.issued_at or document.requested_at
    edition = Edition(document.version, issued_at, content_hash(document.snapshot))
    with override("ja"):
        return word.as_word(document.snapshot, edition)


def blank_application(on: date) -> Pdf:
    """The empty form of that day's programme. Its date is the programme's first day.

    Raises ``Conflict`` where no version is in force.
    """
    with override("ja"):
        snapshot = application.blank(on)
    first = datetime.combine(date.fromisoformat(snapshot["in_force"]), time())
    return draw(DocumentKind.APPLICATION, snapshot, version=1, issued_at=timezone.make_aware(first))


def application_draft(subject: Application) -> Pdf:
    """The application's PDF as it would be issued now, marked as a draft; nothing is kept.

    Raises ``Unprintable``.
    """
    with override("ja"):
        snapshot = application.draft(subject)
    return draw(DocumentKind.APPLICATION, snapshot, version=0, issued_at=subject.saved_at)


def snapshot_of(kind: str, subject: Any, on: datetime) -> Snapshot:
    """Today's content of a document, as the JSON that will be stored."""
    with override("ja"):
        snapshot = builder_of(kind).snapshot(subject, timezone.localdate(on))
    snapshot = arrangements.headed(snapshot, kind, subject.reference)
    return json.loads(canonical_text(snapshot))  # type: ignore[no-any-return]


@atomic
def request_document(kind: str, subject: Any, *, actor: Actor, now: datetime) -> Document:
    """The document of today's content: the latest version if nothing changed since, else a new one, queued.

    Raises ``NotAllowed``. The subject's row is locked, so that two at once get one version. A version that is ready
    already is made known to its room again: what was taken back and comes back unchanged has its paper at once.
    """
    builder = builder_of(kind)
    if actor is not SYSTEM:
        authority.require(actor, builder.action, subject, now=now)
    type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
    fresh = builder.subjects().get(pk=subject.pk)
    snapshot = snapshot_of(kind, fresh, now)
    latest = latest_of(kind, fresh.reference)
    if latest is None or latest.snapshot != snapshot or latest.progress == Document.Progress.FAILED:
        return _queue(kind, fresh, snapshot, latest, actor, now)
    if latest.progress == Document.Progress.READY:
        builder.issued(fresh, latest.pk, latest.sha256, now)
    return latest


def latest_of(kind: str, reference: str) -> Document | None:
    return Document.objects.filter(kind=kind, subject=reference).order_by("version").last()


def _queue(
    kind: str, subject: Any, snapshot: Snapshot, latest: Document | None, actor: Actor, now: datetime
) -> Document:
    code, engagement = builder_of(kind).owner(subject)
    document = Document.objects.create(
        kind=kind,
        subject=subject.reference,
        version=latest.version + 1 if latest else 1,
        title=snapshot["title"],
        body=snapshot["short_name"],
        municipality=Municipality.objects.get(code=code) if code else None,
        engagement_id=engagement.pk if engagement else None,
        snapshot=snapshot,
        requested_by_id=actor.user_id,
        requested_at=now,
    )
    job = outbox.Job(JOB, job_key(document.pk), {"document": document.pk})
    outbox.put([job], event=None, now=now, context=document.context)
    return document


def job_key(document_id: int) -> str:
    return f"document:{document_id}"


def file_path(document: Document) -> Path:
    return Path(settings.MEDIA_ROOT) / document.file


def make(document_id: int, *, now: datetime) -> Document:
    """What the worker does: draw, keep the file, then say so; a second run finds it made and does nothing."""
    document = Document.objects.get(pk=document_id)
    if document.progress == Document.Progress.READY:
        return document
    Document.objects.filter(pk=document_id).update(progress=Document.Progress.MAKING)
    try:
        pdf = draw(
            document.kind, document.snapshot, version=document.version, issued_at=document.requested_at
        )
    except Unprintable as error:
        Document.objects.filter(pk=document_id).update(
            progress=Document.Progress.FAILED, fault=str(error)[:500]
        )
        return Document.objects.get(pk=document_id)
    name = f"documents/{document.pk}-{pdf.sha256[:16]}.pdf"
    _keep(Path(settings.MEDIA_ROOT) / name, pdf.content)
    return _finish(document_id, name, pdf, now)


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk before the database says that it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.part")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


@atomic
def _finish(document_id: int, name: str, pdf: Pdf, now: datetime) -> Document:
    document = Document.objects.select_for_update(of=("self",)).get(pk=document_id)
    if document.progress == Document.Progress.READY:
        return document
    document.progress, document.file, document.sha256 = Document.Progress.READY, name, pdf.sha256
    document.pages, document.size, document.issued_at, document.fault = pdf.pages, len(pdf.content), now, ""
    document.save()
    record(
        "document.issued",
        SYSTEM,
        stream=f"document:{document.pk}",
        context=document.context,
        data={
            "kind": document.kind,
            "subject": document.subject,
            "version": document.version,
            "sha256": pdf.sha256,
        },
        visibility="parties",
        now=now,
    )
    _make_known(document, now)
    return document


def _make_known(document: Document, now: datetime) -> None:
    """Tell the subject's room, unless the subject has gone on: a newer version's own file will tell it."""
    builder = builder_of(document.kind)
    subject = builder.subjects().filter(reference=document.subject).first()
    latest = latest_of(document.kind, document.subject)
    if subject is not None and latest is not None and latest.pk == document.pk:
        builder.issued(subject, document.pk, document.sha256, now)


@atomic
def try_again(document: Document, *, actor: Actor, now: datetime) -> Document:
    """The button beside a failed document: the same content once more, or what it says by now as a new version.

    Does nothing where it is being made already.
    """
    fresh = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if fresh.progress != Document.Progress.FAILED:
        return fresh
    subject = builder_of(fresh.kind).subjects().filter(reference=fresh.subject).first()
    if subject is not None and snapshot_of(fresh.kind, subject, now) != fresh.snapshot:
        return request_document(fresh.kind, subject, actor=actor, now=now)
    fresh.progress, fresh.fault = Document.Progress.QUEUED, ""
    fresh.save(update_fields=["progress", "fault"])
    outbox.retry(Outbox.objects.select_for_update().get(key=job_key(fresh.pk)))
    return fresh


def give_up_set_aside(now: datetime) -> int:
    """Documents whose job was set aside (it fails or kills its worker each time) say so, with their retry button."""
    aside = Outbox.objects.filter(kind=JOB, state=OutboxState.SET_ASIDE).values_list(
        "payload__document", flat=True
    )
    waiting = [Document.Progress.QUEUED, Document.Progress.MAKING]
    fault = _("作る途中で止まることが続きました。もう一度作るか、事務局にお知らせください。")
    stuck = Document.objects.filter(pk__in=list(aside), progress__in=waiting)
    return stuck.update(progress=Document.Progress.FAILED, fault=fault)


def follow_engagement(reference: str, engagement_id: int) -> None:
    """An application's papers belong to the engagement that it led to: its advisor reads them from then on."""
    papers = Document.objects.filter(kind=DocumentKind.APPLICATION, subject=reference)
    papers.update(engagement=engagement_id)
