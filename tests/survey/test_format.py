"""What a survey file may and may not hold: each refusal at its path, everything else read and kept."""

import json
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engagements.survey import measures
from engagements.survey.measures import SurveyFaults, dump_survey, read_survey
from engagements.survey.measures.document import MAX_DEPTH
from tests.survey import strategies

thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

MISSING = object()


def full():
    """A valid document that uses every field of the format."""
    people = [{"id": "p1", "relation": "世帯主", "age": 38, "attributes": ["disability"]}, {"id": "p2"}]
    observation = {
        "kind": "problem",
        "category": "wayfinding",
        "heading": "設備面",
        "text": "案内が見えない",
        "at": "2025-08-19T09:40:00+09:00",
        "photo": "1.jpg",
    }
    write = {
        "field": "name",
        "person": "p1",
        "times": 2,
        "how": "written",
        "at": "2025-08-19T09:41:00+09:00",
    }
    visit = {
        "counter": "市民課",
        "section": "市民生活課",
        "building": "本庁舎",
        "floor": "1F",
        "distance_m": 35,
        "queued_at": "2025-08-19T09:35:00+09:00",
        "called_at": "2025-08-19T09:40:00+09:00",
        "finished_at": "2025-08-19T09:50:00+09:00",
        "outcome": "done",
        "explained_again": 2,
        "procedures": ["k1"],
        "forms": [{"name": "転入届", "pages": 1, "writes": [write]}],
        "observations": [observation],
    }
    later = {"counter": "会計", "queued_at": "2025-08-19T09:52:00+09:00", "called_at": None}
    return {
        "format": "madoguchi-survey/1",
        "survey": {"municipality": "044041", "held_on": "2025-08-19", "round": 1, "title": "体験調査"},
        "scenarios": [
            {
                "id": "s1",
                "life_event": "move_in",
                "title": "転入",
                "planned_minutes": 120,
                "household": people,
                "procedures": [{"id": "k1", "name": "国民健康保険の加入"}, {"id": "k2"}],
            },
            {"id": "s2", "life_event": "death"},
        ],
        "routes": [
            {
                "id": "r1",
                "scenario": "s1",
                "team": "A",
                "actor": "newcomer",
                "blind": "actors",
                "started_at": "2025-08-19T09:30:00+09:00",
                "finished_at": "2025-08-19T10:00:00+09:00",
                "ended": "finished",
                "observations": [dict(observation)],
                "visits": [visit, later],
            },
            {"id": "r2", "scenario": "s1", "totals": {"writes": 75, "forms": 37}},
        ],
    }


def steps(path):
    """routes[0].visits -> ["routes", 0, "visits"]"""
    return [
        int(step) if step.isdigit() else step for step in path.replace("[", ".").replace("]", "").split(".")
    ]


def planted(document, path, value):
    """A copy of the document with another value at a path."""
    copied = deepcopy(document)
    *way, last = steps(path)
    place = copied
    for step in way:
        place = place[step]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return copied


def faults_of(data):
    text = data if isinstance(data, (str, bytes)) else json.dumps(data)
    try:
        read_survey(text)
    except SurveyFaults as refused:
        return [(fault.path, fault.code) for fault in refused.faults]
    return []


V = "routes[0].visits[0]"
W = f"{V}.forms[0].writes[0]"
SEEN = f"{V}.observations[0]"

