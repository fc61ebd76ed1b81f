"""Backup and restore drilled with real processes on the suite's database: while it runs, into nothing, over data."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from tests.faults.installation import Hand, Installation, database

pytestmark = [pytest.mark.own_database, pytest.mark.long]

PAPERS = "SELECT file, sha256 FROM engagement_documents_document WHERE file <> ''"
ROWS = "SELECT count(*) FROM workflow_event"


@contextlib.contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    with database() as url:
        yield Installation(folder, url, "smtp://127.0.0.1:9")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("source")) as made:
        made.prepare()
        yield made


@pytest.fixture(scope="module")
def archive(source: Installation) -> Path:
    """A backup that was made while somebody wrote without a pause."""
    path, enough = source.folder.parent / "first.tar.gz", Flag()
    hand = Hand(source)
    hand("engagement")  # the first has no paper yet
    written = []

    def write() -> None:
        while not enough.is_set():
            engagement = hand("engagement")
            hand("document", engagement)
            hand("drain")
            written.append(engagement)

    with ThreadPoolExecutor(1) as pool, contextlib.closing(hand):
        hand("document", hand("engagement"))
        hand("drain")
        writing = pool.submit(write)
        try:
            source.manage("backup", str(path))
        finally:
            enough.set()
        writing.result()
    assert written
    return path


def manifest(path: Path) -> Any:
    with tarfile.open(path) as tar:
        file = tar.extractfile("manifest.json")
        assert file
        return json.loads(file.read())


def run(installation: Installation, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A management command with other variables than the installation's own."""
    other = Installation(installation.folder, installation.database_url, "smtp://127.0.0.1:9")
    other.env |= variables
    return other.run("manage.py", *command)


def refused(installation: Installation, *command: str, **variables: str) -> list[str]:
    """The sentences of a command that ends with 1, and without a traceback."""
    done = run(installation, *command, **variables)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()


def state(installation: Installation) -> tuple[Any, ...]:
    files = sorted(
        (str(path.relative_to(installation.folder)), path.read_bytes())
        for folder in ("files", "digests")
        for path in (installation.folder / folder).rglob("*")
        if path.is_file()
    )
    return (
        installation.value(ROWS),
        installation.query("SELECT id, state FROM engagements_engagement ORDER BY id"),
        files,
    )


def test_a_backup_of_a_running_service_comes_back_elsewhere_with_files_and_digests(
    source: Installation, archive: Path, tmp_path: Path
) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    told = manifest(archive)
    assert (told["engine"], told["demo"]) == ("postgresql" if source.database_url else "sqlite", False)
    with tarfile.open(archive) as tar:
        assert source.env.get("SECRET_KEY", "local-only-not-a-secret").encode() not in b"".join(
            file.read() for member in tar if (file := tar.extractfile(member))
        )
    with installed(tmp_path) as target:
        target.manage("restore", str(archive))
        assert "記録は揃っています" in target.manage("verify_log")
        papers = target.query(PAPERS)
        assert papers
        for name, digest in papers:
            assert hashlib.sha256((tmp_path / "files" / name).read_bytes()).hexdigest() == digest
        assert 0 < target.value(ROWS) <= source.value(ROWS)
        assert target.events("security", "backup.restored") == 1
        assert target.query("SELECT count(*) FROM django_session") == [(0,)]
        refuse_what_is_there(target, archive)
        replace_what_is_there(target, source, archive)


def refuse_what_is_there(target: Installation, archive: Path) -> None:
    before = state(target)
    assert "--force" in refused(target, "restore", str(archive))[0]
    short = archive.with_name("short")
    short.write_bytes(archive.read_bytes()[:-200])
    assert str(short) in refused(target, "restore", str(short), "--force")[0]
    assert target.run("manage.py", "restore").returncode == 2
    assert state(target) == before


def replace_what_is_there(target: Installation, source: Installation, archive: Path) -> None:
    """Over newer data: what is not in the archive goes, what was spoilt is whole again, and a fault changes nothing."""
    with contextlib.closing(Hand(target)) as hand:
        hand("document", target.value("SELECT min(id) FROM engagements_engagement"))
        hand("drain")
    (target.folder / "files" / "documents" / "stray.pdf").write_bytes(b"%PDF")
    name = target.query(PAPERS)[0][0]
    kept = (target.folder / "files" / name).read_bytes()
    newer = max(target.query(PAPERS))[0]
    (target.folder / "files" / newer).unlink()
    (target.folder / "files" / name).write_bytes(b"spoilt")
    assert any(name in line for line in refused(target, "backup", str(target.folder / "second.tar.gz")))
    before = state(target)
    with contextlib.closing(target.connect()) as holder:
        holder.execute("BEGIN IMMEDIATE" if not target.database_url else "BEGIN")
        if target.database_url:
            holder.execute("LOCK TABLE workflow_event IN ACCESS SHARE MODE")
        assert "サービスを止めて" in refused(target, "restore", str(archive), "--force")[0]
        holder.execute("ROLLBACK")
    assert state(target) == before
    target.manage("restore", str(archive), "--force")
    assert (target.folder / "files" / name).read_bytes() == kept
    assert not (target.folder / "files" / "documents" / "stray.pdf").exists()
    assert "記録は揃っています" in target.manage("verify_log")


def test_a_backup_of_a_demonstration_does_not_come_into_production(
    source: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "demo.tar.gz"
    done = run(source, "backup", str(path), MADOGUCHI_DEMO="1")
    assert done.returncode == 0, done.stderr
    production = {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "production-" * 6,
        "ALLOWED_HOSTS": "madoguchi.example.jp",
    }
    before = state(source)
    said = refused(source, "restore", str(path), "--force", **production)
    assert said == ["見本の控えです。実際の環境には戻せません。", "何も変えていません。"]
    assert state(source) == before


def test_a_restore_waits_for_no_service_and_starts_beside_none(source: Installation, archive: Path) -> None:
    """Also another secret is told: the archive comes back, but its seals are not this installation's."""
    holder = (
        "import sys; from pathlib import Path; from config import data\n"
        "with data.taken(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(source.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        said = refused(source, "restore", str(archive), "--force")
        assert f"process {process.pid}" in said[0]
        process.communicate()
    done = run(source, "restore", str(archive), "--force", SECRET_KEY="another-" * 8)
    assert done.returncode == 0, done.stderr
    assert "SECRET_KEY_FALLBACKS" in done.stderr
