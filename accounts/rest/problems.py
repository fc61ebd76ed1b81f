"""RFC 9457 problem documents for everything that goes wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from workflow.errors import BadInput, DoorError, GuardsUnmet, TooMany

MEDIA_TYPE = "application/problem+json"
#: What Django raises for a form that holds more than the settings allow.
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class ProblemRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


def problem_body(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """The members of a problem document."""
    return {"type": "about:blank", "title": _titles()[status], "status": status, "detail": detail, **more}


def problem(status: int, detail: str, **more: Any) -> Response:
    return Response(problem_body(status, detail, **more), status=status, content_type=MEDIA_TYPE)


def plain_problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """The same for what never reached a view of the API, or broke in it."""
    return JsonResponse(problem_body(status, detail, **more), status=status, content_type=MEDIA_TYPE)


def is_api(request: HttpRequest) -> bool:
    """Whether whoever asked is a program: refusals are problem documents then."""
    return request.path.startswith("/api/")


def too_large() -> str:
    return _("項目やデータが多すぎます。分けて送ってください。")


def _titles() -> dict[int, str]:
    return {
        400: _("送られた内容を読めません"),
        401: _("サインインが要ります"),
        403: _("この操作はできません"),
        404: _("見つかりません"),
        405: _("この方法では使えません"),
        406: _("この形式では返せません"),
        409: _("状態が変わっています"),
        413: _("大きすぎます"),
        415: _("この形式は受け取れません"),
        422: _("このままでは進めません"),
        429: _("回数が多すぎます"),
        500: _("処理できませんでした"),
    }


def _of_door(error: DoorError) -> Response:
    more: dict[str, Any] = {}
    if isinstance(error, GuardsUnmet):
        more["reasons"] = [str(item.sentence) for item in error.unmet]
    if isinstance(error, BadInput):
        more["fields"] = error.fields
    answer = problem(error.status, str(error), **more)
    if isinstance(error, TooMany):
        answer["Retry-After"] = str(error.wait)
    return answer


def _sentences(detail: Any) -> list[str]:
    if isinstance(detail, dict):
        return [sentence for value in detail.values() for sentence in _sentences(value)]
    return (
        [sentence for value in detail for sentence in _sentences(value)]
        if isinstance(detail, list)
        else [str(detail)]
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The exception handler of the API; an unknown error stays a 500 without a word about its insides."""
    if isinstance(error, DoorError):
        return _of_door(error)
    if isinstance(error, ValidationError):
        return problem(422, " ".join(error.messages))
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        named = {name: _sentences(value) for name, value in fields.items()}
        return problem(422, " ".join(s for sentences in named.values() for s in sentences), fields=named)
    if isinstance(error, TOO_LARGE):
        return problem(413, too_large())
    if isinstance(error, Http404):
        return problem(404, _("見つかりません。番号か、お使いのアカウントの役割をお確かめください。"))
    if isinstance(error, PermissionDenied):
        return problem(
            403, str(error) or _("この操作をする役割がありません。担当の方か事務局にお尋ねください。")
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    answer = problem(response.status_code, str(getattr(error, "detail", error)))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            answer[name] = response[name]
    return answer
