"""A new version of the programme: copied from another, written as a draft, put in force from a day, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.forms import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.programme.models import ChecklistItem, Programme, Question, SessionKind, VersionState
from engagements.programme.services import seed
from workflow import authority, log
from workflow.actors import Actor
from workflow.errors import BadInput, WrongState
from workflow.transactions import in_transaction

#: What an edit leaves alone.
FIXED = {"id", "version", "state"}
QUESTION = ("key", "part", "position", "label", "help", "kind", "required", "min_length", "choices")


def settings_of(programme: Programme) -> dict[str, Any]:
    """Every setting of a version by the name of its column."""
    names = [field.name for field in Programme._meta.concrete_fields if field.name not in FIXED]
    return {name: getattr(programme, name) for name in names}


def load_first(*, actor: Actor, now: datetime) -> Programme:
    """The version that comes with the service, in force from its own day; there already, it stays as it is."""

    def work() -> Programme:
        authority.require(actor, "programme.edit", None, now=now)
        known = Programme.objects.exists()
        made = seed()
        if not known:
            _log("loaded", made, actor, now)
        return made

    return in_transaction(work)


def draft_version(base: Programme, *, actor: Actor, now: datetime) -> Programme:
    """The next version in preparation: settings, sessions, checklists and questions as in ``base``."""
    return in_transaction(lambda: _draft(base, actor, now))


def _draft(base: Programme, actor: Actor, now: datetime) -> Programme:
    authority.require(actor, "programme.edit", base, now=now)
    list(Programme.objects.select_for_update().order_by("pk"))  # two drafts at once take two numbers
    newest = Programme.objects.aggregate(newest=Max("version"))["newest"]
    values = settings_of(base) | {"effective_from": timezone.localdate(now)}
    made = Programme.objects.create(version=newest + 1, state=VersionState.DRAFT, **values)
    for kind in base.session_kinds.prefetch_related("checklist"):
        copied = SessionKind.objects.create(
            programme=made, number=kind.number, code=kind.code, name=kind.name, short_name=kind.short_name
        )
        _write_checklist(copied, [(item.days_before, item.text) for item in kind.checklist.all()])
    _write_questions(made, [model_to_dict(row, fields=QUESTION) for row in base.questions.all()])
    _log("drafted", made, actor, now, base=base.version)
    return made


def _write_checklist(kind: SessionKind, rows: Iterable[tuple[int, str]]) -> None:
    ChecklistItem.objects.bulk_create(
        ChecklistItem(kind=kind, position=position, days_before=days, text=text)
        for position, (days, text) in enumerate(rows, start=1)
    )


def _write_questions(programme: Programme, rows: Iterable[Mapping[str, Any]]) -> None:
    Question.objects.bulk_create(
        Question(programme=programme, **{name: row[name] for name in QUESTION}) for row in rows
    )


def _log(what: str, programme: Programme, actor: Actor, now: datetime, **data: Any) -> None:
    personal = {"reason": data.pop("reason")} if "reason" in data else {}
    log.record(
        f"programme.{what}",
        actor,
        stream=f"programme:{programme.pk}",
        data={"version": programme.version, **data},
        personal=personal,
        now=now,
    )


def _rewrite(
    programme: Programme, actor: Actor, now: datetime, part: str, write: Callable[[Programme], None]
) -> Programme:
    """Change a version in preparation, under its lock. One that was put in force never changes."""

    def work() -> Programme:
        fresh = Programme.objects.select_for_update().get(pk=programme.pk)
        authority.require(actor, "programme.edit", fresh, now=now)
        if fresh.state != VersionState.DRAFT:
            raise WrongState(_("制度の版を書き直す"), fresh.get_state_display())
        write(fresh)
        _log("saved", fresh, actor, now, part=part)
        return fresh

    return in_transaction(work)


def save_settings(
    programme: Programme, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Programme:
    """``values``: some or all of ``settings_of``, cleaned."""

    def write(fresh: Programme) -> None:
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.save(update_fields=list(values))

    return _rewrite(programme, actor, now, "settings", write)


def save_questions(
    programme: Programme, rows: Iterable[Mapping[str, Any]], *, actor: Actor, now: datetime
) -> Programme:
    """All questions of the form, each with every name of ``QUESTION``; what is not among them is no longer asked."""

    def write(fresh: Programme) -> None:
        fresh.questions.all().delete()
        _write_questions(fresh, rows)

    return _rewrite(programme, actor, now, "questions", write)


def save_sessions(
    programme: Programme, rows: Mapping[int, Mapping[str, Any]], *, actor: Actor, now: datetime
) -> Programme:
    """By the session's number: ``name``, ``short_name`` and ``checklist`` (rows of days before and text)."""

    def write(fresh: Programme) -> None:
        for kind in fresh.session_kinds.all():
            row = rows[kind.number]
            kind.name, kind.short_name = row["name"], row["short_name"]
            kind.save(update_fields=["name", "short_name"])
            kind.checklist.all().delete()
            _write_checklist(kind, row["checklist"])

    return _rewrite(programme, actor, now, "sessions", write)


def put_in_force(programme: Programme, *, effective_from: date, actor: Actor, now: datetime) -> Programme:
    """From that day on calls open under this version; those that are open, and engagements, keep theirs."""

    def work() -> Programme:
        fresh = Programme.objects.select_for_update().get(pk=programme.pk)
        authority.require(actor, "programme.put_in_force", fresh, now=now)
        if fresh.state != VersionState.DRAFT:
            raise WrongState(_("施行を決める"), fresh.get_state_display())
        if effective_from < timezone.localdate(now):
            raise BadInput(
                {"effective_from": [_("過ぎた日からは始められません。今日より後の日にしてください。")]}
            )
        fresh.effective_from, fresh.state = effective_from, VersionState.ADOPTED
        fresh.save(update_fields=["effective_from", "state"])
        _log("put_in_force", fresh, actor, now, effective_from=effective_from)
        return fresh

    return in_transaction(work)


def take_back(programme: Programme, *, reason: str, actor: Actor, now: datetime) -> Programme:
    """Back into preparation, with a reason, as long as no call has opened under it and another version is in force."""

    def work() -> Programme:
        fresh = Programme.objects.select_for_update().get(pk=programme.pk)
        authority.require(actor, "programme.take_back", fresh, now=now)
        if fresh.state != VersionState.ADOPTED:
            raise WrongState(_("施行を取り消す"), fresh.get_state_display())
        if not reason.strip():
            raise BadInput({"reason": [_("取り消す理由を入れてください。記録に残ります。")]})
        if (why := why_fixed(fresh, timezone.localdate(now))) != "":
            raise BadInput({"": [why]})
        fresh.state = VersionState.DRAFT
        fresh.save(update_fields=["state"])
        _log("taken_back", fresh, actor, now, reason=reason)
        return fresh

    return in_transaction(work)


def why_fixed(programme: Any, today: date) -> str:
    """Why this version can't be taken back, in a sentence; empty where it can."""
    pinned = programme.call_set.exclude(state="draft").exists() or programme.engagement_set.exists()
    if pinned:
        return _("この版で始めた募集か支援があります。直すときは、新しい版を作ってください。")
    others = Programme.objects.filter(state=VersionState.ADOPTED, effective_from__lte=today)
    if not others.exclude(pk=programme.pk).exists():
        return _("ほかに施行中の版がありません。新しい版を施行すると、この版は使われなくなります。")
    return ""
