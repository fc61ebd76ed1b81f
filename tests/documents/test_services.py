"""Asking for documents, making them once, and what happens when that goes wrong."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core import checks
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from engagements.documents import checks as our_checks
from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from engagements.plans.models import Plan
from tests.documents.reading import snapshot_of
from tests.factories import applications as applied
from tests.factories import documents as made
from tests.factories.engagements import actor, contact_of, member, office
from workflow import SYSTEM, outbox, perform, sweep
from workflow.errors import NotAllowed
from workflow.models import Event, Outbox, OutboxState

pytestmark = pytest.mark.django_db
APPLICATION, REPORT, PLAN = DocumentKind.APPLICATION, DocumentKind.SURVEY_REPORT, DocumentKind.REFORM_PLAN
UNDRAWABLE = "\U0002fffd"  # no font has it: Unicode says that it is no character


def ask(subject, kind=REPORT, by=SYSTEM):
    return services.request_document(kind, subject, actor=by, now=timezone.now())


def survey():
    return made.survey(made.engagement(), made.route("A"))


def make(document):
    return services.make(document.pk, now=timezone.now())


def issued_events():
    return Event.objects.filter(type="document.issued").count()


# --- versions and hashes -------------------------------------------------------------------------------


def test_a_document_is_queued_made_and_kept_with_its_hash():
    document = ask(survey())
    assert (document.version, document.progress) == (1, "queued")
    assert outbox.drain() == 1
    document.refresh_from_db()
    content = services.file_path(document).read_bytes()
    assert document.progress == "ready"
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert (document.size, document.pages > 1) == (len(content), True)
    assert document.file_name == f"{document.municipality_id}_見本町_窓口利用体験調査報告書_v1.pdf"
    assert issued_events() == 1


def test_asking_again_gives_the_same_version_until_the_content_changes():
    found = survey()
    first = ask(found)
    make(first)
    assert ask(found).pk == first.pk
    found.title = "二日目を足した調査"
    found.save()
    second = ask(found)
    assert (second.version, second.progress) == (2, "queued")


def test_an_old_version_prints_again_with_the_hash_on_record():
    found = survey()
    document = make(ask(found))
    found.title = "改めた名前"
    found.save()
    again = services.draw(
        document.kind, document.snapshot, version=document.version, issued_at=document.requested_at
    )
    assert again.sha256 == document.sha256


def test_making_it_twice_leaves_one_file_and_one_event():
    document = ask(survey())
    first, second = make(document), make(document)
    assert (first.sha256, issued_events()) == (second.sha256, 1)


def test_only_those_who_may_can_ask():
    found = survey()
    contact = actor(contact_of(found.engagement))
    assert ask(found, by=contact).requested_by_id == contact.user_id
    for role in (Role.AUDITOR, Role.SECTION):
        town = found.engagement.municipality if role == Role.SECTION else None
        with pytest.raises(NotAllowed):
            ask(found, by=actor(member(role, town)))
    stranger = actor(contact_of(made.engagement("別の町")))
    with pytest.raises(NotAllowed):
        ask(found, by=stranger)


# --- what other rooms do -------------------------------------------------------------------------------


def test_a_submitted_application_gets_the_paper_that_its_approver_reads():
    application = applied.submitted()
    document = Document.objects.get(kind=APPLICATION, subject=application.reference)
    make(document)
    application.refresh_from_db()
    document.refresh_from_db()
    assert (application.issued_document, application.issued_hash) == (document.pk, document.sha256)


def test_a_resubmission_with_changes_is_a_new_version_and_without_has_its_paper_at_once():
    application = applied.submitted()
    first = make(Document.objects.get(subject=application.reference))
    contact = applied.acting(applied.contact_of(application.municipality))

    def come_back(**changes):
        application.refresh_from_db()
        perform("return", application, actor(office()), comment="電話番号を入れてください")
        if changes:
            applied.services.save_draft(
                application, changes, actor=contact, revision=application.revision, now=timezone.now()
            )
        perform("submit", application, contact)
        application.refresh_from_db()

    come_back()
    assert (application.issued_document, application.issued_hash) == (first.pk, first.sha256)
    come_back(contact_phone="0195-00-0000")
    assert application.issued_hash == ""
    second = Document.objects.get(subject=application.reference, version=2)
    make(second)
    application.refresh_from_db()
    assert application.issued_document == second.pk


def test_a_version_that_was_overtaken_is_kept_but_not_attached():
    application = applied.submitted()
    first = Document.objects.get(subject=application.reference)
    contact = applied.acting(applied.contact_of(application.municipality))
    perform("return", application, actor(office()), comment="直してください")
    application.refresh_from_db()
    applied.services.save_draft(
        application, {"contact_phone": "1"}, actor=contact, revision=application.revision, now=timezone.now()
    )
    perform("submit", application, contact)
    make(first)
    application.refresh_from_db()
    assert application.issued_hash == ""


def test_a_finished_plan_gets_its_file_and_the_hash_that_the_answer_will_name():
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    plan = made.plan(engagement)
    perform("finalise", plan, actor(contact_of(engagement)))
    document = make(Document.objects.get(kind=PLAN, subject=plan.reference))
    plan.refresh_from_db()
    assert (plan.issued_document, plan.issued_hash) == (document.pk, document.sha256)


def test_a_plan_that_is_reopened_and_finished_unchanged_has_its_file_at_once():
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    plan, contact = made.plan(engagement), actor(contact_of(engagement))
    perform("finalise", plan, contact)
    document = make(Document.objects.get(kind=PLAN, subject=plan.reference))
    perform("reopen", plan, contact, reason="読み直します")
    perform("finalise", plan, contact)
    assert Plan.objects.get(pk=plan.pk).issued_hash == document.sha256
    assert Document.objects.filter(kind=PLAN, subject=plan.reference).count() == 1


def test_an_applications_papers_follow_it_into_the_engagement():
    application = applied.submitted()
    document = Document.objects.get(subject=application.reference)
    engagement = made.engagement()
    services.follow_engagement(application.reference, engagement.pk)
    document.refresh_from_db()
    assert document.engagement_id == engagement.pk


# --- faults --------------------------------------------------------------------------------------------


def test_a_name_that_the_font_cannot_draw_fails_with_the_character_and_its_place():
    found = survey()
    found.title = f"髙{UNDRAWABLE}橋の調査"
    found.save()
    document = make(ask(found))
    assert document.progress == "failed"
    assert "U+2FFFD" in document.fault
    assert f"髙{UNDRAWABLE}橋の調査" in document.fault
    assert (document.file, issued_events()) == ("", 0)


def test_trying_again_takes_todays_content_where_it_was_mended():
    found = survey()
    found.title = UNDRAWABLE
    found.save()
    document = make(ask(found))
    same = services.try_again(document, actor=SYSTEM, now=timezone.now())
    assert (same.pk, same.progress) == (document.pk, "queued")
    make(same)
    found.title = "直した名前"
    found.save()
    document.refresh_from_db()
    mended = services.try_again(document, actor=SYSTEM, now=timezone.now())
    assert mended.version == 2
    assert make(mended).progress == "ready"


def test_a_job_that_was_set_aside_shows_on_the_document_and_can_be_tried_again():
    document = ask(survey())
    Document.objects.update(progress="making")
    Outbox.objects.filter(kind=services.JOB).update(state=OutboxState.SET_ASIDE, attempts=5)
    assert services.give_up_set_aside(timezone.now()) == 1
    document.refresh_from_db()
    assert document.progress == "failed"
    assert "もう一度作る" in document.fault
    services.try_again(document, actor=SYSTEM, now=timezone.now())
    assert outbox.drain() == 1
    document.refresh_from_db()
    assert document.progress == "ready"


def test_the_sweep_looks_for_documents_that_were_set_aside():
    assert "documents-set-aside" in sweep._tasks


KILLED = """
import os, signal, sys, django
django.setup()
from engagements.documents import services
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
services._finish = die
from workflow import outbox
outbox.deliver(int(sys.argv[1]))
"""


def database_url():
    """The test's own database, for another process."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_its_commit_leaves_one_document_in_the_end(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    document = ask(survey())
    row = Outbox.objects.get(kind=services.JOB)
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "MADOGUCHI_DATA": str(tmp_path),
    }
    command = [sys.executable, "-c", KILLED, str(row.pk)]
    killed = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=False)
    assert killed.returncode == -signal.SIGKILL
    row.refresh_from_db()
    document.refresh_from_db()
    assert (row.attempts, document.progress, issued_events()) == (1, "making", 0)
    assert outbox.drain() == 0, "the lease of the dead worker still runs"
    Outbox.objects.filter(pk=row.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert outbox.drain() == 1
    document.refresh_from_db()
    assert (document.progress, issued_events()) == ("ready", 1)
    files = list(services.file_path(document).parent.iterdir())
    assert files == [services.file_path(document)]


# --- the machine ---------------------------------------------------------------------------------------


def test_this_machine_has_what_documents_need():
    assert our_checks.native_parts(None) == []
    assert our_checks.native_parts in checks.registry.registry.get_checks()


def test_the_snapshot_is_stored_as_it_was_read():
    found = survey()
    document = ask(found)
    document.refresh_from_db()
    assert document.snapshot == snapshot_of(REPORT, found)
