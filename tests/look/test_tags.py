from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.paginator import Paginator
from django.test import RequestFactory
from django.utils import timezone, translation

from tests.look.markup import draw

TODAY = date(2026, 9, 3)


@pytest.mark.parametrize(
    ("due", "word", "kind"),
    [
        (date(2026, 9, 7), "あと4日", "wait"),
        (date(2026, 9, 9), "あと6日", "wait"),
        (date(2026, 9, 10), "あと7日", "off"),
        (date(2026, 9, 3), "今日まで", "warn"),
        (date(2026, 8, 31), "3日遅れ", "late"),
    ],
)
def test_days_left_says_it_in_a_word_a_colour_and_an_icon(due: date, word: str, kind: str) -> None:
    page = draw("{% days_left due today %}", due=due, today=TODAY)
    chip = page.one("span")
    assert chip.text == word
    assert chip.has_class(kind)
    assert page.one("svg")["aria-hidden"] == "true"


def test_days_left_counts_days_in_japan() -> None:
    just_after_midnight_in_japan = datetime(2026, 9, 3, 15, 30, tzinfo=UTC)
    page = draw("{% days_left due today %}", due=just_after_midnight_in_japan, today=TODAY)
    assert page.one("span").text == "あと1日"


def test_days_left_is_silent_without_a_date() -> None:
    assert draw("{% days_left due %}", due=None).elements == []


@pytest.mark.parametrize(
    ("kind", "symbol"),
    [
        ("done", "check"),
        ("now", "half"),
        ("wait", "clock"),
        ("warn", "alert"),
        ("late", "alert"),
        ("est", "dash"),
    ],
)
def test_each_status_has_its_icon(kind: str, symbol: str) -> None:
    page = draw("{% status kind word %}", kind=kind, word="<b>")
    assert page.one("use")["href"].endswith(f"icons.svg#{symbol}")
    assert page.one("span").text == "<b>"


def test_a_status_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        draw("{% status 'purple' 'x' %}")


def test_an_icon_with_a_label_is_read_aloud() -> None:
    svg = draw("{% icon 'lock' 'まだできません' %}").one("svg")
    assert svg["role"] == "img"
    assert svg["aria-label"] == "まだできません"


def test_breadcrumbs_link_all_but_this_page() -> None:
    page = draw("{% crumbs 'ホーム' '/' '支援' '/engagements/' 'R8-017' %}")
    assert [(a.text, a["href"]) for a in page.all("a")] == [("ホーム", "/"), ("支援", "/engagements/")]
    assert page.one("li", aria_current="page").text == "R8-017"


def test_the_meter_says_in_words_what_the_bar_shows() -> None:
    page = draw("{% meter 13 16 %}")
    assert "16項目のうち13済み" in page.one("span", _class="meter").text
    assert page.one("rect", _class="bar")["width"] == "81%"


def test_the_pager_keeps_the_filters() -> None:
    request = RequestFactory().get("/engagements/", {"search": "町", "page": "2"})
    page = draw("{% paginate listing %}", listing=Paginator(range(100), 25).page(2), request=request)
    assert page.one("a", rel="next")["href"] == "?search=%E7%94%BA&page=3"
    assert page.one("span", aria_current="page").text == "2"
    assert "100件のうち26〜50件目" in page.one("nav").text


def test_a_single_page_has_no_pager() -> None:
    assert draw("{% paginate listing %}", listing=Paginator(range(5), 25).page(1)).elements == []


@pytest.mark.parametrize(
    ("template", "value", "shown"),
    [
        ("{{ v|wareki }}", date(2026, 9, 3), "令和8年(2026年)9月3日(木)"),
        ("{{ v|wareki }}", "2026-09-03", "令和8年(2026年)9月3日(木)"),
        ("{{ v|wareki }}", "not a date", ""),
        ("{{ v|wareki }}", "2026-02-31", ""),
        ("{{ v|wareki }}", None, ""),
        ("{{ v|wareki_short }}", date(2021, 9, 3), "令和3年(2021年)9月3日(金)"),
        ("{{ v|wareki_time }}", datetime(2021, 9, 3, 1, 42, tzinfo=UTC), "令和3年(2021年)9月3日(金) 10:42"),
        ("{{ v|wareki_short }}", datetime(2021, 9, 3, 15, 0, tzinfo=UTC), "令和3年(2021年)9月4日(土)"),
        ("{{ v|wareki_time }}", None, ""),
        ("{{ v|fiscal_year }}", 2026, "令和8年度(2026年度)"),
        ("{{ v|fiscal_year }}", None, ""),
    ],
)
def test_dates_are_written_as_offices_write_them(template: str, value: object, shown: str) -> None:
    assert draw(f"<p>{template}</p>", v=value).one("p").text == shown


@pytest.mark.parametrize("days", [-183, 0, 183])
def test_a_date_within_half_a_year_goes_without_its_year(days: int) -> None:
    """Nobody takes it for another year's; a day more, and the year stands there (above)."""
    day = timezone.localdate() + timedelta(days=days)
    shown = f"{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})"
    assert draw("<p>{{ v|wareki_short }}</p>", v=day).one("p").text == shown
    noon = timezone.make_aware(datetime.combine(day, time(12, 5)))
    assert draw("<p>{{ v|wareki_time }}</p>", v=noon).one("p").text == f"{shown} 12:05"


def test_dates_in_english() -> None:
    with translation.override("en"):
        page = draw(
            "<p>{{ v|wareki }} / {{ v|wareki_short }} / {{ y|fiscal_year }}</p>", v=date(2021, 9, 3), y=2026
        )
    assert page.one("p").text == "Fri 3 Sep 2021 / Fri 3 Sep 2021 / FY2026"


def test_two_forms_never_share_an_idempotency_key() -> None:
    page = draw("<p>{% idempotency_key %}</p><i>{% idempotency_key %}</i>")
    assert page.one("p").text != page.one("i").text
    assert len(page.one("p").text) == 32
