"""文書番号, 様式番号, 宛先 and chapters of one's own: how whoever issues a document words what the service can't know.

An arrangement belongs to one document of one subject and is read when its next version is asked for; what was issued
keeps its words. Whoever may ask for the document may arrange it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Snapshot, builder_of
from engagements.documents.models import Arrangement
from engagements.documents.pasted import parts_of
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput, Stale
from workflow.log import record
from workflow.transactions import atomic

FIRST, LAST = "first", "last"
OWN = "own-"
MOST_SECTIONS = 20
#: Signs with which a column's heading tells how it is set.
WIDE = str.maketrans("#!", "\uff03\uff01")
Section = dict[str, str]


class StaleArrangement(Stale):
    """Somebody saved meanwhile; ``stored`` is what stands now."""

    def __init__(self, stored: Arrangement) -> None:
        self.stored = stored
        super().__init__()


def of(kind: str, reference: str) -> Arrangement:
    """The arrangement of a document; an empty one that is not stored where nobody made any."""
    stored = Arrangement.objects.filter(kind=kind, subject=reference).first()
    return stored or Arrangement(kind=kind, subject=reference)


def earlier(kind: str, owner: str) -> Arrangement | None:
    """What this body arranged last for another document of the kind: a form's number does not change every month."""
    return Arrangement.objects.filter(kind=kind, owner=owner).order_by("-saved_at", "-pk").first()


def arrange(
    kind: str,
    subject: Any,
    *,
    head: dict[str, str],
    sections: Sequence[Section],
    base: int,
    actor: Actor,
    now: datetime,
) -> Arrangement:
    """Keep how a document is worded from its next version on.

    ``head`` has ``document_number``, ``form_number`` and ``addressee``; a section has ``place`` (``first``, ``last`` or
    the anchor of the chapter before it), ``title`` and ``text``. ``base`` is the revision that was read (0: none).
    Raises ``NotAllowed``; ``BadInput`` where this document takes none or the subject is finished;
    ``StaleArrangement``.
    """
    builder = builder_of(kind)
    authority.require(actor, builder.action, subject, now=now)
    if fixed := builder.why_fixed(subject):
        raise BadInput({"": [fixed]})
    if sections and not builder.takes_sections:
        raise BadInput({"": [_("この書類には、独自の章を入れられません。")]})
    return _save(kind, subject, head, list(sections), base, actor, now)


@atomic
def _save(
    kind: str,
    subject: Any,
    head: dict[str, str],
    sections: list[Section],
    base: int,
    actor: Actor,
    now: datetime,
) -> Arrangement:
    type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
    stored = of(kind, subject.reference)
    if stored.revision != base:
        raise StaleArrangement(stored)
    code, engagement = builder_of(kind).owner(subject)
    for name, value in head.items():
        setattr(stored, name, value)
    stored.owner, stored.sections = code, sections
    stored.revision += 1
    stored.saved_at, stored.saved_by_id = now, actor.user_id
    stored.save()
    record(
        "document.arranged",
        actor,
        stream=f"arrangement:{stored.pk}",
        context=f"engagement:{engagement.pk}" if engagement else f"arrangement:{stored.pk}",
        data={"kind": kind, "subject": subject.reference, "revision": stored.revision},
        visibility="parties",
        now=now,
    )
    return stored


# --- into the document -------------------------------------------------------------------------------------


def headed(snapshot: Snapshot, kind: str, reference: str) -> Snapshot:
    """The snapshot with the head as its owner words it; what they left empty stays the service's."""
    if not builder_of(kind).has_head:
        return snapshot
    own = of(kind, reference)
    said = {
        "own_number": own.document_number,
        "form_number": own.form_number,
        "addressed": own.addressee,
    }
    return snapshot | {name: value for name, value in said.items() if value}


def with_own(kind: str, reference: str, chapters: Iterable[Chapter]) -> list[Chapter]:
    """The chapters with one's own among them; one whose neighbour is gone stands last."""
    made = list(chapters)
    anchors = {one["anchor"] for one in made}
    placed: dict[str, list[Chapter]] = {}
    for number, section in enumerate(of(kind, reference).sections, start=1):
        place = section["place"] if section["place"] in anchors | {FIRST} else LAST
        own = blocks.chapter(f"{OWN}{number}", section["title"], own_blocks(section))
        placed.setdefault(place, []).append(own)
    after = [part for one in made for part in (one, *placed.get(one["anchor"], ()))]
    return [*placed.get(FIRST, ()), *after, *placed.get(LAST, ())]


def places(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Where a section may stand: the anchor and the heading of each chapter that the service writes."""
    return [
        (one["anchor"], one["heading"].partition(" ")[2] or one["heading"])
        for one in snapshot.get("chapters", ())
        if not one["anchor"].startswith(OWN)
    ]


def own_blocks(section: Section) -> Iterator[Block]:
    """Paragraphs, and rows that were pasted from a spreadsheet (cells apart by tabs) as a table."""
    for part in parts_of(section["text"]):
        yield blocks.text(part) if isinstance(part, str) else _table(section["title"], part)


def _table(caption: str, rows: list[list[str]]) -> Block:
    width = max(len(row) for row in rows)
    head, *body = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    columns = [_column(label, [row[at] for row in body]) for at, label in enumerate(head)]
    return blocks.table(caption, columns, body, unknown="—")


def _column(label: str, cells: list[str]) -> str:
    """The heading; figures stand at the right. A sign of ours that begins it is written wide, so that it prints."""
    figures = any(cells) and all(_is_figure(cell) for cell in cells if cell)
    shown = label.translate(WIDE) if label.startswith(("#", "!")) else label
    return f"#{shown}" if figures else shown


def _is_figure(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "", 1).lstrip("-−").rstrip("円分回件人%").isdecimal()
