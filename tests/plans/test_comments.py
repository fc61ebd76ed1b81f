"""Remarks of advisor and approver about a plan before it is final, and the town's answers to them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from accounts.standings import actor_for
from engagements.plans import comments
from engagements.plans.models import Plan, PlanComment
from tests.factories.engagements import advisor_of, contact_of, member
from tests.factories.plans import contact, final_plan, ready_plan
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform
from workflow.errors import BadInput, Conflict, NotAllowed
from workflow.models import Event

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(plan: Plan) -> str:
    return f"/engagements/{plan.engagement_id}/plan/?part=decisions"


def said_by_advisor(plan: Plan, text: str = "費用の根拠を足しましょう") -> PlanComment:
    advisor = actor_for(advisor_of(plan.engagement))
    return comments.comment(plan, actor=advisor, now=timezone.now(), part="decisions", text=text)


def test_an_advisor_remarks_the_town_answers_and_the_plan_is_finished() -> None:
    plan = ready_plan()
    perform("request_review", plan, contact(plan))
    [decision] = plan.decisions.all()
    advisor, town = signed_in(advisor_of(plan.engagement)), signed_in(contact_of(plan.engagement))
    typed: dict[str, Any] = {"part": "decisions", "decision": decision.pk, "text": "費用の根拠を足しましょう"}
    assert advisor.post(f"/plans/{plan.pk}/comments/", typed).status_code == 302
    [row] = PlanComment.objects.all()
    assert (row.decision, row.author) == (decision, advisor_of(plan.engagement))
    html = town.get(page(plan)).content.decode()
    assert "費用の根拠を足しましょう" in html
    assert "計画書全体で未回答 1件" in html
    with pytest.raises(BadInput) as caught:
        perform("finalise", plan, contact(plan))
    assert "まだ答えていない意見が1件あります" in caught.value.fields["comments_reason"][0]
    refused = town.post(f"/plans/{plan.pk}/comments/{row.pk}/", {"do": "settle", "reply": " "})
    assert refused.status_code == 422
    answer = {"do": "settle", "reply": "見積書を付けました"}
    assert town.post(f"/plans/{plan.pk}/comments/{row.pk}/", answer).status_code == 302
    assert "見積書を付けました" in advisor.get(page(plan)).content.decode()
    perform("finalise", plan, contact(plan))
    assert {event.type for event in Event.objects.filter(stream=plan.stream)} >= {
        "plan.commented",
        "plan.comment_settled",
    }


def test_a_plan_is_finished_over_an_open_remark_only_with_a_reason() -> None:
    plan = ready_plan()
    said_by_advisor(plan)
    perform("finalise", plan, contact(plan), comments_reason="来年度の見積で答えるため")
    assert plan.state == "final"


def test_an_answer_that_does_not_settle_it_is_opened_again_with_a_reason() -> None:
    plan = ready_plan()
    row = said_by_advisor(plan)
    comments.settle(plan, row.pk, actor=contact(plan), now=timezone.now(), reply="直しました")
    with pytest.raises(Conflict):
        comments.settle(plan, row.pk, actor=contact(plan), now=timezone.now(), reply="もう一度")
    advisor = actor_for(advisor_of(plan.engagement))
    with pytest.raises(BadInput):
        comments.reopen(plan, row.pk, actor=advisor, now=timezone.now(), reason="")
    comments.reopen(plan, row.pk, actor=advisor, now=timezone.now(), reason="金額が入っていません")
    row.refresh_from_db()
    assert row.settled_at is None
    assert row.reply == "直しました"


def test_the_approver_remarks_too_and_nobody_else() -> None:
    plan = ready_plan()
    approver = actor_for(member(Role.APPROVER, plan.engagement.municipality))
    comments.comment(plan, actor=approver, now=timezone.now(), part="vision", text="短くてよい")
    with pytest.raises(NotAllowed):
        comments.comment(plan, actor=contact(plan), now=timezone.now(), part="vision", text="自分で")
    stranger = signed_in(member(Role.APPROVER, MunicipalityFactory()))
    assert stranger.post(f"/plans/{plan.pk}/comments/", {"part": "vision", "text": "x"}).status_code == 404
    assert plan.comments.count() == 1


def test_a_finished_plan_takes_no_remarks() -> None:
    plan = final_plan()
    with pytest.raises(Conflict, match="下書きと確認中のあいだ"):
        said_by_advisor(plan)


def test_what_was_typed_comes_back_when_it_is_refused() -> None:
    plan = ready_plan()
    advisor = signed_in(advisor_of(plan.engagement))
    other = ready_plan().decisions.get()
    typed = {"part": "decisions", "decision": other.pk, "text": "書いた意見"}
    refused = advisor.post(f"/plans/{plan.pk}/comments/", typed)
    assert refused.status_code == 422
    assert "書いた意見" in refused.content.decode()
    assert not PlanComment.objects.exists()
