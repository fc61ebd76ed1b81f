"""Limits that hold: counted where nothing is thrown out, by whom the proxies name, with the time to wait."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import api_tokens, limits
from accounts.models import Tally
from accounts.standings import actor_for
from tests.factories.engagements import EngagementFactory, PersonFactory, contact_of, office
from workflow.errors import TooMany
from workflow.models import Outbox

pytestmark = pytest.mark.django_db
NOW = timezone.now()
RESET = "/accounts/password/reset/"


def exhaust(name: str, whom: str) -> None:
    for _time in range(limits.LIMITS[name].most):
        limits.count(name, whom)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", limits.LIMITS)
def test_a_limit_counts_says_how_long_and_ends(name: str) -> None:
    limit = limits.LIMITS[name]
    for _time in range(limit.most):
        limits.count(name, "somebody", now=NOW)
    later = NOW + limit.within - timedelta(seconds=90)
    with pytest.raises(TooMany, match="2分") as refused:
        limits.count(name, "somebody", now=later)
    assert refused.value.wait == 90
    limits.count(name, "somebody else", now=later)
    limits.count(name, "somebody", now=NOW + limit.within)
    assert Tally.objects.get(limit=name, since=NOW + limit.within).count == 1


def test_nobody_is_named_in_a_tally() -> None:
    limits.count("reset", "hanako@town.example.test")
    tally = Tally.objects.get()
    assert re.fullmatch("[0-9a-f]{64}", tally.who)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "", "203.0.113.9"),
        (0, "198.51.100.1", "203.0.113.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1, 198.51.100.1, 192.0.2.7", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.9"),
        (1, "", "203.0.113.9"),
        (1, "unknown", "203.0.113.9"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_client_is_whom_our_own_proxies_name(
    settings: Any, proxies: int, forwarded: str, client: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="203.0.113.9")
    assert limits.client_of(request) == client


def test_wrong_passwords_are_remembered_however_much_else_is_kept(settings: Any, client: Client) -> None:
    """702 pages that were refused, each remembered for an hour, once emptied the counts of all accounts."""
    options = {"OPTIONS": {"MAX_ENTRIES": 300}}
    settings.CACHES = {"default": {"BACKEND": "config.kept_cache.KeptCache", "LOCATION": "cache", **options}}
    call_command("createcachetable")
    user = PersonFactory()
    wrong = {"login": user.email, "password": "not the password"}
    for _time in range(10):
        client.post("/accounts/login/", wrong)
    for number in range(702):
        cache.add(f"refused:{number}", True, 3600)
    assert "5分たってから" in client.post("/accounts/login/", wrong).content.decode()


def test_what_has_expired_makes_room(settings: Any) -> None:
    options = {"OPTIONS": {"MAX_ENTRIES": 5}}
    settings.CACHES = {"default": {"BACKEND": "config.kept_cache.KeptCache", "LOCATION": "cache", **options}}
    call_command("createcachetable")
    for number in range(9):
        cache.set(f"old:{number}", True, -1 if number % 2 else 3600)
    assert [cache.get(f"old:{number}") for number in (0, 2, 4, 6, 8)] == [True] * 5


def test_wrong_passwords_are_limited_by_client_where_the_proxies_name_it(settings: Any) -> None:
    cache.clear()
    settings.TRUSTED_PROXIES = 1
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key,3/5m/ip"}

    def tried(forwarded: str) -> str:
        wrong = {"login": f"{forwarded}{Tally.objects.count()}@x.example.test", "password": "wrong"}
        headers = {"X-Forwarded-For": f"10.9.9.9, {forwarded}"}
        return Client().post("/accounts/login/", wrong, headers=headers).content.decode()

    answers = ["5分たってから" in tried("198.51.100.1") for _time in range(4)]
    assert answers == [False, False, False, True]
    assert "5分たってから" not in tried("198.51.100.2")
    cache.clear()


def written_to() -> list[str]:
    return [row.address for row in Outbox.objects.filter(kind="mail")]


def test_an_address_without_an_account_is_written_to_once_a_day(client: Client) -> None:
    for _time in range(4):
        assert client.post(RESET, {"email": "Nobody@nowhere.example.test"}).status_code == 302
    assert written_to() == ["nobody@nowhere.example.test"]


def test_asking_for_new_passwords_is_limited_by_client(client: Client) -> None:
    exhaust("reset-client", "127.0.0.1")
    refused = client.post(RESET, {"email": PersonFactory().email})
    assert refused.status_code == 429
    assert 3590 <= int(refused.headers["Retry-After"]) <= 3600
    assert "60分ほどお待ちください" in refused.content.decode()
    assert client.get(RESET).status_code == 200
    assert written_to() == []


def test_each_client_behind_the_proxy_has_its_own_limit(settings: Any) -> None:
    """Once it was one for the whole country."""
    settings.TRUSTED_PROXIES = 1
    exhaust("reset-client", "198.51.100.1")
    answers = [
        Client()
        .post(RESET, {"email": "a@town.example.test"}, headers={"X-Forwarded-For": address})
        .status_code
        for address in ("198.51.100.1", "198.51.100.2")
    ]
    assert answers == [429, 302]


@pytest.mark.parametrize("name", ["exports", "imports", "documents"])
def test_what_is_costly_is_limited_for_a_person_and_for_a_town(name: str) -> None:
    engagement = EngagementFactory()
    person, town = contact_of(engagement), f"municipality:{engagement.municipality_id}"
    for key in (actor_for(person).key, town):
        Tally.objects.all().delete()
        exhaust(f"{name}-town" if key == town else name, key)
        refused = _costly(signed_in(person), name, engagement)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "分ほどお待ちください" in refused.content.decode()
    assert _costly(signed_in(office()), name, engagement).status_code != 429


def _costly(client: Client, name: str, engagement: Any) -> Any:
    if name == "exports":
        return client.get("/engagements/", {"format": "xlsx"})
    if name == "documents":
        return client.get("/documents/blank/application/")
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = SimpleUploadedFile("a.json", b"{}")
    return client.post(f"/engagements/{engagement.pk}/survey/", {"what": "import", "file": sent})


def test_the_api_says_when_it_may_go_on() -> None:
    person = office()
    token = api_tokens.issue_api_token(user=person, now=timezone.now())
    exhaust("documents", actor_for(person).key)
    headers = {"Authorization": f"Bearer {token}"}
    refused = Client().post(
        "/api/v1/documents/", {"kind": "x"}, content_type="application/json", headers=headers
    )
    assert (refused.status_code, refused.json()["status"]) == (429, 429)
    assert "分ほどお待ちください" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) > 0


def test_solving_is_limited() -> None:
    from workflow.doors import all_rules

    assert set(limits.COSTLY) <= {f"{machine}.{rule.name}" for machine, _model, rule in all_rules()}
    person = actor_for(office())
    exhaust("solving", person.key)
    limits.of_transition("round.edit", person)
    with pytest.raises(TooMany):
        limits.of_transition("round.solve", person)


def test_forms_of_visitors_are_kept_only_so_often(client: Client) -> None:
    path = f"/do/engagement/{EngagementFactory().pk}/pause/"
    exhaust("held-form", "127.0.0.1")
    assert client.post(path, {"reason": "x"}).status_code == 429
