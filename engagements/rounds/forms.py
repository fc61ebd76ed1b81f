"""The office's question to an advisor."""

from __future__ import annotations

from django import forms
from django.db.models import BigIntegerField
from django.utils.translation import gettext_lazy as _

from engagements.rounds.services import MESSAGE_MAX
from workflow.inputs import PossibleMoment


class OfferForm(forms.Form):
    """Whom to ask, what to say and until when. The advisor is chosen in the list of candidates."""

    advisor = forms.IntegerField(
        min_value=1,
        max_value=BigIntegerField.MAX_BIGINT,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("打診する方を1人選んでください。")
        ),
    )
    message = forms.CharField(
        label=_("本人へのひとこと"),
        required=False,
        max_length=MESSAGE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("打診のメールと画面に出ます。"),
    )
    expires_at = PossibleMoment(
        label=_("お返事の期限"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("この時刻を過ぎると期限切れになり、次の方に打診できます。"),
    )
