"""A ledger as offices keep it: codes that Excel cut, dates in every writing, records that were confirmed."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from engagements.models import Engagement
from engagements.sessions.models import Session
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, office, session_of
from tests.factories.programme import seeded
from tests.field import field
from tests.municipalities.factories import MunicipalityFactory, PrefectureFactory
from tests.oversight.test_ledger import (
    LEDGER,
    as_bytes,
    cell_of,
    exported,
    new_row,
    refused,
    run,
    sent,
    written,
)
from tests.sessions.helpers import log
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_towns() -> None:
    """士別市 (012203) and 市川市 (122033), which a code of five digits may both mean."""
    seeded()
    AdvisorFactory(user__email="advisor3@madoguchi.example")
    hokkaido = PrefectureFactory(code="010006", name="北海道", kana="ホッカイドウ")
    chiba = PrefectureFactory(code="120006", name="千葉県", kana="チバケン")
    MunicipalityFactory(code="012203", name="士別市", prefecture=hokkaido)
    MunicipalityFactory(code="122033", name="市川市", prefecture=chiba)


# --- codes -----------------------------------------------------------------------------------------


def test_a_code_of_two_readings_asks_for_the_name(
    two_towns: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, field("ledger-five-digit-number.xlsx"))
    assert "北海道士別市(012203)、千葉県市川市(122033)のどちらとも読めます" in said
    assert not Engagement.objects.exists()


@pytest.mark.parametrize("code", [12203, "12203", "１２２０３", 12203.0])
@pytest.mark.parametrize(("name", "full"), [("市川市", "122033"), ("北海道士別市", "012203")])
def test_the_name_decides_between_two_readings(
    two_towns: None, code: Any, name: str, full: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, written(new_row({"団体コード": code, "団体名": name})))
    assert Engagement.objects.get().municipality_id == full
    assert f"({full})" in capsys.readouterr().out


def test_a_name_of_neither_reading_is_refused_with_both(
    two_towns: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, written(new_row({"団体コード": 12203, "団体名": "見本市"})))
    assert "団体コードは北海道士別市(012203)、千葉県市川市(122033)のものです" in said


def test_the_preview_names_the_town_and_the_year(two_towns: None, client: Client) -> None:
    client.force_login(office())
    page = sent(client, written(new_row({"団体コード": "122033", "団体名": None, "支援の開始日": "R8.6.16"})))
    assert "千葉県市川市(122033)、開始日 令和8年(2026年)6月16日(火)" in page.content.decode()


def test_a_number_that_is_no_code_gets_no_zeros(two_towns: None, tmp_path: Path) -> None:
    run(tmp_path, written(new_row({"①次にすること": 3})))
    assert session_of(Engagement.objects.get(), 1).log_next_step == "3"


def test_an_exported_code_that_excel_made_a_number_is_the_same(client: Client, tmp_path: Path) -> None:
    log(EngagementFactory(municipality=MunicipalityFactory(code="033022")), 1)
    book = exported(client)
    cell_of(book, "団体コード", 2).value = 33022
    before = Event.objects.count()
    run(tmp_path, as_bytes(book))
    assert Event.objects.count() == before


# --- cells -----------------------------------------------------------------------------------------


def test_a_day_written_four_ways_is_the_same_day(two_towns: None, client: Client) -> None:
    client.force_login(office())
    rows = sent(client, field("ledger-dates.xlsx")).context["report"].rows
    assert "令和8年(2026年)6月1日" in rows[0].sentences[0]
    assert ["同じ日に始まった支援" in row.sentences[0] for row in rows] == [False, True, True, True]


def test_a_sheet_that_is_ruled_far_down_has_one_row(two_towns: None, client: Client) -> None:
    client.force_login(office())
    assert len(sent(client, field("ledger-ruled-to-row-6000.xlsx")).context["report"].rows) == 1


def test_headings_may_break_and_rows_repeat(two_towns: None, tmp_path: Path) -> None:
    first = new_row({"①実施日": "令和7年7月1日", "①使った時間": "2時間30分", "②実施日": "2025/9/10"})
    second = new_row({"アドバイザーのメール": "〃", "①実施日": "同上"})
    book = exported_from(written(first, second))
    for cell in book.active[1]:
        cell.value = f"{cell.value[:2]}\n{cell.value[2:]}　"
    run(tmp_path, as_bytes(book))
    assert [session_of(made, 1).held_on for made in Engagement.objects.all()] == [date(2025, 7, 1)] * 2
    assert session_of(Engagement.objects.order_by("pk")[0], 1).log_hours == 2.5


def exported_from(data: bytes) -> Any:
    return load_workbook(BytesIO(data))


def test_the_ledger_is_found_under_a_title_and_on_a_later_or_hidden_sheet(
    two_towns: None, tmp_path: Path
) -> None:
    book = exported_from(written(new_row()))
    book.active.insert_rows(1, 2)
    book.active["A1"] = "令和8年度 支援の台帳"
    book.active.sheet_state = "hidden"
    book.create_sheet("送り状", 0).append(["ご担当者様"])
    run(tmp_path, as_bytes(book))
    assert Engagement.objects.count() == 1


@pytest.mark.parametrize(
    ("heading", "value", "said"),
    [
        ("支援の開始日", "令和8年2月30日", "「令和8年2月30日」: 暦にない日付です"),
        ("支援の開始日", "平成40年4月1日", "令和10年(2028年)4月1日"),
        ("①使った時間", "12:34", "時間として読めません"),
    ],
)
def test_a_cell_that_cant_be_read_is_named(
    two_towns: None, heading: str, value: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(tmp_path, capsys, written(new_row({heading: value})))


@pytest.mark.parametrize(
    ("name", "said"), [("password-protected.xlsx", "パスワード"), ("bad-xml.xlsx", "壊れています")]
)
def test_files_that_cant_be_opened_say_why(
    two_towns: None, name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(tmp_path, capsys, field(name))


# --- corrections of confirmed records ----------------------------------------------------------------


@pytest.fixture
def corrected(client: Client) -> tuple[Session, bytes]:
    """A confirmed record, and a ledger that says otherwise."""
    session = log(EngagementFactory(), 1)
    contact_of(session.engagement)
    Session.objects.filter(pk=session.pk).update(state="confirmed", confirmed_at=timezone.now())
    book = exported(client)
    cell_of(book, "①使った時間", 2).value = 7
    return session, as_bytes(book)


def test_the_page_asks_why_a_confirmed_record_is_corrected(client: Client, corrected: Any) -> None:
    session, data = corrected
    shown = sent(client, data)
    assert 'name="reason"' in shown.content.decode()
    kept = {"upload": shown.context["upload"], "idempotency_key": shown.context["form_key"]}
    asked = client.post(f"{LEDGER}keep/", kept)
    assert (asked.status_code, "直す理由を入れてください" in asked.content.decode()) == (422, True)
    session.refresh_from_db()
    assert session.log_hours != 7
    kept["idempotency_key"] = asked.context["form_key"]
    assert client.post(f"{LEDGER}keep/", kept | {"reason": "日報と合わせた"}).status_code == 302
    session.refresh_from_db()
    assert session.log_hours == 7


def test_both_sides_are_told_with_the_reason(client: Client, corrected: Any, tmp_path: Path) -> None:
    session, data = corrected
    before = set(Outbox.objects.values_list("pk", flat=True))
    run(tmp_path, data, "--reason", "日報と合わせた")
    mails = Outbox.objects.filter(kind="mail").exclude(pk__in=before)
    people = {contact_of(session.engagement).email, advisor_of(session.engagement).email}
    assert {mail.address for mail in mails} == people
    assert all("使った時間\n理由: 日報と合わせた" in mail.body for mail in mails)


def test_the_command_asks_for_the_reason(
    client: Client, corrected: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session, data = corrected
    assert "--reason" in refused(tmp_path, capsys, data)
    session.refresh_from_db()
    assert session.log_hours != 7
    run(tmp_path, data, "--preview")
    assert "何も取り込んでいません" in capsys.readouterr().out
