"""窓口利用体験調査報告書: what the teams recorded, in words, figures and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.documents import blocks
from engagements.documents.arrangements import with_own
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders import survey_parts as parts
from engagements.documents.builders.paper import advisor_words, head, page
from engagements.documents.builders.survey_parts import Raw, Records
from engagements.documents.models import DocumentKind
from engagements.survey import selectors, words
from engagements.survey.measures import KINDS, MEASURES
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.plots import BeforeAfter
from engagements.survey.results import household_words
from engagements.survey.services import blank_document
from municipalities.dates import era_date

TEMPLATE = "documents/survey-report.html"


class SurveyReportBuilder(Builder):
    """One survey as it stands now; a re-survey with what changed since the round before."""

    kind = DocumentKind.SURVEY_REPORT
    action = "survey.document"
    has_head = True
    takes_sections = True

    def subjects(self) -> QuerySet[Survey]:
        recorded = SurveyVersion.objects.filter(survey=OuterRef("pk"))
        return Survey.objects.filter(Exists(recorded)).select_related("engagement__municipality__prefecture")

    def snapshot(self, subject: Survey, on: date) -> Snapshot:
        version = selectors.latest_version(subject)
        number, document = (version.number, version.document) if version else (0, blank_document(subject))
        records = parts.open_records(subject, number, document, selectors.measures(subject))
        town = subject.engagement.municipality
        made = head(
            str(DocumentKind.SURVEY_REPORT.label),
            town,
            subject.engagement.municipality_name,
            number=subject.reference,
            motto=subject.title,
            gist=_gist(subject, records),
            with_contents=True,
        )
        return made | {
            "chapters": blocks.numbered(with_own(self.kind, subject.reference, _chapters(subject, records)))
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Survey) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement


def _gist(subject: Survey, records: Records) -> list[list[str]]:
    walked = records.measures["routes"].values()
    shown = {"routes": len(walked), "complete": sum(route["complete"] for route in walked)}
    kinds = Counter(item.kind for item in records.observations)
    noticed = "、".join(
        _("%(kind)s%(count)s件") % {"kind": words.KINDS[kind], "count": kinds[kind]} for kind in KINDS
    )
    rows = [
        (_("実施日"), era_date(subject.held_on)),
        (_("回"), _("%(round)s回目") % {"round": subject.round}),
        (_("場面"), "、".join(parts.title_of(scenario) for scenario in records.scenarios)),
        (_("班"), _("%(routes)s班(最後まで回ったのは%(complete)s班)") % shown),
        (_("気づき"), noticed),
        (_("助言"), advisor_words(subject.engagement)),
    ]
    return [list(row) for row in rows]


def _chapters(subject: Survey, records: Records) -> Iterator[Chapter]:
    yield blocks.chapter("summary", _("まとめ"), _summary(records))
    for scenario in records.scenarios:
        shown = _scenario(records, scenario)
        yield blocks.chapter(
            f"scenario-{scenario['id']}",
            parts.title_of(scenario),
            shown,
            new_page=bool(records.routes(scenario)),
        )
    if records.measures["counters"]:
        yield blocks.chapter(
            "counters", _("窓口ごとの数"), [parts.counters_table(records), parts.source(records)]
        )
    if changes := list(_changes(subject, records)):
        yield blocks.chapter("changes", _("前の回との比較"), changes, new_page=True)
    yield blocks.chapter(
        "observations", _("気づき"), _observations(records), new_page=bool(records.observations)
    )


def _summary(records: Records) -> Iterator[Block]:
    if not records.measures["routes"]:
        yield blocks.text(_("道のりはまだ記録されていません。記録すると、ここにまとめが入ります。"))
        return
    for scenario in records.scenarios:
        yield blocks.heading(parts.title_of(scenario))
        if records.routes(scenario):
            yield parts.missed(records, scenario)
        yield blocks.text(parts.summary(records, scenario))
    yield parts.not_comparable_with_others()


def _scenario(records: Records, scenario: Raw) -> Iterator[Block]:
    procedures = [item.get("name") or item["id"] for item in scenario.get("procedures") or ()]
    planned = scenario.get("planned_minutes")
    yield blocks.facts(
        [
            (_("ライフイベント"), str(words.LIFE_EVENTS[scenario["life_event"]])),
            (_("家族設定"), household_words(scenario)),
            (_("済ませる手続き"), "、".join(procedures)),
            (_("予定の時間"), _("%(minutes)s分") % {"minutes": planned} if planned else ""),
        ]
    )
    if not records.routes(scenario):
        yield blocks.text(parts.summary(records, scenario))
        return
    yield parts.timeline(records, scenario)
    yield from parts.measures_table(records, scenario)
    yield parts.not_comparable_with_others()
    yield from parts.writes(records, scenario)
    yield parts.source(records, scenario)


def _observations(records: Records) -> Iterator[Block]:
    tables = list(parts.observation_tables(records))
    if records.withheld:
        said = ngettext(
            "ほかの%(number)s件は、窓口の課が先に読んでから、ここに並びます。",
            "ほかの%(number)s件は、窓口の課が先に読んでから、ここに並びます。",
            records.withheld,
        )
        yield blocks.text(said % {"number": records.withheld})
    if not tables:
        if not records.withheld:
            yield blocks.text(_("気づきはまだ記録されていません。"))
        return
    yield blocks.text(
        _("番号は、道のりの図の旗の番号と同じです。時刻の記録がない気づきは、図にはありません。")
    )
    yield from tables


# --- a re-survey -------------------------------------------------------------------------------------------


def _changes(subject: Survey, records: Records) -> Iterator[Block]:
    before = selectors.earlier(subject)
    for scenario in records.scenarios:
        effect = records.measures.get("effect", {}).get(scenario["id"])
        if before is None or effect is None:
            continue
        yield blocks.heading(parts.title_of(scenario))
        if effect["comparable"]:
            yield from _comparison(scenario, effect, before, subject)
        else:
            reasons = "、".join(str(words.REASONS[reason]) for reason in effect["reasons"])
            yield blocks.text(_("前の回とは比べられません。%(reasons)s。") % {"reasons": reasons})


def _comparison(scenario: Raw, effect: Raw, before: Survey, after: Survey) -> Iterator[Block]:
    rows = [_change(name, effect[name]) for name in MEASURES if effect[name]["change"] is not None]
    labels = [_round(before), _round(after)]
    title = parts.title_of(scenario)
    caption = _("%(title)s 前の回と今回(中央値)") % {"title": title}
    yield blocks.bars(
        caption, rows, labels[0], labels[1], _("どちらも実測。長さを比べられるのは、単位が同じものだけです。")
    )
    columns = [_("ものさし"), f"#{labels[0]}", f"#{labels[1]}", _("#差"), _("!単位")]
    yield blocks.table(
        caption,
        columns,
        [[row.label, row.before, row.after, _signed(row), row.unit] for row in rows],
        unknown=parts.UNKNOWN,
    )


def _round(survey: Survey) -> str:
    shown = {"round": survey.round, "day": era_date(survey.held_on, weekday=False, western=False)}
    return _("%(round)s回目 %(day)s") % shown


def _change(name: str, medians: Raw) -> BeforeAfter:
    measure = words.MEASURES[name]
    known: dict[str, Any] = {side: words.in_unit(name, medians[side]) for side in ("before", "after")}
    return BeforeAfter(str(measure.label), str(measure.unit), known["before"], known["after"])


def _signed(row: BeforeAfter) -> str:
    change = (row.after or 0) - (row.before or 0)
    return f"{change:+d}".replace("-", "−") if change else "±0"
