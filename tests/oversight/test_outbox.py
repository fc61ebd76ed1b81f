"""What kept stopping is shown to the office, with a button; others don't see it."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from tests.factories.engagements import advisor_user, member
from workflow import outbox
from workflow.models import Event, Outbox, OutboxState

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped():
    mail = outbox.Mail("hanako@town.example.test", "9月10日(木)までに、<b>日</b>を選んでください", "本文")
    row = outbox.put([mail], event=None, now=timezone.now(), context="application:1")[0]
    outbox.set_aside(row)
    return row


def as_(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_office_sees_what_stopped_and_starts_it_again(stopped):
    client = as_(member(Role.SECRETARIAT))
    assert "1件止まっています" in client.get("/").content.decode()
    page = client.get("/oversight/outbox/").content.decode()
    assert "hanako@town.example.test" in page
    assert "&lt;b&gt;日&lt;/b&gt;" in page
    client.post(f"/oversight/outbox/{stopped.pk}/retry/")
    stopped.refresh_from_db()
    assert (stopped.state, stopped.attempts) == (OutboxState.PENDING, 0)
    assert Event.objects.filter(type="outbox.try_again", stream=f"outbox:{stopped.pk}").count() == 1
    assert client.post(f"/oversight/outbox/{stopped.pk}/retry/").status_code == 409


def test_an_auditor_reads_but_has_no_button(stopped):
    client = as_(member(Role.AUDITOR))
    assert "もう一度送る" not in client.get("/oversight/outbox/").content.decode()
    assert client.post(f"/oversight/outbox/{stopped.pk}/retry/").status_code == 403
    assert Outbox.objects.get(pk=stopped.pk).state == OutboxState.SET_ASIDE


def test_an_advisor_sees_nothing_of_it(stopped):
    assert as_(advisor_user()).get("/oversight/outbox/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_reads_in_a_constant_number_of_queries(rows, django_assert_num_queries):
    for number in range(rows):
        mail = outbox.Mail(f"{number}@town.example.test", "件名", "本文")
        outbox.set_aside(
            outbox.put([mail], event=None, now=timezone.now(), context=f"application:{number}")[0]
        )
    client = as_(member(Role.SECRETARIAT))
    with django_assert_num_queries(6):
        client.get("/oversight/outbox/")
