"""The log proves its own wholeness; each kind of damage is named."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from workflow import audit, seals
from workflow.actors import Actor
from workflow.log import append, canonical_text, chain_hash, erase, lock_head, personal_digest, record
from workflow.models import Event, EventPersonal, StreamBirth, StreamCount, StreamHead

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)
ACTOR = Actor(kind="user", id="7", name="見本 花子", user_id=7)


@pytest.fixture(autouse=True)
def _counter():
    """The register's counter, which a migration makes and a test that empties all tables takes away."""
    count = StreamCount(name=seals.REGISTER, seal=seals.sign("count", f"{seals.REGISTER}\n0"))
    StreamCount.objects.get_or_create(name=count.name, defaults={"seal": count.seal})


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


def test_erasing_personal_values_keeps_the_chain_whole_and_leaves_a_tombstone():
    events = three_events()
    assert erase(events[:2], ACTOR, reason="保存期間の満了", now=NOW) == 2
    assert erase(events[:2], ACTOR, reason="保存期間の満了", now=NOW) == 0
    assert audit.faults() == []
    tombstone = Event.objects.get(type="personal.erased")
    assert json.loads(tombstone.canonical)["data"] == {"positions": [1, 2], "reason": "保存期間の満了"}
    assert list(EventPersonal.objects.values_list("event__position", flat=True)) == [3, 4]


def test_a_personal_part_that_is_gone_without_a_tombstone_is_named():
    events = three_events()
    erase(events[:1], ACTOR, reason="保存期間の満了", now=NOW)
    EventPersonal.objects.filter(event__position__in=[1, 2]).delete()
    assert audit.faults() == ["account:1: 記録 2 の個人に関する部分が、消した記録なしに消えています。"]


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


def lose(events):
    """As somebody with the database's password alone would."""
    EventPersonal.objects.filter(event__in=events).delete()
    events.delete()


def cut(stream, left):
    """Truncate a stream and mend its head."""
    lose(Event.objects.filter(stream=stream, position__gt=left))
    last = Event.objects.get(stream=stream, position=left)
    StreamHead.objects.filter(stream=stream).update(position=left, hash=last.hash)


SEAL = "account:1: 末尾の控えの封が合いません。記録が切り取られたか、書き直されています。"


def test_a_truncated_stream_with_a_mended_head_is_named_at_once_and_for_ever():
    three_events()
    cut("account:1", 2)
    assert audit.faults() == [SEAL]
    record("account.step3", ACTOR, stream="account:1", data={"n": 99}, now=NOW)
    assert audit.faults() == [SEAL], "what is written afterwards mends nothing"


def test_a_stream_without_an_object_that_vanished_is_named_at_once_and_for_ever():
    record("security.refused", ACTOR, stream="security", now=NOW)
    three_events()
    lose(Event.objects.filter(stream="security"))
    StreamHead.objects.filter(stream="security").delete()
    assert audit.faults() == ["security: 記録がすべて失われています。"]
    record("security.refused", ACTOR, stream="security", now=NOW)
    assert audit.faults() == ["security: 記録の台帳と食い違っています。初めから書き直されています。"]


def test_a_stream_that_vanished_with_its_entry_in_the_register_leaves_a_hole():
    record("security.refused", ACTOR, stream="security", now=NOW)
    three_events()
    lose(Event.objects.filter(stream="security"))
    StreamHead.objects.filter(stream="security").delete()
    StreamBirth.objects.filter(stream="security").delete()
    assert audit.faults() == ["記録の台帳: 1番の記録が、台帳の行ごと失われています。"]


@pytest.mark.parametrize("change", [{"last": 0}, {"last": 3}, {"seal": "0" * 64}])
def test_a_moved_count_of_the_register_is_named_and_stays_so(change):
    three_events()
    StreamCount.objects.update(**change)
    assert audit.faults()[0] == "記録の台帳: 件数の控えが書き換えられています。"
    three_events("account:2")
    assert audit.faults()[0] == "記録の台帳: 件数の控えが書き換えられています。"


def test_an_emptied_register_is_named():
    three_events()
    StreamBirth.objects.all().delete()
    StreamCount.objects.all().delete()
    assert audit.faults() == ["account:1: 記録の台帳に載っていません。"]


def test_a_log_from_before_the_seals_is_entered_as_it_is():
    three_events()
    three_events("account:2")
    StreamBirth.objects.all().delete()
    StreamCount.objects.all().delete()
    StreamHead.objects.update(seal="")
    assert len(audit.faults()) == 2
    import_module("workflow.migrations.0004_seals").enter_what_there_is(apps, None)
    assert audit.faults() == []
    assert list(StreamBirth.objects.order_by("number").values_list("stream", flat=True)) == [
        "account:1",
        "account:2",
    ]


