"""The PostgreSQL that the suite runs on: the server at TEST_DATABASE_URL, else a cluster of our own.

The cluster lives in a temporary folder, listens on a free port of 127.0.0.1, and leaves nothing behind.
"""

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

START_SECONDS = 60.0
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
#: Nothing of a throwaway cluster has to outlive a power cut; plans of short queries are not worth compiling.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "jit": "off",
    # It would hold a database that is to be dropped, and nothing here lives long enough to need it.
    "autovacuum": "off",
}


class Unavailable(Exception):
    """PostgreSQL cannot be had; the text says why and what to do."""


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of the server to test on: the one that was named, else our own. Raises ``Unavailable``."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with throwaway_cluster() as url:
            yield url


@contextlib.contextmanager
def throwaway_cluster() -> Iterator[str]:
    """A PostgreSQL of our own; yields its URL, and leaves neither process nor folder behind."""
    with Cluster() as cluster:
        yield cluster.url


class Cluster:
    """A PostgreSQL of our own that can go away and come back at the same address. As a context it leaves nothing."""

    def __init__(self) -> None:
        self.programs, account = postgresql_folder(), _server_account()
        self.as_account: dict[str, Any] = (
            {} if os.getuid() else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        )
        self.folder = Path(tempfile.mkdtemp(prefix="madoguchi-postgresql-"))
        self.process: subprocess.Popen[bytes] | None = None
        password = secrets.token_hex(16)
        (self.folder / "password").write_text(password)
        for path in (self.folder, self.folder / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)
        self.port = _free_port()
        self.url = f"postgres://madoguchi:{password}@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        try:
            _initialise(self.programs, self.folder, self.as_account)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Raises ``Unavailable`` when it does not come up."""
        self.process = _start(self.programs, self.folder, self.port, self.as_account)
        _wait_until_ready(self.process, self.url, self.folder)

    def stop(self) -> None:
        """Whoever is connected loses the connection."""
        if self.process:
            stop(self.process)
            self.process = None


def postgresql_folder() -> Path:
    """Where initdb and postgres are; the newest version of Debian's folders when they are not on the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise Unavailable("no initdb here; install PostgreSQL or set TEST_DATABASE_URL")
    return max(folders, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)


def _server_account() -> pwd.struct_passwd:
    """Who runs the cluster: ourselves; as root, whom initdb refuses, postgres or else nobody."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unavailable("initdb refuses root, and no account postgres or nobody exists; set TEST_DATABASE_URL")


def _initialise(programs: Path, folder: Path, as_account: dict[str, Any]) -> None:
    command = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", "madoguchi"]
    command += ["--auth", "scram-sha-256", "--pwfile", str(folder / "password")]
    command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **as_account)
    except OSError as error:
        raise Unavailable(f"initdb cannot be started: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"initdb failed: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(programs: Path, folder: Path, port: int, as_account: dict[str, Any]) -> "subprocess.Popen[bytes]":
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    command += [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,
            **as_account,
        )


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> None:
    import psycopg  # only needed here, and not where a server was named

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise Unavailable(f"the cluster did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def end_with_parent() -> None:
    """Should this script be killed, Linux interrupts what it started."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGINT is pytest's orderly end, which closes browsers and workers, and PostgreSQL's fast shutdown."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
