"""The receipt time: set once, kept within the days, new after them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engagements.applications.receipt import receipt_time, resubmit_until

START = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
gaps = st.integers(0, 90 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(now=moments, days=st.integers(0, 60))
def test_a_first_submission_is_received_now(now, days):
    assert receipt_time(received_at=None, returned_at=None, days=days, now=now) == now


@given(received=moments, until_return=gaps, until_now=gaps, days=st.integers(0, 60))
def test_a_returned_one_keeps_its_time_exactly_within_the_days(received, until_return, until_now, days):
    returned = received + until_return
    now = returned + until_now
    tokyo = timedelta(hours=9)
    in_time = ((now + tokyo).date() - (returned + tokyo).date()).days <= days
    kept = receipt_time(received_at=received, returned_at=returned, days=days, now=now)
    assert kept == (received if in_time else now)


@given(returned=moments, days=st.integers(0, 60))
def test_the_last_moment_is_the_end_of_a_day_in_japan(returned, days):
    last = resubmit_until(returned, days)
    assert receipt_time(received_at=START, returned_at=returned, days=days, now=last) == START
    after = last + timedelta(microseconds=1)
    assert receipt_time(received_at=START, returned_at=returned, days=days, now=after) == after


def test_the_day_of_return_in_japan_counts_not_the_day_in_utc():
    returned = datetime(2026, 9, 1, 15, 30, tzinfo=UTC)  # 2 September in Japan
    assert resubmit_until(returned, 0) == datetime(2026, 9, 2, 14, 59, 59, 999999, tzinfo=UTC)
