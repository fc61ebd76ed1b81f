"""One answer everywhere: home, page, timeline, list, file, address of the API and paper, at every state of the road."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Role, User
from engagements.documents.builders import builder_of
from engagements.documents.models import Document
from engagements.journey.models import Journey
from engagements.journey.stages import with_stage
from engagements.plans import services as plan_services
from engagements.plans.models import Plan
from municipalities.dates import era_date
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    member,
    office,
    session_of,
)
from tests.factories.plans import SHA, give_answer, ready_plan
from tests.sessions.helpers import LOG, meeting
from workflow import perform

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

#: The station of the road beside the stage whose name is not the station's own.
STATION = {"合意待ち": "合意", "振り返り中": "振り返り"}


# --- a road that passes every state ---------------------------------------------------------------


class Road:
    """One engagement, taken from state to state; each step's name says where it stands then."""

    def __init__(self) -> None:
        self.engagement = EngagementFactory()
        self.town, self.lead, self.boss = (
            contact_of(self.engagement),
            advisor_of(self.engagement),
            office(),
        )
        self.auditor = member(Role.AUDITOR)

    def journey(self, name: str, **data: Any) -> None:
        who = self.town if name == "agree_out_of_order" else self.boss
        perform(name, Journey.objects.get(pk=self.engagement.pk), actor(who), **data)

    def session(self, number: int, name: str, by: User, **data: Any) -> None:
        perform(name, session_of(self.engagement, number), actor(by), **data)

    def plan(self, name: str, by: User, **data: Any) -> None:
        perform(name, Plan.objects.get(engagement=self.engagement), actor(by), **data)

    def was_held(self, number: int, **data: Any) -> None:
        self.session(number, "hold", self.lead, held_on=timezone.localdate(), **data)

    def steps(self) -> Iterator[str]:
        yield "fresh"
        option = {name: str(value) for name, value in meeting(5).items()}
        self.session(1, "propose", self.town, options=[option], sure=True)
        yield "dates proposed"
        self.session(1, "schedule", self.town, **meeting(5))
        yield "first planned"
        for number in (2, 3):
            self.session(number, "schedule", self.town, **meeting(5 * number))
        yield "all planned"
        self.was_held(2, order_reason="研修は春に済ませた")
        yield "second held out of order"
        self.session(2, "log", self.lead, **LOG)
        yield "second logged"
        self.session(2, "send_back", self.town, reason="人数が違う")
        yield "second sent back"
        self.session(2, "log", self.lead, **LOG)
        self.session(2, "confirm", self.town)
        yield "second confirmed"
        self.was_held(1)
        yield "first held"
        self.session(1, "log", self.lead, **LOG)
        self.session(1, "confirm", self.town)
        yield "both confirmed"
        plan = ready_plan(engagement=self.engagement)
        yield "plan drafted"
        self.plan("request_review", self.town)
        yield "plan in review"
        self.plan("finalise", self.town)
        plan_services.attach_issued(Plan.objects.get(pk=plan.pk), 1, SHA, timezone.now())
        yield "plan final, no address"
        self.plan("choose_answering", self.town, at_meeting=True)
        yield "plan final, answered at the meeting"
        self.plan("choose_answering", self.town, executive_email="mayor@example.test")
        yield "plan final, address known"
        self.journey("pause", reason="選挙のため")
        yield "paused"
        self.journey("resume", reason="選挙が終わった")
        self.journey("reassign", reason="異動のため")
        yield "reassigning"
        self.journey("keep_advisor", reason="異動がなくなった")
        self.plan("report", self.town)
        yield "reported"
        give_answer(Plan.objects.get(pk=plan.pk), "deferred")
        yield "nothing adopted"
        self.plan("retract_answer", self.boss, reason="書き間違い")
        give_answer(Plan.objects.get(pk=plan.pk), "adopted")
        yield "answered before the record"
        self.journey("agree_out_of_order", order_reason="記録はあとで出す")
        yield "agreed out of order"
        self.journey("withdraw_agreement", reason="書き間違い")
        self.was_held(3)
        yield "reported and held"
        give_answer(Plan.objects.get(pk=plan.pk), "adopted")
        yield "agreed"
        self.complete()
        yield "completed"
        self.journey("follow_up")
        yield "following up"
        self.plan_progress()
        self.journey("close", no_case_reason="町の希望により公開しない")
        yield "closed"
        self.journey("reopen", reason="再調査")
        self.journey("cancel", reason="取り下げ")
        yield "cancelled"

    def lead_serves(self) -> bool:
        return self.engagement.roles.filter(role="advisor", valid_to=None).exists()

    def complete(self) -> None:
        Document.objects.create(
            kind="completion-report",
            subject=self.engagement.reference,
            version=1,
            title="完了報告書",
            body="見本町",
            engagement_id=self.engagement.pk,
            snapshot={},
            progress="ready",
            requested_at=timezone.now(),
        )
        perform("submit_completion", Journey.objects.get(pk=self.engagement.pk), actor(self.town))

    def plan_progress(self) -> None:
        for decision in Plan.objects.get(engagement=self.engagement).decisions.all():
            perform("note_progress", decision, actor(self.town), progress="様式を並べています")


