"""Agreeing on a day: proposed, held for a while, answered by the other side, chosen, and released by the sweep."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagements.models import Engagement
from engagements.sessions import calendar, services
from engagements.sessions.date_checks import read_options
from engagements.sessions.jobs import expire_date_holds
from engagements.sessions.models import DateOption, Session
from municipalities.dates import add_working_days, is_working_day
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    advisor_user,
    contact_of,
    office,
    session_of,
)
from workflow import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Outbox, Span

pytestmark = pytest.mark.django_db


def plain_day(ahead: int = 1) -> date:
    """The so-many-th open day after in three weeks that lies in no removal season."""
    day = add_working_days(timezone.localdate() + timedelta(days=20), ahead)
    in_season = date(day.year, 3, 10) < day < date(day.year, 4, 20)
    return add_working_days(date(day.year, 5, 10), ahead) if in_season else day


def row(day: date, hour: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "starts_at": f"{day}T{hour:02d}:00",
        "ends_at": f"{day}T{hour + 2:02d}:00",
        "mode": "onsite",
        "place": "本庁舎",
    } | more


def propose(engagement: Engagement, user: Any, *days: date, number: int = 1, **more: Any) -> Session:
    session = session_of(engagement, number)
    perform("propose", session, actor(user), options=[row(day) for day in days], **more)
    return session


def answer(session: Session, user: Any, *answers: str) -> None:
    options = session.date_options.filter(state="open").order_by("starts_at")
    rows = [
        {"option": option.pk, "answer": said, "note": ""}
        for option, said in zip(options, answers, strict=False)
    ]
    perform("answer_dates", session, actor(user), answers=rows)


def turn(session: Session) -> tuple[str, date | None]:
    span = Span.objects.get(stream=session.stream, left_at=None)
    return span.turn_role, span.due_on


def mails_to(user: Any) -> list[str]:
    return list(Outbox.objects.filter(kind="mail", address=user.email).values_list("subject", flat=True))


def test_the_advisor_proposes_the_town_chooses_and_the_others_are_free_again() -> None:
    engagement = EngagementFactory()
    days = [plain_day(1), plain_day(2), plain_day(3)]
    session = propose(engagement, advisor_of(engagement), *days)
    until = timezone.localdate() + timedelta(days=engagement.programme.hold_days)
    assert turn(session) == ("contact", until)
    assert len(mails_to(contact_of(engagement))) == 1
    assert mails_to(advisor_of(engagement)) == []
    wanted = session.date_options.get(starts_at__date=days[1])
    services.choose_date(session, option=wanted.pk, actor=actor(contact_of(engagement)), now=timezone.now())
    stored = session_of(engagement, 1)
    assert stored.state == "scheduled"
    assert [timezone.localdate(day.starts_at) for day in stored.meetings.all()] == [days[1]]
    states = dict(stored.date_options.values_list("starts_at__date", "state"))
    assert states == {days[0]: "released", days[1]: "chosen", days[2]: "released"}


def test_answers_go_back_to_the_proposer_who_settles_on_a_yes() -> None:
    engagement = EngagementFactory()
    town, advisor = contact_of(engagement), advisor_of(engagement)
    session = propose(engagement, town, plain_day(1), plain_day(2))
    assert turn(session)[0] == "advisor"
    answer(session, advisor, "no", "yes")
    assert turn(session)[0] == "contact"
    refused, agreed = session.date_options.order_by("starts_at")
    with pytest.raises(BadInput) as refusal:
        services.choose_date(session, option=refused.pk, actor=actor(town), now=timezone.now())
    assert set(refusal.value.fields) == {"option"}
    services.choose_date(session, option=agreed.pk, actor=actor(town), now=timezone.now())
    assert session_of(engagement, 1).state == "scheduled"


def test_a_counter_proposal_takes_the_place_of_the_first() -> None:
    engagement = EngagementFactory()
    session = propose(engagement, advisor_of(engagement), plain_day(1))
    propose(engagement, contact_of(engagement), plain_day(4))
    assert turn(session)[0] == "advisor"
    assert list(session.date_options.order_by("starts_at").values_list("side", "state")) == [
        ("advisor", "released"),
        ("town", "open"),
    ]


def test_nobody_answers_for_the_other_side_nor_withdraws_what_is_not_theirs() -> None:
    engagement = EngagementFactory()
    town, advisor = contact_of(engagement), advisor_of(engagement)
    session = propose(engagement, advisor, plain_day(1))
    with pytest.raises(BadInput):
        answer(session, advisor, "yes")
    with pytest.raises(BadInput):
        perform("withdraw_dates", session, actor(town))
    with pytest.raises(NotAllowed):
        perform("propose", session, actor(office()), options=[row(plain_day(2))])
    perform("withdraw_dates", session, actor(advisor))
    assert turn(session)[0] == "contact"
    assert len(mails_to(town)) == 2
    with pytest.raises(GuardsUnmet):
        answer(session, town, "yes")


def test_the_sweep_releases_a_hold_and_tells_the_proposer_once() -> None:
    engagement = EngagementFactory()
    advisor = advisor_of(engagement)
    session = propose(engagement, advisor, plain_day(1), plain_day(2))
    last = timezone.make_aware(
        datetime.combine(session.date_options.first().held_until, time(23, 50))  # type: ignore[union-attr]
    )
    assert expire_date_holds(last) == 0
    later = last + timedelta(minutes=20)
    assert (expire_date_holds(later), expire_date_holds(later)) == (1, 0)
    assert {option.state for option in session.date_options.all()} == {"expired"}
    assert len(mails_to(advisor)) == 1
    assert turn(session)[0] == "contact"


@pytest.mark.parametrize("state", ["paused", "reassigning", "closed"])
def test_an_engagement_that_stands_still_keeps_no_day(state: str) -> None:
    engagement = EngagementFactory()
    session = propose(engagement, advisor_of(engagement), plain_day(1))
    assert expire_date_holds(timezone.now()) == 0
    Engagement.objects.filter(pk=engagement.pk).update(state=state)
    assert expire_date_holds(timezone.now()) == 1
    assert session.date_options.get().state == "expired"


def test_a_hold_never_outlives_its_last_date() -> None:
    engagement = EngagementFactory()
    tomorrow = timezone.localdate() + timedelta(days=1)
    session = propose(engagement, advisor_of(engagement), tomorrow, sure=True)
    assert session.date_options.get().held_until == tomorrow


def test_days_to_be_careful_with_are_named_before_they_are_proposed() -> None:
    engagement = EngagementFactory()
    year = timezone.localdate().year + 1
    days = [date(year, 5, 3), date(year, 4, 1), add_working_days(date(year, 6, 1), 0)]
    with pytest.raises(BadInput) as refusal:
        propose(engagement, advisor_of(engagement), *days)
    assert set(refusal.value.fields) == {"options.1", "options.2", "sure"}
    assert "憲法記念日" in refusal.value.fields["options.1"][0]
    assert not DateOption.objects.exists()
    propose(engagement, advisor_of(engagement), *days, sure=True)
    assert DateOption.objects.filter(state="open").count() == 3


def test_a_day_held_for_another_town_is_said_without_its_name() -> None:
    lead, day = advisor_user(), plain_day(1)
    first, second = EngagementFactory(advisor=lead), EngagementFactory(advisor=lead)
    propose(first, lead, day)
    with pytest.raises(BadInput) as refusal:
        propose(second, contact_of(second), day)
    said = refusal.value.fields["options.1"][0]
    assert "別の町" in said
    assert first.municipality_name not in said


def test_a_day_promised_to_another_town_can_not_be_proposed_at_all() -> None:
    lead, day = advisor_user(), plain_day(1)
    first, second = EngagementFactory(advisor=lead), EngagementFactory(advisor=lead)
    session = propose(first, lead, day)
    option = session.date_options.get()
    services.choose_date(session, option=option.pk, actor=actor(contact_of(first)), now=timezone.now())
    with pytest.raises(BadInput):
        propose(second, lead, day, sure=True)


@pytest.mark.parametrize(
    "options",
    [
        [],
        "x",
        [{}] * 6,
        [1],
        [row(date(2020, 1, 6))],
        [row(date(2999, 1, 6))],
        [row(plain_day(1)) | {"ends_at": f"{plain_day(1)}T09:00"}],
        [row(plain_day(1), mode="boat")],
        [row(plain_day(1), place="あ" * 201)],
        [row(plain_day(1)), row(plain_day(1))],
        [row(plain_day(1)) | {"starts_at": "2026-02-31T10:00"}],
    ],
)
def test_what_can_not_be_read_is_refused_row_by_row(options: Any) -> None:
    engagement = EngagementFactory()
    session = session_of(engagement, 1)
    with pytest.raises(BadInput):
        perform("propose", session, actor(advisor_of(engagement)), options=options, sure=True)
    assert not DateOption.objects.exists()


@pytest.mark.parametrize(
    "answers", [[], "x", [1], [{"option": 0, "answer": "yes"}], [{"option": True, "answer": "yes"}]]
)
def test_answers_are_to_dates_that_are_open(answers: Any) -> None:
    engagement = EngagementFactory()
    session = propose(engagement, advisor_of(engagement), plain_day(1))
    with pytest.raises(BadInput):
        perform("answer_dates", session, actor(contact_of(engagement)), answers=answers)


def test_the_order_of_sessions_and_a_settled_date_stand_in_the_way() -> None:
    engagement = EngagementFactory()
    with pytest.raises(GuardsUnmet):
        propose(engagement, advisor_of(engagement), plain_day(1), number=2)
    session = propose(engagement, advisor_of(engagement), plain_day(1))
    option = session.date_options.get()
    services.choose_date(session, option=option.pk, actor=actor(contact_of(engagement)), now=timezone.now())
    with pytest.raises(WrongState):
        propose(engagement, advisor_of(engagement), plain_day(2))
    with pytest.raises(BadInput):
        services.choose_date(
            session, option=option.pk, actor=actor(contact_of(engagement)), now=timezone.now()
        )


def test_the_office_settles_for_a_town_that_phones() -> None:
    engagement = EngagementFactory()
    session = propose(engagement, advisor_of(engagement), plain_day(1), plain_day(2))
    option = session.date_options.latest("starts_at")
    services.choose_date(session, option=option.pk, actor=actor(office()), now=timezone.now())
    assert session_of(engagement, 1).state == "scheduled"
    assert mails_to(advisor_of(engagement))


def test_a_cancelled_session_keeps_no_day() -> None:
    engagement = EngagementFactory()
    session = propose(engagement, advisor_of(engagement), plain_day(1))
    perform("cancel", session, actor(office()), reason="町の都合")
    assert session.date_options.get().state == "released"


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_a_day_without_a_sentence_is_an_open_day_outside_the_season(day: date) -> None:
    class Programme:
        removal_from, removal_to = "03-15", "04-15"

    season = date(day.year, 3, 15) <= day <= date(day.year, 4, 15)
    assert calendar.in_season(day, Programme) == season
    assert bool(calendar._closed(day)) == (not is_working_day(day))


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_a_season_may_run_over_the_new_year(day: date) -> None:
    class Programme:
        removal_from, removal_to = "12-20", "01-10"

    assert calendar.in_season(day, Programme) == (
        (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 10)
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["starts_at", "ends_at", "mode", "place"]), inner)
        ),
        max_leaves=12,
    )
)
def test_any_rows_are_read_or_refused_with_a_sentence(rows: Any) -> None:
    found, faults = read_options(rows)
    assert faults or (1 <= len(found) <= 5)


# --- pages and the API -----------------------------------------------------------------------------------


def form(*days: date, **more: Any) -> dict[str, Any]:
    blank = 5 - len(days)
    return {
        "do": "propose",
        "day": [*(str(day) for day in days), *[""] * blank],
        "start": ["10:00"] * 5,
        "end": ["12:00"] * 5,
        "mode": ["online"] * 5,
        "place": [""] * 5,
    } | more


def test_both_sides_agree_on_the_page(client: Client) -> None:
    engagement = EngagementFactory()
    path = f"/sessions/{session_of(engagement, 1).pk}/dates/"
    client.force_login(advisor_of(engagement))
    assert client.post(path, form(plain_day(1), plain_day(2))).status_code == 302
    assert "返事待ち" in client.get(path).content.decode()
    client.force_login(contact_of(engagement))
    home = client.get("/").content.decode()
    assert "日程を選んでください" in home
    assert "候補が2つ届いています" in home
    assert path in home
    first, second = session_of(engagement, 1).date_options.order_by("starts_at")
    page = client.get(path).content.decode()
    assert f'name="answer-{first.pk}"' in page
    answered = {
        "do": "answer_dates",
        f"answer-{first.pk}": "adjust",
        f"note-{first.pk}": "午後なら",
        f"answer-{second.pk}": "yes",
    }
    assert client.post(path, answered).status_code == 302
    client.force_login(advisor_of(engagement))
    assert "の日を決めてください" in client.get("/").content.decode()
    assert "午後なら" in client.get(path).content.decode()
    assert client.post(path, {"choose": second.pk}).status_code == 302
    assert session_of(engagement, 1).state == "scheduled"
    assert "これまでの候補 2件" in client.get(path).content.decode()


def test_what_was_typed_stays_with_its_sentence(client: Client) -> None:
    engagement = EngagementFactory()
    path = f"/sessions/{session_of(engagement, 1).pk}/dates/"
    client.force_login(advisor_of(engagement))
    sunday = plain_day(1) + timedelta(days=6 - plain_day(1).weekday())
    typed = form(plain_day(1), sunday, place=["<b>ホール</b>", "", "", "", ""])
    answer = client.post(path, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "&lt;b&gt;ホール&lt;/b&gt;" in page
    assert f'value="{sunday}"' in page
    assert "週末" in page
    assert client.post(path, typed | {"sure": "on"}).status_code == 302


def test_the_page_is_for_those_who_see_the_session(client: Client) -> None:
    engagement, other = EngagementFactory(), EngagementFactory()
    path = f"/sessions/{session_of(engagement, 1).pk}/dates/"
    client.force_login(contact_of(other))
    assert client.get(path).status_code == 404
    assert client.post(path, form(plain_day(1))).status_code == 404
    client.force_login(office())
    assert client.get(path).status_code == 200
    assert client.post(path, form(plain_day(1))).status_code == 403
    assert client.post(path, {"do": "nonsense"}).status_code == 404


@pytest.mark.parametrize("towns", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_towns(client: Client, towns: int) -> None:
    from django.db import connection

    lead, engagement = advisor_user(), None
    for number in range(towns + 1):
        engagement = EngagementFactory(advisor=lead)
        propose(engagement, lead, plain_day(1 + number))
    assert engagement is not None
    path = f"/sessions/{session_of(engagement, 1).pk}/dates/"
    client.force_login(contact_of(engagement))
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(path).content.decode()
    assert len(captured) <= 34
    assert "別の町の予定" in page


def test_the_api_shows_and_settles_dates(client: Client) -> None:
    engagement = EngagementFactory()
    session = session_of(engagement, 1)
    client.force_login(advisor_of(engagement))
    url = f"/api/v1/sessions/{session.pk}/"
    body = {"options": [row(plain_day(1)), row(plain_day(2))]}
    sent = client.post(f"{url}transitions/propose/", body, content_type="application/json")
    assert sent.status_code == 200, sent.content
    shown = client.get(url).json()["date_options"]
    assert [option["side"] for option in shown] == ["advisor", "advisor"]
    own = client.post(f"{url}choose-date/", {"option": shown[0]["id"]}, content_type="application/json")
    assert own.status_code == 422
    client.force_login(contact_of(engagement))
    done = client.post(f"{url}choose-date/", {"option": shown[0]["id"]}, content_type="application/json")
    assert done.json()["state"] == "scheduled"
    again = client.post(f"{url}choose-date/", {"option": shown[1]["id"]}, content_type="application/json")
    assert again.status_code == 422
    assert client.get(url).json()["date_options"] == []
