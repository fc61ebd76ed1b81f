"""The small supervisor of `make run`: web, queues and sweep in the foreground, all of them or none.

It imports no Django, so that it costs little and cannot fail with what it watches. Each process leads a
session of its own; a guard, told of every session through a pipe, ends them should the supervisor be killed.

    python -m config.supervisor                                the service
    python -m config.supervisor --process NAME='COMMAND' ...   other processes, for example in tests

Exit codes: 0 stopped by SIGINT, SIGTERM or SIGHUP; 1 a process ended by itself, the port or the data folder is
taken, or the database's file is damaged; 2 wrong usage.
"""

import argparse
import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Protocol

from config import data

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WATCHED_SIGNALS = STOP_SIGNALS | {signal.SIGCHLD}
GRACE_SECONDS = 20.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """One process to keep; `environment` is added to the supervisor's own."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


class Reporter(Protocol):
    """What the supervisor tells while it runs."""

    def poll(self) -> None:
        """Called about twice a second until the stop; must return at once."""


def service(port: int) -> list[Program]:
    """The processes of Madoguchi. django-q2 reads a queue's name from the environment before its options."""
    python = sys.executable
    web = [python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    web += [
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--graceful-timeout",
        "10",
        "--log-level",
        "warning",
    ]
    web += ["--no-control-socket"]
    manage = (python, "manage.py")
    return [
        Program("web", tuple(web), {}),
        Program("queue quick", (*manage, "qcluster", "-n", "quick"), {"Q_CLUSTER_NAME": "quick"}),
        Program("queue long", (*manage, "qcluster", "-n", "long"), {"Q_CLUSTER_NAME": "long"}),
        Program("sweep", (*manage, "sweep", "--forever"), {}),
    ]


class Announcement:
    """Prints the address once the web answers, then the demo's sign-ins, which the demo command knows."""

    def __init__(self, port: int, *, demo: bool) -> None:
        self.port = port
        self.demo = demo
        self.done = False
        self.sign_ins: subprocess.Popen[bytes] | None = None

    def poll(self) -> None:
        if self.done or not self._answers():
            return
        self.done = True
        say(f"Madoguchi: http://127.0.0.1:{self.port}/   (Ctrl-C stops it)")
        if self.demo:
            self.sign_ins = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--sign-ins"], preexec_fn=_enter_short_command
            )

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=0.5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class Guard:
    """A process that outlives a killed supervisor just long enough to end what that had started.

    ``lock`` is the descriptor that holds the data folder: it is free once the last of that has ended.
    """

    def __init__(self, grace: float, lock: int | None = None) -> None:
        self.kept = () if lock is None else (lock,)
        self.command = [sys.executable, "-m", "config.supervisor", "--guard", "--grace", str(grace)]
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe = -1

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, start_new_session=True, pass_fds=self.kept
        )
        if self.process.stdin:
            self.pipe = self.process.stdin.fileno()

    def tell(self, session: int) -> None:
        os.write(self.pipe, b"%d\n" % session)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Closes the pipe; the guard finds nothing left to end, and ends."""
        if self.process and self.process.stdin:
            self.process.stdin.close()
            self.process.wait()


class Supervisor:
    """Starts programs, waits for the first end or a stop signal, and leaves no process behind."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        grace: float,
        reporter: Reporter | None = None,
        lock: int | None = None,
    ) -> None:
        self.programs = programs
        self.grace = grace
        self.reporter = reporter
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.guard = Guard(grace, lock)

    def run(self) -> int:
        """Blocks until everything has stopped; the exit code is the process's own."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED_SIGNALS)
        self.guard.start()
        try:
            for program in self.programs:
                self._start(program)
            return self._watch()
        except (OSError, subprocess.SubprocessError) as error:
            say(f"Could not start: {error}", stream=sys.stderr)
            return 1
        finally:
            self._stop()

    def _start(self, program: Program) -> None:
        environment = {**os.environ, **program.environment}
        self.running[program.name] = subprocess.Popen(
            program.command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=self._enter_session
        )

    def _enter_session(self) -> None:
        """Runs in the child before its program: the guard knows the session before it can leave any."""
        os.setsid()
        self.guard.tell(os.getpid())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED_SIGNALS)

    def _watch(self) -> int:
        while True:
            received = signal.sigtimedwait(WATCHED_SIGNALS, 0.5)
            if received and received.si_signo in STOP_SIGNALS:
                say("Stopping.")
                return 0
            for name, process in self.running.items():
                if process.poll() is not None:
                    say(
                        f"{name} ended by itself ({_ending(process.returncode)}); stopping all.",
                        stream=sys.stderr,
                    )
                    return 1
            if not self.guard.alive:
                say("The guard process has ended; stopping all.", stream=sys.stderr)
                return 1
            if self.reporter:
                self.reporter.poll()

    def _stop(self) -> None:
        """Asks each leader to finish, waits for the grace, then ends whatever is left of the sessions."""
        _end_sessions({process.pid: process for process in self.running.values()}, self.grace)
        self.guard.stop()


def _ending(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"


def _end_sessions(leaders: Mapping[int, "subprocess.Popen[bytes] | None"], grace: float) -> None:
    """SIGTERM to the leaders only, who stop their own workers; then SIGKILL to what is left of each group.

    A leader that is no child of ours (None) is looked at through its group.
    """
    for pid in leaders:
        _signal(os.kill, pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(_alive(pid, process) for pid, process in leaders.items()) and time.monotonic() < deadline:
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)
    for pid, process in leaders.items():
        _signal(os.killpg, pid, signal.SIGKILL)
        if process:
            process.wait()


def _alive(pid: int, process: "subprocess.Popen[bytes] | None") -> bool:
    return process.poll() is None if process else _signal(os.kill, pid, 0)


def _signal(send: Any, pid: int, number: int) -> bool:
    try:
        send(pid, number)
    except ProcessLookupError:
        return False
    return True


def stand_guard(grace: float) -> int:
    """Reads session ids until the supervisor closes the pipe, by its end or a kill; ends what is left."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED_SIGNALS)
    sessions = [int(line) for line in sys.stdin]
    _end_sessions(dict.fromkeys(pid for pid in sessions if _signal(os.killpg, pid, 0)), grace)
    return 0


