"""The head of a document and its own chapters as forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.documents.arrangements import FIRST, LAST, MOST_SECTIONS, Section
from engagements.documents.models import Arrangement
from engagements.documents.pasted import laid_out

SPARE = 2
#: What a sheet of A4 can show, and a page can draw: empty columns at the right and rows below don't count.
MOST_COLUMNS, MOST_CELLS = 30, 1_500
MOST_TITLE, MOST_TEXT = 60, 10_000


class HeadForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Arrangement
        fields = ["document_number", "form_number", "addressee"]
        help_texts = {
            "document_number": _("例: 見総第123号。右上の日付の上に載ります。"),
            "form_number": _("例: 様式第3号(第7条関係)。左上に載ります。"),
            "addressee": _("敬称まで、印刷するとおりに書きます。例: 見本町議会議長 様"),
        }


class SectionForm(forms.Form):
    title = forms.CharField(
        label=_("章の題"),
        max_length=MOST_TITLE,
        error_messages={"required": _("章の題を入れてください。要らない章は「この章を消す」を選びます。")},
    )
    # A spare row comes back as the browser shows it: with the first choice, and unchanged.
    place = forms.ChoiceField(label=_("置くところ"), initial=LAST)
    text = forms.CharField(
        label=_("本文"),
        max_length=MOST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("本文を入れてください。要らない章は「この章を消す」を選びます。")},
        help_text=_("Excelから写した表は、表として印刷されます。1行目が見出しです。"),
    )

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        after = [(anchor, _("「%(heading)s」の後") % {"heading": heading}) for anchor, heading in places]
        choices = [(LAST, _("いちばん後")), (FIRST, _("いちばん前")), *after]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]
        # A chapter that is not printed today, beside which the section stood.
        if (kept := self.initial.get("place")) and kept not in dict(choices):
            self.initial["place"] = LAST

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(self.fields["text"].error_messages["required"], code="required")
        columns, cells = laid_out(text)
        if columns > MOST_COLUMNS or cells > MOST_CELLS:
            raise forms.ValidationError(
                _(
                    "表は%(columns)d列、合わせて%(cells)dセルまで印刷できます。要る列と行だけを写してください。"
                )
                % {"columns": MOST_COLUMNS, "cells": MOST_CELLS}
            )
        return text


class BaseSectionForms(forms.BaseFormSet):  # type: ignore[type-arg]
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("並べる順")
        form.fields["DELETE"].label = _("この章を消す")


SectionForms = forms.formset_factory(
    SectionForm,
    formset=BaseSectionForms,
    extra=SPARE,
    can_delete=True,
    can_order=True,
    max_num=MOST_SECTIONS,
    absolute_max=MOST_SECTIONS + SPARE,
    validate_max=True,
)


def sections_form(
    stored: Sequence[Section], places: Sequence[tuple[str, str]], posted: Mapping[str, Any] | None = None
) -> Any:
    """The formset of the own chapters, each with its place in the order, and two empty ones."""
    return SectionForms(
        posted, initial=[dict(row) for row in stored], prefix="sections", form_kwargs={"places": places}
    )


def sections_of(formset: Any) -> list[Section]:
    """The chapters in the order that was asked for; spare and deleted ones are left out."""
    return [
        {name: form.cleaned_data[name] for name in ("place", "title", "text")}
        for form in formset.ordered_forms
        if form.has_changed() or form.initial
    ]
