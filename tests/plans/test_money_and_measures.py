"""KPIs that stand on the survey, and costs against the town's budget calendar."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagements.documents.models import DocumentKind
from engagements.journey import dossiers, road
from engagements.plans import budget, contents, effects, evidence, progress, selectors, services
from engagements.plans.models import BudgetDate, BudgetKind, Decision, Kpi, Plan
from engagements.programme.models import Programme
from engagements.survey.models import SurveyVersion
from municipalities.dates import fiscal_year, fiscal_year_label
from tests.documents.reading import snapshot_of
from tests.factories.engagements import contact_of
from tests.factories.plans import DECISION, KPI, contact, decision_of, ready_plan
from workflow.errors import BadInput

MEASURED = {"name": "書く回数", "target": Decimal(0), "by": date(2027, 12, 28)}
REQUEST = {
    "kind": BudgetKind.INITIAL,
    "name": "当初予算の要求",
    "day": date(2026, 11, 13),
    "fiscal_year": 2027,
}
PROGRAMME = Programme(budget_month=10, budget_day=30)


def write(model: Any, plan: Plan, **values: Any) -> Any:
    return services.save_row(model, plan, actor=contact(plan), now=timezone.now(), values=values)


def measured_plan() -> tuple[Plan, str]:
    plan = ready_plan()
    found = evidence.result_of(plan.engagement_id)
    assert found is not None
    return plan, next(iter(found.scenarios))


def town(plan: Plan) -> Client:
    client = Client()
    client.force_login(contact_of(plan.engagement))
    return client


# --- KPIs ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_kpi_of_the_survey_takes_its_figure_and_unit_from_there() -> None:
    plan, scenario = measured_plan()
    found = evidence.result_of(plan.engagement_id)
    assert found is not None
    kpi = write(Kpi, plan, **MEASURED, scenario=scenario, measure="writes", unit="冊", baseline=Decimal(9999))
    assert (kpi.baseline, kpi.unit) == (effects.baseline(found.measures, scenario, "writes"), "回")
    shown = selectors.plan_contents(plan)
    assert found.survey.reference in selectors.kpi_source(shown, kpi)
    assert selectors.moved(shown, kpi) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scenario", "measure", "field"),
    [("nowhere", "writes", "scenario"), ("", "writes", "scenario"), ("s", "", "measure")],
)
def test_what_the_survey_does_not_say_is_refused_by_its_field(
    scenario: str, measure: str, field: str
) -> None:
    plan, known = measured_plan()
    with pytest.raises(BadInput) as refused:
        write(Kpi, plan, **MEASURED, scenario=known if scenario == "s" else scenario, measure=measure)
    assert list(refused.value.fields) == [field]


@pytest.mark.django_db
def test_a_corrected_survey_is_said_and_saving_again_takes_its_figure() -> None:
    plan, scenario = measured_plan()
    kpi = write(Kpi, plan, **MEASURED, scenario=scenario, measure="writes")
    Kpi.objects.filter(pk=kpi.pk).update(baseline=kpi.baseline + 7)
    page = town(plan).get(f"/engagements/{plan.engagement_id}/plan/?part=kpis").content.decode()
    assert "調査が直されました" in page
    client = town(plan)
    stored = Kpi.objects.get(pk=kpi.pk)
    posted = {
        "name": "書く回数",
        "scenario": scenario,
        "measure": "writes",
        "target": "0",
        "by": "2027-12-28",
        "version": services.row_version(stored),
    }
    assert client.post(f"/plans/{plan.pk}/kpis/{kpi.pk}/", posted).status_code == 302
    assert Kpi.objects.get(pk=kpi.pk).baseline == kpi.baseline
    assert (
        "調査が直されました"
        not in client.get(f"/engagements/{plan.engagement_id}/plan/?part=kpis").content.decode()
    )


@pytest.mark.django_db
def test_a_whole_plan_from_a_client_stands_on_the_survey_too() -> None:
    plan, scenario = measured_plan()
    rows = [MEASURED | {"scenario": scenario, "measure": "writes"}]
    contents.replace_contents(
        plan,
        actor=contact(plan),
        now=timezone.now(),
        contents={"kpis": rows, "budget": [REQUEST], "decisions": [DECISION]},
    )
    assert Kpi.objects.get(plan=plan).unit == "回"
    assert BudgetDate.objects.get(plan=plan).name == "当初予算の要求"


@pytest.mark.django_db
def test_a_target_stands_beside_the_re_survey() -> None:
    plan, scenario = measured_plan()
    kpi = write(Kpi, plan, **MEASURED, scenario=scenario, measure="writes")
    by_hand = write(Kpi, plan, **KPI)
    shown = selectors.plan_contents(plan)
    assert progress.measure_kpi(by_hand, shown, None) is None
    waiting = progress.measure_kpi(kpi, shown, None)
    assert waiting is not None
    assert (waiting.kept, waiting.why) == (None, "再調査はまだです。")
    version = SurveyVersion.objects.latest("pk")
    for value, kept in ((0, True), (int(kpi.baseline) + 5, False)):
        measures = {
            "scenarios": {scenario: {"complete_routes": 1, "writes": {"median": value}}},
            "effect": {scenario: {"comparable": True, "reasons": []}},
        }
        found = progress.measure_kpi(kpi, shown, progress.Again(version.survey, measures, walked=True))
        assert found is not None
        assert found.kept is kept


# --- the budget calendar --------------------------------------------------------------


@pytest.mark.django_db
def test_the_towns_own_day_counts_for_the_plan_and_the_road() -> None:
    plan, _scenario = measured_plan()
    engagement = plan.engagement
    row = write(BudgetDate, plan, **REQUEST)
    assert budget.next_day([row], engagement.programme, date(2026, 10, 1)) == date(2026, 11, 13)
    assert budget.next_day([row], engagement.programme, date(2026, 11, 14)) == date(2027, 10, 30)
    opened = timezone.localdate(engagement.opened_at)
    soon = opened + timedelta(days=10)
    write(BudgetDate, plan, **REQUEST | {"day": soon, "fiscal_year": fiscal_year(soon)})
    (found,) = dossiers.dossiers([engagement], contact(plan), opened)
    assert found.deadline == soon
    assert road.budget_deadline(engagement) != soon


@pytest.mark.django_db
def test_a_cost_names_the_request_it_belongs_into_on_the_page_and_in_the_plan() -> None:
    plan, _scenario = measured_plan()
    Decision._base_manager.filter(pk=decision_of(plan).pk).update(cost_yen=550_000, start_on=date(2027, 6, 1))
    plan = Plan.objects.get(pk=plan.pk)
    (need,) = selectors.needs(selectors.plan_contents(plan), date(2026, 9, 1))
    assert (need.request.day, need.request.own) == (date(2026, 10, 30), False)
    write(BudgetDate, plan, **REQUEST)
    write(
        BudgetDate, plan, **REQUEST | {"kind": "supplementary", "name": "6月補正", "day": date(2027, 5, 14)}
    )
    (need,) = selectors.needs(selectors.plan_contents(Plan.objects.get(pk=plan.pk)), date(2026, 9, 1))
    assert (need.request.name, need.request.day) == ("6月補正", date(2027, 5, 14))
    page = town(plan).get(f"/engagements/{plan.engagement_id}/plan/?part=budget").content.decode()
    assert "6月補正" in page
    roadmap = [
        one for one in snapshot_of(DocumentKind.REFORM_PLAN, plan)["chapters"] if one["anchor"] == "roadmap"
    ]
    assert "550,000円" in str(roadmap)
    assert "6月補正" in str(roadmap)


@pytest.mark.django_db
def test_a_start_whose_request_is_over_names_what_is_left_alike_on_page_and_paper() -> None:
    """February of the year that runs: its request closed thirteen months before."""
    plan, _scenario = measured_plan()
    today = timezone.localdate()
    soon = today + timedelta(days=20)
    rows = Decision._base_manager.filter(pk=decision_of(plan).pk)
    rows.update(cost_yen=550_000, start_on=soon)
    plan = Plan.objects.get(pk=plan.pk)
    (need,) = selectors.needs(selectors.plan_contents(plan), today)
    assert need.request.day is None
    assert "の補正予算か流用" in need.request.name
    said = budget.next_day((), plan.engagement.programme, today)
    assert fiscal_year_label(fiscal_year(said) + 1) in need.request.name
    page = town(plan).get(f"/engagements/{plan.engagement_id}/plan/?part=budget").content.decode()
    assert need.request.name in page
    assert need.request.name in str(snapshot_of(DocumentKind.REFORM_PLAN, plan)["chapters"])
    Plan._base_manager.filter(pk=plan.pk).update(state="final", saved_at=timezone.now() - timedelta(days=400))
    rows.update(start_on=date(today.year + 1, 6, 1))
    (kept,) = selectors.needs(selectors.plan_contents(Plan.objects.get(pk=plan.pk)), today)
    assert kept.request.day is not None


@pytest.mark.django_db
def test_a_day_outside_its_year_is_refused() -> None:
    plan, _scenario = measured_plan()
    for day in (date(2025, 10, 30), date(2028, 4, 1)):
        with pytest.raises(BadInput) as refused:
            write(BudgetDate, plan, **REQUEST | {"day": day})
        assert list(refused.value.fields) == ["day"]


DAYS = st.dates(date(2020, 1, 1), date(2090, 12, 31))


@given(DAYS, DAYS, st.integers(1, 12), st.integers(1, 28), st.lists(DAYS, max_size=4))
def test_money_is_asked_for_from_today_on_before_it_is_spent_and_for_the_right_year(
    start: date, today: date, month: int, day: int, own: list[date]
) -> None:
    rows = [BudgetDate(kind="initial", name="要求", day=one, fiscal_year=fiscal_year(one) + 1) for one in own]
    programme = Programme(budget_month=month, budget_day=day)
    found = budget.request_for(rows, programme, start, today)
    if found.day is None:
        assert not [
            row for row in rows if today <= row.day <= start and row.fiscal_year == fiscal_year(start)
        ]
        assert fiscal_year_label(fiscal_year(start)) in found.name
    else:
        assert today <= found.day <= start
        assert fiscal_year(start) - fiscal_year(found.day) == 1
    later = budget.next_day(rows, programme, start)
    assert later >= start


def test_the_29th_of_february_has_a_day_in_every_year() -> None:
    leap = Programme(budget_month=2, budget_day=29)
    assert [budget.usual_day(year, leap) for year in (2027, 2028)] == [date(2027, 2, 28), date(2028, 2, 29)]
