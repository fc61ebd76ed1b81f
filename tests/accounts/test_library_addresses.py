"""Every address that the sign-in library brings is decided; the closed ones are closed for everybody."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.urls import urlpatterns as library
from django.test import Client
from django.urls import URLResolver, reverse

from accounts.library_urls import CLOSED, OPEN
from accounts.models import User
from tests.factories.engagements import EngagementFactory, contact_of

pytestmark = pytest.mark.django_db
ARGUMENTS = {"account_confirm_email": {"key": "x"}}


def _names(patterns):
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from _names(item.url_patterns)
        else:
            yield item.name


def test_every_address_of_the_library_is_decided():
    assert set(_names(library)) == OPEN | CLOSED
    assert not OPEN & CLOSED


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_closed_address_answers_nobody(name):
    person = contact_of(EngagementFactory())
    client = Client()
    for _time in range(2):
        address = reverse(name, kwargs=ARGUMENTS.get(name))
        sent = {"email": "mayor@elsewhere.example", "action_add": "", "action_primary": ""}
        assert (client.get(address).status_code, client.post(address, sent).status_code) == (404, 404)
        client.force_login(person)


def test_nobody_makes_an_address_of_their_own_primary():
    person = contact_of(EngagementFactory())
    other = EmailAddress.objects.create(user=person, email="mayor@elsewhere.example", verified=True)
    client = Client()
    client.force_login(person)
    client.post("/accounts/email/", {"email": other.email, "action_primary": ""})
    assert User.objects.get(pk=person.pk).email == person.email
