"""A scenario as a form, and a form as a scenario: the records' other fields stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey import words
from engagements.survey.grid.cells import BadCell, parse_count, parse_text
from engagements.survey.measures import LIFE_EVENTS
from engagements.survey.plain import one_line, same
from municipalities.cells import read_minutes

Post = Mapping[str, str]
Faults = dict[str, str]
FIRST_ROWS = 6
MOST_ROWS = 60
COLUMNS: dict[str, dict[str, Any]] = {
    "household": {
        "relation": gettext_lazy("続柄"),
        "name": gettext_lazy("仮の氏名"),
        "age": gettext_lazy("年齢"),
        "born": gettext_lazy("仮の生年月日"),
        "attributes": gettext_lazy("特徴(、で区切る)"),
    },
    "procedures": {"name": gettext_lazy("手続きの名前")},
}
LETTERS = {"household": "p", "procedures": "k"}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the form."""

    name: str
    label: Any
    value: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A person or a procedure; ``id`` is empty for a new one."""

    number: int | str
    name: str
    id: str
    deleted: bool
    inputs: Sequence[Input]


@dataclass(frozen=True, slots=True)
class ScenarioForm:
    """What the page shows."""

    title: Input
    planned: Input
    life_event: Input
    situation: Input
    lists: Mapping[str, Sequence[Line]]
    models: Mapping[str, Line]
    faults: Faults = field(default_factory=dict)

    @property
    def life_events(self) -> list[tuple[str, Any]]:
        return [(code, words.LIFE_EVENTS[code]) for code in LIFE_EVENTS]


def show(
    scenario: Mapping[str, Any], *, typed: Post | None = None, faults: Faults | None = None
) -> ScenarioForm:
    """The form of a scenario; what was typed stands over what is recorded."""
    posted, found = typed or {}, faults or {}
    lists = {part: _lines(part, scenario, typed, found) for part in COLUMNS}
    planned = scenario.get("planned_minutes")

    def one(name: str, label: Any, value: Any) -> Input:
        return Input(
            name, label, posted.get(name, "" if value is None else one_line(str(value))), found.get(name, "")
        )

    return ScenarioForm(
        title=one("title", _("場面の名前"), scenario.get("title")),
        planned=one("planned_minutes", _("予定の時間(分)"), planned),
        life_event=one("life_event", _("ライフイベント"), scenario.get("life_event")),
        situation=one("situation", _("体験者に伝える事情"), scenario.get("situation")),
        lists=lists,
        models={part: _line(part, "__prefix__", {}, {}, {}) for part in COLUMNS},
        faults=found,
    )


def _lines(part: str, scenario: Mapping[str, Any], typed: Post | None, faults: Faults) -> list[Line]:
    items = scenario.get(part) or []
    by_id = {item["id"]: item for item in items}
    if typed is None:
        total = max(FIRST_ROWS, len(items) + 2)
        return [_line(part, n, items[n] if n < len(items) else {}, {}, faults) for n in range(total)]
    return [
        _line(part, n, by_id.get(typed.get(f"{part}-{n}-id", ""), {}), typed, faults)
        for n in range(_total(part, typed))
    ]


def _total(part: str, posted: Post) -> int:
    text = posted.get(f"{part}-TOTAL_FORMS", "0")
    return min(int(text), MOST_ROWS) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def _line(part: str, n: int | str, item: Mapping[str, Any], posted: Post, faults: Faults) -> Line:
    name = f"{part}-{n}"
    inputs = [
        Input(
            f"{name}-{key}",
            label,
            posted.get(f"{name}-{key}", _shown(item, key)),
            faults.get(f"{name}-{key}", ""),
        )
        for key, label in COLUMNS[part].items()
    ]
    number = n + 1 if isinstance(n, int) else ""
    return Line(number, name, item.get("id", ""), bool(posted.get(f"{name}-delete")), inputs)


def _shown(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if isinstance(value, list):
        return one_line("、".join(part for part in value if part))
    return "" if value is None else one_line(str(value))


def edit(scenario: Mapping[str, Any], posted: Post) -> tuple[dict[str, Any], Faults]:
    """The scenario after what was typed, and a sentence for each field that has to be mended."""
    made: dict[str, Any] = deepcopy(dict(scenario))
    faults: Faults = {}
    _set(made, "life_event", posted.get("life_event", ""), "life_event", faults)
    _set(made, "title", posted.get("title", ""), "title", faults)
    _set(made, "planned_minutes", posted.get("planned_minutes", ""), "planned_minutes", faults)
    if "situation" in posted:
        _set(made, "situation", posted["situation"], "situation", faults)
    for part in COLUMNS:
        lines = _edit_list(part, made.get(part) or [], posted, faults)
        if lines != (made.get(part) or []):
            made[part] = lines
    return made, faults


def _edit_list(
    part: str, items: Sequence[dict[str, Any]], posted: Post, faults: Faults
) -> list[dict[str, Any]]:
    by_id = {item["id"]: item for item in items}
    lines: list[dict[str, Any]] = []
    used: set[str] = set()
    for n in range(_total(part, posted)):
        name = f"{part}-{n}"
        id = posted.get(f"{name}-id", "")
        typed = {key: posted.get(f"{name}-{key}", "") for key in COLUMNS[part]}
        known = id in by_id and id not in used
        used.add(id)
        if posted.get(f"{name}-delete") or (not known and not any(text.strip() for text in typed.values())):
            continue
        item = by_id[id] if known else {"id": _free(part, [*by_id, *(line["id"] for line in lines)])}
        for key, text in typed.items():
            _set(item, key, text, f"{name}-{key}", faults)
        lines.append(item)
    return lines + [item for item in items if item["id"] not in used]


def _free(part: str, taken: Sequence[str]) -> str:
    return free_id(LETTERS[part], taken)


def free_id(letter: str, taken: Sequence[str]) -> str:
    """The first id of this letter that is not in use."""
    return next(f"{letter}{n}" for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)


def _set(item: dict[str, Any], key: str, typed: str, name: str, faults: Faults) -> None:
    """One field; one that reads as before is left alone."""
    if key in item and same(typed, _shown(item, key)):
        return
    try:
        value = _value(key, typed)
    except BadCell as refusal:
        faults[name] = str(refusal)
        return
    if value is None:
        item.pop(key, None)
    else:
        item[key] = value


def _value(key: str, typed: str) -> Any:
    if key == "life_event":
        if typed not in LIFE_EVENTS:
            raise BadCell(_("ライフイベントを選んでください。"))
        return typed
    if key == "attributes":
        text = parse_text(typed) or ""
        return [part.strip() for part in re.split("[、,]", text) if part.strip()] or None
    if key == "age":
        return _age(typed)
    if key == "planned_minutes":
        minutes = read_minutes(typed)
        if minutes == 0:
            raise BadCell(_("1分以上で入れてください。予定がなければ空けてください。"))
        return minutes
    return parse_text(typed)


def _age(typed: str) -> int | None:
    age = parse_count(typed)
    if age is not None and age > 130:
        raise BadCell(_("130までの年齢を入れてください。"))
    return age
