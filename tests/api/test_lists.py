"""What clients may ask of lists: nothing that they send is a fault of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.engagements import EngagementFactory, office

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-09-17T09:30:00+09:00", 200),
        # No database has such an offset; the moment is one all the same.
        ("2026-09-17T09:30:00-22:30", 200),
        ("0001-01-01T00:00:00+23:00", 422),
        ("9999-12-31T23:59:59-23:00", 422),
        ("yesterday", 422),
    ],
)
@pytest.mark.parametrize("side", ["after", "before"])
def test_a_moment_in_any_offset_is_taken_or_refused(side: str, moment: str, status: int) -> None:
    EngagementFactory()
    client = Client()
    client.force_login(office())
    answer = client.get("/api/v1/events/", {f"recorded_at_{side}": moment})
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["fields"].keys() == {"recorded_at"}
