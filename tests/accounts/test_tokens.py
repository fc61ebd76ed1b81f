"""The API's bearer tokens, and for how long a role is held."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_tokens, permissions, sign_ins
from accounts.models import ApiToken, Membership, Role
from accounts.standings import actor_for
from accounts.tokens import new_token, token_hash
from tests.factories.engagements import EngagementFactory, PersonFactory, advisor_of, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow.models import Event

pytestmark = pytest.mark.django_db
PATH = "/api/v1/engagements/"


def issue(user):
    return api_tokens.issue_api_token(user=user, now=timezone.now())


def ask(client, token, path=PATH, scheme="Bearer"):
    return client.get(path, headers={"Authorization": f"{scheme} {token}"})


def refused(answer):
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem = answer.json()
    assert problem["status"] == 401
    assert problem["title"]
    return problem["detail"]


def test_a_token_opens_what_its_person_may_see(client):
    engagement = EngagementFactory()
    found = ask(client, issue(office())).json()["results"]
    assert [row["id"] for row in found] == [engagement.pk]


def test_the_word_bearer_may_be_written_small(client):
    assert ask(client, issue(office()), scheme="bearer").status_code == 200


def test_without_a_token_the_problem_says_what_is_needed(client):
    assert refused(client.get(PATH))


@pytest.mark.parametrize("token", ["", "made up", "あ"])
def test_a_wrong_token_is_refused(client, token):
    assert "トークン" in refused(ask(client, token.encode().decode("latin-1")))


def test_an_expired_token_is_refused(client):
    token = issue(office())
    ApiToken.objects.update(expires_at=timezone.now())
    assert refused(ask(client, token))


def test_the_token_of_a_closed_account_is_refused(client):
    user = office()
    token = issue(user)
    user.is_active = False
    user.save()
    assert refused(ask(client, token))


def test_only_the_hash_is_stored_and_the_issue_is_logged():
    user = office()
    token = issue(user)
    row = ApiToken.objects.get()
    assert row.token_hash == token_hash(token)
    assert token not in str(ApiToken.objects.values().get())
    event = Event.objects.get(type="account.token_issued")
    assert event.stream == f"account:{user.pk}"
    assert token not in event.canonical + event.personal.payload


def test_no_two_tokens_are_alike():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43


def test_when_a_token_was_last_used_is_kept_without_a_write_a_request(client):
    token = issue(office())
    ask(client, token)
    seen = ApiToken.objects.get().last_used_at
    assert seen is not None
    ask(client, token)
    assert ApiToken.objects.get().last_used_at == seen


# --- roles are held for a period ----------------------------------------------------------------------


def held(role, starts, ends, town=None):
    """Standings today of a person whose role runs from ``starts`` to ``ends`` days from today."""
    user, today = PersonFactory(), timezone.localdate()
    Membership.objects.create(
        user=user,
        role=role,
        municipality=town,
        valid_from=today + timedelta(days=starts),
        valid_to=None if ends is None else today + timedelta(days=ends),
    )
    return actor_for(user)


@pytest.mark.parametrize(
    ("starts", "ends", "in_force"),
    [(-30, None, True), (-30, 0, True), (0, 0, True), (-30, -1, False), (1, None, False), (1, 30, False)],
)
def test_a_role_counts_from_its_first_day_to_its_last(starts, ends, in_force):
    assert held(Role.SECRETARIAT, starts, ends).holds("secretariat", "office") is in_force


def test_what_ended_yesterday_opens_nothing_today(client):
    town = MunicipalityFactory()
    engagement = EngagementFactory(municipality=town)
    actor = held(Role.CONTACT, -30, -1, town)
    assert actor.standings == frozenset()
    assert not permissions.allows(actor, "engagement.view", engagement)
    user = member(Role.CONTACT, town)
    token = issue(user)
    assert ask(client, token, f"{PATH}{engagement.pk}/").status_code == 200
    Membership.objects.filter(user=user).update(valid_to=timezone.localdate() - timedelta(days=1))
    assert ask(client, token, f"{PATH}{engagement.pk}/").status_code == 403


def test_one_person_holds_several_roles_at_once():
    user = member(Role.CONTACT, MunicipalityFactory())
    Membership.objects.create(user=user, role=Role.TRAINEE)
    assert {standing.role for standing in actor_for(user).standings} == {"contact", "trainee"}


def test_an_advisor_of_one_engagement_is_a_stranger_to_the_next():
    mine, other = EngagementFactory(), EngagementFactory()
    actor = actor_for(advisor_of(mine))
    assert permissions.allows(actor, "engagement.view", mine)
    assert not permissions.allows(actor, "engagement.view", other)


@pytest.fixture
def desk(client):
    """Somebody's own page of tokens."""
    user = office()
    client.force_login(user)
    return user, client, "/accounts/settings/tokens/"


