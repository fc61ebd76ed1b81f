"""One builder a kind of document: from an object to a snapshot, from a snapshot to HTML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edition:
    """What the printed page says of itself: which version, issued when, and how to tell its content apart."""

    version: int
    issued_at: datetime
    content_hash: str


class Builder(ABC):
    """Makes one kind of document. A snapshot is plain JSON and holds every word and figure that is printed."""

    kind: ClassVar[str]
    #: The action of the permission table that lets a person ask for this document.
    action: ClassVar[str]
    #: Whether its owner may set 文書番号, 様式番号 and 宛先, and put chapters of their own in.
    has_head: ClassVar[bool] = False
    takes_sections: ClassVar[bool] = False

    @abstractmethod
    def subjects(self) -> QuerySet[Any]:
        """All objects that have such a document; each has a ``reference``."""

    @abstractmethod
    def snapshot(self, subject: Any, on: date) -> Snapshot:
        """Everything that the document says, read now. Holds at least ``title`` and ``body_name``."""

    @abstractmethod
    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        """The page, from the snapshot alone: an old version prints the same words for ever."""

    @abstractmethod
    def owner(self, subject: Any) -> tuple[str, Model | None]:
        """The municipality (its code; "" for the office alone) and the engagement, or None, whose people may read it."""

    def name_of(self, subject: Any) -> str:
        """What a list calls the subject beside its number."""
        return str(subject)

    def why_fixed(self, subject: Any) -> str:
        """Why head and chapters can't be arranged any more, as a sentence; empty while they can."""
        return "" if self.has_head else _("この書類の体裁は変えられません。")

    def issued(self, subject: Any, document_id: int, sha256: str, now: datetime) -> None:
        """Called in the transaction in which the file became ready. Tells the room below, where it must know."""
        return


_builders: dict[str, Builder] = {}


def register(builder: Builder) -> Builder:
    """Rooms above this one register theirs too."""
    _builders[builder.kind] = builder
    return builder


def builder_of(kind: str) -> Builder:
    """Raises ``KeyError`` for a kind that nobody builds."""
    return _builders[kind]


def kinds() -> list[str]:
    return sorted(_builders)
