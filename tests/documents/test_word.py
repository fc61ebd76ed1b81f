"""The Word file of a document: the same words as its snapshot, to edit; for whoever may ask for the document."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import docx
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from tests.documents.reading import snapshot_of
from tests.factories import documents as made
from tests.factories.engagements import EngagementFactory, contact_of, member, office
from workflow import SYSTEM
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
PLAN, REPORT, SHEET = DocumentKind.REFORM_PLAN, DocumentKind.SURVEY_REPORT, DocumentKind.DECISION_SHEET


def words_of(content: bytes) -> str:
    """Every word of the file, tables included."""
    word = docx.Document(BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in word.paragraphs), *cells])


def texts(value: Any) -> list[str]:
    """What a snapshot's tables, facts and paragraphs say."""
    if isinstance(value, dict):
        named = {"text", "heading", "caption", "strong", "condition"}
        own = [found for key, found in value.items() if key in named and isinstance(found, str)]
        rows = value.get("rows", []) if value.get("block") in ("facts", "table", "judge") else []
        cells = [str(cell) for row in rows for cell in row if isinstance(cell, str)]
        return own + cells + [text for part in value.get("blocks", []) for text in texts(part)]
    return [text for part in value for text in texts(part)]


def stored(kind: str, subject: Any) -> Document:
    document = services.request_document(kind, subject, actor=SYSTEM, now=timezone.now())
    services.make(document.pk, now=timezone.now())
    return Document.objects.get(pk=document.pk)


@pytest.fixture
def plan() -> Any:
    engagement = made.engagement(advisor="葛󠄀城 﨑子")
    made.survey(engagement, *made.three_teams())
    return made.plan(engagement, background="髙﨑さんと𠮷野さんが、\x0b課ごとに聞きました。")


def test_every_word_of_the_snapshot_stands_in_the_file(plan: Any) -> None:
    for kind, subject in ((PLAN, plan), (REPORT, plan.engagement.surveys.get())):
        document = stored(kind, subject)
        said = words_of(services.word_of(document))
        missing = [
            text for text in texts(document.snapshot["chapters"]) if text.replace("\x0b", "\n") not in said
        ]
        assert missing == []
        assert document.snapshot["title"] in said


def test_names_keep_their_glyphs_and_variation_selectors(plan: Any) -> None:
    said = words_of(services.word_of(stored(PLAN, plan)))
    assert "葛󠄀城 﨑子" in said
    assert "髙﨑さんと𠮷野さんが、\n課ごとに聞きました。" in said


def test_plots_are_told_in_words_and_head_rows_repeat(plan: Any) -> None:
    content = services.word_of(stored(REPORT, plan.engagement.surveys.get()))
    word = docx.Document(BytesIO(content))
    assert any("班" in line.text and "分" in line.text for line in word.paragraphs)
    assert "w:tblHeader" in word.element.xml
    assert word.core_properties.language == "ja-JP"


def test_the_file_names_the_pdf_that_counts(plan: Any) -> None:
    document = stored(PLAN, plan)
    digest = services.content_hash(document.snapshot)
    assert digest[:4] in words_of(services.word_of(document))
    assert "編集用の写しです" in words_of(services.word_of(document))


def test_an_old_version_says_what_it_said(plan: Any) -> None:
    old = stored(PLAN, plan)
    before = words_of(services.word_of(old))
    type(plan).objects.filter(pk=plan.pk).update(vision="すべてが変わった姿")
    new = stored(PLAN, type(plan).objects.get(pk=plan.pk))
    assert new.pk != old.pk
    assert words_of(services.word_of(Document.objects.get(pk=old.pk))) == before


def test_the_towns_contact_gets_it_and_others_do_not(client: Client, plan: Any) -> None:
    document = stored(PLAN, plan)
    town = plan.engagement.municipality
    path = f"/documents/{document.pk}/word/"
    for user in (member(Role.CONTACT, town), office()):
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == 200
        assert unquote(answer["Content-Disposition"]).endswith(f"_窓口改革計画書_v{document.version}.docx")
        assert path in client.get(document.get_absolute_url()).content.decode()
    client.force_login(contact_of(EngagementFactory()))
    assert client.get(path).status_code == 404
    taken = [json.loads(event.canonical)["data"] for event in Event.objects.filter(type="export.taken")]
    about = f"{PLAN} {document.subject} v{document.version}"
    assert taken == [{"list": "document-word", "rows": 1, "about": about}] * 2


def test_a_one_page_paper_has_no_word_file(client: Client, plan: Any) -> None:
    document = Document.objects.create(
        kind=SHEET,
        subject=plan.reference,
        version=1,
        title="ご判断いただきたいこと",
        body="見本町",
        municipality=plan.engagement.municipality,
        engagement_id=plan.engagement_id,
        snapshot=snapshot_of(SHEET, plan),
        requested_at=timezone.now(),
    )
    client.force_login(office())
    assert client.get(f"/documents/{document.pk}/word/").status_code == 404
    assert "Wordで編集する" not in client.get(document.get_absolute_url()).content.decode()
