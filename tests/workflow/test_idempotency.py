import pytest
from django.db import IntegrityError

from workflow import idempotency
from workflow.errors import BadInput, Conflict
from workflow.models import IdempotencyKey

pytestmark = pytest.mark.django_db


def counter():
    calls = []

    def work():
        calls.append(1)
        return 201, {"n": len(calls)}

    return calls, work


def test_the_second_request_gets_the_first_answer():
    calls, work = counter()
    assert idempotency.once("user:1", "k", "f", work) == (201, {"n": 1})
    assert idempotency.once("user:1", "k", "f", work) == (201, {"n": 1})
    assert len(calls) == 1


def test_another_content_under_the_same_key_is_a_conflict():
    _calls, work = counter()
    idempotency.once("user:1", "k", "f", work)
    with pytest.raises(Conflict) as refusal:
        idempotency.once("user:1", "k", "g", work)
    assert str(refusal.value) == "同じ識別子で、内容の違う送信がありました。新しい識別子で送ってください。"


def test_keys_belong_to_their_actor():
    calls, work = counter()
    idempotency.once("user:1", "k", "f", work)
    idempotency.once("user:2", "k", "f", work)
    assert len(calls) == 2


def test_a_refused_request_may_be_mended_and_sent_again():
    _calls, work = counter()

    def refused():
        raise BadInput({"months": ["あと1つ要ります。"]})

    with pytest.raises(BadInput):
        idempotency.once("user:1", "k", "f", refused)
    assert idempotency.once("user:1", "k", "g", work) == (201, {"n": 1})


def test_an_actors_keys_are_told_apart():
    _calls, work = counter()
    assert idempotency.once("user:1", "k", "f", work) == (201, {"n": 1})
    assert idempotency.once("user:1", "other", "f", work) == (201, {"n": 2})


def test_the_answer_is_kept_with_its_key():
    _calls, work = counter()
    idempotency.once("user:1", "k", "f", work)
    kept = IdempotencyKey.objects.get()
    assert (kept.actor_key, kept.key, kept.fingerprint) == ("user:1", "k", "f")
    assert (kept.status, kept.body) == (201, {"n": 1})


def test_inside_another_transaction_a_broken_constraint_is_not_hidden():
    def work():
        raise IntegrityError("another constraint")

    with pytest.raises(IntegrityError, match="another constraint"):
        idempotency.once("user:1", "k", "f", work)
