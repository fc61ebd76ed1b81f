"""Advisors who were certified before the service was used, from an Excel file: all of them or nobody."""

import json
from datetime import date
from io import BytesIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from accounts.models import Role, User
from advisors.intake import HEADINGS
from advisors.models import Advisor, Certification, Commission
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import PersonFactory
from tests.municipalities.factories import MunicipalityFactory
from workflow import outbox
from workflow.models import Event, Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


def row_of(**changes):
    town = MunicipalityFactory()
    number = MunicipalityFactory().pk
    return {
        "氏名": "見本 花子",
        "メール": f"hanako{number}@town.example.test",
        "勤め先の団体コード": town.code,
        "勤め先": town.name,
        "認定番号": f"認-{number}",
        "認定日": "2024-04-01",
        "認定の期限": "2027/3/31",
        "委嘱の初日": date(2026, 4, 1),
        "委嘱の末日": "2027-03-31",
        "部署": "市民課",
        "得意な場面": "おくやみ、転入",
        "受けられる月": "4月、5月・6",
    } | changes


def book_of(*rows, headings=None):
    headings = headings or list(HEADINGS.values())
    book = Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append([row.get(heading) for heading in headings])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def run(tmp_path, capsys):
    """Exit code, stdout and stderr of the command on these bytes."""

    def run(data, *options):
        path = tmp_path / "advisors.xlsx"
        path.write_bytes(data)
        try:
            call_command("import_advisors", str(path), *options)
        except SystemExit as stopped:
            return stopped.code, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


def nobody():
    return not Advisor.objects.exists() and not User.objects.exists() and not Event.objects.exists()


def test_everybody_in_the_file_is_certified_commissioned_and_employed(run):
    first, second = row_of(), row_of(氏名="仮名 次郎", 委嘱の初日=None, 委嘱の末日=None, 受けられる月=None)
    code, out, err = run(book_of(first, second))
    assert (code, err) == (0, "")
    assert "新規2人" in out
    advisor = Advisor.objects.get(user__email=first["メール"])
    assert (advisor.user.name, advisor.employer_id) == ("見本 花子", first["勤め先の団体コード"])
    assert (advisor.section, advisor.tags, advisor.months) == ("市民課", ["death", "move_in"], [4, 5, 6])
    held = advisor.certifications.get()
    assert (held.number, held.valid_from, held.valid_to) == (
        first["認定番号"],
        date(2024, 4, 1),
        date(2027, 3, 31),
    )
    assert advisor.commissions.get().valid_from == date(2026, 4, 1)
    assert advisor.user.memberships.get().role == Role.ADVISOR
    assert len(Advisor.objects.get(user__email=second["メール"]).months) == 12
    assert Commission.objects.count() == 1
    kinds = ("advisor.registered", "advisor.certified", "advisor.commissioned")
    events = [json.loads(row.canonical)["data"] for row in Event.objects.filter(type__in=kinds)]
    assert [event["imported"] for event in events] == [True] * 5
    assert not Outbox.objects.filter(kind="mail").exists()


def test_the_preview_shows_every_row_and_keeps_nobody(run):
    code, out, _err = run(book_of(row_of(), row_of()), "--preview")
    assert code == 0
    assert "2行目 新規 見本 花子" in out
    assert "3行目 新規" in out
    assert "アカウントを作ります" in out
    assert "だれも登録していません" in out
    assert nobody()


def test_the_same_file_again_changes_nothing(run):
    data = book_of(row_of())
    run(data)
    before = Event.objects.count()
    code, out, _err = run(data)
    assert code == 0
    assert "新規0人、追加0人、同じ1人" in out
    assert Event.objects.count() == before


def test_who_is_here_gets_what_they_lack(run):
    advisor = AdvisorFactory()
    town = advisor.employer
    row = row_of(
        氏名=advisor.user.name, メール=advisor.user.email, 勤め先の団体コード=town.code, 勤め先=town.name
    )
    _code, out, _err = run(book_of(row))
    assert "追加1人" in out
    assert advisor.certifications.count() == 2
    assert advisor.commissions.count() == 1
    advisor.refresh_from_db()
    assert advisor.section == ""


