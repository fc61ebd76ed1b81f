"""Decisions that are staged, then released together; approvers who are reminded or replaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import links
from accounts.models import Role
from accounts.table import TABLE
from engagements.applications import selectors, services, staging
from engagements.applications.jobs import remind_of_consents
from engagements.applications.models import Application, Release
from engagements.documents.models import Document, DocumentKind
from engagements.documents.services import draw
from tests.documents.reading import snapshot_of, text_of, unsound
from tests.factories import applications as made
from tests.factories.engagements import member, office
from workflow import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def by_office() -> Any:
    return made.acting(office())


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def mails_to(application: Application, since: int = 0) -> list[str]:
    rows = Outbox.objects.filter(
        kind="mail", pk__gt=since, address=made.contact_of(application.municipality).email
    )
    return [row.subject for row in rows.order_by("pk")]


def last_row() -> int:
    newest = Outbox.objects.order_by("-pk").first()
    return newest.pk if newest else 0


# --- staging ------------------------------------------------------------------------------------------------


def test_a_staged_decision_tells_nobody_outside_the_office() -> None:
    application = made.consented(now=NOW)
    before = last_row()
    perform("stage", application, by_office(), now=NOW, decision="decline", comment="内密の理由")
    assert not Outbox.objects.filter(pk__gt=before).exists()
    assert application.state == "submitted"
    town = application.municipality
    for role in (Role.CONTACT, Role.APPROVER, Role.EXECUTIVE, Role.SECTION):
        client = signed_in(member(role, town))
        for address in (
            application.get_absolute_url(),
            reverse("applications"),
            "/",
            f"/api/v1/applications/{application.pk}/",
        ):
            said = client.get(address).content.decode()
            assert "内密の理由" not in said, address
            assert "内定" not in said, address
    history = selectors.history(application, made.acting(made.contact_of(town)))
    assert "結果を内定にしました" not in str(history)
    assert "結果を内定にしました" in str(selectors.history(application, by_office()))


def test_a_refusal_is_staged_with_its_reason_only() -> None:
    application = made.consented(now=NOW)
    with pytest.raises(BadInput) as refusal:
        perform("stage", application, by_office(), now=NOW, decision="decline", comment=" ")
    assert set(refusal.value.fields) == {"comment"}


def test_a_waiting_town_is_not_put_on_the_list_again() -> None:
    application = made.consented(now=NOW)
    perform("waitlist", application, by_office(), now=NOW, comment="")
    with pytest.raises(BadInput) as refusal:
        perform("stage", application, by_office(), now=NOW, decision="waitlist", comment="")
    assert set(refusal.value.fields) == {"decision"}


@pytest.mark.parametrize("gone", ["withdraw", "return", "unstage"])
def test_what_goes_another_way_is_staged_no_more(gone: str) -> None:
    application = made.staged(now=NOW)
    who = made.acting(made.contact_of(application.municipality)) if gone == "withdraw" else by_office()
    data = {"return": {"comment": "直してください"}, "unstage": {"reason": "見直し"}}.get(gone, {})
    perform(gone, application, who, now=NOW, **data)
    assert (application.staged, application.staged_comment) == ("", "")


# --- releasing ----------------------------------------------------------------------------------------------


def test_a_release_decides_mails_and_prints_for_every_town_at_once() -> None:
    yes = made.staged(now=NOW, comment="9月に始めましょう")
    wait = made.staged("waitlist", now=NOW)
    no = made.staged("decline", "枠を超えました", now=NOW)
    before = last_row()
    (release,) = staging.release([yes.pk, wait.pk, no.pk], actor=by_office(), now=LATER)
    states = [Application.objects.get(pk=row.pk).state for row in (yes, wait, no)]
    assert states == ["accepted", "waitlisted", "declined"]
    assert [len(mails_to(row, before)) for row in (yes, wait, no)] == [1, 1, 1]
    assert [item.decision for item in release.items.all()] == ["accept", "waitlist", "decline"]
    assert Document.objects.filter(kind=DocumentKind.RESULT_NOTICE).count() == 3
    bodies = "".join(row.body for row in Outbox.objects.filter(kind="mail", pk__gt=before))
    assert "9月に始めましょう" in bodies
    assert "枠を超えました" in bodies
    assert not Application.objects.exclude(staged="").exists()


def test_one_that_can_not_be_released_holds_all_back_and_is_named() -> None:
    fine = made.staged(now=NOW)
    unconsented = made.issued(now=NOW)
    perform("stage", unconsented, by_office(), now=NOW, decision="accept", comment="")
    before = last_row()
    with pytest.raises(BadInput) as refusal:
        staging.release([fine.pk, unconsented.pk], actor=by_office(), now=LATER)
    assert set(refusal.value.fields) == {str(unconsented.pk)}
    fine.refresh_from_db()
    assert (fine.state, fine.staged) == ("submitted", "accept")
    assert not Outbox.objects.filter(pk__gt=before).exists()
    assert not Release.objects.exists()
    assert [bool(row.reasons) for row in staging.staged(LATER)] == [False, True]


def test_a_decision_that_went_meanwhile_is_named() -> None:
    application = made.staged(now=NOW)
    perform("withdraw", application, made.acting(made.contact_of(application.municipality)), now=NOW)
    with pytest.raises(BadInput) as refusal:
        staging.release([application.pk], actor=by_office(), now=LATER)
    assert "取り下げ" in str(refusal.value)


def test_nothing_chosen_is_nothing_released() -> None:
    with pytest.raises(BadInput):
        staging.release([], actor=by_office(), now=NOW)


def test_only_the_office_releases() -> None:
    application = made.staged(now=NOW)
    with pytest.raises(NotAllowed):
        staging.release(
            [application.pk], actor=made.acting(made.contact_of(application.municipality)), now=NOW
        )
    assert set(TABLE["release.make"]) == {"secretariat"}


def test_many_are_staged_or_none() -> None:
    first, second = made.consented(now=NOW), made.consented(now=NOW)
    wanted = [staging.Wanted(first.pk, "accept"), staging.Wanted(second.pk, "decline", "")]
    with pytest.raises(BadInput) as refusal:
        staging.stage_many(wanted, actor=by_office(), now=NOW)
    assert set(refusal.value.fields) == {str(second.pk)}
    assert not Application.objects.exclude(staged="").exists()
    wanted[1] = staging.Wanted(second.pk, "decline", "次の募集にお願いします")
    assert staging.stage_many(wanted, actor=by_office(), now=NOW) == 2


# --- the paper ----------------------------------------------------------------------------------------------


def test_the_merged_notices_are_one_file_with_a_page_for_each_town(tmp_path: Any) -> None:
    rows = [made.staged(now=NOW), made.staged("decline", "枠を超えました", now=NOW)]
    (release,) = staging.release([row.pk for row in rows], actor=by_office(), now=LATER)
    subject = Release.objects.get(pk=release.pk)
    pdf = draw(
        DocumentKind.RESULT_NOTICES,
        snapshot_of(DocumentKind.RESULT_NOTICES, subject),
        version=1,
        issued_at=LATER,
    )
    assert unsound(pdf.content, tmp_path / "notices.pdf") == []
    pages = text_of(pdf.content, tmp_path).rstrip("\f").split("\f")
    assert len(pages) == 2
    for page, row, other in zip(pages, rows, reversed(rows), strict=True):
        said = page.replace(" ", "")
        for expected in (
            row.reference,
            f"{row.municipality.full_name}長様",
            "申込の結果について(通知)",
            "結果",
        ):
            assert expected in said
        for foreign in (other.reference, other.municipality.name, release.reference):
            assert foreign not in said
    assert "枠を超えました" in pages[1].replace(" ", "")
    assert "枠を超えました" not in pages[0]


def test_the_list_of_a_release_is_a_paper_of_the_office_alone(tmp_path: Any) -> None:
    rows = [made.staged(now=NOW), made.staged("decline", "枠を超えました", now=NOW)]
    (release,) = staging.release([row.pk for row in rows], actor=by_office(), now=LATER)
    subject = Release.objects.get(pk=release.pk)
    snapshot = snapshot_of(DocumentKind.RESULT_LIST, subject)
    pdf = draw(DocumentKind.RESULT_LIST, snapshot, version=1, issued_at=LATER)
    assert unsound(pdf.content, tmp_path / "list.pdf") == []
    said = text_of(pdf.content, tmp_path).replace(" ", "")
    for row in rows:
        assert row.reference in said
        assert row.municipality.name in said
    assert "様" not in said
    client = signed_in(office())
    assert client.post(f"/documents/result-list/{release.reference}/").status_code == 302
    kept = Document.objects.get(kind="result-list")
    for row in rows:
        contact = signed_in(made.contact_of(row.municipality))
        assert contact.get(f"/documents/{kept.pk}/").status_code == 404
        assert contact.post(f"/documents/result-list/{release.reference}/").status_code == 404


def test_the_notice_stays_the_same_once_an_advisor_is_found() -> None:
    application = made.accepted(now=NOW)
    accepted = snapshot_of(DocumentKind.RESULT_NOTICE, application)
    Application.objects.filter(pk=application.pk).update(state="matched")
    assert snapshot_of(DocumentKind.RESULT_NOTICE, Application.objects.get(pk=application.pk)) == accepted


# --- the page -----------------------------------------------------------------------------------------------


def test_the_page_stages_and_releases_and_keeps_what_was_typed() -> None:
    first, second = made.consented(), made.consented()
    client = signed_in(office())
    typed = {
        "row": [first.pk, second.pk],
        f"decision-{first.pk}": "accept",
        f"comment-{first.pk}": "よろしくお願いします",
        f"decision-{second.pk}": "decline",
    }
    refused = client.post(reverse("application-stage"), typed)
    assert refused.status_code == 422
    assert "よろしくお願いします" in refused.content.decode()
    assert "見送る理由を入れてください" in refused.content.decode()
    typed[f"comment-{second.pk}"] = "枠を超えました"
    assert client.post(reverse("application-stage"), typed).status_code == 302
    chosen = {"chosen": [first.pk, second.pk]}
    assert client.post(reverse("application-release"), chosen).status_code == 302
    shown = client.get(reverse("application-results")).content.decode()
    assert Release.objects.get().reference in shown


def test_an_auditor_reads_the_page_without_a_button() -> None:
    made.staged()
    said = signed_in(member(Role.AUDITOR)).get(reverse("application-results")).content.decode()
    assert "選んだ結果を発表する" not in said
    assert "内定したもの" in said


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_number_of_queries(number: int) -> None:
    client = signed_in(office())
    for _ in range(number):
        made.staged()
        made.consented()
    made.release()
    client.get(reverse("application-results"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(reverse("application-results"))
    assert len(queries) == QUERIES


QUERIES = 9


# --- the approver -------------------------------------------------------------------------------------------


def test_a_silent_approver_is_reminded_once_and_the_contact_is_told() -> None:
    application = made.issued(now=NOW)
    programme = application.call.programme
    near = NOW + timedelta(days=programme.review_days - programme.remind_days)
    assert remind_of_consents(near - timedelta(days=1)) == 0
    before = last_row()
    assert [remind_of_consents(near), remind_of_consents(near)] == [1, 0]
    rows = Outbox.objects.filter(kind="mail", pk__gt=before)
    assert sorted(row.address for row in rows) == sorted(
        [made.APPROVER, made.contact_of(application.municipality).email]
    )
    assert any("承認する方を替える" in row.body for row in rows)


def test_a_consent_needs_no_reminder() -> None:
    application = made.consented(now=NOW)
    assert remind_of_consents(NOW + timedelta(days=application.call.programme.review_days)) == 0


def test_a_substitute_gets_a_link_to_the_paper_and_the_first_link_dies() -> None:
    application = made.issued(now=NOW)
    _first, address = links.issue(
        purpose="consent",
        role="approver",
        scope=f"application:{application.pk}",
        address=application.approver_email,
        name="",
        version=application.issued_hash,
        now=NOW,
    )
    contact = made.acting(made.contact_of(application.municipality))
    perform(
        "substitute",
        application,
        contact,
        now=NOW,
        name="代理 次郎",
        email="dairi@town.example.test",
        reason="課長が出張中のため",
    )
    assert (application.approver_name, application.issued_hash) == ("代理 次郎", "")
    old = Client().post(address.removeprefix("http://127.0.0.1:8000"), {"act": "consent"})
    assert old.status_code == 410
    application.refresh_from_db()
    assert not application.has_consent
    services.attach_issued(application, 2, "f" * 64, NOW)
    sent = Outbox.objects.filter(kind="mail").order_by("-pk").first()
    assert sent is not None
    assert sent.address == "dairi@town.example.test"
    assert Event.objects.filter(stream=application.stream, type="application.substitute").count() == 1


@pytest.mark.parametrize("email", [made.APPROVER, "MIHON@town.example.test"])
def test_a_substitute_is_somebody_else(email: str) -> None:
    application = made.issued(now=NOW)
    contact = made.acting(made.contact_of(application.municipality))
    with pytest.raises(BadInput) as refusal:
        perform("substitute", application, contact, now=NOW, name="誰か", email=email, reason="不在")
    assert set(refusal.value.fields) == {"email"}


def test_who_has_consented_is_not_replaced() -> None:
    application = made.consented(now=NOW)
    contact = made.acting(made.contact_of(application.municipality))
    with pytest.raises(GuardsUnmet, match="承認されています"):
        perform("substitute", application, contact, now=NOW, name="誰か", email="x@y.example", reason="不在")


def test_a_staged_decision_of_a_decided_application_is_refused() -> None:
    application = made.accepted(now=NOW)
    with pytest.raises(WrongState):
        perform("stage", application, by_office(), now=NOW, decision="decline", comment="理由")
    assert timezone.is_aware(application.decided_at)
