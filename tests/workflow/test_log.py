"""The log proves its own wholeness; each kind of damage is named."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from workflow import audit
from workflow.actors import Actor
from workflow.log import canonical_text, record
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
