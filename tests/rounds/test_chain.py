"""Advisor, employer, town: the link, reminders, silence, refusals, and who owns what comes then."""

import itertools
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import permissions
from accounts.models import Role, SignedLink
from accounts.standings import actor_for
from advisors.models import Advisor
from engagements.documents.models import Document
from engagements.journey.models import Journey
from engagements.rounds import selectors
from engagements.rounds.jobs import escalate_offers, remind_of_offers
from engagements.rounds.models import Offer
from municipalities.dates import era_date
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from tests.rounds import test_consents, test_offers
from tests.rounds.test_consents import drawn, printed, switched
from tests.rounds.test_offers import own, span, subjects
from workflow.actors import Actor, Standing
from workflow.doors import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db
#: Pages and links read the clock, so these offers are asked now; no test waits.
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
DAY = timedelta(days=1)
MAILBOX = "soumu@lender.example.test"
HEARD = {"answered_by": "総務課 見本 次長", "answered_on": TODAY, "reason": "電話で聞きました"}


def ask(**values):
    return test_offers.ask(now=NOW, **values)


def consent(offer, boss, now=NOW, **said):
    test_consents.consent(offer, boss, now, **said)


def accepted(*, contact=MAILBOX, town_yes=True, paper=printed, **values):
    """An offer that its advisor accepted, with the employer to be asked and the paper made."""
    offer = switched(ask(**values), employer_consent=True, town_yes=town_yes)
    Advisor.objects.filter(pk=offer.advisor_id).update(
        employer_contact="見本 次長", employer_section="総務課", employer_email=contact
    )
    offer = Offer.objects.get(pk=offer.pk)
    perform("accept", offer, own(offer), now=NOW)
    return paper(offer)


def link_of(address=MAILBOX):
    body = Outbox.objects.filter(kind="mail", address=address).latest("pk").body
    return re.search(r"/l/[^/\s]+/", body).group()


# --- the link ------------------------------------------------------------------------------------------


def test_the_contact_reads_the_very_paper_and_consents_once():
    offer = accepted(paper=drawn)
    day, town = era_date(TODAY + 14 * DAY, short=True), offer.application.municipality.full_name
    subject = f"{day}までに、{offer.advisor.user.name}さんの派遣への同意をお願いします({town})"
    assert subjects(address=MAILBOX) == [subject]
    client, url = Client(), link_of()
    page = client.get(url).content.decode()
    assert (f"{url}file/" in page, offer.request_hash[:12] in page) == (True, True)
    paper = client.get(f"{url}file/")
    assert paper["Content-Type"] == "application/pdf"
    offer.refresh_from_db()
    assert offer.state == "accepted"  # GET never acts
    done = client.post(url, {"answer": "consent_employer", "conditions": "月に2回まで"})
    assert "同意を承りました" in done.content.decode()
    offer.refresh_from_db()
    assert (offer.state, offer.conditions, offer.consented_by) == (
        "employer_consented",
        "月に2回まで",
        "総務課 見本 次長",
    )
    again = client.post(url, {"answer": "refuse_employer", "reason": "やめます"})
    assert (again.status_code, "使用済み" in again.content.decode()) == (410, True)
    assert client.get(f"{url}file/").status_code == 404


def test_a_refusal_needs_a_reason_and_nothing_typed_is_lost():
    offer = accepted()
    client, url = Client(), link_of()
    refused = client.post(url, {"answer": "refuse_employer", "reason": " "})
    assert (refused.status_code, "理由を、ひとこと" in refused.content.decode()) == (422, True)
    assert client.post(url, {"answer": "refuse_employer", "reason": "繁忙期です"}).status_code == 200
    offer.refresh_from_db()
    assert (offer.state, offer.declined_by, offer.reason) == ("declined", "employer", "繁忙期です")


def test_a_link_opens_one_offer_alone():
    offer, other = accepted(), accepted(contact="other@lender.example.test")
    stranger = Actor("link", "1", standings=frozenset({Standing("employer", f"offer:{other.pk}")}))
    for name in ("consent_employer", "refuse_employer"):
        with pytest.raises(NotAllowed):
            perform(name, offer, stranger, now=NOW)
    assert not permissions.allows(stranger, "offer.view", offer)
    assert not permissions.allows(stranger, "offer.revoke_consent", other)


def test_an_expired_link_is_closed_and_a_strange_answer_is_none():
    offer = accepted()
    assert Client().post(link_of(), {"answer": "withdraw"}).status_code == 404
    SignedLink.objects.update(expires_at=NOW)
    assert Client().post(link_of(), {"answer": "consent_employer"}).status_code == 410
    offer.refresh_from_db()
    assert offer.state == "accepted"


