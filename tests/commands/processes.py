"""Real processes for the tests of the commands: started from the repository, awaited by deadline."""

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.prepared import VARIABLE

ROOT = Path(__file__).resolve().parent.parent.parent
#: Only what never comes is waited for so long: on a machine that is busy with something else, a start takes a minute.
DEADLINE_SECONDS = 180.0
_kept: list[socket.socket] = []


def migrated(folder: Path, env: Mapping[str, str]) -> None:
    """An installation's SQLite file with every table: a copy where the suite has made one."""
    if template := os.environ.get(VARIABLE):
        shutil.copyfile(template, folder / "madoguchi.sqlite3")
    else:
        done = run("manage.py", "migrate", "--verbosity", "0", env=env)
        assert done.returncode == 0, done.stderr


def environment(**changes: str) -> dict[str, str]:
    """What a fresh shell would give a command: nothing of the suite's own settings."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**kept, **changes}


def run(*command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command of the repository, to its end."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )


class Started(subprocess.Popen[bytes]):
    """A command that keeps running; its output is one stream, read line by line."""

    unread = b""

    def __exit__(self, *raised: object) -> None:
        """A test that failed meanwhile does not wait for a process that nobody will end."""
        if any(raised):
            self.kill()
        super().__exit__(*raised)

    def read_until(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        """The lines until they satisfy `wanted`; fails at the deadline or at the end of the output."""
        lines: list[str] = []
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not wanted(lines):
            line, newline, rest = self.unread.partition(b"\n")
            if newline:
                self.unread = rest
                lines.append(line.decode())
            else:
                more = self._more(deadline)
                assert more, f"the process said no more than: {lines}"
                self.unread += more
        return lines

    def rest(self) -> str:
        """What an ended process has said since."""
        assert self.stdout
        return (self.unread + self.stdout.read()).decode()

    def _more(self, deadline: float) -> bytes:
        assert self.stdout
        ready, _, _ = select.select([self.stdout], [], [], max(0.0, deadline - time.monotonic()))
        return os.read(self.stdout.fileno(), 65536) if ready else b""


def start(*command: str, env: Mapping[str, str] | None = None) -> Started:
    """A command of the repository, running."""
    return Started(
        [sys.executable, *command],
        cwd=ROOT,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    )


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true before the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        select.select([], [], [], 0.05)
    return True


def children(pid: int) -> list[int]:
    """The process ids that a running process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """False for a process that has ended, also while nobody has collected its exit code."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def free_port() -> int:
    """A port nobody listens on, and that nobody is given meanwhile: it stays bound here, which a server does not mind."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _kept.append(probe)
    return int(probe.getsockname()[1])
