"""The road over HTTP alone: four tokens, one OpenAPI document, and nothing else.

Everything that a client needs to know (which call, what is missing, what may be done, which fields it takes, the
hash that is consented to) is read from the API. The worker's part is done by draining the outbox.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from engagements.survey.sample import sample_survey
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.journeys.people import EXECUTIVE, People
from workflow import outbox
from workflow.audit import faults
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

LOG = {
    "log_summary": "やめられる紙を、課ごとに1つずつ挙げた。",
    "log_next_step": "体験する場面を1つ決める",
    "log_hours": "2.5",
    "log_attendance": [{"section": "町民課", "count": 8}],
}


def drain() -> None:
    while outbox.drain():
        pass


class Road:
    """What each client does. ``self.there`` holds the addresses that it was told."""

    def __init__(self) -> None:
        self.people = People()
        self.contract = Contract()
        self.town = self.caller(self.people.contact)
        self.approver = self.caller(self.people.approver)
        self.advisor = self.caller(self.people.advisor.user)
        self.office = self.caller(self.people.office)
        self.stranger = self.caller(self.people.stranger)
        self.application = self.engagement = self.plan = ""

    def caller(self, user: Any) -> Caller:
        return Caller(user, self.contract)

    def draft(self) -> None:
        """What is asked stands with the call; what is missing comes back with every save."""
        [call] = self.town.get("calls/?state=open").json()["results"]
        made = self.town.post("applications/", {"call": call["id"]}, key="begin")
        assert made.status_code == 201
        again = self.town.post("applications/", {"call": call["id"]}, key="begin")
        assert (again.status_code, again.json()) == (201, made.json())
        self.application = f"applications/{made.json()['id']}"
        told = self.town.transitions(self.application)["submit"]
        assert not told["allowed"]
        early = self.town.post(f"{self.application}/transitions/submit/")
        assert (early.status_code, early.json()["reasons"]) == (422, told["reasons"])
        saved = self.town.post(f"{self.application}/draft/", self.written(made.json()["revision"]))
        assert (saved.status_code, saved.json()["missing"]) == (200, [])

    def written(self, revision: int) -> dict[str, Any]:
        return {
            "revision": revision,
            "contact_email": self.people.contact.email,
            "life_events": ["move_in"],
            "aims": "転入の方が5つの課を回っています。" * 3,
            "months": [7, 9, 10],
            "mode": "either",
            "wishes": [self.town.get("advisors/").json()["results"][0]["id"]],
            "approver_name": "手本 一郎",
            "approver_email": self.people.approver.email,
            "answers": {
                "buildings": 2,
                "sections": 6,
                "dx_plan": "making",
                "system": "planned",
                "mayor": "knows",
            },
        }

    def submit(self) -> None:
        path = f"{self.application}/transitions/submit/"
        first = self.town.post(path, key="submit")
        assert first.status_code == 200, first.json()
        assert self.town.post(path, key="submit").json() == first.json()
        assert Event.objects.filter(type="application.submit").count() == 1
        assert self.town.post(path, {"note": "x"}, key="submit").status_code == 409
        assert self.town.post(path).status_code == 409

    def be_accepted(self) -> None:
        early = self.office.post(f"{self.application}/transitions/accept/")
        assert early.status_code == 422
        assert early.json()["reasons"] == self.office.transitions(self.application)["accept"]["reasons"]
        drain()
        shown = self.approver.get(f"{self.application}/").json()
        paper = self.approver.get(f"documents/{shown['issued_document']}/file/").content
        assert hashlib.sha256(paper).hexdigest() == shown["issued_hash"]
        wrong = self.approver.post(f"{self.application}/transitions/consent/", {"document_hash": "0" * 64})
        assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["document_hash"])
        self.approver.do(self.application, "consent", document_hash=shown["issued_hash"])
        assert self.office.do(self.application, "accept")["state"] == "accepted"

    def find_an_advisor(self) -> None:
        sent = {"application": int(self.application.split("/")[1]), "advisor": self.people.advisor.pk}
        assert self.town.post("offers/", sent).status_code == 403
        offer = self.office.post("offers/", sent, key="offer")
        assert offer.status_code == 201, offer.json()
        assert self.office.post("offers/", sent, key="offer").json() == offer.json()
        assert self.office.post("offers/", sent).status_code == 409
        [asked] = self.advisor.get("offers/?state=sent").json()["results"]
        assert asked["id"] == offer.json()["id"]
        assert "fit" not in asked
        self.advisor.do(f"offers/{asked['id']}", "accept")
        shown = self.town.get(f"{self.application}/").json()
        assert shown["state"] == "matched"
        self.engagement = f"engagements/{shown['engagement']}"
        assert self.advisor.get(f"{self.engagement}/").json()["state"] == "preparing"

    def session(self, number: int) -> dict[str, Any]:
        pk = self.engagement.split("/")[1]
        rows = self.town.get(f"sessions/?engagement={pk}").json()["results"]
        return next(row for row in rows if row["number"] == number)

    def meet(self, number: int) -> None:
        """Planned for tomorrow and held today; the last one is written down late instead."""
        session = f"sessions/{self.session(number)['id']}"
        today = timezone.localdate()
        if number < 3:
            starts = timezone.make_aware(datetime.combine(today + timedelta(days=1), time(10)))
            times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
            self.town.do(session, "schedule", **times, mode="onsite", place="本庁舎")
            tomorrow = (today + timedelta(days=1)).isoformat()
            refused = self.town.post(f"{session}/transitions/hold/", {"held_on": tomorrow})
            assert (refused.status_code, list(refused.json()["fields"])) == (422, ["held_on"])
            self.advisor.do(session, "hold", held_on=today.isoformat())
        else:
            late = {"held_on": today.isoformat(), "reason": "日程を入れる前に行いました。"}
            self.town.do(session, "record_held", **late)
        assert self.town.post(f"{session}/transitions/log/", LOG).status_code == 403
        self.advisor.do(session, "log", **LOG)
        assert self.town.do(session, "confirm")["state"] == "confirmed"
        assert self.session(number)["log_hours"] == "2.50"

    def tick(self) -> None:
        item = self.session(2)["checklist"][0]["item"]
        ticked = self.town.post(f"sessions/{self.session(2)['id']}/tick/", {"item": item})
        assert ticked.json()[0]["done_at"]

    def survey(self) -> int:
        document = sample_survey(self.people.town.code, timezone.localdate(), teams=2)
        sent = {"engagement": int(self.engagement.split("/")[1]), "document": document}
        faulty = sent | {"document": document | {"format": "something-else/1"}}
        assert self.town.post("surveys/", faulty).status_code == 422
        kept = self.town.post("surveys/", sent, key="survey")
        assert kept.status_code == 201, kept.json()
        assert self.town.post("surveys/", sent, key="survey").json() == kept.json()
        pk: int = kept.json()["survey"]
        assert self.town.get(f"surveys/{pk}/document/").json() == document
        assert self.advisor.get(f"surveys/{pk}/measures/").json()["scenarios"]
        return pk

    def write_plan(self, survey: int) -> None:
        begun = self.town.post("plans/", {"engagement": int(self.engagement.split("/")[1])})
        assert begun.status_code == 201
        self.plan = f"plans/{begun.json()['id']}"
        assert len(self.town.transitions(self.plan)["finalise"]["reasons"]) == 3
        wrong = self.contents(survey)
        wrong["decisions"][0]["start_on"] = "2027-02-30"
        refused = self.town.post(f"{self.plan}/contents/", wrong)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["decisions[0].start_on"])
        written = self.town.post(f"{self.plan}/contents/", self.contents(survey))
        assert written.status_code == 200, written.json()
        self.town.do(self.plan, "finalise")

    def contents(self, survey: int) -> dict[str, Any]:
        scenarios = self.town.get(f"surveys/{survey}/measures/").json()["scenarios"]
        [(scenario, measured)] = scenarios.items()
        april = f"{timezone.localdate().year + 1}-04-01"
        decision = {
            "way": "combine",
            "what_stops": "課ごとの記入",
            "owner_section": "町民課",
            "first_step": "5つの様式を並べる",
            "start_on": april,
        }
        claim = {"scenario": scenario, "measure": "writes", "change": -1}
        return {
            "executive_email": EXECUTIVE,
            "vision": "一度だけ書く",
            "issues": [{"key": "i", "title": "同じことを何度も書いている"}],
            "decisions": [
                {"key": "a", "issue": "i", "title": "5枚を1枚にまとめる", **decision, **claim},
                {"key": "b", "title": "番号札を正面に移す", **decision},
            ],
            "roadmap": [
                {
                    "title": "様式をまとめる",
                    "decision": "a",
                    "fiscal_year": int(april[:4]),
                    "quarter_from": 1,
                    "quarter_to": 2,
                }
            ],
            "kpis": [
                {
                    "name": "書いた回数",
                    "unit": "回",
                    "baseline": measured["writes"]["median"],
                    "target": measured["writes"]["median"] - 1,
                    "by": april,
                }
            ],
        }

    def report(self) -> None:
        waiting = self.town.post(f"{self.plan}/transitions/report/")
        assert (waiting.status_code, len(waiting.json()["reasons"])) == (422, 1)
        drain()
        self.town.do(self.plan, "report")
        shown = self.town.get(f"{self.plan}/").json()
        answers = [
            {"decision": row["decision"]["id"], "answer": answer}
            for row, answer in zip(shown["decisions"], ("adopted", "deferred"), strict=True)
        ]
        said = {
            "document_hash": shown["issued_hash"],
            "answered_by": "見本 太郎",
            "answered_on": timezone.localdate().isoformat(),
        }
        half = self.town.post(f"{self.plan}/transitions/answer/", {**said, "answers": answers[:1]})
        assert half.status_code == 422
        self.town.do(self.plan, "answer", **said, answers=answers)

    def fetch_the_paper(self) -> None:
        shown = self.advisor.get(f"{self.plan}/").json()
        assert (shown["state"], shown["answered_hash"]) == ("answered", shown["issued_hash"])
        row = self.town.get(f"documents/{shown['issued_document']}/").json()
        file = self.town.get(f"documents/{shown['issued_document']}/file/")
        assert file.content.startswith(b"%PDF-")
        assert hashlib.sha256(file.content).hexdigest() == shown["issued_hash"] == row["sha256"]
        assert len(file.content) == row["size"]


def test_a_client_alone_walks_to_agreed_and_fetches_the_paper() -> None:
    road = Road()
    road.draft()
    road.submit()
    road.be_accepted()
    road.find_an_advisor()
    ahead = road.town.post(f"sessions/{road.session(2)['id']}/transitions/confirm/")
    assert ahead.status_code == 409
    road.meet(1)
    road.tick()
    survey = road.survey()
    road.meet(2)
    road.write_plan(survey)
    road.meet(3)
    road.report()
    assert road.town.get(f"{road.engagement}/").json()["state"] == "agreed"
    road.fetch_the_paper()
    look_round(road, survey)
    assert faults() == []


def look_round(road: Road, survey: int) -> None:
    """Who belongs to it reads it all; another town finds nothing, under any address that there is."""
    ours = [
        road.application,
        road.engagement,
        road.plan,
        f"surveys/{survey}",
        f"documents/{road.town.get(f'{road.plan}/').json()['issued_document']}",
        f"sessions/{road.session(1)['id']}",
        f"decisions/{road.town.get('decisions/').json()['results'][0]['id']}",
        f"events/{road.town.get('events/').json()['results'][0]['id']}",
    ]
    lists = sorted({address.split("/")[0] for address in ours})
    for caller in (road.town, road.office):
        assert [caller.get(f"{address}/").status_code for address in ours] == [200] * len(ours)
        assert all(caller.get(f"{name}/").json()["results"] for name in lists)
    assert [road.stranger.get(f"{address}/").status_code for address in ours] == [404] * len(ours)
    assert [road.stranger.get(f"{name}/").json()["results"] for name in lists] == [[]] * len(lists)
    refused = road.stranger.post(f"{road.plan}/transitions/reopen/", {"reason": "x"})
    assert refused.status_code == 404
    assert refused.json() == road.stranger.get("plans/999999/").json()


def test_without_a_token_nothing_is_told() -> None:
    road = Road()
    road.town.headers = {}
    assert road.town.get("applications/").status_code == 401
    road.town.headers = {"Authorization": "Bearer wrong"}
    answer = road.town.post("applications/", {"call": road.people.call.pk})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
