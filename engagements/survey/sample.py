"""Invented surveys for the demo and the tests: plausible, in Japanese, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from engagements.survey.measures import FORMAT

JAPAN = timezone(timedelta(hours=9))
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """A counter of a scenario: what is filled in there and what gets done. Minutes are those of a first survey."""

    counter: str
    section: str
    floor: str
    procedures: Sequence[str]
    forms: Sequence[str]
    waiting: int
    service: int
    building: str = "本庁舎"
    missable: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A life event with its invented household."""

    title: str
    planned_minutes: int
    household: Sequence[tuple[str, str, int | None, Sequence[str]]]
    procedures: Sequence[tuple[str, str]]
    stops: Sequence[Stop]


MOVE_IN = Scene(
    "転入(5人家族と犬)",
    120,
    (
        ("p1", "世帯主", 38, ()),
        ("p2", "妻", 36, ("妊娠中",)),
        ("p3", "母", 71, ("要介護2",)),
        ("p4", "子", 6, ()),
        ("p5", "子", 1, ()),
    ),
    (
        ("k1", "転入届"),
        ("k2", "マイナンバーカードの住所の変更"),
        ("k3", "国民健康保険の加入"),
        ("k4", "児童手当の申請"),
        ("k5", "小学校の転入学"),
        ("k6", "介護保険の手続き"),
        ("k7", "水道の使用開始"),
        ("k8", "犬の登録の変更"),
    ),
    (
        Stop("1番 住民", "住民会計課", "1階", ("k1", "k2"), ("転入届", "住民票の申請書"), 9, 16),
        Stop("3番 国保", "健康福祉課", "1階", ("k3",), ("国保の異動届", "口座振替の依頼書"), 12, 11),
        Stop("5番 子育て", "健康福祉課", "1階", ("k4",), ("児童手当の請求書",), 8, 12),
        Stop("介護", "健康福祉課", "2階", ("k6",), ("介護保険の届",), 5, 9, building="保健センター"),
        Stop("学務", "教育委員会事務局", "3階", ("k5",), ("転入学の届",), 4, 8),
        Stop("水道", "建設水道課", "2階", ("k7",), ("使用開始の届",), 3, 6),
        Stop("犬の登録", "住民会計課", "1階", ("k8",), ("犬の登録の変更届",), 4, 5, missable=True),
    ),
)
DEATH = Scene(
    "おくやみ(夫を亡くした妻)",
    150,
    (("p1", "妻", 68, ("世帯主になる",)), ("p2", "子", 41, ("町外に住む",))),
    (
        ("k1", "国民健康保険の資格喪失と葬祭費"),
        ("k2", "年金の手続き"),
        ("k3", "介護保険証の返却"),
        ("k4", "固定資産税の代表者の届"),
        ("k5", "農地の届出"),
        ("k6", "水道の名義の変更"),
    ),
    (
        Stop("1番 住民", "住民会計課", "1階", ("k1",), ("資格喪失の届", "葬祭費の申請書"), 10, 18),
        Stop("2番 年金", "住民会計課", "1階", ("k2",), ("未支給年金の請求書",), 12, 20),
        Stop("介護", "健康福祉課", "2階", ("k3",), ("介護保険証の返却届",), 6, 8, building="保健センター"),
        Stop("税", "税務課", "1階", ("k4",), ("相続人代表者の届",), 8, 12),
        Stop("農業委員会", "農林課", "3階", ("k5",), ("農地の届出書",), 5, 9, missable=True),
        Stop("水道", "建設水道課", "2階", ("k6",), ("名義変更の届",), 3, 6),
    ),
)
SCENES = {"move_in": MOVE_IN, "death": DEATH}
PROBLEMS = (
    ("wayfinding", "番号札の機械が柱の陰で見えない"),
    ("operation", "次の課までの行き方を口頭だけで言われた"),
    ("form", "同じ住所と氏名を、紙ごとに初めから書いた"),
    ("service", "「受給者」が誰のことか分からない"),
    ("facility", "記入台の椅子が高く、母が座れない"),
    ("system", "前の課で伝えた家族の内容が次の課に届いていない"),
    ("operation", "印鑑が要ることを着いてから知った"),
    ("wayfinding", "保健センターが別の建物だと分からず戻った"),
)
GOODS = (
    ("service", "先に声をかけて、書く場所を指で示してくれた"),
    ("form", "住所と氏名が印字された紙を渡された"),
    ("operation", "次の課の職員が迎えに来てくれた"),
)


