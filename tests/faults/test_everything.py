"""kill -9 of the whole service under a stream of requests: what was acknowledged is there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import pytest

from tests.commands.processes import DEADLINE_SECONDS, eventually, free_port
from tests.faults.installation import Hand, Installation, answers, ask

pytestmark = [pytest.mark.own_database, pytest.mark.long]

CLIENTS = 3
ENOUGH = 30


@dataclass
class Client:
    """Pauses and resumes one engagement until nobody answers any more."""

    token: str
    engagement: int
    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: str = ""

    def post(self, port: int, key: str) -> tuple[int, Any]:
        name = "resume" if int(key.rpartition("-")[2]) % 2 else "pause"
        path = f"/api/v1/engagements/{self.engagement}/transitions/{name}/"
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return ask(port, "POST", path, {"reason": "町の選挙のため。"}, headers)

    def run(self, port: int) -> None:
        while not self.unanswered:
            key = f"stream-{self.engagement}-{len(self.acknowledged)}"
            try:
                status, body = self.post(port, key)
            except (OSError, HTTPException):
                self.unanswered = key
            else:
                assert status == 200, body
                self.acknowledged[key] = body["event"]


def test_what_was_acknowledged_outlives_the_service(
    installation: Installation, hand: Hand, token: str
) -> None:
    clients = [Client(token, hand("engagement")) for _number in range(CLIENTS)]
    port = free_port()
    service = ("-m", "config.supervisor", "--port", str(port))
    with ThreadPoolExecutor(CLIENTS) as pool, installation.running(*service) as program:
        assert eventually(lambda: answers(port)), installation.output()
        streams = [pool.submit(client.run, port) for client in clients]
        assert eventually(lambda: sum(len(client.acknowledged) for client in clients) >= ENOUGH)
        assert eventually(lambda: len(program.family()) > 8), "web, two queues, sweep and their workers"
        program.kill_family()
        for stream in streams:
            stream.result(timeout=DEADLINE_SECONDS)
    installation.manage("verify_log")
    for client in clients:
        stored = installation.query(
            "SELECT id FROM workflow_event WHERE stream = %s AND type IN ('engagement.pause', 'engagement.resume')",
            f"engagement:{client.engagement}",
        )
        ids = [pk for (pk,) in stored]
        assert set(client.acknowledged.values()) <= set(ids)
        assert len(ids) - len(client.acknowledged) in (0, 1), "at most the request whose answer was lost"
    with installation.web() as (_program, port):
        for client in clients:
            status, body = client.post(port, client.unanswered)
            assert status == 200, body
            for key, event in client.acknowledged.items():
                assert client.post(port, key)[1]["event"] == event
    sql = "SELECT count(*) FROM workflow_event WHERE type IN ('engagement.pause', 'engagement.resume') AND stream = %s"
    for client in clients:
        assert installation.value(sql, f"engagement:{client.engagement}") == len(client.acknowledged) + 1
    assert hand("log_faults") == []
