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

from accounts import services
from accounts.access import actor_of, signed_in
from accounts.models import User


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
