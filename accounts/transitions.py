"""The one page behind every button that changes a state."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts import drafts, limits, permissions
from accounts.access import actor_of, find, signed_in
from workflow import idempotency, inputs
from workflow.doors import machines, perform_typed, rules, unmet_guards
from workflow.errors import BadInput, Conflict, DoorError, GuardsUnmet
from workflow.log import canonical_text
from workflow.transactions import in_transaction

LONGEST_PATH = 2000
UNKEPT = {"csrfmiddlewaretoken", "idempotency_key", "next", drafts.FIELD}


def safe_next(request: HttpRequest, fallback: str) -> str:
    """A path of our own: a redirect takes any other word for the name of a page."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = target.startswith("/") and len(target) <= LONGEST_PATH
    return target if is_ours and url_has_allowed_host_and_scheme(target, {request.get_host()}) else fallback


def posted(request: HttpRequest, spec: tuple[inputs.Input, ...]) -> dict[str, Any]:
    """What the form sent, lists as lists; unknown names stay, so that the door can refuse them."""
    many = {item.name for item in spec if item.kind is inputs.Kind.CHOICES}
    return {
        k: request.POST.getlist(k) if k in many else v for k, v in request.POST.items() if k not in UNKEPT
    }


def once_per_form(request: HttpRequest, work: Callable[[], str]) -> str:
    """Run ``work`` once for the form's hidden key and return the address to go to; a double click goes there too."""
    key = request.POST.get("idempotency_key", "")[:120]
    if not key:
        return in_transaction(work)
    content = canonical_text({k: request.POST.getlist(k) for k in request.POST if k not in UNKEPT})
    fingerprint = hashlib.sha256(f"{request.path}\n{content}".encode()).hexdigest()
    try:
        _status, target = idempotency.once(actor_of(request).key, key, fingerprint, lambda: (302, work()))
    except idempotency.KeyUsed as used:
        request.form_key_is_used = True  # type: ignore[attr-defined]
        raise Conflict(
            _("この画面からは、すでに一度送られています。内容を確かめて、もう一度押してください。")
        ) from used
    return str(target)


def new_form_key() -> str:
    return secrets.token_urlsafe(16)


def form_key(request: HttpRequest) -> str:
    """The hidden key of a form: a refused one keeps what it was sent with, unless that was used for something else."""
    sent = "" if hasattr(request, "form_key_is_used") else request.POST.get("idempotency_key", "")
    return sent or new_form_key()


def _page(request: HttpRequest, obj: Any, name: str, status: int = 200, **context: Any) -> HttpResponse:
    rule = rules(type(obj))[name]
    form = context.pop("form", None) or inputs.form_class(rule.inputs, obj)(
        initial=_initial(obj, rule.inputs)
    )
    shown = {
        "object": obj,
        "rule": rule,
        "form": form,
        "next_url": safe_next(request, _home_of(obj)),
        "idempotency_key": form_key(request),
    }
    return render(request, "transitions/form.html", shown | context, status=status)


def _initial(obj: Any, spec: tuple[inputs.Input, ...]) -> dict[str, Any]:
    """A correction starts from what is there: inputs named like fields of the object are filled in."""
    names = {field.name for field in obj._meta.get_fields()}
    return {item.name: getattr(obj, item.name) for item in spec if item.name in names}


def _home_of(obj: Any) -> str:
    return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else "/"


@signed_in
def transition_page(request: HttpRequest, machine: str, pk: int, name: str) -> HttpResponse:
    """GET asks, POST acts. Whatever is refused comes back with the form as it was typed."""
    model = machines().get(machine)
    if model is None or name not in rules(model):
        raise Http404
    obj: Any = find(actor_of(request), f"{machine}.view", model._base_manager.all(), pk=pk)
    rule = rules(model)[name]
    if request.method != "POST":
        if not permissions.allows(actor_of(request), f"{machine}.{name}", obj):
            raise Http404
        if name in model.pages:
            return redirect(model.pages[name], obj.pk)
        return _page(request, obj, name, unmet=unmet_guards(obj, rule, timezone.now()))

    limits.of_transition(f"{machine}.{name}", actor_of(request))

    def work() -> str:
        perform_typed(name, obj, actor_of(request), posted(request, rule.inputs))
        return safe_next(request, _home_of(obj))

    try:
        return redirect(once_per_form(request, work))
    except DoorError as error:
        form = inputs.form_class(rule.inputs, obj)(posted(request, rule.inputs))
        if isinstance(error, BadInput):
            form.is_valid()
            known = {
                field: sentences for field, sentences in error.fields.items() if field not in form.errors
            }
            for field, sentences in known.items():
                form.add_error(field if field in form.fields else None, sentences)
        unmet = error.unmet if isinstance(error, GuardsUnmet) else ()
        shown = "" if isinstance(error, BadInput | GuardsUnmet) else str(error)
        return _page(request, obj, name, error.status, form=form, unmet=unmet, sentence=shown)
