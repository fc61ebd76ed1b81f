"""The log in words: who did what when, told late or on the day, as this reader may know it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doers import doer_of, personal_of
from engagements.journey.road import short
from engagements.journey.selectors import is_office
from workflow import Actor
from workflow.doors import all_rules
from workflow.models import Event

#: What rooms record beside transitions.
RECORDED = {
    "survey.created": gettext_lazy("体験調査を用意しました"),
    "survey.version_saved": gettext_lazy("体験調査の記録を保存しました"),
    "survey.corrected": gettext_lazy("体験調査の記録を直しました"),
    "survey.exported": gettext_lazy("体験調査の記録のファイルを受け取りました"),
    "document.issued": gettext_lazy("書類ができました"),
    "plan.commented": gettext_lazy("計画書に意見を書きました"),
    "plan.comment_settled": gettext_lazy("計画書への意見に答えました"),
    "plan.comment_reopened": gettext_lazy("計画書への意見をもう一度出しました"),
    "engagement.trainee_joined": gettext_lazy("研修生が同行することになりました"),
    "plan.issued": gettext_lazy("計画書のPDFができました"),
}
#: The first event of a stream is no transition; of sessions and decisions it tells nothing.
BEGINNINGS = {
    "engagement.begin": gettext_lazy("支援が始まりました"),
    "application.begin": gettext_lazy("申込を書き始めました"),
    "plan.begin": gettext_lazy("計画を作り始めました"),
    "offer.begin": gettext_lazy("アドバイザーに打診しました"),
}
SILENT = ("session.begin", "decision.begin", "call.begin")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log as ``components/log.html`` shows it."""

    when: datetime
    who: str
    what: str
    note: str
    late: bool


def _sentences() -> dict[str, Any]:
    told = {f"{machine}.{rule.name}": rule.past for machine, _model, rule in all_rules()}
    return told | BEGINNINGS | RECORDED


def _note(content: dict[str, Any], personal: dict[str, Any], late: bool) -> str:
    parts = []
    data = content["data"]
    if starts := parse_datetime(str(data.get("starts_at") or "")):
        local = timezone.localtime(starts)
        parts.append(f"{short(local.date())} {local.hour}:{local:%M} {data.get('place') or ''}".strip())
    if late:
        day = timezone.localdate(datetime.fromisoformat(content["occurred_at"]))
        parts.append(_("行われたのは%(day)s。") % {"day": short(day)})
    if condition := data.get("condition"):
        parts.append(_condition(str(condition), data))
    reason = personal.get("reason") or data.get("reason")
    if reason:
        parts.append(_("理由「%(reason)s」") % {"reason": reason})
    return " ".join(parts)


def _condition(condition: str, data: dict[str, Any]) -> str:
    """The condition of an answer, who sees to it and by when."""
    said = _("条件・添え書き「%(condition)s」") % {"condition": condition}
    if owner := data.get("condition_owner"):
        said += _(" 担当は%(owner)s。") % {"owner": owner}
    if by := data.get("condition_by"):
        said += _(" 期日は%(day)s。") % {"day": short(date.fromisoformat(str(by)))}
    return said


def _who(event: Event, reader_is_office: bool) -> str:
    doer = doer_of(event, names_office=reader_is_office)
    if doer.is_system or not doer.name:
        return ""
    return _("事務局が") if doer.is_office else _("%(name)sさんが") % {"name": doer.name}


def lines(events: Iterable[Event], reader: Actor, names: dict[str, str] | None = None) -> list[Line]:
    """Events as sentences. ``names`` says by stream what a session or decision is called.

    Events must have ``personal`` joined; no query.
    """
    told, office = _sentences(), is_office(reader)
    found = []
    for event in events:
        sentence = told.get(event.type)
        if sentence is None or event.type in SILENT:
            continue
        content = json.loads(event.canonical)
        late = timezone.localdate(event.occurred_at) < timezone.localdate(event.recorded_at)
        found.append(
            Line(
                when=event.recorded_at,
                who=_who(event, office),
                what=_subject(event, names or {}) + str(sentence),
                note=_note(content, personal_of(event), late),
                late=late,
            )
        )
    return found


def _subject(event: Event, names: dict[str, str]) -> str:
    name = names.get(event.stream)
    if name is None:
        return ""
    if event.stream.startswith("decision:"):
        return _("%(decision)s: ") % {"decision": name}
    return _("%(session)sの") % {"session": name}
