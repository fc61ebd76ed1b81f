"""The pieces that templates/documents/parts print. Builders fill them; dates come as the words to print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Fact:
    """A label with its value; an empty one prints 記入なし. `hint` and `tall` shape a blank form's box."""

    label: str
    value: str | int | None = None
    hint: str = ""
    tall: bool = False


@dataclass(frozen=True)
class Entry:
    """A line of a list of contents, figures or tables; `anchor` is the id it points to."""

    label: str
    anchor: str
    under: bool = False


@dataclass(frozen=True)
class Sheet:
    """What a document says about itself, on its cover or letterhead, its footer and its seal line.

    `own_number` is the 文書番号 of whoever issues it, `number` the service's; `addressee` is the whole line.
    `version` reads like 第3版; `content_hash` is the hash of the snapshot (the file can't hold its own).
    """

    title: str
    heading: str
    body_name: str
    date: str
    version: str
    content_hash: str = ""
    file_name: str = ""
    form_number: str = ""
    own_number: str = ""
    number: str = ""
    sender: str = ""
    addressee: str = ""
    motto: str = ""
    gist: Sequence[Fact] = ()
    contents_heading: str = ""
    contents: Sequence[Entry] = ()
    demo: bool = False
    lang: str = "ja"

    @property
    def running(self) -> str:
        """The footer: whose and which document, in which version."""
        named = self.heading.startswith(self.body_name)
        whose = self.heading if named else f"{self.body_name} {self.heading}"
        return f"{whose} {self.version}".strip()


#: Of a table that is not parted: its rows and lines; and the characters that a line of the page holds.
MOST_ROWS, MOST_LINES, CHARACTERS = 15, 30, 50


@dataclass(frozen=True)
class Column:
    """`numeric` stands at the right; `short` is never broken over two lines."""

    label: str
    numeric: bool = False
    short: bool = False

    @property
    def css(self) -> str:
        return "num" if self.numeric else "short" if self.short else ""


@dataclass(frozen=True)
class Cell:
    text: str | int | None
    column: Column


@dataclass(frozen=True)
class Table:
    """A table whose first column heads its rows, made with `table`. `unknown`: what an empty cell says."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    anchor: str = ""
    unknown: str = ""

    @property
    def is_short(self) -> bool:
        """Whether it stands on one page as a whole; a longer one goes on where it begins, or a page would stay empty."""
        return len(self.rows) < MOST_ROWS and sum(map(self._lines, self.rows)) < MOST_LINES

    def _lines(self, row: Sequence[Cell]) -> int:
        """About how many lines a row takes, were all columns equally wide."""
        wide = max(1, CHARACTERS // len(self.columns))
        return max(sum(1 + len(line) // wide for line in str(cell.text).split("\n")) for cell in row)


@dataclass(frozen=True)
class Plot:
    """A figure: one of `engagements.survey.plots`, which brings its own alternative text."""

    caption: str
    svg: SafeString
    note: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Choice:
    label: str
    taken: bool = False


@dataclass(frozen=True)
class Judge:
    """A decision with boxes to answer; `condition` is the condition or reason once it was answered."""

    heading: str
    facts: Sequence[Fact]
    choices: Sequence[Choice] = ()
    condition: str = ""
    anchor: str = ""


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str | int | None]],
    *,
    anchor: str = "",
    unknown: str = "",
) -> Table:
    """A table of plain values; an empty cell says `unknown`, or 記入なし.

    Raises ValueError when a row has not one value a column.
    """
    cells = [[Cell(text, column) for text, column in zip(row, columns, strict=True)] for row in rows]
    return Table(caption, columns, cells, anchor, unknown)
