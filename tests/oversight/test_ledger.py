"""The ledger leaves as an Excel file, is changed there and comes back: what was changed differs, or nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from accounts.models import Role
from engagements.models import Engagement
from engagements.sessions.models import Session
from oversight.ledger.columns import fields
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, contact_of, member, office, session_of
from tests.factories.programme import seeded
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import log
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db
LEDGER = "/oversight/ledger/"


def exported(client: Client) -> Workbook:
    client.force_login(office())
    answer = client.get(LEDGER, {"format": "xlsx"})
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.content))


def as_bytes(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def written(*rows: dict[str, Any]) -> bytes:
    """A file with the ledger's headings and these rows, by heading."""
    book = Workbook()
    headings = [field.heading for field in fields()]
    book.active.append(headings)
    for row in rows:
        book.active.append([row.get(heading) for heading in headings])
    return as_bytes(book)


def new_row(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    town, advisor = MunicipalityFactory(), AdvisorFactory()
    return {
        "団体コード": town.code,
        "団体名": town.name,
        "支援の開始日": date(2025, 6, 2),
        "アドバイザーのメール": advisor.user.email,
        "①実施日": date(2025, 7, 1),
        "①使った時間": 2.5,
        "①したこと": "研修をした。",
        "①次にすること": "場面を決める",
        "②実施日": date(2025, 9, 10),
    } | (changes or {})


def run(tmp_path: Path, data: bytes, *options: str) -> None:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(data)
    call_command("import_ledger", str(path), *options)


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes) -> str:
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, data)
    assert stopped.value.code == 1
    return capsys.readouterr().err


