"""本日ご判断いただきたいこと: one page whatever is asked, and it says what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from engagements.documents.pdf import Pdf
from tests.documents.reading import page_of, snapshot_of, text_of, words
from tests.factories import documents as made
from tests.factories.plans import answer_rows, final_plan, give_answer, reported_plan

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
SHEET = DocumentKind.DECISION_SHEET
LONG = {
    "title": "転入の申請書を" + "長い題名の" * 20,
    "what_stops": "氏名と住所を課ごとに書いてもらうこと。" * 30,
    "ask": "五つの課の様式を改めること。" * 18,
    "if_not": "書く回数は今のままです。" * 20,
    "owner_section": "町民生活課と国保年金係と子ども未来課",
}


def drawn(plan: Any) -> Pdf:
    return services.draw(SHEET, snapshot_of(SHEET, plan), version=1, issued_at=timezone.now())


def long_plan(count: int) -> Any:
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    plan = made.plan(engagement, decisions=0)
    for number in range(1, count + 1):
        made.decision(plan, number, **LONG | {"title": f"案{number} {LONG['title']}"})
    return plan


def test_three_decisions_stand_whole_on_one_page() -> None:
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    plan = made.plan(engagement)
    said = words(page_of(SHEET, snapshot_of(SHEET, plan)))
    for expected in (
        "本日ご判断いただきたいこと",
        "ご判断いただくことは3件です。どれも新しい費用はかかりません。",
        "0円(新しい費用はかかりません)",
        "氏名と住所を5回書いてもらうこと",
        "令和8年(2026年)10月19日(月)から。町民生活課",
        "5課の様式を変えること",
        "書く回数はいまのままです",
        "条件を付けて認める",
        plan.reference,
    ):
        assert expected in said, expected
    assert "…" not in said
    assert drawn(plan).pages == 1


@pytest.mark.parametrize("count", [1, 6, 12, 30])
def test_long_decisions_fit_on_one_page_or_it_says_how_many_follow(count: int, tmp_path: Any) -> None:
    pdf = drawn(long_plan(count))
    assert pdf.pages == 1
    said = text_of(pdf.content, tmp_path).replace("\n", "").replace(" ", "")
    shown = [number for number in range(1, count + 1) if f"判断{number}案{number}転入" in said]
    assert shown == list(range(1, len(shown) + 1))
    assert len(shown) >= min(count, 6)
    if len(shown) < count:
        assert f"このほかに{count - len(shown)}件(判断{len(shown) + 1}から判断{count}まで)が続きます" in said
    assert "「…」の続きと根拠は、窓口改革計画書にあります。" in said


def test_an_answered_sheet_shows_each_answer_with_condition_owner_and_date() -> None:
    plan = reported_plan(decisions=2)
    rows = answer_rows(plan, "adopted_with_condition", "deferred")
    rows[0] |= {"owner": "総務課", "by": "2026-12-01"}
    rows[1] |= {"condition": "様式の改正を待つ", "by": "2027-04-01"}
    give_answer(plan, "adopted", "adopted", answers=rows)
    plan.refresh_from_db()
    said = words(page_of(SHEET, snapshot_of(SHEET, plan)))
    assert "来年度の予算の範囲で(総務課、令和8年(2026年)12月1日(火)まで)" in said
    assert "令和9年(2027年)4月1日(木)まで" in said
    assert said.count("■") == 2
    assert "見本 太郎さんがお答えになりました" in said


def test_an_unknown_cost_is_not_told_as_zero() -> None:
    engagement = made.engagement()
    plan = made.plan(engagement, decisions=1)
    plan.decisions.update(cost_yen=None)
    made.decision(plan, 2, cost_yen=20000)
    said = words(page_of(SHEET, snapshot_of(SHEET, plan)))
    assert "費用は合わせて20,000円(費用が未定の改善案 1件)です。" in said
    assert "どれも新しい費用はかかりません" not in said


def test_a_finished_plan_has_its_page_for_the_meeting() -> None:
    plan = final_plan()
    assert set(Document.objects.filter(subject=plan.reference).values_list("kind", flat=True)) == {
        "reform-plan",
        "decision-sheet",
    }


def test_a_section_that_would_rather_not_is_heard_before_the_decision() -> None:
    plan = made.plan(made.engagement(), decisions=1)
    assert "見送りたい理由" not in words(page_of(SHEET, snapshot_of(SHEET, plan)))
    plan.decisions.update(refusal="繁忙期は人が足りません")
    for kind in (SHEET, DocumentKind.REFORM_PLAN):
        said = words(page_of(kind, snapshot_of(kind, plan)))
        assert "見送りたい理由" in said
        assert "繁忙期は人が足りません" in said
