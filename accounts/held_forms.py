"""A sign-in that expires in the middle of a form loses nothing: what was sent waits in the visitor's session.

Anybody can send anything here, so only what a form of ours may be is kept; the session ends by itself.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts import limits

KEY = "held_form"
LOGIN = "/accounts/login/"
#: Bytes of all names and values; the longest form of ours has a tenth.
MOST_BYTES = 100_000
NEVER_KEPT = {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword"}


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page; a form on its way is kept and offered again afterwards."""
    target = request.get_full_path()
    if request.method == "POST":
        fields = [(k, v) for k, values in request.POST.lists() if k not in NEVER_KEPT for v in values]
        if len(target) + sum(len(k.encode()) + len(v.encode()) for k, v in fields) > MOST_BYTES:
            return render(request, "errors/held_too_large.html", {"sign_in": LOGIN}, status=413)
        limits.count("held-form", limits.client_of(request))
        request.session[KEY] = {"path": target, "fields": fields, "files": bool(request.FILES)}
        target = "/accounts/resume/"
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = f"{LOGIN}?{urlencode({'next': target})}"
        return response
    return HttpResponseRedirect(f"{LOGIN}?{urlencode({'next': target})}")


def resume(request: HttpRequest) -> HttpResponse:
    """Show the kept form with one button that sends it on. It stays until it was sent and taken."""
    held = request.session.get(KEY)
    if not held or not url_has_allowed_host_and_scheme(held["path"], {request.get_host()}):
        return redirect("/")
    return render(
        request,
        "errors/held_form.html",
        {"path": held["path"], "fields": held["fields"], "files": held["files"]},
    )


def leads_to_sign_in(target: str) -> bool:
    """Whether an answer's target is the sign-in page: then the form was not taken."""
    return target.startswith(LOGIN)


def forget(request: HttpRequest) -> None:
    """The form that waited was sent on and taken."""
    held = request.session.get(KEY)
    if held and held["path"] == request.get_full_path():
        del request.session[KEY]
