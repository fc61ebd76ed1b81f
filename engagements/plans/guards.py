"""What a plan or a decision needs before a step, as sentences with the place where it can be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from engagements.plans import answers, letters
from workflow.doors import Step, Unmet
from workflow.models import Event

FOLLOWED_UP = ("following_up", "closed")
STOPPED = ("paused", "reassigning", "cancelled", "closed")
CARRIED_OUT = ("started", "done", "stopped")
ADOPTED = ("adopted", "adopted_with_condition", *CARRIED_OUT)


def part_url(plan: Any, part: str) -> str:
    return f"{reverse('plan', args=[plan.engagement_id])}?part={part}#{part}"


def decision_rows(plan: Any) -> Any:
    return apps.get_model("engagement_plans", "Decision")._base_manager.filter(plan=plan.pk)


def plan_row(decision: Any) -> Any:
    return apps.get_model("engagement_plans", "Plan")._base_manager.filter(pk=decision.plan_id)


def engagement_runs(plan: Any, now: datetime) -> Unmet | None:
    if plan.engagement.state not in STOPPED:
        return None
    sentence = _("支援が「%(state)s」のあいだは進められません。再開は事務局にご相談ください。")
    shown = {"state": plan.engagement.get_state_display()}
    return Unmet(sentence % shown, f"/engagements/{plan.engagement_id}/")


def has_survey_result(plan: Any, now: datetime) -> Unmet | None:
    """A report without a walked route would rest on nothing."""
    versions = apps.get_model("engagement_survey", "SurveyVersion").objects
    latest = (
        versions.filter(survey__engagement=plan.engagement_id).order_by("survey__round", "-number").first()
    )
    if latest is not None and latest.document.get("routes"):
        return None
    sentence = _(
        "窓口利用体験調査の記録がまだありません。1つ以上の道のりを記録すると、計画書を完成できます。"
    )
    return Unmet(sentence, part_url(plan, "now"))


def has_vision(plan: Any, now: datetime) -> Unmet | None:
    if plan.vision.strip():
        return None
    return Unmet(_("「ありたい窓口の姿」を一言で書いてください。"), part_url(plan, "vision"))


def has_ready_decision(plan: Any, now: datetime) -> Unmet | None:
    """At least one decision that somebody can start: who, what first, from when."""
    ready = plan.decisions.exclude(owner_section="").exclude(first_step="").filter(start_on__isnull=False)
    if ready.exists():
        return None
    sentence = _("担当課・最初の一歩・始める日がそろった改善案が、1つ以上要ります。")
    return Unmet(sentence, part_url(plan, "decisions"))


def has_kpi(plan: Any, now: datetime) -> Unmet | None:
    if plan.kpis.exists():
        return None
    sentence = _("効果のものさし(いまの値と目標)が、1つ以上要ります。")
    return Unmet(sentence, part_url(plan, "kpis"))


def is_issued(plan: Any, now: datetime) -> Unmet | None:
    if plan.issued_hash:
        return None
    return Unmet(_("計画書のPDFを作っています。できると報告できます。"), plan.get_absolute_url())


def _given_back(plan: Any) -> Event | None:
    """The last thing that happened to the plan, if the advisor gave it back."""
    last = Event.objects.filter(stream=plan.stream).order_by("position").last()
    return last if last and last.type == "plan.give_back" else None


def was_given_back(plan: Any, now: datetime) -> Unmet | None:
    if _given_back(plan):
        return None
    sentence = _("アドバイザーが返した計画書ではありません。町が確認を頼むと、意見を書けます。")
    return Unmet(sentence, plan.get_absolute_url())


def town_has_not_gone_on(plan: Any, now: datetime) -> Unmet | None:
    """A review that is taken up again would lock the town out of what it is writing."""
    given = _given_back(plan)
    if given is None or plan.saved_at is None or plan.saved_at <= given.recorded_at:
        return None
    sentence = _("町が計画書を直し始めています。直しおわって確認を頼まれるのをお待ちください。")
    return Unmet(sentence, plan.get_absolute_url())


def nothing_carried_out(plan: Any, now: datetime) -> Unmet | None:
    if not decision_rows(plan).filter(state__in=CARRIED_OUT).exists():
        return None
    sentence = _("始めた改善があるため、答えは取り消せません。先に、始めた改善を案に戻してください。")
    return Unmet(sentence, part_url(plan, "decisions"))


def not_followed_up(plan: Any, now: datetime) -> Unmet | None:
    """Behind the agreement the engagement has gone on from it: it comes back first."""
    if plan.engagement.state not in FOLLOWED_UP:
        return None
    sentence = _("支援が「%(state)s」まで進んでいます。先に支援を合意に戻してください。")
    shown = {"state": plan.engagement.get_state_display()}
    return Unmet(sentence % shown, f"/engagements/{plan.engagement_id}/")


def nothing_was_agreed(plan: Any, now: datetime) -> Unmet | None:
    """An answered plan comes back to the desk only when no decision was adopted."""
    if plan.state != "answered":
        return None
    if not decision_rows(plan).filter(state__in=ADOPTED).exists():
        return None
    sentence = _("認められた改善案があるため、持ち帰れません。答えの間違いは、事務局が取り消せます。")
    return Unmet(sentence, plan.get_absolute_url())


# --- decisions ---------------------------------------------------------------


def has_owner(decision: Any, now: datetime) -> Unmet | None:
    if decision.owner_section:
        return None
    return Unmet(_("引き受ける課を先に選んでください。"), decision.get_absolute_url())


def plan_is_answered(decision: Any, now: datetime) -> Unmet | None:
    """A decision is adopted only as part of the answer to the whole plan, which names its version."""
    if decision.plan.state == "answered":
        return None
    sentence = _("首長の答えは、計画書への答えとして、すべての改善案をまとめて記録してください。")
    return Unmet(sentence, reverse("plan-answer", args=[decision.plan_id]))


def plan_is_not_answered(decision: Any, now: datetime) -> Unmet | None:
    if decision.plan.state != "answered":
        return None
    sentence = _("答えの取り消しは、計画書の答えとしてまとめて行います。")
    return Unmet(sentence, decision.get_absolute_url())


def had_no_condition(decision: Any, now: datetime) -> Unmet | None:
    if not decision.condition:
        return None
    return Unmet(_("条件を付けて認められた改善です。「条件付きの案に戻す」をお使いください。"))


def had_condition(decision: Any, now: datetime) -> Unmet | None:
    if decision.condition:
        return None
    return Unmet(_("条件なしで認められた改善です。「認めた案に戻す」をお使いください。"))


def _link_was_sent(plan: Any) -> bool:
    """Whether the executive was ever asked about this plan by mail."""
    return links.were_issued(letters.ANSWER_PURPOSE, f"plan:{plan.pk}")


def no_link_was_sent(plan: Any, now: datetime) -> Unmet | None:
    if not _link_was_sent(plan):
        return None
    return Unmet(_("答えのリンクは、もう送っています。「答えのリンクを送り直す」をお使いください。"))


def a_link_was_sent(plan: Any, now: datetime) -> Unmet | None:
    if _link_was_sent(plan):
        return None
    return Unmet(_("答えのリンクは、まだ送っていません。「答えのリンクを送る」をお使いください。"))


def one_way_to_answer(plan: Any, step: Step) -> dict[str, Any] | None:
    """Either an address, or the word that the answer is written down at the meeting."""
    if bool(step.data["executive_email"]) != bool(step.data["at_meeting"]):
        return None
    if step.data["at_meeting"]:
        sentence = _("メールでお願いするか、会議で伺って記録するか、どちらか一つにしてください。")
    else:
        sentence = _("報告の相手のメールを入れるか、「答えは会議で伺い、町が記録する」を選んでください。")
    return {"executive_email": sentence}


# --- what is typed with a finished plan ---------------------------------------


def comment_rows(plan: Any) -> Any:
    return apps.get_model("engagement_plans", "PlanComment")._base_manager.filter(plan=plan.pk)


def comments_are_answered(plan: Any, step: Step) -> dict[str, Any] | None:
    """Every remark has its answer, or the town says why the plan is final without."""
    waiting = comment_rows(plan).filter(settled_at=None).count()
    if not waiting or step.data["comments_reason"].strip():
        return None
    sentence = _(
        "まだ答えていない意見が%(count)d件あります。答えるか、残したまま完成にする理由を書いてください。"
    )
    return {"comments_reason": sentence % {"count": waiting}}


# --- what is typed with an answer ---------------------------------------------


def hash_is_of_shown_version(plan: Any, step: Step) -> dict[str, Any] | None:
    if step.data["document_hash"].strip().lower() == plan.issued_hash:
        return None
    sentence = _(
        "お手元の計画書は、報告した版と違います。報告した版のファイルの照合値は %(hash)s です。版をお確かめください。"
    )
    return {"document_hash": sentence % {"hash": plan.issued_hash[:12]}}


def day_is_possible(plan: Any, step: Step) -> dict[str, Any] | None:
    day = step.data["answered_on"]
    if day > step.today():
        return {"answered_on": _("これから来る日です。答えのあった日を入れてください。")}
    if day < timezone.localdate(plan.engagement.opened_at):
        return {"answered_on": _("支援が始まるより前の日です。年をお確かめください。")}
    return None


def answers_are_whole(plan: Any, step: Step) -> dict[str, Any] | None:
    """A sentence a decision, under ``answers.<id>``; what is wrong with the list itself under ``answers``."""
    titles = dict(decision_rows(plan).order_by("position", "pk").values_list("pk", "title"))
    found: dict[str, Any] = {}
    for fault in answers.faults(step.data["answers"], titles):
        known = fault.decision in titles
        found.setdefault(f"answers.{fault.decision}" if known else "answers", _sentence(fault, titles))
    return found


def _sentence(fault: answers.Fault, titles: dict[int, str]) -> str:
    sentences = {
        "shape": _(
            "答えは、改善案の番号(decision)と答え(answer)と条件(condition)と担当(owner)と期日(by)の組の一覧で送ってください。"
        ),
        "unknown": _("この計画書にない改善案が入っています。画面を開き直してください。"),
        "twice": _("「%(title)s」の答えが2つあります。1つにしてください。"),
        "missing": _("「%(title)s」の答えを選んでください。"),
        "answer": _("「%(title)s」の答えを選んでください。"),
        "condition": _("「%(title)s」の条件を書いてください。"),
        "unused": _(
            "「%(title)s」に条件か担当か期日が書かれています。「条件を付けて認める」を選ぶか、消してください。"
        ),
        "condition_length": _("「%(title)s」の条件は500字までにしてください。"),
        "owner_length": _("「%(title)s」の条件の担当は120字までにしてください。"),
        "by": _("「%(title)s」の期日を、年月日で入れ直してください。"),
    }
    return sentences[fault.kind] % {"title": titles.get(fault.decision or 0, "")}


# --- the case for other towns ------------------------------------------------------

CASE_TEXTS = ("title", "trouble", "stopped", "effect", "cost", "voice", "voice_of")


def case_is_written(case: Any, now: datetime) -> Unmet | None:
    missing = [name for name in CASE_TEXTS if not getattr(case, name).strip()]
    if not missing:
        return None
    labels = "、".join(str(case._meta.get_field(name).verbose_name) for name in missing)
    return Unmet(_("まだ書かれていません: %(labels)s") % {"labels": labels}, case.get_absolute_url())
