"""Subjects of documents: a town with an engagement, its survey, its plan. Long and awkward on request."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from engagements.models import Engagement
from engagements.plans.models import Decision, Issue, Kpi, Plan, RoadmapItem
from engagements.survey import selectors
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.remarks import share
from municipalities.models import Municipality
from tests.factories.engagements import EngagementFactory, advisor_user
from tests.municipalities.factories import MunicipalityFactory
from workflow import SYSTEM, begin

#: Names that a careless pipeline changes: old forms, a sequence with a selector, a character outside the BMP.
NAMES = ("髙﨑 見本", "葛\U000e0100城 花子", "𠮷野 手本", "神\ufa19 一郎")
HELD_ON = date(2026, 9, 17)
JST = timezone.get_fixed_timezone(timedelta(hours=9))
STAGES = (
    ("町民生活課", "本庁舎", "1F", 12, 18),
    ("国保年金係", "本庁舎", "1F", 12, 14),
    ("子ども未来課", "本庁舎", "2F", 17, 12),
    ("健康増進課", "保健センター", "1F", 9, 12),
    ("教育総務課", "教育委員会", "2F", 3, 10),
    ("水道事業所", "水道庁舎", "1F", 3, 6),
)
PROCEDURES = (("k1", "転入届"), ("k2", "国民健康保険の加入"), ("k3", "犬の登録の変更"))
REMARKS = (
    ("problem", "form", "書類面", "同じ住所を5回書きました。"),
    ("problem", "wayfinding", "設備面", "番号札の機械が柱の陰にあり、見つけるまでに3分かかりました。"),
    ("good", "service", "接遇面", "案内係の方から先に声をかけてくれました。"),
    ("idea", "operation", "", "転入の5枚の申請書は1枚にまとめられそうです。"),
)


def town(name: str = "見本町") -> Municipality:
    return MunicipalityFactory(name=name)


def engagement(name: str = "見本町", *, advisor: str = "例示 太郎") -> Engagement:
    return Engagement.objects.get(
        pk=EngagementFactory(municipality=town(name), advisor=advisor_user(name=advisor)).pk
    )


# --- surveys -----------------------------------------------------------------------------------------------


def route(
    team: str, *, late: int = 0, ended: str = "finished", remarks: int = 4, done: Any = ("k1", "k2")
) -> dict[str, Any]:
    """A team's way through the counters; each of its visits takes ``late`` minutes longer."""
    moment = datetime(2026, 9, 17, 9, 30, tzinfo=JST)
    start, visits = moment, []
    for number, (counter, building, floor, waited, served) in enumerate(STAGES):
        queued = moment + timedelta(minutes=2)
        called = queued + timedelta(minutes=waited + late)
        moment = called + timedelta(minutes=served)
        visits.append(
            {
                "counter": counter,
                "section": counter,
                "building": building,
                "floor": floor,
                "queued_at": queued.isoformat(),
                "called_at": called.isoformat(),
                "finished_at": moment.isoformat(),
                "procedures": list(done) if number == 0 else [],
                "forms": [form(called)],
            }
        )
    visits[0]["observations"] = observations(remarks, start, moment)
    found = {
        "id": f"r{team}",
        "scenario": "s1",
        "team": team,
        "actor": "newcomer",
        "started_at": start.isoformat(),
        "ended": ended,
        "visits": visits,
    }
    return found | ({"finished_at": moment.isoformat()} if ended == "finished" else {})


def form(at: datetime) -> dict[str, Any]:
    fields = [("name", 2, "written"), ("address", 3, "written"), ("birth_date", 1, "prefilled")]
    writes = [
        {
            "field": field,
            "person": "p1",
            "times": times,
            "how": how,
            "at": (at + timedelta(minutes=1)).isoformat(),
        }
        for field, times, how in fields
    ]
    return {"name": "異動届", "pages": 1, "writes": writes}


def observations(count: int, start: datetime, end: datetime) -> list[dict[str, Any]]:
    step = (end - start) / max(count, 1)
    found = []
    for number in range(count):
        kind, category, heading, text = REMARKS[number % len(REMARKS)]
        at = (start + step * number).replace(microsecond=0).isoformat()
        found.append({"kind": kind, "category": category, "heading": heading, "text": text, "at": at})
    return found


