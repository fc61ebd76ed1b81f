"""Every page and API list against every role, on objects that exist; a new one without an entry in the table fails.

Whoever may, opens the page; whoever holds the role elsewhere finds nothing; whoever has no such role is refused. The
sender of a form gets the same answer, before anything has happened.
"""

from functools import cache

import pytest
from django.core.cache import cache as stored
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts import permissions
from accounts.models import OFFICE_ROLES, PERSON_ROLES, Role
from accounts.standings import actor_for
from accounts.table import TABLE
from config.urls import router
from engagements.survey.recorder import passes
from tests.factories.everything import everything
from workflow.models import Event, Outbox

#: On PostgreSQL: each page is drawn there once for each role; what a page says is read on SQLite, room by room.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

#: Addresses of libraries; they bring their own sign-in and show nobody's data but one's own.
LIBRARY = (
    "accounts.library_urls",
    "allauth.",
    "drf_spectacular.",
    "django.views.i18n",
    "mfa",
    "rest_framework.",
)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HOLDABLE = sorted(set(Role.values) - {Role.WALKER, Role.SYSTEM})

#: What stands for the object of a page, by the last word before its number; elsewhere the word's own singular.
NAMED = {
    "sections": "mailbox",
    "roles": "membership",
    "people": "user",
    "programme": "programme",
    "section-requests": "section_request",
    "outbox": "outbox",
    "do": "application",
}
#: What a page needs beside the number of its object.
FIXED = {
    "act": "stop",
    "part": "decisions",
    "kind": "reform-plan",
    "machine": "application",
    "name": "withdraw",
    "number": 1,
    "note": 987654321,
    "uid": "p-1",
    "token": "nothing",
    "scenario_id": "s1",
}
#: What answers an open page other than with the page itself: a draft leads to its form, the list of one's only engagement
#: to that one; a form without a round's run, or remarks that the sections have to have first, is not there yet.
ANSWERS = {
    "engagements": dict.fromkeys(("contact", "approver", "executive", "section", "advisor", "trainee"), 302),
    "account-act": {"": 302},
    "call-edit": {"": 302},
    "application": {"contact": 302, "secretariat": 302},
    "survey-file": dict.fromkeys(("approver", "executive", "section"), 409),
    **{
        name: {"": 404}
        for name in ("round-town", "round-advisor", "round-change", "round-run", "round-publish")
    },
}


def patterns(resolver=None, prefix=""):
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            yield from patterns(item, prefix + str(item.pattern))
        elif isinstance(item, URLPattern):
            yield prefix + str(item.pattern), item


def own_pages():
    for route, item in patterns():
        callback = item.callback
        if not callback.__module__.startswith(LIBRARY) and not hasattr(callback, "cls"):
            yield route, item


def object_of(route, made):
    """The object that the page is about: it follows from the word before its number."""
    words = route.split("<")[0].strip("/").split("/")
    word = words[-1]
    return made.of.get(NAMED.get(word, word.removesuffix("s")))


def arguments(route, item, made):
    of = made.of
    door = "board_day" if route.startswith("board") else "recorder_day"
    found = {
        "pk": getattr(object_of(route, made), "pk", None),
        "engagement": of["engagement"].pk,
        "code": made.town.pk if "town" in route else passes.code_of(of[door]),
        "town": of["application"].pk,
        "advisor": of["advisor"].pk,
        "issue": of["issue"].pk,
        "evidence": of["evidence"].pk,
        "comment": of["comment"].pk,
        "row_pk": of["decision"].pk,
        "reference": of["case"].reference if route.startswith("cases") else of["plan"].reference,
        "route_id": of["survey"].versions.last().document["routes"][0]["id"],
        **FIXED,
    }
    if route.startswith("surveys"):
        found["part"] = "rules"
    return {name: found[name] for name in item.pattern.converters}


def address(route, item, made):
    try:
        return reverse(item.name, kwargs=arguments(route, item, made))
    except NoReverseMatch:
        pytest.fail(f"{route} has no usable name")


