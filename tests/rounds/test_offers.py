"""Offers through the door: asked, answered, expired, taken back, and what follows."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from advisors.load import loads
from advisors.models import Advisor, Conflict
from engagements.applications.models import Application
from engagements.models import Engagement, EngagementRole
from engagements.rounds import services
from engagements.rounds.jobs import expire_offers
from engagements.rounds.models import Offer
from municipalities.dates import fiscal_year
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, member
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from workflow.actors import SYSTEM
from workflow.doors import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.errors import Conflict as Clash
from workflow.models import Event, Outbox, Span

pytestmark = pytest.mark.django_db
JST = timezone.get_default_timezone()
NOW = datetime(2026, 9, 3, 10, 0, tzinfo=JST)
WEEK = timedelta(days=7)


def ask(application=None, advisor=None, now=NOW, **values):
    return services.offer(
        application=application or AcceptedFactory(),
        advisor=advisor or AdvisorFactory(),
        actor=office_actor(),
        message=values.pop("message", ""),
        now=now,
        **values,
    )


def own(offer):
    return actor_for(offer.advisor.user)


def subjects(**lookup):
    return list(Outbox.objects.filter(kind="mail", **lookup).order_by("pk").values_list("subject", flat=True))


def span(offer):
    return Span.objects.get(stream=offer.stream, left_at=None)


def test_an_offer_asks_one_person_by_a_working_afternoon():
    town = AcceptedFactory(municipality__name="葛巻町")
    offer = ask(town, message="どうぞよろしく {name}")
    assert timezone.localtime(offer.expires_at).isoformat() == "2026-09-10T17:00:00+09:00"
    mail = Outbox.objects.get(kind="mail")
    assert mail.subject == "9月10日(木) 17:00までに、岩手県葛巻町の打診にお答えください"
    assert mail.address == offer.advisor.user.email
    assert f"/offers/{offer.pk}/" in mail.body
    assert "どうぞよろしく {name}" in mail.body
    turn = span(offer)
    assert (turn.turn_role, turn.turn_scope) == ("advisor", f"person:{offer.advisor.user_id}")
    assert turn.due_on.isoformat() == "2026-09-10"
    assert offer.fit["parts"]["expertise"] == 100
    assert offer.reference == "R8-D001"


def test_the_default_deadline_moves_on_to_a_working_day():
    saturday = services.default_expiry(AcceptedFactory(), datetime(2026, 9, 12, 9, 0, tzinfo=JST))
    # 19 to 23 September 2026: a weekend and three holidays.
    assert timezone.localtime(saturday).isoformat() == "2026-09-24T17:00:00+09:00"


def test_only_the_office_asks():
    town = AcceptedFactory()
    for person in (member(Role.CONTACT, town.municipality), AdvisorFactory().user, member(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            services.offer(
                application=town, advisor=AdvisorFactory(), actor=actor_for(person), message="", now=NOW
            )
    assert not Offer.objects.exists()
    tries = list(Event.objects.filter(type="security.refused"))
    assert len(tries) == 3
    assert all(f'"on":"application:{town.pk}"' in tried.canonical for tried in tries)


def test_nobody_else_is_asked_while_one_thinks():
    offer = ask()
    with pytest.raises(Clash, match="返事を待っています"):
        ask(offer.application)
    perform("withdraw", offer, office_actor(), now=NOW, reason="別の方にします")
    assert ask(offer.application).state == "sent"


def test_nobody_is_asked_for_what_is_not_accepted():
    with pytest.raises(WrongState):
        ask(AcceptedFactory(state="submitted"))


def test_every_barrier_is_said():
    town = AcceptedFactory(months=[1])
    advisor = AdvisorFactory(employer=town.municipality, certified=())
    Conflict.objects.create(advisor=advisor, municipality=town.municipality, reason="家族")
    with pytest.raises(GuardsUnmet) as refusal:
        ask(town, advisor)
    assert len(refusal.value.unmet) == 4
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"expires_at": NOW - timedelta(minutes=1)}, "expires_at"),
        ({"expires_at": NOW + timedelta(days=61)}, "expires_at"),
        ({"message": "あ" * 2001}, "message"),
    ],
)
def test_impossible_input_is_named(values, field):
    with pytest.raises(BadInput) as refusal:
        ask(**values)
    assert list(refusal.value.fields) == [field]


def test_acceptance_confirms_at_once_and_opens_the_engagement():
    offer = ask()
    perform("accept", offer, own(offer), now=NOW)
    assert offer.state == "confirmed"
    application = Application.objects.get(pk=offer.application_id)
    assert application.state == "matched"
    role = EngagementRole.objects.get(engagement=application.engagement_id, role=Role.ADVISOR)
    assert role.user_id == offer.advisor.user_id
    types = list(Event.objects.filter(stream=offer.stream).order_by("pk").values_list("type", flat=True))
    assert types == ["offer.begin", "offer.accept", "offer.confirm"]
    assert span(offer).turn_role == ""
    assert loads(NOW.date())[offer.advisor_id] == 1


def test_what_the_advisor_says_stays_between_advisor_and_office():
    offer = ask()
    perform("decline", offer, own(offer), now=NOW, reason="家族の事情です")
    assert set(Event.objects.filter(stream=offer.stream).values_list("visibility", flat=True)) == {"advisor"}
    canonical = Event.objects.get(type="offer.decline").canonical
    assert "家族の事情" not in canonical


def test_a_refusal_tells_the_office_alone():
    secretary = member(Role.SECRETARIAT)
    member(Role.SECRETARIAT, is_active=False)
    offer = ask()
    Outbox.objects.all().delete()
    perform("decline", offer, own(offer), now=NOW, reason="秋は議会があります")
    mails = Outbox.objects.filter(kind="mail")
    assert secretary.email in {mail.address for mail in mails}
    assert offer.advisor.user.email not in {mail.address for mail in mails}
    assert all(mail.subject.startswith("次の打診先を選んでください") for mail in mails)
    assert all("秋は議会があります" in mail.body for mail in mails)
    assert not mails.filter(address__in=["", None]).exists()


def test_a_refusal_needs_a_reason():
    offer = ask()
    with pytest.raises(BadInput):
        perform("decline", offer, own(offer), now=NOW, reason="  ")
    assert Offer.objects.get(pk=offer.pk).state == "sent"


def test_nobody_answers_for_another():
    offer = ask()
    for person in (AdvisorFactory().user, member(Role.CONTACT, offer.application.municipality)):
        with pytest.raises(NotAllowed):
            perform("accept", offer, actor_for(person), now=NOW)
    with pytest.raises(NotAllowed):
        perform("accept", offer, office_actor(), now=NOW)


def test_silence_ends_an_offer_once():
    offer = ask()
    assert expire_offers(NOW + timedelta(days=6)) == 0
    assert expire_offers(NOW + timedelta(days=8)) == 1
    assert expire_offers(NOW + timedelta(days=8)) == 0
    assert Offer.objects.get(pk=offer.pk).state == "expired"
    assert any("期限切れ" in subject for subject in subjects())


def test_nothing_is_accepted_after_its_time_even_before_the_sweep():
    offer = ask()
    with pytest.raises(GuardsUnmet, match="期限"):
        perform("accept", offer, own(offer), now=NOW + timedelta(days=8))


def _fill(advisor, offer):
    for _number in range(advisor.capacity):
        EngagementFactory(advisor=advisor.user)


def _expire_certification(advisor, offer):
    advisor.certifications.update(valid_to=NOW.date() - timedelta(days=1))


def _move_to_the_town(advisor, offer):
    Advisor.objects.filter(pk=advisor.pk).update(employer=offer.application.municipality)


def _gain_an_interest(advisor, offer):
    Conflict.objects.create(advisor=advisor, municipality=offer.application.municipality, reason="親族")


def _lose_the_application(advisor, offer):
    perform("reconsider", offer.application, office_actor(), now=NOW, reason="確認し直します")


@pytest.mark.parametrize(
    ("happens", "word"),
    [
        (_fill, "いっぱい"),
        (_expire_certification, "認定"),
        (_move_to_the_town, "お勤めの町"),
        (_gain_an_interest, "利害関係"),
    ],
)
def test_what_changed_meanwhile_stops_an_acceptance(happens, word):
    offer = ask()
    happens(offer.advisor, offer)
    with pytest.raises(GuardsUnmet, match=word):
        perform("accept", offer, own(offer), now=NOW)


def test_a_year_closed_meanwhile_leaves_an_offer_answerable():
    offer = ask()
    Advisor.objects.filter(pk=offer.advisor_id).update(
        closed_for_year=fiscal_year(NOW.date()), months=[], max_km=0
    )
    perform("accept", offer, own(offer), now=NOW)
    assert offer.state == "confirmed"


def test_an_application_taken_back_takes_its_offers_along():
    offer = ask()
    _lose_the_application(offer.advisor, offer)
    found = Offer.objects.get(pk=offer.pk)
    assert found.state == "withdrawn"
    with pytest.raises(WrongState):
        perform("accept", found, own(found), now=NOW)


@pytest.mark.parametrize("end", ["decline", "expire", "withdraw"])
def test_each_end_is_taken_back_by_asking_again_and_mails_nobody(end):
    offer = ask()
    later = NOW + timedelta(days=8)
    actor = {"decline": own(offer), "expire": SYSTEM, "withdraw": office_actor()}[end]
    data = {} if end == "expire" else {"reason": "都合により"}
    perform(end, offer, actor, now=later, **data)
    sent = len(subjects())
    perform("reoffer", offer, office_actor(), now=later, reason="思い直されたため", expires_at=later + WEEK)
    assert (offer.state, offer.expires_at) == ("sent", later + WEEK)
    assert len(subjects()) == sent
    perform("accept", offer, own(offer), now=later)
    assert offer.state == "confirmed"


def test_asking_again_waits_while_another_is_asked():
    first = ask()
    perform("decline", first, own(first), now=NOW, reason="都合により")
    ask(first.application)
    with pytest.raises(GuardsUnmet, match="ほかの方への打診"):
        perform("reoffer", first, office_actor(), now=NOW, reason="再度", expires_at=NOW + WEEK)


def test_a_declined_pair_is_not_asked_anew():
    first = ask()
    perform("decline", first, own(first), now=NOW, reason="都合により")
    with pytest.raises(GuardsUnmet, match="辞退"):
        ask(first.application, first.advisor)


def test_a_confirmation_is_taken_back_only_after_the_engagement_is_called_off():
    offer = ask()
    perform("accept", offer, own(offer), now=NOW)
    with pytest.raises(GuardsUnmet, match="先に支援を中止"):
        perform("unconfirm", offer, office_actor(), now=NOW, reason="取り違えました")
    engagement = Application.objects.get(pk=offer.application_id).engagement_id
    Engagement.objects.filter(pk=engagement).update(state="cancelled")
    offer = Offer.objects.get(pk=offer.pk)
    perform("unconfirm", offer, office_actor(), now=NOW, reason="取り違えました")
    application = Application.objects.get(pk=offer.application_id)
    assert (offer.state, application.state, application.engagement_id) == ("withdrawn", "accepted", None)
    assert loads(NOW.date())[offer.advisor_id] == 0


def test_finished_and_called_off_engagements_take_no_place():
    advisor = AdvisorFactory()
    EngagementFactory(advisor=advisor.user)
    EngagementFactory(advisor=advisor.user, state="cancelled")
    EngagementFactory(advisor=advisor.user, state="closed")
    former = EngagementFactory(advisor=advisor.user)
    EngagementRole.objects.filter(engagement=former).update(valid_to=NOW.date() - timedelta(days=1))
    OfferFactory(advisor=advisor)
    assert loads(NOW.date())[advisor.pk] == 1
