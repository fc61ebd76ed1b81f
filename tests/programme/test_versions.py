"""Versions of the programme: drafted, written on pages, compared, put in force, taken back; pinned ones never change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from engagements.programme import versions
from engagements.programme.comparison import changes
from engagements.programme.models import Programme
from tests.factories import applications as made
from tests.factories.engagements import EngagementFactory, member, office
from tests.factories.programme import seeded
from tests.look.markup import Page
from workflow.errors import BadInput, NotAllowed, WrongState
from workflow.models import Event

pytestmark = pytest.mark.django_db


def actor():
    return made.acting(office())


def desk(user=None) -> Client:
    client = Client()
    client.force_login(user or office())
    return client


def drafted() -> Programme:
    return versions.draft_version(seeded(), actor=actor(), now=timezone.now())


def sent(client: Client, address: str) -> dict[str, str]:
    """What a browser would send for the form of a page as it stands."""
    response = client.get(address)
    assert response.status_code == 200
    found: dict[str, str] = {}
    forms = response.context.get("forms") or response.context.get("formset") or [response.context["form"]]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and value != []:
                found[bound.html_name] = value
    if (formset := response.context.get("formset")) is not None:
        for bound in formset.management_form:
            found[bound.html_name] = bound.value()
    assert Page(response.content.decode()).all("form")
    return found


def test_a_new_version_starts_as_the_old_one_and_nothing_uses_it_yet():
    first = seeded()
    second = drafted()
    assert (second.version, second.state) == (2, "draft")
    assert second.session_kinds.count() == first.session_kinds.count()
    assert changes(first, second) == []
    assert Programme.in_force(timezone.localdate()) == first


def test_the_forms_as_they_stand_change_nothing():
    second, client = drafted(), desk()
    for name in ("programme-settings", "programme-questions", "programme-sessions"):
        address = reverse(name, args=[second.pk])
        assert client.post(address, sent(client, address)).status_code == 302
    second.refresh_from_db()
    assert changes(seeded(), second) == []


def test_the_office_writes_a_version_sees_the_differences_and_the_form_and_puts_it_in_force():
    second, client = drafted(), desk()
    address = reverse("programme-settings", args=[second.pk])
    typed = sent(client, address) | {"review_days": 20, "priority_rules": "dx_plan made 2", "town_yes": "on"}
    client.post(address, typed)
    address = reverse("programme-sessions", args=[second.pk])
    client.post(address, sent(client, address) | {"s1-name": "窓口の研修", "s1-checklist": "30 会場\n7 名札"})
    address = reverse("programme-questions", args=[second.pk])
    typed = sent(client, address)
    last = int(typed["q-INITIAL_FORMS"])
    typed |= {
        f"q-{last}-{name}": value
        for name, value in {
            "key": "staff",
            "label": "職員の数",
            "kind": "integer",
            "part": "2",
            "position": "9",
            "min_length": "0",
        }.items()
    }
    typed |= {"q-1-DELETE": "on"}
    assert client.post(address, typed).status_code == 302
    page = client.get(reverse("programme", args=[second.pk])).content.decode()
    for words in ("申込を確認する日数", "dx_plan made 2", "窓口の研修", "設問 staff", "設問 sections"):
        assert words in page
    preview = client.get(reverse("programme-preview", args=[second.pk])).content.decode()
    assert "職員の数" in preview
    assert "窓口に関わる課の数" not in preview
    today = timezone.localdate()
    client.post(reverse("programme-in-force", args=[second.pk]), {"effective_from": today.isoformat()})
    assert Programme.in_force(today).version == 2
    assert Event.objects.filter(type="programme.put_in_force", stream=f"programme:{second.pk}").count() == 1


def test_who_pays_for_a_dispatch_is_written_by_the_office_and_compared():
    second, client = drafted(), desk()
    address = reverse("programme-settings", args=[second.pk])
    costs = "旅費は事務局が負担します。"
    assert client.post(address, sent(client, address) | {"dispatch_costs": costs}).status_code == 302
    second.refresh_from_db()
    assert second.dispatch_costs == costs
    assert [(change.what, change.after) for change in changes(seeded(), second)] == [
        ("派遣の費用の負担", costs)
    ]
    refused = client.post(address, sent(client, address) | {"dispatch_costs": "あ" * 301})
    assert refused.status_code != 302
    second.refresh_from_db()
    assert second.dispatch_costs == costs


def test_a_version_that_is_in_force_never_changes():
    first = seeded()
    for save in (
        lambda who: versions.save_settings(first, {"review_days": 1}, **who),
        lambda who: versions.save_questions(first, [], **who),
        lambda who: versions.save_sessions(first, {}, **who),
    ):
        with pytest.raises(WrongState):
            save({"actor": actor(), "now": timezone.now()})
    client = desk()
    address = reverse("programme-settings", args=[first.pk])
    assert client.post(address, sent(client, address) | {"review_days": 1}).status_code == 409


def test_an_engagement_keeps_its_version_with_sessions_and_deadlines():
    engagement = EngagementFactory()
    pinned = engagement.programme_id
    second = versions.draft_version(engagement.programme, actor=actor(), now=timezone.now())
    versions.save_settings(second, {"confirm_days": 1}, actor=actor(), now=timezone.now())
    versions.put_in_force(second, effective_from=timezone.localdate(), actor=actor(), now=timezone.now())
    engagement.refresh_from_db()
    assert engagement.programme_id == pinned
    assert {kind.programme_id for kind in engagement.programme.session_kinds.all()} == {pinned}


def test_a_version_in_force_is_taken_back_with_a_reason_until_a_call_has_opened_under_it():
    second, now = drafted(), timezone.now()
    today = timezone.localdate(now)
    versions.put_in_force(second, effective_from=today, actor=actor(), now=now)
    client, address = desk(), reverse("programme-take-back", args=[second.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "日を間違えました"})
    second.refresh_from_db()
    assert second.state == "draft"
    with pytest.raises(BadInput, match="ほかに施行中の版がありません"):
        versions.take_back(seeded(), reason="x", actor=actor(), now=now)
    made.call()
    with pytest.raises(BadInput, match="この版で始めた募集"):
        versions.take_back(seeded(), reason="x", actor=actor(), now=now)


def test_it_is_not_put_in_force_from_a_day_that_is_over():
    second = drafted()
    yesterday = timezone.localdate() - timedelta(days=1)
    for typed in (yesterday.isoformat(), "", "2026-13-40"):
        address = reverse("programme-in-force", args=[second.pk])
        assert desk().post(address, {"effective_from": typed}).status_code == 422
    second.refresh_from_db()
    assert second.state == "draft"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("priority_rules", "dx_plan made", "読み取れません"),
        ("priority_rules", "dx_plan made 9", "読み取れません"),
        ("priority_rules", "unheard made 1", "この版にありません"),
        ("priority_rules", "dx_plan unheard 1", "答え「unheard」はありません"),
        ("removal_from", "02-30", "03-15 の形"),
        ("review_days", "-1", ""),
        ("budget_month", "13", ""),
        ("name", "", ""),
        ("eligible_kinds", "moon", ""),
    ],
)
def test_bad_settings_come_back_with_a_sentence(field, value, sentence):
    second, client = drafted(), desk()
    address = reverse("programme-settings", args=[second.pk])
    response = client.post(address, sent(client, address) | {"summary": "消えない文", field: value})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "消えない文" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"q-0-key": "Buildings 1"}, ""),
        ({"q-0-key": "9x"}, "英小文字で始め"),
        ({"q-0-key": "sections"}, "同じ記号の設問"),
        ({"q-2-choices": "made"}, "記号と表示"),
        ({"q-2-choices": "a あ\na い"}, "同じ記号の選択肢"),
        ({"q-2-choices": ""}, "2つ以上"),
        ({"q-0-choices": "a あ\nb い"}, "選ばない設問"),
        ({"q-0-part": "77"}, ""),
        ({"aims": "DELETE"}, "いつもある設問"),
    ],
)
def test_bad_questions_come_back_with_a_sentence(change, sentence):
    second, client = drafted(), desk()
    address = reverse("programme-questions", args=[second.pk])
    typed = sent(client, address)
    if "aims" in change:
        [name] = [name for name, value in typed.items() if value == "aims"]
        change = {name.replace("-key", "-DELETE"): "on"}
    response = client.post(address, typed | change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert second.questions.filter(key="aims").exists()


@pytest.mark.parametrize("line", ["会場", "x 会場", "9999 会場", "-1 会場", "7", "7 " + "長" * 201])
def test_a_bad_checklist_comes_back_with_a_sentence(line):
    second, client = drafted(), desk()
    address = reverse("programme-sessions", args=[second.pk])
    response = client.post(address, sent(client, address) | {"s2-checklist": line, "s1-name": "消えない名前"})
    assert response.status_code == 422
    assert "消えない名前" in response.content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_others_of_the_office_read_and_write_nothing(role):
    second, client = drafted(), desk(member(role))
    page = client.get(reverse("programme", args=[second.pk]))
    assert page.status_code == 200
    assert "この日から施行する" not in page.content.decode()
    assert client.post(reverse("programme-new", args=[second.pk])).status_code == 403
    with pytest.raises(NotAllowed):
        versions.take_back(second, reason="x", actor=made.acting(member(role)), now=timezone.now())


def test_a_double_click_makes_one_version():
    first, client = seeded(), desk()
    for _ in range(2):
        client.post(reverse("programme-new", args=[first.pk]), {"idempotency_key": "once"})
    assert Programme.objects.count() == 2


def test_the_list_costs_the_same_at_one_and_at_three_versions(django_assert_num_queries):
    seeded()
    client = desk()
    client.get(reverse("programmes"))
    with django_assert_num_queries(6):
        client.get(reverse("programmes"))
    drafted()
    drafted()
    with django_assert_num_queries(6):
        client.get(reverse("programmes"))


def test_a_new_installation_says_what_is_missing_and_loads_the_first_version_once():
    """Where there is no version, a call says so and the form to print is not there."""
    client = desk()
    assert "最初の版を入れる" in client.get(reverse("programmes")).content.decode()
    assert client.get(reverse("document-blank")).status_code == 404
    refused = client.post(
        "/calls/new/", {"title": "随時", "fiscal_year": 2026, "opens_at": "2026-04-01T09:00"}
    )
    assert refused.status_code == 409
    assert "制度の版がありません" in refused.content.decode()
    for _time in range(2):
        assert client.post(reverse("programme-first")).status_code == 302
    assert Programme.objects.get().questions.exists()
    assert Event.objects.filter(type="programme.loaded").count() == 1
    assert "最初の版を入れる" not in client.get(reverse("programmes")).content.decode()


def test_only_the_office_loads_it():
    assert desk(member(Role.AUDITOR)).post(reverse("programme-first")).status_code == 403
    assert not Programme.objects.exists()
