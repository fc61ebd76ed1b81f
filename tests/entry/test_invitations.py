"""Colleagues are invited by mail; the link opens an account for its addressee alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import links
from accounts.entry import inviting
from accounts.models import Membership, Role, User
from tests.factories import entry
from tests.factories.engagements import actor, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform, sweep
from workflow.errors import BadInput, NotAllowed
from workflow.models import Outbox

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SECRET = {"name": "仮名 一子", "password": "koke-no-musu-made-2026"}


@pytest.fixture
def town():
    return MunicipalityFactory()


def test_a_contact_invites_a_colleague_who_sets_name_and_password(client, town):
    client.force_login(member(Role.CONTACT, town), backend=BACKEND)
    typed = {"role": "approver", "email": "Kacho@town.example.test", "section": "総務課"}
    assert client.post(f"/accounts/town/{town.pk}/invite/", typed).status_code == 302
    client.logout()
    path = entry.link_path("kacho@town.example.test")
    assert client.get(path).status_code == 200
    assert not User.objects.filter(email="kacho@town.example.test").exists()
    weak = client.post(path, SECRET | {"password": "password"})
    assert weak.status_code == 422
    assert client.post(path, SECRET).status_code == 200
    user = User.objects.get(email="kacho@town.example.test")
    assert user.check_password(SECRET["password"])
    assert [(row.role, row.municipality) for row in user.memberships.all()] == [("approver", town)]
    assert client.post(path, SECRET).status_code == 410


def test_an_account_there_is_gets_the_role_and_keeps_its_password(client, town):
    known = member(Role.CONTACT, MunicipalityFactory())
    invitation = entry.invitation(town, email=known.email)
    assert client.post(entry.link_path(known.email), {}).status_code == 200
    assert known.memberships.filter(municipality=town).count() == 1
    assert known.check_password("factory-password")
    invitation.refresh_from_db()
    assert (invitation.state, invitation.accepted_by) == ("accepted", known)


def test_somebody_else_who_is_signed_in_can_not_use_it(client, town):
    invitation = entry.invitation(town)
    client.force_login(member(Role.CONTACT, town), backend=BACKEND)
    assert client.post(entry.link_path(invitation.email), SECRET).status_code == 403
    invitation.refresh_from_db()
    assert invitation.state == "open"


def invited(town, **changes):
    return inviting.Invited(
        **{"email": "new@town.example.test", "role": "contact", "municipality": town} | changes
    )


def test_a_contact_invites_for_the_own_town_and_its_roles_only(town):
    contact, now = actor(member(Role.CONTACT, town)), timezone.now()
    with pytest.raises(NotAllowed):
        inviting.invite(invited(MunicipalityFactory()), actor=contact, now=now)
    with pytest.raises(BadInput):
        inviting.invite(invited(town, role="executive"), actor=contact, now=now)
    with pytest.raises(NotAllowed):
        inviting.invite(invited(None, role="secretariat"), actor=contact, now=now)


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_the_office_invites_colleagues_and_only_an_admin_who_watches_over_them(town, role):
    now = timezone.now()
    inviting.invite(invited(None, role="secretariat"), actor=actor(office()), now=now)
    with pytest.raises(BadInput):
        inviting.invite(invited(None, role=role), actor=actor(office()), now=now)
    inviting.invite(
        invited(None, role=role, email="b@town.example.test"), actor=actor(member(Role.ADMIN)), now=now
    )


@pytest.mark.parametrize("why", ["holds it", "invited", "another town's domain"])
def test_an_address_that_can_not_be_invited_is_explained(town, why):
    email = "new@town.example.test"
    if why == "holds it":
        member(Role.CONTACT, town, email=email)
    elif why == "invited":
        entry.invitation(town, email=email)
    else:
        entry.trust(MunicipalityFactory(), "town.example.test")
    with pytest.raises(BadInput) as refusal:
        inviting.invite(invited(town), actor=actor(member(Role.CONTACT, town)), now=timezone.now())
    assert list(refusal.value.fields) == ["email"]


def test_a_shared_domain_is_everybodys(town):
    entry.trust(MunicipalityFactory(), "pref.example.test")
    entry.trust(town, "pref.example.test")
    made = entry.invitation(town, email="new@pref.example.test")
    assert (made.state, made.municipality) == ("open", town)


def test_withdrawn_restored_and_sent_again(client, town):
    invitation = entry.invitation(town)
    inviter = actor(invitation.invited_by)
    path = entry.link_path(invitation.email)
    perform("withdraw", invitation, inviter)
    assert client.get(path).status_code == 410
    perform("restore", invitation, inviter, reason="間違えました")
    perform("resend", invitation, inviter)
    with pytest.raises(BadInput):
        perform("resend", invitation, inviter)
    assert client.post(entry.link_path(invitation.email), SECRET).status_code == 200
    perform("revoke", invitation, inviter, reason="別の課の方でした")
    assert not Membership.objects.filter(user__email=invitation.email).exists()


def test_one_that_ran_out_is_told_to_the_inviter_and_can_be_sent_again(client, town):
    invitation = entry.invitation(town)
    later = timezone.now() + links.LIFETIME + timedelta(minutes=1)
    assert sweep.run(later, "test")["invitations"] == 1
    assert Outbox.objects.latest("pk").address == invitation.invited_by.email
    invitation.refresh_from_db()
    perform("resend", invitation, actor(invitation.invited_by))
    assert client.get(entry.link_path(invitation.email)).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_towns_page_takes_the_same_queries(client, town, rows, django_assert_num_queries):
    contact = member(Role.CONTACT, town)
    for _number in range(rows):
        entry.invitation(town)
    client.force_login(contact, backend=BACKEND)
    with django_assert_num_queries(10):
        assert client.get(f"/accounts/town/{town.pk}/").status_code == 200


def test_the_invited_one_asks_for_a_new_link_by_themselves(client, town):
    invitation = entry.invitation(town)
    path, old = entry.link_path(invitation.email), timezone.now() - links.LIFETIME
    type(invitation).objects.update(sent_at=old, expires_at=old)
    entry.link_of(invitation.email).__class__.objects.update(created_at=old, expires_at=old)
    assert client.post(path, {"renew": "1"}).status_code == 200
    assert client.get(path).status_code == 410
    assert client.get(entry.link_path(invitation.email)).status_code == 200