def _end_with_parent() -> None:
    """Linux sends SIGTERM to this process when its parent ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _enter_short_command() -> None:
    """Runs in the child before its program: it ends with the supervisor and hears the usual signals."""
    _end_with_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED_SIGNALS)


def port_is_free(port: int) -> bool:
    """Whether the web could bind; a port in TIME_WAIT counts as free, as gunicorn sees it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def say(text: str, *, stream: Any = None) -> None:
    """One line, at once: the output is often a pipe."""
    print(text, file=stream or sys.stdout, flush=True)


def _program(text: str) -> Program:
    name, separator, command = text.partition("=")
    if not (name and separator and command.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=COMMAND")
    return Program(name, tuple(shlex.split(command)), {})


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"PORT={text!r} is not a port; choose a number from 1 to 65535")
    return int(text)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m config.supervisor", description="Runs Madoguchi in the foreground."
    )
    parser.add_argument(
        "--port", type=_port, default=os.environ.get("PORT") or "8000", help="of the web (PORT, or 8000)"
    )
    parser.add_argument(
        "--process", type=_program, action="append", metavar="NAME=COMMAND", help="instead of the service"
    )
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, help="seconds between SIGTERM and SIGKILL"
    )
    parser.add_argument("--die-with-parent", action="store_true", help="stop when the starting process ends")
    parser.add_argument("--check", action="store_true", help="only say whether the service could start")
    parser.add_argument("--guard", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    arguments = _arguments(argv)
    if arguments.guard:
        return stand_guard(arguments.grace)
    if not arguments.process and not port_is_free(arguments.port):
        advice = "stop what listens there, or choose another: PORT=8001 make run"
        say(f"Port {arguments.port} is taken; {advice}", stream=sys.stderr)
        return 1
    if arguments.die_with_parent:
        _end_with_parent()
    if arguments.process:
        return Supervisor(arguments.process, grace=arguments.grace).run()
    try:
        with data.taken(data.folder()) as lock:
            return _serve(arguments, lock)
    except data.Taken as error:
        say(str(error), stream=sys.stderr)
        return 1


def _serve(arguments: argparse.Namespace, lock: int) -> int:
    """The service, in a data folder that is ours."""
    path = data.sqlite_file()
    if path and (fault := data.damage(path)):
        say(fault, stream=sys.stderr)
        return 1
    if arguments.check:
        return 0
    reporter = Announcement(arguments.port, demo=os.environ.get("MADOGUCHI_DEMO") == "1")
    return Supervisor(service(arguments.port), grace=arguments.grace, reporter=reporter, lock=lock).run()


if __name__ == "__main__":
    sys.exit(main())
