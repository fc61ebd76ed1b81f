"""Eras, fiscal years and working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.dates import (
    add_working_days,
    era_date,
    era_year_short,
    fiscal_year,
    fiscal_year_label,
    in_removal_season,
    is_working_day,
    working_days_between,
)

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
SOME = st.integers(-40, 40).filter(bool)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 9, 3), "令和8年(2026年)9月3日(木)"),
        (date(2019, 5, 1), "令和元年(2019年)5月1日(水)"),
        (date(2019, 4, 30), "平成31年(2019年)4月30日(火)"),
        (date(2020, 1, 1), "令和2年(2020年)1月1日(水)"),
        (date(1989, 1, 8), "平成元年(1989年)1月8日(日)"),
        (date(1989, 1, 7), "昭和64年(1989年)1月7日(土)"),
        (date(1926, 12, 25), "昭和元年(1926年)12月25日(土)"),
        (date(1926, 12, 24), "大正15年(1926年)12月24日(金)"),
        (date(1912, 7, 29), "1912年7月29日(月)"),
    ],
)
def test_days_in_eras(day, written):
    assert era_date(day) == written


def test_shorter_ways_to_write_a_day():
    day = date(2026, 9, 3)
    assert era_date(day, weekday=False) == "令和8年(2026年)9月3日"
    assert era_date(day, western=False) == "令和8年9月3日(木)"
    assert era_date(day, short=True) == "9月3日(木)"
    assert era_date(day, short=True, weekday=False) == "9月3日"


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 3, 31), 2025), (date(2026, 4, 1), 2026), (date(2027, 1, 1), 2026)]
)
def test_a_fiscal_year_begins_in_april(day, year):
    assert fiscal_year(day) == year


def test_names_of_years():
    assert [fiscal_year_label(year) for year in (2026, 2019, 2018, 1989, 1988, 1900)] == [
        "令和8年度(2026年度)",
        "令和元年度(2019年度)",
        "平成30年度(2018年度)",
        "平成元年度(1989年度)",
        "昭和63年度(1988年度)",
        "1900年度",
    ]
    assert [era_year_short(year) for year in (2026, 2019, 2018, 1988, 1920, 1900)] == [
        "R8",
        "R1",
        "H30",
        "S63",
        "T9",
        "1900",
    ]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 18), True),
        (date(2026, 9, 19), False),  # Saturday
        (date(2026, 9, 20), False),  # Sunday
        (date(2026, 9, 21), False),  # 敬老の日
        (date(2026, 9, 22), False),  # between two holidays
        (date(2026, 9, 23), False),  # 秋分の日
        (date(2026, 9, 24), True),
        (date(2026, 5, 6), False),  # substitute holiday
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2026, 12, 31), False),
        (date(2024, 1, 3), False),
        (date(2024, 1, 4), True),
    ],
)
def test_when_offices_are_open(day, works):
    assert is_working_day(day) is works


def test_counting_working_days():
    friday, thursday = date(2026, 9, 18), date(2026, 9, 24)
    assert add_working_days(friday, 1) == thursday
    assert add_working_days(thursday, -1) == friday
    assert add_working_days(date(2026, 12, 28), 1) == date(2027, 1, 4)
    assert working_days_between(friday, thursday) == 1
    assert working_days_between(thursday, friday) == -1
    assert working_days_between(friday, friday) == 0


def test_no_working_days_lead_to_the_day_or_the_next_open_one():
    assert add_working_days(date(2026, 9, 18), 0) == date(2026, 9, 18)
    assert add_working_days(date(2026, 9, 19), 0) == date(2026, 9, 24)


@given(DAYS, SOME)
def test_counting_undoes_adding(day, n):
    arrived = add_working_days(day, n)
    assert is_working_day(arrived)
    assert working_days_between(day, arrived) == n


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(day, first, second):
    middle = day + timedelta(days=first)
    end = middle + timedelta(days=second)
    parts = working_days_between(day, middle) + working_days_between(middle, end)
    assert working_days_between(day, end) == parts


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 3, 16), False),
        (date(2026, 3, 17), True),
        (date(2026, 4, 14), True),
        (date(2026, 4, 15), False),
    ],
)
def test_removal_season(day, inside):
    assert in_removal_season(day) is inside
