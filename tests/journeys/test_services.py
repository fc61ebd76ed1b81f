"""From an empty draft to an agreed plan through the services alone, and what every step leaves behind.

Nothing stands still for the test: meetings are planned for tomorrow and held today, which the rules allow.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from accounts import links
from accounts.standings import actor_of_link
from engagements.applications import services as applications
from engagements.applications.models import Application
from engagements.documents.models import Document
from engagements.documents.services import file_path
from engagements.journey.models import Journey
from engagements.plans import services as plans
from engagements.plans.contents import replace_contents
from engagements.plans.models import Plan
from engagements.rounds import services as rounds
from engagements.rounds.models import Offer
from engagements.sessions.models import Session
from engagements.survey import services as surveys
from engagements.survey.measures import encode
from engagements.survey.sample import sample_survey
from municipalities.dates import add_working_days, era_date
from oversight.demo import plan_texts, texts
from tests.factories.applications import complete
from tests.journeys.people import EXECUTIVE, People, acting
from tests.journeys.watching import Turn, Watch, turns
from workflow import Actor, perform
from workflow.audit import faults
from workflow.errors import GuardsUnmet, WrongState
from workflow.models import Span

pytestmark = pytest.mark.django_db
TOWN = "岩手県見本町"
NAMES = {1: "① 研修", 2: "② 体験調査・ワークショップ", 3: "③ 首長報告"}


def day_in(days: int) -> str:
    return era_date(timezone.localdate() + timedelta(days=days), short=True)


def open_day_in(days: int) -> str:
    return era_date(add_working_days(timezone.localdate(), days), short=True)


def link_in(body: str) -> links.SignedLink:
    """The signed link of a mail, as its addressee would open it."""
    found = re.search(r"/l/([^/]+)/", body)
    assert found
    link = links.find(found[1])
    assert link
    return link


class Road:
    """One town's way, step by step; each method takes one stage and looks at what it left behind."""

    def __init__(self) -> None:
        self.people = People()
        self.town, self.office = acting(self.people.contact), acting(self.people.office)
        self.watch = Watch()
        self.application = self._draft()

    @property
    def advisor(self) -> Actor:
        return acting(self.people.advisor.user)

    @property
    def engagement(self) -> Journey:
        return Journey.objects.get(pk=self.application.engagement_id)

    @property
    def plan(self) -> Plan:
        return Plan.objects.get(engagement=self.engagement.pk)

    def session(self, number: int) -> Session:
        return Session.objects.get(engagement=self.engagement.pk, kind__number=number)

    def due(self, machine: str, state: str) -> date | None:
        return Span.objects.get(machine=machine, state=state, left_at=None).due_on

    def _draft(self) -> Application:
        now = timezone.now()
        started = applications.start(self.people.call, self.people.town, actor=self.town, now=now)
        written = complete(contact_email=self.people.contact.email, approver_email=self.people.approver.email)
        return applications.save_draft(started, written, actor=self.town, revision=started.revision, now=now)

    def apply(self) -> None:
        """Draft → submitted: a paper is made, and the approver asked for consent to that very paper."""
        assert self.watch.events() == ["application.begin"]
        assert turns("application") == {Turn("application", "draft", "contact", "")}
        perform("submit", self.application, self.town)
        assert self.watch.events() == ["application.submit"]
        assert turns("application") == {Turn("application", "submitted", "secretariat", "contact")}
        programme = self.people.call.programme
        assert self.watch.mails() == {
            self.people.office.email: f"{day_in(programme.review_days)}までに、申込を確認してください({TOWN})",
            self.people.approver.email: f"{day_in(links.LIFETIME.days)}までに、申込の承認をお願いします({TOWN})",
            self.people.contact.email: f"申込を受け付けました({self.application.reference}、{TOWN})",
        }
        assert self.watch.events() == ["document.issued", "application.issue"]
        self.application.refresh_from_db()
        assert self.application.issued_hash == self.paper("application").sha256
        assert turns("application") == {Turn("application", "submitted", "approver", "secretariat")}

    def paper(self, kind: str) -> Document:
        """The latest paper of a kind: a PDF whose bytes have the hash that stands beside it."""
        found = Document.objects.filter(kind=kind).latest("version")
        content = file_path(found).read_bytes()
        assert content.startswith(b"%PDF-")
        assert hashlib.sha256(content).hexdigest() == found.sha256
        return found

    def be_accepted(self) -> None:
        """Nobody is accepted without consent; the consent names the paper's hash."""
        with pytest.raises(GuardsUnmet):
            perform("accept", self.application, self.office)
        perform(
            "consent",
            self.application,
            acting(self.people.approver),
            document_hash=self.application.issued_hash,
        )
        assert self.watch.events() == ["application.consent"]
        due = day_in(self.people.call.programme.review_days)
        receipt = f"申込の承認を受け付けました({self.application.reference}、{TOWN})"
        asked = {
            self.people.office.email: f"{due}までに、承認された申込の受理を決めてください({TOWN})",
            self.people.approver.email: receipt,
            self.people.contact.email: receipt,
        }
        assert self.watch.mails() == asked
        assert turns("application") == {Turn("application", "submitted", "secretariat", "contact")}
        perform("accept", self.application, self.office)
        assert self.watch.events() == ["application.accept"]
        told = {self.people.contact.email: f"アドバイザーの決定をお待ちください。申込を受理しました({TOWN})"}
        assert self.watch.mails() == told
        assert self.watch.events() == ["document.issued"]
        assert self.paper("result-notice").subject == self.application.reference
        assert turns("application") == {Turn("application", "accepted", "secretariat", "contact")}

    def find_an_advisor(self) -> None:
        """Offered, accepted, and with both switches off confirmed at once: the engagement is opened."""
        offer: Offer = rounds.offer(
            application=self.application,
            advisor=self.people.advisor,
            actor=self.office,
            message="ご検討ください。",
            now=timezone.now(),
        )
        assert self.watch.events() == ["offer.begin"]
        [(to, subject)] = self.watch.mails().items()
        answer_by = era_date(timezone.localdate(offer.expires_at), short=True)
        assert to == self.people.advisor.user.email
        assert subject == f"{answer_by} 17:00までに、{TOWN}の打診にお答えください"
        assert turns("offer") == {Turn("offer", "sent", "advisor", "secretariat")}
        assert self.due("offer", "sent") == timezone.localdate(offer.expires_at)
        perform("accept", offer, self.advisor)
        assert self.watch.events() == [
            "offer.accept",
            "offer.confirm",
            "application.match",
            "engagement.begin",
            *["session.begin"] * 3,
        ]
        asked = f"{NAMES[1]}の日程を入れてください。アドバイザーが決まりました({TOWN})"
        assert self.watch.mails() == {self.people.contact.email: asked}
        self.application.refresh_from_db()
        assert (self.application.state, self.engagement.state) == ("matched", "preparing")
        assert turns("session") == {Turn("session", "unscheduled", "contact", "advisor")}

    def meet(self, number: int, carries: str = "", confirming: str = "") -> None:
        """Planned for tomorrow, held today, logged by the advisor, confirmed by the town."""
        starts = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time(10)))
        day = {"starts_at": starts, "ends_at": starts + timedelta(hours=2), "mode": "onsite"}
        perform("schedule", self.session(number), self.town, place="本庁舎", **day)
        assert self.watch.events() == ["session.schedule", *([carries] if carries else [])]
        seen = f"{day_in(1)} 10:00 {NAMES[number]}の日程をご確認ください({TOWN})"
        assert self.watch.mails() == {self.people.advisor.user.email: seen}
        assert Turn("session", "scheduled", "advisor", "contact") in turns("session")
        perform("hold", self.session(number), self.town, held_on=timezone.localdate())
        assert self.watch.events() == ["session.hold"]
        programme = self.engagement.programme
        write = f"{day_in(programme.log_days)}までに、{NAMES[number]}の実施記録を書いてください({TOWN})"
        assert self.watch.mails() == {self.people.advisor.user.email: write}
        assert self.due("session", "held") == timezone.localdate() + timedelta(days=programme.log_days)
        perform("log", self.session(number), self.advisor, **texts.log(number))
        assert self.watch.events() == ["session.log"]
        read = (
            f"{open_day_in(programme.confirm_days)}までに、{NAMES[number]}の実施記録をご確認ください({TOWN})"
        )
        assert self.watch.mails() == {self.people.contact.email: read}
        assert Turn("session", "logged", "contact", "advisor") in turns("session")
        perform("confirm", self.session(number), self.town)
        assert self.watch.events() == ["session.confirm", *([confirming] if confirming else [])]
        assert self.watch.mails() == {}

    def survey(self) -> None:
        data = encode(sample_survey(self.people.town.code, timezone.localdate(), teams=2))
        surveys.import_document(self.engagement, data, actor=self.town, now=timezone.now())
        assert self.watch.events() == ["survey.created", "survey.version_saved"]
        assert self.watch.mails() == {}

    def write_plan(self) -> None:
        """The advisor looks at the draft and gives it back; finished, it is printed and bound to its hash."""
        now = timezone.now()
        plan = plans.begin_plan(self.engagement, actor=self.town, now=now)
        assert turns("plan") == {Turn("plan", "draft", "contact", "advisor")}
        with pytest.raises(GuardsUnmet) as unmet:
            perform("finalise", plan, self.town)
        assert len(unmet.value.unmet) == 3
        contents = plan_texts.plan(self.engagement, timezone.localdate()) | {"executive_email": EXECUTIVE}
        replace_contents(plan, actor=self.town, now=now, contents=contents)
        assert self.watch.events() == ["plan.begin", *["decision.begin"] * 3]
        perform("request_review", self.plan, self.town)
        look_at = (
            f"{open_day_in(self.engagement.programme.confirm_days)}までに、計画書をご確認ください({TOWN})"
        )
        assert self.watch.mails() == {self.people.advisor.user.email: look_at}
        assert turns("plan") == {Turn("plan", "in_review", "advisor", "contact")}
        perform("give_back", self.plan, self.advisor, review_comment="費用の欄を足しましょう。")
        mend = f"計画書を直して、完成させてください({TOWN})"
        assert self.watch.mails() == {self.people.contact.email: mend}
        perform("finalise", self.plan, self.town)
        assert self.watch.events() == ["plan.request_review", "plan.give_back", "plan.finalise"]
        assert self.watch.mails() == {}
        assert self.watch.events() == ["document.issued", "plan.issued", "document.issued"]
        assert self.plan.issued_hash == self.paper("reform-plan").sha256
        assert turns("plan") == {Turn("plan", "final", "", "")}

    def report(self) -> None:
        """The executive gets a link, good for the very file; the town can write the answer down meanwhile."""
        perform("report", self.plan, self.town)
        assert self.watch.events() == ["plan.report"]
        asked = f"{day_in(links.LIFETIME.days)}までに、窓口改革計画書にお答えください({TOWN})"
        assert self.watch.mails() == {EXECUTIVE: asked}
        assert turns("plan") == {Turn("plan", "reported", "executive", "contact")}
        assert link_in(mail.outbox[-1].body).version == self.plan.issued_hash

    def be_answered(self) -> None:
        """One adopted, one with a condition, one deferred: agreed."""
        link = link_in(mail.outbox[-1].body)
        answers: list[dict[str, Any]] = plan_texts.answers(self.plan)
        plans.answer_by_link(
            self.plan,
            link,
            actor=actor_of_link(link),
            now=timezone.now(),
            answered_by="見本 太郎",
            answers=answers,
        )
        assert self.watch.events() == [
            "plan.answer",
            "decision.adopt",
            "decision.adopt_with_condition",
            "decision.defer",
            "engagement.agree",
        ]
        told = f"計画書の答えを確かめ、担当課に伝えてください({TOWN})"
        assert self.watch.mails() == {self.people.contact.email: told}
        assert (self.plan.state, self.plan.answered_hash) == ("answered", self.plan.issued_hash)
        assert [row.state for row in self.plan.decisions.order_by("position")] == [
            "adopted",
            "adopted_with_condition",
            "deferred",
        ]
        assert self.engagement.state == "agreed"


