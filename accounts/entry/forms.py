"""What is typed on the way in."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.entry.models import ASKED_ROLES
from accounts.fields import DayField
from municipalities import selectors as registry
from municipalities.codes import check_digit, is_valid_code
from municipalities.models import Municipality

CANDIDATES = 5


def _by_code(code: str) -> Municipality:
    """Raises ``ValidationError`` with what is wrong with the code, and with the right one where it can be told."""
    if len(code) == 5:
        code += check_digit(code)
    if len(code) != 6:
        raise ValidationError(_("団体コードは6けたの数字です。例: 033022"))
    if not is_valid_code(code):
        expected = code[:5] + check_digit(code[:5])
        meant = registry.in_force(timezone.localdate()).filter(code=expected).first()
        wrong = _("団体コードの最後の数字(検査数字)が合いません。")
        if meant is None:
            raise ValidationError(wrong + _("コードの6けたをお確かめください。"))
        hint = _("%(town)sなら%(code)sです。") % {"town": meant.full_name, "code": expected}
        raise ValidationError(wrong + hint)
    town = registry.in_force(timezone.localdate()).filter(code=code).first()
    if town is None:
        raise ValidationError(_("この団体コードの市区町村は、いまありません。コードをお確かめください。"))
    return town


def _by_name(name: str) -> Municipality:
    found = registry.find(name, limit=CANDIDATES + 1)
    exact = [town for town in found if name in (town.name, town.full_name)]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise ValidationError(_("見つかりません。市区町村の名前か、6けたの団体コードを入れてください。"))
    names = "、".join(f"{town.full_name}({town.code})" for town in found[:CANDIDATES])
    more = _("ほか") if len(found) > CANDIDATES else ""
    raise ValidationError(
        _("いくつかあります。コードを入れてください: %(names)s%(more)s") % {"names": names, "more": more}
    )


class MunicipalityField(forms.CharField):
    """A municipality in force, by its code or its name, however it is written."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("市区町村"))
        options.setdefault("help_text", gettext_lazy("団体コード(6けた)か名前。例: 033022、葛巻町"))
        super().__init__(max_length=60, **options)

    def clean(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if not text:
            return None
        return _by_code(text) if re.fullmatch(r"[0-9]+", text) else _by_name(text)


class RegistrationForm(forms.Form):
    """Who asks for an account. What is said about the address says nothing about whether it has one."""

    use_required_attribute = False

    email = forms.EmailField(
        label=gettext_lazy("メール"),
        max_length=254,
        help_text=gettext_lazy("職場のアドレス(LGWANでも可)。確かめるメールを送ります。"),
    )
    municipality = MunicipalityField()
    section = forms.CharField(label=gettext_lazy("部署"), max_length=120)
    name = forms.CharField(label=gettext_lazy("氏名"), max_length=80)
    role = forms.ChoiceField(
        label=gettext_lazy("役割"),
        choices=ASKED_ROLES,
        initial="contact",
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "申込や記録を書く方は「町の担当」、申込を承認する課長などは「承認する方」です。"
        ),
    )


class InviteForm(forms.Form):
    """A colleague to invite. The office also chooses the town and any role."""

    use_required_attribute = False

    role = forms.ChoiceField(label=gettext_lazy("役割"), widget=forms.RadioSelect)
    email = forms.EmailField(label=gettext_lazy("メール"), max_length=254)
    name = forms.CharField(label=gettext_lazy("氏名"), max_length=80, required=False)
    section = forms.CharField(label=gettext_lazy("部署(窓口の課はその名前)"), max_length=120, required=False)

    def __init__(self, *args: Any, roles: Any, with_town: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        if with_town:
            self.fields["municipality"] = MunicipalityField(
                required=False,
                help_text=gettext_lazy("団体コードか名前。アドバイザーは勤め先。事務局の役割では空ける"),
            )


class MailboxForm(forms.Form):
    """A counter section and where it is reached."""

    use_required_attribute = False

    section = forms.CharField(label=gettext_lazy("課の名前"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("課のメール"), max_length=254)


class HandoverForm(forms.Form):
    """Who takes over, and from which day."""

    use_required_attribute = False

    effective_on = DayField(
        label=gettext_lazy("引き継ぐ日"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("この日から後任の方の番になります。先の日なら、その日にひとりでに移ります。"),
    )
    successor = forms.ChoiceField(label=gettext_lazy("後任(アカウントのある方)"), required=False)
    email = forms.EmailField(
        label=gettext_lazy("後任のメール(アカウントのない方)"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("招待のメールを送ります。受けていただくまで、仕事は前任の方のままです。"),
    )
    name = forms.CharField(label=gettext_lazy("後任の氏名"), max_length=80, required=False)

    def __init__(self, *args: Any, colleagues: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        blank = ("", _("選ばない(メールで招待する)"))
        self.fields["successor"].choices = [blank, *((str(u.pk), u.name) for u in colleagues)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("successor") and not values.get("email") and "email" not in self.errors:
            self.add_error("successor", _("後任の方を選ぶか、下にメールを入れてください。"))
        if values.get("successor") and values.get("email"):
            self.add_error("email", _("選んだ方か、メールの方か、どちらか一人にしてください。"))
        return values
