"""Calls: written by the office, read by anybody, closed in time, and what becomes of drafts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from engagements.applications import calls, services
from engagements.applications.models import Call
from engagements.models import Engagement
from engagements.programme import versions
from engagements.programme.models import Programme
from tests.factories import applications as made
from tests.factories.engagements import EngagementFactory, contact_of, member, office
from tests.factories.plans import CaseFactory
from tests.look.markup import Page
from tests.municipalities.factories import MunicipalityFactory
from workflow import outbox, perform, sweep
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Event

pytestmark = pytest.mark.django_db


def desk(user=None) -> Client:
    client = Client()
    client.force_login(user or office())
    return client


def actor():
    return made.acting(office())


def round_call(**changes) -> Call:
    """A call in rounds that is open for ten more days."""
    made.call()
    now = timezone.now()
    values = {
        "title": "令和8年度(2026年度) 第2次募集",
        "fiscal_year": 2026,
        "round": 2,
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=10),
        "slots": 3,
        "notice": "今回は9月までに①を行う町が対象です。",
    } | changes
    call = calls.create_call(values, actor=actor(), now=now)
    perform("open", call, actor())
    return call


def typed(**changes) -> dict[str, str]:
    return {
        "title": "令和9年度 第1次募集",
        "fiscal_year": "2027",
        "round": "1",
        "opens_at": "2027-04-10T09:00",
        "closes_at": "2027-05-31T17:00",
        "slots": "12",
        "notice": "",
    } | changes


# --- the office writes ------------------------------------------------------------------------------------


def test_the_office_writes_a_call_opens_it_and_anybody_reads_it():
    made.call()
    client = desk()
    at = client.post(reverse("call-new"), typed(opens_at="2026-04-01T09:00", closes_at="2099-05-31T17:00"))[
        "Location"
    ]
    assert Client().get(at).status_code == 404
    call = Call.objects.get(round=1)
    assert timezone.localtime(call.closes_at).hour == 17
    client.post(reverse("call-edit", args=[call.pk]), typed(slots="8", closes_at="2099-05-31T17:00"))
    assert Call.objects.get(pk=call.pk).slots == 8
    perform("open", call, actor(), now=datetime(2027, 4, 10, tzinfo=UTC))
    assert "令和9年度 第1次募集" in Client().get(at).content.decode()
    refused = client.post(reverse("call-edit", args=[call.pk]), typed(title="別の名前"))
    assert refused.status_code == 409
    assert "別の名前" in refused.content.decode()
    assert [row.type for row in Event.objects.filter(stream=call.stream)] == [
        "call.begin",
        "call.saved",
        "call.open",
    ]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("closes_at", "2027-04-01T09:00", "受付の開始より後"),
        ("closes_at", "", "締切の日時も"),
        ("opens_at", "0001-01-01T00:00", "この年の日付"),
        ("opens_at", "九日", ""),
        ("slots", "0", ""),
        ("title", "", ""),
        ("fiscal_year", "99999999999", ""),
    ],
)
def test_bad_values_come_back_with_a_sentence_and_all_that_was_typed(field, value, sentence):
    made.call()
    response = desk().post(reverse("call-new"), typed(notice="消えない文", **{field: value}))
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert "消えない文" in html
    assert Call.objects.count() == 1


def test_a_call_is_copied_for_next_year_with_its_texts_and_moved_dates():
    call = round_call()
    client = desk()
    address = reverse("call-copy", args=[call.pk])
    assert client.get(address).status_code == 405
    client.post(address, {"idempotency_key": "one"})
    client.post(address, {"idempotency_key": "one"})
    [copied] = Call.objects.filter(copied_from=call)
    assert (copied.title, copied.fiscal_year) == ("令和9年度(2027年度) 第2次募集", 2027)
    assert (copied.notice, copied.slots, copied.state) == (call.notice, 3, "draft")
    assert timezone.localtime(copied.closes_at).year == timezone.localtime(call.closes_at).year + 1


@pytest.mark.parametrize("role", [Role.CONTACT, Role.AUDITOR])
def test_nobody_else_writes_calls(role):
    call = round_call()
    user = member(role, MunicipalityFactory() if role == Role.CONTACT else None)
    client = desk(user)
    for name in ("call-edit", "call-copy"):
        assert client.post(reverse(name, args=[call.pk]), typed()).status_code == 403
    with pytest.raises(NotAllowed):
        calls.save_call(call, {}, actor=made.acting(user), now=timezone.now())


def test_an_open_call_changes_only_in_favour_of_those_who_apply():
    call = round_call()
    later = call.closes_at + timedelta(days=7)
    for name, data in (
        ("extend", {"closes_at": call.closes_at - timedelta(days=1)}),
        ("enlarge", {"slots": 2}),
    ):
        with pytest.raises(BadInput):
            perform(name, call, actor(), reason="早めたい", **data)
    with pytest.raises(BadInput):
        perform("extend", call, actor(), closes_at=later)
    perform("extend", call, actor(), closes_at=later, reason="災害のため")
    perform("enlarge", call, actor(), slots=5, reason="予算が付いたため")
    perform("rewrite", call, actor(), notice="締切を延ばしました。", reason="お知らせ")
    call.refresh_from_db()
    assert (call.closes_at, call.slots, call.notice) == (later, 5, "締切を延ばしました。")
    with pytest.raises(BadInput, match="締切がありません"):
        perform("extend", made.call(), actor(), closes_at=later, reason="x")


# --- the time is over -------------------------------------------------------------------------------------


def test_the_sweep_closes_a_call_whose_time_has_come_once():
    call = round_call()
    over = call.closes_at + timedelta(minutes=1)
    assert sweep.run(timezone.now(), "test")["calls"] == 0
    assert sweep.run(over, "test")["calls"] == 1
    assert sweep.run(over, "test")["calls"] == 0
    call.refresh_from_db()
    assert call.state == "closed"
    assert Event.objects.filter(type="call.close", actor_key__startswith="system").count() == 1


def test_after_the_closing_time_nothing_starts_and_the_begun_draft_stays_and_goes_on_in_the_next_call():
    call, town = round_call(), MunicipalityFactory()
    contact = made.acting(made.contact_of(town))
    draft = services.start(call, town, actor=contact, now=timezone.now())
    services.save_draft(draft, made.complete(), actor=contact, revision=1, now=timezone.now())
    over = call.closes_at + timedelta(minutes=1)
    with pytest.raises(GuardsUnmet, match="書いたものは残ります"):
        perform("submit", draft, contact, now=over)
    with pytest.raises(GuardsUnmet, match="受付中の募集"):
        services.start(call, MunicipalityFactory(), actor=actor(), now=over)
    carried = services.start(made.call(), town, actor=contact, now=over)
    assert (carried.pk, carried.call_id, carried.aims) == (draft.pk, made.call().pk, made.AIMS)
    perform("submit", carried, contact, now=over)
    assert carried.state == "submitted"


def test_the_page_of_a_stale_draft_offers_the_next_call():
    call, town = round_call(), MunicipalityFactory()
    person = made.contact_of(town)
    draft = services.start(call, town, actor=made.acting(person), now=timezone.now())
    perform("close", call, actor())
    client = desk(person)
    assert "に移す" in client.get(reverse("application-edit", args=[draft.pk])).content.decode()
    client.post(reverse("transition", args=["application", draft.pk, "carry"]), {"call": made.call().pk})
    draft.refresh_from_db()
    assert draft.call_id == made.call().pk


def test_a_draft_whose_call_is_open_stays_there():
    draft = made.draft()
    with pytest.raises(GuardsUnmet):
        perform("carry", draft, made.acting(made.contact_of(draft.municipality)), call=round_call().pk)


# --- the programme's rows decide --------------------------------------------------------------------------


def newer(**settings) -> Programme:
    """The next version, in force from today."""
    now = timezone.now()
    made_version = versions.draft_version(Programme.objects.latest("version"), actor=actor(), now=now)
    versions.save_settings(made_version, settings, actor=actor(), now=now)
    return versions.put_in_force(made_version, effective_from=timezone.localdate(now), actor=actor(), now=now)


def test_a_call_pins_the_version_of_the_day_it_opens_and_keeps_it():
    rolling = made.call()
    second = newer(wishes_max=1)
    call = round_call()
    newer(wishes_max=2)
    perform("close", call, actor())
    perform("reopen", call, actor(), reason="早すぎました")
    call.refresh_from_db()
    rolling.refresh_from_db()
    assert (rolling.programme.version, call.programme) == (1, second)


def test_who_may_not_apply_is_told_why():
    made.call()
    newer(eligible_kinds=["town", "village"], once_per_years=3)
    call = round_call()
    city, served = MunicipalityFactory(kind="city"), MunicipalityFactory(kind="town")
    EngagementFactory(municipality=served)
    Engagement.objects.update(fiscal_year=2025)
    for town, sentence in ((city, "市の申込を受けていません"), (served, "次は令和10年度")):
        with pytest.raises(GuardsUnmet, match=sentence):
            services.start(call, town, actor=made.acting(made.contact_of(town)), now=timezone.now())
    Engagement.objects.update(fiscal_year=2023)
    assert services.start(call, served, actor=actor(), now=timezone.now()).pk
    page = Client().get(call.get_absolute_url()).content.decode()
    assert "町、村" in page
    assert "3年たつと" in page


def test_answers_recommend_a_priority_that_the_office_may_override():
    made.call()
    rules = [
        {"question": "dx_plan", "value": "making", "priority": 1},
        {"question": "mayor", "value": "knows", "priority": 3},
    ]
    newer(priority_rules=rules)
    call, town = round_call(), MunicipalityFactory()
    contact = made.acting(made.contact_of(town))
    draft = services.start(call, town, actor=contact, now=timezone.now())
    services.save_draft(draft, made.complete(), actor=contact, revision=1, now=timezone.now())
    perform("submit", draft, contact)
    assert draft.priority == 3
    page = desk().get(draft.get_absolute_url()).content.decode()
    assert "目安 3: 首長の関わり「話してあり、これから日程を決める」" in page
    perform("prioritise", draft, actor(), priority=0, reason="ほかの町が急ぐため")
    perform("return", draft, actor(), comment="直してください")
    perform("submit", draft, contact)
    assert draft.priority == 0


# --- a new version of the form ----------------------------------------------------------------------------


def test_a_draft_survives_a_new_version_of_the_form():
    call, town = round_call(), MunicipalityFactory()
    person = made.contact_of(town)
    contact = made.acting(person)
    draft = services.start(call, town, actor=contact, now=timezone.now())
    values = made.complete() | {"q_tried": "番号札を変えた。"}
    services.save_draft(draft, values, actor=contact, revision=1, now=timezone.now())
    now = timezone.now()
    second = versions.draft_version(Programme.objects.latest("version"), actor=actor(), now=now)
    rows = [
        {name: getattr(row, name) for name in versions.QUESTION}
        for row in second.questions.exclude(key="tried")
    ]
    for row in rows:
        if row["key"] == "system":
            row["choices"] = [["yes", "ある"], ["no", "ない"]]
    fresh = {"key": "staff", "part": 2, "position": 9, "label": "窓口の職員の数", "kind": "integer"}
    rows.append(fresh | {"help": "", "required": True, "min_length": 0, "choices": []})
    versions.save_questions(second, rows, actor=actor(), now=now)
    versions.put_in_force(second, effective_from=timezone.localdate(now), actor=actor(), now=now)
    perform("close", call, actor())
    following = round_call(title="第3次募集", round=3)
    carried = services.start(following, town, actor=contact, now=timezone.now())
    assert carried.answers["buildings"] == 2
    page = desk(person).get(reverse("application-edit", args=[carried.pk])).content.decode()
    assert "前の様式で書いた答え" in page
    assert "番号札を変えた。" in page
    with pytest.raises(GuardsUnmet) as refusal:
        perform("submit", carried, contact)
    assert len(refusal.value.unmet) == 2
    assert "窓口の職員の数" in str(refusal.value)
    assert "選び方が変わりました" in str(refusal.value)


# --- anybody reads ----------------------------------------------------------------------------------------


def test_the_page_says_what_until_when_places_left_and_who_was_helped():
    call, town = round_call(), MunicipalityFactory()
    agreed, running = EngagementFactory(), EngagementFactory()
    Engagement.objects.filter(pk=agreed.pk).update(state="agreed", municipality_name="見本県合意町")
    Engagement.objects.filter(pk=running.pk).update(municipality_name="見本県途中町")
    contact = made.acting(made.contact_of(town))
    draft = services.start(call, town, actor=contact, now=timezone.now())
    services.save_draft(draft, made.complete(), actor=contact, revision=1, now=timezone.now())
    perform("submit", draft, contact)
    html = Client().get(call.get_absolute_url()).content.decode()
    page = Page(html)
    text = re.sub(r"<[^>]+>", "", html)
    assert "あと10日" in text
    assert "3団体まで、受付済み1" in text
    assert "今回は9月までに" in text
    assert "見本県合意町" in text
    assert "見本県途中町" not in text
    assert town.name not in text
    assert "見本 花子" not in text
    assert [item.text for item in page.all("a") if item.text == "申し込む"] == ["申し込む"]
    assert call.get_absolute_url() in Client().get(reverse("calls")).content.decode()
    assert reverse("calls") in Client().get("/accounts/login/").content.decode()


def test_published_cases_are_linked():
    told = dict.fromkeys(("trouble", "stopped", "effect", "cost", "voice", "voice_of"), "例示")
    call, case = round_call(), CaseFactory(EngagementFactory(), **told)
    Engagement.objects.filter(pk=case.engagement_id).update(state="closed")
    assert "/cases/" not in Client().get(call.get_absolute_url()).content.decode()
    perform("publish", case, actor_for(contact_of(case.engagement)))
    while outbox.drain():
        pass
    page = Client().get(call.get_absolute_url()).content.decode()
    assert f'href="/cases/{case.reference}/"' in page


@pytest.mark.parametrize("state", ["closed", "to come"])
def test_a_call_that_takes_nothing_says_so_and_offers_no_button(state):
    call = round_call(**({"opens_at": timezone.now() + timedelta(days=3)} if state == "to come" else {}))
    if state == "closed":
        perform("close", call, actor())
    html = Client().get(call.get_absolute_url()).content.decode()
    assert "?call=" not in html
    assert ("受付は終わりました" if state == "closed" else "あと3日") in html


def test_the_lists_cost_the_same_at_one_and_at_three_rows(django_assert_num_queries):
    call = round_call()
    Engagement.objects.filter(pk=EngagementFactory().pk).update(state="agreed")
    for _ in range(2):
        with django_assert_num_queries(2):
            Client().get(reverse("calls"))
        with django_assert_num_queries(6):
            Client().get(call.get_absolute_url())
        for number in (5, 6):
            round_call(title=f"第{number}次募集", round=number)
            Engagement.objects.filter(pk=EngagementFactory().pk).update(state="agreed")


def test_the_api_shows_calls_with_rules_places_and_doors():
    call = round_call()
    found = desk().get(f"/api/v1/calls/{call.pk}/").json()
    assert (found["round"], found["received"], found["programme_version"]) == (2, 0, 1)
    assert found["eligibility"]["once_per_years"] == 0
    doors = {row["name"] for row in desk().get(f"/api/v1/calls/{call.pk}/transitions/").json()}
    assert {"close", "extend", "enlarge", "rewrite"} <= doors
    later = (call.closes_at + timedelta(days=1)).isoformat()
    sent = {"closes_at": later, "reason": "災害のため"}
    address = f"/api/v1/calls/{call.pk}/transitions/extend/"
    assert desk().post(address, sent, content_type="application/json").status_code == 200
    assert desk().post(address, sent, content_type="application/json").status_code == 422


def test_a_first_time_reader_applies_in_twelve_interactions_beyond_typing():
    """Pressed links, buttons and choices are counted; letters typed into fields are not."""
    call, town = round_call(), MunicipalityFactory()
    person = made.contact_of(town)
    person.set_password("madoguchi-demo")
    person.save()
    client, pressed = Client(), 0
    page = Page(client.get(call.get_absolute_url()).content.decode())
    [button] = [item for item in page.all("a") if item.text == "申し込む"]
    asked = client.get(button["href"])
    pressed += 1
    entered = client.post(asked["Location"], {"login": person.email, "password": "madoguchi-demo"})
    pressed += 1
    assert client.get(entered["Location"]).status_code == 200
    started = client.post(reverse("application-new"), {"call": call.pk})
    pressed += 1
    edit = client.get(started["Location"])["Location"]
    choices = {"life_events": ["move_in"], "months": [7, 9, 10], "mode": "either"}
    choices |= {"q_dx_plan": "making", "q_system": "planned", "q_mayor": "knows"}
    pressed += sum(len(value) if isinstance(value, list) else 1 for value in choices.values())
    sent = made.complete(version=1, wishes="", act="submit") | choices
    sent.pop("leave_to_office")
    client.post(edit, sent)
    pressed += 1
    assert person.pk
    assert call.applications.get().state == "submitted"
    assert pressed <= 12


def test_a_call_in_preparation_is_not_rewritten_once_it_is_open():
    with pytest.raises(WrongState):
        calls.save_call(round_call(), typed(), actor=actor(), now=timezone.now())


def test_the_home_of_a_town_without_application_shows_the_open_call():
    town = MunicipalityFactory()
    client = desk(member(Role.CONTACT, town))
    assert "いま受付中の募集はありません" in client.get("/").content.decode()
    call = round_call()
    page = client.get("/").content.decode()
    assert call.get_absolute_url() in page
    assert "あと10日" in page


def shown(client: Client, path: str) -> str:
    """The page's words, without its menus' hidden ones."""
    return client.get(path).content.decode().partition("<main")[2].partition("</main>")[0]


def test_a_call_that_was_opened_ahead_says_when_it_takes_applications():
    now = timezone.now()
    call = round_call(opens_at=now + timedelta(days=133), closes_at=now + timedelta(days=150))
    assert "から受け付けます" in shown(desk(), "/calls/")
    said = shown(desk(), call.get_absolute_url())
    assert ("から受け付けます" in said, "受付中" in said) == (True, False)
    Call.objects.filter(pk=call.pk).update(opens_at=now - timedelta(days=1))
    said = shown(desk(), call.get_absolute_url())
    assert ("から受け付けます" in said, "受付中" in said) == (False, True)


def test_a_draft_call_can_be_discarded_and_brought_back_and_nobody_else_sees_it():
    made.call()
    now = timezone.now()
    values = {"title": "第3次募集", "fiscal_year": 2026, "opens_at": now + timedelta(days=9)}
    values |= {"round": 3, "closes_at": None, "slots": None, "notice": ""}
    call = calls.create_call(values, actor=actor(), now=now)
    client = desk()
    assert "準備をやめる" in shown(client, call.get_absolute_url())
    client.post(f"/do/call/{call.pk}/discard/", {"idempotency_key": "a"})
    call.refresh_from_db()
    assert call.state == "discarded"
    assert "準備に戻す" in shown(client, call.get_absolute_url())
    assert "いつでも申し込めます" not in shown(client, call.get_absolute_url())
    assert shown(client, "/calls/").count("いつでも申し込めます") == 1  # of the other one
    assert Client().get(call.get_absolute_url()).status_code == 404
    assert "第3次募集" not in Client().get("/calls/").content.decode()
    with pytest.raises(WrongState):
        perform("open", call, actor())
    client.post(f"/do/call/{call.pk}/restore/", {"reason": "やはり行います", "idempotency_key": "b"})
    call.refresh_from_db()
    assert call.state == "draft"
