"""``render_document``: what it writes, what it lists, and how it refuses."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from tests.documents.reading import text_of
from tests.factories import applications as applied
from tests.factories import documents as made
from tests.factories.programme import seeded
from tests.factories.rounds import OfferFactory
from workflow import SYSTEM

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


def refused(capsys, *args, **options):
    with pytest.raises(SystemExit) as stopped:
        call_command("render_document", *args, **options)
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1
    return stopped.value.code, said.err


@pytest.mark.parametrize(
    "kind", ["application", "survey-report", "reform-plan", "decision-sheet", "dispatch-request"]
)
def test_everything_that_is_listed_can_be_written(kind, tmp_path, capsys):
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    made.plan(engagement)
    applied.submitted()
    applied.filled()
    OfferFactory(state="accepted")
    call_command("render_document", kind, list=True)
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines
    for reference, title in lines:
        assert title
        call_command("render_document", kind, reference, output=tmp_path / "a.pdf")
        assert reference in text_of((tmp_path / "a.pdf").read_bytes(), tmp_path)


def test_the_issued_file_is_given_byte_for_byte(tmp_path):
    application = applied.submitted()
    document = services.make(Document.objects.get().pk, now=timezone.now())
    call_command("render_document", "application", application.reference, output=tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == services.file_path(document).read_bytes()


def test_a_lost_file_is_drawn_again_as_it_was(tmp_path):
    application = applied.submitted()
    document = services.make(Document.objects.get().pk, now=timezone.now())
    issued = services.file_path(document).read_bytes()
    services.file_path(document).unlink()
    call_command("render_document", "application", application.reference, output=tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == issued


def test_changed_content_is_printed_as_the_version_that_it_would_be(tmp_path):
    survey = made.survey(made.engagement(), made.route("A"))
    services.request_document(DocumentKind.SURVEY_REPORT, survey, actor=SYSTEM, now=timezone.now())
    survey.title = "改めた名前"
    survey.save()
    call_command("render_document", "survey-report", survey.reference, output=tmp_path / "a.pdf")
    said = text_of((tmp_path / "a.pdf").read_bytes(), tmp_path)
    assert "第2版" in said
    assert "改めた名前" in said
    assert Document.objects.count() == 1


def test_the_blank_form_needs_no_application(tmp_path):
    seeded()
    call_command("render_document", "application", "blank", output=tmp_path / "a.pdf")
    assert "様式第1号" in text_of((tmp_path / "a.pdf").read_bytes(), tmp_path)


def test_the_blank_form_without_a_programme_is_refused(capsys, tmp_path):
    code, said = refused(capsys, "application", "blank", output=tmp_path / "a.pdf")
    assert code == 1
    assert "「制度の版」の画面で入れると" in said


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["application", "A8-9999"], "--list"),
        (["no-such-kind", "A8-0001"], "reform-plan"),
        (["application"], "--output"),
    ],
)
def test_wrong_usage_ends_with_two_and_one_sentence(args, word, capsys, tmp_path):
    code, said = refused(capsys, *args, output=tmp_path / "a.pdf")
    assert code == 2
    assert word in said
    assert not (tmp_path / "a.pdf").exists()


def test_a_place_that_cannot_be_written_is_named(capsys, tmp_path):
    seeded()
    code, said = refused(capsys, "application", "blank", output=tmp_path / "none" / "a.pdf")
    assert code == 2
    assert "none/a.pdf" in said


def test_a_name_that_the_font_cannot_draw_is_refused(capsys, tmp_path):
    survey = made.survey(made.engagement(), made.route("A"))
    survey.title = "\U0002fffd"
    survey.save()
    code, said = refused(capsys, "survey-report", survey.reference, output=tmp_path / "a.pdf")
    assert code == 1
    assert "U+2FFFD" in said
    assert not (tmp_path / "a.pdf").exists()
