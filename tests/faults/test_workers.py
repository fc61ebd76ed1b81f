"""kill -9 of a worker at every moment: nothing is lost, documents exist once, a mail keeps its Message-ID."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import pytest

from tests.commands.processes import eventually
from tests.faults.installation import Hand, Installation, Program, client_of
from tests.faults.mailserver import MailServer
from workflow.outbox import MAX_ATTEMPTS

pytestmark = [pytest.mark.own_database, pytest.mark.long]

SWEEP = ("manage.py", "sweep", "--forever", "--interval", "0.3")


@pytest.fixture(scope="module")
def queues(installation: Installation) -> Iterator[dict[str, Program]]:
    """Both clusters and the sweep, as they run in production."""
    with ExitStack() as running:
        clusters = {
            name: running.enter_context(
                installation.running("manage.py", "qcluster", "-n", name, Q_CLUSTER_NAME=name)
            )
            for name in ("quick", "long")
        }
        running.enter_context(installation.running(*SWEEP))
        yield clusters


def row(installation: Installation, pk: int) -> tuple[Any, ...]:
    sql = "SELECT state, attempts, last_error FROM workflow_outbox WHERE id = %s"
    return tuple(installation.query(sql, pk)[0])


def becomes(installation: Installation, pk: int, state: str) -> bool:
    return eventually(lambda: row(installation, pk)[0] == state)


def no_mail_waits(installation: Installation) -> bool:
    """So that the server strikes at the test's own mail, and not at one that an earlier test has left to be sent."""
    waiting = "SELECT count(*) FROM workflow_outbox WHERE kind = 'mail' AND state = 'pending'"
    return eventually(lambda: installation.value(waiting) == 0)


def test_a_document_whose_worker_was_killed_starts_again_at_once(
    installation: Installation, hand: Hand
) -> None:
    """Its time is an hour, and no sweep runs: the cluster itself gives it out again, and the next one what is left.

    It comes first, while no other cluster of these tests runs.
    """
    command = ("manage.py", "qcluster", "-n", "long")
    variables = {"Q_CLUSTER_NAME": "long", "FAULTS_LEASE": "3600"}
    began = "SELECT attempts FROM workflow_outbox WHERE key = %s"
    with (
        installation.waiting_place("issued") as place,
        installation.running(*command, **variables) as cluster,
    ):
        pk = hand("document", hand("engagement"))
        key = f"document:{pk}"
        assert eventually(place.reached), installation.output()
        first = place.pid
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: installation.value(began, key) == 2 and place.pid != first), (
            installation.output()
        )
        cluster.kill_family()
    assert installation.value("SELECT state FROM workflow_outbox WHERE key = %s", key) == "pending"
    with installation.running(*command, **variables):
        job = installation.value("SELECT id FROM workflow_outbox WHERE key = %s", key)
        assert becomes(installation, job, "done"), installation.output()
    assert row(installation, job)[1] == 3
    assert installation.events(key, "document.issued") == 1
    assert hand("log_faults") == []


@pytest.mark.parametrize(
    ("moment", "copies"),
    [("greeting", 1), ("content", 1), ("quit", 2)],
    ids=["after the claim", "before the server's 250", "after the server's 250"],
)
def test_a_mail_survives_its_worker(
    installation: Installation,
    mails: MailServer,
    queues: dict[str, Program],
    hand: Hand,
    moment: str,
    copies: int,
) -> None:
    """Sent again only where the server's answer was lost, and then recognisable as the same mail."""
    killed = []

    def strike(port: int) -> None:
        pid = client_of(port, queues["quick"].family())
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)

    assert no_mail_waits(installation)
    mails.strike(moment, strike)
    pk = hand("mail", moment)
    assert becomes(installation, pk, "done"), installation.output()
    assert len(killed) == 1
    assert row(installation, pk) == ("done", 2, "")
    ids = mails.message_ids(moment)
    assert len(ids) == copies
    assert len(set(ids)) == 1


def test_a_mail_survives_its_server(
    installation: Installation, mails: MailServer, queues: dict[str, Program], hand: Hand
) -> None:
    """The server is gone before its 250: the fault is kept on the row, and the mail is sent once."""
    seen = []
    assert no_mail_waits(installation)
    mails.strike("content", seen.append)
    pk = hand("mail", "server")
    assert eventually(lambda: "SMTPServerDisconnected" in row(installation, pk)[2])
    assert becomes(installation, pk, "done")
    assert row(installation, pk) == ("done", 1, ""), "a server that is away uses up no start"
    assert len(mails.message_ids("server")) == 1
    assert len(seen) == 1


def test_a_document_survives_its_worker_and_exists_once(
    installation: Installation, queues: dict[str, Program], hand: Hand
) -> None:
    """Killed with the file on the disk and the transaction open that says so."""
    with installation.waiting_place("issued") as place:
        pk = hand("document", hand("engagement"))
        assert eventually(place.reached), installation.output()
        progress = "SELECT progress FROM engagement_documents_document WHERE id = %s"
        assert installation.value(progress, pk) == "making"
        os.kill(place.pid, signal.SIGKILL)
    job = installation.value("SELECT id FROM workflow_outbox WHERE key = %s", f"document:{pk}")
    assert becomes(installation, job, "done"), installation.output()
    assert row(installation, job)[1] == 2
    assert installation.events(f"document:{pk}", "document.issued") == 1
    (found,) = (installation.folder / "files" / "documents").glob(f"{pk}-*.pdf")
    stored = "SELECT progress, file, sha256 FROM engagement_documents_document WHERE id = %s"
    content_hash = sha256(found.read_bytes()).hexdigest()
    assert installation.query(stored, pk) == [("ready", f"documents/{found.name}", content_hash)]
    assert hand("log_faults") == []


def test_a_job_that_kills_its_worker_is_set_aside_and_can_be_tried_again(
    installation: Installation, queues: dict[str, Program], hand: Hand
) -> None:
    deadly = installation.folder / "deadly"
    deadly.touch()
    pk = hand("job", "kill-worker", "deadly job")
    harmless = hand("mail", "beside")
    assert becomes(installation, pk, "set_aside"), installation.output()
    assert row(installation, pk)[1:] == (MAX_ATTEMPTS, "処理の途中で止まることが続きました。")
    assert becomes(installation, harmless, "done"), "what waits beside it is carried out"
    deadly.unlink()
    hand("retry", pk)
    assert becomes(installation, pk, "done")
    assert row(installation, pk)[1:] == (1, "")
