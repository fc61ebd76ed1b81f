"""A database that is away or locked ends neither the sweep nor a queue: they say so, and go on when it is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.commands.processes import eventually
from tests.faults.installation import Hand, Installation
from tests.faults.mailserver import MailServer
from tests.faults.relay import Relay

pytestmark = [pytest.mark.own_database, pytest.mark.long]
AWAY, BACK = "the database is away or locked", "the database is back"


@contextmanager
def locked(installation: Installation) -> Iterator[None]:
    """Somebody holds SQLite's write lock for longer than anybody waits."""
    with closing(installation.connect()) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


@contextmanager
def gone(relay: Relay) -> Iterator[None]:
    relay.go()
    yield
    relay.come_back()


@pytest.fixture
def away(installation: Installation) -> Iterator[tuple[str, Callable[[], object]]]:
    """The database's address for the processes, and what takes it away from them."""
    if not installation.database_url:
        yield "", lambda: locked(installation)
        return
    with Relay(installation.database_url) as relay:
        yield relay.url, lambda: gone(relay)


def test_the_sweep_and_a_queue_outlive_it(
    installation: Installation, mails: MailServer, hand: Hand, away: tuple[str, Callable[[], object]]
) -> None:
    url, take_away = away
    more = {"LOCK_SECONDS": "1"} if not url else {"DATABASE_URL": url}
    sweep = installation.running("manage.py", "sweep", "--forever", "--interval", "0.3", **more)
    queue = installation.running("manage.py", "qcluster", "-n", "quick", Q_CLUSTER_NAME="quick", **more)
    with sweep as sweeping, queue as queueing:
        state = "SELECT state FROM workflow_outbox WHERE id = %s"
        first = hand("mail", "before the fault")
        assert eventually(lambda: installation.value(state, first) == "done"), installation.output()
        before = installation.output().count(AWAY), installation.output().count(BACK)
        with take_away():  # type: ignore[attr-defined]
            assert eventually(lambda: installation.output().count(AWAY) == before[0] + 1), (
                installation.output()
            )
        assert eventually(lambda: installation.output().count(BACK) == before[1] + 1), installation.output()
        second = hand("mail", "after the fault")
        assert eventually(lambda: installation.value(state, second) == "done"), installation.output()
        beat = "SELECT expires_at FROM workflow_lease WHERE name = 'queue quick'"
        known = installation.value(beat)
        assert eventually(lambda: installation.value(beat) > known), "the queue's heart beats again"
        assert (sweeping.poll(), queueing.poll()) == (None, None)
