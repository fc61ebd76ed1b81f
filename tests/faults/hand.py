"""A process that does as the tests say, a line of JSON at a time: what the pages would do, without a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402  (Django has to be set up first)
from django.utils import timezone  # noqa: E402

from accounts import api_tokens  # noqa: E402
from engagements.documents.services import request_document  # noqa: E402
from engagements.journey.models import Journey  # noqa: E402
from tests.factories.engagements import EngagementFactory, office  # noqa: E402
from workflow import SYSTEM, Job, Mail, audit, outbox  # noqa: E402
from workflow.models import Outbox  # noqa: E402


def token() -> str:
    return api_tokens.issue_api_token(user=office(), now=timezone.now())


@transaction.atomic
def engagement() -> int:
    return int(EngagementFactory().pk)


def document(engagement_id: int) -> int:
    subject = Journey.objects.get(pk=engagement_id)
    return request_document("test-paper", subject, actor=SYSTEM, now=timezone.now()).pk


@transaction.atomic
def mail(name: str) -> int:
    item = Mail(f"{name}@example.lg.jp", "9月10日(木)までに、日を選んでください", "本文")
    return outbox.put([item], event=None, now=timezone.now(), context=name)[0].pk


@transaction.atomic
def job(kind: str, key: str) -> int:
    return outbox.put([Job(kind, key)], event=None, now=timezone.now(), context=key)[0].pk


def retry(row_id: int) -> None:
    outbox.retry(Outbox.objects.get(pk=row_id))


def drain() -> int:
    return outbox.drain()


def log_faults() -> list[str]:
    return audit.faults()


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act for act in (token, engagement, document, mail, job, retry, drain, log_faults)
}

for line in sys.stdin:
    name, arguments = json.loads(line)
    print(json.dumps(ACTS[name](*arguments)), flush=True)
