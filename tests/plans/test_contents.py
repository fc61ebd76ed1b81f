"""Writing a plan: text, rows, issues from remarks, and a whole plan in one piece."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from engagements.plans import board, budget, contents, selectors, services
from engagements.plans.models import Decision, Evidence, Issue, Kpi, Plan, RoadmapItem
from tests.factories.engagements import EngagementFactory
from tests.factories.plans import (
    DECISION,
    KPI,
    ROADMAP,
    PlanFactory,
    contact,
    decision_of,
    ready_plan,
    survey_of,
)
from workflow import perform
from workflow.errors import BadInput, Conflict
from workflow.models import Event, Span

pytestmark = pytest.mark.django_db
NOTICED = "routes[0].visits[0].observations[1]"


def write(model: Any, plan: Plan, **more: Any) -> Any:
    return services.save_row(model, plan, actor=contact(plan), now=timezone.now(), **more)


def test_a_plan_is_begun_once() -> None:
    engagement = EngagementFactory()
    first, second = PlanFactory(engagement=engagement), PlanFactory(engagement=engagement)
    assert first == second
    assert Event.objects.filter(type="plan.begin").count() == 1


def save(plan: Plan, version: int, **values: Any) -> Plan:
    return services.save_text(plan, actor=contact(plan), now=timezone.now(), version=version, values=values)


def test_text_saved_on_an_old_version_is_a_conflict_with_both_texts() -> None:
    plan = PlanFactory()
    save(plan, 1, vision="迷わない")
    with pytest.raises(services.StaleText) as caught:
        save(plan, 1, vision="待たない", background="")
    assert caught.value.fields == ["vision"]
    assert caught.value.plan.vision == "迷わない"
    assert caught.value.mine["vision"] == "待たない"
    plan.refresh_from_db()
    assert (plan.vision, plan.revision) == ("迷わない", 2)


def test_the_same_text_saved_twice_is_no_conflict() -> None:
    plan = PlanFactory()
    save(plan, 1, vision="迷わない")
    assert save(plan, 1, vision="迷わない").revision == 2


def test_text_out_of_range_is_refused_a_field_at_a_time() -> None:
    plan = PlanFactory()
    with pytest.raises(BadInput) as caught:
        save(plan, 1, vision="姿" * 121, executive_email="mayor")
    assert set(caught.value.fields) == {"vision", "executive_email"}


def test_a_finished_plan_is_not_written_in() -> None:
    plan = ready_plan()
    perform("finalise", plan, contact(plan))
    with pytest.raises(Conflict, match="下書きに戻して"):
        save(plan, plan.revision, vision="別の姿")
    with pytest.raises(Conflict):
        write(Kpi, plan, values=KPI)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"way": "magic"}, "way"),
        ({"cost_yen": 10**13}, "cost_yen"),
        ({"cost_yen": -1}, "cost_yen"),
        ({"start_on": date(3026, 1, 1)}, "start_on"),
        ({"scenario": ""}, "scenario"),
        ({"scenario": "s9"}, "scenario"),
        ({"change": None}, "change"),
        ({"change": -59}, "change"),
        ({"change": 10**6}, "change"),
        ({"measure": "smiles"}, "measure"),
        ({"measure": "distance_m"}, "measure"),
        ({"staff_minutes": 100_000}, "staff_minutes"),
    ],
)
def test_a_decision_out_of_range_is_refused_at_its_field(values: dict[str, Any], field: str) -> None:
    plan = ready_plan()
    with pytest.raises(BadInput) as caught:
        decision_of(plan, **values)
    assert list(caught.value.fields) == [field]
    assert plan.decisions.count() == 1


@pytest.mark.parametrize(
    ("model", "row", "values", "field"),
    [
        (RoadmapItem, ROADMAP, {"quarter_to": 5}, "quarter_to"),
        (RoadmapItem, ROADMAP, {"quarter_from": 4}, "quarter_to"),
        (RoadmapItem, ROADMAP, {"fiscal_year": 26}, "fiscal_year"),
        (Kpi, KPI, {"target": 58}, "target"),
        (Kpi, KPI, {"by": date(26, 9, 30)}, "by"),
        (Kpi, KPI, {"baseline": Decimal(12345678901)}, "baseline"),
    ],
)
def test_a_row_out_of_range_is_refused_at_its_field(model: Any, row: Any, values: Any, field: str) -> None:
    plan = PlanFactory()
    with pytest.raises(BadInput) as caught:
        write(model, plan, values=row | values)
    assert list(caught.value.fields) == [field]


def test_rows_belong_to_their_plan() -> None:
    plan, other = ready_plan(), ready_plan()
    issue = write(Issue, other, values={"title": "別の町の課題"})
    with pytest.raises(BadInput) as caught:
        decision_of(plan, issue=issue)
    assert list(caught.value.fields) == ["issue"]
    with pytest.raises(BadInput):
        write(RoadmapItem, plan, values=ROADMAP | {"decision": other.decisions.get()})
    with pytest.raises(Conflict):
        write(Kpi, plan, pk=other.kpis.get().pk, values=KPI)


def test_a_row_changed_meanwhile_is_not_overwritten() -> None:
    plan = ready_plan()
    kpi = plan.kpis.get()
    seen = services.row_version(kpi)
    write(Kpi, plan, pk=kpi.pk, version=seen, values={"target": 40})
    with pytest.raises(services.StaleRow) as caught:
        write(Kpi, plan, pk=kpi.pk, version=seen, values={"target": 10})
    assert caught.value.row.target == 40
    assert plan.kpis.get().target == 40


def test_a_decision_taken_out_waits_for_nobody_and_stays_in_the_log() -> None:
    plan = ready_plan()
    decision = plan.decisions.get()
    services.remove_row(Decision, plan, actor=contact(plan), now=timezone.now(), pk=decision.pk)
    assert not plan.decisions.exists()
    assert not Span.objects.filter(stream=f"decision:{decision.pk}", left_at=None).exists()
    assert Event.objects.filter(type="decision.removed").count() == 1


# --- the board ---------------------------------------------------------------------


def issue_from(plan: Plan, *paths: str, title: str = "") -> Issue:
    return board.create_issue(plan, actor=contact(plan), now=timezone.now(), title=title, paths=paths)


def test_remarks_become_an_issue_and_leave_the_pile() -> None:
    plan = ready_plan()
    before = selectors.board(plan)
    assert [item.kind for item in before.unused] == ["problem"] * 4 + ["good"] * 2
    issue = issue_from(plan, NOTICED, title="同じことを何度も書く")
    row = issue.evidence.get()
    assert (row.path, row.text, row.counter) == (NOTICED, "氏名を書く紙が5枚続いた1", "町民生活課")
    after = selectors.board(plan)
    assert (after.total, after.used) == (6, 1)
    assert NOTICED not in [item.path for item in after.unused]


def test_an_issue_without_a_name_takes_the_words_of_its_first_remark() -> None:
    plan = ready_plan()
    assert issue_from(plan, NOTICED).title == "氏名を書く紙が5枚続いた1"
    with pytest.raises(BadInput):
        issue_from(plan)


def test_a_remark_that_is_not_in_the_survey_is_refused() -> None:
    plan = ready_plan()
    with pytest.raises(BadInput):
        issue_from(plan, "routes[9].observations[0]", title="課題")
    assert not Issue.objects.exists()


def test_issues_are_merged_with_their_remarks_and_decisions() -> None:
    plan = ready_plan()
    gone, kept = issue_from(plan, NOTICED, "routes[0].observations[0]"), issue_from(plan, NOTICED)
    decision = decision_of(plan, issue=gone)
    board.merge_issue(plan, actor=contact(plan), pk=gone.pk, into=kept.pk)
    assert sorted(kept.evidence.values_list("path", flat=True)) == ["routes[0].observations[0]", NOTICED]
    decision.refresh_from_db()
    assert decision.issue == kept
    assert Evidence.objects.count() == 2
    with pytest.raises(BadInput):
        board.merge_issue(plan, actor=contact(plan), pk=kept.pk, into=kept.pk)


def test_a_remark_is_added_and_taken_out_again() -> None:
    plan = ready_plan()
    issue = issue_from(plan, title="課題")
    board.extend_issue(plan, actor=contact(plan), pk=issue.pk, paths=[NOTICED])
    board.release_evidence(plan, actor=contact(plan), pk=issue.evidence.get().pk)
    assert not issue.evidence.exists()


# --- what is printed ------------------------------------------------------------------


def test_contents_say_the_effect_with_baseline_and_formula() -> None:
    plan = ready_plan()
    found = selectors.plan_contents(plan)
    effect = found.decisions[0].effect
    assert (effect.baseline_words, effect.change_words, effect.promised_words) == ("58回", "29回減る", "29回")
    assert effect.scenario_title == "5人家族の転入"
    assert effect.staff_hours == 39
    assert effect.staff_formula == "= 468件 × 5分"
    assert effect.resident_hours is None
    assert found.staff_hours == 39
    assert found.problems == 4
    assert found.warnings == []


def test_contents_warn_of_what_a_mayor_will_ask() -> None:
    plan = ready_plan()
    gap = decision_of(plan, owner_section="", cost_yen=None, start_on=None)
    questions = {question.name: question for question in selectors.plan_contents(plan).questions}
    assert {name for name, question in questions.items() if question.answered} == {"effect"}
    assert questions["who"].gaps == [("判断2", gap.pk)]


def test_a_baseline_comes_with_unit_and_source() -> None:
    plan = ready_plan()
    rows = {row["key"]: row for row in selectors.baselines(selectors.plan_contents(plan).result)}
    assert rows["s1:total_s"]["words"] == "156分"
    assert (rows["s1:writes"]["value"], rows["s1:writes"]["unit"]) == (58, "回")
    assert "完走2班" in rows["s1:writes"]["source"]
    assert "s1:distance_m" not in rows


@pytest.mark.parametrize("many", [1, 3])
def test_contents_take_a_constant_number_of_queries(
    many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = ready_plan(decisions=many)
    for number in range(many):
        issue_from(plan, NOTICED, title=f"課題{number}")
        write(Kpi, plan, values=KPI)
    found = selectors.plan_of(plan.engagement_id)
    assert found is not None
    with django_assert_num_queries(7):
        shown = selectors.plan_contents(found)
        assert len(shown.decisions) == many
        assert [len(issue.evidence) for issue in shown.issues] == [1] * many


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 9, 3), date(2026, 10, 30)),
        (date(2026, 10, 30), date(2026, 10, 30)),
        (date(2026, 10, 31), date(2027, 10, 30)),
    ],
)
def test_days_to_the_budget_request(today: date, day: date) -> None:
    assert budget.next_day((), PlanFactory().engagement.programme, today) == day


# --- a whole plan -----------------------------------------------------------------------

WHOLE: dict[str, Any] = {
    "vision": "迷わない・書かない・一度で済む",
    "issues": [{"key": "i1", "title": "何度も書く", "evidence": [NOTICED]}],
    "decisions": [{**DECISION, "key": "d1", "issue": "i1"}],
    "roadmap": [{**ROADMAP, "decision": "d1"}],
    "kpis": [KPI],
}


def replace(plan: Plan, **values: Any) -> Plan:
    return contents.replace_contents(plan, actor=contact(plan), now=timezone.now(), contents=WHOLE | values)


def test_a_whole_plan_is_written_and_can_be_finished() -> None:
    plan = PlanFactory()
    survey_of(plan.engagement)
    replace(plan)
    assert plan.decisions.get().issue == plan.issues.get()
    assert plan.roadmap.get().decision == plan.decisions.get()
    assert plan.issues.get().evidence.count() == 1
    perform("finalise", plan, contact(plan))
    assert plan.state == "final"


def test_one_fault_anywhere_and_nothing_is_written() -> None:
    plan = ready_plan()
    kept = plan.decisions.get()
    with pytest.raises(BadInput) as caught:
        replace(
            plan,
            decisions=[{**DECISION, "key": "d1", "issue": "i9"}, {**DECISION, "change": -999}],
            kpis=[KPI, {**KPI, "target": 58}],
            roadmap=[{**ROADMAP, "quarter_from": 4}],
        )
    assert set(caught.value.fields) == {
        "decisions[0].issue",
        "decisions[1].change",
        "roadmap[0].quarter_to",
        "kpis[1].target",
    }
    assert plan.decisions.get() == kept
    assert not plan.issues.exists()
    assert not Event.objects.filter(type="decision.removed").exists()


def test_a_decision_that_is_named_by_id_keeps_its_history() -> None:
    plan = ready_plan(decisions=2)
    first, second = plan.decisions.all()
    perform("take", first, contact(plan))
    replace(plan, decisions=[{**DECISION, "id": first.pk, "key": "d1", "title": "新しい名前"}])
    kept = plan.decisions.get()
    assert (kept.pk, kept.title, kept.state) == (first.pk, "新しい名前", "taken")
    assert not Decision.objects.filter(pk=second.pk).exists()


def test_another_plans_decision_is_not_taken_over() -> None:
    plan, other = ready_plan(), ready_plan()
    with pytest.raises(BadInput) as caught:
        replace(plan, decisions=[{**DECISION, "id": other.decisions.get().pk}], roadmap=[])
    assert list(caught.value.fields) == ["decisions[0].id"]
