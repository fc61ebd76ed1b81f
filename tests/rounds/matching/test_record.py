"""The decision record: PDF and Excel say by which rule, with what result, and what was changed by hand and why."""

import json
from io import BytesIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.documents import services as documents
from engagements.documents.models import Document
from engagements.rounds.matching import services
from engagements.rounds.matching.record import served_rows
from engagements.rounds.models import Offer
from tests.documents.reading import snapshot_of, text_of, unsound
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, office_actor
from workflow.doors import perform

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def decided():
    advisor = AdvisorFactory(capacity=1)
    towns = [AcceptedFactory() for _ in range(2)]
    obj = round_of()
    services.adjust(
        obj,
        "lock",
        advisor=advisor,
        application=towns[1],
        value=None,
        reason="前の年からの約束のため",
        actor=office_actor(),
        now=timezone.now(),
    )
    obj = solve(obj)
    perform("publish", obj, office_actor())
    return obj, towns, advisor


def test_the_pdf_tells_the_rule_the_result_and_what_was_changed(decided, tmp_path):
    obj, towns, advisor = decided
    target = tmp_path / "record.pdf"
    call_command("render_document", "round-record", obj.reference, output=target)
    assert obj.reference in text_of(target.read_bytes(), tmp_path)
    assert unsound(target.read_bytes(), target) == []
    words = json.dumps(snapshot_of("round-record", obj), ensure_ascii=False)
    for expected in (
        obj.reference,
        towns[0].municipality.name,
        advisor.user.name,
        "前の年からの約束のため",
        "順位が先の町",
        "マッチング案で打診しました",
        obj.in_force.input_hash[:4],
    ):
        assert expected in words, expected


def test_the_office_asks_for_it_and_nobody_else_reads_it(decided):
    obj, towns, advisor = decided
    client = Client()
    client.force_login(office(), backend=BACKEND)
    client.post(f"/documents/round-record/{obj.reference}/")
    made = Document.objects.get(kind="round-record")
    documents.make(made.pk, now=timezone.now())
    assert client.get(f"/documents/{made.pk}/file/").status_code == 200
    assert client.get(f"/documents/{made.pk}/").status_code == 200
    contact = User.objects.create_user("nix@town.example.lg.jp", name="見本 次郎", password="x")
    Membership.objects.create(user=contact, role=Role.CONTACT, municipality=towns[0].municipality)
    for person in (contact, advisor.user):
        other = Client()
        other.force_login(person, backend=BACKEND)
        assert other.get(f"/documents/{made.pk}/").status_code == 404
        assert other.post(f"/documents/round-record/{obj.reference}/").status_code == 404
        assert obj.title not in other.get("/documents/").content.decode()


def test_the_sheet_has_a_line_a_town_with_its_code_as_text(decided):
    obj, towns, advisor = decided
    client = Client()
    client.force_login(office(), backend=BACKEND)
    answer = client.get(obj.get_absolute_url(), {"format": "xlsx"})
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert len(rows) == 3
    codes = {row[2] for row in rows[1:]}
    assert codes == {town.municipality_id for town in towns}
    served = next(row for row in rows[1:] if row[2] == towns[1].municipality_id)
    assert served[6] == advisor.user.name


@pytest.fixture
def solved_again():
    """Of three towns one is confirmed, one advisor has declined; solved again, the other two change their advisors."""
    for _ in range(3):
        AdvisorFactory(capacity=1)
    towns = [AcceptedFactory() for _ in range(3)]
    obj = solve(round_of())
    perform("publish", obj, office_actor())
    confirmed, declined, waits = Offer.objects.order_by("application")
    perform("accept", confirmed, actor_for(confirmed.advisor.user))
    perform("decline", declined, actor_for(declined.advisor.user), reason="本務のため")
    obj = solve(obj)
    perform("publish", obj, office_actor())
    return obj, towns, (confirmed, declined, waits)


def test_every_town_of_the_round_stays_in_the_record_with_its_history(solved_again):
    obj, towns, offers = solved_again
    rows = {row.town: row for row in served_rows(obj, obj.in_force)}
    assert set(rows) == {town.municipality.full_name for town in towns}
    confirmed, declined, waits = (rows[town.municipality.full_name] for town in towns)
    assert (confirmed.run, declined.run, waits.run) == (1, 2, 2)
    assert confirmed.advisor == offers[0].advisor.user.name
    for row, offer, state in (
        (confirmed, offers[0], "確定"),
        (declined, offers[1], "辞退"),
        (waits, offers[2], "取り下げ"),
    ):
        assert f"{offer.reference} {offer.advisor.user.name}さん {state}" in row.history[0]
    assert waits.history[-1].endswith("返事待ち")
    words = json.dumps(snapshot_of("round-record", obj), ensure_ascii=False)
    assert f"{confirmed.rank}(計算1)" in words
    assert offers[0].reference in words


def test_the_paper_of_a_second_solving_says_who_came_first_and_leaves_no_false_blank(solved_again, tmp_path):
    obj, _towns, _offers = solved_again
    AcceptedFactory()
    obj = solve(obj)
    perform("publish", obj, office_actor())
    target = tmp_path / "record.pdf"
    call_command("render_document", "round-record", obj.reference, output=target)
    text = text_of(target.read_bytes(), tmp_path)
    assert "記入なし" not in text
    assert "いまの打診を続けられる町を先に" in text.replace("\n", "").replace(" ", "")
    assert f"{obj.title} {obj.title}" not in text


def test_a_long_table_begins_under_its_heading(tmp_path):
    for _ in range(8):
        AdvisorFactory(capacity=1)
        AcceptedFactory()
    obj = solve(round_of())
    target = tmp_path / "record.pdf"
    call_command("render_document", "round-record", obj.reference, output=target)
    *pages, _end = text_of(target.read_bytes(), tmp_path).split("\f")
    assert len(pages) > 2
    assert min(len(page.split()) for page in pages) > 20


def test_a_town_that_went_away_says_so(solved_again):
    obj, towns, _offers = solved_again
    contact = User.objects.create_user("nix@town.example.lg.jp", name="見本 次郎", password="x")
    Membership.objects.create(user=contact, role=Role.CONTACT, municipality=towns[2].municipality)
    perform("withdraw", Application.objects.get(pk=towns[2].pk), actor_for(contact), reason="")
    [row] = [row for row in served_rows(obj, obj.in_force) if row.code == towns[2].municipality_id]
    assert row.history[-1] == "申込は「取り下げ」です。"


def test_the_parts_of_a_score_are_said_in_words(decided):
    obj, towns, _advisor = decided
    [row] = [row for row in served_rows(obj, obj.in_force) if row.advisor]
    assert row.words == [
        "専門 100 2の場面のうち2(転入・おくやみ)",
        "希望 0 町の希望にはありません",
        "規模 0 人口の登録がない団体があるため、どの組でも数えていません",
        f"距離 {row.parts['distance']} 直線で約{row.km}km、現地",
        "継続 0 この町の支援は初めて",
    ]
    words = json.dumps(snapshot_of("round-record", obj), ensure_ascii=False)
    assert "専門 100 2の場面のうち2(転入・おくやみ)" in words
    client = Client()
    client.force_login(office(), backend=BACKEND)
    page = client.get(f"/rounds/{obj.pk}/towns/{towns[1].pk}/").content.decode()
    assert "2の場面のうち2(転入・おくやみ)" in page
