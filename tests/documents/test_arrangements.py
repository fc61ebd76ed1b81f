"""文書番号, 様式番号, 宛先 and chapters of one's own: in the next version, on paper, in Word; nothing is lost."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from itertools import chain

import docx
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagements.documents import arrangements, services
from engagements.documents.arrangement_forms import SectionForm
from engagements.documents.builders import builder_of, kinds
from engagements.documents.models import Arrangement, Document, DocumentKind
from engagements.documents.pasted import parts_of
from engagements.documents.word import as_word
from engagements.survey import services as services_of_surveys
from tests.documents.reading import snapshot_of, text_of, unsound
from tests.factories import documents as made
from tests.factories.engagements import actor, advisor_of, contact_of
from tests.factories.plans import final_plan, ready_plan
from tests.field import field
from workflow import SYSTEM
from workflow.errors import BadInput, NotAllowed
from workflow.models import Event

REPORT, PLAN, OFFICE = (
    DocumentKind.SURVEY_REPORT,
    DocumentKind.REFORM_PLAN,
    DocumentKind.REFORM_PLAN_OFFICE,
)
HEAD = {
    "document_number": "見総第12号",
    "form_number": "様式第3号(第7条関係)",
    "addressee": "見本町議会議長 様",
}
TABLE = "前文です。\n\n課\t人数\t#印\n町民課\t12\tあ\n税務課\t1,234\t\nあとがきです。"


def section(title="調査の経緯", place="last", text=TABLE):
    return {"title": title, "place": place, "text": text}


def arranged(kind, subject, *sections, base=0, by=None, **head):
    return arrangements.arrange(
        kind,
        subject,
        head=HEAD | head,
        sections=list(sections),
        base=base,
        actor=actor(by or contact_of(subject.engagement)),
        now=timezone.now(),
    )


def survey():
    return made.survey(made.engagement(), made.route("A"))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def address(kind, subject):
    return f"/documents/{kind}/{subject.reference}/arrangement/"


def posted(base=0, *sections, **head):
    rows = {}
    for number, row in enumerate(sections):
        rows |= {f"sections-{number}-{name}": value for name, value in row.items()}
    counts = {"sections-TOTAL_FORMS": len(sections), "sections-INITIAL_FORMS": 0}
    return HEAD | head | counts | rows | {"base": base}


@pytest.mark.django_db
def test_the_head_and_own_chapters_are_in_the_next_version_and_not_in_the_one_before():
    found = survey()
    before = services.request_document(REPORT, found, actor=SYSTEM, now=timezone.now())
    arranged(
        REPORT,
        found,
        section("はじめに", "first", "町長から"),
        section("町の経緯", "summary"),
        section("名簿", "a chapter that is gone", "一覧"),
    )
    after = services.request_document(REPORT, found, actor=SYSTEM, now=timezone.now())
    assert (before.version, after.version) == (1, 2)
    headings = [one["heading"] for one in after.snapshot["chapters"]]
    assert headings[0] == "1 はじめに"
    assert headings[2] == "3 町の経緯"
    assert headings[-1] == f"{len(headings)} 名簿"
    assert Document.objects.get(pk=before.pk).snapshot["chapters"][0]["heading"] == "1 まとめ"
    text, table, end = after.snapshot["chapters"][2]["blocks"]
    assert (text["text"], end["text"]) == ("前文です。", "あとがきです。")
    assert table["columns"] == ["課", "#人数", "\uff03印"]
    assert table["rows"] == [["町民課", "12", "あ"], ["税務課", "1,234", ""]]
    assert table["caption"].endswith("町の経緯")


@pytest.mark.django_db
def test_on_paper_and_in_word_it_stands_as_it_was_written(tmp_path):
    found = survey()
    arranged(REPORT, found, section())
    snapshot = snapshot_of(REPORT, found)
    pdf = services.draw(REPORT, snapshot, version=1, issued_at=timezone.now())
    assert unsound(pdf.content, tmp_path / "out.pdf") == []
    said = text_of(pdf.content, tmp_path)
    edition = services.Edition(1, timezone.now(), "0" * 64)
    word = docx.Document(BytesIO(as_word(snapshot, edition)))
    written = "\n".join(one.text for one in word.paragraphs)
    for words in (*HEAD.values(), "調査の経緯", "あとがきです。", found.reference):
        assert words in said
        assert words in written
    assert "議長 様 様" not in said


@pytest.mark.django_db
def test_a_kind_that_has_a_head_prints_it():
    """Every kind that says so is dressed in one place; the others refuse."""
    with_head = {kind for kind in kinds() if builder_of(kind).has_head}
    assert {REPORT, PLAN, OFFICE, DocumentKind.DISPATCH_REQUEST, DocumentKind.COUNTER_NOTICE} <= with_head
    found = survey()
    arranged(DocumentKind.COUNTER_NOTICE, found)
    assert snapshot_of(DocumentKind.COUNTER_NOTICE, found)["own_number"] == "見総第12号"
    with pytest.raises(BadInput):
        arranged(DocumentKind.COUNTER_NOTICE, found, section(), base=1)
    with pytest.raises(BadInput):
        arranged(DocumentKind.DUMMY_CARDS, found)


@pytest.mark.django_db
def test_a_finished_plan_is_no_longer_arranged_but_the_offices_edition_is():
    plan = ready_plan()
    arranged(PLAN, plan, section())
    final = final_plan()
    with pytest.raises(BadInput):
        arranged(PLAN, final, section())
    arranged(OFFICE, final, section("係の名簿"))
    assert "係の名簿" in snapshot_of(OFFICE, final)["chapters"][-1]["heading"]
    page = client_of(contact_of(final.engagement)).get(address(PLAN, final)).content.decode()
    assert "下書きに戻して" in page
    assert "<textarea" not in page


@pytest.mark.django_db
def test_what_was_being_typed_when_the_plan_was_finished_is_still_there():
    plan = final_plan()
    client = client_of(contact_of(plan.engagement))
    answer = client.post(address(PLAN, plan), posted(0, section("書きかけの章", text="書きかけの本文")))
    assert answer.status_code == 422
    page = answer.content.decode()
    for words in ("下書きに戻して", "書きかけの章", "書きかけの本文", "見総第12号"):
        assert words in page
    assert not Arrangement.objects.exists()


@pytest.mark.django_db
def test_who_may_not_ask_for_the_document_may_not_arrange_it():
    found, other = survey(), made.engagement("別見本町")
    with pytest.raises(NotAllowed):
        arranged(REPORT, found, by=contact_of(other))
    assert client_of(contact_of(other)).get(address(REPORT, found)).status_code == 404
    assert client_of(contact_of(other)).post(address(REPORT, found), posted()).status_code == 404
    assert not Arrangement.objects.exists()


@pytest.mark.django_db
def test_the_page_keeps_what_is_typed_and_logs_who():
    found = survey()
    client = client_of(contact_of(found.engagement))
    page = client.get(address(REPORT, found)).content.decode()
    assert "「まとめ」の後" in page
    spare = section("", "last", "") | {"ORDER": ""}
    two = (
        section("二つ目", "summary", "本文2") | {"ORDER": 2},
        section("一つ目", "first", "本文1") | {"ORDER": 1},
    )
    assert client.post(address(REPORT, found), posted(0, *two, spare)).status_code == 302
    stored = Arrangement.objects.get()
    assert [row["title"] for row in stored.sections] == ["一つ目", "二つ目"]
    assert (stored.addressee, stored.revision) == ("見本町議会議長 様", 1)
    assert [event.actor_key for event in Event.objects.filter(type="document.arranged")] == [
        actor(contact_of(found.engagement)).key
    ]
    shown = client.get(address(REPORT, found)).content.decode()
    assert "本文1" in shown
    assert "保存した体裁でPDFを作る" in shown


@pytest.mark.django_db
def test_what_is_missing_is_said_by_its_field_and_nothing_is_lost():
    found = survey()
    client = client_of(contact_of(found.engagement))
    answer = client.post(address(REPORT, found), posted(0, section("", "last", "題のない本文")))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "章の題を入れてください" in page
    assert "題のない本文" in page
    assert "見総第12号" in page
    assert not Arrangement.objects.exists()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("課\t人数" + "\t" * 5_000 + "\n町民課\t12", True),
        ("\t".join("列" * 31) + "\n1\t2", False),
        ("課\t人数\n" * 751, False),
        # A wide row makes every other one as wide.
        ("\t".join("列" * 30) + "\n" + "a\tb\n" * 60, False),
    ],
)
def test_a_table_that_no_page_can_hold_is_refused_with_what_it_holds(text, fits):
    found = SectionForm({"title": "表", "place": "last", "text": text}, places=[])
    assert found.is_valid() == fits
    assert fits or "30列" in str(found.errors)


@pytest.mark.django_db
def test_two_at_once_are_shown_both():
    found = survey()
    arranged(REPORT, found, section("先の章", text="先の本文"), document_number="先の番号")
    client = client_of(contact_of(found.engagement))
    answer = client.post(address(REPORT, found), posted(0, section("後の章", text="後の本文")))
    assert answer.status_code == 409
    page = answer.content.decode()
    for words in ("先の番号", "先の本文", "見総第12号", "後の本文"):
        assert words in page
    assert Arrangement.objects.get().document_number == "先の番号"
    assert (
        client.post(address(REPORT, found), posted(1, section("後の章", text="後の本文"))).status_code == 302
    )
    assert Arrangement.objects.get().sections[0]["title"] == "後の章"


@pytest.mark.django_db
def test_the_next_document_of_the_kind_begins_with_what_its_owner_wrote_last():
    first = survey()
    arranged(REPORT, first, section())
    again = services_of_surveys.start_resurvey(
        first, held_on=date(2027, 9, 16), actor=actor(contact_of(first.engagement)), now=timezone.now()
    )
    page = client_of(contact_of(first.engagement)).get(address(REPORT, again)).content.decode()
    assert "様式第3号(第7条関係)" in page
    assert "見総第12号" not in page
    assert "前に作った同じ種類の書類から写しました" in page
    assert "own_number" not in snapshot_of(REPORT, again)
    stranger = survey_of_another_town()
    page = client_of(contact_of(stranger.engagement)).get(address(REPORT, stranger)).content.decode()
    assert "から写しました" not in page


def survey_of_another_town():
    return made.survey(made.engagement("別見本町"), made.route("A"))


@pytest.mark.django_db
def test_an_advisor_who_may_ask_for_the_report_may_arrange_it_too():
    found = survey()
    user = advisor_of(found.engagement)
    allowed = client_of(user).get(address(REPORT, found)).status_code == 200
    asked = client_of(user).post(f"/documents/{REPORT}/{found.reference}/").status_code == 302
    assert allowed == asked


def test_cells_with_line_breaks_make_one_table_of_as_many_rows_as_excel_shows():
    pasted = field("pasted-cells.txt").decode()
    before, table, after = arrangements.own_blocks(section(text=f"前文です。\r\n{pasted}あとがきです。"))
    assert (before["text"], after["text"]) == ("前文です。", "あとがきです。")
    assert table["columns"] == ["窓口", "混む時間", "対応"]
    assert table["rows"] == [
        ["住民\n窓口", "9時～11時", "番号札を\n増やす"],
        ["国保窓口", "10時", '"ご案内"の札'],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"見本"と書かれた札\n次の行', ['"見本"と書かれた札\n次の行']),
        ('"閉じない引用\n課\t数', ['"閉じない引用', [["課", "数"]]]),
        ('"一行の引用"\n"二行の\n引用"', ['"一行の引用"\n"二行の\n引用"']),
        ('課\t"a\tb"\n税\t"c\r\nd"', [[["課", "a\tb"], ["税", "c\nd"]]]),
        ('"見本"です\t3\n\n\n税\t""', [[['"見本"です', "3"]], [["税", ""]]]),
        ("", []),
        ("\t", [[["", ""]]]),
    ],
)
def test_quotes_belong_to_the_cell_or_to_the_text(text, expected):
    assert list(parts_of(text)) == expected


#: A heading's signs of ours are written wide.
WIDE = str.maketrans("#!", "\uff03\uff01")
CELLS = st.text("あ漢𠮷a1,.#!-−円 󠄀", max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6))
def test_every_word_that_was_written_is_printed(lines):
    text = "\n".join("\t".join(cells) for cells in lines)
    blocks = list(arrangements.own_blocks(section(text=text)))
    said = " ".join(
        block["text"]
        if block["block"] == "text"
        else " ".join([*block["columns"], *chain.from_iterable(block["rows"])])
        for block in blocks
    )
    for cells in lines:
        for cell in cells:
            for word in cell.translate(WIDE).split():
                assert word in said.translate(WIDE)
    for block in blocks:
        if block["block"] == "table":
            assert {len(row) for row in block["rows"]} <= {len(block["columns"])}
