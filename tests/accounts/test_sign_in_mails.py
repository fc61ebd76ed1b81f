"""Mails of the sign-in library go through the outbox; whose way in has changed is told; both are events."""

import re
import socket

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import api_tokens
from accounts.models import BY_ADMINS, Role, User
from tests.accounts.test_signing_in import ENROL, SECOND_STEP, at_enrolment, code_of, page, sign_in
from tests.factories.engagements import PASSWORD, PersonFactory, member, office
from workflow import outbox
from workflow.models import Event, EventPersonal, Outbox, OutboxState

pytestmark = pytest.mark.django_db
RESET = "/accounts/password/reset/"
NEW = "a much longer new password"


@pytest.fixture(autouse=True)
def no_earlier_tries():
    """The limits are kept in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def no_mail_server(settings):
    """A port of this machine that was free a moment ago and answers nobody."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2


def person(**changes):
    user = PersonFactory(**changes)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def rows(user_or_address):
    address = getattr(user_or_address, "email", user_or_address)
    return list(Outbox.objects.filter(kind="mail", address=address).order_by("pk"))


def events(user):
    return list(
        Event.objects.filter(stream=f"account:{user.pk}").order_by("pk").values_list("type", flat=True)
    )


def link_in(row, path):
    return re.search(rf"{path}\S+", row.body)[0]


def test_a_mail_server_that_is_away_breaks_no_page_of_the_way_in(client, no_mail_server):
    user = person()
    for address in (user.email, "nobody@town.example.test"):
        assert client.post(RESET, {"email": address}).status_code == 302
    for row in (*rows(user), *rows("nobody@town.example.test")):
        assert outbox.deliver(row.pk) is False
        row.refresh_from_db()
        assert (row.state, row.attempts) == (OutboxState.PENDING, 0), "asked again later, no start is lost"
        assert row.failing_since
        assert "ConnectionRefusedError" in row.last_error


def test_every_request_for_a_new_password_gets_its_own_mail(client):
    user = person()
    for _time in range(2):
        client.post(RESET, {"email": user.email.upper()})
    first, second = Outbox.objects.filter(kind="mail").order_by("pk")
    assert first.subject == "パスワードを決めてください(このメールのリンクから)"
    assert first.body.splitlines()[0] == f"{user.name} 様"
    assert events(user) == ["account.mail_asked"] * 2
    assert outbox.deliver(second.pk)
    assert mail.outbox[-1].extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_new_password_by_link_is_told_to_its_owner_in_their_language(client):
    user = person(language="en")
    client.post(RESET, {"email": user.email})
    (asked,) = rows(user)
    form = client.get(link_in(asked, "/accounts/password/reset/key/"), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert user.check_password(NEW)
    told = rows(user)[-1]
    assert told.subject == "Your password has changed (Counter BPR advisor support)"
    assert f"Account {user.pk}" in told.body
    assert events(user) == ["account.mail_asked", "account.password_changed"]


def test_a_changed_password_is_told(client):
    user = person()
    sign_in(client, user.email)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert [row.subject for row in rows(user)] == ["パスワードが変わりました(窓口BPRアドバイザー派遣)"]
    assert "お心当たりのないときは、すぐにページでパスワードを決め直し" in rows(user)[0].body
    assert events(user) == ["account.signed_in", "account.password_changed"]


def test_the_office_changes_an_address_and_both_are_told(client):
    user, new = person(), "new@town.example.test"
    old = user.email
    client.force_login(office())
    act = f"/accounts/people/{user.pk}/address/"
    taken = client.post(act, {"address-email": office().email, "address-reason": "改姓のため"})
    assert (taken.status_code, "もうあります" in taken.content.decode()) == (422, True)
    assert client.post(act, {"address-email": new, "address-reason": ""}).status_code == 422
    assert client.post(act, {"address-email": new, "address-reason": "改姓のため"}).status_code == 302
    user.refresh_from_db()
    assert user.email == new
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "primary")) == [(new, True)]
    sign_in(client, new)
    assert "サインインのメールアドレスが変わりました(窓口BPRアドバイザー派遣)" in [
        r.subject for r in rows(old)
    ]
    assert "サインインのメールアドレスが変わりました(窓口BPRアドバイザー派遣)" in [
        r.subject for r in rows(user)
    ]
    assert "account.address_changed" in events(user)


