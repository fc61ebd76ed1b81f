"""A survey in blocks: what the report prints whole and the reform plan in part. Every figure is a measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import groupby
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.blocks import Block
from engagements.survey import remarks, words
from engagements.survey.measures import CATEGORIES, FIELDS, MEASURES
from engagements.survey.models import Survey
from engagements.survey.plots import FieldWrites, bands_from_survey
from engagements.survey.selectors import Observation, observations
from municipalities.dates import era_date

Raw = Mapping[str, Any]
UNKNOWN = "記録なし"


@dataclass(frozen=True)
class Records:
    """The records of a survey with their measures."""

    held_on: date
    document: Raw
    measures: Raw
    #: Adds to remarks the day on which their section had them, and its reply.
    note: Callable[[list[Observation]], list[Observation]] = list
    #: How many remarks are left out until their section has had them.
    withheld: int = 0
    #: The survey's number and the version of its records, and where that version is read.
    source: str = ""
    url: str = ""

    @property
    def scenarios(self) -> list[Raw]:
        return list(self.document.get("scenarios") or ())

    @cached_property
    def observations(self) -> list[Observation]:
        return self.note(observations(self.document))

    def routes(self, scenario: Raw) -> list[Raw]:
        return [route for route in self.document.get("routes") or () if route["scenario"] == scenario["id"]]

    def measured(self, route: Raw) -> Raw:
        return self.measures["routes"][route["id"]]  # type: ignore[no-any-return]

    def spread(self, scenario: Raw) -> Raw:
        return self.measures["scenarios"][scenario["id"]]  # type: ignore[no-any-return]

    def first_number(self, route: Raw) -> int:
        """The number of the route's first observation in the printed list."""
        return next((item.number for item in self.observations if item.route_id == route["id"]), 1)


def open_records(subject: Survey, version: int, document: Raw, measures: Raw) -> Records:
    """The records without the remarks that their section has not had yet: people outside the team read papers too."""
    every = remarks.noted(subject, observations(document))
    kept = [item for item in every if remarks.is_open(item)]
    return Records(
        subject.held_on,
        remarks.with_only(document, kept),
        measures,
        partial(remarks.noted, subject),
        withheld=len(every) - len(kept),
        source=_("調査%(reference)s 第%(version)s版") % {"reference": subject.reference, "version": version},
        url=f"{settings.SITE_URL}{reverse('survey-records', args=[subject.pk])}?version={version}",
    )


def source(records: Records, scenario: Raw | None = None) -> Block:
    """Which records the figures above were counted from, team by team; the words lead there."""
    routes = records.routes(scenario) if scenario else records.document.get("routes") or ()
    said = {
        "source": records.source,
        "teams": "、".join(f"{team_of(route)}({route['id']})" for route in routes),
    }
    anchor = f"#route-{routes[0]['id']}" if scenario and routes else ""
    return blocks.note(_("もとの記録: %(source)s %(teams)s") % said, f"{records.url}{anchor}")


def title_of(scenario: Raw) -> str:
    return str(scenario.get("title") or words.LIFE_EVENTS[scenario["life_event"]])


def team_of(route: Raw) -> str:
    return words.team_name(route.get("team"), route["id"])


# --- sentences ---------------------------------------------------------------------------------------------


def summary(records: Records, scenario: Raw) -> str:
    """Who walked what and when, how far they came, and how long it took."""
    routes = records.routes(scenario)
    shown = {"day": era_date(records.held_on), "who": _who(routes), "title": title_of(scenario)}
    if not routes:
        return _("「%(title)s」の道のりは、まだ記録されていません。") % shown
    said = [_("%(day)s、%(who)s「%(title)s」を体験しました。") % shown]
    counts = {"routes": len(routes), "complete": records.spread(scenario)["complete_routes"]}
    said.append(_("%(routes)s班のうち%(complete)s班が最後まで回りました。") % counts)
    return "".join([*said, _over_plan(records, scenario), _medians(records, scenario)])


def _who(routes: Sequence[Raw]) -> str:
    actors = [str(words.ACTORS[route["actor"]]) for route in routes if route.get("actor")]
    return _("%(who)sが") % {"who": "、".join(dict.fromkeys(actors))} if actors else ""


