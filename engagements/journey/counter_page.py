"""The page of a counter section (原課): what happens at its counter and when, remarks, figures, decisions, progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts import permissions
from engagements.models import Engagement
from engagements.plans.models import Decision, DecisionProgress
from engagements.plans.section_answers import OPEN_TO_SECTION, UNDER_WAY, owned_by
from engagements.plans.words import thousands
from engagements.sections import letters, selectors
from engagements.sections.models import ProcedureFigure, RequestKind, SectionRequest
from engagements.sessions.models import Meeting
from engagements.survey.models import Survey
from engagements.survey.remarks import key_of, section_key
from engagements.survey.selectors import Observation
from engagements.survey.words import team_name
from workflow import Actor


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark with the words of the reply field: what was typed, else what stands."""

    key: str
    item: Observation
    reply: str
    may_leave: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision that the section owns; ``open`` while the section may still say so."""

    row: Decision
    open: bool
    under_way: bool
    said: list[DecisionProgress]
    answer: str = ""
    reason: str = ""
    status: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FigureLine:
    row: ProcedureFigure
    volume: str
    minutes: str
    basis: str

    @property
    def volume_words(self) -> str:
        """4,680; empty while it is not known."""
        return "" if self.row.yearly_volume is None else thousands(self.row.yearly_volume)


@dataclass(slots=True)
class Page:
    """Everything about one request, for the section and for the town's contact. A constant number of queries."""

    request: SectionRequest
    meetings: list[Meeting]
    visits: list[dict[str, str]] = field(default_factory=list)
    remarks: list[tuple[Survey, list[Remark]]] = field(default_factory=list)
    figures: list[FigureLine] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    #: Remarks that the section was not shown yet; they stand with it once it is asked again.
    unshared: int = 0

    @property
    def to_decide(self) -> list[Choice]:
        return [item for item in self.choices if item.open]

    @property
    def to_report(self) -> list[Choice]:
        return [item for item in self.choices if item.under_way]

    @property
    def asks_progress(self) -> bool:
        return self.request.kind == RequestKind.PROGRESS


def page_of(request: SectionRequest, typed: Mapping[str, Any] | None = None) -> Page:
    """The page; ``typed`` is what was posted and comes back into its fields."""
    said = typed or {}
    page = Page(request, _meetings(request.engagement_id))
    if request.kind == RequestKind.COUNTER:
        found = selectors.recorded(request.engagement_id)
        key = request.section_key
        page.visits = [row for item in found for row in _visits(item, key)]
        about = selectors.remarks_about(found, key)
        page.unshared = sum(item.shared_on is None for _survey, items in about for item in items)
        page.remarks = [
            (survey, [_remark(item, said) for item in items if item.shared_on]) for survey, items in about
        ]
        page.remarks = [(survey, items) for survey, items in page.remarks if items]
        page.figures = [_figure(row, said) for row in request.figures.all()]
    page.choices = [_choice(row, said) for row in owned_by(request).prefetch_related("quarters")]
    return page


def _meetings(engagement: int) -> list[Meeting]:
    rows = Meeting.objects.filter(session__engagement=engagement, called_off=False)
    return list(rows.select_related("session__kind").order_by("starts_at"))


def _visits(found: selectors.Recorded, key: str) -> list[dict[str, str]]:
    touched = selectors.touched(found.document).get(key)
    return [
        {
            "scenario": visit.scenario,
            "team": team_name(visit.team, "") if visit.team else "",
            "at": visit.at,
            "counter": visit.counter,
            "procedures": "、".join(visit.procedures),
        }
        for visit in (touched.visits if touched else [])
    ]


def _remark(item: Observation, said: Mapping[str, Any]) -> Remark:
    key = key_of(item)
    leave = f"leave_{key}" in said if said else item.may_leave
    return Remark(key, item, said.get(f"reply_{key}", item.reply), leave)


def _figure(row: ProcedureFigure, said: Mapping[str, Any]) -> FigureLine:
    def shown(name: str, value: int | None) -> str:
        return str(said.get(f"{name}_{row.pk}", "" if value is None else value))

    basis = said.get(f"basis_{row.pk}", row.basis)
    return FigureLine(row, shown("volume", row.yearly_volume), shown("minutes", row.staff_minutes), basis)


def _choice(row: Decision, said: Mapping[str, Any]) -> Choice:
    stands = {"taken": "take", "refused": "refuse"}.get(str(row.state), "")
    return Choice(
        row,
        open=row.state in OPEN_TO_SECTION and row.plan.state in ("draft", "in_review"),
        under_way=row.state in UNDER_WAY,
        said=list(row.quarters.all()),
        answer=said.get(f"choice_{row.pk}", stands),
        reason=said.get(f"reason_{row.pk}", row.refusal),
        status=said.get(f"status_{row.pk}", ""),
        remark=said.get(f"remark_{row.pk}", ""),
    )


# --- all sections of an engagement ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One section of the town: its newest request, why it is asked, and whether anybody reads it."""

    name: str
    requests: list[SectionRequest]
    reached: bool
    waiting: bool

    @property
    def latest(self) -> SectionRequest | None:
        return self.requests[0] if self.requests else None


def sections_to_ask(engagement: Engagement) -> list[str]:
    """The sections that a survey came to, then those that own decisions; each once, however it is written."""
    names = [
        entry.name
        for item in selectors.recorded(engagement.pk)
        for entry in selectors.touched(item.document).values()
    ]
    owners = Decision.objects.filter(plan__engagement=engagement.pk).exclude(owner_section="")
    names += owners.order_by("position", "pk").values_list("owner_section", flat=True)
    return list({section_key(name): name for name in reversed(names)}.values())[::-1]


def lines(engagement: Engagement, actor: Actor, today: date) -> list[Line]:
    """What the reader may see: the team every section, a section its own."""
    seen = list(selectors.visible(actor).filter(engagement=engagement.pk))
    may_ask = permissions.allows(actor, "section_request.create", SectionRequest(engagement=engagement))
    names = [*(sections_to_ask(engagement) if may_ask else []), *(row.section for row in seen)]
    known = {section_key(name): name for name in reversed(names)}
    reached = letters.reached(engagement.municipality_id, today)
    return [
        _line(name, [row for row in seen if row.section_key == key], key in reached)
        for key, name in reversed(known.items())
    ]


def _line(name: str, rows: list[SectionRequest], reached: bool) -> Line:
    counter = [row for row in rows if row.kind == RequestKind.COUNTER]
    return Line(name, rows, reached, any(row.is_open for row in counter))