# --- what each place says --------------------------------------------------------------------------


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def part(page: str, start: str, end: str) -> str:
    found = re.search(f"{start}(.*?){end}", page, re.DOTALL)
    assert found, start
    return found[1]


def read(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def stations(page: str) -> list[tuple[str, str, str]]:
    """(state, name, the rest) of each station of the road."""
    rows = re.findall(
        r'<li class="(done|now|later)( flag)?"[^>]*>(.*?)</li>',
        part(page, '<ol class="road"', "</ol>"),
        re.DOTALL,
    )
    return [
        (
            state,
            text(part(row, 'class="nm">', '<span class="hide">')),
            text(part(row, 'class="when">', "$")),
        )
        for state, flag, row in rows
        if not flag
    ]


def the_next(page: str) -> tuple[str, str, str]:
    """Label, heading and day of 「次にすること」."""
    box = part(page, '<section class="next', "</section>")
    return text(part(box, 'class="label">', "</p>")), text(part(box, "<h2[^>]*>", "</h2>")), text(box)


class Place:
    """Everything that one engagement's places say to one reader, held against what the API says to them."""

    def __init__(self, road: Road, user: User) -> None:
        self.engagement, self.user = road.engagement, user
        self.api = self._api(f"/api/v1/engagements/{road.engagement.pk}/")
        self.turn = self.api["turn"]
        self.due = date.fromisoformat(self.turn["due"]) if self.turn and self.turn["due"] else None

    def _api(self, path: str) -> Any:
        client = Client()
        client.force_login(self.user)
        return client.get(path).json()

    def listed(self) -> None:
        """A list of the API says what the single address says."""
        assert self._api(f"/api/v1/engagements/?reference={self.engagement.reference}")["results"] == [
            self.api
        ]

    def heading(self, page: str) -> None:
        label, heading, box = the_next(page)
        if self.turn is None:
            assert label == "いまの様子"
            assert "の番です" not in heading
            return
        assert label == ("次にすること" if self.turn["mine"] else "いまの様子")
        if not self.turn["mine"]:
            assert heading == f"{self.turn['who']}の番です: {self.turn['what']}"
        assert (era_date(self.due, short=True) + "まで" in box) if self.due else ("まで " not in box)

    def timeline(self, page: str) -> None:
        road, name = stations(page), self.api["stage"]["name"]
        now = [station for state, station, _when in road if state == "now"]
        if name in ("終了", "中止"):
            assert now == []
        else:
            assert len(now) == 1
            assert STATION.get(name, now[0]) == now[0]
        if now and name not in ("中断中", "アドバイザー交代中", *STATION):
            assert name.startswith(now[0])
        opened = False
        for state, station, when in road:
            assert not (state == "done" and opened) or "順序外: " in when, station
            opened = opened or state != "done"

    def page(self) -> None:
        page = read(self.user, f"/engagements/{self.engagement.pk}/")
        lead = part(page, '<div class="lead">', "</div>")
        assert text(part(lead, '<span class="st[^>]*>', "</span>")) == self.api["stage"]["name"]
        head = text(part(page, '<div class="lead">', '<section class="next'))
        assert all(note in head for note in self.api["stage"]["notes"])
        self.heading(page)
        self.timeline(page)
        first = re.search(r'<ul class="waits">\s*<li>(.*?)</li>', page, re.DOTALL)
        assert bool(first) == bool(self.turn)
        if first and self.turn:
            who = "あなた" if self.turn["mine"] else self.turn["who"]
            assert text(first[1]).startswith(f"{who}の番 {self.turn['what']}")

    def row(self) -> None:
        page = read(self.user, "/engagements/?state=all")
        cells = re.findall(
            r"<td[^>]*>(.*?)</td>", part(page, f">{self.engagement.reference}<", "</tr>"), re.DOTALL
        )
        assert text(cells[0]) == " ".join([self.api["stage"]["name"], *self.api["stage"]["notes"]])
        who = ("あなたの番" if self.turn["mine"] else self.turn["who"]) if self.turn else ""
        assert [text(cells[1]), text(cells[2])] == [who, self.turn["what"] if self.turn else ""]

    def file(self) -> None:
        client = Client()
        client.force_login(self.user)
        book = load_workbook(BytesIO(client.get("/engagements/?state=all&format=xlsx").content))
        heading, *rows = list(book.active.iter_rows(values_only=True))
        row = dict(
            zip(heading, next(row for row in rows if row[0] == self.engagement.reference), strict=True)
        )
        turn = self.turn or {"who": None, "what": None}
        due = datetime.combine(self.due, datetime.min.time()) if self.due else None
        said = (row["状態"], row["いまの番"], row["待っていること"], row["期限"])
        assert said == (self.api["stage"]["name"], turn["who"], turn["what"], due)

    def paper(self) -> None:
        """What the completion report says, once there is one: nobody's own, so an auditor's answer."""
        builder = builder_of("completion-report")
        subject = builder.subjects().filter(pk=self.engagement.pk).first()
        if subject is None:
            return
        said = str(builder.snapshot(subject, timezone.localdate()))
        words = [self.api["stage"]["name"], *self.api["stage"]["notes"]]
        if self.turn:
            words += [f"{self.turn['who']} {self.turn['what']}", era_date(self.due) if self.due else ""]
        assert [word for word in words if word not in said] == []


def homes(road: Road, town: Place, lead: Place) -> None:
    """The town's own home shows the same next step and the same road; the advisor's the same row."""
    if Journey.objects.get(pk=road.engagement.pk).state in ("closed", "cancelled"):
        return
    page = read(road.town, "/")
    town.heading(page)
    town.timeline(page)
    row = text(part(read(road.lead, "/"), f'<a href="/engagements/{road.engagement.pk}/">', "</li>"))
    whose = ("あなたの番" if lead.turn["mine"] else f"{lead.turn['who']}の番") if lead.turn else ""
    assert row.endswith(f"{lead.api['stage']['name']} {whose}".strip())


def test_every_place_says_the_same_at_every_state() -> None:
    road = Road()
    for step in road.steps():
        places = {name: Place(road, user) for name, user in vars(road).items() if name != "engagement"}
        try:
            for name in ("town", "lead", "boss"):
                places[name].page()
            places["lead"].row()
            places["boss"].listed()
            places["boss"].file()
            places["auditor"].paper()
            if road.lead_serves():
                homes(road, places["town"], places["lead"])
        except AssertionError as error:
            raise AssertionError(f"at: {step}") from error
        stage = with_stage(Journey.objects.filter(pk=road.engagement.pk)).get().stage
        assert (step, stage) == (step, places["boss"].api["stage"]["code"])
