"""Databases with every migration applied, made once and copied by each worker of the suite.

SQLite's is a file that is kept under ``var/tests/`` for as long as the migrations stay as they are; PostgreSQL's
is a template on the server, dropped at the end.
"""

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

#: What tests/conftest.py reads: the file or the template to copy.
VARIABLE = "MADOGUCHI_TEST_TEMPLATE"


class Unprepared(Exception):
    """The migrations do not apply; the text is what Django said."""


def fingerprint(root: Path) -> str:
    """Changes with any migration, and with the framework that applies them."""
    found = hashlib.sha256(version("django").encode())
    for path in sorted(root.glob("*/**/migrations/*.py")):
        if not path.relative_to(root).parts[0].startswith("."):
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


def sqlite(root: Path, environment: Mapping[str, str]) -> Path:
    """The migrated file; made where it is missing, and then the older ones go."""
    folder = root / "var" / "tests" / "prepared"
    wanted = folder / f"{fingerprint(root)}.sqlite3"
    if not wanted.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        made = folder / f"{token_hex(4)}.new"
        _migrate(root, {**environment, "DATABASE_URL": f"sqlite:///{made}"})
        made.rename(wanted)
    return wanted


@contextlib.contextmanager
def postgresql(root: Path, environment: Mapping[str, str], url: str) -> Iterator[str]:
    """The name of a migrated database on the server at ``url``, which nobody is connected to."""
    import psycopg  # only needed here

    name = f"madoguchi_prepared_{token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            place = urlsplit(url)._replace(path=f"/{name}").geturl()
            _migrate(root, {**environment, "DATABASE_URL": place})
            yield name
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrate(root: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unprepared(done.stderr.strip())