def sample_survey(
    municipality: str,
    held_on: date,
    *,
    life_events: Sequence[str] = ("move_in",),
    teams: int = 3,
    round: int = 1,  # noqa: A002 (the format's own word)
    seed: int = 1,
    unfinished: bool = True,
    title: str = "窓口利用体験調査",
) -> Document:
    """A survey of ``teams`` routes a scenario; the last team runs out of time when ``unfinished``.

    From the second round on waits are shorter, less is written and nothing is missed: the same personas, an
    improved town. ``life_events`` are keys of ``SCENES``.
    """
    dice = Random(f"{municipality} {round} {seed}")  # noqa: S311  (plausible numbers, not secrets)
    scenarios: list[Document] = []
    routes: list[Document] = []
    for number, life_event in enumerate(life_events, start=1):
        scene, id = SCENES[life_event], f"s{number}"
        scenarios.append(_scenario(id, life_event, scene))
        for team in range(teams):
            late = unfinished and team == teams - 1
            start = datetime.combine(held_on, time(9, 30), JAPAN) + timedelta(minutes=5 * team)
            route_id = f"r{len(routes) + 1}"
            routes.append(_Walk(dice, scene, round, team, start, late).route(route_id, id))
    head = {"municipality": municipality, "held_on": held_on.isoformat(), "round": round, "title": title}
    document = {"format": FORMAT, "survey": head, "scenarios": scenarios, "routes": routes}
    return document | {"preparation": _preparation(scenarios, routes, [SCENES[key] for key in life_events])}


def _preparation(scenarios: list[Document], routes: list[Document], scenes: Sequence[Scene]) -> Document:
    """What was prepared for the day: the counters with their walks, the teams, the right answers, the props."""
    stops = {stop.counter: stop for scene in scenes for stop in scene.stops}
    places = [
        {
            "building": stop.building,
            "floor": stop.floor,
            "counter": name,
            "section": stop.section,
            "distance_m": 20 + 15 * n,
        }
        for n, (name, stop) in enumerate(stops.items())
    ]
    answers = [
        {"scenario": scenario["id"], "procedure": key, "place": stop.counter, "forms": "、".join(stop.forms)}
        for scenario, scene in zip(scenarios, scenes, strict=True)
        for stop in scene.stops
        for key in stop.procedures
    ]
    teams = [
        {
            "team": f"{route['team']}班",
            "scenario": route["scenario"],
            "starts_at": route["started_at"],
            "start_place": "本庁舎 正面玄関",
            "actor": route["actor"],
            "actors": "見本 みどり、見本 わかば",
            "recorders": "例示 すばる",
            "camera": "例示 つくし",
            "helpers": "手本 あおい",
        }
        for route in routes
    ]
    rules = {"blind": "none", "photos": True, "dress": "黄色のビブス", "contact": "デジタル推進室 内線 123"}
    props = [
        {"kind": kind, "scenario": scenario["id"], "person": "p1"}
        for scenario in scenarios
        for kind in ("my_number_card", "eligibility")
    ]
    return {"rules": rules, "places": places, "teams": teams, "answers": answers, "props": props}


def _scenario(id: str, life_event: str, scene: Scene) -> Document:
    people = [
        {"id": key, "relation": relation, "age": age, **({"attributes": list(marks)} if marks else {})}
        for key, relation, age, marks in scene.household
    ]
    return {
        "id": id,
        "life_event": life_event,
        "title": scene.title,
        "planned_minutes": scene.planned_minutes,
        "household": people,
        "procedures": [{"id": key, "name": name} for key, name in scene.procedures],
    }


