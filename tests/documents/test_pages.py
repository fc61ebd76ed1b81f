"""The pages of documents: who reads which, what the page offers while it waits, after it failed and when it is there."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from engagements.documents import services
from engagements.documents.builders.paper import grouped
from engagements.documents.models import Document, DocumentKind
from tests.documents import reading
from tests.factories import applications as applied
from tests.factories import documents as made
from tests.factories.engagements import advisor_of, contact_of, member, office
from tests.factories.programme import seeded
from workflow import SYSTEM

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
REPORT = DocumentKind.SURVEY_REPORT


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def document(*, ready=True, name="見本町", title="窓口利用体験調査"):
    survey = made.survey(made.engagement(name), made.route("A"))
    survey.title = title
    survey.save()
    asked = services.request_document(REPORT, survey, actor=SYSTEM, now=timezone.now())
    return services.make(asked.pk, now=timezone.now()) if ready else asked


def page(client, found):
    return client.get(found.get_absolute_url()).content.decode()


# --- who -----------------------------------------------------------------------------------------------


def test_a_document_is_read_by_its_town_its_advisor_and_the_office_and_by_nobody_else():
    found, other = document(ready=False), document(ready=False, name="別の町")
    town = found.municipality
    readers = [contact_of(found.engagement), advisor_of(found.engagement), office(), member(Role.AUDITOR)]
    readers += [member(role, town) for role in (Role.APPROVER, Role.EXECUTIVE)]
    strangers = [contact_of(other.engagement), advisor_of(other.engagement)]
    addresses = ["document", "document-progress", "document-file"]
    for user in readers:
        assert signed_in(user).get(found.get_absolute_url()).status_code == 200
    for user in strangers:
        client = signed_in(user)
        assert {client.get(reverse(name, args=[found.pk])).status_code for name in addresses} == {404}
        assert found.subject not in client.get(reverse("documents")).content.decode()


def test_another_towns_survey_cannot_be_printed():
    found, other = document(), document(name="別の町")
    client = signed_in(contact_of(found.engagement))
    address = reverse("document-request", args=[REPORT, other.subject])
    assert client.post(address).status_code == 404
    assert client.post(reverse("document-again", args=[other.pk])).status_code == 404


# --- the list ------------------------------------------------------------------------------------------


def test_the_list_shows_kind_town_version_and_date():
    found = document()
    said = signed_in(office()).get(reverse("documents")).content.decode()
    for word in ("窓口利用体験調査報告書", "岩手県見本町", found.subject, "第1版", "できました"):
        assert word in said


def test_the_list_can_be_narrowed_to_a_kind():
    found = document(ready=False)
    paper = applied.submitted()
    client = signed_in(office())
    narrowed = client.get(reverse("documents"), {"kind": "application"}).content.decode()
    assert paper.reference in narrowed
    assert found.subject not in narrowed
    everything = client.get(reverse("documents"), {"kind": "no-such"}).content.decode()
    assert found.subject in everything


def test_the_list_takes_as_many_queries_for_three_as_for_one():
    client, counts = signed_in(office()), []
    for number in (1, 2):
        for _ in range(number):
            document(ready=False)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("documents")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_empty_list_says_when_something_will_be_there():
    assert "書類はまだありません" in signed_in(office()).get(reverse("documents")).content.decode()


# --- one document --------------------------------------------------------------------------------------


def test_a_document_that_waits_asks_again_by_itself_and_has_a_link_for_those_without_scripts():
    found = document(ready=False)
    client = signed_in(contact_of(found.engagement))
    said = page(client, found)
    assert reverse("document-progress", args=[found.pk]) in said
    assert "再読み込み" in said
    assert "HX-Refresh" not in client.get(reverse("document-progress", args=[found.pk])).headers
    services.make(found.pk, now=timezone.now())
    assert client.get(reverse("document-progress", args=[found.pk])).headers["HX-Refresh"] == "true"


def test_a_document_that_is_there_names_both_hashes_and_opens():
    found = document()
    client = signed_in(contact_of(found.engagement))
    said = page(client, found)
    assert grouped(found.sha256) in said
    assert grouped(services.content_hash(found.snapshot)) in said
    file = client.get(reverse("document-file", args=[found.pk]))
    assert file.content == services.file_path(found).read_bytes()
    assert file.headers["Content-Type"] == "application/pdf"
    assert quote(found.file_name) in file.headers["Content-Disposition"]


def test_the_file_is_not_there_before_it_is_made_nor_after_it_was_lost():
    found = document(ready=False)
    client = signed_in(contact_of(found.engagement))
    address = reverse("document-file", args=[found.pk])
    assert client.get(address).status_code == 404
    services.file_path(services.make(found.pk, now=timezone.now())).unlink()
    assert client.get(address).status_code == 404


def test_a_failed_document_says_why_and_offers_the_button_to_those_who_may():
    found = document(title="\U0002fffd")
    contact = signed_in(contact_of(found.engagement))
    said = page(contact, found)
    assert "U+2FFFD" in said
    assert reverse("document-again", args=[found.pk]) in said
    auditor = signed_in(member(Role.AUDITOR))
    assert reverse("document-again", args=[found.pk]) not in page(auditor, found)
    assert auditor.post(reverse("document-again", args=[found.pk])).status_code == 403
    assert contact.post(reverse("document-again", args=[found.pk])).status_code == 302
    found.refresh_from_db()
    assert (found.progress, found.fault) == ("queued", "")


def test_markup_in_a_name_is_shown_as_written():
    found = document(ready=False, name="<b>町</b>")
    said = page(signed_in(office()), found)
    assert "&lt;b&gt;町&lt;/b&gt;" in said
    assert "<b>町</b>" not in said


def test_asking_leads_to_the_page_of_the_document_once():
    survey = made.survey(made.engagement(), made.route("A"))
    client = signed_in(contact_of(survey.engagement))
    address = reverse("document-request", args=[REPORT, survey.reference])
    first, second = (client.post(address) for _ in range(2))
    assert (
        first.headers["Location"] == second.headers["Location"] == Document.objects.get().get_absolute_url()
    )
    assert client.get(address).status_code == 405
    assert client.post(reverse("document-request", args=["no-such", "1"])).status_code == 404


def test_other_versions_stand_on_the_page():
    found = document()
    survey = services.builder_of(REPORT).subjects().get()
    survey.title = "改めた名前"
    survey.save()
    newer = services.request_document(REPORT, survey, actor=SYSTEM, now=timezone.now())
    said = page(signed_in(office()), found)
    assert newer.get_absolute_url() in said
    assert "第2版" in said


def test_the_blank_form_is_for_everybody_who_is_signed_in():
    address = reverse("document-blank")
    client = signed_in(member(Role.ADVISOR))
    assert client.get(address).status_code == 404
    seeded()
    assert client.get(address).content.startswith(b"%PDF")
    assert Client().get(address).status_code == 302


def test_a_finished_role_no_longer_reads():
    found = document(ready=False)
    advisor = advisor_of(found.engagement)
    found.engagement.roles.filter(user=advisor).update(
        valid_to=found.engagement.roles.get(user=advisor).valid_from
    )
    assert signed_in(advisor).get(found.get_absolute_url()).status_code == 404


# --- the draft of an application -------------------------------------------------------------------------


def test_a_draft_is_read_as_the_very_pdf_before_it_is_submitted(tmp_path):
    draft = applied.filled(aims="転入の人に、同じ住所を五回書いてもらっています。来年の春までに減らしたい。")
    contact = applied.contact_of(draft.municipality)
    edit = signed_in(contact).get(f"/applications/{draft.pk}/edit/").content.decode()
    address = reverse("document-draft", args=[draft.pk])
    assert address in edit
    answer = signed_in(contact).get(address)
    words = reading.text_of(answer.content, tmp_path)
    assert answer["Content-Type"] == "application/pdf"
    assert "同じ住所を五回書いて" in words
    assert "下書き" in words
    assert "まだ提出していません" in words
    assert not Document.objects.exists()


def test_no_draft_of_a_submitted_application_nor_of_another_town():
    sent, draft = applied.issued(), applied.filled()
    sender, stranger = applied.contact_of(sent.municipality), contact_of(made.engagement("別の町"))
    assert signed_in(sender).get(reverse("document-draft", args=[sent.pk])).status_code == 404
    assert signed_in(stranger).get(reverse("document-draft", args=[draft.pk])).status_code == 404


def test_a_draft_with_a_glyph_that_the_font_lacks_says_which():
    draft = applied.filled(aims="\U00032000" * 60)
    contact = applied.contact_of(draft.municipality)
    answer = signed_in(contact).get(reverse("document-draft", args=[draft.pk]))
    assert answer.status_code == 422
    assert "書体にない文字があります" in answer.content.decode()
