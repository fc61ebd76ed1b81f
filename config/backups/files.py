"""The files beside the database: which there are, and which a row of the database counts on."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from engagements.documents.models import Document
from engagements.survey.models import Photo
from engagements.survey.photos import path_of
from workflow.audit import digest_folder


def folder_of(name: str) -> Path:
    """Where a folder of the archive lies in this installation."""
    return {"files": Path(settings.MEDIA_ROOT), "digests": digest_folder()}[name]


def kept(name: str) -> Iterator[tuple[str, Path]]:
    """Every file of a folder as its name in the archive and its path; not what is being written just now."""
    folder = folder_of(name)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            yield f"{name}/{path.relative_to(folder).as_posix()}", path


def cited(alias: str) -> dict[str, str]:
    """Every file that a row names, as its name in the archive, with its SHA-256 (empty where the row has none).

    A document's file lies on the disk before its row says so, and is never written again.
    """
    papers = Document.objects.using(alias).exclude(file="").values_list("file", "sha256")
    photos = Photo.objects.using(alias).filter(removed_at=None)
    root = Path(settings.MEDIA_ROOT)
    found = {f"files/{file}": digest for file, digest in papers}
    return found | {f"files/{path_of(photo).relative_to(root).as_posix()}": "" for photo in photos}


class Exchange:
    """Puts a restored folder in the place of the installation's; a fault or a kill before ``finish`` costs nothing.

    Before the database is changed, only files are added whose names are free; the rest follows afterwards.
    """

    def __init__(self, source: Path, target: Path) -> None:
        self.source, self.target = source, target
        self.added: list[Path] = []

    def add(self) -> None:
        """What is not there yet."""
        for path in self._restored():
            target = self.target / path.relative_to(self.source)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
                self.added.append(target)

    def undo(self) -> None:
        """As it was before ``add``."""
        for path in self.added:
            path.unlink(missing_ok=True)

    def finish(self) -> None:
        """What differs is replaced; what the archive does not know goes."""
        wanted = {*self.added}
        for path in self._restored():
            target = self.target / path.relative_to(self.source)
            wanted.add(target)
            if not filecmp.cmp(path, target, shallow=False):
                path.replace(target)
        for path in self.target.rglob("*"):
            if path.is_file() and path not in wanted:
                path.unlink()

    def _restored(self) -> list[Path]:
        return [path for path in self.source.rglob("*") if path.is_file()]
