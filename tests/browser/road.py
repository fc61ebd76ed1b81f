"""The road in a browser: what each person sees and presses, from an empty application to 合意."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from engagements.applications.models import Application
from engagements.plans.models import Decision
from engagements.sessions.models import Session
from engagements.survey.sample import sample_survey
from tests.browser.desk import Camera, Desk, link_to, post
from tests.journeys.people import EXECUTIVE, People

AIMS = "転入の方が5つの課を回り、同じ住所と氏名を何度も書いています。窓口の課からも何とかしたいという声が上がっています。"


class Road:
    """Four desks and a camera."""

    def __init__(self, people: People, desks: Any, camera: Camera) -> None:
        self.people, self.camera = people, camera
        self.town: Desk = desks(people.contact)
        self.office: Desk = desks(people.office)
        self.advisor: Desk = desks(people.advisor.user)
        self.nobody: Desk = desks()

    def write_the_application(self) -> None:
        town = self.town
        self.camera.take(town, "home-before-the-first-step", phone=True, judged=True)
        town.press("申込を始める")
        town.press("申し込む")
        town.fill(aims=AIMS, q_buildings="2")
        town.page.locator("[data-saved]", has_text="に保存しました").wait_for()
        self.camera.take(town, "application-half-written", phone=True, judged=True)
        town.page.reload()
        assert town.page.input_value("[name=aims]") == AIMS
        assert town.page.get_by_role("button", name="提出する").get_attribute("aria-disabled") == "true"
        town.fill(q_sections="6", approver_name="手本 一郎", approver_email=self.people.approver.email)
        town.tick("life_events", "move_in", "death")
        town.tick("months", "7", "9", "10")
        for name, value in {
            "mode": "either",
            "q_dx_plan": "making",
            "q_system": "planned",
            "q_mayor": "knows",
        }.items():
            town.tick(name, value)
        town.press("第1希望にする 例示 太郎")
        self.camera.take(town, "application-complete")
        town.press("提出する")
        assert town.reads("番目(待っている申込は")
        self.camera.take(town, "application-sent", phone=True, judged=True)

    def consent_without_an_account(self) -> None:
        desk = self.nobody
        desk.go(link_to(self.people.approver.email))
        self.camera.take(desk, "consent-by-link", phone=True, judged=True)
        desk.press("承認する")
        assert desk.heading() == "承認しました"
        self.camera.take(desk, "consented")

    def accept_and_ask(self) -> None:
        office, application = self.office, Application.objects.get()
        office.go("/")
        self.camera.take(office, "office-home", phone=True, judged=True)
        office.go(application.get_absolute_url())
        self.camera.take(office, "office-reads-the-application")
        office.press("受理する")
        self.camera.take(office, "transition-page", phone=True)
        office.press("受理する")
        office.go(f"/applications/{application.pk}/assign/")
        office.tick("advisor", str(self.people.advisor.pk))
        office.fill(message="転入とおくやみを取り上げたいとのことです。")
        self.camera.take(office, "assignment", phone=True, judged=True)
        office.press("選んだ方に打診する")

    def take_it_on(self) -> None:
        advisor = self.advisor
        advisor.go("/")
        self.camera.take(advisor, "advisor-home-with-an-offer", phone=True, judged=True)
        post()
        offer = self.people.advisor.offers.get()
        advisor.go(offer.get_absolute_url())
        self.camera.take(advisor, "offer", phone=True, judged=True)
        advisor.press("引き受ける")

    def learn_of_the_match(self) -> None:
        self.engagement = Application.objects.get().engagement_id
        self.town.go("/")
        assert self.town.reads("アドバイザーが決まりました")
        assert not self.town.reads("打診にお答えください"), (
            "what was written to the advisor is no mail of the town"
        )
        self.camera.take(self.town, "home-after-the-match", phone=True)

    def session(self, number: int) -> Session:
        return Session.objects.get(engagement=self.engagement, kind__number=number)

    def page_of_the_engagement(self, desk: Desk) -> None:
        desk.go(f"/engagements/{self.engagement}/")

    def meet(self, number: int) -> None:
        """Planned for tomorrow by the town, held today; the advisor's log says so."""
        session, day = self.session(number), timezone.localdate() + timedelta(days=1)
        self.town.go(f"/do/session/{session.pk}/schedule/")
        self.town.fill(starts_at=f"{day}T10:00", ends_at=f"{day}T12:00", place="本庁舎 2階")
        self.camera.take(self.town, f"session-{number}-date")
        self.town.press("日程を入れる")
        self.advisor.go(f"/sessions/{session.pk}/log/")
        self.advisor.fill(
            held_on=timezone.localdate().isoformat(),
            log_summary="やめられる紙を、課ごとに1つずつ挙げました。",
            log_next_step="体験する場面を1つ決める",
            log_hours="2.5",
        )
        self.advisor.page.locator("[name=section]").first.fill("町民課")
        self.advisor.page.locator("[name=count]").first.fill("8")
        self.camera.take(self.advisor, f"session-{number}-log", phone=number == 1, judged=number == 1)
        self.advisor.press("記録を出す")
        self.town.go(f"/sessions/{session.pk}/log/")
        self.camera.take(self.town, f"session-{number}-record", phone=number == 1)
        self.town.press("この内容で確認する")
        assert self.session(number).state == "confirmed"

    def bring_the_survey(self) -> None:
        document = sample_survey(self.people.town.code, timezone.localdate(), teams=3)
        self.town.go(f"/engagements/{self.engagement}/survey/")
        self.camera.take(self.town, "survey-empty", phone=True, judged=True)
        file = {"name": "調査.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()}
        self.town.page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
        self.town.press("記録を受け取る")
        self.camera.take(self.town, "survey-results", phone=True, judged=True)

    def find_the_issues(self) -> None:
        town = self.town
        town.go(f"/engagements/{self.engagement}/plan/")
        self.camera.take(town, "plan-empty")
        town.press("計画書を始める")
        self.camera.take(town, "plan-begun", phone=True, judged=True)
        town.go(f"/engagements/{self.engagement}/plan/board/")
        for box in town.page.locator("[name=paths]").all()[:3]:
            box.check()
        town.fill(title="課ごとの様式に同じことを書く")
        self.camera.take(town, "board", phone=True, judged=True)
        town.press("課題に入れる")
        for way, title in (("combine", "5つの申請書を1枚にまとめる"), ("stop", "押印をやめる")):
            town.page.locator("summary", has_text="改善案を足す").first.click()
            town.page.locator(f".lane-b [name=way][value={way}]").first.check(force=True)
            town.page.locator("details[open] [name=title]").first.fill(title)
            town.press("足す")
        self.camera.take(town, "board-with-decisions", phone=True)

    def write_the_plan(self) -> None:
        town, april = self.town, f"{timezone.localdate().year + 1}-04-01"
        plan = f"/engagements/{self.engagement}/plan/"
        for decision in Decision.objects.order_by("position"):
            town.go(f"{plan}?part=decisions&decision={decision.pk}")
            town.fill(owner_section="町民課", first_step="5つの様式を並べる", start_on=april)
            town.fill(what_stops="課ごとの記入", ask="様式を変えること", cost_yen="0")
            town.press("保存する")
        self.camera.take(town, "plan-decisions", phone=True, judged=True)
        town.go(f"{plan}?part=vision")
        town.fill(vision="一度だけ書く、迷わない、待たせない")
        town.press("保存する")
        town.go(f"{plan}?part=cover")
        town.fill(executive_name="見本 次郎", executive_email=EXECUTIVE)
        town.press("保存する")
        town.go(f"{plan}?part=kpis")
        town.page.locator("summary", has_text="調査の中央値から足す").click()
        self.camera.take(town, "plan-kpis")
        town.page.get_by_role("link", name="書いた回数").first.click()
        town.fill(target="10", by=april)
        town.press("保存する")
        town.go(f"{plan}?part=roadmap&item=new")
        town.fill(title="様式をまとめる", section="町民課", fiscal_year=april[:4])
        town.press("保存する")
        self.camera.take(town, "plan-roadmap")

    def finish_and_report(self) -> None:
        town, plan = self.town, f"/engagements/{self.engagement}/plan/"
        town.go(plan)
        town.press("計画書を完成にする")
        town.press("計画書を完成にする")
        town.go(plan)
        assert town.reads("PDFを作っています")
        self.camera.take(town, "plan-final-waiting-for-its-file")
        post()
        town.go(plan)
        self.camera.take(town, "plan-final", phone=True, judged=True)
        town.press("PDFのページを開く")
        self.camera.take(town, "document-page", phone=True, judged=True)
        town.go(plan)
        town.press("首長に報告した")
        town.press("首長に報告した")

    def be_answered(self) -> None:
        mayor = self.nobody
        mayor.go(link_to(EXECUTIVE))
        self.camera.take(mayor, "executive-by-link", phone=True, judged=True)
        mayor.press("この内容で答える")
        assert mayor.page.locator("[role=alert]").is_visible()
        self.camera.take(mayor, "executive-answered-half")
        first, second = Decision.objects.order_by("position")
        mayor.tick(f"answer_{first.pk}", "adopted_with_condition")
        mayor.page.fill(f"[name=condition_{first.pk}]", "繁忙期の前に試すこと")
        mayor.tick(f"answer_{second.pk}", "deferred")
        mayor.press("この内容で答える")
        assert mayor.heading() == "お答えを受け取りました"
        self.camera.take(mayor, "executive-thanked", phone=True)

    def look_round(self) -> None:
        self.page_of_the_engagement(self.town)
        assert self.town.reads("合意")
        self.camera.take(self.town, "engagement-agreed", phone=True, judged=True)
        for desk, name in ((self.town, "town"), (self.advisor, "advisor"), (self.office, "office")):
            desk.go("/")
            self.camera.take(desk, f"{name}-home-at-the-end", phone=True, judged=True)
        self.town.go(f"/engagements/{self.engagement}/plan/?part=decisions")
        self.camera.take(self.town, "plan-answered")
