"""The pages of a plan: editor, board, decision sheet; who sees them, and that nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import links
from accounts.models import Role, SignedLink, User
from accounts.standings import actor_for
from engagements.plans import services
from engagements.plans.models import Decision, Issue, Kpi, Plan
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, member, office
from tests.factories.plans import (
    KPI,
    SHA,
    PlanFactory,
    answered_plan,
    contact,
    decision_of,
    final_plan,
    ready_plan,
    reported_plan,
    survey_of,
)
from workflow import perform
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
NOTICED = "routes[0].visits[0].observations[1]"
JSON = {"HTTP_ACCEPT": "application/json"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def town(plan: Plan) -> Client:
    return signed_in(contact_of(plan.engagement))


def url(plan: Plan, **query: str) -> str:
    return f"/engagements/{plan.engagement_id}/plan/?" + "&".join(f"{k}={v}" for k, v in query.items())


def text_of(response: Any) -> str:
    return response.content.decode()


# --- the editor --------------------------------------------------------------------


def test_the_first_visit_teaches_and_a_button_begins() -> None:
    engagement = EngagementFactory()
    client = signed_in(contact_of(engagement))
    page = f"/engagements/{engagement.pk}/plan/"
    assert "計画書を始める" in text_of(client.get(page))
    assert not Plan.objects.exists()
    assert client.post(f"{page}begin/").status_code == 302
    client.post(f"{page}begin/")
    assert Plan.objects.count() == 1
    advisors_page = signed_in(advisor_of(engagement)).get(page)
    assert advisors_page.status_code == 200


@pytest.mark.parametrize("part", ["cover", "vision", "now", "decisions", "roadmap", "kpis", "people"])
def test_every_part_shows_its_form_and_its_page(part: str) -> None:
    plan = ready_plan()
    html = text_of(town(plan).get(url(plan, part=part)))
    assert 'class="sheet"' in html
    assert html.count("btn slim main") == 1
    assert "style=" not in html
    assert "<script>" not in html


def test_how_the_town_goes_about_it_is_written_and_shown_as_it_prints() -> None:
    plan = ready_plan()
    said = {
        "part": "people",
        "version": str(plan.revision),
        "told": "10月2日 課長会議",
        "risks": "異動<b>の時期",
    }
    client = town(plan)
    assert client.post(f"/plans/{plan.pk}/text/", said).status_code == 302
    page = text_of(client.get(url(plan, part="people")))
    assert ("10月2日 課長会議" in page, "異動&lt;b&gt;の時期" in page, "あと2項目" in page) == (
        True,
        True,
        True,
    )


def test_every_row_opens_in_its_form() -> None:
    plan = ready_plan()
    client = town(plan)
    for query in (
        {"part": "decisions", "decision": str(plan.decisions.get().pk)},
        {"part": "decisions", "decision": "new"},
        {"part": "roadmap", "item": str(plan.roadmap.get().pk)},
        {"part": "roadmap", "item": "new"},
        {"part": "kpis", "kpi": str(plan.kpis.get().pk)},
        {"part": "kpis", "kpi": "new", "from": "s1:total_s"},
    ):
        assert 'name="version"' in text_of(client.get(url(plan, **query)))
    assert 'value="156"' in text_of(client.get(url(plan, part="kpis", kpi="new") + "&from=s1:total_s"))
    assert client.get(url(plan, part="decisions", decision="0")).status_code == 404
    assert client.get(url(plan, part="nonsense")).status_code == 404


def test_the_mayors_questions_lead_to_the_gap() -> None:
    plan = ready_plan()
    gap = decision_of(plan, owner_section="")
    html = text_of(town(plan).get(url(plan)))
    assert "4つのうち3つに答えがあります" in html
    assert f"?part=decisions&amp;decision={gap.pk}#decisions" in html


def test_what_can_not_be_done_yet_stands_there_with_its_reason() -> None:
    html = text_of(town(plan := PlanFactory()).get(url(plan)))
    assert "計画書を完成にする" in html
    assert "「ありたい窓口の姿」を一言で書いてください。" in html


@pytest.mark.parametrize("many", [1, 3])
def test_the_editor_takes_a_constant_number_of_queries(
    many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    plan = ready_plan(decisions=many)
    for _number in range(many):
        services.save_row(Kpi, plan, actor=contact(plan), now=timezone.now(), values=KPI)
    client = town(plan)
    with django_assert_max_num_queries(23):
        client.get(url(plan))
    with django_assert_max_num_queries(23):
        client.get(f"/engagements/{plan.engagement_id}/plan/board/")


def test_a_name_with_markup_is_shown_as_written() -> None:
    plan = ready_plan()
    decision_of(plan, title="<b>太字</b><script>alert(1)</script>")
    html = text_of(town(plan).get(url(plan)))
    assert "<script>alert" not in html
    assert "&lt;b&gt;太字&lt;/b&gt;" in html


# --- who -------------------------------------------------------------------------------


def test_another_town_finds_nothing() -> None:
    plan, foreign = ready_plan(), town(ready_plan())
    decision = plan.decisions.get()
    for address in (url(plan), f"/engagements/{plan.engagement_id}/plan/board/", f"/plans/{plan.pk}/answer/"):
        assert foreign.get(address).status_code == 404
    for address in (
        f"/engagements/{plan.engagement_id}/plan/begin/",
        f"/plans/{plan.pk}/text/",
        f"/plans/{plan.pk}/decisions/",
        f"/plans/{plan.pk}/decisions/{decision.pk}/",
        f"/plans/{plan.pk}/issues/",
        f"/plans/{plan.pk}/answer/",
        f"/do/plan/{plan.pk}/finalise/",
        f"/do/decision/{decision.pk}/take/",
    ):
        assert foreign.post(address, {"title": "乗っ取り", "vision": "乗っ取り"}).status_code == 404
    plan.refresh_from_db()
    assert plan.vision != "乗っ取り"


def test_a_row_of_another_plan_is_not_reached_through_ones_own() -> None:
    plan, other = ready_plan(), ready_plan()
    for part, row in (("decisions", other.decisions.get()), ("kpis", other.kpis.get())):
        answer = town(plan).post(f"/plans/{plan.pk}/{part}/{row.pk}/", {"do": "remove"})
        assert answer.status_code == 404
    assert other.decisions.exists()


def test_readers_read_and_do_not_write() -> None:
    plan = ready_plan()
    town_hall = plan.engagement.municipality
    readers = [
        advisor_of(plan.engagement),
        office(),
        member(Role.AUDITOR),
        *(member(role, town_hall) for role in (Role.APPROVER, Role.SECTION, Role.EXECUTIVE)),
    ]
    for reader in readers:
        client = signed_in(reader)
        assert "data-autosave-url" not in text_of(client.get(url(plan, part="vision")))
        assert client.get(f"/engagements/{plan.engagement_id}/plan/board/").status_code == 200
        answer = client.post(f"/plans/{plan.pk}/text/", {"vision": "x", "version": "1"})
        assert answer.status_code == 403
    plan.refresh_from_db()
    assert plan.vision != "x"


def test_nobody_reads_without_signing_in() -> None:
    plan = ready_plan()
    assert Client().get(url(plan)).status_code == 302


# --- saving -----------------------------------------------------------------------------


def test_autosave_answers_with_time_version_and_what_is_missing() -> None:
    plan = PlanFactory()
    answer = town(plan).post(
        f"/plans/{plan.pk}/text/", {"vision": "", "background": "経緯", "version": "1"}, **JSON
    )
    assert answer.status_code == 200
    said = answer.json()
    assert re.fullmatch(r"\d{1,2}:\d\d", said["saved_at_label"])
    assert said["version"] == 2
    assert said["missing"] == [{"field": "vision", "label": "ありたい窓口の姿"}]


def test_autosave_of_an_old_version_shows_both_and_keeps_both() -> None:
    plan = PlanFactory()
    client = town(plan)
    client.post(f"/plans/{plan.pk}/text/", {"vision": "迷わない", "version": "1"}, **JSON)
    answer = client.post(f"/plans/{plan.pk}/text/", {"vision": "待たない", "version": "1"}, **JSON)
    assert answer.status_code == 409
    [facing] = answer.json()["conflict"]
    assert (facing["field"], facing["mine"], facing["theirs"]) == ("vision", "待たない", "迷わない")
    assert facing["by"] == contact_of(plan.engagement).name
    html = text_of(
        client.post(f"/plans/{plan.pk}/text/", {"vision": "待たない", "version": "1", "part": "vision"})
    )
    assert 'value="待たない"' in html
    assert "保存されている内容: 迷わない" in html
    assert 'name="version" value="2"' in html


def test_a_part_leaves_the_other_parts_alone() -> None:
    plan = PlanFactory(vision="迷わない", background="経緯")
    client = town(plan)
    answer = client.post(
        f"/plans/{plan.pk}/text/",
        {"executive_title": "副町長", "version": str(plan.revision), "part": "cover"},
    )
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert (plan.executive_title, plan.vision, plan.background) == ("副町長", "迷わない", "経緯")


def test_a_bad_address_is_told_at_its_field_and_kept() -> None:
    plan = PlanFactory()
    data = {"executive_title": "町長", "executive_email": "mayor", "version": "1", "part": "cover"}
    said = town(plan).post(f"/plans/{plan.pk}/text/", data | {"executive_name": "見本 太郎"}, **JSON).json()
    assert said["errors"]["executive_email"]
    assert "executive_email" in [item["field"] for item in said["missing"]]
    plan.refresh_from_db()
    assert (plan.executive_name, plan.executive_email) == ("見本 太郎", "")
    answer = town(plan).post(f"/plans/{plan.pk}/text/", data)
    assert answer.status_code == 422
    assert 'value="mayor"' in text_of(answer)


def decision_form(**values: str) -> dict[str, str]:
    return {
        "way": "stop",
        "title": "控えを取るのをやめる",
        "what_stops": "手書きの控え",
        "version": "",
    } | values


def test_a_decision_is_added_once_however_often_it_is_sent() -> None:
    plan = PlanFactory()
    client = town(plan)
    data = decision_form(idempotency_key="k1")
    assert client.post(f"/plans/{plan.pk}/decisions/", data).status_code == 302
    assert client.post(f"/plans/{plan.pk}/decisions/", data).status_code == 302
    assert Decision.objects.get().title == "控えを取るのをやめる"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "控え"),
        ({"start_on": "2027-02-30"}, "2027-02-30"),
        ({"scenario": "s1", "measure": "writes", "change": "-99"}, "それより多くは減らせません"),
        ({"measure": "writes"}, "場面・ものさし・変わる量の3つ"),
    ],
)
def test_a_refused_decision_comes_back_as_it_was_typed(wrong: dict[str, str], sentence: str) -> None:
    plan = PlanFactory()
    survey_of(plan.engagement)
    answer = town(plan).post(f"/plans/{plan.pk}/decisions/", decision_form(**wrong))
    assert answer.status_code == 422
    html = text_of(answer)
    assert "手書きの控え" in html
    assert sentence in html
    assert not Decision.objects.exists()


def test_a_row_changed_meanwhile_shows_both_values() -> None:
    plan = ready_plan()
    kpi = plan.kpis.get()
    data = {**KPI, "by": "2027-09-30", "target": "10", "version": services.row_version(kpi)}
    services.save_row(Kpi, plan, actor=contact(plan), now=timezone.now(), pk=kpi.pk, values={"target": 40})
    answer = town(plan).post(f"/plans/{plan.pk}/kpis/{kpi.pk}/", data)
    assert answer.status_code == 409
    html = text_of(answer)
    assert 'value="10"' in html
    assert "保存されている内容: 40" in html
    again = re.search(r'name="version" value="(\w{16})"', html)
    assert again is not None
    assert (
        town(plan).post(f"/plans/{plan.pk}/kpis/{kpi.pk}/", data | {"version": again[1]}).status_code == 302
    )
    assert plan.kpis.get().target == 10


def test_a_finished_plan_refuses_and_says_what_to_do() -> None:
    plan = ready_plan()
    perform("finalise", plan, contact(plan))
    answer = town(plan).post(f"/plans/{plan.pk}/decisions/", decision_form())
    assert answer.status_code == 409
    assert "先に下書きに戻してください" in text_of(answer)


def test_a_row_is_taken_out() -> None:
    plan = ready_plan()
    assert (
        town(plan).post(f"/plans/{plan.pk}/kpis/{plan.kpis.get().pk}/", {"do": "remove"}).status_code == 302
    )
    assert not plan.kpis.exists()
    assert town(plan).post(f"/plans/{plan.pk}/nonsense/").status_code == 404


# --- the board -----------------------------------------------------------------------------


def test_the_board_works_with_plain_forms() -> None:
    plan = ready_plan()
    client = town(plan)
    page = f"/engagements/{plan.engagement_id}/plan/board/"
    html = text_of(client.get(page))
    assert "課題はまだありません。" in html
    assert html.index("氏名を書く紙が5枚続いた1") < html.index("席まで案内してくれた1")
    client.post(f"/plans/{plan.pk}/issues/", {"paths": [NOTICED], "title": "何度も書く"})
    issue = Issue.objects.get()
    client.post(f"/plans/{plan.pk}/issues/", {"paths": ["routes[1].observations[0]"], "into": str(issue.pk)})
    assert issue.evidence.count() == 2
    client.post(f"/plans/{plan.pk}/evidence/{issue.evidence.latest('pk').pk}/")
    assert issue.evidence.count() == 1
    version = services.row_version(issue)
    client.post(
        f"/plans/{plan.pk}/issues/{issue.pk}/", {"do": "save", "title": "書き直しが多い", "version": version}
    )
    added = client.post(
        f"/plans/{plan.pk}/decisions/",
        {"issue": str(issue.pk), "way": "reduce", "title": "書く欄を減らす", "back": "board"},
    )
    assert added["Location"] == page
    html = text_of(client.get(page))
    assert "書き直しが多い" in html
    assert "書く欄を減らす" in html
    stale = client.post(
        f"/plans/{plan.pk}/issues/{issue.pk}/", {"do": "save", "title": "別名", "version": version}
    )
    assert stale.status_code == 409
    client.post(f"/plans/{plan.pk}/issues/{issue.pk}/", {"do": "remove"})
    assert not Issue.objects.exists()
    assert Decision.objects.filter(title="書く欄を減らす", issue=None).exists()


def test_a_refused_issue_keeps_the_choice() -> None:
    plan = ready_plan()
    answer = town(plan).post(f"/plans/{plan.pk}/issues/", {"paths": [NOTICED], "title": "長" * 121})
    assert answer.status_code == 422
    html = text_of(answer)
    assert f'value="{NOTICED}" checked' in html
    assert "長" * 121 in html
    assert town(plan).post(f"/plans/{plan.pk}/issues/", {"title": "課\x00題"}).status_code == 400
    assert not Issue.objects.exists()


# --- the answer of the meeting ------------------------------------------------------------------


def answer_form(plan: Plan, **values: str) -> dict[str, str]:
    data = {
        "document_hash": plan.issued_hash,
        "answered_by": "見本 太郎",
        "answered_on": timezone.localdate().isoformat(),
    }
    for decision in plan.decisions.all():
        data[f"answer_{decision.pk}"] = "adopted"
    return data | values


def test_the_contact_writes_down_the_answer() -> None:
    plan = reported_plan(decisions=2)
    client = town(plan)
    html = text_of(client.get(f"/plans/{plan.pk}/answer/"))
    assert SHA in html
    assert "checked" not in html
    answer = client.post(f"/plans/{plan.pk}/answer/", answer_form(plan))
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert plan.state == "answered"
    assert text_of(client.get(url(plan))).count("(この答え)") == 2


def test_a_refused_answer_keeps_what_was_chosen() -> None:
    plan = reported_plan(decisions=2)
    first, second = plan.decisions.all()
    wrong = {
        f"answer_{first.pk}": "adopted_with_condition",
        f"answer_{second.pk}": "",
        "answered_on": "2999-01-01",
    }
    answer = town(plan).post(f"/plans/{plan.pk}/answer/", answer_form(plan, **wrong))
    assert answer.status_code == 422
    html = text_of(answer)
    assert "「改善案1」の条件を書いてください。" in html
    assert "「改善案2」の答えを選んでください。" in html
    assert "これから来る日です" in html
    assert re.search(rf'name="answer_{first.pk}" value="adopted_with_condition" checked', html)
    plan.refresh_from_db()
    assert plan.state == "reported"


def test_an_answer_to_another_version_is_refused() -> None:
    plan = reported_plan()
    answer = town(plan).post(f"/plans/{plan.pk}/answer/", answer_form(plan, document_hash="0" * 64))
    assert answer.status_code == 422
    assert "報告した版と違います" in text_of(answer)


def test_the_answer_page_says_why_it_is_closed() -> None:
    assert "いまは「完成」です" in text_of(town(plan := final_plan()).get(f"/plans/{plan.pk}/answer/"))
    assert town(plan).post(f"/plans/{plan.pk}/answer/", answer_form(plan)).status_code == 409
    assert signed_in(office()).get(f"/plans/{plan.pk}/answer/").status_code == 403


# --- the executive's link ------------------------------------------------------------------------


def link_to(plan: Plan, **values: Any) -> str:
    """Another link to the same plan, with its token known."""
    made = {
        "purpose": "executive-answer",
        "role": Role.EXECUTIVE,
        "scope": f"plan:{plan.pk}",
        "address": "mayor@example.test",
        "name": "見本 太郎",
        "version": plan.issued_hash,
        "now": timezone.now(),
    }
    _link, address = links.issue(**(made | values))
    return "/l/" + address.rsplit("/l/", 1)[1]


def test_the_executive_answers_without_an_account() -> None:
    plan = reported_plan(decisions=2)
    address = link_to(plan)
    client = Client()
    page = client.get(address)
    assert page.status_code == 200
    html = text_of(page)
    assert SHA in html
    assert f'href="{address}file/"' in html
    assert "改善案1" in html
    assert "checked" not in html
    assert Event.objects.filter(type="plan.answer").count() == 0
    client.get(address)
    answer = client.post(address, answer_form(plan))
    assert answer.status_code == 200
    assert "お答えを受け取りました" in text_of(answer)
    plan.refresh_from_db()
    assert (plan.state, plan.answered_hash, plan.answered_by) == ("answered", SHA, "見本 太郎")
    link = SignedLink.objects.latest("pk")
    assert link.used_at is not None
    assert Event.objects.get(type="plan.answer").actor_key == f"link:{link.pk}"
    assert {event.actor_key for event in Event.objects.filter(type="decision.adopt")} == {f"link:{link.pk}"}
    assert client.post(address, answer_form(plan)).status_code == 410
    shown = client.get(address)
    assert (shown.status_code, "お答えを受け取りました" in shown.content.decode()) == (200, True)
    assert Event.objects.filter(type="plan.answer").count() == 1


def test_a_used_link_shows_what_was_answered_as_long_as_it_stands() -> None:
    plan = reported_plan(decisions=2)
    first, second = plan.decisions.all()
    address = link_to(plan)
    form = answer_form(plan) | {
        f"answer_{first.pk}": "adopted_with_condition",
        f"answer_{second.pk}": "deferred",
    }
    answered = Client().post(address, form | {f"condition_{first.pk}": "繁忙期の前に試すこと"})
    for html in (text_of(answered), text_of(Client().get(address))):
        for words in (
            "改善案1",
            "条件を付けて認める",
            "繁忙期の前に試すこと",
            "改善案2",
            "先に延ばす",
            "見本 太郎さん",
        ):
            assert words in html, words
    perform("retract_answer", Plan.objects.get(pk=plan.pk), actor_for(office()), reason="取り違え")
    html = text_of(Client().get(address))
    assert "そのあと取り消されました" in html
    assert "改善案1" not in html
    assert SHA[:12] in html


def test_conditions_keep_their_owner_and_date() -> None:
    plan = reported_plan(decisions=2)
    first, second = plan.decisions.all()
    form = answer_form(plan)
    form |= {f"answer_{first.pk}": "adopted_with_condition", f"condition_{first.pk}": "繁忙期の前に試すこと"}
    form |= {f"answer_{second.pk}": "adopted_with_condition", f"condition_{second.pk}": "予算の範囲で"}
    form |= {f"owner_{second.pk}": "総務課", f"by_{second.pk}": "2027-03-31"}
    refused = Client().post(link_to(plan), form | {f"by_{second.pk}": "いつか"})
    assert refused.status_code == 422
    assert "の期日を、年月日で入れ直してください。" in text_of(refused)
    assert "総務課" in text_of(refused)
    assert Client().post(link_to(plan), form).status_code == 200
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.condition_owner, first.condition_by) == (first.owner_section, first.start_on)
    assert (second.condition_owner, second.condition_by.isoformat()) == ("総務課", "2027-03-31")
    shown = text_of(town(plan).get(url(plan, part="decisions")))
    assert "予算の範囲で(総務課、令和9年(2027年)3月31日(水)まで)" in shown
    told = text_of(town(plan).get(f"/engagements/{plan.engagement_id}/?log=all"))
    assert "条件・添え書き「予算の範囲で」 担当は総務課。" in told
    office_user = office()
    perform("retract_answer", plan, actor_for(office_user), reason="取り違えたため")
    second.refresh_from_db()
    assert (second.condition, second.condition_owner, second.condition_by) == ("", "", None)


def test_the_sheet_of_a_link_is_that_of_its_plan() -> None:
    plan = reported_plan()
    address = link_to(plan)
    assert Client().get(f"{address}sheet/").status_code == 404
    assert f'href="{address}sheet/"' in text_of(Client().get(address))


def test_an_answer_that_came_second_is_told_so_and_shown_beside_the_first() -> None:
    plan = reported_plan(decisions=1)
    address = link_to(plan)
    [decision] = plan.decisions.all()
    desk, page = town(plan), Client()
    assert page.get(address).status_code == 200
    by_hand = answer_form(plan) | {"document_hash": SHA, "answered_on": timezone.localdate().isoformat()}
    assert desk.post(f"/plans/{plan.pk}/answer/", by_hand).status_code == 302
    late = answer_form(plan) | {
        f"answer_{decision.pk}": "adopted_with_condition",
        f"condition_{decision.pk}": "冬の前に試すこと",
    }
    answer = page.post(address, late)
    assert answer.status_code == 409
    for said in (
        "お答えはもう記録されています",
        "見本 太郎さん",
        "認める",
        "条件を付けて認める",
        "冬の前に試すこと",
    ):
        assert said in text_of(answer)
    assert Event.objects.filter(type="plan.answer").count() == 1
    second = desk.post(f"/plans/{plan.pk}/answer/", by_hand | {f"answer_{decision.pk}": "rejected"})
    assert second.status_code == 409
    assert "認めない" in text_of(second)
    decision.refresh_from_db()
    assert decision.state == "adopted"


def test_a_refused_answer_by_link_uses_nothing_up() -> None:
    plan = reported_plan(decisions=2)
    address = link_to(plan)
    first, second = plan.decisions.all()
    said = answer_form(
        plan, **{f"answer_{second.pk}": "", f"condition_{first.pk}": "予算の範囲で", "answered_by": ""}
    )
    answer = Client().post(address, said)
    assert answer.status_code == 422
    html = text_of(answer)
    assert re.search(rf'name="answer_{first.pk}" value="adopted" checked', html)
    assert 'value="予算の範囲で"' in html
    assert SignedLink.objects.latest("pk").used_at is None
    assert Client().post(address, answer_form(plan)).status_code == 200


def test_an_expired_link_and_one_to_another_version_are_closed() -> None:
    plan = reported_plan()
    late = link_to(plan, now=timezone.now() - timedelta(days=15))
    assert Client().get(late).status_code == 410
    assert Client().post(late, answer_form(plan)).status_code == 410
    other = link_to(plan, version="0" * 64)
    assert Client().get(other).status_code == 409
    assert Client().post(other, answer_form(plan)).status_code == 409
    foreign = link_to(plan, scope=f"plan:{reported_plan(sha256='a' * 64).pk}")
    assert Client().post(foreign, answer_form(plan)).status_code == 409
    plan.refresh_from_db()
    assert plan.state == "reported"


def test_a_link_closes_when_the_plan_goes_back_to_the_desk() -> None:
    plan = reported_plan()
    address = link_to(plan)
    perform("send_back", plan, contact(plan), reason="費用を調べ直す")
    assert Client().post(address, answer_form(plan)).status_code == 409


def test_the_answered_plan_shows_who_when_and_which_version() -> None:
    plan = answered_plan("adopted")
    html = text_of(town(plan).get(url(plan)))
    assert "見本 太郎さんが" in html
    assert SHA[:12] in html


def test_the_town_records_how_adopted_decisions_go_on() -> None:
    plan = answered_plan("adopted", "rejected")
    adopted, rejected = plan.decisions.all()
    client = town(plan)
    html = text_of(client.get(url(plan, part="decisions")))
    assert f"/do/decision/{adopted.pk}/start/" in html
    assert f"/do/decision/{rejected.pk}/" not in html
    client.post(f"/do/decision/{adopted.pk}/start/")
    html = text_of(client.get(url(plan, part="decisions")))
    assert f"/do/decision/{adopted.pk}/finish/" in html
    assert "/do/decision/" not in text_of(signed_in(advisor_of(plan.engagement)).get(url(plan)))