def shown(answer):
    found = re.search(r'<code class="secret">([^<]+)</code>', answer.content.decode())
    return found[1] if found else ""


def test_a_token_is_made_on_ones_page_shown_once_and_listed(desk):
    user, client, path = desk
    answer = client.post(path, {"name": "庁内の集計", "scope": "read", "days": "90"})
    token, row = shown(answer), ApiToken.objects.get()
    assert ask(Client(), token).status_code == 200
    assert (row.name, row.writes, (row.expires_at - row.created_at).days) == ("庁内の集計", False, 90)
    page = client.get(path).content.decode()
    assert ("庁内の集計" in page, token in page) == (True, False)
    event = Event.objects.get(type="account.token_issued")
    assert event.actor_key == f"user:{user.pk}"


@pytest.mark.parametrize("sent", [{}, {"name": ""}, {"name": "x" * 61}, {"scope": "all"}, {"days": "3650"}])
def test_a_token_without_a_name_a_scope_or_an_end_is_refused(desk, sent):
    _user, client, path = desk
    typed = {"name": "集計", "scope": "read", "days": "30"} | sent if sent else {}
    assert client.post(path, typed).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_that_reads_does_nothing_else():
    engagement = EngagementFactory()
    token = api_tokens.issue_api_token(user=office(), now=timezone.now(), writes=False)
    headers = {"Authorization": f"Bearer {token}"}
    path = f"{PATH}{engagement.pk}/transitions/pause/"
    answer = Client().post(
        path, {"reason": "町の選挙のため"}, content_type="application/json", headers=headers
    )
    assert (answer.status_code, "読むため" in answer.json()["detail"]) == (403, True)
    engagement.refresh_from_db()
    assert engagement.state == "preparing"
    assert ask(Client(), token).status_code == 200


def test_a_token_is_ended_by_its_person_alone_and_at_once(desk):
    user, client, path = desk
    own = api_tokens.issue_api_token(user=user, now=timezone.now())
    foreign = api_tokens.issue_api_token(user=office(), now=timezone.now())
    for row, status in ((ApiToken.objects.last(), 422), (ApiToken.objects.first(), 302)):
        assert client.post(path, {"revoke": row.pk}).status_code == status
    assert (ask(Client(), own).status_code, ask(Client(), foreign).status_code) == (401, 200)
    for number in ("", "x", "²", "9" * 30):
        assert client.post(path, {"revoke": number}).status_code == 422
    assert Event.objects.filter(type="account.token_revoked").count() == 1


def test_a_new_password_ends_every_token():
    user = office()
    token = api_tokens.issue_api_token(user=user, now=timezone.now())
    sign_ins.changed("account/email/password_changed", user)
    assert refused(ask(Client(), token))
    assert Event.objects.get(type="account.tokens_revoked").stream == f"account:{user.pk}"


def test_nobody_has_more_tokens_than_anybody_can_look_over(desk):
    user, client, path = desk
    for _time in range(api_tokens.MOST_TOKENS):
        api_tokens.issue_api_token(user=user, now=timezone.now())
    answer = client.post(path, {"name": "もう一つ", "scope": "read", "days": "30"})
    assert (answer.status_code, "個までです" in answer.content.decode()) == (422, True)
    assert 'value="もう一つ"' in answer.content.decode()
