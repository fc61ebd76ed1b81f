"""Making a backup while the service runs: the database of one moment, then every file that it names."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from accounts.checks import demo_accounts_exist
from config.backups import Refused, archive, databases, files
from workflow.actors import SYSTEM
from workflow.log import record


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds, and a sentence for each file that a row names and that is missing or other than it says."""

    files: int
    size: int
    faults: tuple[str, ...]


def make(path: Path, *, now: datetime) -> Made:
    """Write the archive ``path`` (mode 0600). Raises ``Refused``; then there is none, or the one of before."""
    if path.is_dir():
        raise Refused(
            _("%(path)s はフォルダーです。書き込むファイルの名前を入れてください。") % {"path": path}
        )
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as scratch:
            faults, members = _write(path, Path(scratch), now)
    except (OperationalError, ProgrammingError) as error:
        template = _(
            "データベースを読めません。DATABASE_URL と manage.py migrate を確かめてください(%(reason)s)。"
        )
        raise Refused(template % {"reason": str(error).strip().partition("\n")[0]}) from error
    except OSError as error:
        template = _("%(path)s に書き込めません。場所と権限と空きを確かめてください(%(reason)s)。")
        raise Refused(template % {"path": path, "reason": error.strerror}) from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    record("backup.made", SYSTEM, stream="security", data={"sha256": digest, "files": len(members)}, now=now)
    return Made(len(members) - 1, path.stat().st_size, tuple(faults))


def _write(path: Path, scratch: Path, now: datetime) -> tuple[list[str], archive.Members]:
    with archive.written(path) as writer:
        digests = list(
            files.kept("digests")
        )  # before the moment that is kept: none of them knows more than that
        with databases.snapshot(scratch) as database:
            manifest = _about(now)
            wanted = files.cited(databases.SNAPSHOT)
            writer.add(database.name, database)
        for name, file in (*digests, *files.kept("files")):
            writer.add(name, file)
        faults = _faults(wanted, writer.members)
        writer.finish(manifest)
    return faults, writer.members


def _about(now: datetime) -> dict[str, Any]:
    """What a restore has to know, read from the same moment as the rest."""
    connection = connections[databases.SNAPSHOT]
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "made_at": now.isoformat(),
        "engine": connection.vendor,
        "migrations": sorted(list(key) for key in applied),
        "demo": settings.DEMO or demo_accounts_exist(databases.SNAPSHOT),
    }


def _faults(wanted: dict[str, str], members: archive.Members) -> list[str]:
    """A file whose row has gone meanwhile (a picture that was removed) is none that is missing."""
    absent = wanted.keys() - members.keys()
    absent &= files.cited("default").keys() if absent else set()
    faults = [
        _("%(name)s: 記録にあるファイルが見つかりません。前の控えから戻してください。") % {"name": name}
        for name in sorted(absent)
    ]
    return faults + [
        _("%(name)s: ファイルの中身が記録と違います。前の控えから戻してください。") % {"name": name}
        for name, digest in sorted(wanted.items())
        if digest and name in members and members[name][1] != digest
    ]