def test_the_road_from_draft_to_agreed() -> None:
    road = Road()
    road.apply()
    road.be_accepted()
    road.find_an_advisor()
    road.meet(1, carries="engagement.start_training", confirming="engagement.start_survey")
    road.meet(2, confirming="engagement.start_reporting")
    road.survey()
    road.write_plan()
    road.meet(3)
    road.report()
    road.be_answered()
    assert {span.state for span in Span.objects.filter(left_at=None, machine="session")} == {"confirmed"}
    [waiting] = Span.objects.filter(left_at=None).exclude(turn_role="")
    assert (waiting.machine, waiting.state, waiting.turn_role) == ("engagement", "agreed", "contact")
    assert faults() == []
    call_command("verify_log")


def test_nothing_is_taken_before_its_time() -> None:
    """The same road, each later step tried at the very beginning."""
    road = Road()
    for name, actor in (("consent", acting(road.people.approver)), ("accept", road.office)):
        with pytest.raises(WrongState):
            perform(name, road.application, actor, **({"document_hash": "x"} if name == "consent" else {}))
    with pytest.raises(WrongState):
        rounds.offer(
            application=road.application,
            advisor=road.people.advisor,
            actor=road.office,
            message="",
            now=timezone.now(),
        )
    road.apply()
    road.be_accepted()
    road.find_an_advisor()
    starts = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time(10)))
    day = {"starts_at": starts, "ends_at": starts + timedelta(hours=2), "mode": "online"}
    with pytest.raises(GuardsUnmet) as unmet:
        perform("schedule", road.session(3), road.town, **day)
    assert NAMES[1] in str(unmet.value.unmet[0].sentence)
    assert road.engagement.state == "preparing"
    assert faults() == []
