"""Documents as their readers see them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts import permissions
from engagements.documents.builders import builder_of
from engagements.documents.builders.paper import grouped
from engagements.documents.models import Document, DocumentKind
from engagements.documents.services import content_hash
from engagements.documents.word import has_word
from workflow.actors import Actor

VERSIONS = 20


def rows() -> QuerySet[Document]:
    """Documents with their towns, without the snapshots, which no list needs."""
    return Document.objects.select_related("municipality__prefecture", "engagement").defer("snapshot")


def listing(actor: Actor, kind: str = "") -> QuerySet[Document]:
    """What the actor may read, newest first; of one kind where it is named. One query for any number of rows."""
    found = permissions.visible(actor, "document.view", rows())
    return found.filter(kind=kind) if kind in DocumentKind.values else found


def sheet_of(plan_hash: str) -> Document | None:
    """The decision sheet that was made with the plan whose file has this hash; None while there is none."""
    plan = Document.objects.filter(kind=DocumentKind.REFORM_PLAN, sha256=plan_hash).order_by("pk").first()
    if plan is None:
        return None
    made = Document.objects.filter(kind=DocumentKind.DECISION_SHEET, subject=plan.subject)
    return made.filter(progress=Document.Progress.READY).order_by("version").last()


def page(actor: Actor, document: Document) -> dict[str, Any]:
    """What a document's page shows: the card, the hash that is printed inside, the other versions. Two queries."""
    return {
        "document": document,
        "card": card(document),
        "content_hash": grouped(content_hash(document.snapshot)),
        "file_hash": grouped(document.sha256),
        "versions": other_versions(actor, document),
        "may_request": (may_request := permissions.allows(actor, "document.request", document)),
        "has_word": may_request and has_word(document.snapshot),
        "may_arrange": may_request and builder_of(document.kind).has_head,
    }


def other_versions(actor: Actor, document: Document) -> list[Document]:
    """The other versions that this person may read, newest first, at most twenty."""
    others = listing(actor, document.kind).filter(subject=document.subject).exclude(pk=document.pk)
    return list(others.order_by("-version")[:VERSIONS])


def card(document: Document) -> dict[str, Any]:
    """What ``components/document.html`` shows."""
    state = {"ready": "done", "failed": "failed", "queued": "queued"}.get(document.progress, "making")
    return {
        "name": document.file_name,
        "state": state,
        "url": reverse("document-file", args=[document.pk]),
        "page_url": reverse("document", args=[document.pk]),
        "poll_url": reverse("document-progress", args=[document.pk]),
        "version": document.version,
        "hash": document.sha256[:12],
        "size": document.size,
        "made_at": document.issued_at,
    }
