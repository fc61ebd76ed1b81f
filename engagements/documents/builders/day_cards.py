"""体験者カードと正解表: who one is at the counter, and what would have been right."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Edition, Snapshot
from engagements.documents.builders.day_paper import (
    Day,
    DayPaper,
    Raw,
    moment_words,
    name_of,
    person_of,
    rules_words,
    start_words,
)
from engagements.documents.builders.paper import page
from engagements.documents.models import DocumentKind
from engagements.survey import words

TEMPLATE = "documents/application.html"


class ActorCardBuilder(DayPaper):
    """A page a scenario. What has to be got done stands on it only where the actors may know it."""

    kind = DocumentKind.ACTOR_CARD

    def content(self, day: Day) -> Snapshot:
        chapters = [
            blocks.chapter(
                f"scenario-{item['id']}", day.title_of(item["id"]), _card(day, item), new_page=number > 0
            )
            for number, item in enumerate(day.scenarios)
        ]
        return {"chapters": chapters or [_nothing()]}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)


class AnswerKeyBuilder(DayPaper):
    """For those who run the day: each procedure's counter, forms and what to bring."""

    kind = DocumentKind.ANSWER_KEY

    def content(self, day: Day) -> Snapshot:
        chapters = [
            blocks.chapter(f"scenario-{item['id']}", day.title_of(item["id"]), _key(day, item))
            for item in day.scenarios
        ]
        return {"chapters": [blocks.chapter("care", _("取り扱い"), _care(day)), *chapters]}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)


def _nothing() -> Chapter:
    return blocks.chapter("none", _("場面"), [blocks.text(_("場面はまだ決まっていません。"))])


def _card(day: Day, scenario: Raw) -> Iterator[Block]:
    if scenario.get("situation"):
        yield blocks.call(scenario["situation"], _("あなたの事情: "))
    planned = scenario.get("planned_minutes")
    yield blocks.facts(
        [
            (_("ライフイベント"), str(words.LIFE_EVENTS[scenario["life_event"]])),
            (_("予定の時間"), _("%(minutes)s分") % {"minutes": planned} if planned else ""),
            (_("済ませること"), _to_do(day, scenario)),
            *((team.team, start_words(team)) for team in day.prepared.teams_of(scenario["id"])),
        ]
    )
    yield _household(scenario)
    yield _carried(day, scenario)
    yield blocks.heading(_("お願い"))
    for sentence in rules_words(day):
        yield blocks.text(sentence)


def _to_do(day: Day, scenario: Raw) -> str:
    if day.prepared.rules.blind.actors:
        return _("何の手続きが要るかは、窓口で教わってください。")
    return "、".join(item.get("name") or item["id"] for item in scenario.get("procedures") or ())


def _household(scenario: Raw) -> Block:
    rows = [
        [
            person.get("relation") or person["id"],
            person.get("name") or "",
            person.get("kana") or "",
            person.get("born") or "",
            person.get("age"),
            "、".join(filter(None, person.get("attributes") or ())),
        ]
        for person in scenario.get("household") or ()
    ]
    columns = [_("続柄"), _("氏名"), _("かな"), _("生年月日"), _("#年齢"), _("特徴")]
    return blocks.table(_("家族(架空)"), columns, rows, unknown="—")


def _carried(day: Day, scenario: Raw) -> Block:
    rows = [
        [str(prop.kind.label), name_of(person_of(scenario, prop.person)) if prop.person else "", prop.note]
        for prop in day.prepared.props_of(scenario["id"])
    ]
    return blocks.table(
        _("持ち物(見本)"), [_("小道具"), _("だれのもの"), _("書いてあること")], rows, unknown="—"
    )


def _care(day: Day) -> Iterator[Block]:
    yield blocks.call(_("終わるまで、体験者と窓口に見せないでください。"), _("取扱注意 "))
    rules = day.prepared.rules
    reveal = moment_words(rules.reveal_at) if rules.blind.actors or rules.blind.counters else ""
    rows = [(_("場面を知らせない相手"), str(rules.blind.label))]
    if reveal:
        rows.append((_("場面を明かす日時"), reveal))
    yield blocks.facts(rows)
    faults = dict.fromkeys(prop.fault for prop in day.prepared.props if prop.fault)
    for fault in faults:
        yield blocks.call(fault, _("古い小道具があります。"))


def _key(day: Day, scenario: Raw) -> Iterator[Block]:
    rows = []
    for item in scenario.get("procedures") or ():
        answer = day.prepared.answer_to(scenario["id"], item["id"])
        name = item.get("name") or item["id"]
        rows.append([name, answer.place, answer.forms, answer.bring, answer.note])
    columns = [_("手続き"), _("窓口"), _("申請書"), _("持ち物"), _("注意")]
    yield blocks.table(_("手続きごとの正解"), columns, rows, unknown="—")
