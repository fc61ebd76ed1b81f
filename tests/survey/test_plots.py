"""Plots: what they say, that they are safe and self-contained, and that bands agree with the measures."""

import copy
import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings

from engagements.survey.measures import encode, measure_survey, read_survey
from engagements.survey.plots import (
    BeforeAfter,
    FieldWrites,
    Flag,
    RoadmapRow,
    RouteBand,
    Segment,
    bands_from_survey,
    before_after_bars,
    observations_in_order,
    roadmap,
    routes_timeline,
    screen_hatch,
    writes_by_field,
)
from engagements.survey.plots.svg import ems, shorten
from engagements.survey.plots.timeline import ROUTES_A_SHEET, place_names
from tests.survey import strategies

HOSTILE = "<script>alert(1)</script>\"'&葛\U000e0100"


def at(text):
    return f"2025-08-19T{text}+09:00"


def a_route(*visits, **more):
    times = {"started_at": at("09:00:00"), "finished_at": at("10:00:00")}
    return {"id": "r1", "scenario": "s1", "team": "A", **times, "visits": list(visits), **more}


def a_visit(counter, queued=None, called=None, finished=None, **more):
    times = {"queued_at": queued, "called_at": called, "finished_at": finished}
    return {"counter": counter, **{name: at(time) if time else None for name, time in times.items()}, **more}


def a_band(label="A班", total_s=3600, lower_bound=False, **more):
    segments = (Segment("waiting", 0, 600, "市民課"), Segment("served", 600, 1800, "市民課"))
    return RouteBand(label, "完走", total_s, lower_bound, **{"segments": segments, **more})


def every_plot(words, **options):
    """Each kind of plot with these words wherever words go."""
    band = RouteBand(words, words, 600, False, (Segment("served", 0, 600, words),), untimed=(words,))
    return [
        routes_timeline([band], 10, **options),
        before_after_bars([BeforeAfter(words, words, 3, 2, 1)], words, words, **options),
        writes_by_field([FieldWrites(words, 3, 1)], **options),
        roadmap([RoadmapRow(words, words, date(2026, 5, 1), date(2026, 6, 1))], [2026], **options),
    ]


def parsed(markup):
    """The plot as XML: it must be well formed whatever the words are."""
    return ET.fromstring(f"<div>{markup}</div>")


def texts(markup):
    return ["".join(node.itertext()) for node in parsed(markup).iter("text")]


def spoken(markup):
    return ["".join(node.itertext()) for node in parsed(markup).iter("title")]


def rectangles(markup, fill):
    return [node.attrib for node in parsed(markup).iter("rect") if node.get("fill", "").startswith(fill)]


@pytest.mark.parametrize("for_screen", [False, True])
def test_words_are_escaped_and_the_picture_stays_whole(for_screen):
    for markup in every_plot(HOSTILE, for_screen=for_screen):
        assert "<script" not in markup
        assert "onload" not in {name for node in parsed(markup).iter() for name in node.attrib}
        assert "alert(1)" in "".join(parsed(markup).itertext())


def test_on_paper_every_text_and_shape_carries_its_own_look():
    for markup in every_plot("市民課"):
        root = parsed(markup)
        assert root.find(".//svg") is not None
        assert texts(markup)
        for svg in root.iter("svg"):
            assert svg.get("role") == "img"
            assert svg.find("title").text
        for text in root.iter("text"):
            assert text.get("font-family") == "Noto Sans CJK JP"
            assert text.get("fill")
            assert "rotate" not in text.get("transform", "")
        assert all(rect.get("fill") for rect in root.iter("rect"))
        assert not [node for node in root.iter() if node.get("class") or node.get("style")]


def test_on_a_screen_positions_are_shares_and_looks_are_classes():
    for markup in every_plot("市民課", for_screen=True):
        root = parsed(markup)
        charts = [svg for svg in root.iter("svg") if svg.get("role") == "img"]
        assert charts
        for chart in charts:
            assert chart.find("title").text
            assert chart.find("desc").text
            assert chart.get("viewBox") is None
            assert all(rect.get("x").endswith("%") for rect in chart.iter("rect"))
        assert not [node for node in root.iter() if node.get("style")]


def test_the_hatch_that_pages_refer_to():
    assert parsed(screen_hatch()).find("svg/defs/pattern").get("id") == "hatch"


@pytest.mark.parametrize("for_screen", [False, True])
def test_nothing_recorded_yet_is_said(for_screen):
    empty = [
        routes_timeline([], 120, for_screen=for_screen),
        before_after_bars([], "前回", "今回", for_screen=for_screen),
        writes_by_field([], for_screen=for_screen),
        roadmap([], [2026], for_screen=for_screen),
        roadmap([RoadmapRow("移す", "課")], [], for_screen=for_screen),
    ]
    assert all("まだありません" in markup for markup in empty)


