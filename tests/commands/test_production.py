"""Production settings refuse to start half configured, with a sentence and no value in it."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.commands.processes import environment, migrated, run

pytestmark = pytest.mark.long

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "a-secret-of-the-test-only-a-secret-of-the-test-only-0000",
    "ALLOWED_HOSTS": "madoguchi.town.example",
    "EMAIL_URL": "smtp://sender:hush@mail.town.example:587?tls=1",
}
LOAD = "import django.conf; print(django.conf.settings.DEBUG, django.conf.settings.SESSION_COOKIE_SECURE)"


def test_a_complete_environment_starts_and_is_not_in_debug() -> None:
    finished = run("-c", LOAD, env=environment(**COMPLETE))
    assert finished.stdout == "False True\n", finished.stderr


def test_what_an_earlier_key_signed_still_holds() -> None:
    old, new = COMPLETE["SECRET_KEY"], "the-next-secret-of-the-test-the-next-secret-of-the-test-0000"
    sign = "from django.core.signing import dumps; print(dumps('x', salt='s'))"
    start = "import django; django.setup(); "
    token = run("-c", start + sign, env=environment(**COMPLETE)).stdout.strip()
    read = f"{start}from django.core.signing import loads; print(loads({token!r}, salt='s'))"
    kept = environment(**{**COMPLETE, "SECRET_KEY": new, "SECRET_KEY_FALLBACKS": f"{old} "})
    assert run("-c", read, env=kept).stdout == "x\n"
    assert run("-c", read, env=environment(**{**COMPLETE, "SECRET_KEY": new})).returncode == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "too-short"),
        ("SECRET_KEY", settings.SECRET_KEY),
        ("ALLOWED_HOSTS", ""),
        ("EMAIL_URL", ""),
        ("MADOGUCHI_DEMO", "1"),
        ("MADOGUCHI_TRUSTED_PROXIES", "one"),
        ("MADOGUCHI_LONG_WORKERS", "-1"),
        ("MADOGUCHI_ACCOUNT_CHECK_DAYS", "1.5"),
    ],
)
def test_one_thing_missing_or_wrong_refuses_and_names_the_variable(name: str, value: str) -> None:
    finished = run("-c", LOAD, env=environment(**{**COMPLETE, name: value}))
    assert finished.returncode == 1
    refusal = finished.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in refusal
    assert name in refusal


def test_what_is_no_address_does_not_hear_of_errors() -> None:
    finished = run("-c", LOAD, env=environment(**COMPLETE, MADOGUCHI_ADMINS="keeper"))
    assert finished.returncode == 1
    assert "MADOGUCHI_ADMINS" in finished.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("command", [("manage.py", "sweep", "--forever"), ("-c", "import config.wsgi")])
def test_nothing_starts_while_an_account_of_the_demonstration_exists(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    local = environment(DJANGO_SETTINGS_MODULE="config.settings.local", MADOGUCHI_DATA=str(tmp_path))
    migrated(tmp_path, local)
    made = run("manage.py", "create_account", "boss@madoguchi.example", "--role", "admin", env=local)
    assert made.returncode == 0, made.stderr
    refused = run(*command, env=environment(**COMPLETE, MADOGUCHI_DATA=str(tmp_path)))
    assert refused.returncode == 1
    assert "madoguchi.example" in refused.stderr
