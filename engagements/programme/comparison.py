"""What differs between two versions of the programme, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from engagements.programme.models import Programme, Question, VersionState
from engagements.programme.versions import QUESTION, settings_of
from municipalities.dates import era_date
from municipalities.kinds import Kind


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what, as it was and as it is ("" for not there)."""

    what: str
    before: str
    after: str


def changes(old: Programme, new: Programme) -> list[Change]:
    """Settings, then sessions and checklists, then questions. Six queries, whatever the versions hold."""
    return [*_settings(old, new), *_sessions(old, new), *_questions(old, new)]


def _settings(old: Programme, new: Programme) -> list[Change]:
    before, after = settings_of(old), settings_of(new)
    return [
        Change(label(name), words(name, before[name]), words(name, after[name]))
        for name in before
        if before[name] != after[name] and (name != "effective_from" or new.state == VersionState.ADOPTED)
    ]


def label(name: str) -> str:
    return str(Programme._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def words(name: str, value: Any) -> str:
    """The value of a setting as a person would read it."""
    if name == "priority_rules":
        return rules_text(value)
    if name == "eligible_kinds":
        return "、".join(str(Kind(kind).label) for kind in value) or _("すべて")
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    return era_date(value) if isinstance(value, date) else str(value)


def rules_text(rules: list[dict[str, Any]]) -> str:
    """A rule a line, as the form takes it: ``question value priority``."""
    return "\n".join(f"{rule['question']} {rule['value']} {rule['priority']}" for rule in rules)


def _sessions(old: Programme, new: Programme) -> list[Change]:
    before, after = _kinds(old), _kinds(new)
    numbers = sorted({*before, *after})
    return [
        Change(_("セッション%(number)d") % {"number": number}, before.get(number, ""), after.get(number, ""))
        for number in numbers
        if before.get(number) != after.get(number)
    ]


def _kinds(programme: Programme) -> dict[int, str]:
    found = programme.session_kinds.prefetch_related("checklist")
    return {kind.number: f"{kind.name}\n{checklist_text(kind)}".strip() for kind in found}


def checklist_text(kind: Any) -> str:
    """An item a line, as the form takes it: days before, then the text."""
    return "\n".join(f"{item.days_before} {item.text}" for item in kind.checklist.all())


def _questions(old: Programme, new: Programme) -> list[Change]:
    before = {row.key: row for row in old.questions.all()}
    after = {row.key: row for row in new.questions.all()}
    found = []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if was is None or now is None or _content(was) != _content(now):
            what = _("設問 %(key)s") % {"key": key}
            found.append(Change(what, question_text(was), question_text(now)))
    return found


def _content(question: Question) -> tuple[Any, ...]:
    return tuple(getattr(question, name) for name in QUESTION)


def question_text(question: Question | None) -> str:
    """A question with everything that the form shows of it."""
    if question is None:
        return ""
    need = _("必須") if question.required else _("任意")
    lines = [f"{question.label}({question.get_kind_display()}、{need})", question.help]
    if question.min_length:
        lines.append(_("%(number)d字以上") % {"number": question.min_length})
    lines += [str(text) for _value, text in question.choices]
    return "\n".join(line for line in lines if line)
