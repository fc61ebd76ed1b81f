"""The lists of sessions and decisions, and every list as an Excel file: whose rows, codes as text, constant queries."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from engagements.plans.models import Decision
from tests.factories.applications import contact_of as town_contact
from tests.factories.applications import submitted
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, member, office
from tests.factories.plans import ready_plan
from tests.factories.rounds import OfferFactory
from tests.sessions.helpers import log
from workflow.models import Event

pytestmark = pytest.mark.django_db
LISTS = ("/engagements/", "/sessions/", "/decisions/", "/documents/", "/applications/")
OFFICE_LISTS = ("/advisors/", "/oversight/late/", "/offers/", "/accounts/people/")
#: To log that a list was taken (7) and to count it against its limit (4), neither of them for the first time: what a new
#: stream costs depends on whether an earlier test has emptied the tables.
EVENT = 11
#: Session, person, roles (2); the rows, then counts and years for the page, the meetings for sessions.
QUERIES = {
    ("/sessions/", ""): 8,
    ("/sessions/", "xlsx"): 6 + EVENT,
    ("/decisions/", ""): 7,
    ("/decisions/", "xlsx"): 5 + EVENT,
}


def sheet(client: Client, user: Any, path: str, **asked: str) -> list[tuple[Any, ...]]:
    client.force_login(user)
    answer = client.get(path, {"format": "xlsx", **asked})
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    book = load_workbook(BytesIO(answer.content))
    return list(book.active.iter_rows())


def values(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in rows]


def test_every_list_is_an_excel_file_with_codes_as_text(client: Client) -> None:
    plan = ready_plan()
    log(plan.engagement, 1)
    for path in LISTS[:3]:
        heading, row, *_more = sheet(client, office(), path)
        code = row[[cell.value for cell in heading].index("団体コード")]
        assert code.value == plan.engagement.municipality_id
        assert (code.data_type, code.number_format) == ("s", "@")


def test_a_file_of_accounts_holds_their_addresses(client: Client) -> None:
    boss = office()
    heading, *rows = values(sheet(client, boss, "/accounts/people/"))
    assert boss.email in [row[heading.index("メール")] for row in rows]


def taken() -> tuple[Event, dict[str, Any]]:
    event = Event.objects.get(type="export.taken")
    return event, json.loads(event.canonical)["data"]


@pytest.mark.parametrize("path", [*LISTS, *OFFICE_LISTS, "/oversight/ledger/"])
def test_who_takes_a_list_stands_in_the_log_and_what_was_searched_for_is_personal(
    client: Client, path: str
) -> None:
    ready_plan()
    boss = office()
    _heading, *rows = sheet(client, boss, path, q="見本 花子")
    event, data = taken()
    assert (event.actor_key, event.stream, event.visibility) == (f"user:{boss.pk}", "security", "office")
    assert data == {"list": resolve(path).url_name, "rows": len(rows)}
    assert "%E8%A6%8B" in json.loads(event.personal.payload)["asked"]
    assert "%E8%A6%8B" not in event.canonical
    client.get(path)
    assert Event.objects.filter(type="export.taken").count() == 1


def test_who_reads_on_over_the_api_stands_in_the_log(client: Client) -> None:
    for _time in range(3):
        EngagementFactory()
    client.force_login(office())
    first = client.get("/api/v1/engagements/", {"page_size": 2}).json()
    assert not Event.objects.filter(type="export.taken").exists()
    assert len(client.get(first["next"]).json()["results"]) == 1
    assert taken()[1] == {"list": "engagement-list", "rows": 1}


def test_only_the_office_reads_why_an_offer_was_declined_and_what_is_staged(client: Client) -> None:
    offer = OfferFactory()
    for user, shown in ((office(), True), (offer.advisor.user, False)):
        heading = values(sheet(client, user, "/offers/?state=all"))[0]
        assert ("断られた理由" in heading) is shown
    application = submitted()
    for user, shown in ((office(), True), (town_contact(application.municipality), False)):
        assert ("内定" in values(sheet(client, user, "/applications/"))[0]) is shown


@pytest.mark.parametrize("path", [*LISTS, *OFFICE_LISTS])
def test_a_list_offers_its_file(client: Client, path: str) -> None:
    client.force_login(office())
    assert "format=xlsx" in client.get(path).content.decode()
    assert len(sheet(client, office(), path)) >= 1


def test_the_file_is_the_list_as_it_is_filtered(client: Client) -> None:
    ready_plan(), ready_plan()
    town = Decision.objects.earliest("pk").plan.engagement
    client.force_login(office())
    answer = client.get("/decisions/", {"q": town.municipality_id})
    assert f"q={town.municipality_id}&amp;format=xlsx" in answer.content.decode()
    everything = values(sheet(client, office(), "/decisions/"))
    assert {row[1] for row in everything[1:]} == set(
        Decision.objects.values_list("plan__engagement__municipality", flat=True)
    )


def test_a_name_that_looks_like_a_formula_stays_text(client: Client) -> None:
    plan = ready_plan()
    Decision.objects.filter(plan=plan).update(title="=1+1", owner_section="\x0b住民課")
    heading, row, *_more = sheet(client, office(), "/decisions/")
    names = [cell.value for cell in heading]
    title = row[names.index("改善案")]
    assert (title.value, title.data_type) == ("=1+1", "s")
    assert row[names.index("担当課")].value == "住民課"


def test_days_are_days(client: Client) -> None:
    session = log(EngagementFactory(), 1)
    heading, row, *_more = values(sheet(client, office(), "/sessions/"))
    assert row[heading.index("実施日")] == datetime.combine(session.held_on, datetime.min.time())
    assert row[heading.index("使った時間")] == 2.5
    assert row[heading.index("参加した課と人数")] == "町民課 8、税務課 2"


@pytest.mark.parametrize("path", ["/sessions/", "/decisions/"])
def test_each_sees_their_own_rows(client: Client, path: str) -> None:
    own, other = ready_plan().engagement, ready_plan().engagement
    readers = [contact_of(own), advisor_of(own), member(Role.SECTION, own.municipality)]
    for reader in readers:
        codes = {row[1] for row in values(sheet(client, reader, path))[1:]}
        assert codes == {own.municipality_id}
        assert other.municipality_name not in client.get(path).content.decode()
    assert {row[1] for row in values(sheet(client, office(), path))[1:]} == {
        own.municipality_id,
        other.municipality_id,
    }


def test_the_priority_is_the_office_s_alone(client: Client) -> None:
    application = submitted()
    contact = contact_of(application)
    assert "優先度" in values(sheet(client, office(), "/applications/"))[0]
    assert "優先度" not in values(sheet(client, contact, "/applications/"))[0]


@pytest.mark.parametrize("path", ["/sessions/", "/decisions/"])
@pytest.mark.parametrize("form", ["", "xlsx"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_take_the_same_queries_for_any_number(
    client: Client, rows: int, path: str, form: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        log(ready_plan().engagement, 1)
    client.force_login(office())
    asked = {"format": form} if form else {}
    client.get(path, asked)
    with django_assert_num_queries(QUERIES[path, form]):
        client.get(path, asked)


def test_nonsense_in_the_filters_is_an_empty_or_whole_list(client: Client) -> None:
    ready_plan()
    client.force_login(office())
    assert client.get("/decisions/?state=nonsense&fiscal_year=x&page=99").status_code == 200
    assert "あてはまる改善案はありません" in client.get("/decisions/?fiscal_year=1999").content.decode()
