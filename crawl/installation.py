"""A throw-away installation with the demonstration, served on a free port of 127.0.0.1; nothing of it is left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15.0
PR_SET_PDEATHSIG = 1
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


class Unavailable(Exception):
    """The installation could not be made; the text says why."""


def environment(folder: Path, site: str) -> dict[str, str]:
    """Nothing that a developer has set for a service leads to that service's database, queue or mailbox."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "crawl.settings",
        "MADOGUCHI_DATA": str(folder),
        "MADOGUCHI_DEMO": "1",
        "MADOGUCHI_SITE_URL": site,
    }


@contextlib.contextmanager
def installation() -> Iterator[str]:
    """Yields the address of the service. The port is ours from the beginning, so nobody else can take it."""
    with (
        tempfile.TemporaryDirectory(prefix="madoguchi-crawl-") as name,
        socket.create_server(("127.0.0.1", 0)) as port,
    ):
        site = f"http://127.0.0.1:{port.getsockname()[1]}"
        surroundings = environment(Path(name), site)
        _run([sys.executable, "-m", "crawl.furnish"], surroundings)
        server = _serve(port, surroundings)
        try:
            yield site
        finally:
            _stop(server)


def _run(command: list[str], surroundings: Mapping[str, str]) -> None:
    """A session of its own: Ctrl-C reaches us, and we end it."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    try:
        if process.wait() != 0:
            raise Unavailable("the demonstration could not be loaded; the reason is above")
    except BaseException:
        _stop(process)
        raise


def _serve(port: socket.socket, surroundings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Requests wait in the socket until the server is up. Our own handle is closed: it would keep them waiting."""
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{port.fileno()}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "4"]
    command += ["--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=[port.fileno()],
        preexec_fn=_end_with_parent,
    )
    port.close()
    return server


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    """Should the crawl be killed, Linux ends what it started."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