def test_an_account_that_is_there_becomes_the_advisors(run):
    person = PersonFactory(name="見本 花子")
    _code, out, _err = run(book_of(row_of(メール=person.email.upper())))
    assert Advisor.objects.get().user == person
    assert "アカウントを作ります" not in out


def test_who_was_imported_gets_in_by_choosing_a_password(run, client):
    row = row_of()
    run(book_of(row))
    client.post("/accounts/password/reset/", {"email": row["メール"]})
    outbox.drain()
    assert [letter.to for letter in mail.outbox] == [[row["メール"]]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"氏名": None}, "氏名: "),
        ({"メール": "hanako"}, "メール: "),
        ({"勤め先の団体コード": "033021"}, "勤め先の団体コード: "),
        ({"勤め先": "別の町"}, "勤め先: 団体コードは"),
        ({"認定番号": None}, "認定番号: "),
        ({"認定日": "令和8年"}, "認定日: 「令和8年」: 日付として読めません"),
        ({"認定の期限": "2020-01-01"}, "認定の期限: 認定の期限が、認定日より前です"),
        ({"委嘱の末日": None}, "委嘱の末日: 委嘱の初日と末日を、両方入れてください"),
        ({"得意な場面": "空を飛ぶ"}, "得意な場面: 「空を飛ぶ」はありません"),
        ({"受けられる月": "13"}, "受けられる月: 4、5、6 のように"),
    ],
)
def test_one_fault_is_named_by_row_and_column_and_nobody_is_kept(run, changes, sentence):
    code, _out, err = run(book_of(row_of(), row_of(**changes)))
    assert code == 1
    faults = err.splitlines()
    assert faults[0].startswith("3行目 ")
    assert sentence in faults[0]
    assert faults[-1] == "直すところがあるため、だれも登録していません。"
    assert len(faults) == 2
    assert nobody()


def test_a_number_of_somebody_else_another_name_and_another_employer_are_faults(run):
    held, here = AdvisorFactory(), AdvisorFactory()
    held.certifications.update(number="認-1")
    rows = [
        row_of(認定番号="認-1"),
        row_of(メール=held.user.email),
        row_of(メール=here.user.email, 氏名=here.user.name),
    ]
    code, _out, err = run(book_of(*rows))
    assert code == 1
    assert f"認定番号: この認定番号は、{held.user.name}さんの認定" in err
    assert f"氏名: このメールのアカウントは{held.user.name}さんのものです" in err
    assert f"勤め先の団体コード: 登録されている勤め先は{here.employer.full_name}です" in err
    assert Certification.objects.count() == 2


def test_a_code_whose_zero_excel_dropped_is_understood(run):
    town = MunicipalityFactory(code="033022", name="葛巻町")
    code, _out, _err = run(book_of(row_of(勤め先の団体コード=33022, 勤め先="葛巻町")))
    assert code == 0
    assert Advisor.objects.get().employer == town


def test_columns_may_stand_in_any_order_and_some_may_be_left_out(run):
    headings = [
        text for text in reversed(HEADINGS.values()) if text not in ("部署", "得意な場面", "受けられる月")
    ]
    code, _out, _err = run(book_of(row_of(), headings=headings))
    assert (code, Advisor.objects.get().tags) == (0, [])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a workbook", "Excelのファイル"),
        (book_of(headings=["氏名", "年れい", "氏名"]), "見出し「年れい」はありません"),
        (book_of(headings=["氏名", "年れい", "氏名"]), "見出し「氏名」が2つあります"),
        (book_of(headings=["氏名"]), "見出しが足りません。1行目に加えてください: メール、"),
        (book_of(), "見出しの下に行がありません"),
    ],
)
def test_a_file_that_holds_no_advisors_says_what_to_do(run, data, sentence):
    code, _out, err = run(data)
    assert code == 1
    assert sentence in err


def test_a_file_that_is_not_there_and_no_file(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("import_advisors", str(tmp_path / "none.xlsx"))
    assert stopped.value.code == 1
    assert "開けません" in capsys.readouterr().err
    with pytest.raises(CommandError):
        call_command("import_advisors")
