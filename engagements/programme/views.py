"""Pages of the programme's versions, for the office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions
from accounts.access import actor_of, find, guarded
from accounts.transitions import form_key, new_form_key, once_per_form
from engagements.programme import comparison, versions
from engagements.programme.forms import InForceForm, QuestionsForm, SessionForm, SettingsForm, TakeBackForm
from engagements.programme.models import Programme, VersionState
from engagements.programme.selectors import version_for
from workflow.errors import BadInput, DoorError


def _version(request: HttpRequest, pk: int, action: str = "programme.view") -> Programme:
    return find(actor_of(request), action, Programme.objects.all(), pk=pk)


@require_GET
@guarded("programme.view")
def version_list(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first; which is in force today."""
    actor = actor_of(request)
    shown = {
        "versions": permissions.visible(actor, "programme.view", Programme.objects.order_by("-version")),
        "in_force": version_for(timezone.localdate()),
        "may_edit": permissions.may_somewhere(actor, "programme.edit"),
        "key": new_form_key(),
    }
    return render(request, "programme/versions.html", shown)


@require_POST
@guarded("programme.edit")
def load_first(request: HttpRequest) -> HttpResponse:
    """The version that comes with the service, where there is none yet."""
    made = versions.load_first(actor=actor_of(request), now=timezone.now())
    messages.success(request, _("最初の版を入れました。募集を作れます。"))
    return redirect("programme", made.pk)


@require_GET
@guarded("programme.view")
def version_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _version(request, pk))


def _page(request: HttpRequest, programme: Programme, status: int = 200, **more: Any) -> HttpResponse:
    """A version with what differs from the one before it."""
    today = timezone.localdate()
    earlier = Programme.objects.filter(version__lt=programme.version, state=VersionState.ADOPTED)
    before = earlier.order_by("-version").first()
    shown = {
        "programme": programme,
        "in_force": version_for(today),
        "before": before,
        "changes": comparison.changes(before, programme) if before else [],
        "settings": [
            (comparison.label(name), comparison.words(name, value))
            for name, value in versions.settings_of(programme).items()
        ],
        "sessions": programme.session_kinds.prefetch_related("checklist"),
        "questions": [(row, comparison.question_text(row)) for row in programme.questions.all()],
        "is_draft": programme.state == VersionState.DRAFT,
        "may_edit": permissions.allows(actor_of(request), "programme.edit", programme),
        "why_fixed": versions.why_fixed(programme, today),
        "force_form": InForceForm(initial={"effective_from": today}),
        "back_form": TakeBackForm(),
        "key": new_form_key(),
    }
    return render(request, "programme/version.html", shown | more, status=status)


@require_POST
@guarded("programme.edit")
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version in preparation, copied from this one."""
    base = _version(request, pk, "programme.edit")

    def work() -> str:
        made = versions.draft_version(base, actor=actor_of(request), now=timezone.now())
        return reverse("programme", args=[made.pk])

    return redirect(once_per_form(request, work))


def _edit_page(
    request: HttpRequest, programme: Programme, part: str, status: int = 200, **more: Any
) -> HttpResponse:
    shown = {"programme": programme, "key": form_key(request)} | more
    return render(request, f"programme/edit_{part}.html", shown, status=status)


def _saved(
    request: HttpRequest, programme: Programme, part: str, save: Any, **forms_shown: Any
) -> HttpResponse:
    """Save once for the form and go to the version; what is refused comes back as it was typed."""

    def work() -> str:
        save(actor=actor_of(request), now=timezone.now())
        return reverse("programme", args=[programme.pk])

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _edit_page(request, programme, part, error.status, sentence=str(error), **forms_shown)
    messages.success(request, _("保存しました。"))
    return redirect(target)


@require_http_methods(["GET", "POST"])
@guarded("programme.edit")
def edit_settings(request: HttpRequest, pk: int) -> HttpResponse:
    programme = _version(request, pk, "programme.edit")
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=programme)
    if request.method != "POST":
        return _edit_page(request, programme, "settings", form=form)
    if not form.is_valid():
        return _edit_page(request, programme, "settings", 422, form=form)

    def save(**who: Any) -> None:
        versions.save_settings(programme, form.cleaned_data, **who)

    return _saved(request, programme, "settings", save, form=form)


@require_http_methods(["GET", "POST"])
@guarded("programme.edit")
def edit_questions(request: HttpRequest, pk: int) -> HttpResponse:
    programme = _version(request, pk, "programme.edit")
    data = request.POST if request.method == "POST" else None
    formset: Any = QuestionsForm(data, queryset=programme.questions.all(), prefix="q")
    if request.method != "POST":
        return _edit_page(request, programme, "questions", formset=formset)
    if not formset.is_valid():
        return _edit_page(request, programme, "questions", 422, formset=formset)

    def save(**who: Any) -> None:
        versions.save_questions(programme, formset.rows, **who)

    return _saved(request, programme, "questions", save, formset=formset)


@require_http_methods(["GET", "POST"])
@guarded("programme.edit")
def edit_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    programme = _version(request, pk, "programme.edit")
    data = request.POST if request.method == "POST" else None
    kinds = programme.session_kinds.prefetch_related("checklist")
    asked = [SessionForm(data, kind=kind) for kind in kinds]
    if request.method != "POST":
        return _edit_page(request, programme, "sessions", forms=asked)
    if any([form.errors for form in asked]):  # noqa: C419  (a list: every form says what it lacks)
        return _edit_page(request, programme, "sessions", 422, forms=asked)

    def save(**who: Any) -> None:
        rows = {form.kind.number: form.cleaned_data for form in asked}
        versions.save_sessions(programme, rows, **who)

    return _saved(request, programme, "sessions", save, forms=asked)


@require_POST
@guarded("programme.put_in_force")
def put_in_force(request: HttpRequest, pk: int) -> HttpResponse:
    programme = _version(request, pk, "programme.put_in_force")
    form = InForceForm(request.POST)

    def act(**who: Any) -> None:
        versions.put_in_force(programme, effective_from=form.cleaned_data["effective_from"], **who)

    return _decided(request, programme, form, "force_form", act, _("この版の施行を決めました。"))


@require_POST
@guarded("programme.take_back")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    programme = _version(request, pk, "programme.take_back")
    form = TakeBackForm(request.POST)

    def act(**who: Any) -> None:
        versions.take_back(programme, reason=form.cleaned_data["reason"], **who)

    return _decided(request, programme, form, "back_form", act, _("準備中に戻しました。"))


def _decided(
    request: HttpRequest, programme: Programme, form: forms.Form, name: str, act: Any, done: str
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, programme, 422, **{name: form})

    def work() -> str:
        act(actor=actor_of(request), now=timezone.now())
        return reverse("programme", args=[programme.pk])

    try:
        target = once_per_form(request, work)
    except BadInput as error:
        for field, sentences in error.fields.items():
            form.add_error(field or None, sentences)
        return _page(request, programme, error.status, **{name: form})
    except DoorError as error:
        return _page(request, _version(request, programme.pk), error.status, sentence=str(error))
    messages.success(request, done)
    return redirect(target)
