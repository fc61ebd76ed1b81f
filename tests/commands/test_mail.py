"""EMAIL_URL as Django's settings."""

import pytest

from config.mail import email_settings


def test_a_server_with_starttls() -> None:
    settings = email_settings("smtp://sender:p%40ss%2Fword@mail.town.example:2525?tls=1")
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail.town.example", 2525)
    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("sender", "p@ss/word")
    assert (settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (True, False)


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://relay.example", 25), ("smtp://relay.example?tls=1", 587), ("smtps://relay.example", 465)],
)
def test_the_usual_ports(url: str, port: int) -> None:
    settings = email_settings(url)
    assert settings["EMAIL_PORT"] == port
    assert settings["EMAIL_HOST_USER"] == ""


def test_a_folder_and_the_console() -> None:
    assert email_settings("file:///var/mail/madoguchi")["EMAIL_FILE_PATH"] == "/var/mail/madoguchi"
    assert email_settings("console://") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "imap://u:hush@mail.example",
        "smtp://u:hush@",
        "smtp://u:hush@mail.example:port",
        "smtp://u:hush@mail.example:99999",
        "smtp://u:hush@mail.example?tls=yes",
        "smtp://u:hush@mail.example?ssl=1",
        "smtps://u:hush@mail.example?tls=1",
        "file://folder",
    ],
)
def test_a_faulty_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="EMAIL_URL") as refusal:
        email_settings(url)
    assert "hush" not in str(refusal.value)