def test_a_paper_that_is_sent_again_is_a_new_version_with_a_new_day_and_a_new_link():
    offer = accepted()
    first, old = link_of(), offer.request_hash
    perform("resend_request", offer, office_actor(), now=NOW + DAY)
    printed(offer, NOW + DAY)
    assert offer.request_hash not in ("", old)
    assert offer.answer_due == TODAY + timedelta(days=15)
    assert Document.objects.filter(kind="dispatch-request").count() == 2
    assert link_of() != first
    assert Client().get(first).status_code == 410
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer))
    with pytest.raises(BadInput, match="新しくなっています"):
        perform("consent_employer", offer, boss, now=NOW + DAY, document_hash=old)


def test_after_the_office_heard_it_the_link_asks_for_nothing():
    offer = accepted()
    perform("record_consent", offer, office_actor(), now=NOW, **HEARD)
    page = Client().get(link_of()).content.decode()
    assert "いまお答えいただく必要がありません" in page
    assert 'name="answer"' not in page


# --- who answers for the employer -----------------------------------------------------------------------


def test_people_with_an_account_are_asked_there_and_the_contact_is_not():
    offer = switched(ask(), employer_consent=True)
    Advisor.objects.update(employer_email=MAILBOX)
    member(Role.EMPLOYER, offer.advisor.employer, email="boss@lender.example.test")
    perform("accept", offer, own(offer), now=NOW)
    printed(offer)
    assert len(subjects(address="boss@lender.example.test")) == 1
    assert subjects(address=MAILBOX) == []
    assert not SignedLink.objects.exists()


def test_nobody_consents_to_their_own_dispatch():
    offer = switched(ask(), employer_consent=True)
    advisor = offer.advisor
    Advisor.objects.update(employer_email=advisor.user.email.upper())
    office()
    perform("accept", offer, own(offer), now=NOW)
    printed(offer)
    assert span(offer).turn_role == "secretariat"
    both = Actor(
        "user",
        str(advisor.user_id),
        user_id=advisor.user_id,
        standings=frozenset({Standing("employer", f"municipality:{advisor.employer_id}")}),
    )
    with pytest.raises(BadInput, match="ご本人は同意できません"):
        consent(offer, both)


def test_without_a_contact_the_office_has_the_turn_and_a_mail():
    desk = office()
    offer = accepted(contact="")
    assert (span(offer).turn_role, len(subjects(address=desk.email))) == ("secretariat", 1)
    with pytest.raises(GuardsUnmet, match="連絡先がありません"):
        perform("resend_request", offer, office_actor(), now=NOW)
    Advisor.objects.update(employer_email=MAILBOX)
    offer = Offer.objects.get(pk=offer.pk)
    perform("resend_request", offer, office_actor(), now=NOW)
    assert span(offer).turn_role == "employer"


def test_only_the_employers_own_people_and_the_advisor_read_the_request():
    offer = accepted()
    paper = Document.objects.get(kind="dispatch-request")
    lender, town = offer.advisor.employer, offer.application.municipality
    may = {Role.EMPLOYER: lender}
    for role, body in [
        (Role.EMPLOYER, lender),
        (Role.CONTACT, lender),
        (Role.APPROVER, lender),
        (Role.CONTACT, town),
    ]:
        actor = actor_for(member(role, body, email=f"{role}{body.pk}@x.example.test"))
        expected = may.get(role) == body
        assert permissions.allows(actor, "document.view", paper) is expected
        seen = permissions.visible(actor, "document.view", Document.objects.all())
        assert seen.exists() is expected
    assert permissions.allows(own(offer), "document.view", paper)
    assert permissions.visible(own(offer), "document.view", Document.objects.all()).exists()
    assert not permissions.allows(actor_for(AdvisorFactory().user), "document.view", paper)


# --- reminders and silence ------------------------------------------------------------------------------


def test_one_reminder_a_day_that_was_given_then_the_office():
    desk = office()
    offer = accepted()
    assert remind_of_offers(NOW + 10 * DAY) == 0
    assert [remind_of_offers(NOW + day * DAY) for day in (11, 12, 14)] == [1, 0, 0]
    assert subjects(address=MAILBOX)[-1].endswith("(再度のお願い)")
    assert escalate_offers(NOW + 14 * DAY) == 0
    assert [escalate_offers(NOW + 15 * DAY) for _time in (1, 2)] == [1, 0]
    offer.refresh_from_db()
    assert (offer.state, span(offer).turn_role) == ("accepted", "secretariat")
    assert "勤め先に確かめてください" in subjects(address=desk.email)[-1]
    assert remind_of_offers(NOW + 15 * DAY) == 0


def test_the_advisor_is_reminded_once_too():
    left = ask().answer_due - TODAY
    assert [remind_of_offers(NOW + left - day * DAY) for day in (4, 3, 2)] == [0, 1, 0]


