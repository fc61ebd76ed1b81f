"""The workshop's board: what phones write and vote, what everybody is told, and what the contact makes of it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from engagements.plans import board, selectors, services, workshop
from engagements.plans.models import BoardNote, BoardVote, Decision, Issue, PlanState
from engagements.survey import remarks
from engagements.survey import selectors as surveys
from engagements.survey.models import Tap
from engagements.survey.recorder import passes
from tests.factories import documents as made
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.everything import everything
from workflow.errors import BadInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    return made.plan(engagement)


@pytest.fixture
def contact(plan):
    return acting(contact_of(plan.engagement))


@pytest.fixture
def day(plan, contact):
    survey = plan.engagement.surveys.get()
    return passes.open_day(survey, actor=contact, now=timezone.now(), purpose="board")


def join(day, name="見本 一子"):
    return passes.join(day, pin=passes.pin_of(day), name=name, now=timezone.now())


def send(key, **body):
    headers = {"Authorization": f"Recorder {key}"}
    return Client().post(
        "/board/exchange/", json.dumps(body), content_type="application/json", headers=headers
    )


def note(uid="n1", text="番号札の場所を変える", issue=None, way=""):
    return {"uid": uid, "text": text, "issue": issue, "way": way}


def issue_of(plan):
    return Issue.objects.filter(plan=plan).first()


def test_a_note_is_on_everybodys_board_once(day, plan):
    (_one, key), (_two, other) = join(day), join(day, "例示 二郎")
    for _time in (1, 2):
        assert send(key, notes=[note()]).status_code == 200
    told = send(other).json()
    assert [(said["text"], said["by"]) for said in told["notes"]] == [("番号札の場所を変える", "見本 一子")]
    assert told["mine"] == {"votes": [], "notes": []}
    assert send(other, mark=told["mark"]).json() == {"same": True}


def test_a_dot_counts_once_and_goes_again(day, plan):
    issue = issue_of(plan)
    (_one, key), (_two, other) = join(day), join(day, "例示 二郎")
    for phone in (key, key, other):
        send(phone, votes={str(issue.pk): True})
    votes = {row["id"]: row["votes"] for row in send(key).json()["issues"]}
    assert votes[issue.pk] == 2
    send(key, votes={str(issue.pk): False})
    assert BoardVote.objects.filter(issue=issue).count() == 1


def test_only_ones_own_note_is_taken_back(day):
    (_one, key), (_two, other) = join(day), join(day, "例示 二郎")
    send(key, notes=[note()])
    send(other, gone=["n1"])
    assert len(send(key).json()["notes"]) == 1
    send(key, gone=["n1"])
    assert send(other).json()["notes"] == []


def test_a_remark_that_its_section_was_not_shown_is_on_no_phone(day, plan):
    survey = plan.engagement.surveys.get()
    survey.shared_remarks.all().delete()
    noted = remarks.noted(survey, surveys.observations(surveys.latest_document(survey)))
    open_, kept_back = [
        {item.text for item in noted if remarks.is_open(item) is shown} for shown in (True, False)
    ]
    told = set(send(join(day)[1]).json()["remarks"])
    assert told == open_
    assert kept_back


def test_the_contact_makes_an_issue_or_a_decision_of_a_note_or_puts_it_aside(day, plan, contact, client):
    issue = issue_of(plan)
    _one, key = join(day)
    sent = [
        note("n1", "総合窓口がない"),
        note("n2", "様式を1枚にする", issue.pk, "combine"),
        note("n3", "いらない"),
    ]
    send(key, notes=sent)
    client.force_login(contact_of(plan.engagement))
    page = client.get(f"/engagements/{plan.engagement_id}/plan/board/").content.decode()
    assert all(item["text"] in page for item in sent)
    ids = dict(BoardNote.objects.values_list("uid", "pk"))
    for uid, deed in (("n1", "adopt"), ("n2", "adopt"), ("n3", "aside")):
        answer = client.post(
            f"/plans/{plan.pk}/workshop/notes/{ids[uid]}/", {"do": deed, "idempotency_key": uid}
        )
        assert answer.status_code == 302
    assert Issue.objects.filter(plan=plan, title="総合窓口がない").exists()
    decision = Decision.objects.get(plan=plan, title="様式を1枚にする")
    assert (decision.way, decision.issue_id) == ("combine", issue.pk)
    assert workshop.open_notes(plan).count() == 0
    with pytest.raises(BadInput):
        workshop.adopt(plan, actor=contact, now=timezone.now(), pk=ids["n1"])


def test_after_the_draft_nothing_is_written_and_everything_is_read(day, plan):
    _one, key = join(day)
    type(plan).objects.filter(pk=plan.pk).update(state=PlanState.FINAL)
    assert send(key, notes=[note()]).status_code == 409
    told = send(key)
    assert (told.status_code, told.json()["open"], BoardNote.objects.count()) == (200, False, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"notes": [{"uid": 1, "text": "x"}]},
        {"notes": [{"uid": "u", "text": None}]},
        {"notes": "text"},
        {"notes": [3]},
        {"notes": [note(str(n)) for n in range(51)]},
        {"notes": [{"uid": "u\x00", "text": "x"}]},
    ],
)
def test_what_no_phone_sends_is_refused_whole(body, day):
    assert send(join(day)[1], **body).status_code == 422
    assert BoardNote.objects.count() == 0


def test_what_can_be_passed_over_is_passed_over(day, plan):
    _one, key = join(day)
    sent = {
        "notes": [note("a", "x" * 300, True, "nothing"), note("b", "  ")],
        "votes": {"x": True, "999": True},
    }
    assert send(key, **sent).status_code == 200
    (kept,) = BoardNote.objects.all()
    assert (len(kept.text), kept.issue, kept.way) == (120, None, "")
    assert BoardVote.objects.count() == 0


def test_a_phone_that_did_not_join_sees_nothing(day):
    assert send("nobody").status_code == 401
    assert Client().get("/board/nothing/").status_code == 404
    page = Client().get(f"/board/{passes.code_of(day)}/").content.decode()
    assert passes.pin_of(day) not in page


def test_before_there_is_a_plan_the_phone_is_told_so(contact):
    engagement = made.engagement("例示町")
    survey = made.survey(engagement, *made.three_teams())
    opened = {"actor": acting(contact_of(engagement)), "now": timezone.now()}
    day = passes.open_day(survey, purpose="board", **opened)
    answer = send(join(day)[1])
    assert (answer.status_code, "板が開きます" in answer.json()["said"][0]) == (409, True)


def test_the_contact_starts_and_the_wall_shows_code_and_pin(client, plan):
    client.force_login(contact_of(plan.engagement))
    answer = client.post(f"/plans/{plan.pk}/workshop/", follow=True)
    day = workshop.day_of_plan(plan)
    assert passes.pin_of(day) in answer.content.decode()
    again = client.post(f"/plans/{plan.pk}/workshop/", follow=True)
    assert passes.pin_of(day) in again.content.decode()
    assert (
        client.get(f"/plans/{plan.pk}/workshop/state/").json()["issues"][0]["title"] == issue_of(plan).title
    )


def test_only_who_may_record_sees_how_phones_join():
    world = everything()
    plan, day = world.of["plan"], world.of["board_day"]
    seen = set()
    for role, person in world.people.items():
        client = Client()
        client.force_login(person)
        answer = client.get(f"/plans/{plan.pk}/workshop/projector/")
        page, may = answer.content.decode(), role in ("advisor", "secretariat", "contact")
        shown = (passes.pin_of(day) in page, "data:image/svg" in page, passes.code_of(day) in page)
        assert shown == (may,) * 3, role
        seen |= {role} if answer.status_code == 200 else set()
    assert seen >= {"advisor", "secretariat", "contact", "approver", "section", "auditor"}


def test_a_key_of_the_board_opens_no_record_and_one_of_the_records_no_board(plan, day, contact):
    board = {"Authorization": f"Recorder {join(day)[1]}"}
    tap = {"uid": "u", "team": "t1", "kind": "start", "at": "2026-11-30T09:00:00+09:00", "data": {}}
    sent = {"team": "t1", "cursor": 0, "taps": [tap]}
    options = {"content_type": "application/json"}
    assert Client().post("/record/sync/", json.dumps(sent), headers=board, **options).status_code == 401
    assert Client().post("/record/photo/p-1/", b"", headers=board, **options).status_code == 401
    records = passes.open_day(day.survey, actor=contact, now=timezone.now())
    assert send(join(records)[1], notes=[note()]).status_code == 401
    assert Client().get(f"/record/{passes.code_of(day)}/").status_code == 404
    assert Client().get(f"/board/{passes.code_of(records)}/").status_code == 404
    assert (Tap.objects.count(), BoardNote.objects.count()) == (0, 0)


def test_the_boards_door_is_shut_and_a_phone_taken_out_at_the_wall(client, plan, day):
    client.force_login(contact_of(plan.engagement))
    device, key = join(day)
    wall, door = f"/plans/{plan.pk}/workshop/projector/", f"/plans/{plan.pk}/workshop/phones/"
    assert f"{device.name}の端末を外す" in client.get(wall).content.decode()
    client.post(door, {"what": "revoke", "recorder": device.pk, "idempotency_key": "a"})
    assert send(key).status_code == 401
    client.post(door, {"what": "close", "idempotency_key": "b"})
    page = client.get(wall).content.decode()
    assert (passes.pin_of(day) in page, "参加の受付は開いていません" in page) == (False, True)
    client.post(f"/plans/{plan.pk}/workshop/")
    assert passes.is_open(workshop.day_of_plan(plan), timezone.now())


def test_another_towns_contact_does_nothing_here(plan, day):
    send(join(day)[1], notes=[note()])
    stranger = acting(contact_of(made.engagement("例示町")))
    with pytest.raises(NotAllowed):
        workshop.adopt(plan, actor=stranger, now=timezone.now(), pk=BoardNote.objects.get().pk)


def test_a_phone_asks_as_many_questions_for_a_full_board(day, plan, contact, django_assert_max_num_queries):
    _one, key = join(day)
    for number in range(10):
        board.create_issue(plan, actor=contact, now=timezone.now(), title=f"課題{number}", paths=[])
    send(key, notes=[note(f"n{n}", f"付せん{n}") for n in range(40)])
    with django_assert_max_num_queries(14):
        assert send(key).status_code == 200


def test_the_effect_says_how_far_it_may_be_off(plan, contact):
    decision = Decision.objects.filter(plan=plan).first()
    version = services.row_version(decision)
    values = {"yearly_volume": 4680, "staff_minutes": 4}
    services.save_row(
        Decision, plan, actor=contact, now=timezone.now(), pk=decision.pk, version=version, values=values
    )
    (view,) = [item for item in selectors.plan_contents(plan).decisions if item.row.pk == decision.pk]
    assert (view.effect.staff_hours, view.effect.staff_doubt) == (312, "件数か分数が1割ちがうと ±31時間")


def test_a_board_without_a_day_says_how_to_open_it(client, plan):
    client.force_login(contact_of(plan.engagement))
    assert "みんなで使う" in client.get(f"/plans/{plan.pk}/workshop/projector/").content.decode()
