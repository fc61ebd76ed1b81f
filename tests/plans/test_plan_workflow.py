"""A plan from draft to answer: what each step needs, what it does, how it is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, SignedLink
from accounts.standings import actor_for
from engagements.plans import letters, services
from engagements.plans.models import Decision, Kpi, Plan
from engagements.sessions.letters import advisors
from tests.factories.engagements import advisor_of, contact_of, member, office
from tests.factories.plans import (
    SHA,
    PlanFactory,
    answer_rows,
    answered_plan,
    contact,
    final_plan,
    give_answer,
    ready_plan,
    reported_plan,
)
from workflow import Actor, perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Event, Outbox, Span

pytestmark = pytest.mark.django_db


def reasons(error: GuardsUnmet) -> str:
    return " ".join(str(item.sentence) for item in error.unmet)


def advisor(plan: Plan) -> Actor:
    return actor_for(advisor_of(plan.engagement))


def states(plan: Plan) -> list[str]:
    return [str(decision.state) for decision in plan.decisions.all()]


def mails() -> list[Outbox]:
    return list(Outbox.objects.filter(kind="mail").order_by("pk"))


def test_an_empty_plan_says_all_that_is_missing_with_the_place() -> None:
    plan = PlanFactory()
    with pytest.raises(GuardsUnmet) as caught:
        perform("finalise", plan, contact(plan))
    said = reasons(caught.value)
    for word in ("体験調査の記録", "ありたい窓口の姿", "担当課・最初の一歩・始める日", "ものさし"):
        assert word in said
    assert [item.url for item in caught.value.unmet] == [
        f"/engagements/{plan.engagement_id}/plan/?part={part}#{part}"
        for part in ("now", "vision", "decisions", "kpis")
    ]


@pytest.mark.parametrize("gap", [{"owner_section": ""}, {"first_step": ""}, {"start_on": None}])
def test_a_decision_without_owner_first_step_or_day_is_not_enough(gap: dict[str, Any]) -> None:
    plan = ready_plan()
    plan.decisions.update(**gap)
    with pytest.raises(GuardsUnmet, match="担当課・最初の一歩・始める日"):
        perform("finalise", plan, contact(plan))


def test_a_plan_without_a_kpi_is_not_finished() -> None:
    plan = ready_plan()
    Kpi.objects.all().delete()
    with pytest.raises(GuardsUnmet, match="ものさし"):
        perform("finalise", plan, contact(plan))


def test_a_stopped_engagement_goes_no_further() -> None:
    plan = ready_plan()
    type(plan.engagement).objects.filter(pk=plan.engagement_id).update(state="cancelled")
    with pytest.raises(GuardsUnmet, match="再開は事務局に"):
        perform("finalise", plan, contact(plan))


def test_the_advisor_comments_and_gives_back() -> None:
    plan = ready_plan()
    perform("request_review", plan, contact(plan))
    assert plan.state == "in_review"
    assert Span.objects.get(stream=plan.stream, left_at=None).turn_role == "advisor"
    [mail] = mails()
    assert mail.address == advisor_of(plan.engagement).email
    assert "までに、計画書をご確認ください" in mail.subject
    perform("give_back", plan, advisor(plan), review_comment="費用の根拠を足してください")
    assert plan.state == "draft"
    assert plan.review_comment == "費用の根拠を足してください"
    assert mails()[-1].address == contact_of(plan.engagement).email


def test_a_review_can_be_taken_back_with_a_reason_and_mails_nobody() -> None:
    plan = ready_plan()
    perform("request_review", plan, contact(plan))
    before = len(mails())
    with pytest.raises(BadInput):
        perform("retract_review", plan, contact(plan))
    perform("retract_review", plan, contact(plan), reason="先に直すところが見つかったため")
    assert plan.state == "draft"
    assert len(mails()) == before


def given_back() -> Plan:
    plan = ready_plan()
    perform("request_review", plan, contact(plan))
    perform("give_back", plan, advisor(plan), review_comment="費用の根拠を足してください")
    return plan


def test_the_advisor_takes_back_what_was_given_back_and_mails_nobody() -> None:
    plan = given_back()
    before = len(mails())
    with pytest.raises(BadInput):
        perform("resume_review", plan, advisor(plan))
    perform("resume_review", plan, advisor(plan), reason="別の計画書への意見でした")
    assert (plan.state, plan.review_comment) == ("in_review", "")
    assert Span.objects.get(stream=plan.stream, left_at=None).turn_role == "advisor"
    assert len(mails()) == before


def test_what_the_town_mends_already_is_not_taken_back_from_it() -> None:
    plan = given_back()
    services.save_text(
        plan, actor=contact(plan), now=timezone.now(), version=plan.revision, values={"vision": "書かない"}
    )
    with pytest.raises(GuardsUnmet, match="町が計画書を直し始めています"):
        perform("resume_review", plan, advisor(plan), reason="もう一度見ます")


def test_only_what_was_given_back_is_looked_at_again() -> None:
    plan = ready_plan()
    with pytest.raises(GuardsUnmet, match="アドバイザーが返した計画書ではありません"):
        perform("resume_review", plan, advisor(plan), reason="もう一度見ます")


def test_the_town_does_not_comment_in_the_advisors_place() -> None:
    plan = ready_plan()
    perform("request_review", plan, contact(plan))
    with pytest.raises(NotAllowed):
        perform("give_back", plan, contact(plan), review_comment="よい")


def test_report_waits_for_the_file() -> None:
    plan = ready_plan()
    perform("finalise", plan, contact(plan))
    with pytest.raises(GuardsUnmet, match="計画書のPDFを作っています。できると報告できます。"):
        perform("report", plan, contact(plan))
    assert services.attach_issued(plan, 7, SHA, timezone.now())
    perform("report", plan, contact(plan))
    plan.refresh_from_db()
    assert plan.reported_at is not None
    assert not SignedLink.objects.exists()


def test_only_a_finished_plan_takes_a_file_and_never_an_older_one() -> None:
    plan = ready_plan()
    assert not services.attach_issued(plan, 3, SHA, timezone.now())
    perform("finalise", plan, contact(plan))
    assert services.attach_issued(plan, 5, SHA, timezone.now())
    assert not services.attach_issued(plan, 4, "f" * 64, timezone.now())
    perform("reopen", plan, contact(plan), reason="費用を直すため")
    assert plan.issued_hash == ""
    assert not services.attach_issued(plan, 6, "e" * 64, timezone.now())


def test_a_report_sends_the_executive_a_link_to_this_very_version() -> None:
    plan = reported_plan(executive_email="mayor@example.test")
    link = SignedLink.objects.get()
    assert (link.purpose, link.role, link.scope, link.version) == (
        "executive-answer",
        "executive",
        f"plan:{plan.pk}",
        SHA,
    )
    mail = mails()[-1]
    assert mail.address == "mayor@example.test"
    assert "までに、窓口改革計画書にお答えください" in mail.subject
    assert SHA[:12] not in mail.body
    assert plan.reference in mail.body
    assert "/l/" in mail.body


def test_the_link_is_sent_again_and_the_old_one_closes() -> None:
    plan = reported_plan(executive_email="mayr@example.test")
    perform("resend_link", plan, contact(plan), executive_email="mayor@example.test")
    old, new = SignedLink.objects.order_by("pk")
    assert old.revoked_at is not None
    assert new.address == "mayor@example.test"
    assert plan.state == "reported"


def test_an_answer_reaches_every_decision_and_names_the_version() -> None:
    plan = reported_plan(decisions=4)
    give_answer(plan, "adopted", "adopted_with_condition", "deferred", "rejected")
    assert plan.state == "answered"
    assert states(plan) == ["adopted", "adopted_with_condition", "deferred", "rejected"]
    assert (plan.answered_hash, plan.answered_by) == (SHA, "見本 太郎")
    assert plan.answered_at is not None
    assert timezone.localdate(plan.answered_at) == timezone.localdate() - timedelta(days=1)
    event = Event.objects.get(type="plan.answer")
    assert event.occurred_at == plan.answered_at < event.recorded_at
    assert SHA in event.canonical
    assert plan.decisions.all()[1].condition == "来年度の予算の範囲で"
    assert Event.objects.get(type="decision.adopt").occurred_at == plan.answered_at


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"document_hash": "0" * 64}, "document_hash"),
        ({"document_hash": ""}, "document_hash"),
        ({"answered_on": timezone.localdate() + timedelta(days=1)}, "answered_on"),
        ({"answered_on": "2019-02-30"}, "answered_on"),
        ({"answered_on": "1989-01-08"}, "answered_on"),
        ({"answered_by": ""}, "answered_by"),
        ({"answers": []}, "answers"),
        ({"answers": "adopted"}, "answers"),
    ],
)
def test_an_answer_with_a_fault_changes_nothing(said: dict[str, Any], field: str) -> None:
    plan = reported_plan()
    with pytest.raises(BadInput) as caught:
        give_answer(plan, "adopted", **said)
    assert field in caught.value.fields
    plan.refresh_from_db()
    assert plan.state == "reported"
    assert states(plan) == ["proposed"]


def test_a_partial_answer_names_the_decision_that_lacks_one() -> None:
    plan = reported_plan(decisions=2)
    rows = answer_rows(plan, "adopted", "adopted_with_condition")
    rows[1]["condition"] = ""
    with pytest.raises(BadInput) as caught:
        give_answer(plan, "adopted", "adopted", answers=rows[:1])
    first, second = (row["decision"] for row in rows)
    assert caught.value.fields == {f"answers.{second}": ["「改善案2」の答えを選んでください。"]}
    with pytest.raises(BadInput) as caught:
        give_answer(plan, "adopted", "adopted", answers=rows)
    assert caught.value.fields == {f"answers.{second}": ["「改善案2」の条件を書いてください。"]}
    with pytest.raises(BadInput) as caught:
        give_answer(plan, "adopted", "adopted", answers=[rows[0], rows[0], {**rows[1], "answer": "rejected"}])
    assert caught.value.fields == {
        f"answers.{first}": ["「改善案1」の答えが2つあります。1つにしてください。"]
    }


def test_a_decision_is_not_answered_past_the_plan() -> None:
    plan = reported_plan()
    decision = plan.decisions.get()
    for name, data in (("adopt", {}), ("reject", {"condition": ""})):
        with pytest.raises(GuardsUnmet, match="計画書への答えとして"):
            perform(name, decision, contact(plan), **data)
    give_answer(plan, "adopted")
    decision.refresh_from_db()
    with pytest.raises(GuardsUnmet, match="まとめて行います"):
        perform("reset", decision, contact(plan), reason="間違い")


def test_the_office_takes_a_wrong_answer_back() -> None:
    plan = answered_plan("adopted", "rejected")
    with pytest.raises(NotAllowed):
        perform("retract_answer", plan, contact(plan), reason="取り違え")
    before = len(mails())
    perform("retract_answer", plan, actor_for(office()), reason="別の町の答えと取り違えたため")
    assert plan.state == "reported"
    assert states(plan) == ["proposed", "proposed"]
    assert (plan.answered_at, plan.answered_by, plan.answered_hash) == (None, "", "")
    assert len(mails()) == before
    give_answer(plan, "rejected", "adopted")
    assert states(plan) == ["rejected", "adopted"]


def test_an_answer_stays_once_a_decision_was_started() -> None:
    plan = answered_plan("adopted")
    perform("start", plan.decisions.get(), contact(plan))
    with pytest.raises(GuardsUnmet, match="先に、始めた改善を"):
        perform("retract_answer", plan, actor_for(office()), reason="取り違え")


def test_sending_back_reopens_the_plan_and_its_link_no_longer_fits() -> None:
    plan = reported_plan(executive_email="mayor@example.test")
    perform("send_back", plan, contact(plan), reason="費用を調べ直す")
    assert (plan.state, plan.issued_hash) == ("draft", "")
    with pytest.raises(WrongState):
        give_answer(plan, "adopted", document_hash=SHA)


def test_a_plan_of_which_nothing_was_adopted_comes_back_to_the_desk() -> None:
    plan = answered_plan("deferred", "rejected")
    perform("send_back", plan, contact(plan), reason="案を練り直す")
    assert plan.state == "draft"
    assert states(plan) == ["proposed", "proposed"]
    assert plan.answered_hash == ""


def test_an_agreed_plan_is_not_sent_back() -> None:
    plan = answered_plan("adopted", "rejected")
    with pytest.raises(GuardsUnmet, match="認められた改善案がある"):
        perform("send_back", plan, contact(plan), reason="案を練り直す")


def test_decisions_live_on_after_the_answer() -> None:
    plan = answered_plan("adopted", "adopted_with_condition")
    plain, conditional = plan.decisions.all()
    perform("start", plain, contact(plan))
    perform("finish", plain, contact(plan))
    perform("resume", plain, contact(plan), reason="まだ残りがあった")
    perform("stop", plain, contact(plan), reason="制度が変わった")
    perform("resume", plain, contact(plan), reason="やはり続ける")
    with pytest.raises(GuardsUnmet):
        perform("unstart_with_condition", plain, contact(plan), reason="早かった")
    perform("unstart", plain, contact(plan), reason="早かった")
    assert plain.state == "adopted"
    perform("start", conditional, contact(plan))
    with pytest.raises(GuardsUnmet):
        perform("unstart", conditional, contact(plan), reason="早かった")
    perform("unstart_with_condition", conditional, contact(plan), reason="早かった")
    assert (conditional.state, conditional.condition) == ("adopted_with_condition", "来年度の予算の範囲で")


def test_a_section_is_named_before_it_takes_a_decision() -> None:
    plan = ready_plan()
    decision = plan.decisions.get()
    Decision.objects.update(owner_section="")
    with pytest.raises(GuardsUnmet, match="引き受ける課"):
        perform("take", decision, contact(plan))
    Decision.objects.update(owner_section="町民生活課")
    perform("take", decision, contact(plan))
    assert decision.state == "taken"
    perform("untake", decision, contact(plan), reason="課の都合が変わった")
    assert decision.state == "proposed"


def test_the_towns_executive_may_answer_signed_in_and_a_foreign_one_may_not() -> None:
    plan = reported_plan()
    mayor = actor_for(member(Role.EXECUTIVE, plan.engagement.municipality))
    foreign = actor_for(contact_of(PlanFactory().engagement))
    with pytest.raises(NotAllowed):
        give_answer(plan, "adopted", actor=foreign)
    give_answer(plan, "adopted", actor=mayor)
    assert plan.state == "answered"


def test_people_without_a_part_in_it_are_refused() -> None:
    plan = final_plan()
    for who in (advisor(plan), actor_for(office()), actor_for(member(Role.AUDITOR))):
        with pytest.raises(NotAllowed):
            perform("report", plan, who)


def test_days_are_counted_from_the_programme() -> None:
    plan = reported_plan()
    assert plan.reported_at is not None
    programme = plan.engagement.programme
    assert letters.answer_due(plan) == timezone.localdate(plan.reported_at) + timedelta(
        days=programme.answer_days
    )
    assert Span.objects.get(stream=plan.stream, left_at=None).due_on == letters.answer_due(plan)
    assert list(advisors(plan.engagement_id, timezone.localdate()))
