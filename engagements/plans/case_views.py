"""The page on which a town writes its case, looks at it and agrees to publish it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import permissions
from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.plans import cases
from engagements.plans.models import Case, CaseState
from engagements.plans.views import find_engagement
from workflow.doors import available
from workflow.errors import BadInput, DoorError


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Case
        fields = list(cases.TEXTS)
        widgets = {
            name: forms.Textarea(attrs={"rows": 4}) for name in ("trouble", "stopped", "effect", "voice")
        }
        help_texts = {
            "title": gettext_lazy("ほかの町が読みたくなる一言にします。例: 名前と住所は、一度しか書きません"),
            "trouble": gettext_lazy("住民と職員が困っていたことを、具体的に書きます。"),
            "effect": gettext_lazy(
                "数字は、調査と再調査の値がひとりでに並びます。ここには、見て分かった変化を書きます。"
            ),
            "cost": gettext_lazy("かかっていないときも、そう書きます。"),
            "voice": gettext_lazy(
                "窓口の課に聞いた言葉を、そのまま書きます。公開してよいか、課に確かめてください。"
            ),
        }


@guarded("case.view")
def edit(request: HttpRequest, engagement: int) -> HttpResponse:
    """GET shows the case, or what it will be; POST begins or saves it."""
    owner, actor = find_engagement(request, engagement), actor_of(request)
    found = Case.objects.filter(engagement=owner.pk).first()
    may_edit = permissions.allows(actor, "case.edit", found or Case(engagement=owner))
    if request.method != "POST":
        form = CaseForm(instance=found) if found and may_edit and found.state == CaseState.DRAFT else None
        return _page(request, owner, found, form, may_edit)
    if not may_edit:
        raise Http404
    form = CaseForm(request.POST, instance=Case.objects.get(pk=found.pk)) if found else None
    try:
        return redirect(once_per_form(request, lambda: _carry_out(request, owner, found, form)))
    except DoorError as error:
        sentence = _mark(form, error)
        return _page(request, owner, found, form, may_edit, sentence=sentence, status=error.status)


def _carry_out(request: HttpRequest, owner: Any, found: Case | None, form: CaseForm | None) -> str:
    actor, now = actor_of(request), timezone.now()
    if found is None or form is None:
        cases.begin_case(owner, actor=actor, now=now)
    else:
        if not form.is_valid():
            raise BadInput({})
        version = request.POST.get("version", "")
        cases.save_case(
            found,
            actor=actor,
            now=now,
            version=int(version) if version.isdecimal() else 0,
            values=form.cleaned_data,
        )
    return reverse("case-edit", args=[owner.pk])


def _mark(form: CaseForm | None, error: DoorError) -> str:
    """The refusal at its fields; what is stored stands under each field that differs."""
    if isinstance(error, cases.StaleCase) and form is not None:
        for name in error.fields:
            theirs = getattr(error.case, name) or _("(空欄)")
            words = _("保存されている内容: %(theirs)s 残すほうにして、もう一度保存してください。")
            form.add_error(name, words % {"theirs": theirs})
    elif isinstance(error, BadInput) and form is not None:
        for name, lines in error.fields.items():
            form.add_error(name, lines)
        return ""
    return str(error)


def _page(
    request: HttpRequest,
    owner: Any,
    found: Case | None,
    form: CaseForm | None,
    may_edit: bool,
    *,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    stored = Case.objects.filter(pk=found.pk).first() if found else None
    steps = available(stored, actor_of(request), now=timezone.now()) if stored else []
    labels = {field.name: field.verbose_name for field in Case._meta.concrete_fields}
    texts = [(labels[name], getattr(stored, name)) for name in cases.TEXTS] if stored else []
    shown = {
        "engagement": owner,
        "case": stored,
        "form": form,
        "may_edit": may_edit,
        "steps": steps,
        "texts": texts,
        "sentence": sentence,
        "may_print": bool(stored) and permissions.allows(actor_of(request), "case.document", stored),
        "form_key": new_form_key(),
    }
    return render(request, "plans/case.html", shown, status=status)
