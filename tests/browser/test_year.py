"""The year of one town in a browser: seven people, from the page of the call to the closed engagement.

A picture of each step goes to the folder that MADOGUCHI_PICTURES names.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role
from advisors.models import Advisor
from engagements.applications.models import Call
from engagements.journey.models import Journey
from engagements.plans.models import Case, Decision
from engagements.programme.models import Programme
from engagements.sections.models import SectionRequest
from engagements.survey.models import Survey, SurveyVersion
from tests.browser.desk import Camera, Desk, link_to, post
from tests.browser.road import Road
from tests.factories.engagements import member
from tests.journeys.people import People
from workflow.audit import faults

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
EMPLOYER = "soumu@lender.example.test"
SECTION = "住民会計課"


class Year(Road):
    """The contact, the approver, a section, the advisor, the employer, the executive and the office."""

    def __init__(self, people: People, desks: Any, camera: Camera) -> None:
        Programme.objects.update(employer_consent=True, town_yes=True)
        Advisor.objects.filter(pk=people.advisor.pk).update(
            employer_contact="見本 次長", employer_section="総務課", employer_email=EMPLOYER
        )
        super().__init__(people, desks, camera)
        clerk = member(Role.SECTION, people.town, email="counter@town.example.test", name="例示 さくら")
        clerk.memberships.update(section=SECTION)
        self.section: Desk = desks(clerk)

    def read_the_call(self) -> None:
        self.nobody.go("/calls/")
        self.nobody.press(str(Call.objects.get()))
        assert self.nobody.reads("1年の流れ")
        self.camera.take(self.nobody, "call", phone=True, judged=True)

    def be_lent(self) -> None:
        """The employer by link, then the town's yes."""
        post()
        employer = self.nobody
        employer.go(link_to(EMPLOYER))
        self.camera.take(employer, "employer-by-link", phone=True, judged=True)
        employer.page.get_by_label("派遣の条件").fill("月に2回まで")
        employer.press("派遣に同意する")
        assert employer.heading() == "同意を承りました"
        offer = self.people.advisor.offers.get()
        self.town.go(offer.get_absolute_url())
        self.camera.take(self.town, "town-says-yes", phone=True, judged=True)
        self.town.press("このアドバイザーに決める")

    def ask_the_sections(self) -> None:
        self.town.go(f"/engagements/{self.engagement}/sections/")
        self.camera.take(self.town, "sections-before-asking", phone=True, judged=True)
        self.town.press("お願いを送る")
        self.camera.take(self.town, "sections-asked", phone=True)

    def answer_as_a_section(self) -> None:
        request = SectionRequest.objects.get(engagement=self.engagement, section=SECTION)
        desk = self.section
        desk.go("/")
        self.camera.take(desk, "section-home", phone=True, judged=True)
        desk.go(request.get_absolute_url())
        self.camera.take(desk, "section-asked", phone=True, judged=True)
        desk.page.locator("[name^=volume_]").first.fill("4680")
        desk.page.locator("[name^=minutes_]").first.fill("4")
        desk.press("この内容で回答する")
        self.camera.take(desk, "section-answered", phone=True)
        request.refresh_from_db()
        assert request.state == "answered"

    def go_through(self, machine: str, pk: int, name: str, desk: Desk, words: str, **typed: str) -> None:
        desk.go(f"/do/{machine}/{pk}/{name}/")
        desk.fill(**typed)
        desk.press(words)

    def begin_the_year_after(self) -> None:
        town, page = self.town, f"/engagements/{self.engagement}/follow-up/"
        town.go(page)
        self.camera.take(town, "year-after-begins", phone=True, judged=True)
        town.press("完了報告書を作る")
        post()
        self.go_through("engagement", self.engagement, "submit_completion", town, "完了報告書を出す")
        self.office.go(page)
        self.camera.take(self.office, "office-reads-the-year-after", phone=True)
        self.go_through("engagement", self.engagement, "follow_up", self.office, "振り返りを始める")

    def carry_out(self) -> None:
        decision = Decision.objects.get(state="adopted_with_condition")
        self.go_through("decision", decision.pk, "start", self.town, "始めた")
        self.go_through("decision", decision.pk, "finish", self.town, "済んだ")
        later = Decision.objects.get(state="deferred")
        told = {"progress": "来年度の様式の見直しに合わせます"}
        self.go_through("decision", later.pk, "note_progress", self.town, "進み具合を書く", **told)

    def walk_again(self) -> None:
        first = Survey.objects.get(round=1)
        self.town.go(f"/surveys/{first.pk}/again/")
        self.town.fill(held_on=(first.held_on + timedelta(days=300)).isoformat())
        self.camera.take(self.town, "walk-again", phone=True, judged=True)
        self.town.press("再調査を用意する")
        again = Survey.objects.get(round=2)
        document = SurveyVersion.objects.filter(survey=first).latest("number").document
        document["survey"] |= {"round": 2, "held_on": again.held_on.isoformat()}
        file = {
            "name": "再調査.json",
            "mimeType": "application/json",
            "buffer": json.dumps(document).encode(),
        }
        self.town.go(again.get_absolute_url())
        self.camera.take(self.town, "survey-without-routes", phone=True, judged=True)
        self.town.page.locator("summary", has_text="ファイル").first.click()
        self.town.page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
        self.town.fill(reason="再調査の記録")
        self.town.press("記録を受け取る")
        self.town.go(f"/engagements/{self.engagement}/follow-up/")
        self.camera.take(self.town, "year-after-measured", phone=True, judged=True)

    def tell_other_towns(self) -> None:
        town = self.town
        town.go(f"/engagements/{self.engagement}/case/")
        town.press("計画書から書き始める")
        for name in ("trouble", "stopped", "effect", "voice"):
            town.fill(**{name: "課ごとに同じことを書く紙をやめました。"})
        town.fill(cost="0円", voice_of="住民会計課")
        town.press("保存する")
        self.camera.take(town, "case", phone=True, judged=True)
        case = Case.objects.get()
        self.go_through("case", case.pk, "publish", town, "公開に同意する")
        post()
        self.nobody.go("/calls/")
        self.nobody.press(str(Call.objects.get()))
        assert self.nobody.reads("事例(A4 1枚)")
        self.camera.take(self.nobody, "call-with-a-case", phone=True, judged=True)

    def end(self) -> None:
        self.office.go(f"/engagements/{self.engagement}/follow-up/")
        self.office.press("支援を終える")
        self.camera.take(self.office, "office-ends", phone=True, judged=True)
        self.office.press("支援を終える")
        self.page_of_the_engagement(self.town)
        assert self.town.reads("支援を終えました")
        self.camera.take(self.town, "engagement-closed", phone=True, judged=True)
        assert Journey.objects.get().state == "closed"


def test_the_year_of_a_town(people: People, desks: Any, camera: Camera) -> None:
    year = Year(people, desks, camera)
    year.read_the_call()
    year.write_the_application()
    year.consent_without_an_account()
    year.accept_and_ask()
    year.take_it_on()
    year.be_lent()
    year.learn_of_the_match()
    year.meet(1)
    year.page_of_the_engagement(year.advisor)
    camera.take(year.advisor, "engagement-after-the-training", phone=True, judged=True)
    year.meet(2)
    year.bring_the_survey()
    year.ask_the_sections()
    year.answer_as_a_section()
    year.find_the_issues()
    year.write_the_plan()
    year.finish_and_report()
    year.meet(3)
    year.be_answered()
    year.look_round()
    year.begin_the_year_after()
    year.carry_out()
    year.walk_again()
    year.tell_other_towns()
    year.end()
    assert faults() == []