@pytest.fixture(scope="module")
def towns(django_db_setup, django_db_blocker):
    """Two towns with something of everything, made once for the module and taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield everything(), everything()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def nothing_noted_yet():
    """A refused page is noted once an hour for each person and object."""
    stored.clear()


def signed_in(user):
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    return client


def guarded_pages():
    return [(route, item) for route, item in own_pages() if item.callback.action in TABLE]


def opened(name, role):
    found = ANSWERS.get(name, {})
    return found.get(role) or found.get("") or 200


def expected(action, role, actor, target, *, about_one=True):
    """What the table says: refused, not there for this person, or open."""
    if role not in TABLE[action]:
        return 403
    if about_one and not permissions.allows(actor, action, target):
        return 404
    return 200


def target_of(action, made):
    return made.of.get(action.partition(".")[0])


def asked(user, role, made):
    """Each guarded page as this person gets it: name, status, what is expected; and the same for a form that is sent."""
    client, actor = signed_in(user), actor_for(user)
    for route, item in guarded_pages():
        action, where = item.callback.action, address(route, item, made)
        wanted = expected(
            action, role, actor, target_of(action, made), about_one=bool(item.pattern.converters)
        )
        yield item.name, client, where, wanted


@cache
def taken(method, where):
    """Whether the page takes the method at all: it says so before it asks who is there."""
    return getattr(Client(), method)(where).status_code != 405


@pytest.mark.parametrize("role", HOLDABLE)
def test_pages_for_whoever_is_signed_in(towns, role):
    """Each shows only what is theirs. The blank form is drawn as a PDF, so it is not asked for ten times."""
    client = signed_in(towns[0].people[role])
    found = {
        item.name: client.get(address(route, item, towns[0])).status_code
        for route, item in own_pages()
        if item.callback.action == "signed_in" and item.name != "document-blank"
    }
    assert found == {
        "home": 200,
        "drafts": 200,
        "waiting": 200,
        "search": 200,
        "my-town": 302,
        "own-settings": 200,
        "own-tokens": 200,
        "resume-form": 302,
        "transition": 200 if role in TABLE["application.withdraw"] else 404,
        "advisor-own": 302 if role in PERSON_ROLES else 404,
    }


def test_the_blank_form_is_for_whoever_is_signed_in(towns):
    assert signed_in(towns[0].people["employer"]).get(reverse("document-blank")).status_code == 200


def test_every_page_says_who_may():
    for route, item in own_pages():
        action = getattr(item.callback, "action", None)
        assert action in {"public", "signed_in", *TABLE}, route


def test_pages_ask_the_signed_out_to_sign_in(towns):
    for route, item in own_pages():
        if item.callback.action == "public":
            continue
        where = address(route, item, towns[0])
        answers = [
            response
            for response in (Client().get(where), Client().post(where))
            if response.status_code != 405
        ]
        assert answers, where
        for response in answers:
            assert response.status_code == 302, where
            assert response["Location"].startswith("/accounts/login/"), where


@pytest.mark.parametrize("role", HOLDABLE)
def test_pages_open_by_role(towns, role):
    """The own town's: open to those who may, refused to the others, on objects that are there."""
    seen = set()
    for name, client, where, wanted in asked(towns[0].people[role], role, towns[0]):
        answer = client.get(where)
        status = answer.status_code
        assert "no-store" in answer["Cache-Control"], where
        if status == 405:
            assert not taken("get", where), where
            continue
        assert status == (opened(name, role) if wanted == 200 else wanted), (where, role)
        seen.add(wanted)
    assert seen >= {200, 403}


@pytest.mark.parametrize("role", HOLDABLE)
def test_pages_of_another_town_are_not_there(towns, role):
    """Whoever holds the role elsewhere gets the 404 of a number that does not exist."""
    own, other = towns
    missing = 0
    for _name, client, where, wanted in asked(other.people[role], role, own):
        if wanted == 404 and taken("get", where):
            assert client.get(where).status_code == 404, (where, role)
            missing += 1
    assert bool(missing) == (role not in OFFICE_ROLES)


@pytest.mark.parametrize("role", HOLDABLE)
def test_nobody_sends_a_form_without_the_right(towns, role):
    """Neither in the own town nor in another one; nothing happens but that the try is logged."""
    own, other = towns
    before, answers = happened(), []
    for user, refusals in ((own.people[role], {403, 404}), (other.people[role], {404})):
        for _name, client, where, wanted in asked(user, role, own):
            if wanted in refusals and taken("post", where):
                answers.append((where, wanted, client.post(where).status_code))
    assert answers
    assert [answer for answer in answers if answer[1] != answer[2]] == []
    assert happened() == before


def happened():
    return Event.objects.exclude(type="security.refused").count(), Outbox.objects.count()


# --- the API ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", HOLDABLE)
def test_api_lists_by_role(towns, role):
    client = signed_in(towns[0].people[role])
    for prefix, viewset, _name in router.registry:
        response = client.get(f"/api/v1/{prefix}/")
        assert response.status_code == (200 if role in TABLE[f"{viewset.resource}.view"] else 403), prefix


@pytest.mark.parametrize("role", HOLDABLE)
def test_api_objects_by_role_here_and_elsewhere(towns, role):
    own, other = towns
    for user in (own.people[role], other.people[role]):
        client, actor = signed_in(user), actor_for(user)
        for prefix, viewset, _name in router.registry:
            target, action = own.of[viewset.resource], f"{viewset.resource}.view"
            response = client.get(f"/api/v1/{prefix}/{target.pk}/")
            assert response.status_code == expected(action, role, actor, target), (prefix, role)


def test_api_needs_a_sign_in():
    for prefix, _viewset, _name in router.registry:
        response = Client().get(f"/api/v1/{prefix}/")
        assert response.status_code == 401, prefix
        assert response["Content-Type"] == "application/problem+json"


def test_every_resource_of_the_api_has_its_reading_in_the_table():
    assert len(router.registry) > 10
    for prefix, viewset, _name in router.registry:
        assert TABLE[f"{viewset.resource}.view"], prefix
