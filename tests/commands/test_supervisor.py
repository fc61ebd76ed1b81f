"""The supervisor with real processes: all or none, and never one left behind."""

import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.commands.processes import DEADLINE_SECONDS, Started, children, eventually, is_running, run, start

pytestmark = pytest.mark.long

SUPERVISOR = ("-m", "config.supervisor")
Running = tuple[Started, list[int]]

# Each program says its process ids in one write, so that two of them cannot mix in a line, then waits.
WAITS = "import os, signal; os.write(1, b'ready %d\\n' % os.getpid()); signal.pause()"
WITH_CHILD = r"""
import os, signal
child = os.fork()
if child: os.write(1, b"ready %d %d\n" % (os.getpid(), child))
signal.pause()
"""
IGNORES = r"""
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"ready %d\n" % os.getpid())
while True: signal.pause()
"""
ENDS = "import sys; sys.exit({code})"


def program(name: str, source: str) -> str:
    return f"{name}={shlex.join([sys.executable, '-u', '-c', source])}"


@contextmanager
def supervised(*programs: str, ready: int, grace: float = 10) -> Iterator[tuple[Started, list[int]]]:
    """A running supervisor and the process ids that its programs printed; nothing of it survives the test."""
    options = [part for each in programs for part in ("--process", each)]
    process = start(*SUPERVISOR, "--grace", str(grace), *options)
    pids: list[int] = []
    try:
        lines = process.read_until(lambda seen: sum(line.startswith("ready") for line in seen) == ready)
        pids += [int(word) for line in lines for word in line.split() if word.isdigit()]
        yield process, pids
    finally:
        for pid in [process.pid, *pids]:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def all_gone(pids: list[int]) -> bool:
    return eventually(lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_ends_all_programs_and_the_exit_code_is_0(number: signal.Signals) -> None:
    with supervised(program("a", WAITS), program("b", WAITS), ready=2) as (process, pids):
        process.send_signal(number)
        assert process.wait(timeout=DEADLINE_SECONDS) == 0
        assert all_gone(pids)


def test_a_program_that_ends_by_itself_stops_the_others_and_the_exit_code_is_not_0() -> None:
    with supervised(program("a", WAITS), program("b", WAITS), ready=2) as (process, pids):
        os.kill(pids[1], signal.SIGKILL)
        assert process.wait(timeout=DEADLINE_SECONDS) == 1
        assert all_gone(pids)
        assert "ended by itself (signal 9)" in process.rest()


@pytest.mark.parametrize("code", [0, 3])
def test_ending_well_is_ending_too(code: int) -> None:
    finished = run(
        *SUPERVISOR, "--process", program("a", WAITS), "--process", program("short", ENDS.format(code=code))
    )
    assert finished.returncode == 1
    assert f"short ended by itself (exit code {code}); stopping all." in finished.stderr


def test_what_a_dead_program_leaves_in_its_group_is_ended() -> None:
    with supervised(program("a", WITH_CHILD), ready=1) as (process, pids):
        os.kill(pids[0], signal.SIGKILL)
        assert process.wait(timeout=DEADLINE_SECONDS) == 1
        assert all_gone(pids)


def test_a_program_deaf_to_sigterm_is_killed_when_the_grace_is_over() -> None:
    with supervised(program("deaf", IGNORES), ready=1, grace=0.2) as (process, pids):
        process.terminate()
        assert process.wait(timeout=DEADLINE_SECONDS) == 0
        assert all_gone(pids)


def test_killing_the_supervisor_leaves_no_process() -> None:
    with supervised(program("a", WITH_CHILD), program("b", IGNORES), ready=2, grace=0.2) as (process, pids):
        assert len(pids) == 3
        process.kill()
        process.wait()
        assert all_gone(pids)


def test_the_guard_ends_with_the_supervisor() -> None:
    with supervised(program("a", WAITS), ready=1) as (process, _):
        started = children(process.pid)
        assert len(started) == 2
        process.terminate()
        process.wait(timeout=DEADLINE_SECONDS)
        assert all_gone(started)


def test_with_its_guard_killed_the_supervisor_stops_rather_than_run_unguarded() -> None:
    with supervised(program("a", WAITS), ready=1) as (process, pids):
        started = children(process.pid)
        (guard,) = set(started) - set(pids)
        os.kill(guard, signal.SIGKILL)
        assert process.wait(timeout=DEADLINE_SECONDS) == 1
        assert all_gone(pids)


def test_a_program_that_does_not_exist_stops_the_others() -> None:
    finished = run(*SUPERVISOR, "--process", program("a", WAITS), "--process", "b=/no/such/program")
    assert finished.returncode == 1
    assert "Could not start: " in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finished = run(*SUPERVISOR, "--port", str(port))
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"Port {port} is taken; ")
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8o00"])
def test_what_is_no_port_is_wrong_usage(port: str) -> None:
    finished = run(*SUPERVISOR, "--check", f"--port={port}")
    assert finished.returncode == 2
    assert "is not a port" in finished.stderr


def test_a_process_without_a_name_is_wrong_usage() -> None:
    assert run(*SUPERVISOR, "--process", "sleep").returncode == 2
