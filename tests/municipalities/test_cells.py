"""What people in Japanese offices write in cells, read as days, times, durations and counts, or named."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.cells import (
    BadCell,
    as_typed,
    is_ditto,
    read_count,
    read_day,
    read_number,
    read_seconds,
    read_time,
)
from municipalities.dates import era_date

NAIVE = datetime.fromisoformat("2026-12-14T09:41:00")
THE_DAY = [
    "令和8年12月14日", "R8.12.14", "R8/12/14", "r8-12-14", "R081214", "令8.12.14", "令和８年１２月１４日",
    "Ｒ８．１２．１４",
    "令和 8 年 12 月 14 日(月)", "令和8年(2026年)12月14日(月)", "㋿8年12月14日", "2026/12/14", "2026-12-14",
    "2026.12.14",
    "2026年12月14日 月曜日", "２０２６／１２／１４", "2026−12−14", "20261214", 20261214, "46370", 46370, 46370.5,
    "2026-12-14 9:41:00", NAIVE, NAIVE.date(), "R8・12・14", "西暦2026年12月14日",
    "令和八年十二月十四日", "令和八年十二月十四日(月)", "二〇二六年十二月十四日", "二○二六年一二月一四日",
]  # fmt: skip


@pytest.mark.parametrize("written", THE_DAY)
def test_a_day_is_read_however_it_is_written(written):
    assert read_day(written) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)), ("R1.5.1", date(2019, 5, 1)), ("平成31年4月30日", date(2019, 4, 30)),
        ("平成元年1月8日", date(1989, 1, 8)), ("S64.1.7", date(1989, 1, 7)), ("昭和元年12月25日", date(1926, 12, 25)),
        ("大正15年12月24日", date(1926, 12, 24)), ("T1.7.30", date(1912, 7, 30)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("令和8年2月28日", date(2026, 2, 28)), ("平成三十一年四月三十日", date(2019, 4, 30)),
        ("令和元年五月一日", date(2019, 5, 1)), ("令和十年十月二十日", date(2028, 10, 20)),
        ("", None), (None, None), ("-", None), ("―", None), ("  ", None),
    ],
)  # fmt: skip
def test_days_of_every_era(written, day):
    assert read_day(written) == day


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("令和8年2月30日", "暦にない"), ("2026/13/1", "暦にない"), ("R8.0.1", "暦にない"),
        ("令和元年4月1日", "平成31年(2019年)4月1日のことでしたら"), ("平成35年4月1日", "令和5年(2023年)4月1日"),
        ("昭和64年1月8日", "平成元年"), ("令和0年12月1日", "令和にない"), ("12/14", "年がありません"),
        ("12月14日", "年がありません"),
        ("8.12.14", "日付として読めません"), ("26/6/1", "日付として読めません"),
        ("令和8年12月", "日付として読めません"), ("令和八年十三月一日", "暦にない"),
        ("令和八年二十十月一日", "日付として"),
        ("朝", "日付として読めません"), (3, "日付として読めません"), (time(9), "日付として読めません"),
        ("12月14日ごろ", "日付"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_repeated_with_what_to_do(written, said):
    with pytest.raises(BadCell) as refused:
        read_day(written)
    assert said in str(refused.value)
    assert refused.value.typed == as_typed(written)


def test_a_day_without_its_year_is_of_the_year_that_is_given():
    assert read_day("12/14", near=date(2026, 4, 1)) == date(2026, 12, 14)


@given(st.dates(min_value=date(1912, 7, 30), max_value=date(2080, 12, 31)))
def test_every_day_that_is_written_is_read_again(day):
    for written in (era_date(day), era_date(day, western=False), day.isoformat(), f"{day:%Y/%m/%d}"):
        assert read_day(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "9時41分", "９時４１分", "9:41", "９：４１", "0941", "941", 941, 941.0, "9時41分0秒", "午前9時41分",
        "9時41分ごろ",
        "約9時41分", time(9, 41), NAIVE, 0.40347222, 46370.40347222, " 9:41:00 ", "094100",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(written):
    assert read_time(written) == time(9, 41)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("午後1時半", time(13, 30)), ("午後一時半", time(13, 30)), ("十時四十一分", time(10, 41)),
        ("九時〇五分", time(9, 5)), ("午後12時半", time(12, 30)), ("午前12時", time()),
        ("午後0時5分", time(12, 5)), ("正午", time(12)),
        ("13時", time(13)), ("", None), ("-", None), (None, None),
    ],
)  # fmt: skip
def test_times_of_both_halves_of_the_day(written, at):
    assert read_time(written) == at


@pytest.mark.parametrize("written", ["9:", "9.41", "25:00", "9:60", "朝", "9", "〃", "9:30:", "午後25時"])
def test_what_is_no_time_is_refused(written):
    with pytest.raises(BadCell, match="時刻を"):
        read_time(written)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("1時間30分", 90), ("一時間三十分", 90), ("約九十分", 90), ("百二十分", 120),
        ("１時間３０分", 90), ("約90分", 90), ("90", 90), (90, 90), ("90分くらい", 90),
        ("1時間半", 90),
        ("1.5時間", 90), ("1:30", 90), (time(1, 30), 90), (timedelta(minutes=90), 90), ("1:30:00", 90),
        ("2時間", 120),
        ("12.5", 12.5), (12.5, 12.5), ("12分34秒", 754 / 60), ("30秒", 0.5), (timedelta(hours=12), 720),
        ("90分間", 90),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read_in_seconds(written, minutes):
    assert read_seconds(written) == minutes * 60


@pytest.mark.parametrize("written", ["12:34", time(12, 34), "１２：３４"])
def test_a_clock_that_may_be_minutes_and_seconds_is_asked(written):
    with pytest.raises(BadCell) as refused:
        read_seconds(written)
    choices = refused.value.choices
    assert [choice.said for choice in choices] == ["12時間34分", "12分34秒"]
    assert [read_seconds(choice.typed) for choice in choices] == [12 * 3600 + 34 * 60, 12 * 60 + 34]


@pytest.mark.parametrize("written", ["長い", "半", "分", "1:75", "1,5"])
def test_what_is_no_length_of_time_is_refused(written):
    with pytest.raises(BadCell, match="時間の長さ"):
        read_seconds(written)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("1枚", 1), ("３件", 3), ("3人", 3), ("12回", 12), ("約10", 10), ("1,234人", 1234), (3.0, 3),
        ("3.0", 3), ("3か所", 3),
        ("２つ", 2), ("なし", 0), ("0", 0), ("", None), ("-", None), (None, None), ("38歳", 38), ("計 5", 5),
    ],
)  # fmt: skip
def test_a_count_is_read_with_its_unit(written, count):
    assert read_count(written) == count


@pytest.mark.parametrize(
    "written", ["数枚", "多数", "1,23", "3.5", 3.5, "-1", "1e3", "3分", True, "〃", time(3), "1000001"]
)
def test_what_is_no_count_is_refused(written):
    with pytest.raises(BadCell, match="0以上の整数"):
        read_count(written)


@pytest.mark.parametrize(
    "written", ["2.5", 2.5, "2.5時間", "2時間30分", time(2, 30), "2:30", timedelta(minutes=150)]
)
def test_hours_are_read_as_a_number(written):
    assert read_number(written) == Decimal("2.5")


@pytest.mark.parametrize("written", ["〃", "同上", "″", " 〃 ", "↑"])
def test_a_mark_of_repetition_is_known(written):
    assert is_ditto(written)
    assert not is_ditto(f"A{written}")
