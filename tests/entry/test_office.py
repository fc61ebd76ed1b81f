"""The office's accounts, domains and April; a town's mailboxes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.entry import mailboxes, office
from accounts.entry.models import TrustedDomain
from accounts.models import Role, SectionMailbox
from accounts.standings import actor_for
from tests.factories.engagements import actor, member
from tests.factories.engagements import office as secretary
from tests.municipalities.factories import MunicipalityFactory
from workflow.errors import BadInput, NotAllowed
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk(client):
    client.force_login(secretary(), backend=BACKEND)
    return client


@pytest.fixture
def person():
    return member(Role.CONTACT, MunicipalityFactory())


def act(desk, person, name, **typed):
    values = {f"{name}-{key}": value for key, value in typed.items()}
    return desk.post(f"/accounts/people/{person.pk}/{name}/", values)


def test_a_role_is_given_and_ended_with_a_reason(desk, person):
    today = timezone.localdate()
    period = {"valid_from": today.isoformat(), "valid_to": (today - timedelta(days=1)).isoformat()}
    assert act(desk, person, "give", role="secretariat", reason="兼務", **period).status_code == 422
    period["valid_to"] = ""
    assert act(desk, person, "give", role="secretariat", **period).status_code == 422
    assert act(desk, person, "give", role="secretariat", reason="兼務", **period).status_code == 302
    held = person.memberships.get(role="secretariat")
    assert act(desk, person, "end", held=held.pk, last_day="2019-01-01", reason="終了").status_code == 422
    assert (
        act(desk, person, "end", held=held.pk, last_day=today.isoformat(), reason="終了").status_code == 302
    )
    assert not actor_for(person, on=today + timedelta(days=1)).has_role("secretariat")
    told = Event.objects.filter(stream=f"account:{person.pk}").order_by("pk")
    assert [row.type for row in told] == ["account.role_given", "account.role_ended"]
    assert "兼務" in told[0].personal.payload


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_only_an_admin_is_offered_and_gives_the_roles_that_watch(client, desk, person, role):
    given = {"role": role, "valid_from": timezone.localdate().isoformat(), "reason": "兼務"}
    offered = f'<option value="{role}">'
    for page in (f"/accounts/people/{person.pk}/", "/accounts/invite/"):
        assert offered not in desk.get(page).content.decode().partition("<form method")[2]
    assert act(desk, person, "give", **given).status_code == 422
    client.force_login(member(Role.ADMIN), backend=BACKEND)
    assert offered in client.get(f"/accounts/people/{person.pk}/").content.decode()
    assert act(client, person, "give", **given).status_code == 302


def test_stopped_nobody_signs_in_until_restarted(desk, person, client):
    assert act(desk, person, "stop", reason="").status_code == 422
    assert act(desk, person, "stop", reason="退職").status_code == 302
    person.refresh_from_db()
    assert not person.is_active
    assert act(desk, person, "password").status_code == 409
    assert act(desk, person, "restart", reason="復職").status_code == 302
    assert act(desk, person, "password").status_code == 302
    assert Outbox.objects.latest("pk").address == person.email


def test_nobody_stops_themselves():
    user = member(Role.ADMIN)
    with pytest.raises(BadInput):
        office.stop(user, reason="試し", actor=actor(user), now=timezone.now())


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(desk, rows, django_assert_num_queries):
    for number in range(rows):
        member(Role.CONTACT, MunicipalityFactory(), name=f"例示 {number}")
    with django_assert_num_queries(7):
        assert desk.get("/accounts/people/?q=例示").content.decode().count('scope="row"') == rows


def test_domains_are_kept_shared_and_removed_with_a_reason(desk):
    towns = MunicipalityFactory(), MunicipalityFactory()
    for town in towns:
        typed = {"municipality": town.pk, "domain": "@Pref.example.test"}
        assert desk.post("/accounts/domains/", typed).status_code == 302
        assert desk.post("/accounts/domains/", typed).status_code == 422
    assert desk.post("/accounts/domains/", {"municipality": towns[0].pk, "domain": "x"}).status_code == 422
    row = TrustedDomain.objects.first()
    assert desk.post("/accounts/domains/", {"remove": row.pk, "reason": ""}).status_code == 422
    assert desk.post("/accounts/domains/", {"remove": row.pk, "reason": "廃止"}).status_code == 302
    assert TrustedDomain.objects.filter(removed_at=None).count() == 1


def test_april_asks_many_and_stops_many(desk, person):
    gone = member(Role.CONTACT, MunicipalityFactory())
    gone.memberships.update(valid_to=timezone.localdate() - timedelta(days=1))
    page = desk.get("/accounts/april/").content.decode()
    assert person.name in page
    assert gone.name in page
    assert (
        desk.post("/accounts/april/", {"act": "ask", "pk": [person.memberships.get().pk]}).status_code == 302
    )
    assert Outbox.objects.latest("pk").address == person.email
    assert desk.post("/accounts/april/", {"act": "stop", "pk": [gone.pk], "reason": ""}).status_code == 422
    stopped = {"act": "stop", "pk": [gone.pk, person.pk], "reason": "任期が終わりました"}
    assert desk.post("/accounts/april/", stopped).status_code == 302
    gone.refresh_from_db()
    person.refresh_from_db()
    assert (gone.is_active, person.is_active) == (False, True)


def test_a_section_has_one_open_mailbox_and_its_history(client):
    town = MunicipalityFactory()
    contact = member(Role.CONTACT, town)
    client.force_login(contact, backend=BACKEND)
    add = f"/accounts/town/{town.pk}/sections/add/"
    assert client.post(add, {"section": "税務課", "email": "zeimu@town.example.test"}).status_code == 302
    assert client.post(add, {"section": " 税務課", "email": "b@town.example.test"}).status_code == 422
    first = SectionMailbox.objects.get()
    change = f"/accounts/sections/{first.pk}/change/"
    assert client.post(change, {"section": "税務課", "email": "b@town.example.test"}).status_code == 302
    now = SectionMailbox.objects.get(valid_to=None)
    assert (now.email, SectionMailbox.objects.count()) == ("b@town.example.test", 2)
    assert client.post(f"/accounts/sections/{now.pk}/close/").status_code == 302
    assert client.post(f"/accounts/sections/{now.pk}/close/").status_code == 409
    values = {"section": "福祉課", "email": "c@town.example.test"}
    with pytest.raises(NotAllowed):
        mailboxes.add(MunicipalityFactory(), **values, actor=actor(contact), now=timezone.now())
