"""The page of the preparation: what is ready, what is missing, which papers there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagements.survey.day.preparation import Blind, Preparation, read
from engagements.survey.models import Survey
from engagements.survey.results import household_words
from municipalities.text import fold
from workflow import Actor, authority
from workflow.errors import Conflict

Raw = Mapping[str, Any]
PART_WORDS: Mapping[str, Any] = {
    "rules": gettext_lazy("知らせ方と連絡先"),
    "places": gettext_lazy("窓口と場所"),
    "teams": gettext_lazy("班と役割"),
    "answers": gettext_lazy("正解(手続きごとの窓口)"),
    "props": gettext_lazy("小道具"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the preparation; ``lacks`` are sentences that say what is missing or wrong."""

    part: str
    label: Any
    url: str
    said: str
    done: bool
    lacks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scene:
    id: str
    title: str
    household: str
    procedures: int


def scenes(document: Raw) -> list[Scene]:
    return [
        Scene(
            item["id"],
            item.get("title") or item["id"],
            household_words(item),
            len(item.get("procedures") or ()),
        )
        for item in document.get("scenarios") or ()
    ]


def steps(survey: Survey, document: Raw) -> list[Step]:
    """The parts in the order of the page, with what each still lacks."""
    prepared = read(document)
    said = {
        "rules": str(prepared.rules.blind.label) if prepared.rules.contact else "",
        "places": _counted(len(prepared.places), _("%(count)sか所")),
        "teams": _counted(len(prepared.teams), _("%(count)s班")),
        "answers": _counted(sum(1 for one in prepared.answers if one.place), _("%(count)s件")),
        "props": _counted(len(prepared.props), _("%(count)s点")),
    }
    lacks = {part: list(look(document, prepared)) for part, look in LOOKS.items()}
    return [
        Step(
            part,
            label,
            reverse("survey-day-part", args=[survey.pk, part]),
            said[part],
            bool(said[part]) and not lacks[part],
            lacks[part],
        )
        for part, label in PART_WORDS.items()
    ]


def _counted(count: int, words: str) -> str:
    return words % {"count": count} if count else ""


def _rules(document: Raw, prepared: Preparation) -> Iterator[str]:
    if not prepared.rules.contact:
        yield _("当日の連絡先を入れてください。お知らせに載ります。")


def _places(document: Raw, prepared: Preparation) -> Iterator[str]:
    if not prepared.places:
        yield _("前の日に、回る窓口の建物・階・距離を測って入れてください。当日は選ぶだけになります。")


def _teams(document: Raw, prepared: Preparation) -> Iterator[str]:
    if not prepared.teams:
        yield _("班と、体験者・記録係を決めてください。")
    for team in prepared.teams:
        missing = [
            str(label)
            for label, value in (
                (_("場面"), team.scenario),
                (_("体験者"), team.actors),
                (_("記録係"), team.recorders),
                (_("始める日時"), team.starts_at),
            )
            if not value
        ]
        if missing:
            yield _("%(team)s: %(missing)sがまだです。") % {"team": team.team, "missing": "、".join(missing)}


def _answers(document: Raw, prepared: Preparation) -> Iterator[str]:
    """What the key lacks, and counters of the key that nobody prepared."""
    known = {fold(place.counter) for place in prepared.places}
    for scenario in document.get("scenarios") or ():
        asked = [prepared.answer_to(scenario["id"], item["id"]) for item in scenario.get("procedures") or ()]
        open_ = sum(1 for one in asked if not one.place)
        if open_:
            words = {"scenario": scenario.get("title") or scenario["id"], "count": open_}
            yield (
                ngettext(
                    "「%(scenario)s」の手続き%(count)s件に、正しい窓口がありません。",
                    "「%(scenario)s」の手続き%(count)s件に、正しい窓口がありません。",
                    open_,
                )
                % words
            )
        strange = sorted({one.place for one in asked if one.place and fold(one.place) not in known})
        if strange and known:
            yield _("「窓口と場所」にない窓口です: %(names)s") % {"names": "、".join(strange)}


def _props(document: Raw, prepared: Preparation) -> Iterator[str]:
    yield from dict.fromkeys(prop.fault for prop in prepared.props if prop.fault)


LOOKS = {"rules": _rules, "places": _places, "teams": _teams, "answers": _answers, "props": _props}


def is_hidden(actor: Actor, survey: Survey, document: Raw, now: datetime) -> bool:
    """Whether this reader may not know the scenarios yet: somebody is kept blind until the hour of the reveal.

    Those who prepare and record know them. Of the town's others nobody is told before: an executive may be the actor,
    a section serves at the counter.
    """
    rules = read(document).rules
    if rules.blind == Blind.NONE or rules.reveal_at is None or now >= rules.reveal_at:
        return False
    return not authority.allows(actor, "survey.remarks", survey)


def require_shown(actor: Actor, survey: Survey, document: Raw, now: datetime) -> None:
    """Raises ``Conflict`` where this reader may not know the scenarios yet."""
    if is_hidden(actor, survey, document, now):
        raise Conflict(
            _("場面は、明かす日時まで、準備する方のほかにはお見せしません。その後に開き直してください。")
        )
