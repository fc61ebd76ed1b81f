"""Relations: the predicate and its queryset twin say the same of every offer and every person."""

import itertools

import pytest

from accounts import permissions
from accounts.models import Role
from accounts.standings import actor_for
from engagements.rounds.models import Offer, OfferState
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, programme
from tests.factories.rounds import AcceptedFactory, OfferFactory
from tests.municipalities.factories import MunicipalityFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize("yes", [False, True])
def test_predicate_and_twin_agree(consent, yes):
    settings = programme()
    settings.employer_consent, settings.town_yes = consent, yes
    settings.save()
    lender, town = MunicipalityFactory(), MunicipalityFactory()
    advisor = AdvisorFactory(employer=lender)
    for state in OfferState.values:
        application = AcceptedFactory(municipality=town, state="withdrawn")
        OfferFactory(advisor=advisor, application=application, state=state)
        OfferFactory(state=state)
    people = [
        advisor.user,
        AdvisorFactory().user,
        *(member(role, town) for role in (Role.CONTACT, Role.EMPLOYER, Role.APPROVER)),
        *(member(role, lender) for role in (Role.CONTACT, Role.EMPLOYER)),
        *(member(role) for role in (Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN)),
    ]
    actions = ("offer.view", "offer.accept", "offer.confirm", "offer.consent_employer", "offer.withdraw")
    for person, action in itertools.product(people, actions):
        actor = actor_for(person)
        seen = set(permissions.visible(actor, action, Offer.objects.all()).values_list("pk", flat=True))
        assert seen == {o.pk for o in Offer.objects.all() if permissions.allows(actor, action, o)}, action


def test_who_is_asked_sees_it_when_it_is_their_turn():
    settings = programme()
    settings.employer_consent = settings.town_yes = True
    settings.save()
    sent, accepted, consented = (
        OfferFactory(state=state) for state in ("sent", "accepted", "employer_consented")
    )

    def sees(role, municipality, offer):
        return permissions.allows(actor_for(member(role, municipality)), "offer.view", offer)

    assert [sees(Role.EMPLOYER, o.advisor.employer, o) for o in (sent, accepted, consented)] == [
        False,
        True,
        True,
    ]
    towns = [sees(Role.CONTACT, o.application.municipality, o) for o in (sent, accepted, consented)]
    assert towns == [False, False, True]
