"""Every purpose of a signed link: GET never acts, reuse, expiry and another addressee are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import links
from accounts.entry.models import Invitation
from accounts.models import SignedLink
from advisors.models import Advisor
from engagements.documents import services as documents
from engagements.documents.models import Document
from engagements.models import Engagement
from engagements.programme.models import Programme
from tests.factories import applications, entry
from tests.factories.engagements import EngagementFactory, session_of
from tests.factories.plans import reported_plan, survey_of
from tests.factories.rounds import OfferFactory
from tests.factories.sections import SECTION, SectionRequestFactory, mailbox
from tests.once import built
from tests.oversight import forms
from tests.plans.test_pages import answer_form
from tests.sessions.helpers import log
from workflow import perform
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db


#: What these lead to is an account: whoever comes again signs in.
ENTRANCES = ("register-confirm", "invitation")


@dataclass(frozen=True, slots=True)
class Sent:
    """A link that was mailed: its purpose, the object it is about, and what its page posts."""

    purpose: str
    obj: Any
    said: dict[str, Any]

    @property
    def link(self) -> SignedLink:
        return SignedLink.objects.filter(purpose=self.purpose).latest("pk")

    @property
    def path(self) -> str:
        return entry.link_path(self.link.address)


def _consent() -> Sent:
    return Sent("consent", applications.issued(), {"act": "consent"})


def _plan() -> Sent:
    plan = reported_plan(executive_email="mayor@town.example.test")
    return Sent("executive-answer", plan, answer_form(plan))


def _section() -> Sent:
    return _asked(EngagementFactory())


def _asked(engagement: Engagement, section: str = SECTION) -> Sent:
    mailbox(engagement, section)
    asked = SectionRequestFactory(engagement=engagement, section=section)
    return Sent("section-request", asked, {"answered_by": "例示 さくら"})


def _session() -> Sent:
    engagement = EngagementFactory()
    log(engagement, 1)
    return Sent("session-record", session_of(engagement, 1), {"do": "confirm"})


def _offer() -> Sent:
    offer = OfferFactory()
    Programme.objects.update(employer_consent=True)
    Advisor.objects.filter(pk=offer.advisor_id).update(
        employer_email="soumu@lender.example.test", employer_contact="見本 次長"
    )
    offer = type(offer).objects.get(pk=offer.pk)
    perform("accept", offer, applications.acting(offer.advisor.user))
    paper = Document.objects.filter(kind="dispatch-request").latest("pk")
    documents.make(paper.pk, now=timezone.now())
    return Sent("employer-consent", type(offer).objects.get(pk=offer.pk), {"answer": "consent_employer"})


def _registration() -> Sent:
    return Sent("register-confirm", entry.registration(), {})


def _invitation() -> Sent:
    return Sent("invitation", entry.invitation(), {"name": "仮名 二子", "password": "mado-no-mae-2026"})


MAKERS: dict[str, Callable[[], Sent]] = {
    "consent": _consent,
    "plan": _plan,
    "section": _section,
    "session": _session,
    "offer": _offer,
    "registration": _registration,
    "invitation": _invitation,
}


@pytest.fixture(scope="module", params=sorted(MAKERS))
def made(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Sent]:
    yield from built(django_db_blocker, MAKERS[request.param])


@pytest.fixture
def sent(made: Sent, db: None) -> Sent:
    return deepcopy(made)


def told(obj: Any) -> int:
    return Event.objects.filter(stream=obj.stream).count()


def test_every_purpose_is_tried_here() -> None:
    assert {make().purpose for make in MAKERS.values()} == set(links.purposes())


def test_reading_never_acts(sent: Sent) -> None:
    before, client = told(sent.obj), Client()
    for _time in range(3):
        assert client.get(sent.path).status_code == 200
        assert client.head(sent.path).status_code == 200
    assert told(sent.obj) == before
    assert sent.link.used_at is None


def test_one_post_acts_once_and_the_second_is_refused(sent: Sent) -> None:
    before, link, path = told(sent.obj), sent.link, sent.path
    assert Client().post(path, sent.said).status_code == 200
    after = told(sent.obj)
    assert after > before
    assert SignedLink.objects.get(pk=link.pk).used_at is not None
    assert Client().post(path, sent.said).status_code == 410
    assert told(sent.obj) == after


def test_what_is_typed_on_a_page_by_link_is_there_on_another_device() -> None:
    """As on every other page; what asks for a password, or for one word, is not kept."""
    visitor, sent = Client(), [MAKERS[name]() for name in sorted(MAKERS)]
    sent.append(_asked(survey_of(EngagementFactory()).engagement, "町民生活課"))  # it has remarks to answer
    sheets = [
        forms.Sheet(one.purpose, one.path, forms.forms_of("", visitor.get(one.path).content.decode()))
        for one in sent
    ]
    kept = [sheet for sheet in sheets if sheet.kept]
    purposes = {"consent", "employer-consent", "executive-answer", "session-record", "section-request"}
    assert {sheet.who for sheet in kept} == purposes
    assert {form.why for sheet in sheets for form in sheet.forms} == {"", "asks for a password"}
    assert forms.lost(kept, dict.fromkeys(purposes, visitor)) == {}


def test_an_expired_link_says_so_and_does_nothing(sent: Sent) -> None:
    before, path = told(sent.obj), sent.path
    SignedLink.objects.filter(pk=sent.link.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    for answer in (Client().get(path), Client().post(path, sent.said)):
        assert answer.status_code == 410
        assert "期限が過ぎました" in answer.content.decode()
    assert told(sent.obj) == before


def test_a_used_link_shows_what_was_done_and_acts_no_more(sent: Sent) -> None:
    path = sent.path
    done = Client().post(path, sent.said).content.decode()
    after, shown = told(sent.obj), Client().get(path)
    if sent.purpose in ENTRANCES:
        assert (shown.status_code, "使用済み" in shown.content.decode()) == (410, True)
        return
    heading = re.compile("<h1[^>]*>.*?</h1>", re.DOTALL)
    assert shown.status_code == 200
    assert heading.findall(shown.content.decode()) == heading.findall(done)
    assert told(sent.obj) == after


def test_an_expired_link_offers_a_new_one_that_opens(sent: Sent) -> None:
    path, before = sent.path, timezone.now() - timedelta(days=1)
    SignedLink.objects.filter(pk=sent.link.pk).update(expires_at=before, created_at=before)
    Invitation.objects.update(sent_at=before)
    assert 'name="renew"' in Client().get(path).content.decode()
    assert Client().post(path, {"renew": "1"}).status_code == 200
    assert sent.path != path
    assert Client().get(sent.path).status_code == 200


def test_a_superseded_link_leads_to_the_newer_mail(sent: Sent) -> None:
    before, path = told(sent.obj), sent.path
    SignedLink.objects.filter(pk=sent.link.pk).update(revoked_at=timezone.now())
    answer = Client().post(path, sent.said)
    assert answer.status_code == 410
    assert "いちばん新しいメール" in answer.content.decode()
    assert told(sent.obj) == before


def test_a_guessed_token_opens_nothing(sent: Sent) -> None:
    before = told(sent.obj)
    assert Client().post("/l/" + "x" * 43 + "/", sent.said).status_code == 404
    assert told(sent.obj) == before


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_link_acts_on_its_own_object_alone(name: str) -> None:
    """The addressee of one link has nothing to say about the object of another one."""
    first = MAKERS[name]()
    path, said = first.path, first.said
    second = MAKERS[name]()
    before = told(second.obj)
    answer = Client().post(path, said | {"pk": str(second.obj.pk)})
    assert answer.status_code == 200
    assert told(second.obj) == before


def test_a_mail_holds_the_only_readable_token(sent: Sent) -> None:
    token = sent.path.removeprefix("/l/").strip("/")
    assert not SignedLink.objects.filter(token_hash=token).exists()
    assert Outbox.objects.filter(kind="mail", body__contains=token).count() == 1
