"""A throwaway installation: a data folder, a database of its own, and processes that only this test ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
from django.conf import settings

from tests.commands.processes import (
    DEADLINE_SECONDS,
    ROOT,
    children,
    environment,
    eventually,
    free_port,
    is_running,
    migrated,
)
from tools.prepared import VARIABLE

WEB = ("-m", "gunicorn", "config.wsgi", "--workers", "1", "--worker-class", "gthread", "--threads", "2")


class Program(subprocess.Popen[bytes]):
    """A started command and all that it starts."""

    def family(self) -> list[int]:
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                found += children(pid)
        return found

    def kill_family(self) -> None:
        """SIGKILL for everybody at once: nobody is left to notice or to replace anybody."""
        family = self.family()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()
        assert eventually(lambda: not any(is_running(pid) for pid in family))


class Installation:
    """``query`` looks at the database from outside; ``hand`` does there what people would do."""

    def __init__(self, folder: Path, database_url: str, mail_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.env = environment(
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            MADOGUCHI_DATA=str(folder),
            EMAIL_URL=mail_url,
            PYTHONUNBUFFERED="1",
            **({"DATABASE_URL": database_url} if database_url else {}),
        )

    # --- processes --------------------------------------------------------------------------------

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=4 * DEADLINE_SECONDS,  # all migrations
        )

    def manage(self, *command: str) -> str:
        """A management command, to its end; what it printed."""
        done = self.run("manage.py", *command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> None:
        """All tables; PostgreSQL's may have come with the database."""
        if self.database_url:
            self.manage("migrate", "--verbosity", "0")
        else:
            migrated(self.folder, self.env)
        self.manage("createcachetable")

    @contextlib.contextmanager
    def running(self, *command: str, **variables: str) -> Iterator[Program]:
        """A command while the block runs; whatever is left of it then is killed. Its output goes to a file."""
        with (self.folder / "output.log").open("ab") as output:
            program = Program(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.env | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield program
        finally:
            program.kill_family()

    @contextlib.contextmanager
    def web(self) -> Iterator[tuple[Program, int]]:
        port = free_port()
        with self.running(*WEB, "--bind", f"127.0.0.1:{port}", "--no-control-socket") as program:
            assert eventually(lambda: answers(port)), self.output()
            yield program, port

    def output(self) -> str:
        return (self.folder / "output.log").read_text(errors="replace")

    # --- the database -----------------------------------------------------------------------------

    def connect(self) -> Any:
        if self.database_url:
            return psycopg.connect(self.database_url, autocommit=True)
        return sqlite3.connect(
            self.folder / "madoguchi.sqlite3", timeout=DEADLINE_SECONDS, isolation_level=None
        )

    def query(self, sql: str, *values: Any) -> list[Any]:
        """Rows of a statement with ``%s`` for its values."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.execute(sql if self.database_url else sql.replace("%s", "?"), values)
            return list(cursor.fetchall())

    def execute(self, sql: str) -> None:
        with contextlib.closing(self.connect()) as connection:
            connection.execute(sql)

    def value(self, sql: str, *values: Any) -> Any:
        return self.query(sql, *values)[0][0]

    def events(self, stream: str, kind: str) -> int:
        sql = "SELECT count(*) FROM workflow_event WHERE stream = %s AND type = %s"
        return int(self.value(sql, stream, kind))

    # --- places at which processes wait -----------------------------------------------------------

    @contextlib.contextmanager
    def waiting_place(self, name: str) -> Iterator[WaitingPlace]:
        place = WaitingPlace(self.folder / f"{name}.pipe")
        os.mkfifo(place.pipe)
        try:
            yield place
        finally:
            place.close()


class WaitingPlace:
    """A pipe that a planted process reads until somebody closes it."""

    def __init__(self, pipe: Path) -> None:
        self.pipe, self._end = pipe, -1

    def reached(self) -> bool:
        """Whether a process waits here now; it goes on waiting."""
        if self._end < 0:
            with contextlib.suppress(OSError):  # nobody reads yet
                self._end = os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK)
        return self._end >= 0

    @property
    def pid(self) -> int:
        return int(self.pipe.with_suffix(".pid").read_text())

    def close(self) -> None:
        self.pipe.unlink()
        if self._end >= 0:
            os.close(self._end)


class Hand:
    """The process of ``hand.py``, asked by name: ``hand("mail", "hanako")``."""

    def __init__(self, installation: Installation) -> None:
        command = [sys.executable, "-m", "tests.faults.hand"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=installation.env, **pipes)

    def __call__(self, name: str, *arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError, HTTPException):
        return ask(port, "GET", "/healthz")[0] == 200
    return False


def ask(
    port: int, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Status and JSON (or text) of one request. Raises ``OSError`` or ``HTTPException`` when the answer breaks off."""
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
    try:
        body = json.dumps(content) if content is not None else None
        connection.request(method, path, body, {"Content-Type": "application/json"} | (headers or {}))
        response = connection.getresponse()
        text = response.read().decode()
        return response.status, json.loads(text) if "json" in response.headers["Content-Type"] else text
    finally:
        connection.close()


def client_of(port: int, among: Sequence[int]) -> int:
    """Which of the processes holds the TCP connection that comes from this local port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if int(row[1].partition(":")[2], 16) == port}
    for pid in among:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(link.readlink()) in inodes:
                    return pid
    raise LookupError(port)


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A database beside the suite's own on its PostgreSQL server, dropped afterwards; "" for SQLite."""
    server = settings.DATABASES["default"]
    if "postgresql" not in server["ENGINE"]:
        yield ""
        return
    name = f"madoguchi_faults_{uuid4().hex[:12]}"
    account = ":".join(quote(server[part], safe="") for part in ("USER", "PASSWORD") if server[part])
    base = f"postgres://{account}@{server['HOST']}:{server['PORT'] or 5432}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        template = os.environ.get(VARIABLE, "template1")
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{base}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
