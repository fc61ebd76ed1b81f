"""A matching round: solved, looked at, changed by hand, published, taken back, solved again."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from advisors.models import Conflict as Interest
from engagements.applications.models import Application, Call
from engagements.models import Engagement
from engagements.programme.models import Programme
from engagements.rounds.matching import selectors, services
from engagements.rounds.matching.forms import fresh_values
from engagements.rounds.matching.models import Adjustment, Round, Run
from engagements.rounds.matching.warnings import warnings_of
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from workflow.doors import available, perform
from workflow.errors import BadInput, Conflict, NotAllowed, WrongState
from workflow.models import Event, Outbox
from workflow.outbox import deliver

pytestmark = pytest.mark.django_db


def pairs(obj):
    """(town, advisor) of the proposal, as rows of the database."""
    found = selectors.result_of(obj.proposal).assignments
    return {(int(row.town), int(row.advisor)) for row in found if row.seat == "lead"}


def asked(obj):
    return set(
        Offer.objects.filter(published_in__round=obj, state="sent").values_list("application", "advisor")
    )


def reasons(obj, name):
    item = next(item for item in available(obj, office_actor()) if item.rule.name == name)
    return item.reasons


def adjust(obj, kind, advisor, application=None, value=None, reason="町の事情による"):
    return services.adjust(
        obj,
        kind,
        advisor=advisor,
        application=application,
        value=value,
        reason=reason,
        actor=office_actor(),
        now=timezone.now(),
    )


@pytest.fixture
def crowded():
    """Three towns, two advisors with a place each: the last town by receipt is left out."""
    advisors = [AdvisorFactory(capacity=1) for _ in range(2)]
    towns = [
        AcceptedFactory(received_at=timezone.now() - timezone.timedelta(days=9 - number))
        for number in range(3)
    ]
    return round_of(), towns, advisors


def test_a_round_is_solved_by_the_worker_and_proposed(crowded):
    obj, towns, _advisors = crowded
    obj = solve(obj)
    assert obj.state == "proposed"
    assert {town for town, _advisor in pairs(obj)} == {towns[0].pk, towns[1].pk}
    assert obj.proposal.result["unmatched"] == [
        {"town": str(towns[2].pk), "seat": "lead", "reason": "OUTRANKED"}
    ]
    assert obj.proposal.input["round"]["id"] == obj.reference
    assert Offer.objects.count() == 0


def test_the_kept_input_gives_the_same_result_again(crowded):
    obj = solve(crowded[0])
    again = Run.objects.create(
        round=obj,
        number=99,
        mode="fresh",
        input=obj.proposal.input,
        input_hash="x",
        names={},
        requested_at=timezone.now(),
    )
    row = Outbox.objects.create(
        kind="solve-round", key="again", payload={"run": again.pk}, queue="long", created_at=timezone.now()
    )
    deliver(row.pk)
    again.refresh_from_db()
    assert again.result["assignments"] == obj.proposal.result["assignments"]


def test_publishing_asks_everybody_once_and_tells_them(crowded):
    obj = solve(crowded[0])
    wanted = pairs(obj)
    perform("publish", obj, office_actor(), message="よろしくお願いします。")
    assert (obj.state, asked(obj)) == ("published", wanted)
    addresses = set(Outbox.objects.filter(kind="mail").values_list("address", flat=True))
    assert addresses == {offer.advisor.user.email for offer in Offer.objects.all()}


def _certification_ends(advisor, towns):
    advisor.certifications.update(valid_from=date(2019, 1, 1), valid_to=date(2020, 1, 1))


def _place_is_taken(advisor, towns):
    advisor.capacity = 0
    advisor.save()


def _interest_is_found(advisor, towns):
    for town in towns:
        Interest.objects.create(advisor=advisor, municipality=town.municipality, reason="親族が勤務")


@pytest.mark.parametrize("change", [_certification_ends, _place_is_taken, _interest_is_found])
def test_what_changed_during_the_solving_is_caught_at_publication(crowded, change):
    obj, towns, advisors = crowded
    perform("solve", obj, office_actor())
    change(advisors[0], towns)
    row = Outbox.objects.get(kind="solve-round")
    assert deliver(row.pk)
    obj = Round.objects.get(pk=obj.pk)
    town = next(town for town, advisor in pairs(obj) if advisor == advisors[0].pk)
    with pytest.raises(BadInput) as refused:
        perform("publish", obj, office_actor())
    [sentence] = refused.value.fields["excluded"]
    assert advisors[0].user.name in sentence
    assert Application.objects.get(pk=town).municipality.name in sentence
    assert Offer.objects.count() == 0
    perform("publish", obj, office_actor(), excluded=[str(town)])
    assert asked(obj) == {pair for pair in pairs(obj) if pair[0] != town}


def test_what_was_changed_by_hand_afterwards_is_not_published(crowded):
    obj, towns, advisors = crowded
    obj = solve(obj)
    adjust(obj, "lock", advisors[0], towns[2])
    assert len(reasons(obj, "publish")) == 1
    obj = solve(obj)
    assert (towns[2].pk, advisors[0].pk) in pairs(obj)
    assert reasons(obj, "publish") == []


def test_a_veto_and_a_capacity_are_kept_to(crowded):
    obj, _towns, advisors = crowded
    first = solve(obj)
    town, advisor = next(iter(pairs(first)))
    adjust(
        first, "veto", next(row for row in advisors if row.pk == advisor), Application.objects.get(pk=town)
    )
    adjust(first, "capacity", advisors[0], value=2)
    second = solve(first)
    assert (town, advisor) not in pairs(second)
    assert len(pairs(second)) == 3
    assert second.runs.count() == 2


def test_a_lock_that_breaks_a_rule_is_named_and_nothing_is_lost(crowded):
    obj, towns, advisors = crowded
    advisors[0].user.is_active = False
    advisors[0].user.save()
    adjust(obj, "lock", advisors[0], towns[0])
    obj = solve(obj)
    assert obj.state == "open"
    run = obj.runs.get()
    assert advisors[0].user.name in run.fault
    assert towns[0].municipality.name in run.fault


def test_taking_back_withdraws_what_nobody_accepted(crowded):
    obj = solve(crowded[0])
    perform("publish", obj, office_actor())
    kept = Offer.objects.order_by("pk").first()
    perform("accept", kept, _actor(kept))
    perform("take_back", obj, office_actor(), reason="条件を見直します。")
    assert obj.state == "proposed"
    states = sorted(Offer.objects.values_list("state", flat=True))
    assert states == ["confirmed", "withdrawn"]


def _actor(offer):
    from accounts.standings import actor_for

    return actor_for(offer.advisor.user)


def test_after_a_refusal_the_rest_stays_and_only_the_difference_is_sent(crowded):
    obj, towns, _advisors = crowded
    obj = solve(obj)
    perform("publish", obj, office_actor())
    refused = Offer.objects.get(application=towns[0])
    stays = Offer.objects.get(application=towns[1])
    perform("decline", refused, _actor(refused), reason="本務が忙しくなりました。")
    substitute = AdvisorFactory(capacity=1)
    obj = solve(obj)
    assert obj.proposal.mode == "rematch"
    assert (towns[1].pk, stays.advisor_id) in pairs(obj)
    assert (towns[0].pk, substitute.pk) in pairs(obj)
    perform("publish", obj, office_actor())
    stays.refresh_from_db()
    assert stays.state == "sent"
    assert asked(obj) == pairs(obj)
    assert Offer.objects.filter(application=towns[1]).count() == 1


def test_a_town_on_the_waiting_list_moves_up_when_the_rule_serves_it(crowded):
    obj, towns, _advisors = crowded
    Application.objects.filter(pk=towns[0].pk).update(
        state="waitlisted", consented_at=timezone.now(), consented_hash="x" * 64, issued_hash="x" * 64
    )
    obj = solve(obj)
    perform("publish", obj, office_actor())
    towns[0].refresh_from_db()
    assert towns[0].state == "accepted"
    assert Offer.objects.filter(application=towns[0], state="sent").exists()


def taken(offer):
    perform("accept", offer, actor_for(offer.advisor.user))


def test_places_that_were_taken_in_the_round_are_not_given_twice(crowded):
    """Two places, three towns and advisors enough: whoever accepts takes a place, and the third town gets none."""
    AdvisorFactory(capacity=3)
    Programme.objects.update(employer_consent=True)
    obj = solve(round_of(max_leads=2))
    perform("publish", obj, office_actor())
    first, second = Offer.objects.order_by("pk")
    taken(first)
    obj = solve(obj)
    assert {town for town, _advisor in pairs(obj)} == {second.application_id}
    assert obj.proposal.input["params"]["max_leads"] == 1
    perform("publish", obj, office_actor())
    taken(second)
    obj = solve(obj)
    assert pairs(obj) == set()
    assert [row["reason"] for row in obj.proposal.result["unmatched"]] == ["OUTRANKED"]
    assert any("支援できる残りの数が0です" in sentence for sentence in warnings_of(obj))
    perform("retract", Offer.objects.get(pk=first.pk), actor_for(first.advisor.user), reason="本務の都合")
    assert len(pairs(solve(obj))) == 1


def test_a_new_round_starts_from_the_places_that_nobody_has_taken(crowded):
    _obj, towns, advisors = crowded
    Call.objects.update(slots=5)
    Programme.objects.update(employer_consent=True)
    for town, advisor in zip(towns, advisors, strict=False):
        taken(OfferFactory(application=town, advisor=advisor))
    assert fresh_values(Call.objects.get(), timezone.localdate())["max_leads"] == 3


def test_a_stopped_solving_leaves_its_result_unused(crowded):
    obj = crowded[0]
    perform("solve", obj, office_actor())
    perform("stop", obj, office_actor(), reason="条件を直します。")
    deliver(Outbox.objects.get(kind="solve-round").pk)
    obj = Round.objects.get(pk=obj.pk)
    assert (obj.state, obj.proposal) == ("open", None)


def test_a_round_without_towns_says_what_to_do():
    AdvisorFactory()
    [sentence] = reasons(round_of(), "solve")
    assert "受理" in sentence


def test_adjusting_asks_for_a_reason_a_town_and_a_number(crowded):
    obj, towns, advisors = crowded
    with pytest.raises(BadInput) as refused:
        adjust(obj, "lock", advisors[0], reason=" ")
    assert set(refused.value.fields) == {"application", "reason"}
    with pytest.raises(BadInput) as refused:
        adjust(obj, "capacity", advisors[0], value=5)
    assert set(refused.value.fields) == {"value"}
    adjust(obj, "lock", advisors[0], towns[0])
    with pytest.raises(Conflict):
        adjust(obj, "lock", advisors[1], towns[0])
    with pytest.raises(NotAllowed):
        services.adjust(
            obj,
            "veto",
            advisor=advisors[0],
            application=towns[0],
            value=None,
            reason="だめ",
            actor=_actor(type("O", (), {"advisor": advisors[0]})),
            now=timezone.now(),
        )


def test_what_is_lifted_stays_in_the_record(crowded):
    obj, towns, advisors = crowded
    made = adjust(obj, "lock", advisors[0], towns[2])
    services.lift(made, actor=office_actor(), now=timezone.now())
    obj = solve(obj)
    assert obj.proposal.input["locked"] == []
    assert Adjustment.objects.get().lifted_at is not None
    types = Event.objects.filter(stream=obj.stream).values_list("type", flat=True)
    assert {"round.adjusted", "round.lifted", "round.solve", "round.settle"} <= set(types)


def test_a_fixed_pair_is_free_again_after_a_refusal(crowded):
    obj, towns, advisors = crowded
    adjust(obj, "lock", advisors[0], towns[2])
    obj = solve(obj)
    perform("publish", obj, office_actor())
    refused = Offer.objects.get(application=towns[2])
    perform("decline", refused, _actor(refused), reason="本務が忙しくなりました。")
    assert Adjustment.objects.get().lifted_at is not None
    assert solve(obj).state == "proposed"


def test_a_fixed_pair_that_came_about_does_not_stop_the_next_solving(crowded):
    obj, towns, advisors = crowded
    adjust(obj, "lock", advisors[0], towns[2])
    obj = solve(obj)
    perform("publish", obj, office_actor())
    offer = Offer.objects.get(application=towns[2])
    perform("accept", offer, _actor(offer))
    obj = solve(obj)
    assert (obj.state, obj.runs.last().fault) == ("proposed", "")
    assert {town for town, _advisor in pairs(obj)} <= {towns[0].pk, towns[1].pk}


def test_nothing_is_changed_after_the_end(crowded):
    obj, towns, advisors = crowded
    perform("close", obj, office_actor())
    with pytest.raises(WrongState):
        adjust(obj, "lock", advisors[0], towns[0])


def test_a_trainee_goes_along_where_the_town_agrees(crowded):
    obj, towns, _advisors = crowded
    Application.objects.filter(pk=towns[0].pk).update(wants_trainee=True)
    trainee = AdvisorFactory(seat="trainee", capacity=1)
    obj = solve(obj)
    seats = {
        (row["town"], row["advisor"])
        for row in obj.proposal.result["assignments"]
        if row["seat"] == "trainee"
    }
    assert seats == {(str(towns[0].pk), str(trainee.pk))}
    perform("publish", obj, office_actor())
    offer = Offer.objects.get(application=towns[0])
    perform("accept", offer, _actor(offer))
    engagement = Engagement.objects.get(municipality=towns[0].municipality)
    [role] = engagement.roles.filter(role=Role.TRAINEE)
    assert role.user == trainee.user
    mails = Outbox.objects.filter(kind="mail", address=trainee.user.email)
    assert [row.subject.endswith("の支援に同行してください") for row in mails] == [True]
    assert not Engagement.objects.exclude(pk=engagement.pk).exists()
