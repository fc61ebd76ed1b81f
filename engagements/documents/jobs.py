"""What the long queue runs."""

from __future__ import annotations

from django.utils import timezone

from engagements.documents import services
from workflow.models import Outbox
from workflow.outbox import handles


@handles("render-document", queue="long")
def render_document(row: Outbox) -> None:
    services.make(row.payload["document"], now=timezone.now())
