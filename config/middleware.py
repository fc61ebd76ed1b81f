"""Headers that every response carries, and the page for a door that stayed shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from accounts.middleware import FORMS
from accounts.rest.problems import is_api
from config.errors import error_page
from workflow.errors import BadInput, DoorError, GuardsUnmet
from workflow.incoming import TooMuch, refuse_characters, refuse_size

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
        return (
            error_page(request, error.status, reasons=sentences(error))
            if isinstance(error, DoorError)
            else None
        )


def sentences(error: DoorError) -> list[str]:
    """What a refusal says, one by one."""
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    if isinstance(error, BadInput):
        return [sentence for found in error.fields.values() for sentence in found]
    return [str(error)]
