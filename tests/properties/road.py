"""The road as a walker sees it: every try is held against the model, whether it passes or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from engagements.applications import services as applications
from engagements.applications.models import Application, Call
from engagements.documents.models import Document
from engagements.plans import contents
from engagements.plans import services as plans
from engagements.plans.models import Plan
from engagements.rounds import jobs
from engagements.rounds import services as rounds
from engagements.sessions import jobs as session_jobs
from engagements.survey import services as surveys
from engagements.survey.measures import encode
from tests.factories.applications import complete
from tests.factories.plans import DECISION, KPI, ROADMAP, survey_document
from tests.properties import stages
from tests.properties.oracle import SECURITY, Model, chain_of, fingerprint
from tests.properties.typed import Pick, paper
from tests.properties.world import BEGINNING, LINKS, World, may
from workflow.actors import SYSTEM, Actor
from workflow.doors import Available, available, begin, machines, perform, rules
from workflow.errors import DoorError, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Event

MINUTE = timedelta(minutes=1)
PASSED = "passed"
#: What follows from these may be refused by guards of the room above: then the whole step is.
REACTIONS_ASK_MORE = {"plan.retract_answer"}


class Road:
    """The world with its clock, which only goes forward, and the model of what has happened in it."""

    def __init__(self, world: World) -> None:
        self.world, self.now, self.model = world, BEGINNING, Model()
        self.actors: dict[Any, Actor] = {}
        self.before = fingerprint()

    def kinds(self) -> list[str]:
        return sorted({stream.partition(":")[0] for stream in self.model.states})

    def some(self, kind: str, pick: Pick) -> Any:
        """One of the objects of a machine, the way it is stored now."""
        stream = pick([stream for stream in self.model.states if stream.startswith(f"{kind}:")])
        return machines()[kind]._base_manager.get(pk=stream.rpartition(":")[2])

    def actor(self, who: str, obj: Any = None) -> Any:
        """Kept until something has happened: roles in engagements come and go with what happens."""
        if who in LINKS:
            return self.world.actor(who, self.now, obj)
        key = (who, timezone.localdate(self.now))
        if key not in self.actors:
            self.actors[key] = self.world.actor(who, self.now)
        return self.actors[key]

    def open_to(self, obj: Any) -> list[tuple[str, str]]:
        """Who has the right to take which step from here."""
        names = [name for name, rule in rules(type(obj)).items() if str(obj.state) in rule.sources]
        return [
            (who, name)
            for name in names
            for who in self.world.names
            if may(self.actor(who, obj), f"{obj.machine}.{name}", obj)
        ]

    def offered(self, obj: Any, who: str) -> dict[str, Available]:
        return {found.rule.name: found for found in available(obj, self.actor(who, obj), now=self.now)}

    def attempt(
        self, obj: Any, name: str, who: str, said: dict[str, Any], *, ago: timedelta | None = None
    ) -> str:
        """Try one door. Returns ``passed`` or the name of the refusal, having checked all that follows from it."""
        self.now += MINUTE
        actor, rule = self.actor(who, obj), rules(type(obj))[name]
        action, tries = f"{obj.machine}.{name}", self.model.counts[SECURITY]
        allowed, in_time = may(actor, action, obj), str(obj.state) in rule.sources
        shown = self.offered(obj, who).get(name)
        assert (shown is not None) == (allowed and in_time), f"{action} by {who}: shown {shown}"
        at = None if ago is None else self.now - ago
        outcome, batch = self._outcome(
            lambda: perform(name, obj, actor, now=self.now, occurred_at=at, **said)
        )
        assert (outcome == NotAllowed.__name__) == (not allowed), f"{action} by {who}: {outcome}"
        assert (outcome == WrongState.__name__) == (allowed and not in_time), f"{action} by {who}: {outcome}"
        if shown is not None and not (outcome == GuardsUnmet.__name__ and action in REACTIONS_ASK_MORE):
            assert (outcome == GuardsUnmet.__name__) == (not shown.allowed), f"{action} by {who}: {outcome}"
        if outcome == PASSED:
            chain_of(batch, action)
            assert batch[0].stream == obj.stream
            assert str(obj.state) == self.model.states[obj.stream]
        else:
            assert [event.type for event in batch] == ["security.refused"] * (not allowed)
            assert self.model.counts[SECURITY] == tries + (not allowed)
        return outcome

    def serve(self, work: Callable[[], Any]) -> str:
        """Call a room's service, which may refuse: then nothing is changed but the log of refused tries."""
        self.now += MINUTE
        outcome, batch = self._outcome(work)
        assert outcome == PASSED or all(event.stream == SECURITY for event in batch)
        return outcome

    def _outcome(self, work: Callable[[], Any]) -> tuple[str, list[Event]]:
        try:
            work()
            outcome, sentence = PASSED, "…"
        except DoorError as refusal:
            outcome, sentence = type(refusal).__name__, str(refusal)
        assert sentence, "a refusal says why"
        after, batch = fingerprint(), self.model.news()
        self.model.take(batch)
        if outcome == PASSED:
            self.actors.clear()
            stages.hold(self.world)
        else:
            assert after == self.before, f"{outcome} left something behind"
        self.before = after
        return outcome, batch

    # --- what grows by services ---------------------------------------------------------------------------

    def sweep(self) -> str:
        """What happens to offers and held dates without anybody; a second pass finds nothing left to do."""
        offers = (jobs.expire_offers, jobs.remind_of_offers, jobs.escalate_offers)
        tasks = (*offers, session_jobs.expire_date_holds, session_jobs.confirm_by_silence)
        done = self.serve(lambda: [task(self.now) for task in tasks])
        before = fingerprint()
        assert [task(self.now) for task in tasks] == [0] * len(tasks)
        assert fingerprint() == before
        return done

    def new_call(self) -> str:
        def work() -> None:
            made = Call.objects.create(
                title="追加の募集",
                programme=self.world.call.programme,
                fiscal_year=2026,
                opens_at=BEGINNING - timedelta(days=1),
            )
            begin(made, SYSTEM, now=self.now)

        return self.serve(work)

    def start(self, call: Call, town: int, who: str) -> str:
        body = self.world.towns[town]
        return self.serve(lambda: applications.start(call, body, actor=self.actor(who), now=self.now))

    def write(self, application: Application, who: str) -> str:
        """Everything that is asked for, saved over what is there."""
        approver = self.world.users[f"approver{self.world.town_of(application)}"]
        values = complete(approver_email=approver.email, months=[7, 9, 10, 11])
        return self.serve(
            lambda: applications.save_draft(
                application, values, actor=self.actor(who), revision=application.revision, now=self.now
            )
        )

    def print_paper(self, kind: str, subject: Any) -> str:
        """What the worker does with the latest document of the subject, without drawing it."""
        document = Document.objects.filter(kind=kind, subject=subject.reference).order_by("version").last()
        if document is None:
            return "nothing"

        def work() -> None:
            sha256 = paper(document.pk)
            Document.objects.filter(pk=document.pk).update(progress=Document.Progress.READY, sha256=sha256)
            attach = {
                "application": applications.attach_issued,
                "reform-plan": plans.attach_issued,
                "dispatch-request": rounds.attach_request,
            }
            attach[kind](subject, document.pk, sha256, self.now)

        return self.serve(work)

    def ask(self, application: Application, advisor: int, who: str) -> str:
        asked = self.world.advisors[advisor]
        return self.serve(
            lambda: rounds.offer(
                application=application,
                advisor=asked,
                actor=self.actor(who),
                message="お願いします。",
                now=self.now,
            )
        )

    def bring_survey(self, engagement: Any, who: str) -> str:
        data = encode(survey_document(engagement.municipality_id))
        return self.serve(
            lambda: surveys.import_document(engagement, data, actor=self.actor(who), now=self.now)
        )

    def begin_plan(self, engagement: Any, who: str) -> str:
        return self.serve(lambda: plans.begin_plan(engagement, actor=self.actor(who), now=self.now))

    def write_plan(self, plan: Plan, who: str, decisions: int) -> str:
        """A whole plan in the place of the draft's; decisions that are there are taken out."""
        rows = [DECISION | {"title": f"改善案{n}"} for n in range(1, decisions + 1)]
        written = {"vision": "一度だけ書く", "decisions": rows, "roadmap": [ROADMAP], "kpis": [KPI]}
        return self.serve(
            lambda: contents.replace_contents(plan, actor=self.actor(who), now=self.now, contents=written)
        )
