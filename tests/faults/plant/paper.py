"""A small document about an engagement; it waits, where a test wants it, in the transaction that issues it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.journey.models import Journey
from tests.faults.plant.apps import wait_at


class Paper(Builder):
    kind = "test-paper"
    action = "engagement.view"

    def subjects(self) -> QuerySet[Any]:
        return Journey.objects.all()

    def snapshot(self, subject: Any, on: date) -> Snapshot:
        name = subject.municipality_name
        return {"title": "見本の書類", "body_name": name, "short_name": name}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return (
            f'<html lang="ja"><head><title>{snapshot["title"]}</title></head><body><p>本文</p></body></html>'
        )

    def owner(self, subject: Any) -> tuple[str, Any]:
        return subject.municipality_id, None

    def issued(self, subject: Any, document_id: int, sha256: str, now: datetime) -> None:
        wait_at("issued")
