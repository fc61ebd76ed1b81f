"""A successor takes over on a day: the open work moves, history stays, and it can be taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.entry import handing_over
from accounts.entry.models import Handover
from accounts.models import Role
from accounts.standings import actor_for
from tests.factories import applications, entry
from tests.factories.engagements import actor, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform, sweep
from workflow.errors import BadInput, GuardsUnmet, NotAllowed
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = timezone.localdate


@pytest.fixture
def town():
    return MunicipalityFactory()


@pytest.fixture
def leaver(town):
    return member(Role.CONTACT, town)


def plan(leaver, *, by=None, days=0, **successor):
    named = handing_over.Successor(**{"user": None} | successor)
    day = TODAY() + timedelta(days=days)
    return handing_over.plan(
        leaver.memberships.get(),
        successor=named,
        effective_on=day,
        actor=by or actor(leaver),
        now=timezone.now(),
    )


def test_today_it_moves_at_once_and_the_draft_names_the_successor(town, leaver):
    draft = applications.draft(town=town)
    colleague = member(Role.SECTION, town)
    events = list(Event.objects.values_list("hash", flat=True))
    handover = plan(leaver, user=colleague)
    assert handover.state == "done"
    assert actor_for(colleague).holds("contact", f"municipality:{town.pk}")
    assert not actor_for(leaver).has_role("contact")
    draft.refresh_from_db()
    assert (draft.contact_name, draft.contact_email) == (colleague.name, colleague.email)
    assert list(Event.objects.order_by("pk").values_list("hash", flat=True))[: len(events)] == events
    assert Outbox.objects.filter(kind="mail").latest("pk").address == colleague.email
    perform("take_back", handover, actor(office()), reason="異動が取りやめになりました")
    draft.refresh_from_db()
    assert draft.contact_email == leaver.email
    assert actor_for(leaver).has_role("contact")
    assert not actor_for(colleague).has_role("contact")


def test_planned_ahead_it_waits_for_its_day_and_the_sweep_carries_it_out(town, leaver):
    colleague = member(Role.SECTION, town)
    handover = plan(leaver, user=colleague, days=30)
    with pytest.raises(GuardsUnmet):
        perform("carry_out", handover, actor(leaver))
    assert sweep.run(timezone.now(), "test")["handovers"] == 0
    later = timezone.now() + timedelta(days=31)
    assert sweep.run(later, "test")["handovers"] == 1
    day = timezone.localdate(later)
    assert not actor_for(leaver, on=day).has_role("contact")
    assert actor_for(leaver, on=day - timedelta(days=1)).has_role("contact")
    assert actor_for(colleague, on=day).has_role("contact")


def test_a_successor_without_an_account_is_invited_and_takes_over_on_arrival(client, town, leaver):
    handover = plan(leaver, email="next@town.example.test", name="仮名 二子")
    assert (handover.state, handover.successor) == ("planned", None)
    assert actor_for(leaver).has_role("contact")
    secret = {"name": "仮名 二子", "password": "koke-no-musu-made-2026"}
    assert client.post(entry.link_path("next@town.example.test"), secret).status_code == 200
    handover.refresh_from_db()
    assert handover.state == "done"
    assert actor_for(handover.successor).has_role("contact")
    assert not actor_for(leaver).has_role("contact")


def test_taken_back_before_its_day_nobody_is_asked_any_more(client, town, leaver):
    handover = plan(leaver, email="next@town.example.test", days=9)
    path = entry.link_path("next@town.example.test")
    perform("take_back", handover, actor(leaver), reason="別の方にします")
    assert client.get(path).status_code == 410
    assert plan(leaver, user=member(Role.SECTION, town), days=9).state == "planned"


def test_the_approver_and_the_office_name_one_too_but_no_other_town(town, leaver):
    colleague = member(Role.SECTION, town)
    with pytest.raises(NotAllowed):
        plan(leaver, by=actor(member(Role.CONTACT, MunicipalityFactory())), user=colleague, days=3)
    plan(leaver, by=actor(member(Role.APPROVER, town)), user=colleague, days=3)


@pytest.mark.parametrize("days", [-1, 40])
def test_days_out_of_order_are_explained(town, leaver, days):
    leaver.memberships.update(valid_to=TODAY() + timedelta(days=10))
    with pytest.raises(BadInput) as refusal:
        plan(leaver, user=member(Role.SECTION, town), days=days)
    assert list(refusal.value.fields) == ["effective_on"]
    assert not Handover.objects.exists()


def test_nobody_is_their_own_successor_and_a_role_is_handed_over_once(town, leaver):
    with pytest.raises(BadInput):
        plan(leaver, email=leaver.email, days=3)
    plan(leaver, user=member(Role.SECTION, town), days=3)
    with pytest.raises(BadInput, match="もう予定されています"):
        plan(leaver, user=member(Role.SECTION, town), days=4)


def test_the_page_shows_what_moves_before_it_moves(client, town, leaver):
    applications.draft(town=town)
    colleague = member(Role.SECTION, town)
    client.force_login(leaver, backend=BACKEND)
    path = f"/accounts/roles/{leaver.memberships.get().pk}/hand-over/"
    typed = {"effective_on": TODAY().isoformat(), "successor": colleague.pk}
    page = client.post(path, typed).content.decode()
    assert "下書きに書いた氏名" in page
    assert colleague.name in page
    assert not Handover.objects.exists()
    assert client.post(path, typed | {"act": "do"}).status_code == 302
    assert Handover.objects.get().state == "done"


def test_the_page_of_another_town_is_not_found(client, town, leaver):
    client.force_login(member(Role.CONTACT, MunicipalityFactory()), backend=BACKEND)
    assert client.get(f"/accounts/roles/{leaver.memberships.get().pk}/hand-over/").status_code == 404