def _over_plan(records: Records, scenario: Raw) -> str:
    planned = scenario.get("planned_minutes")
    totals = [records.measured(route)["total_s"] for route in records.routes(scenario)]
    known = [total for total in totals if total is not None]
    if not planned or not known:
        return ""
    over = sum(total > planned * 60 for total in known)
    shown = {"planned": planned, "known": len(known), "over": over}
    if over == 0:
        return _("予定の%(planned)s分を超えた班はありません。") % shown
    return _("時間の分かる%(known)s班のうち%(over)s班が、予定の%(planned)s分より長くかかりました。") % shown


def _medians(records: Records, scenario: Raw) -> str:
    spread = records.spread(scenario)
    if spread["total_s"]["median"] is None:
        return ""
    shown = {
        "total": words.amount("total_s", spread["total_s"]["median"]),
        "waiting": words.amount("waiting_s", spread["waiting_s"]["median"]),
        "complete": spread["complete_routes"],
    }
    if spread["waiting_s"]["median"] is None:
        return _("所要時間は%(total)sでした(最後まで回った%(complete)s班の中央値)。") % shown
    return (
        _("所要時間は%(total)s、そのうち待ちは%(waiting)sでした(最後まで回った%(complete)s班の中央値)。")
        % shown
    )


def missed(records: Records, scenario: Raw) -> Block:
    """What nobody told the visitors to do, first of all; or that nothing was left out; or that it is not known."""
    spread = records.spread(scenario)
    known = [
        route
        for route in records.routes(scenario)
        if records.measured(route)["procedures_missed"] is not None and scenario.get("procedures")
    ]
    if not known:
        return blocks.text(
            _("最後まで回り、済んだ手続きを記録した班がないため、手続きの漏れは分かりません。")
        )
    if not spread["missed"]:
        return blocks.text(_("%(routes)s班とも、漏れた手続きはありませんでした。") % {"routes": len(known)})
    names = {item["id"]: item.get("name") or item["id"] for item in scenario["procedures"]}
    line = _("%(name)s: 最後まで回った%(routes)s班のうち%(count)s班で漏れました。")
    lines = [
        line % {"name": names[procedure], "routes": len(known), "count": count}
        for procedure, count in spread["missed"].items()
    ]
    return blocks.call("\n" + "\n".join(lines), strong=_("漏れた手続き"))


def not_comparable_with_others() -> Block:
    return blocks.note(_("ほかの町の数とは比べられません。場面、家族設定、数え方がそろっていないためです。"))


# --- figures and tables ------------------------------------------------------------------------------------


def timeline(records: Records, scenario: Raw) -> Block:
    routes = records.routes(scenario)
    bands = [bands_from_survey(route, records.first_number(route)) for route in routes]
    caption = _("%(title)sの道のり(%(routes)s班)") % {"title": title_of(scenario), "routes": len(routes)}
    under = _("実測。帯の下は窓口の名前、旗の番号は気づきの番号です。")
    return blocks.timeline(caption, bands, scenario.get("planned_minutes"), under)


def measures_table(records: Records, scenario: Raw, *, known_only: bool = False) -> Iterator[Block]:
    """Least, median and most over the complete routes; the others as what they took at least."""
    complete = [
        records.measured(route) for route in records.routes(scenario) if records.measured(route)["complete"]
    ]
    spread = records.spread(scenario)
    rows = [_measure_row(name, spread[name], complete) for name in MEASURES]
    if known_only:
        rows = [row for row in rows if row[-1]]
    caption = _("%(title)sで数えたもの(実測)") % {"title": title_of(scenario)}
    columns = [_("ものさし"), _("#最小"), _("#中央値"), _("#最大"), _("!単位"), _("#数えた班")]
    yield blocks.table(caption, columns, rows, unknown=UNKNOWN)
    if bounds := _lower_bounds(records, scenario):
        words_of = _("最後まで回らなかった班は、この表に入れていません。%(bounds)s。")
        yield blocks.note(words_of % {"bounds": "、".join(bounds)})


def _measure_row(name: str, spread: Raw, complete: Sequence[Raw]) -> list[str | int | None]:
    measure = words.MEASURES[name]
    values = [words.in_unit(name, spread[part]) for part in ("min", "median", "max")]
    counted = sum(route[name] is not None for route in complete)
    return [str(measure.label), *values, str(measure.unit), counted]


