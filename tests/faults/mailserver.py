"""A mail server that keeps what it acknowledged, and lets a test strike at a chosen moment of the conversation."""

from __future__ import annotations

import socketserver
from collections import defaultdict
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from threading import Thread
from typing import Self

Strike = Callable[[int], None]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mails: MailServer


class Conversation(socketserver.StreamRequestHandler):
    """RFC 5321 as far as a client needs it that sends one message at a time."""

    server: Server

    def handle(self) -> None:
        try:
            self._talk()
        except ConnectionError:
            return  # the client was killed, or a strike ended it

    def _talk(self) -> None:
        self._reach("greeting")
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._take()
            elif verb == b"QUIT":
                self._reach("quit")
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _take(self) -> None:
        self._say("354 go on")
        content = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            content += line
        self._reach("content")
        self.server.mails.accepted.append(message_from_bytes(content))
        self._say("250 accepted")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _reach(self, moment: str) -> None:
        strikes = self.server.mails.strikes[moment]
        if strikes:
            strikes.pop()(self.client_address[1])
            raise ConnectionAbortedError


class MailServer:
    """``accepted`` holds what was answered with 250, in order. A strike ends the conversation at its moment, once:

    ``greeting`` (the client has connected), ``content`` (before the 250), ``quit`` (the client has read the 250).
    """

    def __init__(self) -> None:
        self.accepted: list[Message] = []
        self.strikes: dict[str, list[Strike]] = defaultdict(list)
        self._server = Server(("127.0.0.1", 0), Conversation)
        self._server.mails = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def strike(self, moment: str, strike: Strike) -> None:
        self.strikes[moment].append(strike)

    def message_ids(self, name: str) -> list[str]:
        """Of what was accepted for ``name@…``."""
        return [mail["Message-ID"] for mail in self.accepted if mail["To"] == f"{name}@example.lg.jp"]
