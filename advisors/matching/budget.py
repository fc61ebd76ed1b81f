"""How long a run may take. A step that would pass the limit is ended, not waited for."""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

Found = TypeVar("Found")
LOOK_SECONDS = 0.2


class OutOfTime(Exception):
    """The limit is reached, or the run was cancelled: the best so far has to do."""


@dataclass
class Budget:
    """Seconds for the whole run (None: as long as it takes), a question "cancelled?", and a voice for progress.

    ``progress`` is called with the name of each step as it begins.
    """

    seconds: float | None = None
    cancelled: Callable[[], bool] | None = None
    progress: Callable[[str], None] | None = None
    _start: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float | None:
        return None if self.seconds is None else self.seconds - (time.monotonic() - self._start)

    def run(self, name: str, step: Callable[[], Found]) -> Found:
        """The result of a step. Raises ``OutOfTime``.

        The solver cannot be interrupted: where the run is bounded, a step is computed by a copy of this process,
        which is ended at the limit.
        """
        if self.progress:
            self.progress(name)
        if self.seconds is None and self.cancelled is None:
            return step()
        self._check()
        return self._apart(step)

    def _check(self) -> None:
        if (self.left is not None and self.left <= 0) or (self.cancelled is not None and self.cancelled()):
            raise OutOfTime

    def _apart(self, step: Callable[[], Found]) -> Found:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            _answer(step, writer)
        os.close(writer)
        answer = bytearray()
        try:
            while True:
                self._check()
                wait = LOOK_SECONDS if self.left is None else max(0.0, min(LOOK_SECONDS, self.left))
                if select.select([reader], [], [], wait)[0]:
                    part = os.read(reader, 1 << 20)
                    if not part:
                        break
                    answer += part
        finally:
            os.close(reader)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        if not answer:
            raise ChildProcessError("the solver's process ended without an answer")
        found: Found = pickle.loads(bytes(answer))  # noqa: S301 (our own child's)
        return found


def _answer(step: Callable[[], object], writer: int) -> None:
    """In the child: write the result and leave without any of the parent's clearing up."""
    gc.disable()
    try:
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(step(), pipe)
    finally:
        os._exit(0)