REQUIRED = [
    "format",
    "survey.municipality",
    "survey.held_on",
    "survey.round",
    "scenarios[1].id",
    "scenarios[1].life_event",
    "scenarios[0].household[1].id",
    "scenarios[0].procedures[1].id",
    "routes[0].id",
    "routes[0].scenario",
    f"{V}.counter",
    f"{W}.field",
    f"{W}.times",
    f"{SEEN}.kind",
    f"{SEEN}.category",
    f"{SEEN}.text",
    "routes[0].observations[0].text",
]
TEXTS = [
    "survey.municipality",
    "survey.held_on",
    "survey.title",
    "scenarios[0].title",
    "scenarios[1].id",
    "scenarios[0].household[0].relation",
    "scenarios[0].household[0].attributes[0]",
    "scenarios[0].procedures[1].name",
    "routes[0].team",
    f"{V}.counter",
    f"{V}.section",
    f"{V}.building",
    f"{V}.floor",
    f"{V}.queued_at",
    f"{V}.procedures[0]",
    f"{V}.forms[0].name",
    f"{W}.person",
    f"{W}.at",
    f"{SEEN}.heading",
    f"{SEEN}.photo",
]
COUNTS = [
    "scenarios[0].household[0].age",
    f"{V}.distance_m",
    f"{V}.explained_again",
    f"{V}.forms[0].pages",
    f"{W}.times",
    *(f"routes[1].totals.{name}" for name in strategies.ELEVEN),
]
CHOICES = {
    "scenarios[1].life_event": strategies.LIFE_EVENTS,
    "routes[0].actor": strategies.ACTORS,
    "routes[0].blind": strategies.BLIND,
    "routes[0].ended": strategies.ENDED,
    f"{V}.outcome": strategies.OUTCOMES,
    f"{W}.field": strategies.FIELDS,
    f"{W}.how": strategies.HOW,
    f"{SEEN}.kind": strategies.KINDS,
    f"{SEEN}.category": strategies.CATEGORIES,
}
LISTS = [
    "scenarios",
    "routes",
    "scenarios[0].household",
    "scenarios[0].procedures",
    "scenarios[0].household[0].attributes",
    "routes[0].observations",
    "routes[0].visits",
    f"{V}.procedures",
    f"{V}.forms",
    f"{V}.observations",
    f"{V}.forms[0].writes",
]
OBJECTS = [
    "survey",
    "scenarios[1]",
    "scenarios[0].household[1]",
    "routes[1]",
    "routes[1].totals",
    V,
    f"{V}.forms[0]",
    SEEN,
]
TIMES = [
    "routes[0].started_at",
    "routes[0].finished_at",
    f"{V}.queued_at",
    f"{V}.called_at",
    f"{V}.finished_at",
    f"{W}.at",
    f"{SEEN}.at",
    "routes[0].observations[0].at",
]


def day(clock):
    return f"2025-08-19T{clock}+09:00"


ELSEWHERE = [
    (f"{V}.called_at", day("09:34:59"), "called_before_queued"),
    (f"{V}.finished_at", day("09:39:59"), "finished_before_called"),
    ("routes[0].visits[1].finished_at", day("09:51:59"), "finished_before_queued"),
    ("routes[0].finished_at", day("09:29:59"), "route_finished_before_started"),
    (f"{V}.queued_at", day("09:29:59"), "before_route"),
    ("routes[0].visits[1].finished_at", day("10:00:01"), "after_route"),
    (f"{W}.at", day("10:00:01"), "after_route"),
    (f"{SEEN}.at", day("09:29:59"), "before_route"),
    ("routes[0].observations[0].at", day("10:00:01"), "after_route"),
    ("routes[0].visits[1].queued_at", day("09:34:59"), "out_of_order"),
    ("routes[0].started_at", None, "no_start"),
    ("routes[0].totals", {}, "visits_and_totals"),
    ("scenarios[1].id", "s1", "duplicate_id"),
    ("routes[1].id", "r1", "duplicate_id"),
    ("scenarios[0].household[1].id", "p1", "duplicate_id"),
    ("scenarios[0].procedures[1].id", "k1", "duplicate_id"),
    ("routes[0].scenario", "s9", "unknown_scenario"),
    (f"{W}.person", "p9", "unknown_person"),
    (f"{V}.procedures[0]", "k9", "unknown_procedure"),
    ("survey.municipality", "044042", "bad_municipality"),
    ("survey.municipality", "04404", "bad_municipality"),
    ("survey.municipality", "\uff10\uff14\uff14\uff10\uff14\uff11", "bad_municipality"),
    ("survey.held_on", "20250819", "bad_date"),
    ("survey.held_on", "2025-02-29", "bad_date"),
    ("survey.round", 0, "too_small"),
    ("scenarios[0].planned_minutes", 0, "too_small"),
    ("scenarios[0].planned_minutes", 10**400, "too_large"),
    (f"{SEEN}.photo", "../1.jpg", "bad_photo"),
    (f"{SEEN}.photo", "C:\\1.jpg", "bad_photo"),
]