def test_a_late_answer_still_counts():
    offer = accepted(town_yes=False)
    escalate_offers(NOW + 15 * DAY)
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer))
    consent(offer, boss, NOW + 16 * DAY)
    assert (offer.state, offer.escalated_at) == ("confirmed", None)


def test_what_the_office_heard_is_kept_with_who_when_and_how():
    offer = accepted()
    with pytest.raises(BadInput, match="先の日付"):
        perform("record_consent", offer, office_actor(), now=NOW, **HEARD | {"answered_on": TODAY + DAY})
    perform("record_consent", offer, office_actor(), now=NOW, **HEARD, conditions="旅費は町で")
    assert (offer.state, offer.consented_by) == ("employer_consented", "総務課 見本 次長")
    perform("record_refusal", offer, office_actor(), now=NOW, **HEARD)
    assert (offer.state, offer.declined_by) == ("declined", "employer")


def test_a_silent_town_is_reminded_then_the_office_decides():
    offer = switched(ask(), town_yes=True)
    contact = member(Role.CONTACT, offer.application.municipality, email="town@town.example.test")
    desk = office()
    perform("accept", offer, own(offer), now=NOW)
    assert [remind_of_offers(NOW + day * DAY) for day in (3, 4, 5)] == [0, 1, 0]
    assert len(subjects(address=contact.email)) == 2
    assert escalate_offers(NOW + 8 * DAY) == 1
    offer.refresh_from_db()
    assert span(offer).turn_role == "secretariat"
    assert "代わって決めるか" in subjects(address=desk.email)[-1]
    perform("decide_for_town", offer, office_actor(), now=NOW + 8 * DAY, reason="電話で確かめました")
    assert (offer.state, span(offer).turn_role) == ("confirmed", "")


# --- all four ways of asking ----------------------------------------------------------------------------


@pytest.mark.parametrize(("employer", "town"), list(itertools.product([True, False], repeat=2)))
def test_each_setting_asks_whom_it_names_and_ends_in_one_engagement(employer, town):
    offer = switched(ask(), employer_consent=employer, town_yes=town)
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer, email="boss@x.example.test"))
    contact = actor_for(member(Role.CONTACT, offer.application.municipality, email="town@x.example.test"))
    asked = []
    perform("accept", offer, own(offer), now=NOW)
    while offer.state != "confirmed":
        asked.append(span(offer).turn_role)
        if asked[-1] == "employer":
            consent(printed(offer), boss)
        else:
            perform("confirm", offer, contact, now=NOW)
    assert asked == ["employer"] * employer + ["contact"] * town
    assert len(subjects(address="boss@x.example.test")) == employer
    told = [subject for subject in subjects(address="town@x.example.test") if "でよいか" in subject]
    assert len(told) == town
    assert Document.objects.filter(kind="dispatch-request").count() == employer
    assert Journey.objects.count() == 1


# --- an alternate at once -------------------------------------------------------------------------------


def refused_by(side):
    offer = accepted()
    if side == "employer":
        perform(
            "refuse_employer",
            offer,
            actor_for(member(Role.EMPLOYER, offer.advisor.employer)),
            now=NOW,
            reason="繁忙期です",
        )
    else:
        perform("record_consent", offer, office_actor(), now=NOW, **HEARD)
        town = actor_for(member(Role.CONTACT, offer.application.municipality))
        perform("refuse_town", offer, town, now=NOW, reason="県内の方を希望します")
    return offer


@pytest.mark.parametrize("side", ["employer", "town"])
def test_the_office_is_told_who_is_next_and_asks_with_one_button(side):
    desk, others = office(), [AdvisorFactory() for _number in range(4)]
    offer = refused_by(side)
    mail = Outbox.objects.filter(address=desk.email).latest("pk")
    assert mail.subject.startswith("次の打診先を選んでください")
    assert [other.user.name in mail.body for other in others].count(True) == 3
    client = Client()
    client.force_login(desk)
    page = client.get(offer.get_absolute_url()).content.decode()
    assert page.count('name="advisor"') == 3
    assert f'name="advisor" value="{offer.advisor_id}"' not in page
    chosen = re.search(r'name="advisor" value="(\d+)"', page).group(1)
    until = re.search(r'name="expires_at" value="([^"]+)"', page).group(1)
    assert client.post(offer.assign_url, {"advisor": chosen, "expires_at": until}).status_code == 302
    assert Offer.objects.filter(application=offer.application, state="sent", advisor=chosen).exists()


def test_who_was_asked_in_vain_comes_after_who_was_not():
    town, tried, fresh = AcceptedFactory(), AdvisorFactory(), AdvisorFactory()
    OfferFactory(application=town, advisor=tried, state="expired")
    found = selectors.assignment(selectors.applications().get(pk=town.pk), TODAY).alternates
    assert [candidate.advisor for candidate in found] == [fresh, tried]


