"""The columns of the sheet, in the order in which paper is filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from engagements.survey import words
from engagements.survey.measures import CATEGORIES, FIELDS, OUTCOMES

Kind = Literal["time", "text", "count", "codes", "choice", "lines"]
#: What an empty choice means, so that an untouched row stays empty.
DEFAULT_OUTCOME = "done"
DEFAULT_CATEGORY = "operation"


@dataclass(frozen=True, slots=True)
class Column:
    """``field`` names the value of a visit that a plain column holds; ``size`` is a class of the style sheet."""

    key: str
    label: Any
    kind: Kind
    size: str = "s"
    field: str = ""
    group: Any = ""

    @property
    def options(self) -> list[tuple[str, Any]]:
        """The words to choose from; the first is the one meant by an empty cell."""
        if self.kind != "choice":
            return []
        if self.key == "outcome":
            return [("" if code == DEFAULT_OUTCOME else code, words.OUTCOMES[code]) for code in OUTCOMES]
        others = [(code, words.CATEGORIES[code]) for code in CATEGORIES if code != DEFAULT_CATEGORY]
        return [("", words.CATEGORIES[DEFAULT_CATEGORY]), *others]


WRITES = {f"w_{name}": name for name in FIELDS}
COLUMNS: tuple[Column, ...] = (
    Column("queued", _("着いた"), "time", "time", "queued_at"),
    Column("called", _("呼ばれた"), "time", "time", "called_at"),
    Column("finished", _("終わった"), "time", "time", "finished_at"),
    Column("counter", _("窓口"), "text", "m", "counter"),
    Column("section", _("課"), "text", "m", "section"),
    Column("building", _("建物"), "text", "m", "building"),
    Column("floor", _("階"), "text", "s", "floor"),
    Column("distance", _("歩いた距離(m)"), "count", "s", "distance_m"),
    Column("forms", _("申請書の数"), "count"),
    Column("names", _("申請書の名前(、で区切る)"), "text", "l"),
    *(
        Column(key, words.FIELDS[name], "count", "n", group=_("手で書いた回数"))
        for key, name in WRITES.items()
    ),
    Column("avoided", _("書かずに済んだ回数"), "count"),
    Column("procedures", _("済んだ手続き(番号)"), "codes", "m"),
    Column("outcome", _("結果"), "choice", "m"),
    Column("again", _("もう一度説明した回数"), "count", "s", "explained_again"),
    Column("problem", _("困りごと(1行に1つ)"), "lines", "xl"),
    Column("problem_category", _("困りごとの種類"), "choice", "m"),
    Column("good", _("よかったこと(1行に1つ)"), "lines", "xl"),
    Column("good_category", _("よかったことの種類"), "choice", "m"),
)
BY_KEY = {column.key: column for column in COLUMNS}
#: The order in which a new visit is written.
VISIT_FIELDS = (
    "counter",
    "section",
    "building",
    "floor",
    "distance_m",
    "queued_at",
    "called_at",
    "finished_at",
    "outcome",
    "explained_again",
    "procedures",
    "forms",
    "observations",
)
