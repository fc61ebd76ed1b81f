"""The survey report against its raw records: every figure counted again, and reports of every size."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import timezone

from engagements.documents import services
from engagements.documents.models import DocumentKind
from engagements.survey import selectors, words
from tests.documents.reading import snapshot_of, text_of, unsound
from tests.factories import documents as made
from tests.factories.survey import SurveyFactory
from tests.survey import simple_measures as again

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
REPORT, PLAN = DocumentKind.SURVEY_REPORT, DocumentKind.REFORM_PLAN
LABELS = {str(measure.label): name for name, measure in words.MEASURES.items()}


def tables(snapshot, *headings):
    """The rows of every table with these headings."""
    wanted = list(headings)
    blocks = (block for chapter in snapshot["chapters"] for block in chapter["blocks"])
    return [
        block for block in blocks if block["block"] == "table" and block["columns"][: len(wanted)] == wanted
    ]


def minutes(name, value):
    """Seconds as the page reads them, half a minute up; counted anew."""
    return value if value is None or not name.endswith("_s") else int(value / 60 + 0.5)


def middle(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    exact = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return int(exact + 0.5)


@pytest.mark.parametrize("teams", [1, 2, 3, 8])
def test_every_figure_of_the_report_is_counted_again_from_the_raw_records(teams):
    survey = SurveyFactory(records__teams=teams, records__life_events=("move_in", "death"))
    document = selectors.latest_document(survey)
    routes = again.measure(document)["routes"]
    snapshot = snapshot_of(REPORT, survey)
    shown = tables(snapshot, "ものさし", "#最小", "#中央値", "#最大")
    assert len(shown) == len(document["scenarios"])
    for table, scenario in zip(shown, document["scenarios"], strict=True):
        complete = [
            routes[r["id"]]
            for r in document["routes"]
            if r["scenario"] == scenario["id"] and r["ended"] == "finished"
        ]
        for label, least, median, most, _unit, counted in table["rows"]:
            name = LABELS[label]
            known = [route[name] for route in complete if route[name] is not None]
            expected = [minutes(name, part(known)) if known else None for part in (min, middle, max)]
            assert ([least, median, most], counted) == (expected, len(known)), (scenario["id"], name)


def test_every_sum_of_the_report_is_counted_again_from_the_raw_records():
    survey = SurveyFactory(records__teams=5)
    document = selectors.latest_document(survey)
    visits = [visit for route in document["routes"] for visit in route["visits"]]
    snapshot = snapshot_of(REPORT, survey)
    (by_counter,) = tables(snapshot, "窓口", "建物・階", "#訪問(回)")
    for counter, place, times, waiting, service, forms, writes, problems in by_counter["rows"]:
        here = [v for v in visits if v["counter"] == counter and f"{v['building']} {v['floor']}" == place]
        seconds = [
            sum(again.seconds(v[end]) - again.seconds(v[start]) for v in here if v.get(start) and v.get(end))
            for start, end in (("queued_at", "called_at"), ("called_at", "finished_at"))
        ]
        written = [
            w for v in here for f in v["forms"] for w in f["writes"] if w.get("how", "written") == "written"
        ]
        noticed = [o for v in here for o in v["observations"] if o["kind"] == "problem"]
        assert (times, forms) == (len(here), sum(len(v["forms"]) for v in here)), counter
        assert [waiting, service] == [minutes("x_s", value) for value in seconds], counter
        assert (writes, problems) == (sum(w["times"] for w in written), len(noticed)), counter
    (by_field,) = tables(snapshot, "項目", "#手で書いた", "#書かずに済んだ")
    every = [w for v in visits for f in v["forms"] for w in f["writes"]]
    labels = {str(label): name for name, label in words.FIELDS.items()}
    for label, written, avoided in by_field["rows"]:
        mine = [w for w in every if w["field"] == labels[label]]
        by_hand = sum(w["times"] for w in mine if w.get("how", "written") == "written")
        assert (written, avoided) == (by_hand, sum(w["times"] for w in mine) - by_hand), label


def test_every_figure_leads_to_its_records():
    survey = SurveyFactory(records__teams=2)
    snapshot = snapshot_of(REPORT, survey)
    notes = [
        block
        for chapter in snapshot["chapters"]
        for block in chapter["blocks"]
        if block["block"] == "note" and "url" in block
    ]
    assert len(notes) == 2
    for note in notes:
        assert f"調査{survey.reference} 第1版 A班(r1)、B班(r2)" in note["text"]
        assert note["url"].startswith(f"{settings.SITE_URL}/surveys/{survey.pk}/records/?version=1")


def test_a_report_of_two_hundred_remarks_and_twenty_pages_is_sound(tmp_path):
    engagement = made.engagement()
    routes = [made.route(f"{number}", remarks=12, late=number % 5) for number in range(36)]
    survey = made.survey(engagement, *routes)
    snapshot = snapshot_of(REPORT, survey)
    pdf = services.draw(REPORT, snapshot, version=1, issued_at=timezone.now())
    noticed = sum(len(visit.get("observations") or ()) for route in routes for visit in route["visits"])
    assert (pdf.pages >= 20, noticed >= 200) == (True, True)
    assert unsound(pdf.content, tmp_path / "long.pdf") == []
    said = re.sub(r"\s", "", text_of(pdf.content, tmp_path))
    assert f"{pdf.pages}/{pdf.pages}" in said


@pytest.mark.parametrize("kind", [REPORT, PLAN, DocumentKind.REFORM_PLAN_OFFICE, DocumentKind.DECISION_SHEET])
def test_an_empty_survey_gives_a_sound_paper(kind, tmp_path):
    engagement = made.engagement()
    survey = made.survey(engagement)
    subject = survey if kind == REPORT else made.plan(engagement, decisions=0)
    pdf = services.draw(kind, snapshot_of(kind, subject), version=1, issued_at=timezone.now())
    assert unsound(pdf.content, tmp_path / "empty.pdf") == []


def test_the_spread_is_shown_and_no_mean():
    snapshot = snapshot_of(REPORT, SurveyFactory(records__teams=3))
    columns = [column for table in tables(snapshot) for column in table["columns"]]
    assert columns
    assert [column for column in columns if "平均" in column] == []
