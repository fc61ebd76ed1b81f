"""EMAIL_URL, one variable for the mail server, as the settings Django knows; and who hears of errors."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}
TIMEOUT_SECONDS = 20


def email_settings(url: str) -> dict[str, Any]:
    """Settings by name for `smtp://user:password@host:587?tls=1`, `smtps://host`, `file:///folder` or `console://`.

    User and password are percent-decoded. Ports default to 25, 587 with `tls=1` and 465 with `smtps`.
    Raises ValueError with a sentence that never repeats the URL, which holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in BACKENDS:
        raise ValueError(f"EMAIL_URL must begin with one of {', '.join(f'{name}://' for name in BACKENDS)}.")
    settings: dict[str, Any] = {"EMAIL_BACKEND": BACKENDS[parts.scheme]}
    if parts.scheme == "file":
        return settings | {"EMAIL_FILE_PATH": _folder(parts.path)}
    if parts.scheme == "console":
        return settings
    return settings | _server(url)


def addresses(text: str) -> list[str]:
    """The addresses of ``MADOGUCHI_ADMINS``, separated by commas. Raises ValueError for what is none."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if any(address.count("@") != 1 or " " in address for address in found):
        raise ValueError(
            "MADOGUCHI_ADMINS holds something that is no address; write a@example.jp,b@example.jp."
        )
    return found


def _folder(path: str) -> str:
    if not path.startswith("/") or path == "/":
        raise ValueError("EMAIL_URL names no folder; write file:///var/mail/madoguchi.")
    return unquote(path)


def _server(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    tls = _switch(parse_qs(parts.query, keep_blank_values=True))
    if secure and tls:
        raise ValueError("EMAIL_URL asks for smtps and tls=1 at once; use one of them.")
    if not parts.hostname:
        raise ValueError("EMAIL_URL names no host; write smtp://user:password@host:587?tls=1.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": _port(url) or (465 if secure else 587 if tls else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": tls,
        "EMAIL_USE_SSL": secure,
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }


def _switch(query: dict[str, list[str]]) -> bool:
    if unknown := set(query) - {"tls"}:
        raise ValueError(f"EMAIL_URL: unknown option {', '.join(sorted(unknown))}; there is only tls=1.")
    value = query.get("tls", ["0"])[-1]
    if value not in ("0", "1"):
        raise ValueError("EMAIL_URL: tls is 1 or 0.")
    return value == "1"


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        raise ValueError("EMAIL_URL: the port is not a number from 0 to 65535.") from None