class _Walk:
    """One team on its way, minute by minute."""

    def __init__(
        self, dice: Random, scene: Scene, number: int, team: int, start: datetime, late: bool
    ) -> None:
        self.dice, self.scene, self.improved, self.late = dice, scene, number > 1, late
        self.team, self.start, self.at = team, start, start
        self.limit = start + timedelta(minutes=scene.planned_minutes)

    def route(self, id: str, scenario: str) -> Document:
        stops = [stop for stop in self.scene.stops if self._goes_to(stop)]
        # Teams begin at different counters after the first, as they would to keep out of each other's way.
        turn = self.team % (len(stops) - 1)
        visits = [self._visit(stop) for stop in [stops[0], *stops[1 + turn :], *stops[1 : 1 + turn]]]
        if self.late:
            visits = self._cut(visits)
        self._notice(visits)
        end = self.limit if self.late else self.at + timedelta(minutes=2)
        return {
            "id": id,
            "scenario": scenario,
            "team": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[self.team % 26],
            "actor": ("newcomer", "staff", "executive")[self.team % 3],
            "blind": "actors",
            "started_at": self.start.isoformat(),
            "finished_at": end.isoformat(),
            "ended": "out_of_time" if self.late else "finished",
            "observations": [_noticed("problem", PROBLEMS[self.team % 8], self.start + timedelta(minutes=1))],
            "visits": visits,
        }

    def _goes_to(self, stop: Stop) -> bool:
        return not stop.missable or self.improved or self.team % 2 == 1

    def _minutes(self, usual: int) -> int:
        scaled = usual * (0.5 if self.improved else 1.6 if self.late else 1.0)
        return max(1, round(scaled * self.dice.uniform(0.8, 1.25)))

    def _visit(self, stop: Stop) -> Document:
        walk = self.dice.randint(1, 2 if self.improved else 4)
        queued = self.at + timedelta(minutes=walk, seconds=self.dice.randrange(60))
        called = queued + timedelta(minutes=self._minutes(stop.waiting))
        finished = called + timedelta(minutes=self._minutes(stop.service))
        self.at = finished
        return {
            "counter": stop.counter,
            "section": stop.section,
            "building": stop.building,
            "floor": stop.floor,
            "distance_m": walk * 25 + self.dice.randrange(20),
            "queued_at": queued.isoformat(),
            "called_at": called.isoformat(),
            "finished_at": finished.isoformat(),
            "outcome": "done",
            "explained_again": 0 if self.improved else self.dice.randrange(3),
            "procedures": list(stop.procedures),
            "forms": [self._form(name, called, finished) for name in stop.forms],
            "observations": [],
        }

    def _form(self, name: str, called: datetime, finished: datetime) -> Document:
        who = [key for key, *_rest in self.scene.household]
        wanted = [("name", who[0], 2), ("address", who[0], 1), ("birth_date", who[0], 1), ("date", None, 1)]
        wanted += [("phone", who[0], 1), ("name", self.dice.choice(who[1:]), 1), ("signature", None, 1)]
        writes = []
        for index, (field, person, times) in enumerate(wanted):
            saved = field in ("name", "address", "birth_date") and (self.improved or self.dice.random() < 0.1)
            at = called + (finished - called) * (index + 1) / (len(wanted) + 2)
            write: Document = {"field": field, "times": times, "how": "prefilled" if saved else "written"}
            if person:
                write["person"] = person
            writes.append(write | {"at": at.replace(microsecond=0).isoformat()})
        return {"name": name, "pages": 1, "writes": writes}

    def _cut(self, visits: list[Document]) -> list[Document]:
        """What happened before the time was up; who is still served leaves."""
        limit = self.limit.isoformat()
        kept = [visit for visit in visits if visit["called_at"] < limit]
        if kept and kept[-1]["finished_at"] > limit:
            kept[-1] |= {"finished_at": limit, "outcome": "left", "procedures": [], "forms": []}
        return kept

    def _notice(self, visits: list[Document]) -> None:
        for index, visit in enumerate(visits):
            at = datetime.fromisoformat(visit["called_at"])
            if not self.improved and index % 2 == 0:
                kind = _noticed("problem", self.dice.choice(PROBLEMS), at)
                visit["observations"].append(kind)
            elif self.improved or index % 3 == 1:
                visit["observations"].append(_noticed("good", self.dice.choice(GOODS), at))


def _noticed(kind: str, said: tuple[str, str], at: datetime) -> Document:
    category, text = said
    return {"kind": kind, "category": category, "text": text, "at": at.isoformat()}
