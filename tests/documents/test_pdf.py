"""Documents as files: tagged, complete, closed to the outside, and the same bytes for the same snapshot."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from itertools import pairwise

import pdfua
import pikepdf
import pytest
from django.conf import settings
from django.template import engines
from weasyprint.pdf import fonts as native_fonts

from engagements.documents.glyphs import font_faces, glyph_name, missing_glyphs
from engagements.documents.parts import Choice, Column, Entry, Fact, Judge, Plot, Sheet, table
from engagements.documents.pdf import AttachedFile, ForeignAsset, missing_native_parts, render_pdf
from engagements.survey.plots import FieldWrites, writes_by_field

pytestmark = pytest.mark.sqlite

ISSUED_AT = datetime(2026, 10, 16, 12, 0, tzinfo=timezone(timedelta(hours=9)))
# Names that a careless pipeline changes: variants, sequences with a selector, a character outside the BMP.
NAMES = ["髙﨑", "葛\U000e0100城", "辻\U000e0100", "𠮷野", "神\ufa19"]
SHEET = Sheet(
    title="見本町 窓口改革計画書 第3版",
    heading="窓口改革計画書",
    body_name="岩手県見本町",
    date="令和8年(2026年)10月16日",
    version="第3版",
    content_hash="9f2c 41ab",
    form_number="様式第3号",
    own_number="見デ第48号",
    addressee="見本町長 様",
    gist=[Fact("費用", 0), Fact("後押し", "")],
    contents_heading="目次",
    contents=[Entry("1 いまの窓口", "now")],
    demo=True,
)


def page(body, head=""):
    return f'<!doctype html><html lang="ja"><head><title>題</title>{head}</head><body>{body}</body></html>'


def rendered(html, **more):
    return render_pdf(html, title="題", issued_at=ISSUED_AT, **more)


def opened(pdf):
    return pikepdf.open(BytesIO(pdf.content))


def text_of(pdf, tmp_path):
    file = tmp_path / "out.pdf"
    file.write_bytes(pdf.content)
    shown = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    )
    return shown.stdout


def structure(pdf, *kinds):
    """Structure elements of these kinds in reading order."""

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for kid in node:
                yield from walk(kid)
        elif isinstance(node, pikepdf.Dictionary):
            if str(node.get("/S", ""))[1:] in kinds:
                yield node
            yield from walk(node.get("/K", pikepdf.Array()))

    return list(walk(pdf.Root.StructTreeRoot.K))


def fonts(pdf):
    """Every font of every page, once."""
    found = {}
    for sheet in pdf.pages:
        for font in (sheet.resources.get("/Font") or {}).values():
            found[font.objgen] = font
    return list(found.values())


def plan():
    columns = [Column("ものさし"), Column("中央値", numeric=True)]
    judge = Judge(
        "判断1 申請書を1枚にまとめる",
        [Fact("費用", None), Fact("<b>担当</b>", "".join(NAMES))],
        [Choice("認める", taken=True), Choice("認めない")],
        "月に1回知らせること",
        anchor="now",
    )
    measures = table("表1 数えたもの", columns, [["待ち", 0], ["窓口", None]], unknown="記録なし")
    return {
        "document": SHEET,
        "judge": judge,
        "tables": [measures, table("表2 気づき", columns, [])],
        "plot": Plot("図1 書いたもの", writes_by_field([FieldWrites("氏名", 18, 4)])),
    }


BODY = """{% extends "documents/base.html" %}{% block body %}<section class="chapter"><h2>1 いまの窓口</h2>
{% for table in tables %}{% include "documents/parts/table.html" %}{% endfor %}
{% include "documents/parts/plot.html" %}{% include "documents/parts/judge.html" %}</section>{% endblock %}"""


@pytest.fixture(scope="module")
def document():
    html = engines["django"].from_string(BODY).render(plan())
    return render_pdf(html, title=SHEET.title, issued_at=ISSUED_AT)


def test_the_file_says_what_it_is(document):
    with opened(document) as pdf:
        assert str(pdf.Root.Lang) == "ja"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert str(pdf.docinfo["/Title"]) == SHEET.title
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261016030000Z"
        assert pdf.open_metadata()["dc:title"] == SHEET.title
        assert len(pdf.pages) == document.pages
        # The cover's title and each chapter can be jumped to.
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["窓口改革計画書", "目次", "1 いまの窓口"]
    assert document.sha256 == hashlib.sha256(document.content).hexdigest()


def test_headings_go_down_one_step_at_a_time(document):
    with opened(document) as pdf:
        levels = [int(str(node.S)[2]) for node in structure(pdf, "H1", "H2", "H3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1


def test_header_cells_name_their_direction(document):
    with opened(document) as pdf:
        scopes = [str(cell.A["/Scope"]) for cell in structure(pdf, "TH")]
    # Two columns in each of two tables; everything else in first cells heads its row.
    assert scopes.count("/Column") == 4
    assert set(scopes) == {"/Column", "/Row"}


def test_figures_are_put_in_words(document):
    with opened(document) as pdf:
        (figure,) = structure(pdf, "Figure")
        assert str(figure.Alt) == "氏名 18回(書かずに済んだ 4回)"


def test_every_font_is_noto_and_embedded(document):
    with opened(document) as pdf:
        found = fonts(pdf)
        assert found
        for font in found:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "Noto-Sans-CJK-JP" in str(font.BaseFont)
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_names_stay_in_the_text_as_they_were_written(document, tmp_path):
    text = text_of(document, tmp_path)
    for name in NAMES:
        assert name in text


def test_empty_values_are_said_in_words_and_zero_is_a_value(document, tmp_path):
    lines = [" ".join(line.split()) for line in text_of(document, tmp_path).splitlines()]
    assert "費用 0" in lines
    assert "費用 記入なし" in lines
    assert "後押し 記入なし" in lines
    assert "待ち 0" in lines
    assert "窓口 記録なし" in lines
    assert "まだありません" in lines


def test_cover_footer_and_answers_are_printed(document, tmp_path):
    text = text_of(document, tmp_path)
    for words in ("様式第3号", "見デ第48号", "見本町長 様", "架空のデータ", "内容の照合値 9f2c 41ab"):
        assert words in text
    assert f"岩手県見本町 窓口改革計画書 第3版{' ' * 3}" in text
    assert f"{document.pages}/{document.pages}" in text.replace(" ", "")
    assert "■認める" in text.replace("■ ", "■")
    assert "□認めない" in text.replace("□ ", "□")
    assert "条件・理由 月に1回知らせること" in text


def test_markup_in_values_is_printed_not_obeyed(document, tmp_path):
    assert "<b>担当</b>" in text_of(document, tmp_path)


def test_the_checker_for_screen_readers_finds_nothing(document, tmp_path):
    file = tmp_path / "out.pdf"
    file.write_bytes(document.content)
    assert pdfua.validate(str(file)).findings == ()


def test_a_blank_form_has_boxes_that_say_so(tmp_path):
    template = engines["django"].from_string(
        '{% extends "documents/letter.html" %}{% block body %}'
        '{% include "documents/parts/facts.html" with blank_form=True %}{% endblock %}'
    )
    facts = [Fact("団体名", "見本町"), Fact("担当者", hint="(姓と名)", tall=True)]
    form = render_pdf(
        template.render({"document": SHEET, "facts": facts}), title=SHEET.title, issued_at=ISSUED_AT
    )
    text = text_of(form, tmp_path)
    assert "(ここに記入)" in text
    assert "(姓と名)" in text
    assert form.pages == 1


RENDER_ELSEWHERE = """
import json, sys, django
django.setup()
from datetime import datetime
from engagements.documents.pdf import AttachedFile, render_pdf
file = AttachedFile("snapshot.json", b"{}", "snapshot")
for html, day in json.load(sys.stdin):
    print(render_pdf(html, title="t", issued_at=datetime.fromisoformat(day), attachments=[file]).sha256)
