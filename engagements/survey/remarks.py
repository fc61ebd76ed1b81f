"""Remarks (気づき) and the sections they are about: who was shown which, and what the section answers.

A section sees what was noticed at its counter before anyone outside the survey team does. The team are those to whom
the permission table grants ``survey.remarks``; everybody else reads a remark once it was shared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.survey.day.preparation import KEY as PREPARATION
from engagements.survey.day.preparation import without_names
from engagements.survey.models import SharedRemark, Survey
from engagements.survey.selectors import Observation, observations
from municipalities.text import fold
from workflow import Actor, authority
from workflow.errors import Conflict

REPLY_LENGTH = 1000


def section_key(name: str) -> str:
    """Two ways of writing a section's name give the same key; empty for none."""
    return fold(name)[:60]


def key_of(item: Observation) -> str:
    """Tells a remark by who noticed it where, and its words: a corrected remark is a new one."""
    place = "\n".join((item.route_id, section_key(item.section), item.counter, item.text))
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of_section(items: Iterable[Observation], key: str) -> list[Observation]:
    return [item for item in items if item.section and section_key(item.section) == key]


def noted(survey: Survey, items: Iterable[Observation]) -> list[Observation]:
    """The remarks with the day on which each was shared and its reply. One query."""
    known = {row.key: row for row in SharedRemark.objects.filter(survey=survey.pk)}
    return [_noted(item, known.get(key_of(item))) for item in items]


def _noted(item: Observation, row: SharedRemark | None) -> Observation:
    if row is None:
        return item
    day = timezone.localdate(row.shared_at)
    return replace(item, shared_on=day, reply=row.reply, replied_by=row.replied_by, may_leave=row.may_leave)


def is_open(item: Observation) -> bool:
    """Whether anybody who may see the survey may read the remark: it is about no section, or the section has it."""
    return not section_key(item.section) or item.shared_on is not None


def is_team(reader: Actor, survey: Survey) -> bool:
    return authority.allows(reader, "survey.remarks", survey)


def readable(reader: Actor, survey: Survey, items: Iterable[Observation]) -> list[Observation]:
    """What this reader may see of ``noted`` remarks."""
    team = is_team(reader, survey)
    return [item for item in items if team or is_open(item)]


def with_only(document: Mapping[str, Any], kept: Iterable[Observation]) -> dict[str, Any]:
    """A copy of the records in which only these remarks stand: pictures drawn from it show no other."""
    paths = {item.path for item in kept}
    copied = deepcopy(dict(document))
    for r, route in enumerate(copied.get("routes") or ()):
        _keep(route, f"routes[{r}]", paths)
        for v, visit in enumerate(route.get("visits") or ()):
            _keep(visit, f"routes[{r}].visits[{v}]", paths)
    return copied


def _keep(node: dict[str, Any], place: str, paths: set[str]) -> None:
    if items := node.get("observations"):
        node["observations"] = [item for o, item in enumerate(items) if f"{place}.observations[{o}]" in paths]


def require_all(reader: Actor, survey: Survey, document: Mapping[str, Any]) -> None:
    """Raises ``Conflict`` where the raw records hold remarks that this reader may not see yet."""
    if is_team(reader, survey):
        return
    if not all(is_open(item) for item in noted(survey, observations(document))):
        sentence = _(
            "窓口の課がまだ見ていない気づきがあるため、記録はまだ書き出せません。町の担当の方にお尋ねください。"
        )
        raise Conflict(sentence)


def share(survey: Survey, items: Iterable[Observation], *, now: datetime) -> None:
    """Note that the section of these remarks was shown them; the first time counts."""
    rows = [
        SharedRemark(survey=survey, key=key, section_key=section, shared_at=now)
        for key, section in {key_of(item): section_key(item.section) for item in items}.items()
    ]
    SharedRemark.objects.bulk_create(rows, ignore_conflicts=True)


def follow(survey: Survey, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Sharing and reply stay with a remark of a corrected route whose counter is named otherwise now.

    Only where its section and its words are the same: another section has not read it.
    """
    known = {row.key: row for row in SharedRemark.objects.filter(survey=survey.pk)}
    now = {key_of(item): item for item in observations({"routes": [after]})}
    free = {(section_key(item.section), item.text): key for key, item in now.items() if key not in known}
    for item in observations({"routes": [before]}):
        key = key_of(item)
        heir = free.get((section_key(item.section), item.text))
        if heir and key in known and key not in now:
            row = known.pop(key)
            row.key = free.pop((section_key(item.section), item.text))
            row.save(update_fields=["key"])


def keep_replies(
    survey: Survey, section: str, replies: Mapping[str, tuple[str, bool]], *, by: str, now: datetime
) -> None:
    """Reply and consent to leave, only for remarks that were shared with this very section; the last word counts."""
    rows = SharedRemark.objects.filter(survey=survey.pk, section_key=section, key__in=replies)
    for row in rows.select_for_update():
        if (row.reply, row.may_leave) != replies[row.key]:
            row.reply, row.may_leave = replies[row.key]
            row.replied_by, row.replied_at = by, now
            row.save(update_fields=["reply", "may_leave", "replied_by", "replied_at"])


# --- files for others ---------------------------------------------------------------------------------------

#: What is said about how somebody did their work, and not about a thing, may be read as blame.
BLAME = ("service", "operation")


def stays(item: Observation) -> bool:
    """Whether the words of a remark stay in the town: its section was not shown it yet, or it could be read as blame
    and the section has not agreed to its leaving."""
    could_blame = item.kind == "problem" and item.category in BLAME and bool(section_key(item.section))
    return not is_open(item) or (could_blame and not item.may_leave)


def for_others(survey: Survey, document: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The records as they may leave for others, and how many remarks are covered. Counts and places stay, words go.

    So does who walked and whom to call: the names of the day are nobody else's.
    """
    covered = {item.path for item in noted(survey, observations(document)) if stays(item)}
    copied = deepcopy(dict(document))
    for r, route in enumerate(copied.get("routes") or ()):
        _cover(route, f"routes[{r}]", covered)
        for v, visit in enumerate(route.get("visits") or ()):
            _cover(visit, f"routes[{r}].visits[{v}]", covered)
    if PREPARATION in copied:
        copied[PREPARATION] = without_names(copied[PREPARATION])
    return copied, len(covered)


def _cover(node: dict[str, Any], place: str, covered: set[str]) -> None:
    for o, item in enumerate(node.get("observations") or ()):
        if f"{place}.observations[{o}]" in covered:
            item["text"] = _("(窓口の課の了承があるまで伏せています)")
            item.pop("photo", None)