def test_the_full_document_is_accepted():
    survey = read_survey(json.dumps(full()))
    assert faults_of(full()) == []
    assert survey.routes[0].visits[0].forms[0].writes[0].times == 2


@pytest.mark.parametrize("nothing", [MISSING, None, ""])
@pytest.mark.parametrize("path", REQUIRED)
def test_a_required_field_must_be_there(path, nothing):
    assert faults_of(planted(full(), path, nothing)) == [(path, "missing")]


@pytest.mark.parametrize("path", TEXTS)
def test_texts_are_strings(path):
    for wrong in (5, True, ["a"], {}):
        assert faults_of(planted(full(), path, wrong)) == [(path, "not_text")]


@pytest.mark.parametrize("path", [*COUNTS, "survey.round", "scenarios[0].planned_minutes"])
def test_numbers_are_integers(path):
    for wrong in (True, False, 1.0, "1", [1]):
        assert faults_of(planted(full(), path, wrong)) == [(path, "not_integer")]


@pytest.mark.parametrize("path", COUNTS)
def test_counts_are_not_negative(path):
    assert faults_of(planted(full(), path, -1)) == [(path, "too_small")]
    assert faults_of(planted(full(), path, 0)) == []


@pytest.mark.parametrize("path", CHOICES)
def test_only_the_words_of_the_format_are_known(path):
    for known in CHOICES[path]:
        assert faults_of(planted(full(), path, known)) == []
    for unknown in ("Done", "done ", "見本"):
        assert faults_of(planted(full(), path, unknown)) == [(path, "unknown_choice")]


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_lists(path):
    for wrong in ({}, "a", 0, False):
        assert faults_of(planted(full(), path, wrong)) == [(path, "not_list")]


@pytest.mark.parametrize("path", OBJECTS)
def test_objects_are_objects(path):
    for wrong in ([], "a", 0):
        assert faults_of(planted(full(), path, wrong)) == [(path, "not_object")]


@pytest.mark.parametrize("path", TIMES)
def test_a_time_needs_its_offset(path):
    for naive in ("2025-08-19T09:40:00", "20250819T0940", "2025-08-19"):
        assert faults_of(planted(full(), path, naive)) == [(path, "no_offset")]
    for wrong in ("9:40", "2025-08-19x09:40+09:00", "2025-13-01T09:40+09:00", "2025-08-19T09:40+25:00"):
        assert faults_of(planted(full(), path, wrong)) == [(path, "bad_time")]


@pytest.mark.parametrize(("path", "value", "code"), ELSEWHERE)
def test_what_values_say_together_must_hold(path, value, code):
    assert faults_of(planted(full(), path, value)) == [(path, code)]


@pytest.mark.parametrize(
    "time",
    [
        "2025-08-19T09:40:00.999+09:00",
        "2025-08-19T00:40:00Z",
        "2025-08-19 09:40+09",
        "20250819T094000,5+0900",
        "2025-W34-2T09:40:00+09:00",
    ],
)
def test_every_spelling_of_a_time_is_the_same_second(time):
    survey = read_survey(json.dumps(planted(full(), f"{V}.called_at", time)))
    assert (
        survey.routes[0].visits[0].called_at == read_survey(json.dumps(full())).routes[0].visits[0].called_at
    )


def test_the_ends_of_time_can_be_measured():
    route = {
        "id": "r1",
        "scenario": "s2",
        "started_at": "0001-01-01T00:00:00+23:59",
        "finished_at": "9999-12-31T23:59:59-23:59",
    }
    result = measures.measure_survey(read_survey(json.dumps(planted(full(), "routes", [route]))))
    assert result["routes"]["r1"]["total_s"] == 315537897599 + 2 * (24 * 60 - 1) * 60


def test_fractions_are_dropped_before_the_times_are_compared():
    document = planted(full(), f"{V}.queued_at", day("09:40:00.9"))
    document = planted(document, f"{V}.called_at", day("09:40:00.1"))
    document = planted(document, f"{V}.finished_at", day("10:00:00.9"))
    assert faults_of(planted(document, "routes[0].visits[1]", {"counter": "会計"})) == []


