"""What has to be the case before a button of this room works, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications.completeness import edit_url, missing
from engagements.applications.receipt import resubmit_until
from municipalities.dates import fiscal_year_label
from workflow.doors import Step, Unmet


def is_open(call: Any, now: datetime) -> bool:
    """Whether the call takes applications at this moment."""
    return call.state == "open" and call.opens_at <= now and (call.closes_at is None or now <= call.closes_at)


def still_to_come(call: Any, now: datetime) -> Unmet | None:
    if call.closes_at is None or now < call.closes_at:
        return None
    return Unmet(_("締切の日時を過ぎています。締切を先の日時に直してください。"))


def later(call: Any, step: Step) -> dict[str, Any] | None:
    wanted = step.data["closes_at"]
    if call.closes_at is None:
        return {
            "closes_at": _("この募集には締切がありません。終えるときは「募集を締め切る」を使ってください。")
        }
    if wanted > call.closes_at and wanted > step.now:
        return None
    return {"closes_at": _("いまの締切より後の日時を入れてください。早めると、間に合わない町が出ます。")}


def more(call: Any, step: Step) -> dict[str, Any] | None:
    if call.slots is None:
        return {"slots": _("この募集には枠の数がありません。このままで、どの町も申し込めます。")}
    if step.data["slots"] > call.slots:
        return None
    return {"slots": _("いまの枠より大きい数を入れてください。減らすと、待っている町が困ります。")}


def left_behind(application: Any, now: datetime) -> Unmet | None:
    """A draft leaves its call only once that call takes no applications any more."""
    call = application.call
    if call.state == "closed" or (call.closes_at is not None and call.closes_at < now):
        return None
    return Unmet(_("この下書きの募集は、まだ受け付けています。ここからそのまま提出できます。"))


def takes_draft(application: Any, step: Step) -> dict[str, Any] | None:
    """The call that a draft is carried to is open and has no live application of the town."""
    from engagements.applications.selectors import live, open_calls

    wanted = step.data["call"]
    if not 0 < wanted < 2**31 or not open_calls(step.now).filter(pk=wanted).exists():
        return {"call": _("この募集はいま受け付けていません。受付中の募集をお選びください。")}
    if live(wanted, application.municipality_id).exists():
        return {"call": _("この募集には、町の申込がもうあります。そちらをお使いください。")}
    return None


def eligible(application: Any, now: datetime) -> Unmet | None:
    """What the programme's rows say of who may apply, in a sentence."""
    return not_eligible(application.call, application.municipality, timezone.localdate(now))


def not_eligible(call: Any, town: Any, today: date) -> Unmet | None:
    """By kind of municipality and by the years since the town's last engagement. At most one query."""
    programme = call.programme
    if programme.eligible_kinds and town.kind not in programme.eligible_kinds:
        kind = town.get_kind_display()
        return Unmet(_("この募集は%(kind)sの申込を受けていません。事務局にお尋ねください。") % {"kind": kind})
    if not programme.once_per_years:
        return None
    since = call.fiscal_year - programme.once_per_years
    served = town.engagements.filter(fiscal_year__gt=since).exclude(state="cancelled")
    if (last := served.order_by("-fiscal_year").first()) is None:
        return None
    words = {
        "year": fiscal_year_label(last.fiscal_year),
        "next": fiscal_year_label(last.fiscal_year + programme.once_per_years),
    }
    return Unmet(_("%(year)sに支援を受けています。次は%(next)sの募集から申し込めます。") % words)


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


def is_staged(application: Any, now: datetime) -> Unmet | None:
    return None if application.staged else Unmet(_("内定はありません。"))


def stageable(application: Any, step: Step) -> dict[str, Any] | None:
    """A refusal comes with its reason, and a waiting town is not told twice that it waits."""
    decision = step.data["decision"]
    if decision == "decline" and not step.data["comment"].strip():
        return {"comment": _("見送る理由を入れてください。発表したときに町に届きます。")}
    if decision == "waitlist" and application.state == "waitlisted":
        return {"decision": _("もう順番待ちです。受理か見送りを選んでください。")}
    return None


def someone_else(application: Any, step: Step) -> dict[str, Any] | None:
    """A substitute is another person than the approver so far and than whoever wrote the application."""
    address = step.data["email"].strip().casefold()
    if address == application.approver_email.strip().casefold():
        return {"email": _("いまの承認する方と同じメールです。別の方のメールを入れてください。")}
    if address == application.contact_email.strip().casefold():
        return {"email": _("申込の担当の方とは別の方のメールを入れてください。")}
    return None
