"""Offers where the programme asks the advisor's employer, the town, or both."""

from datetime import timedelta

import pytest

from accounts.models import Role
from accounts.standings import actor_for
from advisors.load import loads
from engagements.documents import services as documents
from engagements.documents.models import Document
from engagements.rounds import services
from engagements.rounds.models import Offer
from tests.factories.engagements import member
from tests.rounds.test_offers import NOW, ask, own, span, subjects
from workflow.doors import perform
from workflow.errors import GuardsUnmet
from workflow.models import Event

pytestmark = pytest.mark.django_db


def switched(offer, **settings):
    programme = offer.application.call.programme
    for name, value in settings.items():
        setattr(programme, name, value)
    programme.save()
    return Offer.objects.get(pk=offer.pk)


def printed(offer, now=NOW):
    """The latest dispatch request is there, as its worker says when it is drawn."""
    document = Document.objects.filter(kind="dispatch-request").order_by("pk").last()
    services.attach_request(offer, document.pk, f"{document.pk:064}", now)
    offer.refresh_from_db()
    return offer


def drawn(offer, now=NOW):
    """The latest dispatch request as a file."""
    document = Document.objects.filter(kind="dispatch-request").order_by("pk").last()
    documents.make(document.pk, now=now)
    offer.refresh_from_db()
    return offer


def consent(offer, boss, now=NOW, **said):
    perform("consent_employer", offer, boss, now=now, document_hash=offer.request_hash, **said)


def test_employer_and_town_are_asked_in_turn():
    offer = switched(ask(), employer_consent=True, town_yes=True)
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer, email="boss@example.test"))
    town = actor_for(member(Role.CONTACT, offer.application.municipality, email="town@example.test"))
    perform("accept", offer, own(offer), now=NOW)
    assert (offer.state, span(offer).turn_role) == ("accepted", "employer")
    assert span(offer).turn_scope == f"municipality:{offer.advisor.employer_id}"
    assert span(offer).due_on == NOW.date() + timedelta(days=14)
    with pytest.raises(GuardsUnmet, match="PDFを作っています"):
        consent(offer, boss)
    printed(offer)
    assert len(subjects(address="boss@example.test")) == 1
    assert loads(NOW.date())[offer.advisor_id] == 1
    with pytest.raises(GuardsUnmet, match="勤め先の同意"):
        perform("confirm", offer, town, now=NOW)
    consent(offer, boss, conditions="月に2回まで")
    assert span(offer).due_on == NOW.date() + timedelta(days=7)
    assert (offer.conditions, offer.consented_by) == ("月に2回まで", boss.name)
    assert (offer.state, span(offer).turn_role) == ("employer_consented", "contact")
    assert len(subjects(address="town@example.test")) == 1
    perform("confirm", offer, town, now=NOW)
    assert offer.state == "confirmed"


def test_with_the_town_alone_its_turn_follows_the_acceptance():
    offer = switched(ask(), town_yes=True)
    perform("accept", offer, own(offer), now=NOW)
    assert (offer.state, span(offer).turn_role) == ("accepted", "contact")
    town = actor_for(member(Role.CONTACT, offer.application.municipality))
    perform("refuse_town", offer, town, now=NOW, reason="ほかの方を希望します")
    assert offer.state == "declined"
    assert Event.objects.get(type="offer.refuse_town").visibility == "town"


def test_with_the_employer_alone_its_consent_confirms():
    offer = switched(ask(), employer_consent=True)
    perform("accept", offer, own(offer), now=NOW)
    consent(printed(offer), actor_for(member(Role.EMPLOYER, offer.advisor.employer)))
    assert offer.state == "confirmed"


def test_an_acceptance_is_taken_back_before_it_is_confirmed():
    offer = switched(ask(), employer_consent=True)
    perform("accept", offer, own(offer), now=NOW)
    perform("retract", offer, own(offer), now=NOW, reason="異動が決まりました")
    assert offer.state == "sent"
    assert loads(NOW.date())[offer.advisor_id] == 0


def test_an_employer_takes_its_consent_back_or_refuses():
    offer = switched(ask(), employer_consent=True, town_yes=True)
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer))
    perform("accept", offer, own(offer), now=NOW)
    consent(printed(offer), boss)
    perform("revoke_consent", offer, boss, now=NOW, reason="人事の都合です")
    assert (offer.state, span(offer).turn_role) == ("accepted", "secretariat")
    perform("refuse_employer", offer, boss, now=NOW, reason="人事の都合です")
    assert offer.outcome == "辞退(勤め先)"
    assert offer.state == "declined"


def test_a_promised_place_counts_once():
    offer = switched(ask(), employer_consent=True)
    perform("accept", offer, own(offer), now=NOW)
    assert loads(NOW.date())[offer.advisor_id] == 1
    consent(printed(offer), actor_for(member(Role.EMPLOYER, offer.advisor.employer)))
    assert loads(NOW.date())[offer.advisor_id] == 1
