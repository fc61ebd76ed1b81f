"""What the journey asks its stages before it moves on. Sentences say what is missing; locks hold what was read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagements.plans import guards as plan_guards
from engagements.plans import turns as plan_turns
from engagements.sessions import checks
from workflow import Step, Unmet

#: A session that has its date, or is behind.
PLANNED = ("scheduled", *checks.HELD)
#: A session of which nothing more is waited for.
SETTLED = ("confirmed", "cancelled")
ANSWERED = ("adopted", "adopted_with_condition", "started", "done")
REPORTED_PLAN = ("reported", "answered")


def session_rows(engagement: Any) -> QuerySet[Any]:
    return apps.get_model("engagement_sessions", "Session")._base_manager.filter(engagement=engagement.pk)


def plan_rows(engagement: Any) -> QuerySet[Any]:
    return apps.get_model("engagement_plans", "Plan")._base_manager.filter(engagement=engagement.pk)


def _states(engagement: Any) -> list[str]:
    """The states of the sessions in their order."""
    rows = session_rows(engagement).order_by("kind__number")
    return [str(state) for state in rows.values_list("state", flat=True)]


def _reported(engagement: Any) -> bool:
    return plan_rows(engagement).filter(state__in=REPORTED_PLAN).exists()


def _passed(engagement: Any, number: int) -> bool:
    """Whether session ``number`` is behind, the next one has its date, or any later one has."""
    states = _states(engagement)
    behind = number <= len(states) and states[number - 1] in SETTLED
    return behind or any(state in PLANNED for state in states[number:]) or _reported(engagement)


def first_session_is_planned(engagement: Any, now: datetime) -> Unmet | None:
    if _passed(engagement, 0) or _passed(engagement, 1):
        return None
    return Unmet(_("①の日程が決まると、研修の段階に進みます。"), f"/engagements/{engagement.pk}/")


def second_session_is_near(engagement: Any, now: datetime) -> Unmet | None:
    if _passed(engagement, 1):
        return None
    return Unmet(
        _("①の記録が確認されるか、②の日程が決まると、調査の段階に進みます。"),
        f"/engagements/{engagement.pk}/",
    )


def third_session_is_near(engagement: Any, now: datetime) -> Unmet | None:
    if _passed(engagement, 2):
        return None
    return Unmet(
        _("②の記録が確認されるか、③の日程が決まると、報告の段階に進みます。"),
        f"/engagements/{engagement.pk}/",
    )


def decision_rows(engagement: Any) -> QuerySet[Any]:
    rows = apps.get_model("engagement_plans", "Decision")._base_manager
    return rows.filter(plan__engagement=engagement.pk)


def answered_plan(engagement: Any) -> Any:
    """The plan that the executive answered last; None without one."""
    return plan_rows(engagement).filter(state="answered").order_by("number").last()


def answer_can_be_taken_back(engagement: Any, now: datetime) -> Unmet | None:
    """An agreement ends with the answer that made it, so that it can't come back by itself."""
    plan = answered_plan(engagement)
    return plan_guards.nothing_carried_out(plan, now) if plan is not None else None


def unrecorded_before_agreement(engagement: Any) -> Any:
    """Of ② and ③, on which an agreement rests, the first that is not recorded; None where both are."""
    later = session_rows(engagement).filter(kind__number__gt=1).exclude(state__in=checks.BEHIND)
    return later.select_related("kind").order_by("kind__number").first()


def later_sessions_were_held(engagement: Any, now: datetime) -> Unmet | None:
    session = unrecorded_before_agreement(engagement)
    if session is None:
        return None
    sentence = _(
        "%(session)sの実施が記録されると、合意になります。記録より先に合意にするときは、理由を書いてください。"
    )
    return Unmet(sentence % {"session": session.kind}, session.get_absolute_url())


def some_session_is_unrecorded(engagement: Any, now: datetime) -> Unmet | None:
    if unrecorded_before_agreement(engagement) is not None:
        return None
    return Unmet(_("②と③の実施が記録されているため、理由を書かなくても合意になります。"))


def has_agreeing_answer(engagement: Any) -> bool:
    """Whether the executive's last answer adopts a decision, with or without condition."""
    answered = answered_plan(engagement)
    return answered is not None and answered.decisions.filter(state__in=ANSWERED).exists()


def plan_is_agreed(engagement: Any, now: datetime) -> Unmet | None:
    """An engagement becomes agreed when its plan is answered with a decision adopted."""
    if has_agreeing_answer(engagement):
        return None
    return Unmet(
        _("首長の答えで、少なくとも1つの改善案が認められると、合意になります。"),
        f"/engagements/{engagement.pk}/plan/",
    )


def survey_was_held(engagement: Any) -> bool:
    return session_rows(engagement).filter(kind__number=2, state__in=checks.HELD).exists()


def has_records(engagement: Any) -> bool:
    """Whether the survey's day left anything: what was only prepared is no record."""
    versions = apps.get_model("engagement_survey", "SurveyVersion")._base_manager
    return versions.filter(survey__engagement=engagement.pk).exclude(source="prepared").exists()


def has_plan(engagement: Any) -> bool:
    return plan_rows(engagement).exists()


def plan_due(engagement: Any) -> date | None:
    """The day by which the plan is written, for ③ on its day; None while that has none."""
    plans = apps.get_model("engagement_plans", "Plan")
    return plan_turns.write_by(plans(engagement_id=engagement.pk))


# --- the year after ------------------------------------------------------------------

OPEN_DECISIONS = ("adopted", "adopted_with_condition", "started")


def case_rows(engagement: Any) -> QuerySet[Any]:
    return apps.get_model("engagement_plans", "Case")._base_manager.filter(engagement=engagement.pk)


def completion_report_is_made(engagement: Any, now: datetime) -> Unmet | None:
    papers = apps.get_model("engagement_documents", "Document")._base_manager
    made = papers.filter(kind="completion-report", engagement=engagement.pk, progress="ready")
    if made.exists():
        return None
    sentence = _("完了報告書のPDFを作って、内容を確かめてから出してください。")
    return Unmet(sentence, f"/engagements/{engagement.pk}/follow-up/#completion")


def open_decisions_have_a_word(engagement: Any, now: datetime) -> Unmet | None:
    """A decision that is neither done nor given up is left behind only with a word on how far it is."""
    plan = plan_rows(engagement).filter(state="answered").order_by("number").last()
    if plan is None:
        return None
    silent = plan.decisions.filter(state__in=OPEN_DECISIONS, progress="").count()
    if not silent:
        return None
    sentence = _(
        "まだ終わっていない改善%(count)d件の進み具合が書かれていません。町の担当に書いてもらってください。"
    )
    return Unmet(sentence % {"count": silent}, f"/engagements/{engagement.pk}/follow-up/")


def case_or_reason(engagement: Any, step: Step) -> dict[str, Any] | None:
    if case_rows(engagement).filter(state="published").exists() or step.data["no_case_reason"].strip():
        return None
    sentence = _("事例がまだ公開されていません。公開を待つか、出さない理由を書いてください。")
    return {"no_case_reason": sentence}
