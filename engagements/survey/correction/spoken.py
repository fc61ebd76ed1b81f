"""Changes, faults and measures of a correction in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey import words
from engagements.survey.correction.changes import Change
from engagements.survey.correction.typed import Fault, Readers
from engagements.survey.correction.visits import EDGES, place_words
from engagements.survey.plain import show_time
from municipalities.cells import read_count, read_time

Raw = Mapping[str, Any]
EDGE_WORDS: Mapping[str, str | Promise] = dict(
    zip(EDGES, (gettext_lazy("着いた"), gettext_lazy("呼ばれた"), gettext_lazy("終わった")), strict=True)
)
WRITE_WORDS: Mapping[str, str | Promise] = {
    "at": gettext_lazy("時刻"),
    "form": gettext_lazy("様式"),
    "person": gettext_lazy("誰のこと"),
    "field": gettext_lazy("項目"),
    "how": gettext_lazy("書き方"),
    "times": gettext_lazy("回数"),
}
#: What people type is read here as in every other field.
READERS = Readers(read_time, read_count)
FAULTS: Mapping[Fault, str | Promise] = {
    "time": gettext_lazy("時刻を 9:30 か 930 の形で入れてください。"),
    "count": gettext_lazy("数として読めません。0以上の整数で入れてください。"),
    "choice": gettext_lazy("一覧から選んでください。"),
    "missing": gettext_lazy("ここも入れてください。"),
    "text": gettext_lazy("2000字までの、ふつうの文字で入れてください。"),
    "form_needed": gettext_lazy("様式を選ぶか、下の「様式を足す」に名前を入れてください。"),
    "form_in_use": gettext_lazy("この様式に書いたものが残っています。先に別の様式へ移すか、消してください。"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A change as people read it: where and what, how it was, how it is."""

    where: str
    what: str
    before: str
    after: str

    @property
    def line(self) -> str:
        """国保年金 呼ばれた 10:05 → 10:03, as a mail has it."""
        return f"{self.where} {self.what} {self.before} → {self.after}".strip()


def say(found: Iterable[Change], scenario: Raw) -> list[Said]:
    """The changes in words; ``scenario`` says who the persons are."""
    people = {
        person["id"]: person.get("relation") or person["id"] for person in scenario.get("household") or ()
    }
    return [
        Said(str(change.visit.get("counter") or ""), _what(change), *_values(change, people))
        for change in found
    ]


def _what(change: Change) -> str:
    number = {"number": change.number}
    if change.what in EDGE_WORDS:
        return str(EDGE_WORDS[change.what])
    if change.what == "write":
        field = str(words.FIELDS[(change.before or change.after)["field"]])
        return _("%(number)s本目") % number + f" {field}"
    if change.what.startswith("write_"):
        said = WRITE_WORDS[change.what.removeprefix("write_")]
        return _("%(number)s本目の%(what)s") % (number | {"what": said})
    plain = {
        "place": _("窓口"),
        "visit": _("窓口の記録"),
        "form": _("%(number)sつ目の様式") % number,
        "form_name": _("%(number)sつ目の様式の名前") % number,
        "observation_at": _("%(number)s件目の気づきの時刻") % number,
        "observation_visit": _("%(number)s件目の気づきの窓口") % number,
        "other": _("ほかの項目"),
    }
    return plain[change.what]


def _values(change: Change, people: Mapping[str, str]) -> tuple[str, str]:
    if change.what == "other":
        return _("前の版"), _("直した")
    if change.what in ("visit", "form", "write"):
        before, after = (node and _whole(change.what, node, people) for node in (change.before, change.after))
        return before or _("なし"), after or _("消した")
    said = [_value(change.what, value, people) for value in (change.before, change.after)]
    return said[0], said[1]


def _whole(what: str, node: Raw, people: Mapping[str, str]) -> str:
    if what == "visit":
        return " ".join(filter(None, (place_words(node), show_time(node.get("queued_at")))))
    if what == "form":
        return _form(node.get("name"))
    person = [people.get(node["person"], node["person"])] if node.get("person") else []
    return "、".join([_form(node.get("form")), *person])


def _form(name: str | None) -> str:
    return name or _("名前のない様式")


def _value(what: str, value: Any, people: Mapping[str, str]) -> str:
    if what in ("place", "observation_visit"):
        return place_words(value)
    if what in ("form_name", "write_form"):
        return _form(value)
    if value in (None, ""):
        return _("記録なし")
    if what == "write_person":
        return people.get(value, value)
    vocabulary = {"write_field": words.FIELDS, "write_how": words.HOW}.get(what)
    if vocabulary:
        return str(vocabulary[value])
    return _("%(times)s回") % {"times": value} if what == "write_times" else show_time(value)