"""


def hashes_elsewhere(seed, *pages):
    """Of pages with the times of their issue, drawn in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", RENDER_ELSEWHERE],
        input=json.dumps([(html, day.isoformat()) for html, day in pages]),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        cwd=settings.BASE_DIR,
    )
    return run.stdout.split()


def test_the_same_snapshot_gives_the_same_file_in_another_process():
    html = engines["django"].from_string(BODY).render(plan())
    later, other = ISSUED_AT + timedelta(seconds=1), html.replace("月に1回", "月に2回")
    first, *others = hashes_elsewhere("1", (html, ISSUED_AT), (html, later), (other, ISSUED_AT))
    assert len(first) == 64
    assert first not in others
    assert hashes_elsewhere("2", (html, ISSUED_AT)) == [first]


def test_the_same_instant_in_another_zone_is_the_same_file():
    html = page("<p>本文</p>")
    assert rendered(html).sha256 == render_pdf(html, title="題", issued_at=ISSUED_AT.astimezone(UTC)).sha256


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        render_pdf(page(""), title="題", issued_at=datetime(2026, 10, 16))  # noqa: DTZ001


def test_an_attached_file_comes_out_as_it_went_in():
    with opened(
        rendered(page("<p>本文</p>"), attachments=[AttachedFile("記録.json", b'{"a": 1}', "元")])
    ) as pdf:
        (attached,) = pdf.attachments.values()
        assert attached.filename == "記録.json"
        assert attached.get_file().read_bytes() == b'{"a": 1}'