def test_a_finish_before_the_queue_is_not_reported_twice():
    document = planted(full(), f"{V}.called_at", day("09:33:00"))
    assert faults_of(planted(document, f"{V}.finished_at", day("09:34:00"))) == [
        (f"{V}.called_at", "called_before_queued")
    ]


def test_what_depends_on_a_faulty_reference_is_not_reported():
    document = planted(planted(full(), f"{W}.person", "p9"), f"{V}.procedures[0]", "k9")
    assert faults_of(planted(document, "routes[0].scenario", "s9")) == [
        ("routes[0].scenario", "unknown_scenario")
    ]


def test_references_into_a_list_that_could_not_be_read_are_not_reported():
    assert faults_of(planted(full(), "scenarios", 5)) == [("scenarios", "not_list")]
    assert faults_of(planted(full(), "scenarios[0].household", 5)) == [("scenarios[0].household", "not_list")]


def test_a_reference_to_an_id_that_is_missing_leads_nowhere():
    assert faults_of(planted(full(), "scenarios[0].household[0].id", None)) == [
        ("scenarios[0].household[0].id", "missing"),
        (f"{W}.person", "unknown_person"),
    ]


def test_a_person_of_another_scenario_is_a_reference_to_nothing():
    faults = faults_of(planted(full(), "routes[0].scenario", "s2"))
    assert faults == [(f"{W}.person", "unknown_person"), (f"{V}.procedures[0]", "unknown_procedure")]


def test_an_unknown_format_is_reported_alone():
    for unknown in ("madoguchi-survey/2", 1, ["madoguchi-survey/1"], False):
        assert faults_of({"format": unknown, "survey": 5, "routes": 5}) == [("format", "unknown_format")]


def test_every_fault_is_reported():
    document = {"survey": None, "scenarios": [None], "routes": [{"id": "r1", "visits": [{"distance_m": -1}]}]}
    assert faults_of(document) == [
        ("format", "missing"),
        ("survey.municipality", "missing"),
        ("survey.held_on", "missing"),
        ("survey.round", "missing"),
        ("scenarios[0]", "not_object"),
        ("routes[0].scenario", "missing"),
        ("routes[0].visits[0].counter", "missing"),
        ("routes[0].visits[0].distance_m", "too_small"),
        ("routes[0].started_at", "no_start"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        '{"format": "madoguchi-survey/1"}'.encode("utf-16"),
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a": ' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
    ],
)
def test_what_is_not_json_is_refused_whole(data):
    assert faults_of(data) == [("$", "not_json")]


def test_a_file_that_is_no_object_is_refused_whole():
    for data in (b"[]", b"null", b'"madoguchi-survey/1"'):
        assert faults_of(data) == [("$", "not_object")]


def test_a_byte_order_mark_is_skipped():
    text = json.dumps(full())
    assert read_survey(b"\xef\xbb\xbf" + text.encode()) == read_survey("\ufeff" + text) == read_survey(text)


def test_a_nesting_that_is_read_can_be_written_back():
    deep = "x"
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    survey = read_survey(json.dumps({**full(), "extra": deep}))
    assert read_survey(dump_survey(survey)).raw == survey.raw


def test_unknown_fields_are_kept_where_they_were():
    document = full()
    for path in (
        "町",
        "survey.町",
        "scenarios[0].町",
        f"{V}.町",
        f"{W}.町",
        f"{SEEN}.町",
        "routes[1].totals.pages",
    ):
        document = planted(document, path, [1.5, None])
    survey = read_survey(json.dumps(document))
    assert json.loads(dump_survey(survey)) == document
    visit = survey.routes[0].visits[0]
    kept = [
        survey.extra,
        survey.survey_extra,
        survey.scenarios[0].extra,
        visit.extra,
        next(visit.writes()).extra,
    ]
    assert kept == [{"町": [1.5, None]}] * 5
    assert survey.routes[1].totals.extra == {"pages": [1.5, None]}
    assert measures.measure_survey(survey) == measures.measure_survey(read_survey(json.dumps(full())))


