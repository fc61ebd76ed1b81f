"""The data folder as a service finds it at its start: whole, and nobody else's. Imports no Django.

What is said here is said before translations are there.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

DATABASE = "madoguchi.sqlite3"
LOCK = "service.lock"
MAGIC = b"SQLite format 3\0"
#: What SQLite says of a damaged file, whenever it finds out.
DAMAGED = ("file is not a database", "malformed", "disk image", "unsupported file format")


class Taken(Exception):
    """The folder can't be ours: another service, or a restore, works in it. The text says which and what to do."""


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The data folder, as the settings name it too."""
    return Path(environment.get("MADOGUCHI_DATA") or Path(__file__).resolve().parent.parent / "var").resolve()


def sqlite_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The database's file; None where the database is a server."""
    url = environment.get("DATABASE_URL")
    if not url:
        return folder(environment) / DATABASE
    parts = urlsplit(url)
    return Path(unquote(parts.path[1:])) if parts.scheme == "sqlite" else None


def damage(path: Path) -> str | None:
    """The sentence about a damaged SQLite file, or None; a file that is not there yet, or empty, is new.

    Every page is read. Only for a process without a connection to this file: closing it takes their locks away.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    fault = _fault_of_header(path) or _fault_of_pages(path)
    return told(path, fault) if fault else None


def told(path: Path, fault: str) -> str:
    """The sentence: what is damaged, how, and what to do."""
    return (
        f"The database {path} is damaged ({fault}). Stop the service and bring back the last backup: "
        "manage.py restore FILE --force"
    )


def _fault_of_header(path: Path) -> str | None:
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(MAGIC):
        return "the file is not a database"
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return None  # the last pages may stand in the log alone
    if path.stat().st_size < (65536 if page == 1 else page) * pages:
        return "the file has been cut short"
    return None


def _fault_of_pages(path: Path) -> str | None:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as connection:
            connection.execute(
                "PRAGMA ignore_check_constraints = ON"
            )  # they call functions that Django brings
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return str(error) if is_damage(error) else None  # locked, for one, is no damage
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if answer == "ok" else str(answer).partition("\n")[0]


def is_damage(error: Exception) -> bool:
    """Whether a database's error says that its file is damaged, not that the question was wrong."""
    return any(word in str(error) for word in DAMAGED)


@contextlib.contextmanager
def taken(where: Path) -> Iterator[int]:
    """Hold the folder; yields the file descriptor that holds it. Raises ``Taken``.

    Linux lets go of it when the last process that has it open ends, however it ends.
    """
    try:
        where.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(where / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Taken(
            f"{error.filename} cannot be written ({error.strerror}); see whose it is, and who you are"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            raise Taken(
                f"Another service works in {where} (process {holder}); stop it first, "
                "or name another folder: MADOGUCHI_DATA=…"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        yield descriptor
    finally:
        os.close(descriptor)
