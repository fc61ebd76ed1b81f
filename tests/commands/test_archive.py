"""Archives that are no good, or not for here: each is refused with a sentence before anything is touched."""

import gzip
import tarfile

import pytest
from django.core.management import call_command
from django.utils import timezone

from config.backups import Refused, archive, files, restoring
from config.backups.databases import NAMES
from engagements.documents.models import Document
from engagements.survey.models import Photo
from tests.factories.engagements import office
from tests.factories.survey import SurveyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ABOUT = {
    "made_at": "2026-09-03T01:42:00+00:00",
    "engine": "sqlite",
    "migrations": [["workflow", "0001_initial"]],
    "demo": False,
}


@pytest.fixture
def here(settings, tmp_path):
    """An installation's folder of our own."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data" / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    return tmp_path


def an_archive(folder, **about):
    path, paper = folder / "backup.tar.gz", folder / "paper.pdf"
    paper.write_bytes(b"%PDF" * 1000)
    with archive.written(path) as writer:
        writer.add(NAMES["sqlite"], paper)
        writer.add("files/documents/1.pdf", paper)
        writer.finish(ABOUT | about)
    return path


def told(path, *, force=True):
    with pytest.raises(Refused) as refusal:
        restoring.restore(path, force=force, now=timezone.now())
    return list(refusal.value.sentences)


def remade(path, change):
    """The archive with other members; ``change`` maps name and content to the new ones, or to nothing."""
    with tarfile.open(path) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    path.unlink()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            if new := change(name, content):
                scratch = path.with_name("member")
                scratch.write_bytes(new[1])
                tar.add(scratch, new[0])
    return path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda name, content: (name, content[::-1]) if "1.pdf" in name else (name, content),
            "files/documents/1.pdf が、目録と食い違",
        ),
        (
            lambda name, content: None if "1.pdf" in name else (name, content),
            "files/documents/1.pdf が、目録と食い違",
        ),
        (lambda name, content: (name, content.replace(b"2026-09", b"2026-08")), "目録が書き換えられ"),
        (lambda name, content: (name, content.replace(b"backup/1", b"backup/2")), "新しい版の控え"),
        (
            lambda name, content: None if "manifest" in name else (name, content),
            "このサービスの控えではありません",
        ),
        (
            lambda name, content: ("files/../../out.pdf", content) if "1.pdf" in name else (name, content),
            "壊れているか",
        ),
    ],
    ids=["altered", "missing", "manifest altered", "newer format", "no manifest", "upwards"],
)
def test_an_archive_that_was_changed_is_refused(here, change, sentence):
    (said,) = told(remade(an_archive(here), change))
    assert sentence in said
    assert not list((here / "data" / "files").iterdir())
    assert not (here / "out.pdf").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:-300],
        lambda whole: b"PK\3\4" + whole,
        lambda whole: gzip.compress(b"x"),
    ],
)
def test_what_is_no_archive_is_refused(here, spoil):
    path = an_archive(here)
    path.write_bytes(spoil(path.read_bytes()))
    (said,) = told(path)
    assert str(path) in said


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"engine": "postgresql"}, "DATABASE_URL"),
        ({"migrations": [["workflow", "9999_to_come"]]}, "新しい版"),
        ({"demo": True}, "見本の控え"),
    ],
)
def test_an_archive_for_elsewhere_is_refused(here, settings, about, sentence):
    settings.REFUSE_DEMO_ACCOUNTS = True
    assert any(sentence in said for said in told(an_archive(here, **about)))


def test_a_damaged_database_inside_and_data_that_is_here_are_both_named(here):
    office()
    first, second = told(an_archive(here), force=False)
    assert "データベースが壊れています" in first
    assert "--force" in second


@pytest.mark.parametrize("name", ["no/such/folder/x.tar.gz", ""])
def test_a_place_that_cannot_be_written_is_told(here, name, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("backup", str(here / name))
    assert stopped.value.code == 1
    assert str(here / name) in capsys.readouterr().err


def test_an_exchange_that_is_undone_leaves_everything_as_it_was(tmp_path):
    source, target = tmp_path / "new", tmp_path / "old"
    for folder, names in ((source, "ab"), (target, "bc")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"{folder.name} {name}")
    exchange = files.Exchange(source, target)
    exchange.add()
    exchange.undo()
    assert {path.name: path.read_text() for path in target.iterdir()} == {"b": "old b", "c": "old c"}


def test_an_exchange_that_is_finished_leaves_what_was_kept(tmp_path):
    source, target = tmp_path / "new", tmp_path / "old"
    for folder, names in ((source, "ab"), (target, "bc")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"{folder.name} {name}")
    exchange = files.Exchange(source, target)
    exchange.add()
    exchange.finish()
    assert {path.name: path.read_text() for path in target.iterdir()} == {"a": "new a", "b": "new b"}


def test_every_file_that_a_row_names_is_asked_for_and_no_picture_that_was_removed():
    now, survey = timezone.now(), SurveyFactory()
    paper = {"title": "書類", "body": "見本町", "snapshot": {}, "requested_at": now}
    Document.objects.create(
        kind="application", subject="A-1", version=1, **paper, file="documents/1.pdf", sha256="ab"
    )
    Document.objects.create(kind="application", subject="A-1", version=2, **paper)
    for uid, removed in (("one", None), ("two", now)):
        Photo.objects.create(survey=survey, uid=uid, width=1, height=1, received_at=now, removed_at=removed)
    assert files.cited("default") == {"files/documents/1.pdf": "ab", f"files/photos/{survey.pk}/one.jpg": ""}
