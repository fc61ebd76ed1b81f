"""Recording on the day: joining, what arrives from devices, and the route that taps make."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements.survey import selectors, services
from engagements.survey.measures import FIELDS, encode, measure_survey, read_survey
from engagements.survey.models import Recorder, RecorderDay, SetAside, Tap, WrongPin
from engagements.survey.recorder import passes, taps
from engagements.survey.recorder.fold import KINDS_OF_TAP, Said, as_route
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory
from workflow.errors import BadInput, Conflict, NotAllowed
from workflow.models import Event

START = datetime(2026, 9, 17, 0, 30, tzinfo=UTC)
SCENARIO = {
    "id": "s1",
    "life_event": "move_in",
    "household": [{"id": "p1"}, {"id": "p2"}],
    "procedures": [{"id": "k1", "name": "転入届"}, {"id": "k2", "name": "国保"}],
}


def said(kind, minute, recorder=1, /, uid="", **data):
    return Said(uid or f"{kind}-{minute}-{recorder}", kind, START + timedelta(minutes=minute), data, recorder)


def route(*taps_, **more):
    return as_route(taps_, id="day-t1", scenario=SCENARIO, team="A班", **more)


WALK = (
    said(
        "arrive",
        2,
        visit="v1",
        counter="1番 住民",
        section="住民会計課",
        building="本庁舎",
        floor="1階",
        distance_m=20,
    ),
    said("called", 9, visit="v1"),
    said("write", 10, visit="v1", form="転入届", field="name", person="p1", how="written", times=1),
    said("write", 11, visit="v1", form="転入届", field="name", person="p1", how="written", times=1),
    said("write", 12, visit="v1", form="転入届", field="address", person="p1", how="prefilled", times=1),
    said("notice", 13, visit="v1", kind="problem", category="form", text="同じ住所を2回書いた"),
    said("again", 14, visit="v1"),
    said("procedure", 20, visit="v1", procedure="k1"),
    said("done", 20, visit="v1", outcome="done"),
    said("notice", 21, visit="", kind="good", category="service", text="入口で声をかけられた"),
    said("end", 30, ended="out_of_time", why="税の窓口が混んでいた"),
)


# --- from taps to a route -------------------------------------------------------------------------------------


def test_taps_make_a_route_of_the_format():
    made = route(*WALK, actor="newcomer", blind="actors")
    (visit,) = made["visits"]
    assert (made["ended"], made["ended_why"], made["actor"]) == (
        "out_of_time",
        "税の窓口が混んでいた",
        "newcomer",
    )
    assert (visit["counter"], visit["distance_m"], visit["procedures"]) == ("1番 住民", 20, ["k1"])
    assert (visit["explained_again"], visit["outcome"]) == (1, "done")
    (form,) = visit["forms"]
    assert [(w["field"], w["times"], w.get("how")) for w in form["writes"]] == [
        ("name", 2, None),
        ("address", 1, "prefilled"),
    ]
    assert [item["text"] for item in visit["observations"]] == ["同じ住所を2回書いた"]
    assert [item["text"] for item in made["observations"]] == ["入口で声をかけられた"]
    assert route() is None


def test_what_was_taken_back_counts_nowhere():
    name = said("write", 10, uid="w1", visit="v1", field="name", times=1)
    back = Said("u1", "undo", START, {"uid": "w1"})
    assert [
        len(route(*taps_)["visits"][0]["forms"]) for taps_ in ((WALK[0], name), (WALK[0], name, back))
    ] == [1, 0]


def test_an_end_that_was_taken_back_leaves_the_route_open():
    end = said("end", 30, uid="e1", ended="finished")
    made = route(WALK[0], end, Said("u1", "undo", START + timedelta(minutes=31), {"uid": "e1"}))
    assert "ended" not in made
    assert "finished_at" not in made


def test_two_recorders_at_one_counter_record_one_visit_without_loss():
    place = {"counter": "税", "building": "本庁舎", "floor": "1階"}
    made = route(
        said("arrive", 1, 1, visit="a", **place),
        said("arrive", 2, 2, visit="b", **place),
        said("write", 3, 1, visit="a", field="name", times=1),
        said("write", 4, 2, visit="b", field="phone", times=1),
        said("called", 5, 2, visit="b"),
        said("done", 9, 1, visit="a"),
        said("done", 10, 2, visit="b"),
    )
    (visit,) = made["visits"]
    assert (visit["called_at"], visit["finished_at"]) == (
        "2026-09-17T09:35:00+09:00",
        "2026-09-17T09:40:00+09:00",
    )
    assert {write["field"] for form in visit["forms"] for write in form["writes"]} == {"name", "phone"}


def test_the_same_counter_later_or_by_the_same_recorder_is_another_visit():
    place = {"counter": "税"}
    twice = (
        said("arrive", 1, 1, visit="a", **place),
        said("done", 3, 1, visit="a"),
        said("arrive", 4, 1, visit="b", **place),
    )
    assert len(route(*twice)["visits"]) == 2
    later = (said("arrive", 1, 1, visit="a", **place), said("arrive", 30, 2, visit="b", **place))
    assert len(route(*later)["visits"]) == 2
    after = (
        said("arrive", 1, 1, visit="a", **place),
        said("done", 3, 1, visit="a"),
        said("arrive", 4, 2, visit="b", **place),
    )
    assert len(route(*after)["visits"]) == 2


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2000),
    st.text(max_size=8),
    st.sampled_from(["v1", "v2", "v3", "p1", "k1", "done", "left", "finished", "problem", *FIELDS]),
)
DATA = st.dictionaries(
    st.sampled_from(
        [
            "visit",
            "counter",
            "field",
            "person",
            "times",
            "how",
            "form",
            "procedure",
            "outcome",
            "ended",
            "text",
            "kind",
            "uid",
        ]
    ),
    VALUES,
    max_size=6,
)
TAPS = st.lists(
    st.builds(
        lambda kind, second, recorder, data: Said(
            "", kind, START + timedelta(seconds=second), data, recorder
        ),
        st.sampled_from([*KINDS_OF_TAP, "undo", "nonsense"]),
        st.integers(0, 20_000),
        st.integers(1, 3),
        DATA,
    ),
    max_size=40,
).map(lambda found: [Said(f"u{n}", tap.kind, tap.at, tap.data, tap.recorder) for n, tap in enumerate(found)])


@settings(max_examples=300, deadline=None)
@given(TAPS, st.randoms())
def test_whatever_devices_say_is_a_route_that_the_format_takes_in_any_order(found, dice):
    made = as_route(found, id="r1", scenario=SCENARIO, team="A")
    mixed = list(found)
    dice.shuffle(mixed)
    assert as_route(mixed, id="r1", scenario=SCENARIO, team="A") == made
    head = {"municipality": "033022", "held_on": "2026-09-17", "round": 1}
    document = {
        "format": "madoguchi-survey/1",
        "survey": head,
        "scenarios": [SCENARIO],
        "routes": [made] if made else [],
    }
    measured = measure_survey(read_survey(encode(document)))
    assert len(measured["routes"]) == bool(made)


# --- joining ---------------------------------------------------------------------------------------------------


@pytest.fixture
def survey(db):
    made = SurveyFactory(records__teams=1)
    document = selectors.latest_document(made)
    services.import_document(
        made,
        encode(document | {"routes": []}),
        actor=acting(contact_of(made.engagement)),
        now=timezone.now(),
        reason="当日の前",
    )
    return made


@pytest.fixture
def day(survey):
    return passes.open_day(survey, actor=acting(contact_of(survey.engagement)), now=timezone.now())


def send(client, url, body, key=""):
    headers = {"Authorization": f"Recorder {key}"} if key else {}
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


def joined(day, name="記録 一子", **more):
    answer = send(
        Client(), f"/record/{passes.code_of(day)}/join/", {"pin": passes.pin_of(day), "name": name} | more
    )
    return answer.json() | {"status": answer.status_code}


def wire(kind, minute, uid, /, team="t1", **data):
    return {
        "uid": uid,
        "team": team,
        "kind": kind,
        "at": (START + timedelta(minutes=minute)).isoformat(),
        "data": data,
    }


def sync(key, *sent, team="t1", cursor=0, clock=None):
    body: dict[str, Any] = {"team": team, "cursor": cursor, "taps": list(sent)}
    return send(Client(), "/record/sync/", body | ({"now": clock} if clock else {}), key)


def full_walk(prefix=""):
    return [wire(tap.kind, n, f"{prefix}{n}", **tap.data) for n, tap in enumerate(WALK)]


def test_a_walker_joins_by_code_and_pin_without_an_account(day):
    page = Client().get(f"/record/{passes.code_of(day)}/")
    said_ = page.content.decode()
    assert (page.status_code, passes.pin_of(day) in said_, "転入" in said_) == (200, False, False)
    answer = joined(day)
    assert answer["status"] == 200
    assert [team["team"] for team in answer["config"]["teams"]] == ["A班"]
    assert answer["config"]["scenarios"]["s1"]["procedures"][0] == ["k1", "転入届"]
    assert Recorder.objects.get().name == "記録 一子"
    assert answer["key"] not in Recorder.objects.get().key_hash


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"pin": "000000x"}, 422),
        ({"name": ""}, 422),
        ({"name": "x" * 61}, 422),
        ({"name": "a\x00"}, 422),
        ({"pin": None}, 422),
    ],
)
def test_a_wrong_pin_or_no_name_is_refused_with_a_sentence(sent, status, day):
    answer = joined(day, **sent)
    assert (answer["status"], bool(answer["said"]), Recorder.objects.count()) == (status, True, 0)


def test_pins_cant_be_tried_out(day):
    for _time in range(passes.MOST_WRONG):
        assert joined(day, pin="wrong!", device="a")["status"] == 422
    assert joined(day, device="a")["status"] == 429
    WrongPin.objects.update(at=timezone.now() - passes.WINDOW - timedelta(minutes=1))
    assert joined(day, device="a")["status"] == 200


def test_one_phones_wrong_pins_stop_nobody_else(day):
    key = joined(day, device="before")["key"]
    for _time in range(passes.MOST_WRONG + 1):
        joined(day, pin="wrong!", device="a")
    assert joined(day, device="b")["status"] == 200
    assert sync(key, wire("start", 0, "u1")).status_code == 200


def test_a_phone_that_calls_itself_anew_each_time_stops_pins_but_nobody_who_scans(day):
    key = joined(day, device="before")["key"]
    tries = [joined(day, pin="wrong!", device=str(n))["status"] for n in range(passes.MOST_WRONG_IN_ALL + 1)]
    assert tries == [422] * passes.MOST_WRONG_IN_ALL + [429]
    assert joined(day, device="b")["status"] == 429
    assert joined(day, pin="", ticket=passes.ticket_of(day), device="b")["status"] == 200
    assert sync(key, wire("start", 0, "u1")).status_code == 200
    assert WrongPin.objects.count() == passes.MOST_WRONG_IN_ALL


@pytest.mark.parametrize("ticket", ["", "x", "あ" * 40, "\udc80", 5, [], None])
def test_a_ticket_that_nobody_made_is_no_pin(ticket, day):
    assert joined(day, pin="", ticket=ticket)["status"] == 422


def test_keys_end_some_hours_after_closing_and_with_a_door_that_nobody_closes(day, survey):
    key, contact = joined(day)["key"], acting(contact_of(survey.engagement))
    passes.close_day(day, actor=contact, now=timezone.now() - passes.AFTER_CLOSING)
    assert sync(key, *full_walk()).status_code == 401
    assert Tap.objects.count() == 0
    RecorderDay.objects.update(closed_at=None, opened_at=timezone.now() - passes.OPEN_FOR)
    assert sync(key, wire("start", 0, "u1")).status_code == 200
    assert joined(day)["status"] == 409
    RecorderDay.objects.update(opened_at=timezone.now() - passes.OPEN_FOR - passes.AFTER_CLOSING)
    assert sync(key, wire("start", 0, "u2")).status_code == 401


def test_a_device_that_was_taken_out_joins_again_and_delivers(client, day, survey):
    client.force_login(contact_of(survey.engagement))
    key = joined(day)["key"]
    address, pk = f"/surveys/{survey.pk}/day/recording/", Recorder.objects.get().pk
    assert "記録 一子の端末を外す" in client.get(address).content.decode()
    client.post(address, {"what": "revoke", "recorder": pk, "idempotency_key": "a"})
    assert "に外しました" in client.get(address).content.decode()
    assert sync(key, *full_walk()).status_code == 401
    taken_out = Event.objects.get(type="survey.recorder_revoked")
    assert json.loads(taken_out.canonical)["data"] == {"recorder": pk}
    assert sync(joined(day)["key"], *full_walk()).status_code == 200


@pytest.mark.parametrize("number", ["", "x", "²", "0", "99999999"])
def test_only_a_device_of_this_day_is_taken_out(client, number, day, survey):
    client.force_login(contact_of(survey.engagement))
    sent = {"what": "revoke", "recorder": number, "idempotency_key": "a"}
    assert client.post(f"/surveys/{survey.pk}/day/recording/", sent).status_code == 422


def test_what_was_made_from_taps_names_the_team_and_its_keys(day, survey):
    sync(joined(day)["key"], *full_walk())
    event = Event.objects.filter(type="survey.version_saved").latest("pk")
    device, data = Recorder.objects.get(), json.loads(event.canonical)["data"]
    assert (data["team"], data["recorders"]) == ("A班", [device.pk])
    assert json.loads(event.personal.payload)["names"] == [device.name]


def test_a_code_made_anew_shuts_the_old_one_out_and_keeps_who_joined(day, survey):
    old, key = passes.code_of(day), joined(day)["key"]
    new = passes.open_day(survey, actor=acting(contact_of(survey.engagement)), now=timezone.now())
    assert Client().get(f"/record/{old}/").status_code == 404
    assert Client().get(f"/record/{passes.code_of(new)}/").status_code == 200
    assert sync(key, wire("start", 0, "u1")).status_code == 200


@pytest.mark.parametrize("code", ["nothing", "1.abc~def", "~", "9.9~9"])
def test_a_code_that_nobody_made_opens_nothing(code, day):
    assert Client().get(f"/record/{code}/").status_code == 404


def test_after_closing_nobody_joins_and_everything_still_arrives(day, survey):
    key = joined(day)["key"]
    passes.close_day(day, actor=acting(contact_of(survey.engagement)), now=timezone.now())
    assert joined(day)["status"] == 409
    assert sync(key, *full_walk()).status_code == 200
    assert len(selectors.latest_document(survey)["routes"]) == 1


def test_only_who_may_record_opens_the_day(survey):
    other = SurveyFactory()
    with pytest.raises(NotAllowed):
        passes.open_day(survey, actor=acting(contact_of(other.engagement)), now=timezone.now())
    events = Event.objects.filter(type="survey.recording_opened")
    passes.open_day(survey, actor=acting(contact_of(survey.engagement)), now=timezone.now())
    assert events.count() == 1


# --- what arrives ----------------------------------------------------------------------------------------------


def test_taps_sent_twice_are_there_once_and_the_route_is_in_the_results(day, survey):
    key, sent = joined(day)["key"], full_walk()
    first = sync(key, *sent).json()
    versions = survey.versions.count()
    second = sync(key, *sent).json()
    assert first["kept"] == second["kept"] == [tap["uid"] for tap in sent]
    assert (Tap.objects.count(), survey.versions.count()) == (len(sent), versions)
    (made,) = selectors.latest_document(survey)["routes"]
    assert (made["id"], made["team"], made["ended"]) == ("day-t1", "A班", "out_of_time")
    assert survey.versions.order_by("-number").first().source == "recorder"


def test_a_team_in_the_middle_of_its_walk_is_not_in_the_results_yet(day, survey):
    sync(joined(day)["key"], *full_walk()[:-1])
    assert selectors.latest_document(survey)["routes"] == []


def test_what_another_device_of_the_team_recorded_comes_back_once(day):
    one, two = joined(day)["key"], joined(day, name="記録 二郎")["key"]
    sync(one, wire("arrive", 1, "a1", visit="v", counter="税"), wire("start", 0, "x1", team="t2"))
    answer = sync(two).json()
    assert [tap["uid"] for tap in answer["others"]] == ["a1"]
    assert sync(two, cursor=answer["cursor"]).json()["others"] == []
    assert sync(one).json()["others"] == []


def test_late_taps_of_another_device_are_taken_into_the_route(day, survey):
    one, two = joined(day)["key"], joined(day, name="記録 二郎")["key"]
    sync(one, *full_walk())
    sync(two, wire("write", 3, "late", visit="v1", field="phone", times=1))
    (made,) = selectors.latest_document(survey)["routes"]
    fields = {write["field"] for form in made["visits"][0]["forms"] for write in form["writes"]}
    assert "phone" in fields


def test_a_route_that_was_corrected_by_hand_stays_until_somebody_says_so(day, survey):
    one, two = joined(day)["key"], joined(day, name="記録 二郎")["key"]
    sync(one, *full_walk())
    contact = acting(contact_of(survey.engagement))
    version = selectors.latest_version(survey)
    corrected = version.document["routes"][0] | {"team": "A班(訂正)"}
    services.put_part(survey, "routes", corrected, base=version.number, actor=contact, now=timezone.now())
    assert sync(two, wire("write", 3, "late", visit="v1", field="phone", times=1)).status_code == 200
    assert selectors.latest_document(survey)["routes"][0]["team"] == "A班(訂正)"
    (progress,) = taps.progress(day, selectors.latest_document(survey))
    assert (progress.recorded, progress.waiting) == (True, True)
    taps.keep_route(day, "t1", actor=contact, now=timezone.now(), over=True)
    assert selectors.latest_document(survey)["routes"][0]["team"] == "A班"


def test_a_clock_that_is_wrong_is_put_right(day):
    key = joined(day)["key"]
    now = timezone.now()
    ahead = (now + timedelta(hours=3)).isoformat()
    sent = {"uid": "u", "team": "t1", "kind": "start", "at": ahead, "data": {}}
    assert sync(key, sent, clock=ahead).status_code == 200
    assert abs((Tap.objects.get().at - now).total_seconds()) < 30
    assert abs(Recorder.objects.get().ahead_s - 3 * 3600) < 30


@pytest.mark.parametrize(
    "broken",
    [
        {"uid": ""},
        {"uid": 3},
        {"uid": "\x00"},
        {"team": "x" * 99},
        {"team": "\ud800"},
        {"kind": None},
        {"kind": "dance"},
        {"at": "yesterday"},
        {"at": "2026-09-17T09:30:00"},
        {"at": "2026-99-99T09:30:00+09:00"},
        {"at": "0001-01-01T00:00:00+09:00"},
        {"at": "9999-12-31T23:59:59-09:00"},
        {"at": "2199-01-01T00:00:00+09:00"},
        {"at": "1971-01-01T00:00:00+09:00"},
        {"data": []},
        {"kind": "notice", "data": {"text": ["x"]}},
    ],
)
def test_what_is_no_tap_is_set_aside_and_named_to_the_contact(broken, day, survey):
    key = joined(day)["key"]
    sent = [wire("start", 0, "good"), wire("start", 1, "bad") | broken]
    for _twice in range(2):
        answer = sync(key, *sent)
        assert (answer.status_code, answer.json()["kept"]) == (200, ["good"])
    assert Tap.objects.get().uid == "good"
    assert SetAside.objects.count() == 1
    client = Client()
    client.force_login(contact_of(survey.engagement))
    html = client.get(f"/surveys/{survey.pk}/day/recording/").content.decode()
    assert "読み取れなかった記録" in html
    assert "記録 一子" in html


def test_what_can_be_folded_of_a_tap_is_kept_and_the_rest_is_dropped(day):
    key = joined(day)["key"]
    odd = {"counter": "窓\x00口\ud800", "distance_m": 10**40, "floor": {"a": []}, "visit": "v", "x": "y"}
    assert sync(key, wire("arrive", 0, "a", **odd)).status_code == 200
    assert Tap.objects.get().data == {"visit": "v", "counter": "窓口", "distance_m": 100_000}


def test_a_device_fills_neither_the_page_nor_the_table(day):
    key = joined(day)["key"]
    for start in (0, 150):
        assert sync(key, *[{"no": n} for n in range(start, start + 150)]).status_code == 200
    assert SetAside.objects.count() == taps.MOST_ASIDE


def test_a_tap_that_names_nothing_that_is_there_is_shown_by_its_words(day, survey):
    key = joined(day)["key"]
    lost = wire("write", 3, "w", visit="nowhere", field="phone", times=2)
    gone = [wire("arrive", 4, "b", visit="v2", counter="税務課"), wire("undo", 5, "u", uid="b")]
    after = wire("again", 6, "g", visit="v2")
    assert (
        sync(key, wire("arrive", 1, "a", visit="v1", counter="市民課"), lost, *gone, after).status_code == 200
    )
    (progress,) = taps.progress(day, selectors.latest_document(survey))
    (words,) = progress.lost
    assert "書いた 電話 2" in words


def test_too_many_at_once_and_no_json_are_refused(day):
    key = joined(day)["key"]
    many = [wire("start", 0, f"u{n}") for n in range(taps.MOST_AT_ONCE + 1)]
    assert sync(key, *many).status_code == 422
    for body, status in ((b"{", 400), (b"[]", 422), (b"\xff", 400), (b'"x"', 422)):
        answer = Client().post(
            "/record/sync/",
            body,
            content_type="application/json",
            headers={"Authorization": f"Recorder {key}"},
        )
        assert answer.status_code == status


def test_an_offset_that_no_database_knows_is_still_a_time(day):
    sent = wire("start", 0, "odd") | {"at": "2026-09-16T02:00:00-22:30"}
    assert sync(joined(day)["key"], sent).status_code == 200
    assert Tap.objects.get().at == START


@pytest.mark.parametrize("key", ["", "nobody", "x" * 500])
def test_a_device_that_did_not_join_keeps_its_taps(key, day):
    assert sync(key, wire("start", 0, "u")).status_code == 401
    assert Tap.objects.count() == 0


# --- the contact's page --------------------------------------------------------------------------------------------


def test_the_contact_opens_watches_and_closes(client, survey):
    client.force_login(contact_of(survey.engagement))
    address = f"/surveys/{survey.pk}/day/recording/"
    assert "まだ受け付けていません" in client.get(address).content.decode()
    client.post(address, {"what": "open", "idempotency_key": "a"})
    day = RecorderDay.objects.get()
    page = client.get(address).content.decode()
    assert (passes.pin_of(day) in page, passes.code_of(day) in page) == (True, True)
    sync(joined(day)["key"], *full_walk()[:3])
    page = client.get(address).content.decode()
    assert ("記録 一子" in page, "記録3件" in page, "途中までを結果に入れる" in page) == (True, True, True)
    client.post(address, {"what": "put", "team": "t1", "idempotency_key": "b"})
    assert len(selectors.latest_document(survey)["routes"]) == 1
    client.post(address, {"what": "close", "idempotency_key": "c"})
    assert "受付を終えています" in client.get(address).content.decode()


def test_nothing_to_put_is_said(client, survey, day):
    client.force_login(contact_of(survey.engagement))
    answer = client.post(
        f"/surveys/{survey.pk}/day/recording/", {"what": "put", "team": "t1", "idempotency_key": "b"}
    )
    assert answer.status_code == 422
    assert "端末から届くのを待ってください" in answer.content.decode()


def test_joining_a_closed_day_is_a_conflict_for_the_service_too(day, survey):
    passes.close_day(day, actor=acting(contact_of(survey.engagement)), now=timezone.now())
    day.refresh_from_db()
    with pytest.raises(Conflict):
        passes.join(day, pin=passes.pin_of(day), name="記録", now=timezone.now())


def test_the_service_names_the_field_that_is_wrong(day):
    with pytest.raises(BadInput) as refused:
        passes.join(day, pin="1", name="記録", now=timezone.now())
    assert list(refused.value.fields) == ["pin"]


def test_one_sync_asks_as_many_questions_for_one_tap_as_for_many(day, django_assert_max_num_queries):
    key = joined(day)["key"]
    body = {
        "team": "t1",
        "cursor": 0,
        "taps": [wire("write", n, f"u{n}", visit="v", field="name") for n in range(200)],
    }
    with django_assert_max_num_queries(12):
        assert send(Client(), "/record/sync/", body, key).status_code == 200
