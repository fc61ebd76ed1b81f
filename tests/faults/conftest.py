"""One installation for all of these tests; each uses rows of its own."""

from collections.abc import Iterator

import pytest

from tests.faults.installation import Hand, Installation, database
from tests.faults.mailserver import MailServer


@pytest.fixture(scope="session")
def mails() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[Installation]:
    with database() as url:
        made = Installation(tmp_path_factory.mktemp("installation"), url, mails.url)
        made.prepare()
        yield made


@pytest.fixture(scope="session")
def hand(installation: Installation) -> Iterator[Hand]:
    made = Hand(installation)
    yield made
    made.close()


@pytest.fixture(scope="session")
def token(hand: Hand) -> str:
    return str(hand("token"))
