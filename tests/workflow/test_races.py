"""Races with real connections. What only row locks decide runs on PostgreSQL; the rest on SQLite's file too."""

from collections import Counter
from threading import Barrier

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import api_tokens
from accounts.standings import actor_for
from tests.factories import applications
from tests.factories.engagements import EngagementFactory, office
from tests.workflow.threads import PATIENCE_SECONDS, at_once
from workflow import audit, idempotency, perform
from workflow.errors import WrongState
from workflow.log import record
from workflow.models import Event, IdempotencyKey, Serial, Span, StreamHead
from workflow.serials import next_number
from workflow.transactions import in_transaction

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 20


@pytest.fixture
def user():
    return office()


@pytest.fixture
@transaction.atomic
def engagement():
    return EngagementFactory()


def of_type(kind, obj):
    return Event.objects.filter(type=kind, stream=obj.stream).count()


def test_of_twenty_at_one_door_one_passes(user, engagement):
    actor = actor_for(user)
    before = StreamHead.objects.get(stream=engagement.stream).position

    def pause(number):
        mine = type(engagement).objects.get(pk=engagement.pk)
        return type(perform("pause", mine, actor, reason="町の選挙のため。"))

    answers = Counter(
        answer if isinstance(answer, type) else type(answer) for answer in at_once(CLIENTS, pause)
    )
    assert answers == {Event: 1, WrongState: CLIENTS - 1}
    assert of_type("engagement.pause", engagement) == 1
    assert StreamHead.objects.get(stream=engagement.stream).position == before + 1
    assert Span.objects.filter(stream=engagement.stream, left_at=None).count() == 1
    assert audit.faults() == []


def test_of_twenty_clients_of_the_api_one_gets_200_and_the_others_409(user, engagement):
    token = api_tokens.issue_api_token(user=user, now=timezone.now())

    def pause(number):
        return Client().post(
            f"/api/v1/engagements/{engagement.pk}/transitions/pause/",
            {"reason": "町の選挙のため。"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"client-{number}"},
        )

    answers = at_once(CLIENTS, pause)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: CLIENTS - 1}
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert all(problem["status"] == 409 and "中断" in problem["detail"] for problem in lost)
    assert of_type("engagement.pause", engagement) == 1
    assert IdempotencyKey.objects.count() == 1, "what was refused may be sent again"
    assert audit.faults() == []


def test_one_key_used_by_ten_at_once_has_one_effect_and_one_answer(user, engagement):
    token = api_tokens.issue_api_token(user=user, now=timezone.now())

    def pause(number):
        return Client().post(
            f"/api/v1/engagements/{engagement.pk}/transitions/pause/",
            {"reason": "町の選挙のため。"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "one and the same"},
        )

    answers = at_once(10, pause)
    assert [answer.status_code for answer in answers] == [200] * 10, [a.content for a in answers]
    assert len({answer.content for answer in answers}) == 1
    assert of_type("engagement.pause", engagement) == 1


def test_when_the_first_of_one_key_is_refused_another_of_them_works():
    """The first holder of the key rolls back; those that waited for it try themselves, and one of them is kept."""
    tries = []

    def work(number):
        tries.append(number)
        if len(tries) == 1:
            raise WrongState("x", "y")
        return 201, {"by": number}

    answers = at_once(10, lambda number: idempotency.once("user:1", "k", "f", lambda: work(number)))
    kept = [answer for answer in answers if not isinstance(answer, WrongState)]
    assert len(kept) == 9
    assert len({str(answer) for answer in kept}) == 1
    assert len(tries) == 2


def test_twenty_numbers_of_one_series_are_twenty_numbers():
    numbers = at_once(CLIENTS, lambda number: in_transaction(lambda: next_number("application", 2026)))
    assert sorted(numbers) == list(range(1, CLIENTS + 1))
    assert Serial.objects.get().last == CLIENTS


def test_twenty_writers_of_one_stream_make_one_chain(user):
    actor = actor_for(user)
    at_once(CLIENTS, lambda number: record("account.step", actor, stream="account:1", data={"n": number}))
    positions = Event.objects.filter(stream="account:1").values_list("position", flat=True)
    assert sorted(positions) == list(range(1, CLIENTS + 1))
    assert audit.faults() == []


@pytest.mark.postgresql
def test_two_that_lock_in_opposite_order_both_get_through(user):
    """The barrier makes the deadlock certain: each holds what the other asks for next.

    Whoever is broken off tries again, and may meet the other once more: how often each tries is the database's choice.
    """
    actor = actor_for(user)
    one, other = applications.submitted(), applications.submitted()
    both_hold_one = Barrier(2)
    attempts = Counter()

    def prioritise(number):
        pair = (one, other) if number == 0 else (other, one)

        def work():
            attempts[number] += 1
            for application in pair:
                fresh = type(application).objects.get(pk=application.pk)
                perform("prioritise", fresh, actor, priority=number + 1, reason="電話で確かめました。")
                if attempts[number] == 1 and application is pair[0]:
                    both_hold_one.wait(timeout=PATIENCE_SECONDS)

        return in_transaction(work)

    assert at_once(2, prioritise) == [None, None]
    assert sum(attempts.values()) > 2
    assert of_type("application.prioritise", one) == of_type("application.prioritise", other) == 2
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.priority == other.priority
    assert audit.faults() == []