@pytest.mark.parametrize("role", sorted(BY_ADMINS))
def test_who_audits_or_administers_gets_another_address_from_administrators_alone(client, role):
    """Else whoever gives the address would take the account."""
    user, new = member(role), "taken@ministry.example.test"
    act, sent = f"/accounts/people/{user.pk}/address/", {"address-email": new, "address-reason": "改姓のため"}
    for boss, status in ((office(), 422), (member(Role.ADMIN), 302)):
        client.force_login(boss)
        assert client.post(act, sent).status_code == status
        user.refresh_from_db()
        assert (user.email == new) == (status == 302)


def test_nobody_of_the_office_changes_their_own_address(client):
    boss = office()
    client.force_login(boss)
    sent = {"address-email": "other@ministry.example.test", "address-reason": "都合"}
    assert client.post(f"/accounts/people/{boss.pk}/address/", sent).status_code == 422


def test_a_second_factor_that_comes_or_goes_is_told(client, django_capture_on_commit_callbacks):
    user = office()
    at_enrolment(client, user)
    secret = page(client.get(ENROL)).one("p", _class="secret").text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ENROL, {"code": code_of(secret)})
    assert rows(user)[-1].subject.startswith("二要素認証が有効になりました")
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/recovery-codes/generate/")
    assert rows(user)[-1].subject.startswith("二要素認証の回復コードが新しくなりました")
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/deactivate/")
    assert rows(user)[-1].subject.startswith("二要素認証が無効になりました")
    assert events(user) == [
        "account.signed_in",
        "account.second_factor_added",
        "account.recovery_codes_made",
        "account.second_factor_removed",
    ]


def test_an_issued_token_is_told_and_not_shown():
    user = office()
    token = api_tokens.issue_api_token(user=user, now=timezone.now())
    (told,) = rows(user)
    assert told.subject == "APIトークンが発行されました(窓口BPRアドバイザー派遣)"
    assert token not in told.body
    assert events(user) == ["account.token_issued"]


def test_sign_ins_and_failures_are_events_that_keep_nothing_that_was_typed(client):
    user = office()
    sign_in(client, user.email, "not the password")
    sign_in(client, user.email)
    assert events(user) == ["account.sign_in_failed", "account.signed_in"]
    for _time in range(3):
        sign_in(Client(), "nobody@town.example.test", "not the password")
    assert Event.objects.filter(stream="security", type="account.sign_in_failed").count() == 1
    kept = "".join(Event.objects.values_list("canonical", flat=True))
    kept += "".join(EventPersonal.objects.values_list("payload", flat=True))
    for typed in (user.email, "nobody@town.example.test", "not the password", PASSWORD):
        assert typed not in kept


def test_a_wrong_second_step_is_an_event_of_the_account(client):
    user = office()
    at_enrolment(client, user)
    secret = page(client.get(ENROL)).one("p", _class="secret").text
    client.post(ENROL, {"code": code_of(secret)})
    cache.clear()
    later = Client()
    sign_in(later, user.email)
    later.post(SECOND_STEP, {"code": "000000"})
    failed = Event.objects.get(stream=f"account:{user.pk}", type="account.sign_in_failed")
    assert '"step":"second_factor"' in failed.canonical
    assert events(user).count("account.signed_in") == 1


def test_the_language_of_ones_mails_is_a_setting(client):
    user = office()
    sign_in(client, user.email)
    assert "メールの言語" in client.get("/accounts/settings/").content.decode()
    assert client.post("/accounts/settings/", {"language": "xx"}).status_code == 422
    assert client.post("/accounts/settings/", {"language": "en"}).headers["Location"] == "/accounts/settings/"
    assert User.objects.get(pk=user.pk).language == "en"
    assert events(user)[-1] == "account.language_chosen"
    client.post(RESET, {"email": user.email})
    assert rows(user)[-1].subject == "Please set your password (from the link in this email)"