SVG_THAT_ASKS = (
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="9" height="9"/></svg>'
)
NESTED = "data:image/svg+xml;base64," + base64.b64encode(SVG_THAT_ASKS.encode()).decode()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<img alt="x" src="http://example.com/a.png">'),
        ("", '<img alt="x" src="https://example.com/a.png">'),
        ("", '<img alt="x" src="//example.com/a.png">'),
        ("", '<img alt="x" src="file:///etc/passwd">'),
        ("", '<img alt="x" src="/etc/passwd">'),
        ("", '<img alt="x" src="../../etc/passwd">'),
        ("", '<img alt="x" src="css/../../manage.py">'),
        ("", '<img alt="x" src="/static/%2e%2e/manage.py">'),
        ("", '<img alt="x" src="/static/css/paper.css/../../../manage.py">'),
        ("", '<img alt="x" src="/static/css/madoguchi.css">'),
        ("", '<img alt="x" src="data:text/html,<b>x</b>">'),
        ("", SVG_THAT_ASKS),
        ("", f'<img alt="x" src="{NESTED}">'),
        ("", '<div style="background: url(file:///etc/passwd)">x</div>'),
        ('<link rel="stylesheet" href="file:///etc/passwd">', ""),
        ('<link rel="attachment" href="file:///etc/passwd">', ""),
        ("<style>@import url(http://example.com/a.css);</style>", ""),
        ("<style>@font-face{font-family:x;src:url(file:///etc/passwd)}p{font-family:x}</style>", "<p>x</p>"),
        ('<base href="file:///etc/"><link rel="stylesheet" href="passwd">', ""),
        ('<base href="file:///srv/"><link rel="stylesheet" href="css/paper.css">', ""),
    ],
)
def test_whatever_is_not_ours_is_refused(head, body):
    with pytest.raises(ForeignAsset, match="not an asset"):
        rendered(page(body, head))


def test_our_stylesheet_and_written_in_pictures_are_opened(tmp_path):
    dot = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='4' cx='4' cy='4'/></svg>"
    picture = "data:image/svg+xml;base64," + base64.b64encode(dot.encode()).decode()
    pdf = rendered(
        page(
            f'<h1>題</h1><img alt="点" src="{picture}">',
            '<link rel="stylesheet" href="/static/css/paper.css">',
        )
    )
    with opened(pdf) as file:
        (figure,) = structure(file, "Figure")
        assert str(figure.Alt) == "点"
    # The running page number comes from our stylesheet.
    assert "1/1" in text_of(pdf, tmp_path).replace(" ", "")


def test_this_machine_has_what_documents_need():
    assert missing_native_parts() == []
    assert native_fonts.harfbuzz_subset, "what the check finds, WeasyPrint finds too"
    assert len(font_faces()) == 2


def test_a_machine_without_the_fonts_is_told_so(monkeypatch, tmp_path):
    """Another fontconfig stands first on the path, and knows a Latin family only."""
    finder = tmp_path / "fc-match"
    finder.write_text("#!/bin/sh\nprintf 'DejaVu Sans\\t/nowhere.ttf\\t0'\n")
    finder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert missing_native_parts() == ["fonts-noto-cjk (Noto Sans CJK JP)"]


@pytest.mark.parametrize("name", NAMES)
def test_names_in_use_can_be_printed(name):
    assert missing_glyphs(name) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", []),
        ("住所\t1丁目\r\n2番\u200d", []),
        ("か\u309aき", []),
        ("見本😀花子😀", ["😀"]),
        # A sequence the font does not draw would silently come out as the ordinary 葛.
        ("葛\U000e01ef城", ["葛\U000e01ef"]),
        ("ก\ue000", ["ก", "\ue000"]),
        ("☎\ufe0f", []),
    ],
)
def test_what_the_font_lacks_is_named_once_in_order(text, missing):
    assert missing_glyphs(text) == missing


def test_a_missing_character_is_shown_with_its_code():
    assert glyph_name("😀") == "😀 (U+1F600 GRINNING FACE)"
    assert glyph_name("葛\U000e01ef") == "葛\U000e01ef (U+845B U+E01EF CJK UNIFIED IDEOGRAPH-845B)"
    assert glyph_name("\ue000") == "\ue000 (U+E000)"
