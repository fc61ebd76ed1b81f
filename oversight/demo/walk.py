"""One town on the road: each method takes the next step through the door, at a time in the past."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.demo import DOMAIN
from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from advisors.models import Advisor
from engagements.applications import services as applications
from engagements.applications.models import Application
from engagements.documents import services as documents
from engagements.documents.models import Document
from engagements.journey import counter_page
from engagements.journey.models import Journey
from engagements.models import Engagement
from engagements.plans import cases
from engagements.plans import services as plans
from engagements.plans.contents import replace_contents
from engagements.plans.models import Plan
from engagements.rounds import services as rounds
from engagements.sections import services as sections
from engagements.sections.models import SectionRequest
from engagements.sessions import services as sessions
from engagements.sessions.models import Session
from engagements.survey import services as surveys
from engagements.survey.measures import encode
from engagements.survey.models import Survey
from engagements.survey.sample import sample_survey
from municipalities.dates import add_working_days
from municipalities.models import Municipality
from oversight.demo import people, plan_texts, texts
from workflow.actors import Actor
from workflow.doors import perform


class Walk:
    """A town, its people and a clock that only goes forward, never past the present."""

    def __init__(self, code: str, contact: str, started: datetime) -> None:
        self.town = Municipality.objects.select_related("prefecture").get(code=code)
        self.now = started
        self.contact = self._person(contact, Role.CONTACT)
        self.approver = self._approver()
        self.office = actor_for(User.objects.get(email=f"secretariat@{DOMAIN}"))
        self.application: Any = None
        self.offer: Any = None
        self.plan: Any = None

    def _person(self, account: str, role: Role) -> Actor:
        user = User.objects.filter(email=f"{account}@{DOMAIN}").first()
        if user is None:
            user = people.make_user(account, texts.contact_name(self.town.code), "企画財政課")
            people.give_role(user, role, date(2020, 4, 1), self.town.code, "企画財政課")
        return actor_for(user)

    def _approver(self) -> Actor:
        held = (
            Membership.objects.filter(municipality=self.town, role=Role.APPROVER)
            .select_related("user")
            .first()
        )
        if held is not None:
            return actor_for(held.user)
        user = people.make_user(f"approver-{self.town.code}", texts.approver_name(self.town.code), "総務課")
        people.give_role(user, Role.APPROVER, date(2020, 4, 1), self.town.code, "総務課")
        return actor_for(user)

    def _user(self, actor: Actor) -> User:
        return User.objects.get(pk=int(actor.id))

    def later(self, days: int, hour: int = 10, minute: int = 0) -> Walk:
        """Some days later, on a working day and at an hour of the office."""
        day = add_working_days(timezone.localdate(self.now) + timedelta(days=days), 0)
        self.now = timezone.make_aware(datetime.combine(day, time(hour, minute)))
        return self

    def draft(self, **values: Any) -> Walk:
        call = applications.seed_call(self.now)
        self.application = applications.start(call, self.town, actor=self.contact, now=self.now)
        approver = self._user(self.approver)
        written = texts.application(self.town.code) | {
            "approver_name": approver.name,
            "approver_email": approver.email,
        }
        self.application = applications.save_draft(
            self.application,
            written | values,
            actor=self.contact,
            revision=self.application.revision,
            now=self.now,
        )
        return self

    def submit(self) -> Walk:
        perform("submit", self.application, self.contact, now=self.now)
        self._print("application", self.application.reference)
        self.application.refresh_from_db()
        return self

    def _print(self, kind: str, reference: str) -> None:
        queued = Document.objects.filter(kind=kind, subject=reference).order_by("version").last()
        if queued is not None:
            documents.make(queued.pk, now=self.now)

    def consent(self) -> Walk:
        perform(
            "consent",
            self.application,
            self.approver,
            now=self.now,
            document_hash=self.application.issued_hash,
        )
        return self

    def office_does(self, name: str, **data: Any) -> Walk:
        perform(name, self.application, self.office, now=self.now, **data)
        self._print("result-notice", self.application.reference)
        return self

    def ask(self, advisor: str) -> Walk:
        helper = Advisor.objects.get(user__email=f"{advisor}@{DOMAIN}")
        self.offer = rounds.offer(
            application=Application.objects.get(pk=self.application.pk),
            advisor=helper,
            actor=self.office,
            message=texts.OFFER,
            now=self.now,
        )
        self.advisor = actor_for(helper.user)
        return self

    def agree_to_serve(self) -> Walk:
        perform("accept", self.offer, self.advisor, now=self.now)
        self.application.refresh_from_db()
        self.advisor = actor_for(self._user(self.advisor), on=timezone.localdate(self.now))
        return self

    @property
    def engagement(self) -> Engagement:
        return Journey.objects.get(pk=self.application.engagement_id)

    def session(self, number: int) -> Session:
        return Session.objects.get(engagement_id=self.application.engagement_id, kind__number=number)

    def plan_day(self, number: int, in_days: int, mode: str = "onsite") -> Walk:
        """Agree on the day of a session, in so many days; the clock stays where it is."""
        day = self.free_day(timezone.localdate(self.now) + timedelta(days=in_days))
        starts = timezone.make_aware(datetime.combine(day, time(9, 30)))
        perform(
            "schedule",
            self.session(number),
            self.advisor,
            now=self.now,
            starts_at=starts,
            ends_at=starts + timedelta(hours=2, minutes=30),
            mode=mode,
            place=texts.PLACES[number] if mode == "onsite" else "",
        )
        return self

    def propose_days(self, number: int, in_days: int, dates: int = 3) -> Walk:
        """The advisor keeps some days free for a session and asks the town to choose."""
        day, options = timezone.localdate(self.now) + timedelta(days=in_days), []
        for _date in range(dates):
            day = self.free_day(day)
            times = {"starts_at": f"{day}T09:30", "ends_at": f"{day}T12:00"}
            options.append(times | {"mode": "onsite", "place": texts.PLACES[number]})
            day += timedelta(days=3)
        perform("propose", self.session(number), self.advisor, now=self.now, options=options, sure=True)
        return self

    def free_day(self, first: date) -> date:
        """The first working day on which the advisor is promised to nobody."""
        day = add_working_days(first, 0)
        taken = set(
            Session.objects.filter(engagement__roles__user=self.advisor.user_id).values_list(
                "meetings__starts_at__date", flat=True
            )
        )
        while day in taken:
            day = add_working_days(day, 1)
        return day

    def arrange_day(self, number: int) -> Walk:
        """Who walks where, and who comes from a neighbouring town."""
        session = self.session(number)
        perform("set_teams", session, self.contact, now=self.now, teams=texts.TEAMS)
        perform("set_guests", session, self.contact, now=self.now, guests=texts.GUESTS)
        return self

    def prepare(self, number: int, things: int) -> Walk:
        """Tick the first things of a session's checklist."""
        session = self.session(number)
        for item in session.kind.checklist.order_by("position")[:things]:
            sessions.tick(session, item=item.pk, actor=self.contact, now=self.now)
        return self

    def hold(self, number: int) -> Walk:
        meeting = self.session(number).meetings.get()
        self.now = meeting.ends_at + timedelta(hours=1)
        day = timezone.localdate(meeting.starts_at)
        perform("hold", self.session(number), self.advisor, now=self.now, held_on=day)
        return self

    def log(self, number: int) -> Walk:
        perform("log", self.session(number), self.advisor, now=self.now, **texts.log(number))
        return self

    def confirm(self, number: int) -> Walk:
        perform("confirm", self.session(number), self.contact, now=self.now)
        return self

    def survey(self, teams: int = 3) -> Walk:
        held = self.session(2).held_on or timezone.localdate(self.now)
        data = encode(sample_survey(self.town.code, held, teams=teams))
        surveys.import_document(self.engagement, data, actor=self.contact, now=self.now)
        return self

    def write_plan(self) -> Walk:
        self.plan = plans.begin_plan(self.engagement, actor=self.contact, now=self.now)
        written = plan_texts.plan(self.engagement, timezone.localdate(self.now))
        replace_contents(self.plan, actor=self.contact, now=self.now, contents=written)
        self.plan = Plan.objects.get(pk=self.plan.pk)
        return self

    def ask_sections(self) -> Walk:
        """The contact's button."""
        names = counter_page.sections_to_ask(self.engagement)
        sections.ask(self.engagement, names, actor=self.contact, now=self.now, message=texts.TO_SECTIONS)
        return self

    def section_answers(self, name: str) -> Walk:
        """The section replies to its first remark, gives its figures, and refuses the last decision that it owns."""
        request = SectionRequest.objects.get(engagement=self.engagement.pk, section=name)
        clerk = self.clerk(name)
        said = plan_texts.section_answer(counter_page.page_of(request))
        perform("answer", request, clerk, now=self.now, answered_by=clerk.name, **said)
        return self

    def give_clerk(self, name: str) -> Walk:
        self.clerk(name)
        return self

    def clerk(self, name: str) -> Actor:
        user = User.objects.filter(
            memberships__role=Role.SECTION, memberships__municipality=self.town, memberships__section=name
        ).first()
        if user is None:
            user = people.make_user(f"section-{self.town.code}", texts.contact_name(self.town.code), name)
            people.give_role(user, Role.SECTION, date(2020, 4, 1), self.town.code, name)
        return actor_for(user)

    def plan_step(self, name: str, actor: Actor | None = None, **data: Any) -> Walk:
        perform(name, self.plan, actor or self.contact, now=self.now, **data)
        if name == "finalise":
            self._print("reform-plan", self.plan.reference)
            self._print("decision-sheet", self.plan.reference)
        self.plan.refresh_from_db()
        return self

    def answer(self) -> Walk:
        """The executive's answers as the contact records them after the meeting."""
        return self.plan_step(
            "answer",
            document_hash=self.plan.issued_hash,
            answered_by=texts.EXECUTIVE,
            answered_on=timezone.localdate(self.now),
            answers=plan_texts.answers(self.plan),
        )

    def carry_out(self) -> Walk:
        """The first decision is begun and done, the second begun with a word on how far it is."""
        first, second, *_rest = self.plan.decisions.order_by("position")
        perform("start", first, self.contact, now=self.now)
        perform("start", second, self.contact, now=self.now)
        self.later(30, 16)
        perform("finish", first, self.contact, now=self.now)
        perform("note_progress", second, self.contact, now=self.now, progress=texts.PROGRESS)
        return self

    def report_completion(self) -> Walk:
        """The completion report is made, looked at and handed in."""
        made = documents.request_document(
            "completion-report", self.engagement, actor=self.contact, now=self.now
        )
        documents.make(made.pk, now=self.now)
        perform("submit_completion", self.engagement, self.contact, now=self.now)
        return self

    def survey_again(self) -> Walk:
        """The same household walks once more, and writes and waits less."""
        first = Survey.objects.get(engagement=self.engagement.pk, round=1)
        day = timezone.localdate(self.now)
        again = surveys.start_resurvey(first, held_on=day, actor=self.contact, now=self.now)
        data = encode(sample_survey(self.town.code, day, teams=3, round=2))
        surveys.import_document(again, data, actor=self.contact, now=self.now, reason=texts.SURVEYED_AGAIN)
        return self

    def tell_others(self) -> Walk:
        """The case is written, agreed to and printed."""
        case = cases.begin_case(self.engagement, actor=self.contact, now=self.now)
        cases.save_case(case, actor=self.contact, now=self.now, version=case.revision, values=plan_texts.CASE)
        perform("publish", case, self.contact, now=self.now)
        self._print("case", case.reference)
        return self

    def close(self) -> Walk:
        perform("close", self.engagement, self.office, now=self.now)
        return self

    def follow_up(self) -> Walk:
        perform("follow_up", self.engagement, self.office, now=self.now)
        return self
