"""What stands between a service and its database, so that one can be away for the other while tests still reach it."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Relay:
    """Passes on to a server at ``url`` what comes in at an address of its own, while it is up."""

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.up = True
        self.open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        account = (
            f"{self.target.username}:{self.target.password}" if self.target.password else self.target.username
        )
        return f"{self.target.scheme}://{account}@127.0.0.1:{self.port}{self.target.path}"

    def go(self) -> None:
        """The server is away: everything that was open breaks, nothing new is let in."""
        self.up = False
        for one in self.open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        self.up = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.go()
        self.listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                inner = self.listener.accept()[0]
                if not self.up:
                    inner.close()
                    continue
                outer = socket.create_connection((self.target.hostname or "", self.target.port or 5432))
                self.open += [inner, outer]
                for pair in ((inner, outer), (outer, inner)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
