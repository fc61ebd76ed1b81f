"""Names of running processes that stay true when they have ended: who claimed a job, and whether it still can do it."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def _place() -> str:
    """Where a process id means something: this machine, and on it this namespace of ids (a container has its own)."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux: nothing is ever known to have ended
        namespace = ""
    return f"{socket.gethostname()[:80]}/{namespace}"


def _began(pid: int) -> str:
    """When the process began, in ticks since the start of the machine; empty when it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if after_name[0] in "ZX" else after_name[19]


def myself() -> str:
    """The name of this process, at most 160 characters: place, id, and its beginning, since ids come again."""
    return f"{_place()}/{os.getpid()}/{_began(os.getpid())}"


def has_ended(name: str) -> bool:
    """True only for a process of this place that certainly runs no more; of another machine nobody here can tell."""
    place, _slash, process = name.rpartition("/")[0].rpartition("/")
    return place == _place() and _began(int(process)) != name.rpartition("/")[2]
