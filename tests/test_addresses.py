"""Every page and API operation against every role; a new one without an entry in the table fails."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from accounts.models import OFFICE_ROLES, PERSON_ROLES, TOWN_ROLES, Membership, Role, User
from accounts.table import TABLE
from config.urls import router
from tests.municipalities.factories import MunicipalityFactory

pytestmark = pytest.mark.django_db

#: Addresses of libraries; they bring their own sign-in and show nobody's data but one's own.
LIBRARY = ("allauth.", "drf_spectacular.", "django.views.i18n", "mfa", "rest_framework.")
HOLDABLE = sorted(OFFICE_ROLES | PERSON_ROLES | TOWN_ROLES)


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


def _value(converter):
    return 987654321 if isinstance(converter, IntConverter) else "nothing"


def address(item):
    """A concrete address: every number is one that does not exist."""
    arguments = {name: _value(converter) for name, converter in item.pattern.converters.items()}
    try:
        return reverse(item.name, kwargs=arguments)
    except NoReverseMatch:
        pytest.fail(f"{item} has no usable name")


def signed_in(role):
    user = User.objects.create_user(f"{role}@town.example.lg.jp", name="見本 花子", password="x")
    town = MunicipalityFactory() if role in TOWN_ROLES else None
    Membership.objects.create(user=user, role=role, municipality=town)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_every_page_says_who_may():
    for route, item in own_pages():
        action = getattr(item.callback, "action", None)
        assert action in ("public", "signed_in") or action in TABLE, route


def test_pages_ask_the_signed_out_to_sign_in():
    for _route, item in own_pages():
        if item.callback.action != "public":
            for response in (Client().get(address(item)), Client().post(address(item))):
                assert response.status_code in (302, 405), address(item)
                if response.status_code == 302:
                    assert response["Location"].startswith("/accounts/login/"), address(item)


@pytest.mark.parametrize("role", HOLDABLE)
def test_pages_by_role(role):
    client = signed_in(role)
    for _route, item in own_pages():
        action = item.callback.action
        response = client.get(address(item))
        if action not in ("public", "signed_in") and role not in TABLE[action]:
            assert response.status_code in (403, 405), (address(item), role)
        else:
            known = (200, 302, 404, 405, 410, 503 if item.name == "readyz" else 200)
            assert response.status_code in known, (address(item), role, response.status_code)


@pytest.mark.parametrize("role", HOLDABLE)
def test_api_lists_by_role(role):
    client = signed_in(role)
    for prefix, viewset, _name in router.registry:
        response = client.get(f"/api/v1/{prefix}/")
        expected = 200 if role in TABLE[f"{viewset.resource}.view"] else 403
        assert response.status_code == expected, (prefix, role)


def test_api_needs_a_sign_in():
    for prefix, _viewset, _name in router.registry:
        response = Client().get(f"/api/v1/{prefix}/")
        assert response.status_code == 401, prefix
        assert response["Content-Type"] == "application/problem+json"


def test_every_operation_of_the_api_has_its_actions_in_the_table():
    for prefix, viewset, _name in router.registry:
        assert f"{viewset.resource}.view" in TABLE, prefix
    assert Role.values
