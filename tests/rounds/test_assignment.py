"""The office's page: who may serve, best first, and why each other may not."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from advisors.models import Advisor, Conflict
from engagements.models import EngagementState
from engagements.rounds import selectors
from municipalities.dates import fiscal_year
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.rounds import AcceptedFactory, OfferFactory
from tests.municipalities.factories import MunicipalityFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def look_at(application):
    return selectors.assignment(selectors.applications().get(pk=application.pk), TODAY)


def reasons(found, advisor):
    assert advisor.pk not in {candidate.advisor.pk for candidate in found.able}
    return next(candidate.reasons for candidate in found.unable if candidate.advisor.pk == advisor.pk)


def _own_employer(town):
    return AdvisorFactory(employer=town.municipality)


def _conflict(town):
    advisor = AdvisorFactory()
    Conflict.objects.create(advisor=advisor, municipality=town.municipality, reason="秘密の理由")
    return advisor


def _full(town):
    advisor = AdvisorFactory(capacity=1)
    EngagementFactory(advisor=advisor.user)
    return advisor


def _promised(town):
    advisor = AdvisorFactory(capacity=1)
    OfferFactory(advisor=advisor, state="accepted")
    return advisor


def _expired(town):
    return AdvisorFactory(certified=(date(2020, 4, 1), TODAY - timedelta(days=1)))


def _declined(town):
    return OfferFactory(application=town, state="declined").advisor


def _far(town):
    there = MunicipalityFactory(lat="24.4681", lon="123.0046")
    return AdvisorFactory(employer=there, mode="onsite", max_km=500)


CASES = [
    (_own_employer, "この町に勤めています"),
    (_conflict, "利害関係"),
    (_full, "1件のうち1件"),
    (_promised, "1件のうち1件"),
    (_expired, "認定が"),
    (lambda town: AdvisorFactory(certified=()), "認定がありません"),
    (_declined, "辞退"),
    (_far, "離れています"),
    (lambda town: AdvisorFactory(months=[9, 10]), "共通の月が2か月です(9月・10月)。あと1か月"),
    (lambda town: AdvisorFactory(closed_for_year=fiscal_year(TODAY)), "今年度はここまで"),
    (lambda town: AdvisorFactory(seat=Advisor.Seat.TRAINEE), "研修生"),
    (lambda town: AdvisorFactory(user__is_active=False), "アカウント"),
]


@pytest.mark.parametrize(("make", "words"), CASES)
def test_each_reason_is_one_sentence(make, words):
    town = AcceptedFactory()
    advisor = make(town)
    found = reasons(look_at(town), advisor)
    assert len(found) == 1
    assert words in found[0]


def test_ways_of_working_that_do_not_meet():
    town = AcceptedFactory(mode="online")
    advisor = AdvisorFactory(mode="onsite")
    assert reasons(look_at(town), advisor) == ["町はオンラインだけ、本人は現地だけの希望です。"]


def test_last_year_is_open_again():
    advisor = AdvisorFactory(closed_for_year=fiscal_year(TODAY) - 1)
    assert [candidate.advisor.pk for candidate in look_at(AcceptedFactory()).able] == [advisor.pk]


def test_the_best_comes_first_with_its_five_parts():
    wished, served, plain = AdvisorFactory(), AdvisorFactory(tags=[]), AdvisorFactory(tags=["move_in"])
    town = AcceptedFactory(wished=[plain, wished])
    old = EngagementFactory(municipality=town.municipality, advisor=served.user, state=EngagementState.CLOSED)
    assert old.state == "closed"
    found = look_at(town).able
    assert [candidate.advisor.pk for candidate in found] == [wished.pk, plain.pk, served.pk]
    assert [bar.part for bar in found[0].bars] == [100, 70, 0, 100, 0]
    assert found[0].fit.total == 400 + 210 + 100
    assert found[0].rank == 2
    assert [bar.part for bar in found[2].bars] == [0, 0, 0, 100, 100]
    assert found[0].bars_text == "専門100 希望70 規模0 距離100 継続0"


def test_after_a_refusal_the_next_is_named_at_once():
    first, second = AdvisorFactory(), AdvisorFactory()
    town = AcceptedFactory(wished=[first, second])
    assert look_at(town).alternate is None
    OfferFactory(application=town, advisor=first, state="declined")
    found = look_at(town)
    assert found.waits
    assert found.alternate.advisor == second


def test_nobody_is_next_while_somebody_thinks():
    offer = OfferFactory()
    AdvisorFactory()
    found = look_at(offer.application)
    assert (found.standing, found.waits, found.alternate) == (offer, False, None)


@pytest.mark.parametrize("number", [1, 3, 40])
def test_the_queries_do_not_grow(number, django_assert_num_queries):
    town = AcceptedFactory()
    for advisor in [AdvisorFactory() for _number in range(number)]:
        EngagementFactory(advisor=advisor.user)
        OfferFactory(application=town, advisor=advisor, state="expired")
    # Application and wishes; offers; two kinds of load; conflicts; history; advisors and certifications; mails.
    with django_assert_num_queries(10):
        found = look_at(town)
        assert len(found.able) == number
        assert found.alternate.months
        assert found.waits
