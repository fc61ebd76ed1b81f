"""Small pieces of the look. Built in: no ``{% load %}`` is needed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django import forms, template
from django.core.paginator import Page
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

STATUS_ICONS: Final = {
    "done": "check",
    "now": "half",
    "wait": "clock",
    "warn": "alert",
    "late": "alert",
    "est": "dash",
    "off": "ring",
}
# A date this near is somebody's turn now, in the colour of waiting; a later one is only told.
SOON_DAYS: Final = 7
FIELD_OPTIONS: Final = {"label": "", "hint": "", "need": True, "help": True}
KINDS_OF_FILE: Final = {
    ".pdf": "PDF",
    "application/pdf": "PDF",
    ".xlsx": "Excel",
    ".docx": "Word",
    ".csv": "CSV",
    "text/csv": "CSV",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    "image/jpeg": "JPEG",
    ".png": "PNG",
    "image/png": "PNG",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of static/img/icons.svg; silent for screen readers unless it has a label."""
    use = format_html('<use href="{}#{}"/>', static("img/icons.svg"), name)
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}">{}</svg>', label, use)
    return format_html('<svg class="i" aria-hidden="true">{}</svg>', use)


@register.simple_tag
def status(kind: str, word: str, icon_name: str = "", bare: bool = False) -> SafeString:
    """A chip: icon, word and colour, always all three. Kinds are the keys of ``STATUS_ICONS``."""
    drawing = icon(icon_name or STATUS_ICONS[kind])
    return format_html('<span class="st {}{}">{}{}</span>', kind, " bare" if bare else "", drawing, word)


def _as_date(value: date | datetime) -> date:
    """The day in Japan."""
    return timezone.localdate(value) if isinstance(value, datetime) else value


@register.simple_tag
def days_left(due: date | datetime | str | None, today: date | None = None, bare: bool = False) -> SafeString:
    """あと4日, 今日まで or 3日遅れ as a chip; empty without a date."""
    if not isinstance(due, date):
        return SafeString("")
    days = (_as_date(due) - (today or timezone.localdate())).days
    if days < 0:
        return status("late", _("%(days)d日遅れ") % {"days": -days}, bare=bare)
    if days == 0:
        return status("warn", _("今日まで"), "clock", bare)
    return status("wait" if days < SOON_DAYS else "off", _("あと%(days)d日") % {"days": days}, "clock", bare)


@register.simple_tag
def idempotency_key() -> str:
    """A fresh key: the same form sent twice is one deed."""
    return uuid.uuid4().hex


@register.inclusion_tag("components/transition_form.html", takes_context=True)
def transition_form(context: Context, url: str, label: str, **options: Any) -> dict[str, Any]:
    """A button that asks the door: ``{% transition_form url label style="main" reasons=reasons form=form %}``."""
    return {"transition": {"url": url, "label": label, **options}, "csrf_token": context.get("csrf_token")}


class Crumb(NamedTuple):
    label: str
    url: str


@register.inclusion_tag("components/crumbs.html")
def crumbs(*steps: str) -> dict[str, Any]:
    """``{% crumbs "ホーム" "/" "支援 R8-017" %}``: label and address in turn; the last label is this page."""
    trail = [Crumb(str(label), url) for label, url in zip(steps[:-1:2], steps[1::2], strict=True)]
    return {"trail": trail, "here": steps[-1]}


@register.inclusion_tag("components/meter.html")
def meter(done: int, total: int, words: str = "") -> dict[str, Any]:
    """How much is done, as a bar with words beside it."""
    percent = round(100 * done / total) if total else 0
    return {
        "percent": percent,
        "label": words or _("%(total)d項目のうち%(done)d済み") % {"total": total, "done": done},
    }


@register.inclusion_tag("components/pager.html", takes_context=True)
def paginate(context: Context, listing: Page[Any]) -> dict[str, Any]:
    """Links to the other pages of a list, keeping its filters. Nothing for a single page."""
    numbers = listing.paginator.get_elided_page_range(listing.number, on_each_side=2, on_ends=1)
    return {
        "listing": listing,
        "numbers": [number if isinstance(number, int) else None for number in numbers],
        "request": context.get("request"),
    }


def _described_by(bound: forms.BoundField, told: dict[str, Any]) -> str:
    """The ids of the notes that components/field_notes.html shows for this field."""
    notes = {"helptext": told["help"] and bound.help_text, "more": told["hint"], "error": bound.errors}
    return " ".join(f"{bound.auto_id}_{name}" for name, shown in notes.items() if shown)


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, **options: Any) -> dict[str, Any]:
    """One field with label, hint and error, where ``{{ form }}`` does not fit.

    ``label`` and ``hint`` say something else or more, ``need=False`` hides 必須, ``help=False`` the help text. What is
    left goes to the input as attributes; ``False`` removes one (``placeholder=False``).
    """
    told = {name: options.pop(name, usual) for name, usual in FIELD_OPTIONS.items()}
    attrs = {name.replace("_", "-"): value for name, value in options.items()}
    if not bound.use_fieldset:
        attrs["aria-describedby"] = _described_by(bound, told) or False
    return {"field": bound, "control": bound.as_widget(attrs=attrs), **told}


@register.simple_tag
def cell(bound: forms.BoundField, row: object) -> SafeString:
    """A field in a table: the column's heading and the row stand for its label, its errors below describe it."""
    attrs: dict[str, Any] = {"aria-label": f"{row} {bound.label}".strip(), "aria-describedby": False}
    if bound.errors:
        attrs["aria-describedby"] = f"{bound.auto_id}_error"
    return SafeString(bound.as_widget(attrs=attrs))


@register.filter
def is_tickbox(bound: forms.BoundField) -> bool:
    """Whether the field is one box to tick, whose label stands behind it."""
    return isinstance(bound.field.widget, forms.CheckboxInput)


@register.filter
def anchor(bound: forms.BoundField) -> str:
    """The id to link to: the input's, or that of the group round several."""
    return f"{bound.auto_id}_group" if bound.use_fieldset else str(bound.id_for_label)


@register.filter
def faults(form: forms.BaseForm) -> list[forms.BoundField]:
    """The visible fields that have to be mended, in order."""
    return [bound for bound in form.visible_fields() if bound.errors]


@register.filter
def file_kinds(accept: str) -> str:
    """An ``accept`` attribute in words: ``.pdf,image/jpeg`` is ``PDF、JPEG``."""
    words = [KINDS_OF_FILE.get(part.strip(), part.strip()) for part in accept.split(",") if part.strip()]
    return "、".join(dict.fromkeys(words))


@register.inclusion_tag("components/sheet_link.html", takes_context=True)
def sheet_link(context: Context) -> dict[str, Any]:
    """The list of this page, as it is filtered, as an Excel file."""
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    asked["format"] = "xlsx"
    return {"url": f"?{asked.urlencode()}"}


@register.filter
def plain(value: Decimal) -> str:
    """A quantity without the zeros behind its point: 2.5 for 2.50, 6 for 6.00."""
    return format(value.normalize(), "f")
