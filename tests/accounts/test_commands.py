"""``create_account`` and ``api_token``: what they print, and their exit codes."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, Membership, Role, User
from accounts.tokens import token_hash
from tests.factories.engagements import PersonFactory
from tests.look.markup import Page
from tests.municipalities.factories import MunicipalityFactory
from workflow import audit

pytestmark = pytest.mark.django_db
NEW = "hanako@ministry.example"


def run(capsys, *arguments):
    """Exit code, stdout and stderr."""
    code = 0
    try:
        call_command(*arguments)
    except SystemExit as stopped:
        code = stopped.code
    printed = capsys.readouterr()
    return code, printed.out.strip(), printed.err.strip()


def test_an_account_comes_with_a_link_that_sets_its_password_once(capsys, client, settings):
    code, url, _faults = run(capsys, "create_account", NEW, "--role", "secretariat", "--name", "見本 花子")
    assert code == 0
    assert url.startswith(f"{settings.SITE_URL}/accounts/password/reset/key/")
    user = User.objects.get(email=NEW)
    assert (user.name, user.has_usable_password()) == ("見本 花子", False)
    path = client.get(url.removeprefix(settings.SITE_URL)).headers["Location"]
    password = "みなとの朝は早いです12"
    page = Page(client.get(path).content.decode())
    names = [field["name"] for field in page.all("input", type="password")]
    assert client.post(path, dict.fromkeys(names, password)).status_code == 302
    assert client.post("/accounts/login/", {"login": NEW, "password": password}).status_code == 302
    client.session.flush()
    used = client.get(url.removeprefix(settings.SITE_URL))
    assert Page(used.content.decode()).one("h1").text == "このリンクは使えません"


@pytest.mark.parametrize("role", ["secretariat", "auditor", "admin", "advisor", "trainee"])
def test_roles_without_a_town(capsys, role):
    assert run(capsys, "create_account", NEW, "--role", role)[0] == 0
    assert Membership.objects.values_list("role", "municipality").get() == (role, None)


def test_a_role_of_a_town(capsys):
    town = MunicipalityFactory()
    assert run(capsys, "create_account", NEW, "--role", "contact", "--municipality", town.code)[0] == 0
    assert Membership.objects.get().municipality == town


@pytest.mark.parametrize("code", ["", "999999"])
def test_a_towns_role_needs_its_code(capsys, code):
    options = ["--municipality", code] if code else []
    status, out, faults = run(capsys, "create_account", NEW, "--role", Role.CONTACT, *options)
    assert (status, out) == (1, "")
    assert "--municipality" in faults
    assert not User.objects.exists()


def test_an_address_has_one_account(capsys):
    PersonFactory(email=NEW)
    status, out, faults = run(capsys, "create_account", NEW.upper(), "--role", "secretariat")
    assert (status, out) == (1, "")
    assert faults.count("\n") == 0
    assert "アカウントはもうあります" in faults
    assert User.objects.count() == 1


def test_a_bad_address_is_refused(capsys):
    status, out, faults = run(capsys, "create_account", "hanako", "--role", "secretariat")
    assert (status, out) == (1, "")
    assert faults
    assert not User.objects.exists()


@pytest.mark.parametrize("arguments", [[NEW], [NEW, "--role", "mayor"], ["--role", "secretariat"]])
def test_wrong_usage(arguments):
    """From the shell it is exit code 2, by Django's own parser."""
    with pytest.raises(CommandError):
        call_command("create_account", *arguments)
    assert not User.objects.exists()


def test_a_token_is_printed_once(capsys, client):
    PersonFactory(email=NEW)
    code, token, _faults = run(capsys, "api_token", NEW.upper())
    assert code == 0
    assert re.fullmatch(r"[\w-]{43,}", token)
    assert ApiToken.objects.get().token_hash == token_hash(token)
    assert audit.faults() == []


@pytest.mark.parametrize("changes", [{"email": "other@ministry.example"}, {"email": NEW, "is_active": False}])
def test_a_token_needs_an_open_account(capsys, changes):
    PersonFactory(**changes)
    status, out, faults = run(capsys, "api_token", NEW)
    assert (status, out) == (1, "")
    assert NEW in faults
    assert not ApiToken.objects.exists()
