"""kill -9 of the web process in the middle of a request: nothing half written, and the request may come again."""

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

import psycopg
import pytest

from tests.commands.processes import DEADLINE_SECONDS, eventually
from tests.faults.installation import Hand, Installation, ask

pytestmark = [pytest.mark.own_database, pytest.mark.long]

LOST = (OSError, HTTPException)


class Request:
    """One POST to pause an engagement, with a key of its own, to be sent as often as it takes."""

    def __init__(self, token: str, engagement: int) -> None:
        self.path = f"/api/v1/engagements/{engagement}/transitions/pause/"
        self.key = f"pause-{engagement}"
        self.headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": self.key}

    def send(self, port: int) -> tuple[int, Any]:
        return ask(port, "POST", self.path, {"reason": "町の選挙のため。"}, self.headers)


def traces(installation: Installation, engagement: int, request: Request) -> tuple[Any, ...]:
    """All that the request may have written."""
    stream = f"engagement:{engagement}"
    return (
        installation.value("SELECT state FROM engagements_engagement WHERE id = %s", engagement),
        installation.value("SELECT position FROM workflow_streamhead WHERE stream = %s", stream),
        installation.events(stream, "engagement.pause"),
        installation.value("SELECT state FROM workflow_span WHERE stream = %s AND left_at IS NULL", stream),
        installation.value("SELECT count(*) FROM workflow_idempotencykey WHERE key = %s", request.key),
    )


def lost(answer: "Future[Any]") -> bool:
    """The client was told nothing."""
    with contextlib.suppress(*LOST):
        answer.result(timeout=DEADLINE_SECONDS)
        return False
    return True


def test_a_request_killed_with_everything_written_and_nothing_committed(
    installation: Installation, hand: Hand, token: str
) -> None:
    engagement = hand("engagement")
    request = Request(token, engagement)
    before = traces(installation, engagement, request)
    with ThreadPoolExecutor() as pool, installation.web() as (program, port):
        with installation.waiting_place("pause") as place:
            answer = pool.submit(request.send, port)
            assert eventually(place.reached), installation.output()
            assert place.pid in program.family()
            program.kill_family()
        assert lost(answer)
    assert before[0] == "preparing"
    assert traces(installation, engagement, request) == before
    assert hand("log_faults") == []
    with installation.web() as (_program, port):
        first, again = request.send(port), request.send(port)
    assert first[0] == 200, first
    assert again == first
    assert traces(installation, engagement, request) == ("paused", before[1] + 1, 1, "paused", 1)
    assert hand("log_faults") == []


@pytest.mark.postgresql
def test_a_request_killed_while_it_waits_for_a_locked_row(
    installation: Installation, hand: Hand, token: str
) -> None:
    """Another client holds the head of the stream: the request waits with its first half in the transaction."""
    engagement = hand("engagement")
    request = Request(token, engagement)
    before = traces(installation, engagement, request)
    waits = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = %s"
    )
    name = installation.database_url.rpartition("/")[2]
    with (
        ThreadPoolExecutor() as pool,
        installation.web() as (program, port),
        psycopg.connect(installation.database_url) as holder,
    ):
        sql = "SELECT 1 FROM workflow_streamhead WHERE stream = %s FOR UPDATE"
        holder.execute(sql, [f"engagement:{engagement}"])
        answer = pool.submit(request.send, port)
        assert eventually(lambda: installation.value(waits, name) > 0), installation.output()
        program.kill_family()
        holder.rollback()
        assert lost(answer)
    assert eventually(lambda: installation.value(waits, name) == 0)
    assert traces(installation, engagement, request) == before
    assert hand("log_faults") == []
