"""One pair has one score: on the board, on the page of its offer, in the record and where the office chooses."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from engagements.rounds.matching import selectors
from engagements.rounds.matching.record import served_rows
from engagements.rounds.models import Offer
from municipalities.models import Municipality
from tests.documents.reading import snapshot_of
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, office_actor
from tests.municipalities.factories import MunicipalityFactory
from workflow.doors import perform

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
#: 4 × expertise 100 and the way, which is 100 for towns of one place.
WITHOUT_SIZE, SIZE = 500, 100
SMALL = 9_000


def desk():
    client = Client()
    client.force_login(office())
    return client


def pair(town=SMALL, employer=SMALL):
    """A town and an advisor from places with these populations; None is not registered."""
    advisor = AdvisorFactory(employer=MunicipalityFactory(population=employer))
    return AcceptedFactory(municipality=MunicipalityFactory(population=town)), advisor


def everywhere(obj, town):
    """The score of the town's pair: board, record, sheet of candidates, kept with the offer and on its page."""
    client = desk()
    [on_board] = [row.score for row in selectors.board(obj, obj.proposal).pairs if row.town == str(town.pk)]
    [in_record] = [
        row.score for row in served_rows(obj, obj.proposal) if row.town == town.municipality.full_name
    ]
    chosen = client.get(reverse("assign", args=[town.pk])).context["page_data"]
    perform("publish", obj, office_actor())
    offer = Offer.objects.get(application=town)
    [candidate] = [row.fit.total for row in chosen.able if row.advisor == offer.advisor]
    page = client.get(offer.get_absolute_url())
    return {on_board, in_record, candidate, offer.fit["total"], page.context["data"].fit.total}


def test_a_pair_whose_sizes_are_known_has_one_score():
    town, _advisor = pair()
    assert everywhere(solve(round_of()), town) == {WITHOUT_SIZE + SIZE}


@pytest.mark.parametrize("missing", [{"town": None}, {"employer": None}])
def test_a_pair_with_a_size_missing_has_one_score(missing):
    town, _advisor = pair(**missing)
    assert everywhere(solve(round_of()), town) == {WITHOUT_SIZE}


def test_one_size_missing_in_a_round_and_size_counts_for_nobody():
    town, advisor = pair()
    advisor.capacity = 1
    advisor.save()
    nameless = AdvisorFactory(capacity=0)
    obj = solve(round_of())
    assert everywhere(obj, town) == {WITHOUT_SIZE}
    assert obj.proposal.input["params"]["weights"]["size"] == 0
    page = desk().get(obj.get_absolute_url()).content.decode()
    said = f"人口の登録がない団体({nameless.employer.full_name})があるため、規模はどの組でも数えていません"
    assert said in page
    assert said in str(snapshot_of("round-record", obj))
    offer = desk().get(Offer.objects.get().get_absolute_url()).content.decode()
    assert "人口の登録がない団体があるため、どの組でも数えていません" in offer


def test_a_round_in_which_all_sizes_are_known_says_nothing_of_it():
    pair()
    assert "数えていません" not in desk().get(solve(round_of()).get_absolute_url()).content.decode()


def test_the_day_of_the_populations_stands_wherever_a_size_counts():
    town, _advisor = pair()
    Municipality.objects.update(population_on=date(2026, 1, 1))
    obj = solve(round_of())
    assert "人口の基準日" in str(snapshot_of("round-record", obj))
    assert "令和8年(2026年)1月1日" in str(snapshot_of("round-record", obj))
    perform("publish", obj, office_actor())
    exact = f"人口{town.municipality.population:,}人(令和8年1月1日現在)"
    for address, said in (
        (f"/accounts/town/{town.municipality_id}/", exact),
        (town.get_absolute_url(), exact),
        (f"/applications/{town.pk}/assign/", "(令和8年1月1日現在)"),
        (Offer.objects.get(application=town).get_absolute_url(), "(令和8年1月1日現在)"),
    ):
        assert said in desk().get(address).content.decode(), address
    Municipality.objects.update(population=None, population_on=None)
    assert "人口の登録なし" in desk().get(town.get_absolute_url()).content.decode()
    assert "人口の基準日" in str(snapshot_of("round-record", obj))  # as it was when the round was solved


def test_an_offer_keeps_the_weights_of_its_round():
    town, _advisor = pair()
    obj = solve(
        round_of(weights={"expertise": 1, "preference": 0, "size": 0, "distance": 0, "continuity": 0})
    )
    perform("publish", obj, office_actor())
    offer = Offer.objects.get(application=town)
    assert (offer.fit["total"], offer.fit["most"]) == (100, 100)
    assert "100点のうち100点" in desk().get(offer.get_absolute_url()).content.decode()