def test_a_timeline_draws_each_stretch_to_scale_and_says_it():
    markup = routes_timeline([a_band()], 120)
    (waiting, _key) = sorted(rectangles(markup, "url(#hatch"), key=lambda rect: -float(rect["width"]))
    (served,) = [rect for rect in rectangles(markup, "#0017c1") if rect["width"] != "20.0"]
    # 10 minutes of waiting before 20 of service.
    assert float(served["width"]) == pytest.approx(2 * float(waiting["width"]), abs=0.2)
    assert float(served["x"]) == pytest.approx(float(waiting["x"]) + float(waiting["width"]), abs=0.2)
    assert spoken(markup) == ["道のりの図。A班 60分。市民課 待ち10分 対応20分。予定の120分"]
    assert {"A班", "完走", "60分", "市民課", "予定の120分"} <= set(texts(markup))


def test_an_unfinished_route_reads_at_least_and_is_never_rounded_up():
    finished, stopped = (
        routes_timeline([a_band(total_s=7199)]),
        routes_timeline([a_band(total_s=7199, lower_bound=True)]),
    )
    assert "120分" in texts(finished)
    assert "119分以上" in texts(stopped)
    cuts = [line for line in parsed(stopped).iter("line") if line.get("stroke-width") == "2"]
    assert len(cuts) == 2
    assert not [line for line in parsed(finished).iter("line") if line.get("stroke-width") == "2"]


def test_a_route_without_any_time_is_named_not_drawn():
    band = RouteBand("B班", "終わりの記録なし", None, True, untimed=("市民課", "福祉課"), untimed_writes=3)
    markup = routes_timeline([band])
    assert "時間の記録なし" in texts(markup)
    assert "時刻の記録がない窓口 市民課、福祉課。時刻のない記入 3回" in spoken(markup)[0]
    assert not [line for line in parsed(markup).iter("line") if line.get("stroke-width") == "2"]


def test_writes_are_ticks_and_flags_keep_their_numbers_apart():
    flags = tuple(Flag(60, "problem", number) for number in (4, 5, 6))
    markup = routes_timeline([a_band(writes=(30, 30, 90), flags=flags)])
    ticks = [
        line.attrib
        for line in parsed(markup).iter("line")
        if float(line.get("y2")) - float(line.get("y1")) == 10
    ]
    assert len(ticks) == 3
    assert len({tick["x1"] for tick in ticks}) == 3
    places = [
        float(node.get("x")) for node in parsed(markup).iter("text") if "".join(node.itertext()) in "456"
    ]
    assert len(places) == 3
    assert all(later - earlier >= 18 for earlier, later in pairwise(places))


def test_too_many_flags_become_marks_inside_the_page():
    flags = tuple(Flag(3600, "good", number) for number in range(1, 101))
    markup = routes_timeline([a_band(flags=flags)])
    marks = [node for node in parsed(markup).iter("path") if node.get("fill") == "#197a4b"]
    places = [float(re.match(r"translate\(([\d.]+)", node.get("transform"))[1]) for node in marks]
    assert len(marks) == 101
    assert max(places) < 640
    assert "50" not in texts(markup)


