"""The log proves its own wholeness; each kind of damage is named."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from workflow import audit
from workflow.actors import Actor
from workflow.log import append, canonical_text, chain_hash, lock_head, personal_digest, record
from workflow.models import Event, EventPersonal, StreamHead

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)
ACTOR = Actor(kind="user", id="7", name="見本 花子", user_id=7)


def three_events(stream: str = "account:1") -> list[Event]:
    return [
        record(f"account.step{n}", ACTOR, stream=stream, data={"n": n}, personal={"note": "葛󠄀城"}, now=NOW)
        for n in (1, 2, 3)
    ]


def test_whole_log_has_no_faults():
    three_events()
    three_events("account:2")
    assert audit.faults() == []


def test_names_live_in_the_erasable_part_only():
    event = three_events()[0]
    assert "見本" not in event.canonical
    assert "見本" in event.personal.payload


def test_erasing_personal_values_keeps_the_chain_whole():
    three_events()
    EventPersonal.objects.all().delete()
    assert audit.faults() == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "account.other"},
        {"context": "x"},
        {"actor_key": "user:8"},
        {"visibility": "parties"},
        {"canonical": "{}"},
        {"hash": "0" * 64},
    ],
)
def test_altered_event_is_named(change):
    three_events()
    Event.objects.filter(stream="account:1", position=2).update(**change)
    assert audit.faults() == ["account:1: 記録 2 が書き換えられています。"]


def test_altered_personal_part_is_named():
    event = three_events()[1]
    EventPersonal.objects.filter(event=event).update(payload='{"actor":"別人"}')
    assert audit.faults() == ["account:1: 記録 2 が書き換えられています。"]


def test_rewritten_tail_is_caught_by_the_digest(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    three_events()
    digest = audit.read_digest(audit.write_digest(NOW.date()))
    last = Event.objects.get(stream="account:1", position=3)
    EventPersonal.objects.filter(event=last).delete()
    last.delete()
    StreamHead.objects.filter(stream="account:1").update(position=2, hash=Event.objects.get(position=2).hash)
    record("account.step3", ACTOR, stream="account:1", data={"n": 99}, now=NOW)
    assert audit.faults() == []
    assert audit.faults(digest) == ["account:1: 2026-09-03の控えと食い違っています。"]


def test_truncated_stream_is_named():
    EventPersonal.objects.filter(event=three_events()[2]).delete()
    Event.objects.filter(position=3).delete()
    assert audit.faults() == ["account:1: 記録が途中で切れています(2件、控えは3件)。"]


def test_hole_in_a_stream_is_named():
    EventPersonal.objects.filter(event=three_events()[1]).delete()
    Event.objects.filter(position=2).delete()
    assert audit.faults() == ["account:1: 記録 2 が欠けています。"]


def test_missing_stream_is_named_from_its_head_and_from_the_digest(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    three_events()
    digest = audit.read_digest(audit.write_digest(NOW.date()))
    EventPersonal.objects.all().delete()
    Event.objects.all().delete()
    assert audit.faults() == ["account:1: 記録がすべて失われています。"]
    StreamHead.objects.all().delete()
    assert audit.faults() == []
    assert audit.faults(digest) == ["account:1: 記録がすべて失われています。"]


def test_digest_with_a_wrong_signature_is_refused(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    three_events()
    path = audit.write_digest(NOW.date())
    content = json.loads(path.read_text())
    content["heads"]["account:1"][0] = 1
    path.write_text(json.dumps(content))
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_log", digest=path)
    assert stopped.value.code == 1
    assert "署名が合いません" in capsys.readouterr().err


def test_command_exits_with_one_and_names_the_stream(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    three_events()
    Event.objects.filter(position=1).update(type="account.other")
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_log")
    assert stopped.value.code == 1
    assert "account:1: 記録 1 が書き換えられています。" in capsys.readouterr().err


def test_a_day_has_one_digest(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    three_events()
    first = audit.write_digest(NOW.date()).read_text()
    three_events()
    assert audit.write_digest(NOW.date()).read_text() == first


@given(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5), st.none(), st.booleans())
    )
)
def test_canonical_text_does_not_depend_on_order(content):
    assert canonical_text(content) == canonical_text(dict(reversed(content.items())))
    assert json.loads(canonical_text(content)) == content


def test_canonical_text_is_sorted_without_spaces_and_writes_every_value():
    content = {
        "b": [1, None, True],
        "a": "葛󠄀城",
        "t": datetime(2026, 9, 3, 1, 42, tzinfo=UTC),
        "d": date(2026, 9, 3),
        "n": Decimal("1.50"),
        "s": Actor,
    }
    assert canonical_text(content) == (
        '{"a":"葛󠄀城","b":[1,null,true],"d":"2026-09-03","n":"1.50",'
        '"s":"<class \'workflow.actors.Actor\'>","t":"2026-09-03T01:42:00+00:00"}'
    )


def test_an_event_holds_all_that_was_said():
    earlier = datetime(2026, 9, 1, tzinfo=UTC)
    actor = Actor("user", "7", name="見本 花子", body="葛巻町")
    first = record("account.step", ACTOR, stream="account:1", now=NOW)
    event = append(
        stream="account:1",
        type="account.step",
        actor=actor,
        context="town:1",
        data={"n": 1},
        personal={"note": "秘密"},
        visibility="town",
        occurred_at=earlier,
        now=NOW,
    )
    personal = event.personal
    assert json.loads(event.canonical) == {
        "stream": "account:1",
        "position": 2,
        "type": "account.step",
        "context": "town:1",
        "visibility": "town",
        "occurred_at": earlier.isoformat(),
        "recorded_at": NOW.isoformat(),
        "actor": "user:7",
        "data": {"n": 1},
        "personal": personal_digest(personal.salt, personal.payload),
    }
    assert json.loads(personal.payload) == {"actor": "見本 花子", "body": "葛巻町", "note": "秘密"}
    stored = Event.objects.get(pk=event.pk)
    assert (stored.stream, stored.position, stored.type, stored.context) == (
        "account:1",
        2,
        "account.step",
        "town:1",
    )
    assert (stored.visibility, stored.occurred_at, stored.recorded_at) == ("town", earlier, NOW)
    assert (stored.actor_key, stored.previous_hash) == ("user:7", first.hash)
    assert stored.hash == chain_hash(first.hash, stored.canonical)
    head = StreamHead.objects.get()
    assert (head.position, head.hash) == (2, stored.hash)


def test_every_event_has_its_own_salt():
    """Else equal words would be known by their digest after they were erased."""
    salts = {event.personal.salt for event in three_events()}
    assert [len(salt) for salt in salts] == [32, 32, 32]


def test_what_is_recorded_is_the_offices_and_stands_alone_unless_said_otherwise():
    event = record("account.step", ACTOR, stream="account:1")
    assert (event.context, event.visibility) == ("account:1", "office")
    assert event.occurred_at == event.recorded_at
    assert json.loads(event.canonical)["data"] == {}
    assert json.loads(event.personal.payload) == {"actor": "見本 花子", "body": ""}


def test_what_is_recorded_keeps_what_is_said_otherwise():
    earlier = datetime(2026, 9, 1, tzinfo=UTC)
    event = record(
        "account.step",
        ACTOR,
        stream="account:1",
        context="town:1",
        data={"n": 1},
        personal={"note": "秘密"},
        visibility="parties",
        occurred_at=earlier,
        now=NOW,
    )
    assert (event.type, event.actor_key, event.stream, event.context) == (
        "account.step",
        "user:7",
        "account:1",
        "town:1",
    )
    assert (event.visibility, event.occurred_at, event.recorded_at) == ("parties", earlier, NOW)
    assert json.loads(event.canonical)["data"] == {"n": 1}
    assert json.loads(event.personal.payload)["note"] == "秘密"


def test_the_head_of_a_stream_is_made_once():
    head = lock_head("account:1")
    assert (head.stream, head.position, head.hash) == ("account:1", 0, "")
    record("account.step", ACTOR, stream="account:1", now=NOW)
    assert lock_head("account:1").position == 1
    assert StreamHead.objects.count() == 1
