"""Signing in by e-mail, its limits, its second factor, and signing out."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from tests.factories.engagements import PASSWORD, PersonFactory, member, office
from tests.look.markup import Page

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"
SECOND_STEP = "/accounts/2fa/authenticate/"
ENROL = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def no_earlier_tries():
    """The limits are kept in the cache, which outlives a test."""
    cache.clear()


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def page(response):
    return Page(response.content.decode())


def faults(response):
    return page(response).one("div", role="alert").text


def test_an_address_and_a_password_open_the_door(client):
    user = PersonFactory(email="hanako@town.example")
    assert sign_in(client, "Hanako@Town.example").headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_next_page_stays_here(client):
    user = office()
    assert sign_in(client, user.email, next="/applications/").headers["Location"] == "/applications/"
    other = Client()
    assert sign_in(other, user.email, next="https://evil.example/").headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_sound_the_same(client):
    user = PersonFactory()
    wrong = sign_in(client, user.email, "not the password")
    unknown = sign_in(client, "nobody@town.example", "not the password")
    assert wrong.status_code == unknown.status_code == 200
    assert faults(wrong) == faults(unknown)
    assert "パスワード" in faults(wrong)
    assert not is_signed_in(client)


def test_a_closed_account_does_not_sign_in(client):
    user = PersonFactory(is_active=False)
    sign_in(client, user.email)
    assert not is_signed_in(client)


def test_ten_wrong_tries_close_the_account_for_a_while(client):
    user, neighbour = PersonFactory(), PersonFactory()
    for _try in range(10):
        sign_in(client, user.email, "not the password")
    refused = sign_in(client, user.email)
    assert not is_signed_in(client)
    assert "5分たってから" in faults(refused)
    sign_in(client, neighbour.email)
    assert is_signed_in(client), "the limit is the account's: the others behind the same address work on"


def test_right_passwords_are_not_counted(client):
    user = PersonFactory()
    for _time in range(12):
        other = Client()
        sign_in(other, user.email)
        assert is_signed_in(other)


def test_a_whole_office_signs_in_from_one_address():
    """Towns come through one address of their network: no limit counts by address."""
    for _person in range(40):
        mine = Client()
        assert sign_in(mine, PersonFactory().email).status_code == 302
        assert is_signed_in(mine)


def test_asking_for_new_passwords_is_limited_by_account_too(client):
    answers = [client.post("/accounts/password/reset/", {"email": f"p{n}@town.example"}) for n in range(25)]
    assert {answer.status_code for answer in answers} == {302}
    again = [client.post("/accounts/password/reset/", {"email": "p1@town.example"}) for _ in range(6)]
    assert again[-1].status_code == 429
    assert page(again[-1]).one("h1").text


def test_signing_out_asks_first(client):
    user = member("secretariat")
    sign_in(client, user.email)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/accounts/logout/").headers["Location"] == SIGN_IN
    assert not is_signed_in(client)
    assert client.get("/accounts/resume/").headers["Location"].startswith(SIGN_IN)


# --- the second factor, for those who want it -----------------------------------------------------


def code_of(secret):
    """What the person's app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def at_enrolment(client, user):
    """Signed in, and the password given once more, as it is asked for before the account's locks are changed."""
    sign_in(client, user.email)
    asked = client.get(ENROL).headers["Location"]
    assert asked.startswith("/accounts/reauthenticate/")
    assert client.post(asked, {"password": PASSWORD}).headers["Location"] == ENROL


def enrolled(client, user):
    """The secret that the person's app now holds; the code that was typed is not used twice within its period."""
    at_enrolment(client, user)
    secret = page(client.get(ENROL)).one("p", _class="secret").text
    assert client.post(ENROL, {"code": code_of(secret)}).status_code == 302
    cache.clear()
    return secret


def test_nobody_needs_a_second_factor(client):
    user = office()
    sign_in(client, user.email)
    assert is_signed_in(client)
    assert client.get("/accounts/2fa/").status_code == 200


def test_an_app_is_enrolled_and_asked_for(client):
    user = office()
    secret = enrolled(client, user)
    later = Client()
    assert sign_in(later, user.email).headers["Location"].startswith(SECOND_STEP)
    assert not is_signed_in(later)
    wrong = later.post(SECOND_STEP, {"code": "000000"})
    assert wrong.status_code == 200
    assert not is_signed_in(later)
    assert faults(wrong)
    assert later.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 302
    assert later.session["_auth_user_id"] == str(user.pk)


def test_a_code_works_once(client):
    user = office()
    code = code_of(enrolled(client, user))
    first, second = Client(), Client()
    for each in (first, second):
        sign_in(each, user.email)
        each.post(SECOND_STEP, {"code": code})
    assert [is_signed_in(first), is_signed_in(second)] == [True, False]


def test_a_wrong_code_enrols_nothing(client):
    user = office()
    at_enrolment(client, user)
    client.get(ENROL)
    assert client.post(ENROL, {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.filter(user=user).exists()


def test_the_second_step_needs_the_first(client):
    assert client.get(SECOND_STEP).headers["Location"].startswith(SIGN_IN)
