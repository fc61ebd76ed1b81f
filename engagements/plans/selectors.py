"""A plan as its readers see it: the contents that are printed, what a mayor will ask, the board."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from engagements.plans import budget, effects, evidence
from engagements.plans.models import (
    BoardNote,
    BoardVote,
    BudgetDate,
    Decision,
    DecisionState,
    Evidence,
    Issue,
    Kpi,
    Plan,
    PlanState,
    RoadmapItem,
)
from engagements.plans.services import PEOPLE_FIELDS, row_version
from engagements.plans.words import (
    ANSWER_LABELS,
    MEASURE_LABELS,
    amount,
    change_words,
    thousands,
    unit_of,
    yen,
)
from engagements.survey.selectors import Observation
from municipalities.dates import era_date, fiscal_year_label
from workflow.actors import Actor


@dataclass(frozen=True, slots=True)
class EffectView:
    """A decision's claim in figures and words. Residents' and staff's minutes stand apart and are never added.

    ``resident_words``: the change for one visit; ``baseline`` is measured, ``promised`` expected.
    """

    claim: effects.Claim | None
    scenario_title: str
    measure_label: str
    baseline_words: str
    change_words: str
    promised_words: str
    resident_hours: Decimal | None
    resident_formula: str
    staff_hours: Decimal | None
    staff_formula: str
    #: How much the hours would differ were the volume or the minutes a tenth off.
    staff_doubt: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision as it is printed, with the words of its facts in print order."""

    row: Decision
    number: int
    effect: EffectView

    @property
    def heading(self) -> str:
        return _("判断%(number)d %(title)s") % {"number": self.number, "title": self.row.title}

    @property
    def cost(self) -> str:
        return yen(self.row.cost_yen)

    @property
    def condition(self) -> str:
        """The condition or the words of the answer, with who sees to it and by when; empty where there is none."""
        if not self.row.condition and not self.row.condition_by:
            return ""
        until = _("%(day)sまで") % {"day": era_date(self.row.condition_by)} if self.row.condition_by else ""
        who = "、".join(part for part in (self.row.condition_owner, until) if part)
        return f"{self.row.condition}({who})" if who and self.row.condition else self.row.condition or who

    @property
    def start(self) -> str:
        """From when and by whom."""
        day = _("%(day)sから") % {"day": era_date(self.row.start_on)} if self.row.start_on else ""
        return "。".join(part for part in (day, self.row.owner_section) if part)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and value; an empty value is not known yet."""
        return [
            (_("やめること"), self.row.what_stops),
            (_("費用"), self.cost),
            (_("いつから、誰が"), self.start),
            (_("最初の一歩"), self.row.first_step),
            (_("後押しいただくこと"), self.row.ask),
            (_("行わない場合"), self.row.if_not),
        ]


@dataclass(frozen=True, slots=True)
class IssueView:
    row: Issue
    evidence: list[Evidence]
    decisions: list[DecisionView]

    @property
    def version(self) -> str:
        return row_version(self.row)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a mayor will ask: answered, or what is missing and where it is filled in."""

    name: str
    word: str
    answered: bool
    sentence: str
    gaps: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlanContents:
    """Everything that the document prints and the editor shows, read in a constant number of queries."""

    plan: Plan
    result: evidence.Result | None
    issues: list[IssueView]
    decisions: list[DecisionView]
    roadmap: list[RoadmapItem]
    budget: list[BudgetDate]
    kpis: list[Kpi]
    problems: int
    questions: list[Question]

    @property
    def people(self) -> list[tuple[str, str]]:
        """How the town goes about it, label by label; empty where nothing is written."""
        labels = {field.name: str(field.verbose_name) for field in self.plan._meta.concrete_fields}
        return [(labels[name], getattr(self.plan, name)) for name in PEOPLE_FIELDS]

    @property
    def staff_hours(self) -> Decimal:
        """The sum of what the sections expect to save in a year; decisions without figures count nothing."""
        return sum((item.effect.staff_hours or Decimal(0) for item in self.decisions), Decimal(0))

    @property
    def warnings(self) -> list[str]:
        return [question.sentence for question in self.questions if not question.answered]

    @property
    def roadmap_years(self) -> list[tuple[str, list[RoadmapItem]]]:
        years: dict[int, list[RoadmapItem]] = defaultdict(list)
        for item in self.roadmap:
            years[item.fiscal_year].append(item)
        return [(fiscal_year_label(year), rows) for year, rows in sorted(years.items())]


def plans(actor: Actor) -> QuerySet[Plan]:
    return permissions.visible(actor, "plan.view", Plan.objects.all())


def plan_of(engagement_id: int) -> Plan | None:
    """The engagement's newest plan."""
    rows = Plan.objects.select_related(
        "engagement__municipality__prefecture", "engagement__programme", "saved_by"
    )
    return rows.filter(engagement=engagement_id).order_by("number").last()


def _formula(hours: effects.Hours | None) -> str:
    if hours is None:
        return ""
    shown = {"volume": thousands(hours.volume), "minutes": thousands(abs(hours.minutes))}
    return _("= %(volume)s件 × %(minutes)s分") % shown


