"""Putting a backup back: proven whole before anything is touched, and then whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from config import data
from config.backups import Refused, archive, databases, files
from workflow import audit
from workflow.actors import SYSTEM
from workflow.log import record


def restore(path: Path, *, force: bool, now: datetime) -> list[str]:
    """Put the archive in the place of this installation's data; returns sentences about what to do next.

    Raises ``Refused``; everything is then as it was.
    """
    where = Path(settings.DATA_DIR)
    try:
        with data.taken(where), tempfile.TemporaryDirectory(prefix=".restore-", dir=where) as scratch:
            staged, aside = Path(scratch) / "new", Path(scratch) / "aside"
            staged.mkdir()
            aside.mkdir()
            manifest = archive.unpack(path, staged)
            if reasons := list(_against(manifest, staged, force=force)):
                raise Refused(*reasons)
            _put(manifest, staged, aside)
    except data.Taken as error:
        raise Refused(str(error)) from error
    except OSError as error:
        template = _("%(path)s に書き込めません。場所と権限と空きを確かめてください(%(reason)s)。")
        raise Refused(template % {"path": error.filename or where, "reason": error.strerror}) from error
    for stamp in where.glob("first-start.*.began"):
        stamp.unlink()  # else the next start would go on loading the demo over what was put back
    return _afterwards(manifest, now)


def _against(manifest: dict[str, Any], staged: Path, *, force: bool) -> Iterator[str]:
    """Why this archive must not come here."""
    if manifest["engine"] != connection.vendor:
        yield _(
            "控えは%(theirs)sのもので、ここのデータベースは%(ours)sです。DATABASE_URL を控えと同じ種類にしてください。"
        ) % {"theirs": manifest["engine"], "ours": connection.vendor}
    if manifest["demo"] and settings.REFUSE_DEMO_ACCOUNTS:
        yield _("見本の控えです。実際の環境には戻せません。")
    known = MigrationLoader(None).disk_migrations.keys()
    if newer := [".".join(key) for key in manifest["migrations"] if tuple(key) not in known]:
        yield _(
            "控えは新しい版のものです(%(name)s など)。サービスを同じ版か、より新しい版にしてから戻してください。"
        ) % {"name": newer[0]}
    name = databases.NAMES[connection.vendor]
    if manifest["engine"] == connection.vendor == "sqlite" and data.damage(staged / name):
        yield _("控えの中のデータベースが壊れています。別の控えを使ってください。")
    if not force and not _is_empty():
        yield _(
            "ここには既にデータがあります。置き換えてよければ、いまの控えを取ってから --force を付けてください。"
        )


def _is_empty() -> bool:
    return databases.is_empty() and not any(files.kept("files"))


def _put(manifest: dict[str, Any], staged: Path, aside: Path) -> None:
    exchanges = [files.Exchange(staged / name, files.folder_of(name)) for name in archive.FOLDERS]
    try:
        for exchange in exchanges:
            exchange.add()
        databases.put_back(staged / databases.NAMES[manifest["engine"]], aside)
    except BaseException:
        for exchange in exchanges:
            exchange.undo()
        raise
    for exchange in exchanges:
        exchange.finish()


def _afterwards(manifest: dict[str, Any], now: datetime) -> list[str]:
    """An older archive's tables brought up to date, an entry in the log, and what somebody has to look after."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        return [_("控えは戻しましたが、manage.py migrate が失敗しました: %(said)s") % {"said": error}]
    said = []
    if archive.has_our_key(manifest):
        record("backup.restored", SYSTEM, stream="security", data={"made_at": manifest["made_at"]}, now=now)
        said += audit.faults()
    else:
        said.append(
            _(
                "控えは別の SECRET_KEY で作られています。元の鍵を SECRET_KEY_FALLBACKS に入れるか、"
                "verify_log --renew-seals を実行してください。"
            )
        )
    return said
