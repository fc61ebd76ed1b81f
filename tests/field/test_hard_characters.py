"""Characters that programs lose, by every way in and out: as they were typed, or refused with the place."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from docx import Document as Word
from docx.oxml.ns import qn
from openpyxl import Workbook, load_workbook

from accounts.models import User
from accounts.sheets import Column, workbook
from engagements.applications.models import Application
from engagements.documents import services as documents
from engagements.documents.builders import Edition
from engagements.survey import selectors
from engagements.survey.models import Survey
from municipalities.workbooks import read_book
from tests.documents.reading import text_of
from tests.factories import applications as made
from tests.factories.engagements import EngagementFactory, contact_of, office
from tests.factories.survey import SurveyFactory, save
from workflow.models import Event

pytestmark = pytest.mark.django_db
FILE = Path(__file__).with_name("hard-characters.json")
DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
TEXTS = [
    remark["text"]
    for route in DOCUMENT["routes"]
    for holder in (route, *route["visits"])
    for remark in holder["observations"]
] + [DOCUMENT["survey"]["title"], DOCUMENT["routes"][0]["team"]]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def of(engagement: Any) -> dict[str, Any]:
    """The file as this town's own."""
    document = deepcopy(DOCUMENT)
    document["survey"] |= {"municipality": engagement.municipality_id, "round": 1}
    return document


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def paragraph_texts(word: bytes) -> Iterator[str]:
    """The runs of a Word file, in their order."""
    for element in Word(BytesIO(word)).element.body.iter(qn("w:t"), qn("w:br")):
        yield element.text or ""


def seen(text: str) -> str:
    """What a reader sees of a text: no spaces, no signs without a shape."""
    return "".join(
        sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf")
    )


def shapes(text: str) -> set[str]:
    """Of signs that a font draws alike (both waves, a radical and its ideograph), a text layer names one."""
    radical = re.compile("[\u2f00-\u2fdf]")
    return set(radical.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text.replace("〜", "～")))


def test_the_file_holds_what_its_name_says() -> None:
    every = "".join(TEXTS)
    for sign in (
        "𠮷",
        "葛\U000e0100",
        "辻\U000e0101",
        "㈱",
        "①",
        "⾼",
        "⼀",
        "\u200b",
        "\ufeff",
        "\x0b",
        "\x08",
        "👵🏻",
    ):
        assert sign in every, sign


def test_a_survey_file_comes_in_and_goes_out_as_it_was_by_page_and_by_api() -> None:
    for way in ("page", "api"):
        engagement = EngagementFactory()
        client, document = signed_in(contact_of(engagement)), of(engagement)
        file = SimpleUploadedFile("記録.json", json.dumps(document, ensure_ascii=False).encode())
        if way == "page":
            sent = {"what": "import", "file": file}
            assert client.post(f"/engagements/{engagement.pk}/survey/", sent).status_code == 302
        else:
            body = {"engagement": engagement.pk, "document": document}
            assert client.post("/api/v1/surveys/", body, content_type="application/json").status_code == 201
        survey = Survey.objects.get(engagement=engagement)
        assert selectors.latest_document(survey) == document
        assert client.get(f"/api/v1/surveys/{survey.pk}/document/").json() == document
        assert survey.title == document["survey"]["title"]
        for page in ("", "records/", "timeline/r1/"):
            shown = client.get(f"/surveys/{survey.pk}/{page}")
            assert shown.status_code == 200
        assert "葛\U000e0100城市の𠮷田さん" in shown.content.decode()


def stepped(client: Client, way: str, engagement: Any, name: str, number: int, reason: str) -> Any:
    """The answer to a step that was taken on its page, or through the API."""
    if way == "api":
        address = f"/api/v1/engagements/{engagement.pk}/transitions/{name}/"
        return client.post(address, {"reason": reason}, content_type="application/json")
    form = {"reason": reason, "idempotency_key": f"{name}-{number}"}
    return client.post(f"/do/engagement/{engagement.pk}/{name}/", form)


