"""The processes of a soak: PostgreSQL, which can go away and come back, a whole service, and a second web node."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from crawl.installation import ROOT, Unavailable
from tools.postgresql import Cluster, end_with_parent

START_SECONDS = 120.0
#: A worker of the web, and one of a queue; what watches them is left alone, as it is when memory runs out.
WORKERS = ("gunicorn: worker", " idle", " running", " worker")


class Node:
    """A program with all that it starts; what it says goes to a file."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def family(self) -> dict[int, str]:
        """Every process of it with its command line."""
        found = {self.process.pid: command_of(self.process.pid)}
        for pid in (queue := [self.process.pid]):
            for child in children_of(pid):
                found[child] = command_of(child)
                queue.append(child)
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def children_of(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def memory_of(pid: int) -> int:
    """Kilobytes that the process holds for itself alone; 0 for one that is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Dirty:",)):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def is_worker(command: str) -> bool:
    return command.endswith(WORKERS[1:]) or command.startswith(WORKERS[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """Both nodes with what they need. ``sites``: the addresses of the two webs."""

    def __init__(self, folder: Path, logs: Path, cluster: Cluster) -> None:
        self.logs, self.cluster = logs, cluster
        ports = free_port(), free_port()
        self.sites = [f"http://127.0.0.1:{port}" for port in ports]
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        self.env = kept | {
            "DJANGO_SETTINGS_MODULE": "soak.settings",
            "MADOGUCHI_DATA": str(folder),
            "MADOGUCHI_DEMO": "1",
            "MADOGUCHI_SITE_URL": self.sites[0],
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": cluster.url,
            "PORT": str(ports[0]),
            "PYTHONUNBUFFERED": "1",
        }
        self.nodes: list[Node] = []

    def prepare(self) -> None:
        for command in (["-m", "crawl.furnish"], ["manage.py", "createcachetable"]):
            done = subprocess.run(
                [sys.executable, *command], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL
            )
            if done.returncode:
                raise Unavailable("the demonstration could not be loaded; the reason is above")

    def start(self) -> None:
        self.nodes.append(self._node("one", "-m", "config.supervisor"))
        second = ["-m", "gunicorn", "config.wsgi", "--bind", self.sites[1].removeprefix("http://")]
        second += ["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
        self.nodes.append(self._node("two", *second, "--log-level", "warning"))
        deadline = time.monotonic() + START_SECONDS
        while not all(answers(site) for site in self.sites):
            if time.monotonic() > deadline or any(node.process.poll() is not None for node in self.nodes):
                raise Unavailable(f"the service did not start; see {self.logs}")
            time.sleep(0.5)

    def _node(self, name: str, *command: str) -> Node:
        return Node(name, [sys.executable, *command], self.env, self.logs / f"{name}.log")

    def workers(self) -> list[int]:
        family = {pid: words for node in self.nodes for pid, words in node.family().items()}
        return [pid for pid, words in family.items() if is_worker(words)]

    def memory(self) -> dict[tuple[int, str], int]:
        """Kilobytes by process."""
        family = {pid: words for node in self.nodes for pid, words in node.family().items()}
        return {(pid, words): memory_of(pid) for pid, words in family.items()}

    def said(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def verify_log(self) -> str:
        """What ``verify_log`` finds; empty for a clean log."""
        done = subprocess.run(
            [sys.executable, "manage.py", "verify_log"],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
        )
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


def answers(site: str) -> bool:
    connection = HTTPConnection(site.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def service(logs: Path) -> Iterator[Service]:
    """Everything of it ends and goes with the block; the logs stay."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-soak-") as name, Cluster() as cluster:
        made = Service(Path(name), logs, cluster)
        try:
            made.prepare()
            made.start()
            yield made
        finally:
            made.stop()
