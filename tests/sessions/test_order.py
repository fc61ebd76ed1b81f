"""What happened out of order is recorded with its reason, by the door and by the form of the record alike."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from engagements.models import Engagement
from tests.factories.engagements import EngagementFactory, actor, advisor_of, session_of
from tests.sessions.helpers import at, hold, schedule
from workflow import SYSTEM, perform
from workflow.errors import BadInput

pytestmark = pytest.mark.django_db
WHY = "研修は春に済ませた"


def planned() -> Engagement:
    """① ahead, ② yesterday."""
    engagement: Engagement = EngagementFactory()
    schedule(engagement, 1, -2, now=at(-9))
    schedule(engagement, 2, -1, now=at(-9))
    return engagement


def test_a_session_before_an_earlier_one_needs_its_reason_and_keeps_it() -> None:
    engagement = planned()
    session, lead = session_of(engagement, 2), actor(advisor_of(engagement))
    with pytest.raises(BadInput, match="① 研修の実施がまだ記録されていません") as refused:
        perform("hold", session, lead, held_on=timezone.localdate())
    assert set(refused.value.fields) == {"order_reason"}
    perform("hold", session, lead, held_on=timezone.localdate(), order_reason=WHY)
    assert session_of(engagement, 2).order_reason == WHY
    perform("unhold", session, lead, reason="入れ間違い")
    assert session_of(engagement, 2).order_reason == ""


def test_a_reason_that_nobody_needed_is_not_shown() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -2, now=at(-9))
    perform(
        "hold", session, actor(advisor_of(engagement)), held_on=timezone.localdate(), order_reason="念のため"
    )
    assert session_of(engagement, 1).order_reason == ""


def test_a_late_record_and_a_ledger_say_why_too() -> None:
    engagement = EngagementFactory()
    perform(
        "record_held",
        session_of(engagement, 2),
        actor(advisor_of(engagement)),
        held_on=timezone.localdate(),
        reason=WHY,
    )
    perform("import", session_of(engagement, 3), SYSTEM, held_on=timezone.localdate())
    assert session_of(engagement, 2).order_reason == WHY
    assert session_of(engagement, 3).order_reason == "台帳から取り込んだ記録です。"


def test_the_form_of_the_record_asks_for_the_reason_only_where_it_is_needed(client: Client) -> None:
    engagement = planned()
    client.force_login(advisor_of(engagement))
    path = f"/sessions/{session_of(engagement, 2).pk}/log/"
    assert 'name="order_reason"' in client.get(path).content.decode()
    typed = {
        "held_on": timezone.localdate().isoformat(),
        "log_summary": "歩いて測った",
        "log_next_step": "板に貼る",
        "log_hours": "3",
        "idempotency_key": "a",
    }
    answer = client.post(path, typed)
    assert (answer.status_code, session_of(engagement, 2).state) == (422, "scheduled")
    assert "先に① 研修を記録するか" in answer.content.decode()
    assert client.post(path, typed | {"order_reason": WHY, "idempotency_key": "b"}).status_code == 302
    assert session_of(engagement, 2).order_reason == WHY
    first = f"/sessions/{session_of(engagement, 1).pk}/log/"
    assert 'name="order_reason"' not in client.get(first).content.decode()
    assert hold(EngagementFactory(), 1).state == "held"