def test_empty_strings_count_as_absent():
    document = full()
    for path in (
        "survey.title",
        "scenarios[0].planned_minutes",
        f"{V}.how",
        f"{W}.person",
        f"{SEEN}.at",
        "routes[1].visits",
    ):
        document = planted(document, path, "")
    survey = read_survey(json.dumps(planted(document, f"{V}.procedures", ["", "k1"])))
    assert survey.scenarios[0].planned_minutes is None
    assert measures.measure_survey(survey)["routes"]["r1"]["procedures_done"] == 1


def test_an_empty_visits_list_beside_totals_is_fine():
    assert faults_of(planted(full(), "routes[1].visits", [])) == []


def test_faults_are_sentences_on_one_line():
    document = planted(full(), f"{V}.called_at", day("09:34:00"))
    document = planted(document, f"{V}.outcome", "a\n\u2028b" + "長" * 999)
    document = planted(document, "routes[1].scenario", "{x}\x00")
    with pytest.raises(SurveyFaults) as refused:
        read_survey(json.dumps(document), prefix="before: ")
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert all(len(line) < 300 for line in lines)
    assert f"before: {V}.called_at: 呼ばれた時刻が、並んだ時刻より前です。直してください。" in lines


def sentence_of(path, value):
    with pytest.raises(SurveyFaults) as refused:
        read_survey(json.dumps(planted(full(), path, value)))
    (fault,) = refused.value.faults
    return fault.message


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("format", "madoguchi-survey/9", '"madoguchi-survey/9"'),
        ("routes[1].id", "r1", 'id "r1"が同じ並びの中で2回使われています。'),
        ("routes[0].scenario", "s9", 'シナリオ"s9"がありません。'),
        (f"{W}.person", "p9", '人物"p9"がこのシナリオの household にいません。'),
        (f"{V}.procedures[0]", "k9", '手続"k9"がこのシナリオの procedures にありません。'),
        (f"{V}.outcome", "見本", '"見本"は使えない値です。次のどれかにしてください: done, come_again, '),
        (f"{V}.distance_m", -1, "0以上の整数にしてください。"),
        ("survey.round", 0, "1以上の整数にしてください。"),
        ("scenarios[0].planned_minutes", 0, "1以上の整数にしてください。"),
        (f"{V}.distance_m", 2**53, "9007199254740991以下の整数にしてください。"),
    ],
)
def test_a_sentence_names_the_value_and_what_it_may_be(path, value, sentence):
    assert sentence in sentence_of(path, value)


def test_the_largest_number_that_every_reader_agrees_on_is_read():
    assert faults_of(planted(full(), f"{V}.distance_m", 2**53 - 1)) == []


def test_a_long_value_is_cut_in_a_sentence():
    assert f'シナリオ"{"長" * 58}"がありません。' in sentence_of("routes[0].scenario", "長" * 58)
    assert f'シナリオ"{"長" * 59}…がありません。' in sentence_of("routes[0].scenario", "長" * 59)


def test_what_would_break_a_line_is_written_as_its_code():
    assert measures.printable("a\u2028b\x7f") == "a\\u2028b\\u007f"


def test_every_entry_of_a_list_keeps_its_place():
    document = planted(
        full(), f"{V}.forms[0].writes", [{"field": "name", "times": 1}, {"field": "x", "times": 1}]
    )
    document = planted(document, f"{V}.procedures", ["k1", "k9", 5])
    assert faults_of(document) == [
        (f"{V}.procedures[2]", "not_text"),
        (f"{V}.forms[0].writes[1].field", "unknown_choice"),
        (f"{V}.procedures[1]", "unknown_procedure"),
    ]


def test_every_message_can_be_filled_in_for_every_fault():
    for code in {fault[2] for fault in ELSEWHERE} | {"not_object", "not_list", "missing", "not_json"}:
        assert (
            measures.MESSAGES[code].format(value=1, least=1, most=1, choices=1).endswith((".", "。", ")。"))
        )


