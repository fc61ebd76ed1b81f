"""The number of each request, headers that every response carries, and the page for a door that stayed shut."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponseBase

from config.errors import error_page
from workflow.errors import BadInput, DoorError, GuardsUnmet, TooMany

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
        is_pdf = response.headers.get("Content-Type", "").startswith("application/pdf")
        response.headers.setdefault("Content-Security-Policy", FILE_POLICY if is_pdf else PAGE_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


class DoorErrorMiddleware:
    """A refusal that a page did not show in its own form becomes a page with its sentences."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, DoorError):
            return None
        reasons = [str(error)]
        if isinstance(error, GuardsUnmet):
            reasons = [str(item.sentence) for item in error.unmet]
        elif isinstance(error, BadInput):
            reasons = [sentence for sentences in error.fields.values() for sentence in sentences]
        response = error_page(request, error.status, reasons=reasons)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.wait)
        return response
