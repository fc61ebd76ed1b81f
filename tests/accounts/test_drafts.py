"""What is typed is there again: kept by person or link, gone once the form was taken, and nobody else's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import drafts, expiry, links
from accounts.models import FormDraft, Role, User
from tests.factories.engagements import EngagementFactory, contact_of, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import retention

pytestmark = pytest.mark.django_db
END = datetime(2099, 1, 5, 18, 15, tzinfo=timezone.get_default_timezone())
PAGE = "/engagements/5/survey/?a=1"


def typed(**more: Any) -> dict[str, Any]:
    return {"page": PAGE, "form": "#1", "writing": "w1", "base": "3", "values": [["title", "再調査"]]} | more


def keep(client: Client, address: str = "/drafts/", **more: Any) -> Any:
    return client.post(address, json.dumps(typed(**more)), content_type="application/json")


def kept(client: Client, page: str = PAGE, address: str = "/drafts/") -> list[dict[str, Any]]:
    return client.get(address, {"page": page}).json()["drafts"]  # type: ignore[no-any-return]


@pytest.fixture
def user() -> User:
    return office()


@pytest.fixture
def person(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_what_was_typed_is_there_on_another_device_and_for_nobody_else(person: Client, user: User) -> None:
    assert keep(person).status_code == 200
    assert keep(person, values=[["title", "二度目の調査"], ["held_on", ""]]).status_code == 200
    (other_device, stranger) = (Client(), Client())
    other_device.force_login(user)
    stranger.force_login(contact_of(EngagementFactory()))
    (found,) = kept(other_device)
    assert (found["form"], found["base"]) == ("#1", "3")
    assert found["values"] == [["title", "二度目の調査"], ["held_on", ""]]
    assert kept(stranger) == kept(person, "/engagements/6/survey/") == []
    assert Client().get("/drafts/", {"page": PAGE}).status_code == 302


def test_typed_back_to_what_it_was_nothing_is_kept(person: Client) -> None:
    keep(person)
    keep(person, values=None)
    assert not FormDraft.objects.exists()


def test_a_form_that_was_taken_leaves_no_draft_and_what_was_on_its_way_does_not_bring_it_back(
    person: Client,
) -> None:
    engagement = EngagementFactory()
    page = f"/do/engagement/{engagement.pk}/pause/"
    keep(person, page=page)
    sent = {"reason": "", "idempotency_key": "k", "draft": f"{page} w1 #1"}
    assert person.post(page, sent).status_code == 422
    assert len(kept(person, page)) == 1
    assert person.post(page, sent | {"reason": "町の選挙のため"}).status_code == 302
    assert kept(person, page) == []
    assert keep(person, page=page).status_code == 200
    assert kept(person, page) == []
    keep(person, page=page, writing="w2")
    assert len(kept(person, page)) == 1


def test_a_session_that_ended_in_the_middle_of_a_sentence_and_a_page_that_is_loaded_again(
    person: Client, user: User
) -> None:
    engagement = EngagementFactory()
    page = f"/do/engagement/{engagement.pk}/pause/"
    keep(person, page=page)
    person.session.flush()
    form = {"reason": "町の選挙のため", "idempotency_key": "k", "draft": f"{page} w1 #1"}
    assert person.post(page, form).status_code == 302
    person.force_login(user)
    assert len(kept(person, page)) == 1
    for _time in range(2):
        assert "町の選挙のため" in person.get("/accounts/resume/").content.decode()
    assert person.post(page, form).status_code == 302
    assert kept(person, page) == []
    assert person.get("/accounts/resume/").status_code == 302


def test_the_addressee_of_a_link_has_drafts_while_it_opens() -> None:
    engagement, now = EngagementFactory(), timezone.now()
    link, address = links.issue(
        purpose="consent",
        role=Role.APPROVER,
        scope=f"engagement:{engagement.pk}",
        address="boss@town.example",
        now=now,
    )
    path = f"/l/{address.rstrip('/').rpartition('/')[2]}/"
    visitor = Client()
    assert keep(visitor, f"{path}draft/", page=path).status_code == 200
    (found,) = kept(Client(), path, f"{path}draft/")
    assert found["values"] == [["title", "再調査"]]
    assert path not in str(FormDraft.objects.values_list()[0])
    links.revoke(purpose="consent", scope=link.scope, now=now)
    assert keep(visitor, f"{path}draft/", page=path).status_code == 404
    assert keep(visitor, "/l/nobody/draft/").status_code == 404


def test_until_when_it_is_kept_stands_in_the_answer(person: Client, user: User) -> None:
    now = timezone.now()
    last = timezone.localdate(now + drafts.KEPT)
    Session.objects.update(expire_date=END)
    day = f"下書き{last.month}月{last.day}日)"
    assert keep(person).json()["lasts"] == f"(有効期限:サインイン1月5日18:15、{day}"
    link, address = links.issue(
        purpose="consent", role=Role.APPROVER, scope="engagement:1", address="boss@town.example", now=now
    )
    ends = timezone.localdate(link.expires_at)
    path = f"/l/{address.rstrip('/').rpartition('/')[2]}/"
    said = keep(Client(), f"{path}draft/", page=path).json()["lasts"]
    assert said == f"(有効期限:下書き{ends.month}月{ends.day}日)"
    assert ends < last


def test_a_sign_in_that_ends_today_is_named_by_its_hour(person: Client, user: User) -> None:
    Session.objects.update(expire_date=END)
    request = RequestFactory().get("/")
    request.user, request.session = user, person.session
    assert expiry.signed_in(request, END - timedelta(hours=9)) == "(有効期限:サインイン18:15)"
    request.user = AnonymousUser()
    assert expiry.signed_in(request, END) == ""


def test_a_strangers_browser_is_told_which_of_its_forms_was_taken(client: Client) -> None:
    form = {"name": "例示 さくら", "email": "sakura@town.example", "role": "contact", "section": "住民課"}
    form |= {"municipality": MunicipalityFactory().code, "draft": "/accounts/register/ 1-22-333 #1"}
    refused = client.post("/accounts/register/", form | {"email": ""})
    assert (refused.status_code, "draft_taken" in refused.cookies) == (422, False)
    taken = client.post("/accounts/register/", form)
    assert (taken.status_code, taken.cookies["draft_taken"].value) == (302, "1-22-333")
    odd = client.post("/accounts/register/", form | {"draft": "/accounts/register/ x;y #1"})
    assert (odd.status_code, "draft_taken" in odd.cookies) == (302, False)
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"values": "x"},
        {"values": [["a"]]},
        {"values": [["a", 3]]},
        {"values": [["a", "\x00"]]},
        {"values": [["a", "\ud800"]]},
        {"page": 4},
        {"writing": "x" * 41},
        {"values": [["a", "x" * drafts.MOST_CHARACTERS]]},
        {"values": [["a", ""]] * (drafts.MOST_VALUES + 1)},
    ],
)
def test_what_no_page_says_is_refused_with_a_sentence(person: Client, broken: dict[str, Any]) -> None:
    answer = keep(person, **broken)
    assert (answer.status_code, bool(answer.json()["said"])) == (422, True)
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 422), (b"\xff", 400), (b'"x"', 422), (b"[" * 50_000, 413)]
)
def test_what_is_no_draft_is_refused(person: Client, body: bytes, status: int) -> None:
    assert person.post("/drafts/", body, content_type="application/json").status_code == status


def test_nobody_keeps_more_than_so_many_and_none_for_ever(person: Client) -> None:
    for number in range(drafts.MOST_DRAFTS + 2):
        keep(person, form=f"#{number}")
    assert FormDraft.objects.count() == drafts.MOST_DRAFTS
    assert "#0" not in {row.form for row in FormDraft.objects.all()}
    now = timezone.now()
    FormDraft.objects.filter(form="#5").update(saved_at=now - drafts.KEPT - timedelta(minutes=1))
    FormDraft.objects.filter(form="#6").update(values=None, saved_at=now - timedelta(days=2))
    assert retention.carry_out(now)[0]["drafts"] == 2


def test_a_page_asks_once_for_its_drafts(person: Client, user: User, django_assert_num_queries: Any) -> None:
    for number in range(3):
        keep(person, form=f"#{number}")
    owner = f"user:{user.pk}"
    with django_assert_num_queries(1):
        assert len(drafts.of_page(owner, PAGE)) == 3
