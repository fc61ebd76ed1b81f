"""Who reads which event: planted events of other towns and of the office that must not leak."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Role, User
from engagements.journey import story
from engagements.journey.selectors import event_is_visible, visible_events
from engagements.models import Engagement
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    member,
    office,
    session_of,
)
from tests.sessions.helpers import schedule
from workflow import SYSTEM, perform, record
from workflow.models import Event, Visibility

pytestmark = pytest.mark.django_db


def plant(engagement: Engagement, name: str, visibility: str) -> None:
    context = f"engagement:{engagement.pk}"
    record(
        name,
        SYSTEM,
        stream=context,
        context=context,
        visibility=visibility,
        data={"secret": "もれてはいけない"},
    )


def planted() -> tuple[Engagement, Engagement]:
    """Two engagements, each with an event of every visibility, and offers that were declined."""
    pair = EngagementFactory(), EngagementFactory()
    for engagement in pair:
        for visibility in Visibility.values:
            plant(engagement, f"test.{visibility}", visibility)
        plant(engagement, "offer.decline", Visibility.PARTIES)
    return pair


def names(user: object) -> set[tuple[str, str]]:
    rows = visible_events(actor(user)).filter(type__regex=r"^(test|offer)\.")
    return {(event.context, event.type) for event in rows}


def test_each_side_reads_what_is_for_it_and_nothing_of_another_town() -> None:
    own, _other = planted()
    context = f"engagement:{own.pk}"
    town = {(context, "test.parties"), (context, "test.town")}
    assert names(contact_of(own)) == town
    assert names(member(Role.APPROVER, own.municipality)) == town
    assert names(advisor_of(own)) == {(context, "test.parties"), (context, "test.advisor")}
    assert names(member(Role.EMPLOYER, own.municipality)) == set()


def test_the_office_and_auditors_read_all() -> None:
    planted()
    for user in (office(), member(Role.AUDITOR), member(Role.ADMIN)):
        assert len(names(user)) == 10


def test_asking_for_a_foreign_context_gives_nothing() -> None:
    own, other = planted()
    assert not visible_events(actor(contact_of(own)), [f"engagement:{other.pk}"]).exists()


def test_predicate_and_queryset_agree() -> None:
    own, other = planted()
    people = {Role.CONTACT: contact_of(own), Role.ADVISOR: advisor_of(own), Role.APPROVER: contact_of(other)}
    for role, user in people.items():
        reader = actor(user)
        expected = (
            set(visible_events(reader).values_list("pk", flat=True)) if reader.has_role(role) else set()
        )
        found = {
            event.pk for event in visible_events(actor(office())) if event_is_visible(reader, role, event)
        }
        assert found == expected


def test_a_former_advisor_reads_no_more() -> None:
    engagement = EngagementFactory()
    lead = advisor_of(engagement)
    lead.engagement_roles.update(valid_to=timezone.localdate() - timedelta(days=1))
    assert not visible_events(actor(lead)).exists()


def test_the_office_has_no_names_for_the_parties_and_the_log_speaks() -> None:
    engagement = EngagementFactory()
    boss = office()
    schedule(engagement, 1, 10)
    perform("postpone", session_of(engagement, 1), actor(boss), reason="議会のため")
    reader = actor(contact_of(engagement))
    events = visible_events(reader, [f"engagement:{engagement.pk}"])
    lines = story.lines(events, reader, {session_of(engagement, 1).stream: "① 研修"})
    told = [f"{line.who}{line.what} {line.note}" for line in lines]
    assert told[0] == "事務局が① 研修の延期を決めました 理由「議会のため」"
    assert f"{contact_of(engagement).name}さんが① 研修の日程を決めました" in told[2]
    assert not any(boss.name in sentence for sentence in told)
    assert boss.name in story.lines(events, actor(boss))[0].who


@pytest.mark.parametrize("reads", ["ja", "en"])
@pytest.mark.parametrize("acts", ["ja", "en"])
@pytest.mark.parametrize("kept", [True, False])
def test_no_name_of_the_office_is_read_in_any_language(acts: str, reads: str, kept: bool) -> None:
    """Whatever language the office's person and the reader use, and in events from before the fact was kept."""
    engagement, boss = EngagementFactory(), office()
    schedule(engagement, 1, 10)
    session = session_of(engagement, 1)
    with override(acts):
        perform("postpone", session, actor(boss), reason="議会のため")
    if not kept:
        _forget_the_fact(Event.objects.latest("pk"))
    with override(reads):
        for person in (contact_of(engagement), advisor_of(engagement)):
            assert boss.name not in _everything_read(engagement, session, person)
        assert boss.name in _everything_read(engagement, session, boss)


def _forget_the_fact(event: Event) -> None:
    content = json.loads(event.canonical)
    assert content.pop("office") is True
    Event.objects.filter(pk=event.pk).update(canonical=json.dumps(content))


def _everything_read(engagement: Engagement, session: Any, person: User) -> str:
    """What pages and API tell this person of the log."""
    client = Client()
    client.force_login(person)
    api = client.get("/api/v1/events/", {"context": f"engagement:{engagement.pk}"}).json()["results"]
    assert [row for row in api if row["type"] == "session.postpone"]
    pages = [session.get_absolute_url(), engagement.get_absolute_url()]
    return json.dumps(api, ensure_ascii=False) + "".join(client.get(page).content.decode() for page in pages)
