"""A walk as its clocks showed it: from the phone through fold, grid, records, file and report, at any hour of the day."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from engagements.documents.models import DocumentKind
from engagements.survey import selectors, services
from engagements.survey.measures import encode
from engagements.survey.recorder import passes
from tests.documents.reading import snapshot_of
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory
from tests.survey.test_recorder import joined, sync

pytestmark = pytest.mark.django_db
JAPAN = ZoneInfo("Asia/Tokyo")


def walk(start: datetime) -> list[dict]:
    """As a phone sends it: in UTC, to the millisecond."""
    steps = (
        ("arrive", 2, {"visit": "v", "counter": "1番 住民"}),
        ("called", 9, {"visit": "v"}),
        ("write", 10, {"visit": "v", "form": "転入届", "field": "name", "times": 1}),
        ("notice", 11, {"visit": "v", "kind": "problem", "category": "form", "text": "同じ住所を2回書いた"}),
        ("done", 20, {"visit": "v", "outcome": "done"}),
        ("end", 25, {"ended": "finished"}),
    )
    return [
        {
            "uid": kind,
            "team": "t1",
            "kind": kind,
            "at": f"{start + timedelta(minutes=minute) - timedelta(hours=9):%Y-%m-%dT%H:%M:%S.250Z}",
            "data": data,
        }
        for kind, minute, data in steps
    ]


@pytest.mark.parametrize(("hour", "minute"), [(8, 40), (23, 30)])
def test_an_hour_stays_what_it_was_from_the_phone_to_the_paper(hour: int, minute: int) -> None:
    survey = SurveyFactory(records__teams=1)
    contact, now = contact_of(survey.engagement), timezone.now()
    day = (now.astimezone(JAPAN) - timedelta(days=3)).replace(
        hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None
    )
    empty = selectors.latest_document(survey) | {"routes": []}
    services.import_document(survey, encode(empty), actor=acting(contact), now=now, reason="当日の前")
    opened = passes.open_day(survey, actor=acting(contact), now=now)
    assert sync(joined(opened)["key"], *walk(day)).status_code == 200

    def at(minutes: int) -> datetime:
        return day + timedelta(minutes=minutes)

    (route,) = selectors.latest_document(survey)["routes"]
    (visit,) = route["visits"]
    assert visit["queued_at"] == f"{at(2).isoformat()}+09:00"
    assert route["finished_at"] == f"{at(25).isoformat()}+09:00"
    client = Client()
    client.force_login(contact)
    sheet = client.get(f"/surveys/{survey.pk}/grid/{route['id']}/").content.decode()
    arrived, called = (f"{at(minutes).hour}:{at(minutes):%M}" for minutes in (2, 9))
    assert f'value="{arrived}"' in sheet
    assert f'value="{day:%Y-%m-%d}"' in sheet
    assert called in client.get(f"/surveys/{survey.pk}/records/").content.decode()
    file = client.get(f"/surveys/{survey.pk}/file/").content.decode()
    assert f"{at(9).isoformat()}+09:00" in file
    report = snapshot_of(DocumentKind.SURVEY_REPORT, survey)
    assert f"{at(11):%H:%M}" in str(report)