def _lower_bounds(records: Records, scenario: Raw) -> list[str]:
    found = []
    for route in records.routes(scenario):
        measured = records.measured(route)
        if measured["lower_bound"]:
            ended = str(words.ENDED[route["ended"]]) if route.get("ended") else _("終わりの記録なし")
            found.append(f"{team_of(route)} {words.at_least(measured['total_s'])}({ended})")
    return found


def writes(records: Records, scenario: Raw) -> Iterator[Block]:
    """What was written by hand, field by field, over all teams: a figure and its table."""
    routes = [route for route in records.routes(scenario) if records.measured(route)["writes_by_field"]]
    rows = [row for row in _fields(records, routes) if row.written or row.avoided]
    if not rows:
        yield blocks.text(_("書いたものの記録はありません。"))
        return
    shown = {"title": title_of(scenario), "routes": len(routes)}
    yield blocks.writes(_("%(title)sで書いたもの(%(routes)s班の合計)") % shown, rows)
    yield blocks.table(
        _("%(title)sで書いたもの(%(routes)s班の合計、回)") % shown,
        [_("項目"), _("#手で書いた"), _("#書かずに済んだ")],
        [[row.label, row.written, row.avoided] for row in rows],
    )


def _fields(records: Records, routes: Sequence[Raw]) -> list[FieldWrites]:
    avoided = dict.fromkeys(FIELDS, 0)
    for visit in (visit for route in routes for visit in route.get("visits") or ()):
        for write in (write for form in visit.get("forms") or () for write in form.get("writes") or ()):
            if write.get("how") not in (None, "", "written"):
                avoided[write["field"]] += write["times"]
    return [
        FieldWrites(
            str(words.FIELDS[name]),
            sum(records.measured(route)["writes_by_field"][name] for route in routes),
            avoided[name],
        )
        for name in FIELDS
    ]


def counters_table(records: Records) -> Block:
    """Plain sums of each counter over all routes."""
    columns = [_("窓口"), _("建物・階"), _("#訪問(回)"), _("#待ち(分)"), _("#対応(分)")]
    columns += [_("#申請書(件)"), _("#記入(回)"), _("#困りごと(件)")]
    rows = [_counter_row(row) for row in records.measures["counters"]]
    return blocks.table(_("窓口ごとの数(すべての班の合計)"), columns, rows, unknown=UNKNOWN)


def _counter_row(row: Raw) -> list[str | int | None]:
    place = " ".join(part for part in (row["building"], row["floor"]) if part)
    times = [words.in_unit(name, row[name]) for name in ("waiting_s", "service_s")]
    return [row["counter"], place, row["visits"], *times, row["forms"], row["writes"], row["problems"]]


def observation_tables(records: Records) -> Iterator[Block]:
    """Every observation under its category and the town's own heading, with the number of its flag."""

    def group(item: Observation) -> tuple[int, str]:
        return CATEGORIES.index(item.category), item.heading

    columns = [_("!番号"), _("!種類"), _("内容"), _("窓口"), _("!班"), _("!時刻")]
    for (category, heading), items in groupby(sorted(records.observations, key=group), key=group):
        name = str(words.CATEGORIES[CATEGORIES[category]])
        caption = f"{name} / {heading}" if heading else name
        rows = [_observation_row(item) for item in items]
        counted = _("%(caption)s(%(count)s件)") % {"caption": caption, "count": len(rows)}
        yield blocks.table(counted, columns, rows, unknown="—")


def _observation_row(item: Observation) -> list[str | int | None]:
    moment = parse_datetime(item.at) if item.at else None
    when = f"{timezone.localtime(moment):%H:%M}" if moment else ""
    team = words.team_name(item.team, item.route_id)
    return [str(item.number), str(words.KINDS[item.kind]), _with_reply(item), item.counter, team, when]


def _with_reply(item: Observation) -> str:
    """The remark, and right under it what its section answers."""
    if not item.reply:
        return item.text
    said = _("%(section)sの返答(%(day)s共有): %(reply)s")
    day = era_date(item.shared_on, short=True) if item.shared_on else ""
    return f"{item.text}\n{said % {'section': item.section, 'day': day, 'reply': item.reply}}"