def _doubt(hours: effects.Hours | None) -> str:
    if hours is None:
        return ""
    return _("件数か分数が1割ちがうと ±%(hours)s時間") % {"hours": thousands(hours.tenth)}


def effect_of(decision: Decision, result: evidence.Result | None) -> EffectView:
    """The effect in words; nothing is invented where a figure is missing."""
    claimed = None
    if result is not None and decision.scenario:
        claimed = effects.claim(result.measures, decision.scenario, decision.measure, decision.change)
    residents = effects.resident_hours(claimed, decision.yearly_volume)
    staff = effects.staff_hours(decision.yearly_volume, decision.staff_minutes)
    return EffectView(
        claim=claimed,
        scenario_title=result.scenarios.get(decision.scenario, "") if result else "",
        measure_label=str(MEASURE_LABELS.get(decision.measure, "")),
        baseline_words=amount(claimed.measure, claimed.baseline) if claimed else "",
        change_words=change_words(claimed.measure, claimed.change) if claimed else "",
        promised_words=amount(claimed.measure, claimed.promised) if claimed else "",
        resident_hours=residents.hours if residents else None,
        resident_formula=_formula(residents),
        staff_hours=staff.hours if staff else None,
        staff_formula=_formula(staff),
        staff_doubt=_doubt(staff),
    )


def plan_contents(plan: Plan, reader: Actor | None = None) -> PlanContents:
    """All of a plan for the document and the editor: six queries, and one for the survey.

    A ``reader`` outside the survey team gets no remark that its section was not shown yet (one query more).
    """
    result = evidence.result_of(plan.engagement_id)
    hidden = evidence.hidden_from(reader, result)
    rows = list(plan.decisions.all())
    views = [DecisionView(row, number, effect_of(row, result)) for number, row in enumerate(rows, start=1)]
    issues = plan.issues.prefetch_related(Prefetch("evidence", Evidence.objects.order_by("pk")))
    remarks = evidence.observations(result)
    return PlanContents(
        plan=plan,
        result=result,
        issues=[_issue(issue, views, hidden) for issue in issues],
        decisions=views,
        roadmap=list(plan.roadmap.all()),
        budget=list(plan.budget.all()),
        kpis=list(plan.kpis.all()),
        problems=sum(item.kind == "problem" for item in remarks),
        questions=questions(views),
    )


def _issue(issue: Issue, views: list[DecisionView], hidden: set[tuple[str, str]]) -> IssueView:
    shown = [item for item in issue.evidence.all() if (item.counter, item.text) not in hidden]
    return IssueView(issue, shown, [view for view in views if view.row.issue_id == issue.pk])


def answer_of(decision: Decision) -> str:
    """The executive's answer, also where the decision has moved on since; empty while there is none."""
    state = str(decision.state)
    if state in (DecisionState.STARTED, DecisionState.DONE, DecisionState.STOPPED):
        return DecisionState.ADOPTED_WITH_CONDITION if decision.condition else DecisionState.ADOPTED
    return state if state in ANSWER_LABELS else ""


# --- what a mayor will ask --------------------------------------------------------


def questions(views: list[DecisionView]) -> list[Question]:
    """費用は? いつから? 誰が? 効果は? Each with an answer, or with the decisions that lack one."""
    asked = [
        ("cost", _("費用は"), _gaps(views, lambda view: view.row.cost_yen is None), _cost_sentence),
        ("when", _("いつから"), _gaps(views, lambda view: view.row.start_on is None), _when_sentence),
        ("who", _("誰が"), _gaps(views, lambda view: not view.row.owner_section), _who_sentence),
        ("effect", _("効果は"), _gaps(views, _has_no_effect), _effect_sentence),
    ]
    return [_question(name, word, views, gaps, sentence) for name, word, gaps, sentence in asked]


def _gaps(views: list[DecisionView], lacks: Any) -> list[tuple[str, int]]:
    return [(_("判断%(number)d") % {"number": view.number}, view.row.pk) for view in views if lacks(view)]


def _question(name: str, word: str, views: list[DecisionView], gaps: Any, sentence: Any) -> Question:
    if not views:
        return Question(name, word, False, _("改善案がまだありません"))
    if gaps:
        return Question(name, word, False, _("答えがまだない改善案があります"), gaps)
    return Question(name, word, True, sentence(views))


def _has_no_effect(view: DecisionView) -> bool:
    return view.effect.claim is None and view.effect.staff_hours is None


def _cost_sentence(views: list[DecisionView]) -> str:
    total = sum(view.row.cost_yen or 0 for view in views)
    if total == 0:
        return _("%(count)d件とも0円でできます") % {"count": len(views)}
    return _("%(count)d件で合わせて%(cost)s") % {"count": len(views), "cost": yen(total)}


def _when_sentence(views: list[DecisionView]) -> str:
    first = min(view.row.start_on for view in views if view.row.start_on)
    return _("いちばん早い始まりは%(day)s") % {"day": era_date(first, short=True)}


def _who_sentence(views: list[DecisionView]) -> str:
    sections = dict.fromkeys(view.row.owner_section for view in views)
    return _("%(sections)sが持ちます") % {"sections": "、".join(sections)}


