"""One moment of the database as a file, and back; each engine by its own means."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, connections, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config import data
from config.backups import Refused
from municipalities.models import Municipality
from workflow.models import Event

#: Under which name Django reads the moment that is being kept.
SNAPSHOT = "snapshot"
#: Only good while it runs: who is signed in, and what is quickly computed again.
PASSING = ("django_session", "cache")
NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
LOCK_SECONDS = 5
#: What belongs to the server's owner, not to us.
NOT_OURS = re.compile(r" (SCHEMA|EXTENSION|COMMENT) - ")
EMPTY = """
SET lock_timeout = '%ds';
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP TABLE IF EXISTS %%I CASCADE', name);
    END LOOP;
END $$;
"""


@contextmanager
def snapshot(folder: Path) -> Iterator[Path]:
    """The database of one moment as a file in ``folder``; while the block runs, the alias ``SNAPSHOT`` reads the same."""
    take = _sqlite_snapshot if connection.vendor == "sqlite" else _postgresql_snapshot
    with take(folder / NAMES[connection.vendor]) as path:
        yield path


def put_back(path: Path, aside: Path) -> None:
    """The file in the place of the whole database, or everything as it was. ``aside``: a folder for what it takes."""
    connections.close_all()
    if connection.vendor == "sqlite":
        _put_back_sqlite(path)
    else:
        _put_back_postgresql(path, aside)


@contextmanager
def _alias(**changes: Any) -> Iterator[None]:
    """A second connection, like the default one but for the changes."""
    connections.databases[SNAPSHOT] = deepcopy(connections.databases["default"]) | changes
    try:
        yield
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT]
        del connections.databases[SNAPSHOT]


# --- SQLite -------------------------------------------------------------------------------------------


@contextmanager
def _sqlite_snapshot(path: Path) -> Iterator[Path]:
    source_path = Path(str(connection.settings_dict["NAME"]))
    try:
        with (
            contextlib.closing(sqlite3.connect(source_path, timeout=60)) as source,
            contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in tables.intersection(PASSING):
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  (a name from this file)
    except sqlite3.DatabaseError as error:
        raise Refused(data.told(source_path, str(error))) from error
    if fault := data.damage(path):
        raise Refused(data.told(source_path, fault))
    with _alias(NAME=str(path), OPTIONS={}):
        yield path


def _put_back_sqlite(path: Path) -> None:
    target = Path(str(connection.settings_dict["NAME"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        _let_go(target)
    fresh = target.with_name(f".{target.name}.restored")
    shutil.move(path, fresh)  # beside the old one, wherever that is: then one step exchanges them
    logs = {
        log: log.with_name(f".{log.name}.aside")
        for end in ("-wal", "-shm")
        if (log := Path(f"{target}{end}")).exists()
    }
    try:
        for log, aside in logs.items():
            log.replace(aside)
        fresh.replace(target)
    except OSError:
        for log, aside in logs.items():
            if aside.exists():
                aside.replace(log)
        raise
    for aside in logs.values():
        aside.unlink()


def _in_use() -> Refused:
    return Refused(_("データベースが使われています。サービスを止めてから、もう一度戻してください。"))


def _let_go(target: Path) -> None:
    """Bring the log of a whole file into it, so that it stands alone; a damaged one stays as it is."""
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=5, isolation_level=None)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            old.execute("BEGIN EXCLUSIVE")
            old.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise _in_use() from error
    except sqlite3.DatabaseError:
        return


# --- PostgreSQL ---------------------------------------------------------------------------------------


def program(name: str) -> str:
    """Where a program of PostgreSQL's client is; the newest of Debian's folders when it is not on the path."""
    if found := shutil.which(name):
        return found
    folders = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    if not folders:
        raise Refused(
            _("%(name)s が見つかりません。PostgreSQLのクライアント(postgresql-client)を入れてください。")
            % {"name": name}
        )
    return str(max(folders, key=lambda path: int(path.parts[-3])))


def _run(name: str, *arguments: str) -> str:
    settings = connection.settings_dict
    given = {
        "PGHOST": settings["HOST"],
        "PGPORT": str(settings["PORT"]),
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGSSLMODE": settings["OPTIONS"].get("sslmode", ""),
        "PGSSLROOTCERT": settings["OPTIONS"].get("sslrootcert", ""),
    }
    done = subprocess.run(
        [program(name), *arguments],
        env=os.environ | {key: value for key, value in given.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        if "lock timeout" in done.stderr:
            raise _in_use()
        said = done.stderr.strip().partition("\n")[0]
        raise Refused(_("%(name)s が失敗しました: %(said)s") % {"name": name, "said": said})
    return done.stdout


@contextmanager
def _postgresql_snapshot(path: Path) -> Iterator[Path]:
    with _alias(), transaction.atomic(using=SNAPSHOT):
        with connections[SNAPSHOT].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (moment,) = cursor.fetchone()
        passing = [f"--exclude-table-data={table}" for table in PASSING]
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={moment}",
            f"--file={path}",
            *passing,
        )
        yield path


def _put_back_postgresql(path: Path, aside: Path) -> None:
    """Everything in one transaction: a fault leaves the database as it was."""
    script, empty, wanted = aside / "restore.sql", aside / "empty.sql", aside / "restore.list"
    lines = _run("pg_restore", "--list", str(path)).splitlines()
    wanted.write_text("\n".join(line for line in lines if not NOT_OURS.search(line)))
    empty.write_text(EMPTY % LOCK_SECONDS)
    _run("pg_restore", "--no-owner", "--no-privileges", f"--use-list={wanted}", f"--file={script}", str(path))
    _run(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        f"--file={empty}",
        f"--file={script}",
    )


def is_empty() -> bool:
    """Whether the database holds nothing yet that a restore would take away."""
    try:
        tables = connection.introspection.table_names()
        return not any(
            model._meta.db_table in tables and model._base_manager.exists()
            for model in (User, Municipality, Event)
        )
    except DatabaseError:
        return False  # a damaged file is not empty
