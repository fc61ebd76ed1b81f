"""Advisors for the office, and each advisor's own page."""

from __future__ import annotations

from dataclasses import asdict, replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions, sheets
from accounts.access import actor_of, find, guarded, signed_in
from accounts.transitions import form_key, new_form_key, once_per_form
from advisors.forms import ProfileForm
from advisors.load import loads
from advisors.models import Advisor
from advisors.registering import unregistered
from advisors.selectors import advisor_rows, roster, row_of
from advisors.services import change_profile, profile_of
from advisors.sheets import COLUMNS
from advisors.vocabulary import FISCAL_MONTHS
from workflow.errors import BadInput

PAGE_SIZE = 50


@require_GET
@guarded("advisor.list")
def advisor_list(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:100]
    shown = permissions.visible(actor_of(request), "advisor.list", roster())
    rows = advisor_rows(shown, timezone.localdate(), query)
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("アドバイザー一覧"), COLUMNS, rows)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"rows": page, "query": query, "count": len(rows)}
    if permissions.allows(actor_of(request), "advisor.register", None):
        context |= {"may_register": True, "unregistered": unregistered(timezone.localdate())}
    return render(request, "advisors/list.html", context)


@require_GET
@signed_in
def own_page(request: HttpRequest) -> HttpResponse:
    """To the advisor page of whoever is signed in."""
    advisor = Advisor.objects.filter(user=request.user.pk).first()
    if advisor is None:
        raise Http404(_("アドバイザーとしての登録がありません。事務局にお尋ねください。"))
    return redirect(advisor)


@require_GET
@guarded("advisor.view")
def advisor_page(request: HttpRequest, pk: int) -> HttpResponse:
    actor, today = actor_of(request), timezone.localdate()
    advisor = find(actor, "advisor.view", roster(), pk=pk)
    private = permissions.allows(actor, "advisor.private", advisor)
    context = {
        "row": row_of(advisor, loads(today, [pk])[pk] if private else 0, today),
        "advisor": advisor,
        "months": [(month, month in advisor.months) for month in FISCAL_MONTHS],
        "private": private,
        "editable": permissions.allows(actor, "advisor.edit", advisor),
        "may_register": permissions.allows(actor, "advisor.register", None),
        "commission": advisor.commissions.order_by("valid_to").last() if private else None,
        "own": advisor.user_id == actor.user_id,
        "key": new_form_key(),
    }
    return render(request, "advisors/detail.html", context)


@guarded("advisor.edit")
def edit_advisor(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST saves; what was typed comes back with a sentence a field."""
    actor, now = actor_of(request), timezone.now()
    advisor = find(actor, "advisor.edit", roster(), pk=pk)
    form = ProfileForm(request.POST or None, initial=asdict(profile_of(advisor, now)))
    context = {"advisor": advisor, "form": form, "key": form_key(request)}
    if request.method != "POST":
        return render(request, "advisors/edit.html", context)
    if not form.is_valid():
        return render(request, "advisors/edit.html", context, status=422)

    def work() -> str:
        change_profile(advisor=advisor, profile=form.profile(), actor=actor, now=now)
        return advisor.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except BadInput as error:
        for name, sentences in error.fields.items():
            form.add_error(name, sentences)
        return render(request, "advisors/edit.html", context, status=error.status)
    messages.success(request, _("保存しました。"))
    return redirect(target)


@require_POST
@guarded("advisor.edit")
def close_year(request: HttpRequest, pk: int) -> HttpResponse:
    """The switch 「今年度はここまで」; ``closed=1`` stops new offers, anything else opens again."""
    actor, now = actor_of(request), timezone.now()
    advisor = find(actor, "advisor.edit", roster(), pk=pk)
    profile = replace(profile_of(advisor, now), closed=request.POST.get("closed") == "1")

    def work() -> str:
        change_profile(advisor=advisor, profile=profile, actor=actor, now=now)
        return advisor.get_absolute_url()

    return redirect(once_per_form(request, work))