def told(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(event.canonical)["data"]
    return data


def fingerprint() -> list[dict[str, Any]]:
    return [*Engagement.objects.order_by("pk").values(), *Session.objects.order_by("pk").values()]


def cell_of(book: Workbook, heading: str, row: int) -> Any:
    names = [cell.value for cell in next(book.active.iter_rows(max_row=1))]
    return book.active.cell(row=row, column=names.index(heading) + 1)


# --- round trip ------------------------------------------------------------------------------------


def test_of_an_exported_ledger_only_the_three_changed_cells_differ(client: Client, tmp_path: Path) -> None:
    sessions = [log(EngagementFactory(), 1) for _number in range(3)]
    before = {row["id"]: row for row in Session.objects.values()}
    book = exported(client)
    references = [cell_of(book, "支援番号", row).value for row in (2, 3, 4)]
    day = sessions[0].held_on - timedelta(days=1)
    cell_of(book, "①実施日", 2).value = datetime.combine(day, datetime.min.time())
    cell_of(book, "①使った時間", 3).value = 4
    cell_of(book, "①次にすること", 4).value = "別の場面を足す"
    run(tmp_path, as_bytes(book))
    changed = {
        (row["engagement_id"], name): row[name]
        for row in Session.objects.values()
        for name in row
        if row[name] != before[row["id"]][name]
    }
    ids = {row.reference: row.pk for row in Engagement.objects.all()}
    assert changed == {
        (ids[references[0]], "held_on"): day,
        (ids[references[1]], "log_hours"): Decimal("4.00"),
        (ids[references[2]], "log_next_step"): "別の場面を足す",
    }
    assert Event.objects.filter(type="session.correct").count() == 3


def test_an_exported_ledger_that_comes_back_as_it_is_changes_nothing(client: Client, tmp_path: Path) -> None:
    log(EngagementFactory(), 1)
    data = as_bytes(exported(client))
    before, events = fingerprint(), Event.objects.count()
    run(tmp_path, data)
    assert (fingerprint(), Event.objects.count()) == (before, events)


# --- new engagements -------------------------------------------------------------------------------


def test_a_running_engagement_comes_in_with_its_past(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded()
    row = new_row()
    mails = Outbox.objects.count()
    run(tmp_path, written(row))
    made = Engagement.objects.get()
    assert (made.municipality_id, made.fiscal_year, made.state) == (row["団体コード"], 2025, "reporting")
    assert timezone.localdate(made.opened_at) == date(2025, 6, 2)
    first, second, third = (session_of(made, number) for number in (1, 2, 3))
    assert (first.state, first.held_on, first.log_hours) == ("confirmed", date(2025, 7, 1), Decimal("2.50"))
    assert (second.state, second.log_hours, third.state) == ("confirmed", None, "unscheduled")
    events = Event.objects.filter(type="session.import")
    assert [told(event)["imported"] for event in events] == [True, True]
    assert told(Event.objects.get(type="engagement.begin"))["imported"] is True
    assert timezone.localdate(events.earliest("pk").occurred_at) == date(2025, 7, 1)
    assert Outbox.objects.count() == mails
    assert "新規1件" in capsys.readouterr().out


def test_a_code_whose_zero_excel_dropped_is_understood(tmp_path: Path) -> None:
    seeded()
    MunicipalityFactory(code="033022", name="見本町")
    run(tmp_path, written(new_row({"団体コード": 33022, "団体名": "見本町"})))
    assert Engagement.objects.get().municipality_id == "033022"


def test_a_preview_keeps_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeded()
    run(tmp_path, written(new_row()), "--preview")
    assert not Engagement.objects.exists()
    assert "何も取り込んでいません" in capsys.readouterr().out


# --- bad input -------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "check digit": (lambda: new_row({"団体コード": "033021"}), "団体コード: 団体コードは6けたの数字です"),
    "other town's code": (lambda: new_row({"団体名": "別の町"}), "団体名: 団体コードは"),
    "unknown advisor": (
        lambda: new_row({"アドバイザーのメール": "x@example.invalid"}),
        "アドバイザーの登録がありません",
    ),
    "tomorrow": (lambda: new_row({"支援の開始日": date(2099, 1, 1)}), "今日までの開始日"),
    "no start": (lambda: new_row({"支援の開始日": None}), "今日までの開始日"),
    "hours of seven minutes": (lambda: new_row({"①使った時間": 0.11}), "①使った時間: 0.25時間"),
    "hours without a day": (
        lambda: new_row({"②実施日": None, "②使った時間": 1}),
        "②実施日: 実施日を入れてください",
    ),
    "held in the future": (lambda: new_row({"①実施日": date(2099, 1, 1)}), "①実施日: これから来る日です"),
    "unknown number": (lambda: new_row({"支援番号": "R1-999"}), "この支援番号はありません"),
    "no date": (lambda: new_row({"①実施日": "七月"}), "日付として読めません"),
    "no number": (lambda: new_row({"①使った時間": "半日"}), "時間として読めません"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_with_one_bad_row_nothing_is_kept(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded()
    make, sentence = FAULTS[fault]
    said = refused(tmp_path, capsys, written(new_row(), make()))
    assert sentence in said
    assert "Traceback" not in said
    assert not Engagement.objects.exists()


def test_half_of_the_rows_are_wrong_and_each_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded()
    rows = [new_row({"団体コード": "033021"} if number % 2 else {}) for number in range(6)]
    said = refused(tmp_path, capsys, written(*rows))
    assert [number for number in range(2, 8) if f"{number}行目" in said] == [3, 5, 7]
    assert not Engagement.objects.exists()


def test_what_the_ledger_can_t_change_is_refused(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(EngagementFactory(), 1)
    for heading, value in (("団体名", "別の町"), ("支援の開始日", date(2020, 1, 1)), ("①実施日", None)):
        book = exported(client)
        cell_of(book, heading, 2).value = value
        assert heading in refused(tmp_path, capsys, as_bytes(book))


def test_a_session_under_way_is_recorded_on_its_page(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engagement = EngagementFactory()
    Session.objects.filter(pk=session_of(engagement, 1).pk).update(state="scheduled")
    book = exported(client)
    cell_of(book, "①実施日", 2).value = "2026-01-05"
    assert "支援の画面で記録してください" in refused(tmp_path, capsys, as_bytes(book))


def test_twice_the_same_file_is_refused_the_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded()
    data = written(new_row())
    run(tmp_path, data)
    assert "同じ日に始まった支援" in refused(tmp_path, capsys, data)
    assert Engagement.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Excelのファイル"),
        (b"%PDF-1.7", "Excelのファイル"),
        (b"PK\x03\x04broken", "Excelのファイル"),
    ],
)
def test_files_that_are_no_ledger_are_refused(
    data: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded()
    assert sentence in refused(tmp_path, capsys, data)


def test_headings_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeded()
    book = load_workbook(BytesIO(written(new_row())))
    cell_of(book, "団体名", 1).value = "町の名前"
    said = refused(tmp_path, capsys, as_bytes(book))
    assert "「町の名前」は台帳の見出しではありません" in said
    assert "見出しが足りません: 団体名" in said


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("import_ledger", str(tmp_path / "none.xlsx"))
    assert stopped.value.code == 1
    assert "開けません" in capsys.readouterr().err


# --- the page --------------------------------------------------------------------------------------


def sent(client: Client, data: bytes) -> Any:
    return client.post(LEDGER, {"file": SimpleUploadedFile("台帳.xlsx", data)})


def test_the_office_sees_what_changes_and_then_keeps_it(client: Client) -> None:
    seeded()
    client.force_login(office())
    shown = sent(client, written(new_row()))
    assert shown.status_code == 200
    assert "新しい支援。" in shown.content.decode()
    assert not Engagement.objects.exists()
    kept = {"upload": shown.context["upload"], "idempotency_key": shown.context["form_key"]}
    for _time in range(2):
        assert client.post(f"{LEDGER}keep/", kept).status_code == 302
    assert Engagement.objects.count() == 1


def test_a_bad_row_is_shown_and_nothing_can_be_kept(client: Client) -> None:
    seeded()
    client.force_login(office())
    shown = sent(client, written(new_row({"団体コード": "1"})))
    assert shown.status_code == 422
    assert "この内容で取り込む" not in shown.content.decode()


def test_what_changed_since_the_preview_is_shown_again(client: Client, tmp_path: Path) -> None:
    seeded()
    client.force_login(office())
    data = written(new_row())
    shown = sent(client, data)
    run(tmp_path, data)
    kept = {"upload": shown.context["upload"], "idempotency_key": shown.context["form_key"]}
    again = client.post(f"{LEDGER}keep/", kept)
    assert again.status_code == 422
    assert "同じ日に始まった支援" in again.content.decode()
    assert Engagement.objects.count() == 1


@pytest.mark.parametrize("upload", ["", "x" * 64, "../../etc"])
def test_a_preview_that_is_gone_asks_for_the_file(client: Client, upload: str) -> None:
    seeded()
    client.force_login(office())
    answer = client.post(f"{LEDGER}keep/", {"upload": upload, "idempotency_key": "k" * 32})
    assert answer.status_code == 422
    assert "もう一度選んでください" in answer.content.decode()


def test_no_file_and_no_right(client: Client) -> None:
    engagement = EngagementFactory()
    client.force_login(office())
    assert client.post(LEDGER).status_code == 422
    for user in (contact_of(engagement), member(Role.AUDITOR)):
        client.force_login(user)
        assert client.get(LEDGER).status_code == 403
        assert client.get(LEDGER, {"format": "xlsx"}).status_code == 403
