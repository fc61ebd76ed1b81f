"""The archive as a file: written whole or not at all, unpacked only after every member was proven."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from config.backups import Refused
from workflow import seals
from workflow.log import canonical_text

FORMAT = "madoguchi-backup/1"
MANIFEST = "manifest.json"
FOLDERS = ("files", "digests")
Members = dict[str, tuple[int, str]]
BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


class Writer:
    """Adds members; ``members`` maps each name to its length in bytes and its SHA-256."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.members: Members = {}

    def add(self, name: str, path: Path) -> bool:
        """Add a file as it is at this moment; False where it is gone meanwhile."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._write(name, file, os.fstat(file.fileno()).st_size)
            self.members[name] = (os.fstat(file.fileno()).st_size, digest)
        return True

    def finish(self, manifest: dict[str, Any]) -> None:
        """The last member: the signed manifest. An archive without one is not whole."""
        content = manifest | {"format": FORMAT, "members": self.members, "key": seals.sign("backup", "key")}
        signed = content | {"signature": seals.sign("backup", canonical_text(content))}
        text = canonical_text(signed).encode()
        self._write(MANIFEST, io.BytesIO(text), len(text))

    def _write(self, name: str, file: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self.tar.addfile(info, file)


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A new archive, readable by its owner alone; under its name only when the block has ended well."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
                yield Writer(tar)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def unpack(path: Path, into: Path) -> dict[str, Any]:
    """Unpack into an empty folder and return the manifest, every member held against it. Raises ``Refused``."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            found = {member.name: _unpack_member(tar, member, into) for member in tar}
    except BROKEN as error:
        raise Refused(
            _("%(path)s は壊れているか、途中で切れています。別の控えを使ってください。") % {"path": path}
        ) from error
    except OSError as error:
        template = _("%(path)s を開けません。場所と権限を確かめてください(%(reason)s)。")
        raise Refused(template % {"path": error.filename or path, "reason": error.strerror}) from error
    manifest = _manifest(path, into / MANIFEST)
    del found[MANIFEST]
    known = {name: (size, digest) for name, (size, digest) in manifest["members"].items()}
    differing = sorted(name for name in found.keys() | known.keys() if found.get(name) != known.get(name))
    if differing:
        template = _("控えの中の %(name)s が、目録と食い違っています。別の控えを使ってください。")
        raise Refused(*(template % {"name": name} for name in differing[:10]))
    return manifest


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> tuple[int, str]:
    name = PurePosixPath(member.name)
    inside = len(name.parts) == 1 or name.parts[0] in FOLDERS
    if not member.isreg() or not inside or name.is_absolute() or ".." in name.parts:
        raise tarfile.ExtractError(member.name)
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ExtractError(member.name)
    with source, target.open("xb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
    with target.open("rb") as file:
        return member.size, hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(path: Path, file: Path) -> dict[str, Any]:
    """The manifest, if it is one of ours and nobody has changed it."""
    foreign = Refused(_("%(path)s はこのサービスの控えではありません。") % {"path": path})
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        signature = manifest.pop("signature")
        kind = manifest["format"].partition("/")[0]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise foreign from error
    if kind != FORMAT.partition("/")[0]:
        raise foreign
    if manifest["format"] != FORMAT:
        raise Refused(
            _("%(path)s は新しい版の控えです。サービスを新しくしてから戻してください。") % {"path": path}
        )
    if has_our_key(manifest) and not seals.holds(signature, "backup", canonical_text(manifest)):
        raise Refused(_("%(path)s の目録が書き換えられています。別の控えを使ってください。") % {"path": path})
    return manifest  # type: ignore[no-any-return]


def has_our_key(manifest: dict[str, Any]) -> bool:
    """Whether the archive was made with a SECRET_KEY that this installation knows."""
    return seals.holds(manifest["key"], "backup", "key")
