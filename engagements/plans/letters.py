"""Who is written to after a step of a plan: the person whose turn it now is, never the one who acted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.letters import Letter, Reader
from accounts.models import Role
from engagements.sessions.letters import advisors, contacts, day_of
from municipalities.dates import add_working_days
from workflow.doors import Step
from workflow.outbox import Mail

ANSWER_PURPOSE = "executive-answer"
Words = Callable[[], tuple[str, str, str]]


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


def _write(people: Any, step: Step, plan: Any, words: Words, *, due: date | None = None) -> list[Mail]:
    """A letter to each of the people but the one who acted; ``words``: subject, text, what happens otherwise."""
    page = letters.site(plan.get_absolute_url())

    def compose(reader: Reader) -> Letter:
        subject, text, otherwise = words()
        return Letter(subject, text, page, otherwise, plan.reference, day_of(due))

    others = [person for person in people if person.pk != step.actor.user_id]
    return letters.to(letters.readers(others), compose)


@letters.kind
def review_is_asked(plan: Any, step: Step, event: Any) -> list[Mail]:
    due = review_due(plan)

    def words() -> tuple[str, str, str]:
        shown = {"due": day_of(due), "town": town_name(plan)}
        subject = _("%(due)sまでに、計画書をご確認ください(%(town)s)")
        text = _(
            "%(town)sの窓口改革計画書の下書きがまとまりました。気づいたことを書いて、町に返してください。"
        )
        return subject % shown, text % shown, _("返されるまで、町は計画書を完成できません。")

    return _write(advisors(plan.engagement_id, step.today()), step, plan, words, due=due)


@letters.kind
def review_came_back(plan: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> tuple[str, str, str]:
        subject = _("計画書を直して、完成させてください(%(town)s)") % {"town": town_name(plan)}
        text = _("アドバイザーから、計画書への意見が届きました。読んで直し、よければ完成にしてください。")
        return subject, text, _("完成にするまで、首長に報告できません。")

    return _write(contacts(plan.engagement.municipality_id, step.today()), step, plan, words)


@letters.kind
def executive_is_asked(plan: Any, step: Step, event: Any) -> list[Mail]:
    """A link for the executive, good for the very file that was reported. Nobody is asked without an address."""
    if not plan.executive_email:
        return []
    link, address = links.issue(
        purpose=ANSWER_PURPOSE,
        role=Role.EXECUTIVE,
        scope=f"plan:{plan.pk}",
        address=plan.executive_email,
        name=plan.executive_name or plan.executive_title,
        version=plan.issued_hash,
        now=step.now,
    )
    executive = letters.reader_at(
        plan.executive_email,
        name=plan.executive_name or plan.executive_title,
        body=town_name(plan),
        section=plan.executive_title if plan.executive_name else "",
    )

    def write(reader: Reader) -> Letter:
        due = day_of(timezone.localdate(link.expires_at))
        shown = {"due": due, "town": town_name(plan)}
        subject = _("%(due)sまでに、窓口改革計画書にお答えください(%(town)s)") % shown
        text = _(
            "%(town)sの窓口改革計画書について、改善案ごとにお答えをお願いします。"
            "リンクは%(due)sまで使えます。サインインは要りません。"
        )
        otherwise = _(
            "お答えがないときは、町の担当の方がうかがいます。会議などでのお答えを、担当の方が記録することもできます。"
        )
        return Letter(subject, text % shown, address, otherwise, plan.reference, due)

    return letters.to([executive], write)


@letters.kind
def answer_came(plan: Any, step: Step, event: Any) -> list[Mail]:
    """The town learns it; a contact who wrote the answer down knows already."""

    def words() -> tuple[str, str, str]:
        subject = _("計画書の答えを確かめ、担当課に伝えてください(%(town)s)") % {"town": town_name(plan)}
        text = _("計画書への答えが届きました。認められた改善を、始める日までに担当課に伝えてください。")
        return subject, text, _("伝わらないうちは、担当課は改善を始められません。")

    return _write(contacts(plan.engagement.municipality_id, step.today()), step, plan, words)
