from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from config import errors
from tests.look.markup import Page


def page_of(response: HttpResponse) -> Page:
    return Page(response.content.decode())


def post(origin: str = "", **data: Any) -> HttpResponse:
    headers = {"origin": origin} if origin else {}
    return errors.csrf_failure(RequestFactory().post("/applications/3/", data, headers=headers))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429])
def test_each_page_says_what_to_do_next(status: int) -> None:
    response = errors.error_page(RequestFactory().get("/"), status, reasons=["②の日程が決まっていません。"])
    page = page_of(response)
    assert response.status_code == status
    assert page.one("h1").text
    assert page.one("main").text.count("。") >= (1 if status == 403 else 2)
    assert "②の日程が決まっていません。" in page.one("main").text
    assert [a for a in page.all("a", href="/") if a.has_class("btn")]


@pytest.mark.parametrize(
    ("handler", "exception", "status"),
    [
        (errors.bad_request, SuspiciousOperation(), 400),
        (errors.bad_request, RequestDataTooBig(), 413),
        (errors.forbidden, PermissionDenied(), 403),
        (errors.not_found, Http404(), 404),
        (errors.too_many_requests, None, 429),
    ],
)
def test_what_django_raises_finds_its_page(handler: Any, exception: Exception | None, status: int) -> None:
    assert handler(RequestFactory().get("/"), exception).status_code == status


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (lambda asked: errors.bad_request(asked, RequestDataTooBig()), 413),
        (lambda asked: errors.bad_request(asked, SuspiciousOperation()), 400),
        (lambda asked: errors.not_found(asked, Http404()), 404),
        (errors.server_error, 500),
    ],
)
def test_programs_get_a_problem_document_for_each_of_them(handler: Any, status: int) -> None:
    answer = handler(RequestFactory().post("/api/v1/plans/"))
    told = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (told["status"], told["detail"][-1]) == (status, "。")


def test_a_refusal_passes_on_its_sentence() -> None:
    response = errors.forbidden(RequestFactory().get("/"), PermissionDenied("招待か理由の記入が要ります。"))
    assert "招待か理由の記入が要ります。" in page_of(response).one("main").text


def test_our_own_fault_is_told_even_when_nothing_else_works() -> None:
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert page_of(response).one("h1").text == "こちらの不具合で進めませんでした"


def test_a_stale_form_of_ours_is_offered_again_whole() -> None:
    response = post("http://testserver", csrfmiddlewaretoken="old", note='"><b>転入', life=["in", "out"])
    page = page_of(response)
    assert response.status_code == 403
    main = [e for e in page.all("input", type="hidden") if e["name"] in ("note", "life")]
    assert [(e["name"], e["value"]) for e in main] == [("note", '"><b>転入'), ("life", "in"), ("life", "out")]
    assert page.one("form", action="/applications/3/")["method"] == "post"
    assert "old" not in [e["value"] for e in page.all("input")]


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example", "https://testserver"])
def test_what_a_foreign_page_sent_is_never_repeated(origin: str) -> None:
    page = page_of(post(origin, note="x"))
    assert page.all("input", name="note") == []
    assert "前の画面に戻って" in page.one("main").text


def test_a_password_is_never_repeated() -> None:
    response = post("http://testserver", login="a@town.example", password="secret")
    assert b"secret" not in response.content