def test_many_routes_come_as_pictures_that_fit_a_page():
    markup = routes_timeline(
        [a_band(f"{number}班", writes=(5,), flags=(Flag(9, "idea", 1),)) for number in range(20)]
    )
    heights = [float(svg.get("viewBox").split()[3]) for svg in parsed(markup).iter("svg")]
    assert len(heights) == -(-20 // ROUTES_A_SHEET)
    # A4 less its margins is 253 mm high and 168 mm, here 640 units, wide.
    assert max(heights) < 253 / 168 * 640


@pytest.mark.parametrize(
    "names", [["市民課"] * 2, ["とても長い名前の窓口" * 3, "福", "会計課", "税"] * 5, ["あ"] * 60]
)
def test_counter_names_never_cover_each_other(names):
    step = 3600 // len(names)
    segments = [
        Segment("served", index * step, (index + 1) * step, f"{name}{index % 2}")
        for index, name in enumerate(names)
    ]
    placed = place_names(segments, 3600, 500, 10, 3)
    for row in range(3):
        line = [name for name in placed if name.row == row]
        for earlier, later in pairwise(line):
            assert earlier.at * 500 + ems(earlier.words) * 10 <= later.at * 500


def test_names_are_cut_between_characters_never_inside_one():
    name = "葛\U000e0100" * 9
    cut = shorten(name, 45, 10)
    assert cut == "葛\U000e0100" * 3 + "…"
    assert shorten("か\u3099き", 15, 10) == ""
    assert shorten("窓口", 20, 10) == "窓口"


def test_before_and_after_share_a_scale_for_each_unit():
    rows = [
        BeforeAfter("所要時間", "分", 160, 80),
        BeforeAfter("待ち", "分", 40, 60, promised=20),
        BeforeAfter("書いた回数", "回", 8, 4),
    ]
    markup = before_after_bars(rows, "前回", "今回")
    was = [float(rect["width"]) for rect in rectangles(markup, "#b3b3b3")][1:]
    now = [float(rect["width"]) for rect in rectangles(markup, "#4d4d4d")][1:]
    assert [round(width / was[0], 2) for width in was] == [1, 0.25, 1]
    assert [round(width / was[0], 2) for width in now] == [0.5, 0.38, 0.5]
    assert len(rectangles(markup, "#ffffff")) == 2
    assert spoken(markup)[0].split("。")[1] == "待ち 前回 40分、見込み 20分、今回 60分 (+20, +50.0%)"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (156, 106, "106分 (−50, −32.1%)"),
        (8, 7, "7分 (−1, −12.5%)"),
        (1600, 1599, "1599分 (−1, −0.1%)"),
        (2000, 2001, "2001分 (+1, +0.1%)"),
        (6, 6, "6分 (±0)"),
        (0, 4, "4分 (+4)"),
        (4, 0, "0分 (−4, −100.0%)"),
        (None, 4, "4分"),
        (4, None, "記録なし"),
    ],
)
def test_changes_are_signed_and_rounded_away_from_zero(before, after, words):
    assert words in texts(before_after_bars([BeforeAfter("所要時間", "分", before, after)], "前回", "今回"))


def test_what_was_not_written_is_hollow():
    markup = writes_by_field([FieldWrites("氏名", 10, 10), FieldWrites("住所", 20), FieldWrites("署名", 0)])
    solid, hollow = rectangles(markup, "#4d4d4d")[1:], rectangles(markup, "#ffffff")[1:]
    assert [round(float(bar["width"]) / float(solid[1]["width"]), 2) for bar in solid] == [0.5, 1]
    assert len(hollow) == 1
    assert {"10回(書かずに済んだ 10回)", "20回", "0回"} <= set(texts(markup))


def test_steps_stand_in_their_fiscal_years():
    rows = [
        RoadmapRow("年度の前半", "課", date(2026, 4, 1), date(2026, 9, 30)),
        RoadmapRow("翌年度へ", "課", date(2027, 1, 1), date(2029, 9, 30)),
        RoadmapRow("日取りだけ", "課", date(2026, 10, 19)),
        RoadmapRow("時期なし", ""),
        RoadmapRow("ずっと後", "課", date(2031, 1, 1), date(2031, 3, 31)),
        RoadmapRow("ずっと前", "課", date(2025, 1, 1)),
    ]
    markup = roadmap(rows, [2026, 2027])
    half, on, *more = rectangles(markup, "#0017c1")
    assert more == []
    # 183 and 456 of 730 days of 449 units beside the labels.
    assert float(half["width"]) == pytest.approx(449 * 183 / 730, abs=0.2)
    assert float(on["x"]) + float(on["width"]) == pytest.approx(639, abs=0.2)
    assert {"令和8年度(2026年度)", "令和9年度(2027年度)", "時期は未定", "令和7年(2025年)1月1日"} <= set(
        texts(markup)
    )
    assert "時期なし 担当は未定 時期は未定" in spoken(markup)[0]
    assert "年度の前半 課 令和8年(2026年)4月1日から令和8年(2026年)9月30日まで" in spoken(markup)[0]


def test_many_years_lose_the_western_year_rather_than_run_into_each_other():
    shown = texts(roadmap([RoadmapRow("移す", "課", date(2026, 5, 1))], range(2026, 2032)))
    assert "令和8年度" in shown
    assert "令和13年度" in shown


def test_served_wins_over_waiting_and_gaps_are_other():
    route = a_route(
        a_visit("市民課", "09:00:00", "09:10:00", "09:30:00"),
        a_visit("福祉課", "09:20:00", "09:40:00", "09:50:00"),
    )
    assert bands_from_survey(route).segments == (
        Segment("waiting", 0, 600, "市民課"),
        Segment("served", 600, 1800, "市民課"),
        Segment("waiting", 1800, 2400, "福祉課"),
        Segment("served", 2400, 3000, "福祉課"),
        Segment("other", 3000, 3600, ""),
    )


