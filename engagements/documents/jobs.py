"""What the long queue runs."""

from __future__ import annotations

from django.utils import timezone

from engagements.documents import services
from engagements.documents.pdf import load_engine
from workflow.models import Outbox
from workflow.outbox import handles


@handles("render-document", queue="long", load=load_engine)
def render_document(row: Outbox) -> None:
    services.make(row.payload["document"], now=timezone.now())
