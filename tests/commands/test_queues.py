"""A cluster as it runs in production, on a database of its own: killed processes are replaced, and it works on."""

import os
import re
import signal
from collections.abc import Iterator

import pytest

from config.queues import DatabaseBroker, HeartbeatMixin, RedisBroker
from tests.commands.processes import (
    DEADLINE_SECONDS,
    Started,
    children,
    environment,
    eventually,
    is_running,
    migrated,
    run,
    start,
)

pytestmark = pytest.mark.long

READY = re.compile(r"ready for work at (\d+)")
MONITOR = re.compile(r"monitoring at (\d+)")
PUSHER = re.compile(r"pushing tasks at (\d+)")
WORK = (
    "import django; django.setup()\n"
    "from django_q.tasks import async_task, result\n"
    "print(result(async_task('math.sqrt', 4.0, cluster='quick'), wait=20000))"
)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an installation with the tables that a queue needs; each test runs a cluster of its own."""
    folder = tmp_path_factory.mktemp("queues")
    env = environment(
        DJANGO_SETTINGS_MODULE="config.settings.local",
        MADOGUCHI_DATA=str(folder),
        Q_CLUSTER_NAME="quick",
        MADOGUCHI_QUEUE_LOG="INFO",
        PYTHONUNBUFFERED="1",
    )
    migrated(folder, env)
    finished = run("manage.py", "createcachetable", env=env)
    assert finished.returncode == 0, finished.stderr
    return env


def descendants(pid: int) -> list[int]:
    found = children(pid) if is_running(pid) else []
    return found + [each for child in found for each in descendants(child)]


@pytest.fixture
def cluster(installation: dict[str, str]) -> Iterator[Started]:
    process = start("manage.py", "qcluster", env=installation)
    yield process
    for pid in [process.pid, *descendants(process.pid)]:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def started(cluster: Started) -> dict[re.Pattern[str], int]:
    """The process ids that a cluster prints once it is complete."""
    kinds = (READY, MONITOR, PUSHER)
    lines = cluster.read_until(lambda seen: all(any(kind.search(line) for line in seen) for kind in kinds))
    return {kind: int(found[1]) for kind in kinds for line in lines if (found := kind.search(line))}


@pytest.mark.parametrize("kind", [READY, MONITOR, PUSHER], ids=["worker", "monitor", "pusher"])
def test_a_queue_works_on_after_one_of_its_processes_was_killed_while_waiting(
    cluster: Started, installation: dict[str, str], kind: re.Pattern[str]
) -> None:
    before = started(cluster)
    assert run("-c", WORK, env=installation).stdout.strip() == "2.0"
    os.kill(before[kind], signal.SIGKILL)
    after = started(cluster)
    assert not set(before.values()) & set(after.values())
    assert run("-c", WORK, env=installation).stdout.strip() == "2.0"
    assert cluster.poll() is None
    assert eventually(lambda: not any(is_running(pid) for pid in before.values()))


def test_sigterm_ends_a_cluster_and_its_workers(cluster: Started) -> None:
    pids = started(cluster)
    cluster.terminate()
    assert cluster.wait(timeout=DEADLINE_SECONDS) == 0
    assert eventually(lambda: not any(is_running(pid) for pid in pids.values()))


@pytest.mark.django_db
@pytest.mark.parametrize("broker", [DatabaseBroker, RedisBroker])
def test_a_queue_gives_its_sign_of_life_under_its_own_name(broker: type[HeartbeatMixin]) -> None:
    """What /readyz asks for; the list in Redis has another name than the queue."""
    assert broker(list_key="quick").queue == "quick"


LOADED = (
    "import django; django.setup()\n"
    "import sys\n"
    "from workflow import outbox\n"
    "for queue in ('quick', 'long'):\n"
    "    outbox.load_for(queue)\n"
    "    print(queue, 'weasyprint' in sys.modules)\n"
)


def test_only_the_queue_that_draws_loads_the_pdf_engine_and_before_its_workers() -> None:
    done = run("-c", LOADED, env=environment(DJANGO_SETTINGS_MODULE="config.settings.local"))
    assert done.stdout.split("\n")[:2] == ["quick False", "long True"], done.stderr
