"""The number of each request, headers that every response carries, and the page for a door that stayed shut."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from accounts.middleware import FORMS
from accounts.rest.problems import is_api
from config.errors import error_page
from workflow.errors import BadInput, DoorError, GuardsUnmet, TooMany
from workflow.incoming import TooMuch, refuse_characters, refuse_size

PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# The browser shows a PDF with a viewer of its own, which the page's rules for plugins and styles would blank.
FILE_POLICY: Final = "frame-ancestors 'none'; base-uri 'none'"
PERMISSIONS: Final = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
#: Read aloud on the telephone: no letter looks or sounds like a figure.
SIGNS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
#: Asked for every few seconds by whoever watches, and by every page for its looks.
QUIET: Final = ("/healthz", "/readyz", "/static/")
log = structlog.get_logger(__name__)


def new_number() -> str:
    """``K7QF-3MZX``: what the page, the answer's header and the log's lines say of one request."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


class RequestNumberMiddleware:
    """Every request has a number, ours alone: what a client or a proxy calls it is not taken over.

    One line tells of each request what was asked for (the address's pattern and the numbers in it, never its words),
    the answer's status and the milliseconds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, begun = new_number(), time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = number
            tell = log.debug if request.path.startswith(QUIET) and response.status_code < 500 else log.info
            tell("request", **_asked(request), status=response.status_code, ms=_since(begun))
            return response


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _asked(request: HttpRequest) -> dict[str, Any]:
    found = request.resolver_match
    if found is None:
        return {"method": request.method, "route": "?"}
    numbers = {name: value for name, value in found.kwargs.items() if str(value).isdecimal()}
    return {"method": request.method, "route": found.route, **({"numbers": numbers} if numbers else {})}


class ContentSecurityPolicyMiddleware:
    """Nothing inline, nothing from another host. A view that has set one of these headers keeps its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_private(request):
            response.headers["Cache-Control"] = "private, no-store"
        is_pdf = response.headers.get("Content-Type", "").startswith("application/pdf")
        response.headers.setdefault("Content-Security-Policy", FILE_POLICY if is_pdf else PAGE_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


def is_private(request: HttpRequest) -> bool:
    """Whether the answer is for one person: somebody signed in, or whoever holds a signed link."""
    user = getattr(request, "user", None)
    return (user is not None and user.is_authenticated) or request.path_info.startswith("/l/")


class IncomingMiddleware:
    """What is sent is measured before anything is looked up: its bytes, its fields, and what no field may say.

    How many fields and bytes a form may have say Django's own settings; JSON is measured by whoever reads it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST":
            try:
                self._measure(request)
            except DoorError as error:
                return error_page(
                    request, 413 if isinstance(error, TooMuch) else 400, reasons=sentences(error)
                )
        return self.get_response(request)

    def _measure(self, request: HttpRequest) -> None:
        sent = request.META.get("CONTENT_LENGTH") or ""
        refuse_size(int(sent) if sent.isdecimal() else 0, _most(request.content_type))
        if request.content_type in FORMS and not is_api(request):
            refuse_characters(dict(request.POST.lists()))


def _most(content_type: str | None) -> int:
    """The most bytes that a body of this kind may have: a form with its files, a form without, or one file."""
    form, file = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0, settings.UPLOAD_MAX_BYTES
    return {FORMS[0]: form, FORMS[1]: form + file}.get(content_type or "", file + form)


class DoorErrorMiddleware:
    """A refusal that a page did not show in its own form becomes a page with its sentences."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, DoorError):
            return None
        response = error_page(request, error.status, reasons=sentences(error))
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.wait)
        return response


def sentences(error: DoorError) -> list[str]:
    """What a refusal says, one by one."""
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    if isinstance(error, BadInput):
        return [sentence for found in error.fields.values() for sentence in found]
    return [str(error)]