def scenario(**changes: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "life_event": "move_in",
        "title": "転入(5人家族と犬1匹)",
        "planned_minutes": 120,
        "household": [
            {"id": "p1", "relation": "世帯主", "age": 38},
            {"id": "p2", "relation": "妻", "age": 36},
        ],
        "procedures": [{"id": id, "name": name} for id, name in PROCEDURES],
    } | changes


def records(
    code: str, *routes: dict[str, Any], number: int = 1, held_on: date = HELD_ON, **changes: Any
) -> dict[str, Any]:
    return {
        "format": "madoguchi-survey/1",
        "survey": {
            "municipality": code,
            "held_on": held_on.isoformat(),
            "round": number,
            "title": "窓口利用体験調査",
        },
        "scenarios": [scenario(**changes)],
        "routes": list(routes),
    }


def survey(
    of: Engagement,
    *routes: dict[str, Any],
    number: int = 1,
    held_on: date = HELD_ON,
    shared: bool = True,
    **changes: Any,
) -> Survey:
    """A survey with one version, its sections have had their remarks; without routes nobody has walked yet."""
    made = Survey.objects.create(
        reference=f"S-{of.pk}-{number}",
        engagement=of,
        round=number,
        title="窓口利用体験調査",
        held_on=held_on,
    )
    version = SurveyVersion(
        survey=made, number=1, source=SurveyVersion.Source.IMPORT, created_at=timezone.now()
    )
    version.document = records(of.municipality_id, *routes, number=number, held_on=held_on, **changes)
    version.save()
    if shared:
        share(made, selectors.observations(version.document), now=timezone.now())
    return made


def three_teams(**more: Any) -> list[dict[str, Any]]:
    """Two teams that came to the end, and one that ran out of time."""
    return [route("A", **more), route("B", late=2, **more), route("C", late=4, ended="out_of_time", **more)]


# --- plans -------------------------------------------------------------------------------------------------


def plan(of: Engagement, *, decisions: int = 3, now: datetime | None = None, **values: Any) -> Plan:
    """A draft that could be finished: vision, decisions with owner and day, steps, a measure with its target."""
    defaults = {
        "executive_name": "見本 町子",
        "vision": "書かない、待たない、迷わない窓口へ",
        "vision_text": "来た人が、はじめの窓口で用事を済ませて帰れるようにします。",
        "background": "令和8年度に、窓口BPRアドバイザー派遣を受けました。",
    }
    made = Plan.objects.create(reference=f"P-{of.pk}", engagement=of, **defaults | values)
    begin(made, SYSTEM, now=now or timezone.now())
    issue = Issue.objects.create(plan=made, title="同じことを何度も書いている", heading="書類面")
    for number in range(1, decisions + 1):
        decision(made, number, issue)
    RoadmapItem.objects.create(
        plan=made, title="番号札の機械を移す", section="町民生活課", fiscal_year=2026, quarter_from=3
    )
    RoadmapItem.objects.create(
        plan=made, title="5つの申請書を1枚にする", section="町民生活課、ほか4課", fiscal_year=2027
    )
    Kpi.objects.create(
        plan=made,
        name="転入の所要時間",
        unit="分",
        baseline="156.0",
        target="90.5",
        by=date(2027, 9, 30),
        source="体験調査",
    )
    return made


def decision(of: Plan, number: int, issue: Issue | None = None, **values: Any) -> Decision:
    defaults = {
        "way": "combine",
        "title": f"転入の申請書を1枚にまとめる({number})",
        "what_stops": "氏名と住所を5回書いてもらうこと",
        "owner_section": "町民生活課",
        "first_step": "5課の様式を並べる",
        "start_on": date(2026, 10, 19),
        "cost_yen": 0,
        "ask": "5課の様式を変えること",
        "if_not": "書く回数はいまのままです",
        "scenario": "s1",
        "measure": "writes",
        "change": -10,
        "staff_minutes": 5,
        "yearly_volume": 480,
    }
    made = Decision.objects.create(plan=of, issue=issue, position=number, **defaults | values)
    begin(made, SYSTEM, now=timezone.now())
    return made
