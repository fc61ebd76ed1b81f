"""What is prepared for the day. It lives in the records' own file, so that it leaves and enters with them.

A file may come from elsewhere: what can't be understood is read as absent, and stays in the file as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from engagements.survey import words

Raw = Mapping[str, Any]
KEY = "preparation"
#: The parts that people fill in, in the order of the page.
PARTS = ("rules", "places", "teams", "answers", "props")
MOST_ID = 20
#: Fields of a team that hold people's names.
NAMES = ("actors", "recorders", "camera", "helpers")


class Blind(TextChoices):
    """Who is not told the scenario beforehand (``blind`` of the survey format)."""

    ACTORS = "actors", words.BLIND["actors"]
    COUNTERS = "counters", words.BLIND["counters"]
    BOTH = "both", words.BLIND["both"]
    NONE = "none", words.BLIND["none"]

    @property
    def actors(self) -> bool:
        return self in (Blind.ACTORS, Blind.BOTH)

    @property
    def counters(self) -> bool:
        return self in (Blind.COUNTERS, Blind.BOTH)


class Prop(TextChoices):
    """What a household shows at the counters, as a plainly marked sample."""

    MY_NUMBER_CARD = "my_number_card", _("マイナンバーカード")
    ELIGIBILITY = "eligibility", _("健康保険の資格確認書")
    INSURANCE_CARD = "insurance_card", _("健康保険証")
    MOVE_OUT = "move_out", _("転出証明書")
    RESIDENCE_CARD = "residence_card", _("在留カード")
    DISABILITY = "disability", _("身体障害者手帳")
    CARE = "care", _("介護保険被保険者証")
    MATERNITY = "maternity", _("母子健康手帳")
    PENSION = "pension", _("基礎年金番号通知書")
    DOG = "dog", _("犬の鑑札")
    SEAL = "seal", _("印鑑登録証")


#: Props that counters no longer take. New health-insurance cards ended on 2 December 2024 (番号法等の一部改正法).
OUT_OF_DATE: Mapping[str, Any] = {
    Prop.INSURANCE_CARD: _(
        "健康保険証は2024年12月2日から新しく発行されていません。資格確認書に替えるか、マイナンバーカードを使ってください。"
    )
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What everybody is told, and who is not."""

    blind: Blind = Blind.NONE
    reveal_at: datetime | None = None
    web_first: bool = False
    photos: bool = True
    dress: str = ""
    contact: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A counter as the teams will find it; ``distance_m`` is the walk from the entrance."""

    counter: str
    section: str = ""
    building: str = ""
    floor: str = ""
    distance_m: int | None = None

    @property
    def words(self) -> str:
        where = " ".join(part for part in (self.building, self.floor) if part)
        return f"{self.counter}({where})" if where else self.counter


@dataclass(frozen=True, slots=True)
class Team:
    """Who walks one route. Names stand as they were written, with the body of a guest in brackets.

    ``id`` stays when the row is edited or moved: what was recorded hangs on it.
    """

    team: str
    scenario: str = ""
    starts_at: datetime | None = None
    start_place: str = ""
    actor: str = ""
    actors: str = ""
    recorders: str = ""
    camera: str = ""
    helpers: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The right way for one procedure of a scenario."""

    scenario: str
    procedure: str
    place: str = ""
    forms: str = ""
    bring: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A prop of one person of a scenario's household."""

    kind: Prop
    scenario: str = ""
    person: str = ""
    note: str = ""

    @property
    def fault(self) -> str:
        """Why this prop should be replaced; empty where it is still in use."""
        return str(OUT_OF_DATE.get(self.kind, ""))


@dataclass(frozen=True, slots=True)
class Preparation:
    """Everything that was prepared; empty lists where nothing was."""

    rules: Rules = field(default_factory=Rules)
    places: Sequence[Place] = ()
    teams: Sequence[Team] = ()
    answers: Sequence[Answer] = ()
    props: Sequence[Shown] = ()

    def teams_of(self, scenario: str) -> list[Team]:
        return [team for team in self.teams if team.scenario == scenario]

    def team_of(self, id: str) -> Team | None:
        return next((team for team in self.teams if team.id == id), None)

    def props_of(self, scenario: str) -> list[Shown]:
        return [prop for prop in self.props if prop.scenario == scenario]

    def answer_to(self, scenario: str, procedure: str) -> Answer:
        found = (one for one in self.answers if (one.scenario, one.procedure) == (scenario, procedure))
        return next(found, Answer(scenario, procedure))


def read(document: Raw) -> Preparation:
    """The preparation of a survey's records."""
    raw = document.get(KEY)
    if not isinstance(raw, Mapping):
        return Preparation()
    return Preparation(
        rules=_rules(raw.get("rules")),
        places=[_place(row) for row in _rows(raw, "places", "counter")],
        teams=[_team(n, row) for n, row in enumerate(_rows(raw, "teams", "team"), start=1)],
        answers=[
            Answer(*_texts(row, "scenario", "procedure", "place", "forms", "bring", "note"))
            for row in _rows(raw, "answers", "procedure")
        ],
        props=[
            Shown(Prop(row["kind"]), *_texts(row, "scenario", "person", "note"))
            for row in _rows(raw, "props", "kind")
            if row["kind"] in Prop.values
        ],
    )


def without_names(raw: Any) -> Any:
    """The preparation's JSON without who walks and whom to call; what can't be understood is left out whole."""
    if not isinstance(raw, Mapping):
        return {}
    kept = {part: raw[part] for part in ("places", "answers", "props") if part in raw}
    if isinstance(raw.get("rules"), Mapping):
        kept["rules"] = {name: value for name, value in raw["rules"].items() if name != "contact"}
    kept["teams"] = [
        {name: value for name, value in row.items() if name not in NAMES}
        for row in _rows(raw, "teams", "team")
    ]
    return kept


def _rules(raw: Any) -> Rules:
    if not isinstance(raw, Mapping):
        return Rules()
    blind = _text(raw, "blind")
    return Rules(
        Blind(blind) if blind in Blind.values else Blind.NONE,
        _moment(raw, "reveal_at"),
        raw.get("web_first") is True,
        raw.get("photos") is not False,
        *_texts(raw, "dress", "contact", "note"),
    )


def _place(row: Raw) -> Place:
    counter, section, building, floor = _texts(row, "counter", "section", "building", "floor")
    return Place(counter, section, building, floor, _metres(row))


def _team(number: int, row: Raw) -> Team:
    """A row of another program may have no id: its place stands for one."""
    more = _texts(row, "start_place", "actor", "actors", "recorders", "camera", "helpers")
    more.append(_text(row, "id")[:MOST_ID] or f"t{number}")
    return Team(_text(row, "team"), _text(row, "scenario"), _moment(row, "starts_at"), *more)


def _rows(raw: Raw, part: str, needed: str) -> Iterator[Raw]:
    rows = raw.get(part)
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and _text(row, needed):
            yield row


def _text(row: Raw, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _texts(row: Raw, *names: str) -> list[str]:
    return [_text(row, name) for name in names]


def _metres(row: Raw) -> int | None:
    value = row.get("distance_m")
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _moment(row: Raw, name: str) -> datetime | None:
    try:
        found = parse_datetime(_text(row, name))
    except ValueError:
        return None
    return found if found and found.tzinfo else None
