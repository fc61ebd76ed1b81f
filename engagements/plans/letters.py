"""Who is written to after a step of a plan: the person whose turn it now is, never the one who acted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Role
from engagements.sessions.letters import advisors, contacts
from municipalities.dates import add_working_days, era_date
from workflow.doors import Step
from workflow.outbox import Mail

ANSWER_PURPOSE = "executive-answer"


def review_due(plan: Any) -> date | None:
    """The day by which the advisor comments: as long as a town has for confirming a log."""
    if plan.review_requested_at is None:
        return None
    day = timezone.localdate(plan.review_requested_at)
    return add_working_days(day, plan.engagement.programme.confirm_days)


def answer_due(plan: Any) -> date | None:
    """The day by which the executive answers, counted from the report."""
    if plan.reported_at is None:
        return None
    return timezone.localdate(plan.reported_at) + timedelta(days=plan.engagement.programme.answer_days)


def town_name(plan: Any) -> str:
    town = plan.engagement.municipality
    return f"{town.prefecture.name}{plan.engagement.municipality_name}"


def _write(people: Any, step: Step, plan: Any, subject: str, body: str) -> Iterator[Mail]:
    address = settings.SITE_URL + plan.get_absolute_url()
    for person in people:
        if person.pk != step.actor.user_id:
            yield Mail(person.email, subject, f"{body}\n\n{address}\n")


def review_is_asked(plan: Any, step: Step, event: Any) -> Iterator[Mail]:
    due = review_due(plan)
    shown = {"due": era_date(due, short=True) if due else "", "town": town_name(plan)}
    subject = _("%(due)sまでに、計画書をご確認ください(%(town)s)") % shown
    body = (
        _("%(town)sの窓口改革計画書の下書きがまとまりました。気づいたことを書いて、町に返してください。")
        % shown
    )
    return _write(advisors(plan.engagement_id, step.today()), step, plan, subject, body)


def review_came_back(plan: Any, step: Step, event: Any) -> Iterator[Mail]:
    subject = _("計画書を直して、完成させてください(%(town)s)") % {"town": town_name(plan)}
    body = _("アドバイザーから、計画書への意見が届きました。読んで直し、よければ完成にしてください。")
    return _write(contacts(plan.engagement.municipality_id, step.today()), step, plan, subject, body)


def executive_is_asked(plan: Any, step: Step, event: Any) -> Iterator[Mail]:
    """A link for the executive, good for the very file that was reported. Nobody is asked without an address."""
    if not plan.executive_email:
        return
    link, address = links.issue(
        purpose=ANSWER_PURPOSE,
        role=Role.EXECUTIVE,
        scope=f"plan:{plan.pk}",
        address=plan.executive_email,
        name=plan.executive_name or plan.executive_title,
        version=plan.issued_hash,
        now=step.now,
    )
    due = era_date(timezone.localdate(link.expires_at), short=True)
    shown = {"due": due, "town": town_name(plan), "reference": plan.reference, "hash": plan.issued_hash[:12]}
    subject = _("%(due)sまでに、窓口改革計画書にお答えください(%(town)s)") % shown
    body = _(
        "%(town)sの窓口改革計画書(%(reference)s、照合値 %(hash)s)について、改善案ごとにお答えをお願いします。"
        "下のリンクは%(due)sまで使えます。サインインは要りません。"
    )
    yield Mail(plan.executive_email, subject, f"{body % shown}\n\n{address}\n")


def answer_came(plan: Any, step: Step, event: Any) -> Iterator[Mail]:
    """The town learns it; a contact who wrote the answer down knows already."""
    subject = _("計画書の答えを確かめ、担当課に伝えてください(%(town)s)") % {"town": town_name(plan)}
    body = _("計画書への答えが届きました。認められた改善を、始める日までに担当課に伝えてください。")
    return _write(contacts(plan.engagement.municipality_id, step.today()), step, plan, subject, body)
