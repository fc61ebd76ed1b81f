"""実施報告書: what the record says, who confirmed it, and what was put right with both values."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from engagements.documents import services
from engagements.documents.builders import builder_of
from engagements.documents.models import Document, DocumentKind
from engagements.models import Engagement
from engagements.sessions import selectors
from engagements.sessions.models import Session
from municipalities.dates import era_date
from tests.documents.reading import blocks_of, page_of, snapshot_of, text_of, words
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    member,
    office,
    session_of,
)
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import LOG, at, confirm, hold, log, schedule
from workflow import SYSTEM, perform
from workflow.models import EventPersonal

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
REPORT = DocumentKind.SESSION_REPORT


def subject(session: Session) -> Any:
    return builder_of(REPORT).subjects().get(pk=session.pk)


def snapshot(session: Session) -> dict[str, Any]:
    return snapshot_of(REPORT, subject(session))


def said_of(session: Session) -> str:
    return words(page_of(REPORT, snapshot(session)))


def facts(session: Session, anchor: str) -> dict[str, Any]:
    (block,) = blocks_of(snapshot(session), anchor, "facts")
    return dict(block["rows"])


def tables(session: Session, anchor: str) -> list[list[list[Any]]]:
    return [block["rows"] for block in blocks_of(snapshot(session), anchor, "table")]


def test_the_report_says_when_where_who_what_hours_and_the_next_step(tmp_path: Any) -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    made = services.draw(REPORT, snapshot(session), version=1, issued_at=timezone.now())
    said = text_of(made.content, tmp_path).replace(" ", "").replace("\n", "")
    for expected in (
        "第1回研修実施報告書",
        engagement.municipality_name,
        f"{engagement.reference}-1",
        era_date(timezone.localdate(at(-1))),
        "9:00〜11:00",
        "現地",
        "本庁舎",
        LOG["log_summary"],
        "町民課",
        "合わせて2課、10人です。",
        "2.5時間",
        "体験する場面を1つ決める",
        "まだ済んでいません",
        f"{contact_of(engagement).name}さんが確認しました。".replace(" ", ""),
        "窓口BPRアドバイザー" + advisor_of(engagement).name.replace(" ", ""),
    ):
        assert expected in said, expected


def test_an_unconfirmed_record_says_so_and_a_taken_back_confirmation_too() -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    assert facts(session, "session")["町の確認"] == "まだです。町の確認を待っています。"
    perform("confirm", session, actor(contact_of(engagement)))
    assert "確認しました" in facts(session, "session")["町の確認"]
    perform("reopen", session, actor(contact_of(engagement)), reason="人数が違いました")
    assert facts(session, "session")["町の確認"] == "まだです。町の確認を待っています。"
    assert "人数が違いました" in [row[3] for row in tables(session, "record")[0]]


def test_a_correction_stands_with_both_values_and_its_reason() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    changed = {
        "log_hours": "3",
        "log_summary": "直した",
        "log_next_by": timezone.localdate().isoformat(),
        "log_attendance": '[{"section": "税務課", "count": 4}]',
    }
    perform("correct", session, actor(advisor_of(engagement)), **LOG | changed, reason="数え違い")
    steps, changes = tables(session, "record")
    assert [row[3] for row in steps if row[3]] == ["数え違い"]
    assert [row[1:] for row in changes] == [
        ["したこと", LOG["log_summary"], "直した"],
        ["いつまでに", "", era_date(timezone.localdate())],
        ["使った時間", "2.5時間", "3時間"],
        ["参加した課と人数", "町民課 8人、税務課 2人", "税務課 4人"],
    ]


def test_what_was_erased_is_not_told_and_nothing_else_is_lost() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    perform(
        "correct",
        session,
        actor(advisor_of(engagement)),
        **LOG | {"log_summary": "直した", "log_hours": "3"},
        reason="数え違い",
    )
    EventPersonal.objects.filter(event__stream=session.stream).delete()
    steps, changes = tables(session, "record")
    assert {row[2] for row in steps} == {"(消去済み)"}
    assert [row[1] for row in changes] == ["使った時間"]


def test_a_session_recorded_late_says_why_and_that_it_had_no_date() -> None:
    engagement = EngagementFactory()
    session, advisor = session_of(engagement, 1), actor(advisor_of(engagement))
    perform("record_held", session, advisor, held_on=timezone.localdate(), reason="電話で決めて行いました")
    perform("log", session, advisor, **LOG | {"log_attendance": "[]"})
    said = said_of(session)
    assert "日程を入れずに行われた回です" in said
    assert "電話で決めて行いました" in said
    assert "参加した課は書かれていません。" in said


def test_an_imported_record_does_not_claim_that_the_town_confirmed_it() -> None:
    session = session_of(EngagementFactory(), 1)
    perform("import", session, SYSTEM, held_on=timezone.localdate())
    assert facts(session, "session")["町の確認"] == "台帳から取り込んだ記録です。"


def test_the_office_is_named_without_its_staff() -> None:
    engagement = EngagementFactory()
    session, boss = confirm(engagement, 1), office()
    perform("correct", session, actor(boss), **LOG | {"log_hours": "3"}, reason="電話で伺いました")
    assert tables(session, "record")[0][-1][2] == "事務局"
    assert boss.name not in said_of(session)


def test_only_a_written_record_has_a_report_under_the_number_that_its_page_shows() -> None:
    engagement = EngagementFactory()
    held = hold(engagement, 1)
    assert not builder_of(REPORT).subjects().exists()
    perform("log", held, actor(advisor_of(engagement)), **LOG)
    (found,) = builder_of(REPORT).subjects()
    assert found.reference == selectors.reference(session_of(engagement, 1))


def test_the_command_lists_and_writes_it(tmp_path: Any, capsys: Any) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    call_command("render_document", "session-report", list=True)
    (line,) = capsys.readouterr().out.splitlines()
    reference, title = line.split("\t")
    assert (reference, title) == (f"{engagement.reference}-1", f"{engagement.municipality_name} ① 研修")
    call_command("render_document", "session-report", reference, output=tmp_path / "a.pdf")
    assert reference in text_of((tmp_path / "a.pdf").read_bytes(), tmp_path)


def test_the_button_gives_one_version_until_the_record_changes(client: Client) -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    address = f"/documents/session-report/{engagement.reference}-1/"
    client.force_login(contact_of(engagement))
    assert address in client.get(f"/sessions/{session.pk}/log/").content.decode()
    for _time in range(2):
        assert client.post(address).status_code == 302
    made = services.make(Document.objects.get(kind=REPORT).pk, now=timezone.now())
    assert (made.progress, made.file_name.rpartition("_")[2]) == ("ready", "v1.pdf")
    assert made.engagement == Engagement.objects.get(pk=engagement.pk)
    perform("correct", session, actor(advisor_of(engagement)), **LOG | {"log_hours": "3"}, reason="違い")
    client.post(address)
    assert list(Document.objects.filter(kind=REPORT).values_list("version", flat=True)) == [2, 1]


def test_who_only_reads_and_strangers_get_no_button_and_no_report(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    address = f"/documents/session-report/{engagement.reference}-1/"
    client.force_login(member(Role.APPROVER, engagement.municipality))
    assert address not in client.get(f"/sessions/{session.pk}/log/").content.decode()
    for stranger, status in (
        (member(Role.APPROVER, engagement.municipality), 403),
        (contact_of(EngagementFactory()), 404),
        (advisor_of(EngagementFactory()), 404),
    ):
        client.force_login(stranger)
        assert client.post(address).status_code == status
    assert not Document.objects.filter(kind=REPORT).exists()


def test_a_report_is_read_in_a_constant_number_of_queries() -> None:
    counts = []
    for number in (1, 3):
        engagement = EngagementFactory()
        session = schedule(engagement, 1, -9, now=at(-20))
        for day in range(1, number):
            extra = {
                "starts_at": at(-9 + day),
                "ends_at": at(-9 + day, 11),
                "mode": "onsite",
                "place": "支所",
            }
            perform("add_meeting", session, actor(contact_of(engagement)), now=at(-20), **extra)
        advisor = actor(advisor_of(engagement))
        perform("hold", session, advisor, held_on=timezone.localdate(at(-9)))
        perform("log", session, advisor, **LOG)
        for _time in range(number):
            perform("correct", session, advisor, **LOG, reason="見直し")
        with CaptureQueriesContext(connection) as queries:
            snapshot(session)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_teams_and_guests_of_neighbouring_towns_stand_in_the_report() -> None:
    engagement, neighbour = EngagementFactory(), MunicipalityFactory()
    session = log(engagement, 1)
    contact = actor(contact_of(engagement))
    perform("set_teams", session, contact, teams=[{"team": "A班", "place": "支所", "people": 3}])
    guests = [{"municipality": neighbour.pk, "section": "住民課", "name": f"見本 {n}郎"} for n in "三四"]
    perform("set_guests", session, contact, guests=guests)
    shown = said_of(session)
    assert "A班 支所" in shown
    assert f"{neighbour.full_name} 住民課" in shown
    assert "見本 三郎" not in shown