def test_of_two_services_at_once_the_earlier_visit_is_shown():
    route = a_route(
        a_visit("市民課", None, "09:00:00", "09:30:00"), a_visit("福祉課", None, "09:10:00", "10:00:00")
    )
    assert bands_from_survey(route).segments == (
        Segment("served", 0, 1800, "市民課"),
        Segment("served", 1800, 3600, "福祉課"),
    )


def test_visits_without_times_are_named():
    route = a_route(
        a_visit("市民課", "09:00:00"),
        a_visit("福祉課", "09:10:00", "09:20:00"),
        a_visit("会計課", None, None, "09:40:00"),
    )
    band = bands_from_survey(route)
    assert band.untimed == ("市民課", "会計課")
    assert band.seconds("waiting") == 600
    assert (band.label, band.sub, band.total_s, band.lower_bound) == ("A班", "完走", 3600, False)


def test_writes_and_observations_find_their_place():
    form = {
        "name": "転入届",
        "writes": [
            {"field": "name", "times": 2, "at": at("09:05:00.9")},
            {"field": "address", "times": 1, "how": "prefilled", "at": at("09:06:00")},
            {"field": "date", "times": 3},
        ],
    }
    noted = [
        {"kind": "problem", "category": "form", "text": "長い", "at": at("09:07:00")},
        {"kind": "idea", "category": "form", "text": "まとめる"},
        {"kind": "good", "category": "service", "text": "親切", "at": "2025-08-19T00:08:00Z"},
    ]
    entrance = {"kind": "problem", "category": "facility", "text": "暗い", "at": at("09:01:00")}
    visit = a_visit("市民課", "09:00:00", "09:02:00", "09:10:00", forms=[form], observations=noted)
    route = a_route(visit, observations=[entrance])
    band = bands_from_survey(route, first_number=11)
    assert band.writes == (300, 300)
    assert band.untimed_writes == 3
    assert band.flags == (Flag(60, "problem", 11), Flag(420, "problem", 12), Flag(480, "good", 14))
    assert [one["text"] for one in observations_in_order(route)] == ["暗い", "長い", "まとめる", "親切"]


@pytest.mark.parametrize(
    ("more", "sub", "total", "lower_bound"),
    [
        ({"ended": "out_of_time", "finished_at": None}, "時間切れ", 2400, True),
        ({"ended": "gave_up"}, "途中でやめた", 3600, True),
        ({"ended": "told_to_return"}, "出直しを案内された", 3600, True),
        ({"ended": "", "finished_at": ""}, "終わりの記録なし", 2400, True),
        ({"ended": "finished", "finished_at": None}, "完走", 2400, False),
    ],
)
def test_how_a_route_ended(more, sub, total, lower_bound):
    band = bands_from_survey(a_route(a_visit("市民課", "09:00:00", "09:10:00", "09:40:00"), **more))
    assert (band.sub, band.total_s, band.lower_bound) == (sub, total, lower_bound)


def test_a_route_counted_on_paper_has_a_total_and_no_segments():
    route = {"id": "r7", "scenario": "s1", "totals": {"total_s": 9000, "writes": 75}}
    band = bands_from_survey(route)
    assert (band.label, band.total_s, band.lower_bound, band.segments) == ("r7", 9000, False, ())
    assert "150分" in texts(routes_timeline([band], 120))


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(strategies.surveys())
def test_bands_agree_with_the_measures_and_can_be_drawn(document):
    before = copy.deepcopy(document)
    measures = measure_survey(read_survey(encode(document)))["routes"]
    bands = {route["id"]: bands_from_survey(route) for route in document.get("routes") or ()}
    counted_on_paper = {
        route["id"] for route in document.get("routes") or () if isinstance(route.get("totals"), dict)
    }
    assert document == before
    for name, band in bands.items():
        measured = measures[name]
        assert (band.total_s, band.lower_bound) == (measured["total_s"], measured["lower_bound"])
        if band.segments:
            assert band.seconds("waiting") == (measured["waiting_s"] or 0)
            assert band.seconds("served") == (measured["service_s"] or 0)
            assert [part.start_s for part in band.segments[1:]] == [part.end_s for part in band.segments[:-1]]
            assert (band.segments[0].start_s, band.segments[-1].end_s) == (0, band.total_s)
        if name not in counted_on_paper:
            assert len(band.writes) + band.untimed_writes == (measured["writes"] or 0)
    for for_screen in (False, True):
        parsed(routes_timeline(list(bands.values()), 60, for_screen=for_screen))
