"""Signed links: a GET never acts; single use; bound to addressee, purpose, scope and version; stored hashed."""

from datetime import timedelta

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.test import Client
from django.utils import timezone

from accounts import links, permissions
from accounts.models import Role, SignedLink
from accounts.standings import actor_of_link
from accounts.tokens import token_hash
from engagements.applications.models import Application
from tests.factories import applications
from tests.workflow.threads import at_once
from workflow import perform
from workflow.errors import Conflict, NotAllowed
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return applications.issued()


def link_to(application, **changes):
    """The link and the path of its page."""
    values = {
        "purpose": "consent",
        "role": Role.APPROVER,
        "scope": f"application:{application.pk}",
        "address": "kacho@town.example.test",
        "name": "手本 一郎",
        "version": application.issued_hash,
        "now": timezone.now(),
    }
    link, url = links.issue(**values | changes)
    return link, "/l/" + url.partition("/l/")[2]


def consents(application):
    return Event.objects.filter(stream=application.stream, type="application.consent").count()


def test_reading_shows_and_never_acts(client, application):
    """Mail scanners open every link, some of them several times and with HEAD."""
    link, path = link_to(application)
    for _time in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    link.refresh_from_db()
    assert link.used_at is None
    assert consents(application) == 0


def test_pressing_the_button_acts_as_the_addressee(client, application):
    link, path = link_to(application)
    answer = client.post(path, {"act": "consent"})
    assert answer.status_code == 200, answer.content.decode()
    event = Event.objects.get(type="application.consent")
    assert event.actor_key == f"link:{link.pk}"
    assert "手本 一郎" in event.personal.payload
    assert Application.objects.get(pk=application.pk).consented_hash == application.issued_hash


def test_a_link_works_once(client, application):
    _link, path = link_to(application)
    client.post(path, {"act": "consent"})
    again, shown = client.post(path, {"act": "object", "reason": "やはり"}), client.get(path)
    assert (again.status_code, "使用済み" in again.content.decode()) == (410, True)
    assert (shown.status_code, "承認しました" in shown.content.decode()) == (200, True)
    assert consents(application) == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_presses_at_once_one_acts():
    application = applications.issued()
    _link, path = link_to(application)
    answers = at_once(10, lambda number: Client().post(path, {"act": "consent"}).status_code)
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409, 410}
    assert consents(application) == 1


def test_what_the_door_refuses_does_not_use_the_link_up(client, application):
    link, path = link_to(application)
    refused = client.post(path, {"act": "object", "reason": ""})
    assert refused.status_code == 422
    link.refresh_from_db()
    assert link.used_at is None
    assert client.post(path, {"act": "consent"}).status_code == 200


def test_an_expired_link_says_so(client, application):
    _link, path = link_to(application, now=timezone.now() - links.LIFETIME)
    for answer in (client.get(path), client.post(path, {"act": "consent"})):
        assert answer.status_code == 410
        assert "期限" in answer.content.decode()
    assert consents(application) == 0


def test_a_new_link_closes_the_older_one(client, application):
    _old, old_path = link_to(application)
    _new, new_path = link_to(application)
    closed = client.post(old_path, {"act": "consent"})
    assert closed.status_code == 410
    assert "新しいリンク" in closed.content.decode()
    assert client.post(new_path, {"act": "consent"}).status_code == 200


def test_another_scope_or_purpose_is_not_touched_by_a_new_link(application):
    first, _path = link_to(application)
    link_to(applications.issued())
    link_to(application, purpose="other")
    first.refresh_from_db()
    assert first.revoked_at is None


def test_a_link_is_for_one_object(application):
    other = applications.issued()
    actor = actor_of_link(link_to(application)[0])
    seen = permissions.visible(actor, "application.view", Application.objects.all())
    assert list(seen) == [application]
    with pytest.raises(NotAllowed):
        perform("consent", other, actor, document_hash=other.issued_hash)


def test_a_link_is_for_one_role(application):
    """The approver's link opens none of the contact's or the office's doors."""
    actor = actor_of_link(link_to(application)[0])
    for name in ("return", "accept", "withdraw", "prioritise"):
        with pytest.raises(NotAllowed):
            perform(name, application, actor)


def test_a_link_of_another_purpose_opens_another_page_or_none(client, application):
    _link, path = link_to(application, purpose="nothing-shows-this")
    assert client.get(path).status_code == 404
    assert client.post(path, {"act": "consent"}).status_code == 404
    assert consents(application) == 0


def test_a_link_is_for_one_version_of_the_paper(client, application):
    _link, path = link_to(application, version="0" * 64)
    answer = client.post(path, {"act": "consent"})
    assert answer.status_code == 422
    assert consents(application) == 0


def test_a_made_up_token_tells_nothing(client):
    assert client.get("/l/made-up/").status_code == 404
    assert client.post("/l/made-up/", {"act": "consent"}).status_code == 404


def test_a_link_signs_nobody_in(client, application):
    _link, path = link_to(application)
    client.get(path)
    assert "_auth_user_id" not in client.session
    assert client.get(f"/do/application/{application.pk}/accept/").status_code == 302


def test_the_page_is_neither_kept_nor_told_to_others(client, application):
    answer = client.get(link_to(application)[1])
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer.headers["Cache-Control"]


def test_only_the_hash_is_stored(application):
    link, path = link_to(application)
    token = path.strip("/").partition("/")[2]
    assert link.token_hash == token_hash(token)
    assert token not in str(SignedLink.objects.filter(pk=link.pk).values().get())
    with pytest.raises(FieldDoesNotExist):
        SignedLink._meta.get_field("token")


def test_using_a_closed_link_in_a_service_is_a_conflict(application):
    link, _path = link_to(application)
    links.use(link, timezone.now())
    with pytest.raises(Conflict):
        links.use(link, timezone.now())
    late, _path = link_to(application)
    with pytest.raises(Conflict, match="期限"):
        links.use(late, timezone.now() + links.LIFETIME + timedelta(seconds=1))


def test_an_expired_link_offers_a_new_one_to_its_own_address_only(client, application):
    """Nothing typed in counts: the mail goes where the first one went."""
    old = timezone.now() - links.LIFETIME
    SignedLink.objects.all().update(created_at=old, expires_at=old)
    _link, path = link_to(application, address=application.approver_email, now=old)
    assert "新しいリンクを送る" in client.get(path).content.decode()
    before = Outbox.objects.count()
    answer = client.post(path, {"renew": "1", "address": "thief@elsewhere.example.test"})
    assert answer.status_code == 200
    assert [row.address for row in Outbox.objects.order_by("pk")[before:]] == [application.approver_email]
    assert Event.objects.filter(type="link.renewed", actor_key=f"link:{_link.pk}").exists()
    assert client.post(path, {"renew": "1"}).status_code == 409
    assert Outbox.objects.count() == before + 1


def test_a_used_link_offers_nothing_once_its_purpose_is_served(client, application):
    _link, path = link_to(application, address=application.approver_email)
    client.post(path, {"act": "consent"})
    assert "新しいリンクを送る" not in client.get(path).content.decode()
    assert client.post(path, {"renew": "1"}).status_code == 409