def test_an_emptied_database_gets_its_counter_from_the_sweep():
    StreamCount.objects.all().delete()
    three_events()
    assert (StreamBirth.objects.get().number, audit.faults()) == (None, [])
    assert seals.number_births() == 1
    assert (StreamBirth.objects.get().number, audit.faults()) == (1, [])
    StreamCount.objects.all().delete()
    assert audit.faults() == ["記録の台帳: 件数の控えがありません。"]
    three_events("account:2")
    seals.number_births()
    assert audit.faults() == ["記録の台帳: 件数の控えが書き換えられています。"], "a lost one is not made good"


def test_what_could_not_be_numbered_at_once_is_numbered_by_the_sweep():
    three_events()
    birth, count = StreamBirth.objects.get(), StreamCount.objects.get()
    birth.number, count.last = None, 0
    birth.seal, count.seal = (
        seals.sign("birth", f"account:1\n{birth.first}\nNone"),
        seals.sign("count", "streams\n0"),
    )
    birth.save()
    count.save()
    assert audit.faults() == []
    assert [seals.number_births(), seals.number_births()] == [1, 0]
    assert (StreamBirth.objects.get().number, StreamCount.objects.get().last) == (1, 1)
    assert audit.faults() == []


def test_the_log_put_back_with_its_seals_is_known_to_the_digest_alone(settings, tmp_path):
    """What nobody can see without a witness outside, as docs/operations.md says."""
    settings.DATA_DIR = tmp_path
    three_events()
    head = StreamHead.objects.get()
    record("account.step4", ACTOR, stream="account:1", now=NOW)
    digest = audit.read_digest(audit.write_digest(NOW.date()))
    lose(Event.objects.filter(position=4))
    head.save()
    assert audit.faults() == []
    assert audit.faults(digest) == ["account:1: 2026-09-03の控えより短くなっています。"]


def test_a_former_secret_still_holds_and_seals_can_be_renewed(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    three_events()
    audit.write_digest(NOW.date())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    call_command("verify_log")
    settings.SECRET_KEY_FALLBACKS = []
    assert SEAL in audit.faults()
    call_command("verify_log", renew_seals=True)
    assert audit.faults() == []
    call_command("verify_log")
    assert "account:1" not in capsys.readouterr().err
    assert Event.objects.filter(type="log.seals_renewed", stream="security").count() == 1


def test_seals_are_not_renewed_over_a_broken_chain(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    three_events()
    Event.objects.filter(position=1).update(type="account.other")
    with pytest.raises(SystemExit):
        call_command("verify_log", renew_seals=True)
    assert "account:1: 記録 1 が書き換えられています。" in capsys.readouterr().err
    assert Event.objects.filter(type="log.seals_renewed").count() == 0


def test_the_audit_asks_as_often_for_many_streams_as_for_one(django_assert_num_queries):
    three_events()
    with CaptureQueriesContext(connection) as asked:
        audit.faults(audit.make_digest(NOW.date()))
    for number in range(2, 6):
        three_events(f"account:{number}")
    with django_assert_num_queries(len(asked)):
        assert audit.faults(audit.make_digest(NOW.date())) == []


def test_truncated_stream_is_named():
    EventPersonal.objects.filter(event=three_events()[2]).delete()
    Event.objects.filter(position=3).delete()
    assert audit.faults() == ["account:1: 記録が途中で切れています(2件、控えは3件)。"]


def test_hole_in_a_stream_is_named():
    EventPersonal.objects.filter(event=three_events()[1]).delete()
    Event.objects.filter(position=2).delete()
    assert audit.faults() == ["account:1: 記録 2 が欠けています。"]


def test_missing_stream_is_named_from_its_head_from_the_register_and_from_the_digest(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    three_events()
    digest = audit.read_digest(audit.write_digest(NOW.date()))
    lose(Event.objects.all())
    gone = ["account:1: 記録がすべて失われています。"]
    assert audit.faults() == gone
    StreamHead.objects.all().delete()
    assert audit.faults() == gone
    StreamBirth.objects.all().delete()
    assert audit.faults() == ["記録の台帳: 1番の記録が、台帳の行ごと失われています。"]
    StreamCount.objects.all().delete()
    assert audit.faults() == []
    assert audit.faults(digest) == gone


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
