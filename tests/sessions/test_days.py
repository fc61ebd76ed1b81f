"""Several days of a session, teams in buildings, guests of neighbouring towns, costs, and a second report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from engagements.programme.models import Programme
from engagements.sessions.models import Cost, Guest, Session
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    advisor_user,
    contact_of,
    member,
    office,
    session_of,
)
from tests.municipalities.factories import MunicipalityFactory
from tests.sessions.helpers import at, confirm, hold, meeting, schedule
from tests.sessions.test_dates import mails_to
from workflow import perform
from workflow.errors import BadInput, GuardsUnmet, WrongState
from workflow.models import Event

pytestmark = pytest.mark.django_db


def two_days(engagement: Any) -> Session:
    session = schedule(engagement, 1)
    perform("add_meeting", session, actor(contact_of(engagement)), title="ワークショップ", **meeting(12))
    return session


def test_one_of_several_days_is_dropped_and_the_other_side_hears_why() -> None:
    engagement = EngagementFactory()
    session = two_days(engagement)
    first, second = session.meetings.all()
    with pytest.raises(BadInput):
        perform("drop_meeting", session, actor(contact_of(engagement)), reason="会場が使えない")
    perform(
        "drop_meeting", session, actor(contact_of(engagement)), meeting=str(first.pk), reason="会場が使えない"
    )
    assert list(session.meetings.filter(called_off=False)) == [second]
    assert any("取りやめになりました" in subject for subject in mails_to(advisor_of(engagement)))
    with pytest.raises(GuardsUnmet):
        perform("drop_meeting", session, actor(contact_of(engagement)), reason="もう1日も")


def test_teams_stand_at_their_day() -> None:
    engagement = EngagementFactory()
    session = two_days(engagement)
    first, second = session.meetings.all()
    teams = [{"team": " A班 ", "place": "本庁舎", "people": 5}, {"team": "B班", "place": "支所"}]
    perform("set_teams", session, actor(contact_of(engagement)), meeting=str(second.pk), teams=teams)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.teams == []
    assert second.teams == [
        {"team": "A班", "place": "本庁舎", "people": 5},
        {"team": "B班", "place": "支所", "people": 0},
    ]
    perform("set_teams", session, actor(contact_of(engagement)), meeting=str(second.pk), teams=[])
    second.refresh_from_db()
    assert second.teams == []


@pytest.mark.parametrize(
    "row", [1, {}, {"team": ""}, {"team": "A", "people": -1}, {"team": "A", "people": True}]
)
def test_a_team_that_can_not_be_read_is_named_by_its_line(row: Any) -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    with pytest.raises(BadInput) as refusal:
        perform("set_teams", session, actor(contact_of(engagement)), teams=[{"team": "A班"}, row])
    assert set(refusal.value.fields) == {"teams.2"}


def test_guests_of_a_neighbouring_town_are_kept_even_after_the_day() -> None:
    engagement, neighbour = EngagementFactory(), MunicipalityFactory()
    session = hold(engagement, 1)
    rows = [{"municipality": neighbour.pk, "section": "住民課", "name": "見本 三郎"}]
    perform("set_guests", session, actor(advisor_of(engagement)), guests=rows)
    kept = session.guests.get()
    assert (kept.municipality, kept.section, kept.name) == (neighbour, "住民課", "見本 三郎")
    event = Event.objects.get(type="session.set_guests")
    assert "見本 三郎" not in event.canonical
    for row in ({"municipality": "999999", "name": "見本"}, {"municipality": neighbour.pk, "name": ""}):
        with pytest.raises(BadInput):
            perform("set_guests", session, actor(advisor_of(engagement)), guests=[row])
    assert Guest.objects.count() == 1


def test_costs_are_kept_only_where_the_programme_says_who_pays() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    rows = [{"kind": "travel", "amount": 12_340, "payer": "office", "note": "往復"}]
    with pytest.raises(GuardsUnmet):
        perform("set_costs", session, actor(advisor_of(engagement)), costs=rows)
    Programme.objects.update(dispatch_costs="旅費は事務局が負担します。")
    perform("set_costs", session, actor(advisor_of(engagement)), costs=rows)
    assert list(Cost.objects.values_list("kind", "amount", "payer", "note")) == [
        ("travel", 12_340, "office", "往復")
    ]
    for bad in ({"amount": "多い"}, {"amount": -1}, {"kind": "gold"}, {"payer": "mayor"}):
        with pytest.raises(BadInput):
            perform("set_costs", session, actor(advisor_of(engagement)), costs=[rows[0] | bad])
    assert Cost.objects.count() == 1


def test_a_second_report_is_ahead_or_recorded_late() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    told = len(mails_to(contact_of(engagement)))
    late = {"starts_at": at(-1, 14), "ends_at": at(-1, 16), "mode": "online", "place": ""}
    perform("meet_again", session, actor(advisor_of(engagement)), title="2回目の報告", **late)
    assert len(mails_to(contact_of(engagement))) == told
    perform("meet_again", session, actor(advisor_of(engagement)), title="3回目の報告", **meeting(9))
    assert len(mails_to(contact_of(engagement))) == told + 1
    stored = session_of(engagement, 1)
    assert stored.state == "confirmed"
    assert stored.meetings.filter(called_off=False).count() == 3
    with pytest.raises(WrongState):
        perform("meet_again", session_of(engagement, 2), actor(advisor_of(engagement)), **meeting(9))


def test_a_second_report_takes_the_advisors_day() -> None:
    lead = advisor_user()
    first, second = EngagementFactory(advisor=lead), EngagementFactory(advisor=lead)
    perform("meet_again", confirm(first, 1), actor(lead), title="2回目の報告", **meeting(9))
    with pytest.raises(BadInput) as refusal:
        perform("schedule", session_of(second, 1), actor(contact_of(second)), **meeting(9))
    assert "別の町" in refusal.value.fields["starts_at"][0]


def test_the_page_keeps_what_was_typed_and_finds_the_town_by_its_name(client: Client) -> None:
    engagement, neighbour = EngagementFactory(), MunicipalityFactory()
    session = schedule(engagement, 1)
    path = f"/sessions/{session.pk}/day/"
    client.force_login(contact_of(engagement))
    assert "班と場所を保存する" in client.get(path).content.decode()
    form = {
        "do": "set_guests",
        "municipality": ["どこにもない町", neighbour.full_name, ""],
        "section": ["<b>課</b>", "住民課", ""],
        "name": ["見本 四郎", "見本 三郎", ""],
    }
    answer = client.post(path, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "&lt;b&gt;課&lt;/b&gt;" in page
    assert "市区町村が見つかりません" in page
    form["municipality"] = [neighbour.pk, neighbour.full_name, ""]
    assert client.post(path, form).status_code == 302
    assert [guest.municipality for guest in session.guests.all()] == [neighbour, neighbour]
    day = session.meetings.get().pk
    teams = {
        "do": "set_teams",
        "meeting": day,
        "team": ["A班", ""],
        "place": ["本庁舎", ""],
        "people": ["数人", ""],
    }
    assert client.post(path, teams).status_code == 422
    assert client.post(path, teams | {"people": ["5", ""]}).status_code == 302
    assert session.meetings.get().teams[0]["people"] == 5
    assert client.post(path, {"do": "nonsense"}).status_code == 404


def test_costs_are_shown_to_those_whom_they_concern(client: Client) -> None:
    engagement = EngagementFactory()
    Programme.objects.update(dispatch_costs="旅費は事務局が負担します。")
    session = schedule(engagement, 1)
    path = f"/sessions/{session.pk}/day/"
    client.force_login(advisor_of(engagement))
    form = {
        "do": "set_costs",
        "kind": ["fee", "travel"],
        "amount": ["10,000", ""],
        "payer": ["office"] * 2,
        "note": ["", ""],
    }
    assert client.post(path, form).status_code == 302
    client.force_login(office())
    assert "合わせて 10,000円" in client.get(path).content.decode()
    url = f"/api/v1/sessions/{session.pk}/"
    assert client.get(url).json()["costs"][0]["amount"] == 10_000
    client.force_login(member("approver", engagement.municipality))  # type: ignore[arg-type]
    assert "10,000" not in client.get(path).content.decode()
    assert "costs" not in client.get(url).json()


def test_the_page_is_not_for_others(client: Client) -> None:
    session = schedule(EngagementFactory(), 1)
    client.force_login(contact_of(EngagementFactory()))
    assert client.get(f"/sessions/{session.pk}/day/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_api_lists_days_in_constant_queries(
    client: Client, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(rows):
        engagement = EngagementFactory()
        session = schedule(engagement, 1)
        guest = {"municipality": MunicipalityFactory().pk, "section": "", "name": "見本 三郎"}
        perform("set_guests", session, actor(contact_of(engagement)), guests=[guest])
    client.force_login(office())
    with django_assert_max_num_queries(14):
        shown = client.get("/api/v1/sessions/").json()["results"]
    assert sum(len(row["guests"]) for row in shown) == rows


def test_a_day_too_far_is_refused_for_a_second_report() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    far = timezone.now() + timedelta(days=900)
    said = {"starts_at": far, "ends_at": far + timedelta(minutes=1), "mode": "online"}
    with pytest.raises(BadInput):
        perform("meet_again", session, actor(advisor_of(engagement)), **said)
