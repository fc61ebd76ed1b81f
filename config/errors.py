"""The pages that say what went wrong and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.rest.problems import TOO_LARGE, is_api, plain_problem, too_large
from workflow.errors import TooMany


def error_page(
    request: HttpRequest, status: int, *, reasons: Sequence[str] = (), **context: Any
) -> HttpResponse:
    """The page of ``status`` (400, 403, 404, 409, 413, 422 or 429); ``reasons`` are sentences for the person.

    A program that asked the API gets the problem document.
    """
    if is_api(request):
        return plain_problem(status, " ".join(reasons) or _in_words(status))
    return render(request, f"errors/{status}.html", {"reasons": reasons, **context}, status=status)


def _in_words(status: int) -> str:
    """What to do, where nobody has said more."""
    words = {
        404: _("見つかりません。アドレスをお確かめください。"),
        413: too_large(),
        500: _("こちらの不具合で処理できませんでした。続くときは、番号を事務局にお知らせください。"),
    }
    return words.get(status, _("送られた内容を読み取れませんでした。形をお確かめください。"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 413 if isinstance(exception, TOO_LARGE) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403, reasons=[str(exception)] if str(exception) else [])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For the sign-in library, which does not say how long: five minutes is the longest of its limits here."""
    wait = TooMany(5 * 60)
    response = error_page(request, 429, reasons=[str(wait)])
    response.headers["Retry-After"] = str(wait.wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """The page with the number under which the log tells of it; to the API, a problem document with the same one.

    Rendered without the request: whatever broke may be in what a request needs.
    """
    number = structlog.contextvars.get_contextvars().get("request_id", "")
    if request is not None and is_api(request):
        return plain_problem(500, _in_words(500), request_id=number)
    context = {"page": {"demo": settings.DEMO}, "number": number}
    return HttpResponse(render_to_string("errors/500.html", context), status=500)


def _came_from_here(request: HttpRequest) -> bool:
    """Whether the browser itself says that one of our own pages sent this; a foreign page can't forge ``Origin``."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    return [(k, str(v)) for k, values in request.POST.lists() if k != "csrfmiddlewaretoken" for v in values]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token went stale (a new sign-in in another tab) is offered again with a fresh one.

    Only what came from our own pages is repeated, and never a password.
    """
    fields = _sent_fields(request) if _came_from_here(request) else []
    if not fields or any("password" in name for name, _ in fields):
        return render(request, "errors/csrf.html", status=403)
    held = {"path": request.get_full_path(), "fields": fields, "files": bool(request.FILES), "stale": True}
    return render(request, "errors/held_form.html", held, status=403)
