"""The year after: what runs and what is late, promised against measured, the case, the reports and the end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.standings import actor_for
from engagements.documents import services as documents
from engagements.documents.models import Document
from engagements.journey import deadlines, follow_up, services
from engagements.journey.models import Journey
from engagements.plans import cases
from engagements.plans.models import Case, Decision, Plan
from engagements.survey import services as surveys
from engagements.survey.measures import encode
from engagements.survey.models import Survey, SurveyVersion
from tests.documents.reading import page_of, snapshot_of, words
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, office
from tests.factories.plans import CaseFactory, answered_plan, contact, give_answer
from workflow import Actor, perform
from workflow.errors import BadInput, Conflict, GuardsUnmet, NotAllowed
from workflow.models import Event, Span

pytestmark = pytest.mark.django_db
WRITTEN = {
    "title": "一度だけ書く窓口",
    "trouble": "五つの課で同じ名前を書いていました",
    "stopped": "課ごとの申請書",
    "effect": "列が短くなりました",
    "cost": "0円",
    "voice": "説明の時間が減りました",
    "voice_of": "町民生活課",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def boss() -> Actor:
    return actor_for(office())


def agreed(*answers: str) -> Plan:
    plan = answered_plan(*(answers or ("adopted", "adopted_with_condition", "deferred")))
    services.advance(plan.engagement, now=timezone.now())
    Journey.objects.filter(pk=plan.engagement_id).update(state="agreed")
    return plan


def journey(plan: Plan) -> Journey:
    return Journey.objects.select_related("programme", "municipality__prefecture").get(pk=plan.engagement_id)


def followed(*answers: str) -> Plan:
    plan = agreed(*answers)
    perform("follow_up", journey(plan), boss())
    return plan


def page(plan: Plan, user: User | None = None) -> str:
    client = signed_in(user or contact_of(plan.engagement))
    answer = client.get(f"/engagements/{plan.engagement_id}/follow-up/")
    assert answer.status_code == 200
    return answer.content.decode()


def walked_again(plan: Plan, writes: int) -> Survey:
    """A re-survey with two whole routes of so many writes each."""
    first = Survey.objects.get(engagement=plan.engagement_id, round=1)
    later = first.held_on + timedelta(days=300)
    again = surveys.start_resurvey(first, held_on=later, actor=contact(plan), now=timezone.now())
    document = SurveyVersion.objects.filter(survey=first).latest("number").document
    document["survey"] |= {"round": 2, "held_on": later.isoformat()}
    for route in document["routes"]:
        route["visits"][0]["forms"][0]["writes"][0]["times"] = writes
    told = {"actor": contact(plan), "now": timezone.now(), "reason": "再調査の記録"}
    surveys.import_document(again, encode(document), **told)
    return again


# --- decisions ---------------------------------------------------------------------


def test_decisions_are_done_running_late_or_to_come_with_their_days() -> None:
    plan = followed("adopted", "adopted", "adopted", "adopted", "rejected")
    done, running, late, waiting, _rejected = plan.decisions.order_by("position")
    for decision in (done, running):
        perform("start", decision, contact(plan))
    perform("finish", done, contact(plan))
    Decision.objects.filter(pk=late.pk).update(start_on=timezone.localdate() - timedelta(days=3))
    Decision.objects.filter(pk=waiting.pk).update(start_on=timezone.localdate() + timedelta(days=30))
    found = follow_up.summary(journey(plan), timezone.localdate())
    assert found is not None
    assert [item.code for item in found.standings] == ["done", "running", "late", "waiting", "rejected"]
    assert (found.done, found.running, found.late, found.waiting) == (1, 1, 1, 1)
    html = page(plan)
    assert "遅れ(始める日を過ぎた)" in html
    assert f'href="/do/decision/{running.pk}/finish/?next=' in html
    assert "認めない" in html


def test_the_contact_writes_how_far_it_is_and_nobody_else() -> None:
    plan = followed("adopted")
    decision = plan.decisions.get()
    with pytest.raises(NotAllowed):
        perform("note_progress", decision, actor_for(advisor_of(plan.engagement)), progress="x")
    perform("note_progress", decision, contact(plan), progress="様式を並べています")
    assert "様式を並べています" in page(plan)
    assert decision.progress_on == timezone.localdate()


def test_each_section_is_asked_at_the_start_of_the_quarter() -> None:
    plan = followed("adopted", "adopted", "rejected")
    found = follow_up.summary(journey(plan), date(2027, 2, 3))
    assert found is not None
    [row] = follow_up.asked(found.standings, date(2027, 2, 3))
    assert (row.section, row.count, row.day) == ("町民生活課", 2, date(2027, 4, 1))


# --- the re-survey ------------------------------------------------------------------


def test_a_resurvey_has_the_same_personas_and_no_route() -> None:
    plan = followed("adopted")
    first = Survey.objects.get()
    town = signed_in(contact_of(plan.engagement))
    early = town.post(f"/surveys/{first.pk}/again/", {"held_on": first.held_on.isoformat()})
    assert early.status_code == 422
    assert "前の調査より後の日" in early.content.decode()
    assert town.post(f"/surveys/{first.pk}/again/", {"held_on": "2027-09-15"}).status_code == 302
    again = Survey.objects.get(round=2)
    before, after = (row.versions.get().document for row in (first, again))
    assert after["scenarios"] == before["scenarios"]
    assert after["routes"] == []
    assert after["survey"]["held_on"] == "2027-09-15"
    assert before["routes"]
    html = page(plan)
    assert "この場面を最後まで回った班がまだありません" in html
    assert "約束どおり" not in html


@pytest.mark.parametrize(("writes", "word"), [(20, "約束どおり"), (50, "約束に届かず")])
def test_the_promise_is_held_against_the_median_of_the_resurvey(writes: int, word: str) -> None:
    plan = followed("adopted")
    walked_again(plan, writes)
    found = follow_up.summary(journey(plan), timezone.localdate())
    assert found is not None
    measured = found.standings[0].measured
    assert measured is not None
    assert (measured.before, measured.promised, measured.after) == ("58回", "29回", f"{writes}回")
    html = page(plan)
    assert word in html
    assert "改善はまだ途中です。" in html
    assert "職員の時間は担当課の見込みで、住民の時間とは足しません。" in html


# --- reports, case and end ------------------------------------------------------------


def test_the_completion_report_is_the_towns_turn_until_it_is_handed_in(tmp_path: Any) -> None:
    plan = agreed()
    engagement = journey(plan)
    perform("withdraw_agreement", engagement, boss(), reason="数え直し")
    give_answer(plan, *["adopted"] * plan.decisions.count())
    plan.refresh_from_db()
    span = Span.objects.get(stream=engagement.stream, left_at=None)
    due = timezone.localdate(plan.answered_at) + timedelta(days=engagement.programme.completion_days)
    assert (span.state, span.turn_role, span.due_on) == ("agreed", "contact", due)
    with pytest.raises(GuardsUnmet, match="完了報告書のPDFを作って"):
        perform("submit_completion", journey(plan), contact(plan))
    town = signed_in(contact_of(plan.engagement))
    asked = town.post(f"/documents/completion-report/{engagement.reference}/")
    assert asked.status_code == 302
    documents.make(Document.objects.get(kind="completion-report").pk, now=timezone.now())
    perform("submit_completion", journey(plan), contact(plan))
    assert Span.objects.get(stream=engagement.stream, left_at=None).turn_role == "secretariat"
    perform("return_completion", journey(plan), boss(), reason="人数が抜けています")
    assert Span.objects.get(stream=engagement.stream, left_at=None).turn_role == "contact"


def test_the_completion_report_says_sessions_answers_and_effect() -> None:
    plan = agreed()
    said = words(page_of("completion-report", snapshot_of("completion-report", journey(plan))))
    for expected in (
        "行った回",
        "条件を付けて認める",
        "来年度の予算の範囲で",
        "再調査はまだです",
        "これまでの効果",
    ):
        assert expected in said, expected


def test_the_resurvey_has_its_day_from_the_programme() -> None:
    plan = followed("adopted")
    first = Survey.objects.get()
    due = deadlines.resurvey_due(journey(plan))
    assert due == first.held_on.replace(year=first.held_on.year + 1)
    span = Span.objects.get(stream=journey(plan).stream, left_at=None)
    assert (span.turn_role, span.due_on) == ("contact", due)
    assert deadlines.months_later(date(2027, 1, 31), 13) == date(2028, 2, 29)


def test_a_case_is_begun_from_the_plan_written_and_shown_only_by_the_town() -> None:
    plan = followed("adopted")
    address = f"/engagements/{plan.engagement_id}/case/"
    town = signed_in(contact_of(plan.engagement))
    assert "計画書から書き始める" in town.get(address).content.decode()
    assert town.post(address).status_code == 302
    case = Case.objects.get()
    public = f"/cases/{case.reference}/"
    with pytest.raises(GuardsUnmet, match="まだ書かれていません"):
        perform("publish", case, contact(plan))
    assert town.post(address, WRITTEN | {"version": "1"}).status_code == 302
    stale = town.post(address, WRITTEN | {"version": "1", "cost": "100円"})
    assert stale.status_code == 409
    assert "保存されている内容: 0円" in stale.content.decode()
    assert 'value="100円"' in stale.content.decode()
    assert town.post(address, WRITTEN | {"version": "2", "voice": "長" * 401}).status_code == 422
    case.refresh_from_db()
    with pytest.raises(NotAllowed):
        perform("publish", case, boss())
    assert Client().get(public).status_code == 404
    perform("publish", case, contact(plan))
    assert not cases.published_cases().exists()
    documents.make(Document.objects.get(kind="case").pk, now=timezone.now())
    assert [row.reference for row in cases.published_cases()] == [case.reference]
    answer = Client().get(public)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    told = {"actor": contact(plan), "now": timezone.now(), "version": 2}
    with pytest.raises(Conflict, match="公開中の事例は直せません"):
        cases.save_case(case, values={"cost": "1円"}, **told)
    perform("unpublish", case, contact(plan), reason="数字を直すため")
    assert Client().get(public).status_code == 404
    assert Event.objects.filter(stream=case.stream).count() == 3


@pytest.mark.parametrize("length", [1, 30])
def test_a_case_is_one_page_however_much_is_written(length: int) -> None:
    plan = followed(*["adopted"] * 6)
    walked_again(plan, 20)
    texts = {
        name: (text * length)[:400]
        for name, text in WRITTEN.items()
        if name not in ("title", "cost", "voice_of")
    }
    case = CaseFactory(plan.engagement, **WRITTEN | texts)
    snapshot = snapshot_of("case", case)
    pdf = documents.draw("case", snapshot, version=1, issued_at=timezone.now())
    assert pdf.pages == 1
    said = words(page_of("case", snapshot))
    for expected in ("困っていたこと", "58回", "20回", "窓口の課の声", "0円", case.reference):
        assert expected in said, expected


def test_an_engagement_ends_with_a_word_on_open_decisions_and_a_case_or_its_reason() -> None:
    plan = followed("adopted")
    with pytest.raises(GuardsUnmet, match="改善1件の進み具合が書かれていません"):
        perform("close", journey(plan), boss(), no_case_reason="町の希望")
    perform("note_progress", plan.decisions.get(), contact(plan), progress="来年度に続けます")
    with pytest.raises(BadInput) as caught:
        perform("close", journey(plan), boss())
    assert "事例がまだ公開されていません" in caught.value.fields["no_case_reason"][0]
    case = CaseFactory(plan.engagement, **WRITTEN)
    perform("publish", case, contact(plan))
    perform("close", journey(plan), boss())
    assert journey(plan).state == "closed"
    assert "終了" in page(plan)


# --- who sees it, and how dear it is -----------------------------------------------------


def test_the_home_of_the_year_after_counts_and_leads_on() -> None:
    plan = followed("adopted", "adopted")
    html = signed_in(contact_of(plan.engagement)).get("/").content.decode()
    for expected in ("振り返りの年", "再調査をして、効果を確かめてください", "ほかの町への事例(1枚)"):
        assert expected in html, expected


def test_another_town_sees_nothing_of_it() -> None:
    plan = followed("adopted")
    other = signed_in(contact_of(EngagementFactory()))
    assert other.get(f"/engagements/{plan.engagement_id}/follow-up/").status_code == 404
    assert other.get(f"/engagements/{plan.engagement_id}/case/").status_code == 404


def test_before_the_answer_the_page_says_what_will_be_there() -> None:
    engagement = EngagementFactory()
    html = signed_in(contact_of(engagement)).get(f"/engagements/{engagement.pk}/follow-up/").content.decode()
    assert "首長の答えのあとに始まります" in html


def test_more_decisions_cost_no_more_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in (1, 3):
        plan = followed(*["adopted"] * number)
        actor, now = contact(plan), timezone.now()
        with django_assert_max_num_queries(24):
            assert follow_up.page(journey(plan), actor, now)["found"] is not None
