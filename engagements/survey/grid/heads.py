"""What stands above the rows: the team, the start and the end of the route, what was noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey import words
from engagements.survey.grid import papers
from engagements.survey.grid.cells import BadCell, Shown, parse_text
from engagements.survey.grid.columns import BY_KEY
from engagements.survey.grid.visits import Faults, Setting, Typed, moment, put
from engagements.survey.measures import ACTORS, BLIND, ENDED
from engagements.survey.plain import one_line, same, show_time
from municipalities.cells import read_day

JAPAN = timezone(timedelta(hours=9))
ROUTE_FIELDS = (
    "id",
    "scenario",
    "team",
    "actor",
    "blind",
    "started_at",
    "finished_at",
    "ended",
    "observations",
    "visits",
)


@dataclass(frozen=True, slots=True)
class HeadField:
    """A field above the grid; ``options`` make it a choice."""

    key: str
    label: Any
    kind: str = "text"
    words: Mapping[str, Any] | None = None
    codes: tuple[str, ...] = ()

    @property
    def options(self) -> list[tuple[str, Any]]:
        if self.key.endswith("_category"):
            return BY_KEY[self.key].options
        return [("", _("記録なし")), *((code, (self.words or {})[code]) for code in self.codes)]


HEAD: tuple[HeadField, ...] = (
    HeadField("team", gettext_lazy("班")),
    HeadField("day", gettext_lazy("日"), "date"),
    HeadField("started", gettext_lazy("始めた時刻"), "time"),
    HeadField("ended_at", gettext_lazy("終えた時刻"), "time"),
    HeadField("ended", gettext_lazy("終わり方"), "choice", words.ENDED, ENDED),
    HeadField("actor", gettext_lazy("体験した人"), "choice", words.ACTORS, ACTORS),
    HeadField("blind", gettext_lazy("知らせなかった相手"), "choice", words.BLIND, BLIND),
    HeadField("problem", gettext_lazy("窓口の外での困りごと(1行に1つ)"), "lines"),
    HeadField("problem_category", gettext_lazy("困りごとの種類"), "choice"),
    HeadField("good", gettext_lazy("窓口の外でよかったこと(1行に1つ)"), "lines"),
    HeadField("good_category", gettext_lazy("よかったことの種類"), "choice"),
)
#: Cells of the head by the field of the route that they show.
TEXTS = {"team": "team", "actor": "actor", "blind": "blind", "ended": "ended"}
TIMES = {"started": "started_at", "ended_at": "finished_at"}


def day_of(route: Mapping[str, Any], held_on: date) -> date:
    """The day of the route: that of its start, else the survey's."""
    return datetime.fromisoformat(route["started_at"]).date() if route.get("started_at") else held_on


def setting_of(route: Mapping[str, Any], scenario: Mapping[str, Any], day: date) -> Setting:
    """What its rows need to know of a route."""
    started = route.get("started_at")
    zone = datetime.fromisoformat(started).tzinfo if started else None
    return Setting(day, zone or JAPAN, [item["id"] for item in scenario.get("procedures") or ()])


def show_head(route: Mapping[str, Any], held_on: date) -> dict[str, Shown]:
    """What each cell above the rows shows."""
    shown = {key: Shown(one_line(route.get(field) or "")) for key, field in TEXTS.items()}
    shown |= {key: Shown(show_time(route.get(field))) for key, field in TIMES.items()}
    fixed = _("始めた時刻と一緒に記録されています。日がちがうときは、この班を消して入れ直してください。")
    shown["day"] = Shown(day_of(route, held_on).isoformat(), fixed if route.get("started_at") else "")
    for kind in ("problem", "good"):
        shown[kind], shown[f"{kind}_category"] = papers.show_observations(route, kind)
    return shown


def edit_head(route: MutableMapping[str, Any], typed: Typed, held_on: date) -> tuple[date, Faults]:
    """Carry what was typed into the route. Returns its day and a sentence for each cell that can't be read."""
    shown = show_head(route, held_on)
    changed = {key for key, cell in shown.items() if key in typed and not same(typed[key], cell.value)}
    faults = {key: shown[key].locked for key in changed if shown[key].locked}
    day = _day(typed.get("day", ""), day_of(route, held_on), faults, changed=changed)
    cells = {key: typed.get(key, cell.value) for key, cell in shown.items()}
    for key in [*TEXTS, *TIMES, "problem", "good"]:
        keys = {key, f"{key}_category"} if key in ("problem", "good") else {key}
        if changed.isdisjoint(keys) or not faults.keys().isdisjoint(keys):
            continue
        try:
            _set(route, key, cells, day)
        except BadCell as refusal:
            faults[key if key in changed else f"{key}_category"] = str(refusal)
    return day, faults


def _day(typed: str, shown: date, faults: Faults, *, changed: set[str]) -> date:
    if "day" not in changed or "day" in faults:
        return shown
    try:
        day = read_day(typed, near=shown)
    except BadCell as refusal:
        faults["day"] = str(refusal)
        return shown
    if day is None:
        faults["day"] = _("日付を 2026-09-17 の形で入れてください。")
    return day or shown


def _set(route: MutableMapping[str, Any], key: str, cells: Mapping[str, str], day: date) -> None:
    if key in ("problem", "good"):
        papers.set_observations(route, key, cells[key], cells[f"{key}_category"])
    elif key in TIMES:
        zone = setting_of(route, {}, day).zone
        put(route, TIMES[key], moment(cells[key], route.get(TIMES[key]), day, zone))
    else:
        value = parse_text(cells[key])
        codes = next(field.codes for field in HEAD if field.key == key)
        if value and codes and value not in codes:
            raise BadCell(_("一覧から選んでください。"))
        put(route, TEXTS[key], value)
