"""What has to be the case before a button of this room works, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications.completeness import edit_url, missing
from engagements.applications.receipt import resubmit_until
from workflow.doors import Step, Unmet


def is_open(call: Any, now: datetime) -> bool:
    """Whether the call takes applications at this moment."""
    return call.state == "open" and call.opens_at <= now and (call.closes_at is None or now <= call.closes_at)


def still_to_come(call: Any, now: datetime) -> Unmet | None:
    if call.closes_at is None or now < call.closes_at:
        return None
    return Unmet(_("締切の日時を過ぎています。締切を先の日時に直してください。"))


def complete(application: Any, now: datetime) -> Iterable[Unmet]:
    return [Unmet(row.sentence, edit_url(application, row.field)) for row in missing(application)]


def call_open(application: Any, now: datetime) -> Unmet | None:
    """A returned application may come back within its days, whether the call is still open or not."""
    if is_open(application.call, now) or (
        application.state == "returned" and now <= keeps_time_until(application)
    ):
        return None
    if application.call.state == "open" and now < application.call.opens_at:
        return Unmet(_("受付はまだ始まっていません。書いたものは保存され、受付が始まると提出できます。"))
    return Unmet(_("この募集の受付は終わりました。書いたものは残ります。次の募集でお使いください。"))


def has_paper(application: Any, now: datetime) -> Unmet | None:
    if application.issued_hash:
        return None
    return Unmet(_("申込書のPDFを作っています。あと1分ほどで承認できるようになります。"))


def not_yet_consented(application: Any, now: datetime) -> Unmet | None:
    return Unmet(_("この申込書はもう承認されています。")) if application.has_consent else None


def consented(application: Any, now: datetime) -> Unmet | None:
    if application.has_consent:
        return None
    return Unmet(_("町の承認がまだです。承認する方がいまの申込書を承認すると、受理できます。"))


def approver_known(application: Any, now: datetime) -> Unmet | None:
    from engagements.applications.people import approver_is_known

    if approver_is_known(application, on=timezone.localdate(now)):
        return None
    return Unmet(_("承認する方のメールが町のものか、事務局が確かめています。確かめるとリンクを送れます。"))


def approver_unknown(application: Any, now: datetime) -> Unmet | None:
    known = approver_known(application, now) is None
    return Unmet(_("承認する方のメールは、もう確かめてあります。")) if known else None


def not_rewritten(application: Any, now: datetime) -> Unmet | None:
    if application.returned_at is None or application.saved_at <= application.returned_at:
        return None
    return Unmet(_("町が書き直しを始めています。提出されるのをお待ちください。"))


def only_one(application: Any, now: datetime) -> Unmet | None:
    from engagements.applications.selectors import live

    others = live(application.call_id, application.municipality_id).exclude(pk=application.pk)
    if not others.exists():
        return None
    return Unmet(_("同じ募集に、この町の新しい申込があります。先にそちらを取り下げてもらってください。"))


def same_paper(application: Any, step: Step) -> dict[str, Any] | None:
    if step.data["document_hash"] == application.issued_hash:
        return None
    return {
        "document_hash": _("申込書が新しくなっています。画面を開き直し、いまの申込書をお確かめください。")
    }


def another_person(application: Any, step: Step) -> dict[str, Any] | None:
    if step.actor.user_id is None or step.actor.user_id != application.saved_by_id:
        return None
    return {"": _("申込を書いた方とは別の方の承認が要ります。承認する方にお願いしてください。")}


def arrived(application: Any, step: Step) -> dict[str, Any] | None:
    arrived = step.data["arrived_at"]
    if arrived > step.now:
        return {"arrived_at": _("届いた日時が先の日時になっています。実際に届いた日時を入れてください。")}
    if arrived < application.call.opens_at:
        return {"arrived_at": _("受付を始める前の日時です。受付を始めた後の日時を入れてください。")}
    return None


def keeps_time_until(application: Any) -> datetime:
    """Until when a returned application keeps its receipt time."""
    return resubmit_until(application.returned_at, application.call.programme.resubmit_days)
