"""A line between a browser and the live server that can be cut: what a browser's own switch does not do to a worker."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests.commands.processes import free_port


class Line:
    """Passes bytes on from a port of its own. ``address`` stands for the site's.

    ``instead``: what a proxy in the middle answers in the site's place; nothing at all, for ever, where it is empty.
    """

    instead: bytes | None = None

    def __init__(self, site: str) -> None:
        parts = urlsplit(site)
        self.server = (parts.hostname or "localhost", parts.port or 80)
        self.port = free_port()  # and nobody else's while the line is cut
        self.open: list[socket.socket] = []
        self.lock = threading.Lock()
        self.mend()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def mend(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def put_in_place(self, words: bytes) -> None:
        """From now on a proxy answers; whoever was on the line is cut off."""
        self.instead = words
        with self.lock:
            self._hang_up(*self.open)
            self.open.clear()

    def cut(self) -> None:
        """Nobody comes through, and whoever was on the line is cut off."""
        with self.lock:
            self._hang_up(self.listener, *self.open)
            self.open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _address = listener.accept()
                if self.instead is not None:
                    self._answer(caller, self.instead)
                    continue
                callee = socket.create_connection(self.server)
                with self.lock:
                    if listener.fileno() < 0:  # cut between the call and the answer
                        return self._hang_up(caller, callee)
                    self.open += [caller, callee]
                threading.Thread(target=self._pass, args=(caller, callee), daemon=True).start()

    def _answer(self, caller: socket.socket, words: bytes) -> None:
        if words:
            caller.recv(65536)
            caller.sendall(words)
            self._hang_up(caller)
        else:
            self.open.append(caller)

    def _pass(self, caller: socket.socket, callee: socket.socket) -> None:
        other = {caller: callee, callee: caller}
        with suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _events in ready.select():
                    end = key.fileobj
                    assert isinstance(end, socket.socket)
                    if not (part := end.recv(65536)):
                        return self._hang_up(caller, callee)
                    other[end].sendall(part)

    def _hang_up(self, *ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
