from django.http import HttpResponse
from django.test import RequestFactory

from config.middleware import ContentSecurityPolicyMiddleware


def headers_of(response: HttpResponse) -> dict[str, str]:
    answer = ContentSecurityPolicyMiddleware(lambda request: response)(RequestFactory().get("/"))
    return dict(answer.headers)


def rules(policy: str) -> dict[str, str]:
    return dict(rule.strip().split(" ", 1) for rule in policy.split(";"))


def test_a_page_may_load_only_from_here() -> None:
    headers = headers_of(HttpResponse("x"))
    assert rules(headers["Content-Security-Policy"]) == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_the_browser_may_show_a_pdf() -> None:
    policy = rules(
        headers_of(HttpResponse(b"%PDF", content_type="application/pdf"))["Content-Security-Policy"]
    )
    assert policy == {"frame-ancestors": "'none'", "base-uri": "'none'"}


def test_a_view_that_is_stricter_keeps_its_own() -> None:
    assert (
        headers_of(HttpResponse("x", headers={"Referrer-Policy": "no-referrer"}))["Referrer-Policy"]
        == "no-referrer"
    )
