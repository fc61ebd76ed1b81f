"""A person's own settings."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from accounts import api_tokens, services
from accounts.access import actor_of, signed_in
from accounts.entry.town_views import show_faults
from accounts.models import User
from workflow.errors import BadInput


class LanguageForm(forms.Form):
    use_required_attribute = False

    language = forms.ChoiceField(
        label=gettext_lazy("メールの言語"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("あなたに届くメールは、だれが送るものでも、この言語になります。"),
    )


@signed_in
def own_settings(request: HttpRequest) -> HttpResponse:
    """In which language one is written to, and the way to password and second factor."""
    user = get_object_or_404(User, pk=actor_of(request).user_id)
    form = LanguageForm(request.POST or None, initial={"language": user.language})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["language"]
        services.choose_language(user=user, language=chosen, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("メールの言語を保存しました。"))
        return redirect("own-settings")
    shown = {"form": form, "person": user}
    return render(request, "entry/own_settings.html", shown, status=422 if form.errors else 200)


class TokenForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("何に使うか"), max_length=60, help_text=gettext_lazy("例: 庁内の集計、年度末まで")
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("できること"),
        choices=[
            ("read", gettext_lazy("読むだけ")),
            ("write", gettext_lazy("読むことと、あなたにできる操作のすべて")),
        ],
        widget=forms.RadioSelect,
        initial="read",
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("期限"),
        choices=[(days, gettext_lazy("%(days)d日") % {"days": days}) for days in api_tokens.LIFETIMES],
        coerce=int,
    )


@signed_in
def own_tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens: a new one is shown once, here; the others can be ended."""
    user = get_object_or_404(User, pk=actor_of(request).user_id)
    form, token, status = TokenForm(), "", 200
    try:
        if "revoke" in request.POST:
            return _revoked(request, user)
    except BadInput as refusal:
        messages.error(request, str(refusal))
        status = 422
    if request.method == "POST" and status == 200:
        form = TokenForm(request.POST)
        token = _issued(request, user, form) if form.is_valid() else ""
        form, status = (TokenForm(), 200) if token else (form, 422)
    shown = {"form": form, "token": token, "tokens": api_tokens.valid(user, timezone.now())}
    return render(request, "entry/own_tokens.html", shown, status=status)


def _revoked(request: HttpRequest, user: User) -> HttpResponse:
    sent = request.POST["revoke"]
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 18 else 0
    api_tokens.revoke(user, number, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("トークンを取り消しました。"))
    return redirect("own-tokens")


def _issued(request: HttpRequest, user: User, form: TokenForm) -> str:
    """The new token; empty where it was refused, which the form then says."""
    asked = dict(form.cleaned_data)
    asked["writes"] = asked.pop("scope") == "write"
    try:
        return api_tokens.issue_api_token(user=user, actor=actor_of(request), now=timezone.now(), **asked)
    except BadInput as refusal:
        show_faults(form, refusal)
        return ""
