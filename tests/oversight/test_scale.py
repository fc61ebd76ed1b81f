"""``demo --scale``: copies are what the door would have made, up to town, people, numbers and years."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from accounts import permissions
from accounts.models import User
from accounts.standings import actor_for
from advisors.load import loads
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.documents.models import Document
from engagements.journey.models import Journey
from engagements.journey.selectors import late_turns
from engagements.models import SERVING, Engagement
from engagements.plans.models import Decision, Evidence, Kpi, Plan
from engagements.programme import services as programme
from engagements.rounds.models import Offer
from engagements.sessions.models import Meeting, Session
from engagements.survey.measures import read_survey
from engagements.survey.models import SurveyVersion
from municipalities.dates import fiscal_year
from oversight.demo import bulk, people
from oversight.demo.bulk_copies import earlier
from oversight.demo.stages import Place, agreed, asked, trained, walk_all
from workflow import perform
from workflow.audit import faults
from workflow.models import Event, Span

WALKED = (
    Place("374041", "contact-374041", 190, agreed("advisor2")),
    Place("062081", "contact-062081", 60, trained("advisor3")),
    Place("012084", "contact-012084", 16, asked("advisor")),
)
#: Walked through the door in a town that is no road of the copies.
TWIN = Place("162027", "contact-162027", 190, agreed("advisor2"))
NUMBER = 40
#: What is a road's own in any text.
OWN = {
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "paper": re.compile(r"\b[0-9a-f]{64}\b"),
    "number": re.compile(r"\b(?:[AHRP]+\d+-D?\d+|S-[HR]\d+-\d+)\b"),
    "town": re.compile(r"(?:[一-龠]{2,3}[都道府県])?[一-龠ぁ-んァ-ヶー]+[市区町村]"),
}
NUMBERED = ("document", "decision", "advisor")


def copies_of(code: str) -> list[Application]:
    """Copies of the road of that town, oldest first: what its people wrote came along."""
    own = Application.objects.get(municipality=code)
    state = own.engagement.state if own.engagement else None
    rows = Application.objects.filter(
        contact_email__startswith="contact-", engagement__state=state, state=own.state
    )
    walked = [place.code for place in (*WALKED, TWIN)]
    return list(
        rows.exclude(municipality__in=walked).select_related("engagement").order_by("call__fiscal_year", "pk")
    )


def streams_of(application: Application) -> list[str]:
    contexts = [f"application:{application.pk}", f"engagement:{application.engagement_id}"]
    papers = Document.objects.filter(subject=application.reference).values_list("pk", flat=True)
    rows = Event.objects.filter(context__in=contexts).order_by("pk").values_list("stream", flat=True)
    return list(dict.fromkeys([*rows, *(f"document:{pk}" for pk in papers)]))


def plain(value: Any, names: dict[str, str]) -> Any:
    """Without what is this town's own: ids, numbers, days, hashes and names."""
    if isinstance(value, dict):
        return {
            key: "#" if key in NUMBERED and isinstance(item, int) else plain(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [plain(item, names) for item in value]
    if not isinstance(value, str):
        return value
    if value in names:
        return names[value]
    for label, pattern in OWN.items():
        value = pattern.sub(f"<{label}>", value)
    return value


def people_of(application: Application) -> dict[str, str]:
    offer = Offer.objects.filter(application=application).select_related("advisor__user").first()
    found = (
        {f"person:{offer.advisor.user_id}": "advisor", f"user:{offer.advisor.user_id}": "advisor"}
        if offer
        else {}
    )
    town = User.objects.filter(memberships__municipality=application.municipality_id)
    found |= {f"user:{user.pk}": user.memberships.get().role for user in town}
    return found | {f"municipality:{application.municipality_id}": "town"}


def names_of(application: Application) -> dict[str, str]:
    """What a key of this road is in any road: its kind and how many of that kind came before."""
    seen: Counter[str] = Counter()
    names = people_of(application)
    for stream in streams_of(application):
        kind = stream.partition(":")[0]
        seen[kind] += 1
        names[stream] = f"{kind} {seen[kind]}"
    return names


def told(application: Application) -> list[Any]:
    """The log of a road without its own names: what happened, to what, by whom, in which order."""
    names = names_of(application)
    found = []
    for event in Event.objects.filter(stream__in=streams_of(application)).order_by("pk"):
        content = json.loads(event.canonical)
        content.pop("personal")
        for day in ("occurred_at", "recorded_at"):
            content.pop(day)
        found.append((plain(content, names), sorted(json.loads(event.personal.payload))))
    return found


def stays(application: Application) -> list[Any]:
    """The spans of a road without its own names."""
    names = names_of(application)
    rows = Span.objects.filter(stream__in=streams_of(application)).order_by("pk")
    return [
        (
            names[row.stream],
            names.get(row.context, row.context),
            row.machine,
            row.state,
            row.turn_role,
            names.get(row.turn_scope, row.turn_scope),
            row.waiter_role,
            row.left_at is None,
            bool(row.due_on),
            bool(row.municipality),
            plain(row.title, {}),
        )
        for row in rows
    ]


def owned(application: Application) -> dict[str, Any]:
    engagement = application.engagement_id
    plans = Plan.objects.filter(engagement=engagement)
    return {
        "sessions": list(
            Session.objects.filter(engagement=engagement).values_list("kind__number", "state", "log_summary")
        ),
        "meetings": list(Meeting.objects.filter(session__engagement=engagement).values_list("mode", "place")),
        "plans": list(plans.values_list("number", "state", "revision", "vision")),
        "decisions": list(
            Decision.objects.filter(plan__in=plans).values_list("position", "state", "title", "condition")
        ),
        "kpis": list(Kpi.objects.filter(plan__in=plans).values_list("name", "unit")),
        "papers": list(Document.objects.filter(engagement=engagement).values_list("kind", "progress")),
        "offers": list(application.offers.values_list("state", "message")),
        "roles": list(application.engagement.roles.values_list("role", "valid_to")),
    }


class ScaleTests(TestCase):
    """Three roads through the doors, a twin of one of them, and forty engagements: made once for all tests."""

    now: datetime
    added: int

    @classmethod
    def setUpTestData(cls) -> None:
        cls.now = timezone.now()
        call_command("import_registry", verbosity=0)
        programme.seed()
        people.make_everybody(timezone.localdate(cls.now))
        walk_all(cls.now, [*WALKED, TWIN])
        cls.added = bulk.scale(NUMBER, cls.now)

    def test_there_are_as_many_as_asked_over_ten_fiscal_years_at_all_stages(self) -> None:
        assert Engagement.objects.count() == NUMBER
        assert self.added == NUMBER - 3
        this_year = fiscal_year(timezone.localdate(self.now))
        years = set(Engagement.objects.values_list("fiscal_year", flat=True))
        assert {this_year - number for number in range(1, 10)} <= years
        assert min(years) == this_year - 9
        states = set(Engagement.objects.values_list("state", flat=True))
        assert states >= {"training", "agreed", "closed", "cancelled", "paused", "reassigning"}
        assert set(Application.objects.values_list("state", flat=True)) >= {
            "draft",
            "declined",
            "withdrawn",
            "matched",
        }

    def test_the_log_is_whole(self) -> None:
        assert faults() == []

    def test_a_copy_tells_what_the_door_told_of_another_town(self) -> None:
        twin = Application.objects.filter(municipality=TWIN.code).earliest("pk")
        copy = copies_of(WALKED[0].code)[0]
        assert copy.municipality_id != WALKED[0].code
        assert copy.call.fiscal_year < twin.call.fiscal_year
        assert told(copy) == told(twin)
        assert stays(copy) == stays(twin)
        assert owned(copy) == owned(twin)

    def test_a_copy_is_its_road_some_years_before(self) -> None:
        road = Application.objects.get(municipality=WALKED[0].code)
        copy = copies_of(WALKED[0].code)[0]
        years = road.call.fiscal_year - copy.call.fiscal_year
        pairs = zip(
            Session.objects.filter(engagement=road.engagement_id),
            Session.objects.filter(engagement=copy.engagement_id),
            strict=True,
        )
        assert all(after.confirmed_at == earlier(before.confirmed_at, years) for before, after in pairs)
        assert copy.received_at == earlier(road.received_at, years)
        assert copy.engagement.opened_at == earlier(road.engagement.opened_at, years)
        assert copy.engagement.municipality_name in copy.municipality_name
        found = Evidence.objects.filter(issue__plan__engagement=copy.engagement_id)
        assert (
            found.count() == Evidence.objects.filter(issue__plan__engagement=road.engagement_id).count() > 0
        )
        assert {row.survey.engagement_id for row in found.select_related("survey")} == {copy.engagement_id}

    def test_a_copied_survey_is_a_survey_of_its_town_and_day(self) -> None:
        copy = copies_of(WALKED[0].code)[0]
        version = SurveyVersion.objects.select_related("survey").get(survey__engagement=copy.engagement_id)
        survey = read_survey(version.content.encode())
        assert survey.raw["survey"]["municipality"] == copy.municipality_id
        assert survey.raw["survey"]["held_on"] == version.survey.held_on.isoformat()
        assert all(
            route["started_at"].startswith(version.survey.held_on.isoformat())
            for route in survey.raw["routes"]
        )

    def test_nothing_of_the_road_is_left_in_its_copies(self) -> None:
        road = Application.objects.select_related("municipality__prefecture").get(municipality=WALKED[0].code)
        contact = User.objects.get(email=road.contact_email)
        own = {
            road.reference,
            road.engagement.reference,
            road.municipality.full_name,
            contact.email,
            f'"user:{contact.pk}"',
        }
        copies = copies_of(WALKED[0].code)
        assert len(copies) > 0
        for copy in copies:
            texts = list(
                Event.objects.filter(stream__in=streams_of(copy)).values_list(
                    "canonical", "personal__payload"
                )
            )
            said = json.dumps(
                [texts, list(Application.objects.filter(pk=copy.pk).values())],
                default=str,
                ensure_ascii=False,
            )
            assert [word for word in own if word in said] == []

    def test_people_see_their_own_copies_and_no_others(self) -> None:
        first, second = copies_of(WALKED[0].code)[:2]
        for copy, other in ((first, second), (second, first)):
            contact = User.objects.get(email=f"contact-{copy.municipality_id}@madoguchi.example")
            seen = permissions.visible(actor_for(contact), "engagement.view", Journey.objects.all())
            assert copy.engagement_id in set(seen.values_list("pk", flat=True))
            assert other.engagement_id not in set(seen.values_list("pk", flat=True))

    def test_the_pages_of_a_copy_open(self) -> None:
        copy = copies_of(WALKED[0].code)[0]
        users = {
            "contact": User.objects.get(email=f"contact-{copy.municipality_id}@madoguchi.example"),
            "advisor": copy.engagement.roles.get().user,
        }
        for user in users.values():
            self.client.force_login(user)
            for path in ("", "plan/", "survey/"):
                assert (
                    self.client.get(f"/engagements/{copy.engagement_id}/{path}", follow=True).status_code
                    == 200
                )
            assert self.client.get("/").status_code == 200

    def test_the_sheet_that_stands_in_for_a_paper_has_the_hash_that_was_answered(self) -> None:
        copy = copies_of(WALKED[0].code)[0]
        plan = Plan.objects.get(engagement=copy.engagement_id)
        self.client.force_login(User.objects.get(email=f"contact-{copy.municipality_id}@madoguchi.example"))
        answer = self.client.get(f"/documents/{plan.issued_document}/file/")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == plan.issued_hash == plan.answered_hash
        assert Document.objects.get(pk=plan.issued_document).subject == plan.reference

    def test_no_advisor_is_beyond_capacity_or_serves_the_own_employer(self) -> None:
        today = timezone.localdate(self.now)
        taken = loads(today)
        assert sum(taken.values()) == Engagement.objects.filter(state__in=SERVING).count()
        assert all(taken[row.pk] <= row.capacity for row in Advisor.objects.all())
        served = Engagement.objects.filter(roles__role="advisor").values_list(
            "municipality", "roles__user__advisor__employer"
        )
        assert all(town != employer for town, employer in served)

    def test_what_a_cancelled_engagement_left_behind_is_not_late(self) -> None:
        today = timezone.localdate(self.now)
        over = [
            f"engagement:{pk}"
            for pk in Engagement.objects.filter(state="cancelled").values_list("pk", flat=True)
        ]
        assert (
            Span.objects.filter(context__in=over, left_at=None, due_on__lt=today)
            .exclude(turn_role="")
            .exists()
        )
        assert not late_turns(today).filter(context__in=over).exists()
        assert late_turns(today).exists()

    def test_a_copy_goes_on_through_the_door_and_new_rows_find_their_place(self) -> None:
        office = actor_for(User.objects.get(email="secretariat@madoguchi.example"))
        copy = Journey.objects.get(pk=copies_of(WALKED[0].code)[0].engagement_id)
        perform("follow_up", copy, office, now=self.now)
        walk_all(self.now, [Place("172014", "contact-172014", 75, trained("advisor3"))])
        assert copy.state == "following_up"
        assert Engagement.objects.count() == NUMBER + 1
        assert faults() == []

    def test_a_second_run_adds_only_what_is_missing(self) -> None:
        assert bulk.scale(NUMBER, self.now) == 0
        assert bulk.scale(NUMBER + 5, self.now) == 5
        assert Engagement.objects.count() == NUMBER + 5
        assert faults() == []
