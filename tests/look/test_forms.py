from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import ClassVar

from django import forms
from django.conf import settings

from tests.look.markup import Element, Page, draw


class SampleForm(forms.Form):
    office = forms.CharField(label="担当部署", help_text="正式な名前で")
    trouble = forms.CharField(label="困っていること", widget=forms.Textarea, min_length=40)
    buildings = forms.IntegerField(label="建物", required=False)
    starts = forms.DateField(label="始める日", required=False)
    at = forms.DateTimeField(label="日時", required=False)
    opens = forms.TimeField(label="始まり", required=False)
    life_events = forms.MultipleChoiceField(
        label="場面",
        help_text="いくつでも",
        choices=[("in", "転入"), ("out", "転出")],
        widget=forms.CheckboxSelectMultiple,
    )
    months = forms.MultipleChoiceField(
        label="月",
        required=False,
        choices=[("6", "6月"), ("7", "7月")],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "months"}),
    )
    mode = forms.ChoiceField(
        label="進め方", choices=[("a", "現地"), ("b", "オンライン")], widget=forms.RadioSelect
    )
    section = forms.ChoiceField(label="課", required=False, choices=[])
    paper = forms.FileField(
        label="添付", required=False, widget=forms.FileInput(attrs={"accept": ".pdf,image/jpeg,.jpg"})
    )
    agreed = forms.BooleanField(label="確かめました")
    version = forms.IntegerField(widget=forms.HiddenInput)

    good: ClassVar[dict[str, object]] = {
        "office": "デジタル推進室",
        "life_events": ["in"],
        "mode": "a",
        "version": 1,
    }


def shown(**form: object) -> Page:
    return draw("<form>{{ form }}</form>", form=SampleForm(**form))  # type: ignore[arg-type]


def controls(page: Page) -> list[Element]:
    fields = [e for e in page.elements if e.tag in ("input", "select", "textarea")]
    return [e for e in fields if e["type"] != "hidden"]


def test_every_control_has_one_label() -> None:
    page = shown()
    assert controls(page)
    for control in controls(page):
        assert len(page.all("label", _for=control["id"] or "")) == 1, control


def test_ids_are_unique() -> None:
    ids = [e["id"] for e in shown(data={}).elements if e["id"]]
    assert len(ids) == len(set(ids))


def test_required_is_said_in_words() -> None:
    page = shown()
    assert page.one("label", _for="id_office").text == "担当部署 必須"
    assert page.one("label", _for="id_buildings").text == "建物"


def test_hints_and_errors_belong_to_their_field() -> None:
    page = shown(data={"trouble": "短い"})
    office = page.one("input", name="office")
    assert office["aria-invalid"] == "true"
    for described in (office["aria-describedby"] or "").split():
        assert page.one(id=described).text
    assert office["aria-describedby"] == "id_office_helptext id_office_error"


def test_a_good_field_is_not_marked() -> None:
    office = shown(data=SampleForm.good).one("input", name="office")
    assert office["aria-invalid"] is None
    assert office["aria-describedby"] == "id_office_helptext"


def test_choices_are_a_group_with_a_legend() -> None:
    page = shown(data={})
    group = page.one("fieldset", id="id_life_events_group")
    assert group["aria-describedby"] == "id_life_events_helptext id_life_events_error"
    assert "場面 必須" in [legend.text for legend in page.all("legend")]
    assert page.one("div", id="id_life_events").has_class("opts")
    assert page.one("div", id="id_months").has_class("months")


def test_the_summary_links_to_every_field_to_mend() -> None:
    page = shown(data={})
    links = [a["href"] for a in page.all("a")]
    assert links == [
        "#id_office",
        "#id_trouble",
        "#id_life_events_group",
        "#id_mode_group",
        "#id_agreed",
    ]
    for href in links:
        page.one(id=(href or "").removeprefix("#"))
    assert "5か所を直すと送れます" in page.one("h2").text


def test_a_form_without_faults_has_no_summary() -> None:
    assert shown().all("h2") == []


def test_dates_are_picked_and_told_in_the_era() -> None:
    page = shown(
        initial={
            "starts": date(2026, 9, 3),
            "at": datetime(2026, 9, 3, 1, 42, tzinfo=UTC),
            "opens": time(13, 30),
        }
    )
    assert (page.one("input", name="starts")["type"], page.one("input", name="starts")["value"]) == (
        "date",
        "2026-09-03",
    )
    assert page.one("input", name="at")["type"] == "datetime-local"
    assert (page.one("input", name="at")["value"] or "").startswith("2026-09-03 10:42")
    assert page.one("input", name="opens")["type"] == "time"
    assert [e.text for e in page.with_class("hint")].count("令和8年(2026年)9月3日(木)") == 2


def test_what_a_browser_sends_for_a_date_is_understood() -> None:
    form = SampleForm({**SampleForm.good, "starts": "2026-09-03", "at": "2026-09-03T10:42", "opens": "13:30"})
    form.is_valid()
    assert not {"starts", "at", "opens"} & set(form.errors)


def test_files_say_which_kinds_are_taken() -> None:
    page = shown()
    assert "選べる種類は PDF、JPEG です。" in [e.text for e in page.with_class("hint")]


def test_a_select_without_choices_is_still_shown() -> None:
    assert shown().one("select", name="section").has_class("in")


def test_values_are_escaped() -> None:
    page = shown(data={"office": '"><script>', "trouble": "</textarea><b>"})
    assert page.one("input", name="office")["value"] == '"><script>'
    assert page.all("script") == []
    assert page.all("b") == []


def test_hidden_fields_are_kept() -> None:
    assert shown(initial={"version": 7}).one("input", name="version")["value"] == "7"


def test_a_field_alone_can_speak_otherwise() -> None:
    form = SampleForm()
    page = draw(
        "{% field f need=False help=False label='部署' hint='課名まで' placeholder='例' %}", f=form["office"]
    )
    assert page.one("label").text == "部署"
    assert page.one("input")["placeholder"] == "例"
    assert page.one("input")["aria-describedby"] == "id_office_more"
    assert page.one("p", id="id_office_more").text == "課名まで"


def test_a_whole_form_carries_what_a_post_needs() -> None:
    page = draw(
        '{% include "components/form.html" with action="/a/" next_url="/b/" %}',
        form=SampleForm(),
        csrf_token="t",
    )
    assert page.one("form")["enctype"] == "multipart/form-data"
    for name in ("csrfmiddlewaretoken", "idempotency_key", "next_url"):
        assert page.one("input", name=name)["value"]


def test_no_row_of_a_table_has_two_cells_that_take_all_there_is() -> None:
    """The second one would be given nothing: a box of a few pixels."""
    rows = [
        (path.name, row)
        for path in Path(settings.BASE_DIR, "templates").rglob("*.html")
        for row in re.findall(r"<tr\b.*?</tr>", path.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(rows) > 100
    wide = re.compile(r'<t[dh] class="(?:[^"]* )?fill(?: [^"]*)?"')
    assert [name for name, row in rows if len(wide.findall(row)) > 1] == []
