"""A town's engagement in a browser, by people who are interrupted: every form is left half-way once and found again as
it was typed, and every phone of the survey's day has a clock that is wrong in a way of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from engagements.documents.models import Document
from engagements.models import Engagement
from engagements.plans.models import Decision, Plan
from engagements.sessions.models import Session
from engagements.survey import selectors
from engagements.survey.models import Survey
from tests.browser.desk import PHONE, Camera, link_to, post
from tests.browser.line import Line
from tests.browser.test_board import join
from tests.browser.test_phones import MINUTE, online
from tests.browser.test_recorder import all_sent, arrive, finish, joined, leave
from tests.browser.walker import Walker
from tests.documents.reading import text_of
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, office, session_of
from tests.factories.programme import seeded
from tests.sessions.test_dates import plain_day
from workflow.audit import faults

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
DAY = 86_400
#: A clock whose hands a test moves: it stands at a moment, or runs so many milliseconds ahead.
HANDS = """
const Real = Date;
window.hands = { at: null, ahead: 0 };
const now = () => hands.at ?? Real.now() + hands.ahead;
window.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(now()); }
  static now() { return now(); }
};
"""
#: Seconds between the end of a walk and its arrival on a busy machine; every wrong clock is off by more.
SLACK = 240
EXECUTIVE = "mayor@town.example.test"
#: Of each team: by how many minutes its phone's clock is ahead on the walk, and when it sends; the minutes of its walk
#: (waiting, at the counter).
CLOCKS = {"A班": (-15, -15, (12, 18)), "B班": (60, 60, (7, 25)), "C班": (60, 0, (20, 11))}


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    made = Line(site)
    yield made
    made.cut()


def seconds(clock: str) -> int:
    """9:30 or 9:30:15, as seconds of the day."""
    hour, minute, second = (*map(int, clock.split(":")), 0)[:3]
    return 3600 * hour + 60 * minute + second


class Town:
    """The contact at two desks, the advisor, the office, the executive by link; phones come for a day."""

    def __init__(self, desks: Any, camera: Camera, line: Line, folder: Path) -> None:
        seeded()
        self.engagement: Engagement = EngagementFactory()
        self.desks, self.camera, self.line, self.folder = desks, camera, line, folder
        contact = contact_of(self.engagement)
        self.town: Walker = desks(contact, Walker)
        self.elsewhere: Walker = desks(contact, Walker)
        self.advisor: Walker = desks(advisor_of(self.engagement), Walker)
        self.office: Walker = desks(office(), Walker)
        self.nobody: Walker = desks(None, Walker)

    def session(self, number: int) -> Session:
        return session_of(self.engagement, number)

    # --- the sessions ----------------------------------------------------------------------------------------------

    def agree_on_a_day(self, number: int) -> None:
        page = f"/sessions/{self.session(number).pk}/dates/"
        advisor, town = self.advisor, self.town
        advisor.open(page)
        for row, day in enumerate((plain_day(4 * number), plain_day(4 * number + 2)), start=1):
            advisor.page.get_by_label(f"候補{row}の日", exact=True).fill(str(day))
            advisor.page.get_by_label(f"候補{row}の場所", exact=True).fill("本庁舎 2階")
        if number == 1:
            advisor.leave_halfway()
        advisor.press("候補を送る")
        town.open(page)
        town.page.locator("[name^=note-]").first.fill("午後なら出られる課が増えます")
        if number == 1:
            town.leave_halfway()
            self.camera.take(town, "dates", phone=True)
        town.page.get_by_role("button", name="この日に決める").first.click()
        town.page.wait_for_url(f"**/engagements/{self.engagement.pk}/**")
        assert self.session(number).state == "scheduled"

    def record(self, number: int) -> None:
        advisor = self.advisor
        advisor.open(f"/sessions/{self.session(number).pk}/log/")
        advisor.fill(
            held_on=timezone.localdate().isoformat(),
            log_summary="やめられる紙を、課ごとに1つずつ挙げました。",
            log_next_step="体験する場面を1つ決める",
            log_hours="2.5",
        )
        for row, (section, count) in enumerate((("町民課", "8"), ("税務課", "2"))):
            advisor.page.locator("[name=section]").nth(row).fill(section)
            advisor.page.locator("[name=count]").nth(row).fill(count)
        if number == 1:
            advisor.leave_halfway()
        advisor.press("記録を出す")

    def send_the_record_back(self) -> None:
        session = self.session(1)
        self.town.open(f"/do/session/{session.pk}/send_back/")
        self.town.fill(reason="参加した人数が、名簿と合いません。")
        self.town.leave_halfway(other=self.elsewhere)
        self.town.press("直してもらう")
        self.advisor.open(f"/sessions/{session.pk}/log/")
        self.advisor.page.locator("[name=count]").first.fill("9")
        self.advisor.leave_halfway()
        self.advisor.press("記録を出す")

    def confirm(self, number: int) -> None:
        self.town.open(f"/sessions/{self.session(number).pk}/log/")
        self.town.press("この内容で確認する")
        assert self.session(number).state == "confirmed"

    # --- the survey ------------------------------------------------------------------------------------------------

    def make_a_survey(self) -> None:
        town = self.town
        town.open(f"/engagements/{self.engagement.pk}/survey/")
        town.fill(title="転入の体験調査")
        town.leave_halfway()
        town.press("新しい調査を作る")
        self.survey = Survey.objects.get()
        town.open(f"/surveys/{self.survey.pk}/day/household/")
        town.press("この家族を使う")
        self.camera.take(town, "day", phone=True)

    def part(self, name: str, *, other: Walker | None = None) -> None:
        """What was typed into a part of the preparation is left, found and kept."""
        self.town.leave_halfway(other=other)
        self.town.press("保存する")
        assert self.town.page.url.endswith("/day/"), name

    def prepare(self) -> None:
        town, base = self.town, f"/surveys/{self.survey.pk}"
        [scenario] = selectors.latest_document(self.survey)["scenarios"]
        town.open(f"{base}/scenario/{scenario['id']}/")
        town.fill(situation="きのう引っ越してきました。猫もいます。")
        town.page.locator("[name^=procedures-][name$=-name]").last.fill("猫の届出")
        town.leave_halfway()
        town.press("保存する")
        town.open(f"{base}/day/places/")
        for row, (counter, floor) in enumerate((("1番 住民", "1F"), ("3番 国保", "1F"), ("教育", "2F"))):
            town.fill(**{f"places-{row}-counter": counter, f"places-{row}-floor": floor})
        self.part("places")
        town.open(f"{base}/day/teams/")
        for row, team in enumerate(CLOCKS):
            town.page.select_option(f"[name=teams-{row}-scenario]", scenario["id"])
            town.fill(
                **{
                    f"teams-{row}-team": team,
                    f"teams-{row}-actors": "見本 一子",
                    f"teams-{row}-recorders": "記録 二郎",
                }
            )
        self.part("teams", other=self.elsewhere)
        town.open(f"{base}/day/answers/")
        town.fill(
            **{"answers-0-place": "1番 住民", "answers-0-forms": "転入届", "answers-1-place": "1番 住民"}
        )
        self.part("answers")
        town.open(f"{base}/day/rules/")
        town.page.select_option("[name=blind]", "actors")
        town.fill(reveal_at=f"{timezone.localdate()}T08:30", dress="黄色のビブス", note="写真は撮りません。")
        self.part("rules")
        town.open(f"{base}/day/props/")
        town.page.select_option("[name=props-0-kind]", index=1)
        town.page.select_option("[name=props-0-person]", index=1)
        self.part("props")

    # --- its day ---------------------------------------------------------------------------------------------------

    def open_the_day(self) -> None:
        self.town.open(f"/surveys/{self.survey.pk}/day/recording/")
        self.town.press("記録の受付を始める")
        self.camera.take(self.town, "recording", phone=True)
        self.phones = {team: self.phone(team) for team in CLOCKS}
        self.line.cut()

    def phone(self, team: str) -> Walker:
        desk: Walker = self.desks(None, Walker, has_touch=True)
        joined(self.desks, self.survey, f"記録 {team}", self.line, desk=desk, scripts=[HANDS], team=team)
        expect(desk.page.locator("body[data-kept='yes']")).to_be_attached()
        return desk

    def walk(self, team: str) -> None:
        """Without a network, until now; at the counter the phone dies in the middle of a remark."""
        ahead, sending, (waiting, served) = CLOCKS[team]
        page, now = self.phones[team].page, timezone.now().timestamp() * 1000

        def minutes_ago(number: int) -> None:
            page.evaluate(f"hands.at = {now + (ahead - number) * MINUTE}")

        minutes_ago(waiting + served)
        arrive(page, "1番 住民")
        minutes_ago(served)
        page.locator("#do-called").click()
        page.locator("#keys").get_by_role("button", name="氏名").click()
        page.get_by_role("button", name="気づき").click()
        page.locator("#text").fill(f"{team}は同じ住所を2回書いた")
        page.reload()
        minutes_ago(0)
        page.get_by_role("button", name="気づき").click()
        expect(page.locator("#text")).to_have_value(f"{team}は同じ住所を2回書いた")
        page.locator("#categories").get_by_text("書類").click()
        page.locator("#notice-box").get_by_role("button", name="残す").click()
        leave(page, "転入届")
        finish(page)
        page.evaluate(f"hands = {{ at: null, ahead: {sending * MINUTE} }}")

    def send_all(self) -> None:
        self.line.mend()
        for desk in self.phones.values():
            online(desk.page)
            all_sent(desk.page)
            desk.faults.clear()  # what the browser thinks of a line that was cut

    def the_hours_are_right(self) -> None:
        now, routes = timezone.localtime(), selectors.latest_document(self.survey)["routes"]
        assert {route["team"] for route in routes} == set(CLOCKS)
        for route in routes:
            _ahead, _sending, minutes = CLOCKS[route["team"]]
            self.town.open(f"/surveys/{self.survey.pk}/grid/{route['id']}/")
            queued, called, finished = (self.hour(name) for name in ("queued", "called", "finished"))
            assert (seconds(f"{now:%H:%M:%S}") - finished) % DAY < SLACK
            assert (
                tuple(round((end - start) % DAY / 60) for start, end in pairwise((queued, called, finished)))
                == minutes
            )

    def hour(self, column: str) -> int:
        return seconds(self.town.page.input_value(f"[name=visits-0-{column}]"))

    def results_and_paper_agree(self) -> None:
        town = self.town
        town.open(self.survey.get_absolute_url())
        self.camera.take(town, "results", phone=True)
        town.page.locator("summary", has_text="班ごとの表で見る").click()
        table = town.page.get_by_role("region", name="班ごとの表")
        for team, (_ahead, _sending, minutes) in CLOCKS.items():
            row = table.locator("tr", has=town.page.get_by_role("link", name=team))
            expect(row.locator("td").first).to_have_text(f"{sum(minutes)}分")
        town.press("報告書(PDF)を作る")
        post()
        paper = Document.objects.get(kind="survey-report")
        text = text_of(town.page.request.get(f"{town.site}/documents/{paper.pk}/file/").body(), self.folder)
        least, median, most = sorted(sum(minutes) for _ahead, _sending, minutes in CLOCKS.values())
        assert re.search(rf"所要時間\s+{least}\s+{median}\s+{most} 分", text)
        assert all(f"{team}は同じ住所を2回書いた" in text for team in CLOCKS)

    # --- the workshop and the plan ---------------------------------------------------------------------------------

    def meet_at_the_board(self) -> None:
        town, plan = self.town, f"/engagements/{self.engagement.pk}/plan/"
        town.open(plan)
        town.press("計画書を始める")
        self.plan = Plan.objects.get()
        town.open(f"{plan}board/")
        town.page.locator("[name=paths]").first.check()
        town.page.locator("#issue-title").fill("課ごとの様式に同じことを書く")
        town.leave_halfway(other=self.elsewhere)
        town.press("課題に入れる")
        town.page.locator("summary", has_text="改善案を足す").first.click()
        town.page.locator(".lane-b [name=way][value=combine]").first.check(force=True)
        town.page.locator("details[open] [name=title]").first.fill("5つの申請書を1枚にまとめる")
        town.leave_halfway()
        town.page.locator("summary", has_text="改善案を足す").first.click()
        town.press("足す")
        town.press("みんなで使う(投影)")
        town.open(f"{plan}board/")
        phone: Walker = self.desks(None, Walker, has_touch=True)
        phone.page.set_viewport_size(PHONE)
        join(phone.page, self.nobody.site, self.plan, "見本 三郎")
        phone.page.fill("#text", "総合案内がない")
        phone.page.reload()
        expect(phone.page.locator("#text")).to_have_value("総合案内がない")
        phone.page.get_by_role("button", name="板に出す").first.click()
        expect(phone.page.locator("#notes")).to_contain_text("総合案内がない")
        phone.page.locator("[data-key^=idea-]").first.click()
        phone.page.fill("#idea", "押印をやめる")
        phone.page.reload()
        phone.page.locator("[data-key^=idea-]").first.click()
        expect(phone.page.locator("#idea")).to_have_value("押印をやめる")
        phone.page.locator("#idea-keep").click()
        expect(phone.page.locator("body")).to_have_attribute("data-waiting", "0")
        self.camera.take(phone, "workshop-phone")
        town.open(f"{plan}board/")
        self.camera.take(town, "board", phone=True)
        assert not town.reads("班班")
        with town.page.expect_navigation():
            town.page.get_by_role("button", name="改善案にする").click()

    def write_the_plan(self) -> None:
        town, april = self.town, f"{timezone.localdate().year + 1}-04-01"
        plan = f"/engagements/{self.engagement.pk}/plan/"
        for decision in Decision.objects.order_by("position"):
            town.open(f"{plan}?part=decisions&decision={decision.pk}")
            town.fill(owner_section="町民課", first_step="5つの様式を並べる", start_on=april)
            town.fill(what_stops="課ごとの記入", ask="様式を変えること", cost_yen="0")
            town.leave_halfway()
            town.press("保存する")
        for part, words in {
            "vision": {"vision": "一度だけ書く、迷わない、待たせない"},
            "cover": {"executive_name": "見本 次郎", "executive_email": EXECUTIVE},
            "people": {"staff_benefit": "昼休みの電話が減ります。"},
        }.items():
            town.open(f"{plan}?part={part}")
            town.fill(**words)
            town.leave_halfway()
            town.press("保存する")
        town.open(f"{plan}?part=kpis")
        town.page.locator("summary", has_text="調査の中央値から足す").click()
        town.page.get_by_role("link", name="書いた回数").first.click()
        town.fill(target="0", by=april)
        town.leave_halfway()
        town.press("保存する")
        town.open(f"{plan}?part=roadmap&item=new")
        town.fill(title="様式をまとめる", section="町民課", fiscal_year=april[:4])
        town.leave_halfway(other=self.elsewhere)
        town.press("保存する")

    def finish_the_plan(self) -> None:
        town, plan = self.town, f"/engagements/{self.engagement.pk}/plan/"
        town.open(plan)
        town.press("計画書を完成にする")
        town.press("計画書を完成にする")
        post()
        town.open(plan)
        self.camera.take(town, "plan", phone=True)
        town.press("首長に報告した")
        town.press("首長に報告した")

    def be_answered(self) -> None:
        mayor, link = self.nobody, link_to(EXECUTIVE)
        mayor.page.set_viewport_size(PHONE)
        first, second = Decision.objects.order_by("position")
        mayor.open(link)
        mayor.tick(f"answer_{first.pk}", "adopted_with_condition")
        mayor.fill(**{f"condition_{first.pk}": "繁忙期の前に試すこと", "answered_by": "見本 次郎"})
        mayor.tick(f"answer_{second.pk}", "deferred")
        typed = mayor.written()
        mayor.page.close()
        mayor.page = mayor.context.new_page()
        mayor.open(link)
        assert mayor.written() == typed
        self.camera.take(mayor, "executive")
        mayor.press("この内容で答える")
        assert mayor.heading() == "お答えを受け取りました"
        mayor.open(link)
        self.camera.take(mayor, "used-link")

    def complete(self) -> None:
        town, page = self.town, f"/engagements/{self.engagement.pk}/follow-up/"
        town.open(page)
        town.press("完了報告書を作る")
        post()
        town.open(f"/do/engagement/{self.engagement.pk}/submit_completion/")
        self.camera.take(town, "submit-completion", phone=True)
        town.press("完了報告書を出す")
        self.office.open(f"/do/engagement/{self.engagement.pk}/follow_up/")
        self.office.press("振り返りを始める")
        for desk, name in ((self.town, "town"), (self.advisor, "advisor"), (self.office, "office")):
            desk.open("/")
            self.camera.take(desk, f"{name}-home", phone=True)


def test_a_town_that_is_interrupted_at_every_form_loses_nothing(
    desks: Any, camera: Camera, line: Line, tmp_path: Path
) -> None:
    town = Town(desks, camera, line, tmp_path)
    town.agree_on_a_day(1)
    town.record(1)
    town.send_the_record_back()
    town.confirm(1)
    town.make_a_survey()
    town.prepare()
    town.open_the_day()
    for team in CLOCKS:
        town.walk(team)
    town.send_all()
    town.the_hours_are_right()
    town.results_and_paper_agree()
    town.agree_on_a_day(2)
    town.record(2)
    town.confirm(2)
    town.meet_at_the_board()
    town.write_the_plan()
    town.agree_on_a_day(3)
    town.record(3)
    town.confirm(3)
    town.finish_the_plan()
    town.be_answered()
    town.complete()
    assert faults() == []