def _effect_sentence(views: list[DecisionView]) -> str:
    measured = sum(view.effect.claim is not None for view in views)
    return _("%(count)d件のうち%(measured)d件は調査の実測から計算しています") % {
        "count": len(views),
        "measured": measured,
    }


# --- the board --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lane:
    """An issue on the board with the dots and notes of the workshop."""

    issue: IssueView
    votes: int
    notes: list[BoardNote]


@dataclass(frozen=True, slots=True)
class Board:
    """``notes``: what the workshop wrote that belongs to no issue."""

    contents: PlanContents
    unused: list[Observation]
    total: int
    lanes: list[Lane]
    notes: list[BoardNote]
    headings: list[str]

    @property
    def used(self) -> int:
        return self.total - len(self.unused)


def board(plan: Plan, reader: Actor | None = None) -> Board:
    """Issues with their remarks and decisions, and the remarks that belong to no issue yet."""
    contents = plan_contents(plan, reader)
    hidden = evidence.hidden_from(reader, contents.result)
    every = evidence.observations(contents.result)
    found = [item for item in every if (item.counter, item.text) not in hidden]
    taken = {(item.path, item.text) for issue in contents.issues for item in issue.evidence}
    unused = [item for item in found if (item.path, item.text) not in taken]
    notes: dict[int | None, list[BoardNote]] = defaultdict(list)
    for note in BoardNote.objects.filter(plan=plan, closed_at=None).select_related("writer"):
        notes[note.issue_id].append(note)
    votes = Counter(BoardVote.objects.filter(issue__plan=plan).values_list("issue_id", flat=True))
    lanes = [Lane(issue, votes[issue.row.pk], notes[issue.row.pk]) for issue in contents.issues]
    said = [*(issue.row.heading for issue in contents.issues), *(item.heading for item in found)]
    headings = sorted({heading for heading in said if heading})
    return Board(contents, unused, len(found), lanes, notes[None], headings)


# --- deadlines and suggestions ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Need:
    """A decision that costs something, and the budget request in which the money has to be asked for."""

    view: DecisionView
    starts: date
    request: budget.Request


def needs(contents: PlanContents, today: date) -> list[Need]:
    """Decisions with a cost and a day to start, by the day on which their request closes, those that are late first.

    A draft is judged by ``today``, a plan that is finished by the day on which it was written last: it stays what it was.
    """
    plan, programme = contents.plan, contents.plan.engagement.programme
    written = plan.saved_at if plan.state != PlanState.DRAFT else None
    on = timezone.localdate(written) if written else today
    found = [
        Need(view, view.row.start_on, budget.request_for(contents.budget, programme, view.row.start_on, on))
        for view in contents.decisions
        if view.row.cost_yen and view.row.start_on
    ]
    return sorted(found, key=lambda need: need.request.day or date.min)


def baselines(result: evidence.Result | None) -> list[dict[str, Any]]:
    """Medians of the survey to start a KPI from, with unit and source."""
    if result is None:
        return []
    found = []
    for scenario, title in result.scenarios.items():
        for measure, label in MEASURE_LABELS.items():
            value = effects.baseline(result.measures, scenario, measure)
            if value is not None:
                found.append(_baseline(result, scenario, title, measure, str(label), value))
    return found


def _baseline(
    result: evidence.Result, scenario: str, title: str, measure: str, label: str, value: int
) -> dict[str, Any]:
    return {
        "key": f"{scenario}:{measure}",
        "scenario": scenario,
        "measure": measure,
        "name": f"{title} {label}",
        "unit": unit_of(measure),
        "value": value,
        "words": amount(measure, value),
        "source": source_words(result, scenario),
    }


def source_words(result: evidence.Result, scenario: str) -> str:
    """Which survey a median comes from, and how many teams it was counted from."""
    shown = {
        "title": result.scenarios[scenario],
        "routes": result.measures["scenarios"][scenario]["complete_routes"],
        "reference": result.survey.reference,
    }
    return _("体験調査 %(reference)s %(title)s 中央値(完走%(routes)d班)") % shown


def kpi_source(contents: PlanContents, kpi: Kpi) -> str:
    """What its writer says of the figure; for one that leads to the survey, else which survey."""
    found = contents.result
    is_measured = kpi.measure and found is not None and kpi.scenario in found.scenarios
    return kpi.source or (source_words(found, kpi.scenario) if found and is_measured else "")


def moved(contents: PlanContents, kpi: Kpi) -> str:
    """The survey's median as it is now, where the records were corrected since the KPI was kept; else empty."""
    if contents.result is None or not kpi.measure:
        return ""
    median = effects.baseline(contents.result.measures, kpi.scenario, kpi.measure)
    return amount(kpi.measure, median) if median is not None and median != kpi.baseline else ""


def known_sections(contents: PlanContents) -> list[str]:
    """Sections to choose from: those of the survey, then those already named in the plan."""
    named: Iterable[str] = (view.row.owner_section for view in contents.decisions)
    of_survey = contents.result.sections if contents.result else []
    return [name for name in dict.fromkeys([*of_survey, *named]) if name]
