"""A draft as values under the names of the form: read, compared with what another person saved, written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from engagements.applications.completeness import PARTS
from engagements.applications.models import Application, Wish
from workflow.errors import Conflict

COLUMNS = tuple(name for names in PARTS.values() for name in names if name != "wishes")
ANSWER = "q_"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else changed meanwhile: both values, by whom and when."""

    field: str
    theirs: Any
    mine: Any
    by: str
    at: datetime


class DraftConflict(Conflict):
    """Somebody else saved the same fields meanwhile; nothing of this save was written. ``revision`` is the stored one."""

    def __init__(self, differences: list[Difference], revision: int) -> None:
        self.differences = differences
        self.revision = revision
        names = "、".join(dict.fromkeys(item.by for item in differences if item.by))
        sentence = _(
            "あなたが書いている間に、%(names)sさんが直しました。2つを並べます。どちらも消えていません。"
        )
        super().__init__(sentence % {"names": names or _("ほかの方")})


def content(application: Application) -> dict[str, Any]:
    """The stored draft, field by field; answers under ``q_`` and their key, wishes as ids by rank. One query."""
    values = {name: getattr(application, name) for name in COLUMNS}
    values |= {f"{ANSWER}{key}": value for key, value in application.answers.items()}
    values["wishes"] = [wish.advisor_id for wish in application.wishes.all()]
    return values


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def changed(stored: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the stored draft; every kind of nothing is the same."""
    return {
        name: value
        for name, value in typed.items()
        if stored.get(name) != value and not (_is_empty(stored.get(name)) and _is_empty(value))
    }


def differences(application: Application, typed: Mapping[str, Any], revision: int) -> list[Difference]:
    """The fields on which the writer, who started from ``revision``, disagrees with what was saved since."""
    stored = content(application)
    found = [
        (name, value)
        for name, value in changed(stored, typed).items()
        if application.marks.get(name, {}).get("revision", 0) > revision
    ]
    names = _names(application.marks[name]["by"] for name, _value in found)
    return [
        _difference(name, stored.get(name), value, application.marks[name], names) for name, value in found
    ]


def _names(users: Iterable[int | None]) -> dict[int, str]:
    wanted = {user for user in users if user is not None}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _difference(
    name: str, theirs: Any, mine: Any, mark: Mapping[str, Any], names: Mapping[int, str]
) -> Difference:
    at = datetime.fromisoformat(mark["at"])
    return Difference(name, theirs, mine, names.get(mark["by"], ""), at)


def write(application: Application, values: Mapping[str, Any], *, user_id: int | None, now: datetime) -> None:
    """Put changed values on the application and save it as one more revision. The caller holds the row's lock."""
    application.revision += 1
    application.saved_at, application.saved_by_id = now, user_id
    mark = {"revision": application.revision, "by": user_id, "at": now.isoformat()}
    application.marks |= dict.fromkeys(values, mark)
    for name, value in values.items():
        if name.startswith(ANSWER):
            application.answers[name.removeprefix(ANSWER)] = value
        elif name != "wishes":
            setattr(application, name, value)
    application.save(update_fields=[*COLUMNS, "answers", "revision", "saved_at", "saved_by", "marks"])
    if "wishes" in values:
        _rank(application, values["wishes"])


def _rank(application: Application, advisors: list[int]) -> None:
    application.wishes.all().delete()
    Wish.objects.bulk_create(
        Wish(application=application, advisor_id=advisor, rank=rank)
        for rank, advisor in enumerate(advisors, start=1)
    )