def test_the_words_of_the_format_are_those_of_the_specification():
    assert [
        list(words) for words in (measures.HOW, measures.KINDS, measures.CATEGORIES, measures.OUTCOMES)
    ] == [
        strategies.HOW,
        strategies.KINDS,
        strategies.CATEGORIES,
        strategies.OUTCOMES,
    ]
    assert list(measures.LIFE_EVENTS) == strategies.LIFE_EVENTS
    assert list(measures.FIELDS) == strategies.FIELDS
    assert [list(measures.ENDED), list(measures.ACTORS), list(measures.BLIND)] == [
        strategies.ENDED,
        strategies.ACTORS,
        strategies.BLIND,
    ]
    assert list(measures.MEASURES) == strategies.ELEVEN


@pytest.mark.parametrize("code", ["044041", "011002", "032085", "473821", "131016", "262013"])
def test_real_codes_pass_and_their_neighbours_do_not(code):
    assert measures.municipality_check_digit_ok(code)
    others = [code[:5] + digit for digit in "0123456789" if digit != code[5]]
    assert not any(measures.municipality_check_digit_ok(other) for other in others)


# One fault planted anywhere into any valid survey


def places(thing, path=""):
    """Every value below the top of a document, with its path and its name."""
    items = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for key, value in items:
        if key in ("町独自の項目", "format"):
            continue
        here = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".lstrip(".")
        yield here, key, value
        if isinstance(value, (dict, list)):
            yield from places(value, here)


def wrong_value(name):
    """A value that is wrong for a field on its own, and the code of that fault."""
    if name in ("actor", "blind", "ended", "outcome", "field", "how", "kind", "category", "life_event"):
        return "見本", "unknown_choice"
    if name in ("queued_at", "called_at", "finished_at", "at"):
        return "2025-08-19T09:30:00", "no_offset"
    if name in (
        "distance_m",
        "explained_again",
        "pages",
        "times",
        "age",
        "planned_minutes",
        *strategies.ELEVEN,
    ):
        return -1, "too_small"
    if name in ("text", "counter"):
        return "", "missing"
    if name in ("title", "team", "section", "building", "floor", "relation", "heading", "photo", "person"):
        return 5, "not_text"
    return None


def is_absent_list(path):
    """A list that may be absent as null, under a name that is a count in the totals of a paper sheet."""
    return path.endswith((".visits", ".forms", ".writes")) and ".totals." not in path


@thorough
@given(strategies.surveys(), st.data())
def test_one_wrong_value_in_any_survey_is_reported_at_its_path_alone(document, data):
    assert faults_of(document) == []
    spots = [
        (path, wrong_value(name))
        for path, name, value in places(document)
        if wrong_value(name) and not isinstance(value, list) and not is_absent_list(path)
    ]
    assume(spots)
    path, (wrong, code) = data.draw(st.sampled_from(spots))
    assert faults_of(planted(document, path, wrong)) == [(path, code)]


@thorough
@given(strategies.surveys(), st.data())
def test_one_id_used_twice_in_any_survey_is_reported_at_the_second(document, data):
    lists = [(path, value) for path, name, value in places(document) if isinstance(value, list)]
    named = [(path, value) for path, value in lists if len(value) > 1 and "id" in value[0]]
    assume(named)
    path, items = data.draw(st.sampled_from(named))
    second = data.draw(st.integers(1, len(items) - 1))
    twice = planted(document, f"{path}[{second}].id", items[0]["id"])
    assert (f"{path}[{second}].id", "duplicate_id") in faults_of(twice)
    unreferenced = planted(twice, "routes", []) if path != "routes" else twice
    assert faults_of(unreferenced) == [(f"{path}[{second}].id", "duplicate_id")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@thorough
@given(strategies.surveys(), st.data(), json_values)
def test_any_value_anywhere_is_measured_or_refused(document, data, value):
    path, _, _ = data.draw(st.sampled_from(list(places(document))))
    text = json.dumps(planted(document, path, value))
    if faults_of(text):
        with pytest.raises(SurveyFaults) as refused:
            read_survey(text)
        assert len(str(refused.value).splitlines()) == len(refused.value.faults)
    else:
        survey = read_survey(text)
        assert measures.encode(measures.measure_survey(survey, survey)).startswith(b"{")