def test_the_advisor_does_not_read_why_the_town_wished_for_another():
    offer = refused_by("town")
    client = Client()
    client.force_login(offer.advisor.user)
    assert "県内の方を希望します" not in client.get(offer.get_absolute_url()).content.decode()
    assert "reason" not in client.get(f"/api/v1/offers/{offer.pk}/").json()
    client.force_login(office())
    assert "県内の方を希望します" in client.get(offer.get_absolute_url()).content.decode()


# --- the employer that takes its employee back ----------------------------------------------------------


def test_a_recall_while_the_support_runs_is_the_offices_until_it_acts():
    desk = office()
    offer = accepted(town_yes=False)
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer))
    consent(offer, boss)
    perform("recall_employer", offer, boss, now=NOW, reason="欠員が出ました")
    assert (offer.state, span(offer).turn_role) == ("confirmed", "secretariat")
    assert subjects(address=desk.email)[-1].startswith("次のアドバイザーを決めてください")
    with pytest.raises(GuardsUnmet, match="もう事務局に"):
        perform("recall_employer", offer, boss, now=NOW, reason="もう一度")
    perform("retract_recall", offer, boss, now=NOW, reason="欠員が埋まりました")
    assert span(offer).turn_role == ""
    perform("recall_employer", offer, office_actor(), now=NOW, reason="電話で聞きました")
    assert len(subjects(address=desk.email)) == 1  # whoever wrote it down knows it
    client = Client()
    client.force_login(desk)
    assert (
        f"/do/engagement/{Journey.objects.get().pk}/reassign/"
        in client.get(offer.get_absolute_url()).content.decode()
    )
    perform("reassign", Journey.objects.get(), office_actor(), now=NOW, reason="勤め先の都合です")
    offer.refresh_from_db()
    assert (offer.recalled_at, span(offer).turn_role) == (None, "")
    assert Event.objects.filter(type="offer.settle_recall").count() == 1


def test_an_employer_says_no_after_it_said_yes():
    offer = accepted()
    boss = actor_for(member(Role.EMPLOYER, offer.advisor.employer))
    consent(offer, boss)
    perform("refuse_employer", offer, boss, now=NOW, reason="事情が変わりました")
    assert offer.outcome == "辞退(勤め先)"
    assert permissions.allows(boss, "offer.view", offer)
    assert permissions.visible(boss, "offer.view", Offer.objects.all()).exists()


# --- pages ----------------------------------------------------------------------------------------------


def test_the_employers_account_answers_on_the_page():
    offer = accepted()
    client = Client()
    client.force_login(member(Role.EMPLOYER, offer.advisor.employer))
    page = client.get(offer.get_absolute_url()).content.decode()
    assert f"/documents/{offer.request_document}/file/" in page
    assert "いま困っていること" not in page  # the town's own words are not the employer's
    sent = {"answer": "consent_employer", "conditions": "月2回まで", "document_hash": offer.request_hash}
    assert client.post(offer.get_absolute_url(), sent).status_code == 302
    offer.refresh_from_db()
    assert offer.state == "employer_consented"
    assert "同意を承りました" in client.get(offer.get_absolute_url()).content.decode()


def test_the_town_reads_the_card_and_says_yes():
    offer = accepted()
    perform("record_consent", offer, office_actor(), now=NOW, **HEARD, conditions="月2回まで")
    client = Client()
    client.force_login(member(Role.CONTACT, offer.application.municipality))
    page = client.get(offer.get_absolute_url()).content.decode()
    assert ("月2回まで" in page, "派遣依頼書 (PDF)" in page) == (True, False)
    refused = client.post(offer.get_absolute_url(), {"answer": "refuse_town", "reason": ""})
    assert (refused.status_code, "理由を、ひとこと" in refused.content.decode()) == (422, True)
    assert client.post(offer.get_absolute_url(), {"answer": "confirm"}).status_code == 302
    offer.refresh_from_db()
    assert offer.state == "confirmed"


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_says_whose_turn_it_is_in_the_same_queries(number, django_assert_num_queries):
    for _number in range(number):
        OfferFactory()
    client = Client()
    client.force_login(office())
    client.get("/offers/")
    with django_assert_num_queries(7):
        page = client.get("/offers/").content.decode()
    assert page.count("<tr>") == number + 1


def test_the_list_is_found_by_state_town_person_and_number():
    offer, other = OfferFactory(), OfferFactory(state="expired")
    actor = office_actor()
    assert list(selectors.listing(actor, state="open")) == [offer]
    for query in (other.reference, other.advisor.user.name, other.application.municipality.name):
        assert other in selectors.listing(actor, query=query)
    assert list(selectors.listing(own(offer))) == [offer]