@pytest.mark.parametrize("way", ["page", "api"])
def test_what_is_typed_into_a_step_is_kept_or_refused_at_its_field(way: str) -> None:
    engagement, client = EngagementFactory(), signed_in(office())
    for text in ("\x00", "半\x00分"):
        refused = stepped(client, way, engagement, "pause", 0, text)
        # A page is refused before any form is read: no browser types this.
        assert refused.status_code == (422 if way == "api" else 400)
        assert "文字" in refused.content.decode()
    for number, text in enumerate(TEXTS):
        assert stepped(client, way, engagement, "pause", number, text).status_code in (200, 302), text
        event = Event.objects.filter(type="engagement.pause").latest("pk")
        assert json.loads(event.personal.payload)["reason"] == text.strip()
        assert stepped(client, way, engagement, "resume", number, "再開").status_code in (200, 302)


def test_what_is_typed_into_an_application_is_kept() -> None:
    draft = made.draft()
    client = signed_in(made.contact_of(draft.municipality))
    for text in TEXTS:
        version = Application.objects.get(pk=draft.pk).revision
        sent = {"version": version, "aims": text}
        assert client.post(f"/applications/{draft.pk}/save/", sent).status_code == 200
        assert Application.objects.get(pk=draft.pk).aims == text.strip()


def test_a_cell_comes_in_as_it_was_typed() -> None:
    """A cell can hold no control character but the breaks of lines; `bad-xml.xlsx` is what has one all the same."""
    book, file, cells = Workbook(), BytesIO(), [CONTROL.sub("", text) for text in TEXTS]
    for cell in cells:
        book.active.append([cell])
    book.save(file)
    table = read_book(file.getvalue()).table(0, most_rows=100, most_columns=9)
    assert [row[0] for row in table.rows] == cells


def test_a_list_goes_out_with_every_sign_that_a_cell_can_hold() -> None:
    (heading, *rows) = load_workbook(
        BytesIO(workbook("一覧", [Column("字", lambda text: text)], TEXTS))
    ).active.iter_rows(values_only=True)
    assert heading == ("字",)
    assert [row[0] for row in rows] == [
        re.sub("[\x0b\x0c]", "\n", text).replace("\x08", "") for text in TEXTS
    ]


def test_a_paper_shows_every_sign_or_names_those_that_it_cannot(tmp_path: Path) -> None:
    """Remarks of the road alone: those of a counter wait for their section."""
    survey = SurveyFactory(records__teams=1)
    document = selectors.latest_document(survey)
    remark = {"kind": "problem", "category": "wayfinding"}
    document["routes"][0]["observations"] = [remark | {"text": text} for text in TEXTS]
    save(survey, document, reason="字の試し")
    snapshot = documents.snapshot_of("survey-report", survey, timezone.now())
    with pytest.raises(documents.Unprintable) as refusal:
        documents.draw("survey-report", snapshot, version=1, issued_at=timezone.now())
    assert re.search(r"U\+1F475.*「絵文字👵🏻", str(refusal.value))
    lacking = set(refusal.value.glyphs)
    for item in document["routes"][0]["observations"]:
        item["text"] = "".join(sign for sign in item["text"] if sign not in lacking)
    save(survey, document, reason="絵文字を外す")
    snapshot = documents.snapshot_of("survey-report", survey, timezone.now())
    paper = documents.draw("survey-report", snapshot, version=1, issued_at=timezone.now())
    shown = text_of(paper.content, tmp_path)
    for item in document["routes"][0]["observations"]:
        assert shapes(seen(item["text"])) <= shapes(shown), item["text"]
    assert all(sign in shown for sign in ("葛\U000e0100", "辻\U000e0101", "𠮷", "㈱①Ⅲ"))
    word = "".join(paragraph_texts(documents.word.as_word(snapshot, Edition(1, timezone.now(), ""))))
    assert all(seen(item["text"]) in seen(word) for item in document["routes"][0]["observations"])
