"""The cards on a town's application form."""

import pytest
from django.utils import timezone

from accounts import permissions
from accounts.models import Role
from accounts.standings import actor_for
from advisors.models import Advisor, Conflict
from advisors.selectors import candidates_for_wishes
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, member
from tests.municipalities.factories import MunicipalityFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def a_town():
    """As a page has it: read from the database."""
    return Municipality.objects.get(pk=MunicipalityFactory().pk)


def cards(town, events=("move_in", "death"), months=(9, 10, 11), mode="either"):
    return candidates_for_wishes(town, events, months, mode, TODAY)


def test_a_card_says_who_and_what_fits():
    advisor = AdvisorFactory(
        employer__name="三島見本市",
        employer__population=52_000,
        tags=["death", "section_talks"],
        months=[9, 10, 11, 1],
    )
    (card,) = cards(a_town())
    assert (card.advisor_id, card.body, card.band_text) == (advisor.pk, "岩手県三島見本市", "約5万人")
    assert card.tags == ["おくやみ", "原課との進め方"]
    assert card.fit_sentence == "合う点 おくやみ、9月・10月・11月"
    assert (card.available, card.why_not) == (True, "")
    assert card.months[0] == (4, False)
    assert (9, True) in card.months
    assert len(card.months) == 12


def test_those_who_can_not_be_chosen_come_last_with_a_reason_that_gives_nothing_away():
    town = a_town()
    full, apart = AdvisorFactory(capacity=1), AdvisorFactory()
    EngagementFactory(advisor=full.user)
    Conflict.objects.create(advisor=apart, municipality=town, reason="義理の兄が課長")
    closed = AdvisorFactory(closed_for_year=fiscal_year(TODAY))
    free = AdvisorFactory()
    found = {card.advisor_id: card for card in cards(town)}
    assert next(card.advisor_id for card in cards(town) if card.available) == free.pk
    assert "いっぱい" in found[full.pk].why_not
    assert "来年度4月" in found[closed.pk].why_not
    assert "利害" not in found[apart.pk].why_not
    assert "義理" not in found[apart.pk].why_not
    assert [card.available for card in cards(town)] == sorted(
        (card.available for card in found.values()), reverse=True
    )


def test_a_draft_without_months_is_not_told_about_them():
    AdvisorFactory(months=[4])
    (card,) = cards(a_town(), months=())
    assert card.available
    (card,) = cards(a_town(), months=(9, 10))
    assert "月を広げると" in card.why_not


def test_far_away_online_is_said():
    there = MunicipalityFactory(lat="24.4681", lon="123.0046")
    AdvisorFactory(employer=there, max_km=100)
    (card,) = cards(a_town())
    assert card.available
    assert card.fit_sentence.endswith("(現地は遠く、オンラインが中心)")


def test_trainees_and_stopped_accounts_have_no_card():
    AdvisorFactory(seat=Advisor.Seat.TRAINEE)
    AdvisorFactory(user__is_active=False)
    assert cards(a_town()) == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow(number, django_assert_num_queries):
    town = a_town()
    for advisor in [AdvisorFactory() for _number in range(number)]:
        EngagementFactory(advisor=advisor.user)
    with django_assert_num_queries(5):
        assert len(cards(town)) == number


def test_predicate_and_twin_of_the_listed_agree():
    people = [
        AdvisorFactory(),
        AdvisorFactory(seat=Advisor.Seat.TRAINEE),
        AdvisorFactory(user__is_active=False),
    ]
    users = [people[0].user, people[1].user, member(Role.CONTACT, MunicipalityFactory()), member(Role.ADMIN)]
    for user in users:
        actor = actor_for(user)
        for action in ("advisor.view", "advisor.edit", "advisor.private", "advisor.list"):
            seen = set(permissions.visible(actor, action, Advisor.objects.all()).values_list("pk", flat=True))
            assert seen == {a.pk for a in Advisor.objects.all() if permissions.allows(actor, action, a)}, (
                action
            )
