"""What was set aside is listed for the office, and runs again when somebody asks for it."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts.standings import actor_for
from tests.factories.engagements import office
from tests.workflow.threads import at_once
from workflow import audit, outbox
from workflow.errors import WrongState
from workflow.models import Event, Outbox, OutboxState

pytestmark = pytest.mark.django_db


def set_aside(address="hanako@example.lg.jp"):
    item = outbox.Mail(address, "9月10日(木)までに、日を選んでください", "本文")
    row = outbox.put([item], event=None, now=timezone.now(), context="application:1")[0]
    Outbox.objects.filter(pk=row.pk).update(attempts=outbox.MAX_ATTEMPTS)
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()
    return row


def test_it_is_listed_with_its_error():
    first, second = set_aside("a@example.lg.jp"), set_aside("b@example.lg.jp")
    assert list(outbox.stopped()) == [first, second]
    assert first.last_error == "処理の途中で止まることが続きました。"


def test_the_button_runs_it_again_and_the_log_says_who_pressed_it():
    row, actor = set_aside(), actor_for(office())
    outbox.try_again(row.pk, actor=actor, now=timezone.now())
    assert list(outbox.stopped()) == []
    assert outbox.deliver(row.pk) is True
    assert [message.to for message in mail.outbox] == [["hanako@example.lg.jp"]]
    event = Event.objects.get(type="outbox.try_again")
    assert (event.context, event.actor_key) == ("application:1", actor.key)
    assert audit.faults() == []


@pytest.mark.django_db(transaction=True)
def test_pressed_by_two_it_runs_once():
    row, actor = set_aside(), actor_for(office())
    answers = at_once(2, lambda number: outbox.try_again(row.pk, actor=actor, now=timezone.now()))
    assert sorted(type(answer) for answer in answers if answer) == [WrongState]
    assert Event.objects.filter(type="outbox.try_again").count() == 1


def test_what_was_sent_is_not_sent_again():
    row = set_aside()
    Outbox.objects.filter(pk=row.pk).update(state=OutboxState.DONE)
    with pytest.raises(WrongState):
        outbox.try_again(row.pk, actor=actor_for(office()), now=timezone.now())
    assert Event.objects.filter(type="outbox.try_again").count() == 0
