"""/healthz and /readyz: what a watcher is told, and who is told why."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from config import health, queues
from tests.commands.processes import environment, free_port, run
from workflow.models import Lease

SIGNS_OF_LIFE = ("queue quick", "queue long", "sweep")
PROXIED = [
    {"HTTP_X_FORWARDED_FOR": "203.0.113.7"},
    {"HTTP_X_REAL_IP": "203.0.113.7"},
    {"HTTP_FORWARDED": "for=_x"},
]


@pytest.fixture
def everything_alive(db: None) -> None:
    for queue in ("quick", "long"):
        queues.beat(queue)
    Lease.objects.create(name="sweep", holder="test", expires_at=timezone.now() + timedelta(seconds=60))


def expire(name: str, *, ago: timedelta) -> None:
    Lease.objects.filter(name=name).update(expires_at=timezone.now() - ago)


def test_healthz_answers_without_the_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_but_reading_is_allowed(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.usefixtures("everything_alive")
def test_readyz_is_200_when_all_stands(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("everything_alive")
@pytest.mark.parametrize("name", SIGNS_OF_LIFE)
def test_a_silent_process_is_named(client: Client, name: str) -> None:
    expire(name, ago=timedelta(minutes=1))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode().startswith(f"{name}: no sign of life; start ")
    assert response.content.count(b"\n") == 1


@pytest.mark.usefixtures("everything_alive")
def test_the_moment_between_two_holders_of_the_sweep_is_no_outage(client: Client) -> None:
    expire("sweep", ago=timedelta(seconds=5))
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_before_anything_has_started_all_are_named(client: Client) -> None:
    lines = client.get("/readyz").content.decode().splitlines()
    assert [line.partition(":")[0] for line in lines] == list(SIGNS_OF_LIFE)


@pytest.mark.usefixtures("everything_alive")
def test_an_unapplied_migration_is_named(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("workflow", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode().startswith("migrations not applied: workflow.0001_initial; ")


@pytest.mark.usefixtures("everything_alive")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_told_why(client: Client, address: str) -> None:
    expire("sweep", ago=timedelta(minutes=1))
    assert b"sweep" in client.get("/readyz", REMOTE_ADDR=address).content


@pytest.mark.usefixtures("everything_alive")
@pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", ""])
def test_others_are_told_only_that_it_is_unavailable(client: Client, address: str) -> None:
    expire("sweep", ago=timedelta(minutes=1))
    response = client.get("/readyz", REMOTE_ADDR=address)
    assert (response.status_code, response.content) == (503, b"unavailable\n")


@pytest.mark.usefixtures("everything_alive")
@pytest.mark.parametrize("headers", PROXIED)
def test_behind_a_proxy_nobody_is_this_machine(client: Client, headers: dict[str, str]) -> None:
    expire("sweep", ago=timedelta(minutes=1))
    assert client.get("/readyz", **headers).content == b"unavailable\n"  # type: ignore[arg-type]


@pytest.mark.usefixtures("everything_alive")
def test_readiness_takes_few_queries(django_assert_max_num_queries) -> None:
    health.faults()
    with django_assert_max_num_queries(3):
        assert health.faults() == []


def test_a_lost_database_is_named_without_its_address() -> None:
    url = f"postgres://someone:hush@127.0.0.1:{free_port()}/nowhere"
    source = (
        "import django, json; django.setup(); from config import health; print(json.dumps(health.faults()))"
    )
    env = environment(DJANGO_SETTINGS_MODULE="config.settings.local", DATABASE_URL=url)
    (fault,) = json.loads(run("-c", source, env=env).stdout)
    assert fault.startswith("database: OperationalError; ")
    assert "hush" not in fault


@pytest.mark.django_db(transaction=True)
def test_a_cluster_beats_for_its_own_queue_and_not_at_every_turn() -> None:
    broker = queues.DatabaseBroker(list_key="long")
    broker.set_stat("key", "statistics", 3)
    first = Lease.objects.get(name="queue long").expires_at
    broker.set_stat("key", "statistics", 3)
    assert list(Lease.objects.values_list("name", "expires_at")) == [("queue long", first)]
    assert first > timezone.now() + timedelta(seconds=20)
