"""Headers that every response carries, and the page for a door that stayed shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from config.errors import error_page
from workflow.errors import BadInput, DoorError, GuardsUnmet

PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# The browser shows a PDF with a viewer of its own, which the page's rules for plugins and styles would blank.
FILE_POLICY: Final = "frame-ancestors 'none'; base-uri 'none'"
PERMISSIONS: Final = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"


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
        return error_page(request, error.status, reasons=reasons)
