"""What a service finds at its start: a damaged database, another service in its folder. A sentence each."""

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from config import data
from tests.commands.processes import DEADLINE_SECONDS, environment, free_port, migrated, run, start

pytestmark = pytest.mark.long


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(50_000))


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_in_its_header(path: Path) -> None:
    os.truncate(path, 60)


def written_over(path: Path) -> None:
    """The pages after the first hundred, where tables and indexes are."""
    with path.open("r+b") as file:
        file.seek(100 * 4096)
        file.write(os.urandom(100 * 4096))


DAMAGES = [garbage, cut_in_half, cut_in_its_header, written_over]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    migrated(folder, environment(MADOGUCHI_DATA=str(folder), DJANGO_SETTINGS_MODULE="config.settings.local"))
    return folder / data.DATABASE


@pytest.fixture
def database(whole: Path, tmp_path: Path) -> Path:
    path = tmp_path / data.DATABASE
    path.write_bytes(whole.read_bytes())
    return path


@pytest.mark.parametrize("spoil", DAMAGES)
def test_every_kind_of_damage_is_found_by_looking_at_all_pages(
    database: Path, spoil: Callable[[Path], None]
) -> None:
    assert data.damage(database) is None
    spoil(database)
    fault = data.damage(database)
    assert fault
    assert str(database) in fault
    assert "restore FILE --force" in fault
    assert "\n" not in fault


@pytest.mark.parametrize("spoil", DAMAGES[:3])
def test_what_is_cut_or_foreign_is_found_at_a_glance(database: Path, spoil: Callable[[Path], None]) -> None:
    assert data.damage(database) is None
    spoil(database)
    assert data.damage(database)


def test_a_file_that_is_new_or_in_use_is_whole(database: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    for path in (tmp_path / "none.sqlite3", tmp_path / "empty.sqlite3"):
        assert data.damage(path) is None
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE another (id integer)")
    assert data.damage(database) is None
    connection.close()


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({"MADOGUCHI_DATA": "/data"}, "/data/madoguchi.sqlite3"),
        ({"DATABASE_URL": "sqlite:////srv/a%20b.db"}, "/srv/a b.db"),
        ({"DATABASE_URL": "postgres:///madoguchi"}, None),
    ],
)
def test_the_file_is_the_one_that_the_settings_name(variables: dict[str, str], file: str | None) -> None:
    assert data.sqlite_file(variables) == (Path(file) if file else None)


def named(database: Path, *command: str, says: int = 1) -> str:
    """What a command says about a database that it can't use."""
    env = environment(
        MADOGUCHI_DATA=str(database.parent),
        DJANGO_SETTINGS_MODULE="config.settings.local",
        PORT=str(free_port()),
    )
    done = run(*command, env=env)
    assert done.returncode == says, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("spoil", [garbage, cut_in_half])
def test_commands_and_the_service_refuse_a_damaged_database_in_one_sentence(
    database: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(database)
    for command in (
        ("manage.py", "verify_log"),
        ("manage.py", "migrate"),
        ("manage.py", "backup", str(database.with_name("x.tar.gz"))),
        ("-m", "config.supervisor"),
    ):
        said = named(database, *command)
        assert said.startswith(f"The database {database} is damaged"), said
        assert said.count("\n") == 1


def test_damage_that_only_reading_finds_is_told_by_who_reads(database: Path) -> None:
    written_over(database)
    assert "is damaged" in named(database, "-m", "config.supervisor")
    assert "is damaged" in named(database, "manage.py", "backup", str(database.with_name("x.tar.gz")))
    assert not database.with_name("x.tar.gz").exists()


def test_a_second_service_on_the_same_folder_refuses_and_reading_commands_run(database: Path) -> None:
    env = environment(
        MADOGUCHI_DATA=str(database.parent),
        DJANGO_SETTINGS_MODULE="config.settings.local",
        PYTHONUNBUFFERED="1",
    )
    with start("-m", "config.supervisor", "--port", str(free_port()), env=env) as service:
        service.read_until(lambda lines: any(line.startswith("Madoguchi: http") for line in lines))
        said = named(database, "-m", "config.supervisor")
        assert said.startswith(f"Another service works in {database.parent} (process {service.pid})")
        assert said.count("\n") == 1
        assert "記録は揃っています" in run("manage.py", "verify_log", env=env).stdout
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=DEADLINE_SECONDS) == 0
    named(database, "-m", "config.supervisor", "--check", says=0)


HOLDS = """
import sys, time; from pathlib import Path; from config import data
with data.taken(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_free_again_however_its_service_ended(tmp_path: Path) -> None:
    with start("-c", HOLDS, str(tmp_path), env=environment()) as holder:
        holder.read_until(lambda lines: lines == ["held"])
        with pytest.raises(data.Taken, match=f"process {holder.pid}"), data.taken(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with data.taken(tmp_path):
        assert (tmp_path / data.LOCK).read_text() == f"{os.getpid()}\n"


#: Two threads, each with its connection, in a process that explains damage; then the locks that it holds on the file.
LOCKS = """
import os, threading
from django.core.management import execute_from_command_line
import django; django.setup()
from django.db import connection
from config.startup import explained

def read(hold):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
    hold.wait(60)

def locks():
    inode = os.stat(connection.settings_dict["NAME"]).st_ino
    lines = open("/proc/locks").read().splitlines()
    return sum(f" {os.getpid()} " in line and f":{inode} " in line for line in lines)

with explained():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
    alone, hold = locks(), threading.Event()
    other = threading.Thread(target=read, args=[hold]); other.start()
    for _time in range(3):
        again = threading.Thread(target=read, args=[threading.Event()]); again.start(); again.join(0.5)
    print(alone > 0, locks() >= alone, flush=True)
    os._exit(0)
"""


def test_no_connection_takes_the_locks_of_another_away(database: Path) -> None:
    """Whoever opens and closes a database's file beside SQLite does: then kill and restart corrupt it."""
    env = environment(MADOGUCHI_DATA=str(database.parent), DJANGO_SETTINGS_MODULE="config.settings.local")
    done = run("-c", LOCKS, env=env)
    assert done.stdout == "True True\n", done.stdout + done.stderr
