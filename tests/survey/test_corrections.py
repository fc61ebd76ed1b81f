"""Corrections as pure functions: what was typed becomes a route, and what differs between two can be read."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engagements.survey.correction import page as pages
from engagements.survey.correction import pictures
from engagements.survey.correction.changes import changes
from engagements.survey.correction.effects import with_route
from engagements.survey.correction.page import places_of
from engagements.survey.correction.spoken import READERS, say
from engagements.survey.correction.typed import correct
from engagements.survey.correction.visits import cells
from engagements.survey.measures import SurveyFaults, encode, read_survey
from engagements.survey.sample import sample_survey
from tests.factories.survey import HELD_ON
from tests.survey import strategies
from tests.survey.phone_route import PLACES, RECORDED, SCENARIO, typed


def corrected(**said: str) -> Any:
    return correct(RECORDED, ["p1", "p2"], PLACES, typed(**said), READERS)


def lines(made: Any) -> list[str]:
    return [one.line for one in say(changes(RECORDED, made.route), SCENARIO)]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"called_at": "１００３"}, "国保年金 呼ばれた 10:05 → 10:03"),
        ({"called_at": ""}, "国保年金 呼ばれた 10:05 → 記録なし"),
        ({"place": "子ども未来課(子ども課)"}, "国保年金 窓口 国保年金(国保年金課) → 子ども未来課(子ども課)"),
        ({"w2_form": "1"}, "国保年金 3本目の様式 国保異動届 → 口座振替の依頼書"),
        ({"w2_gone": "1"}, "国保年金 3本目 電話 国保異動届、妻 → 消した"),
        ({"w0_person": ""}, "国保年金 1本目の誰のこと 世帯主 → 記録なし"),
        ({"w0_times": "1"}, "国保年金 1本目の回数 2回 → 1回"),
        ({"w1_how": "prefilled"}, "国保年金 2本目の書き方 書いた → 印字済み"),
        ({"w1_field": "kana"}, "国保年金 2本目の項目 住所 → かな"),
        ({"w1_at": "9:58"}, "国保年金 2本目の時刻 9:57:30 → 9:58"),
        ({"n0_field": "date", "n0_at": "958", "n0_form": "1"}, "国保年金 3本目 日付 なし → 口座振替の依頼書"),
        ({"f1_name": "口座振替依頼書"}, "国保年金 2つ目の様式の名前 口座振替の依頼書 → 口座振替依頼書"),
        ({"f1_gone": "1"}, "国保年金 2つ目の様式 口座振替の依頼書 → 消した"),
        ({"fnew_name": "同意書"}, "国保年金 3つ目の様式 なし → 同意書"),
        ({"o0_at": "9:57"}, "国保年金 1件目の気づきの時刻 9:56 → 9:57"),
        ({"gone": "1"}, "国保年金 窓口の記録 国保年金(国保年金課) 9:55 → 消した"),
    ],
)
def test_a_correction_changes_what_it_names_and_nothing_else(said, line):
    made = corrected(**said)
    assert not made.faults
    assert lines(made) == [line]
    assert all(made.route[name] == RECORDED[name] for name in RECORDED if name != "visits")


def test_times_keep_the_day_and_the_offset_of_what_stood_there():
    walked = deepcopy(RECORDED)
    walked["visits"][1]["called_at"] = "2026-09-18T01:05:00+00:00"
    made = correct(walked, [], PLACES, typed(called_at="1:03"), READERS)
    assert made.route["visits"][1]["called_at"] == "2026-09-18T01:03:00+00:00"


def test_an_entry_moves_to_a_form_that_is_added_with_it():
    made = corrected(w2_form="new", fnew_name="同意書")
    forms = made.route["visits"][1]["forms"]
    assert [(form["name"], len(form["writes"])) for form in forms] == [
        ("国保異動届", 2),
        ("口座振替の依頼書", 0),
        ("同意書", 1),
    ]


@pytest.mark.parametrize(
    ("said", "name", "fault"),
    [
        ({"called_at": "25:00"}, "v1-called_at", "time"),
        ({"w0_times": "-1"}, "v1-w0-times", "count"),
        ({"w0_times": ""}, "v1-w0-times", "missing"),
        ({"w0_person": "p9"}, "v1-w0-person", "choice"),
        ({"w0_form": "7"}, "v1-w0-form", "choice"),
        ({"w0_form": "new"}, "v1-w0-form", "form_needed"),
        ({"place": "どこか"}, "v1-place", "choice"),
        ({"f0_gone": "1"}, "v1-f0-gone", "form_in_use"),
        ({"n0_at": "958", "n0_form": "0"}, "v1-n0-field", "missing"),
        ({"f0_name": "あ" * 2001}, "v1-f0-name", "text"),
    ],
)
def test_what_can_not_be_is_a_fault_at_its_field(said, name, fault):
    assert corrected(**said).faults == {name: fault}


def test_faults_of_the_format_find_the_field_also_where_a_visit_and_a_form_went():
    names = correct(
        RECORDED, ["p1", "p2"], PLACES, {"v0-gone": "1", "v1-f1-gone": "1"} | typed(w0_gone="1"), READERS
    ).names
    assert names["visits[0].called_at"] == "v1-called_at"
    assert names["visits[0].forms[0].writes[1].at"] == "v1-w2-at"
    assert names["visits[1].queued_at"] == "v2-queued_at"


WALKED = sample_survey("044041", HELD_ON, teams=1)
ROUTE = WALKED["routes"][0]
SHOWN = {name: text for v, one in enumerate(ROUTE["visits"]) for name, text in cells(one, v).items()}
NAMES = [
    *SHOWN,
    "v0-gone",
    "v0-w0-gone",
    "v0-f0-gone",
    "v0-n0-field",
    "v0-n0-at",
    "v0-n0-form",
    "v1-fnew-name",
]
SAID = st.one_of(
    st.text("0129:時あp \x00", max_size=8),
    st.sampled_from([*SHOWN.values(), "new", "", "930", "24:00", "10:30", "p2", "kana", "0"]),
)
PEOPLE = [person["id"] for person in WALKED["scenarios"][0]["household"]]


@given(st.dictionaries(st.sampled_from(NAMES), SAID, max_size=6))
@hypothesis_settings(max_examples=60)
def test_whatever_is_typed_gives_faults_or_a_route_that_can_be_read_and_the_old_one_comes_back(said):
    whole = places_of(WALKED)
    made = correct(ROUTE, PEOPLE, whole, said, READERS)
    assert set(made.faults) <= set(NAMES) | {
        f"v0-n0-{name}" for name in ("form", "field", "person", "how", "times")
    }
    if not made.faults:
        try:
            read_survey(encode(with_route(WALKED, made.route)))
        except SurveyFaults as refusal:  # each has a field of the form
            paths = [fault.path.removeprefix("routes[0].") for fault in refusal.faults]
            assert all(path in made.names for path in paths), paths
        assert (changes(ROUTE, made.route) == []) == (made.route == ROUTE)
    undone = correct(ROUTE, PEOPLE, whole, {name: SHOWN.get(name, "") for name in said}, READERS)
    assert (undone.route, undone.faults) == (ROUTE, {})


@given(strategies.surveys())
@hypothesis_settings(max_examples=40)
def test_any_route_of_the_format_can_be_shown_and_sent_back_untouched(document):
    for route in document.get("routes") or ():
        scenario = next(one for one in document["scenarios"] if one["id"] == route["scenario"])
        people = [one["id"] for one in scenario.get("household") or ()]
        sent: dict[str, str] = {}
        for v, visited in enumerate(route.get("visits") or ()):
            shown = pages.show(route, scenario, document, v, typed={}, faults={})
            assert str(pictures.visit(shown, route)).count('class="hd"') == sum(
                bool(one.value) for one in shown.edges
            )
            assert pictures.whole(route, v)
            sent |= cells(visited, v) | {f"v{v}-n0-form": "0", f"v{v}-n0-times": "1"}
        made = correct(route, people, places_of(document), sent, READERS)
        assert (made.route, made.faults, changes(route, made.route)) == (route, {}, [])
