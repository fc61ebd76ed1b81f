"""Who is written to after a step of a session: the other side, never the one who acted, one mail a person an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Role
from municipalities.dates import add_working_days, era_date
from workflow import Mail, Step

CONFIRM_PURPOSE = "session-record"


def contacts(municipality: str, on: date) -> Any:
    """The active people who are the town's contact on that day."""
    in_force = Q(memberships__valid_from__lte=on) & (
        Q(memberships__valid_to=None) | Q(memberships__valid_to__gte=on)
    )
    users = apps.get_model("accounts", "User").objects
    return users.filter(
        in_force, memberships__role="contact", memberships__municipality=municipality, is_active=True
    ).distinct()


def advisors(engagement: int, on: date) -> Any:
    """The active people who advise in the engagement on that day."""
    in_force = Q(engagement_roles__valid_from__lte=on) & (
        Q(engagement_roles__valid_to=None) | Q(engagement_roles__valid_to__gte=on)
    )
    users = apps.get_model("accounts", "User").objects
    return users.filter(
        in_force, engagement_roles__role="advisor", engagement_roles__engagement=engagement, is_active=True
    ).distinct()


def confirm_due(session: Any) -> date | None:
    """The day by which the town confirms: so many open days (開庁日) after the log came."""
    if session.logged_at is None:
        return None
    return add_working_days(timezone.localdate(session.logged_at), session.engagement.programme.confirm_days)


def silent_until(session: Any) -> date | None:
    """The last day of waiting for a word before silence confirms; None where the programme counts no such days.

    Never before the day by which the town was asked to confirm.
    """
    programme = session.engagement.programme
    if session.logged_at is None or not programme.silence_days:
        return None
    days = max(programme.silence_days, programme.confirm_days)
    return add_working_days(timezone.localdate(session.logged_at), days)


def log_due(session: Any) -> date:
    return session.held_on + timedelta(days=session.engagement.programme.log_days)  # type: ignore[no-any-return]


def _addresses(step: Step, *groups: Any) -> list[str]:
    people = {person.pk: person.email for group in groups for person in group}
    return [email for pk, email in sorted(people.items()) if pk != step.actor.user_id]


def town_of(session: Any) -> str:
    town = session.engagement.municipality
    return f"{town.prefecture.name}{session.engagement.municipality_name}"


def write(
    session: Any, step: Step, groups: list[Any], subject: str, body: str, path: str = ""
) -> Iterator[Mail]:
    address = settings.SITE_URL + (path or session.get_absolute_url())
    for email in _addresses(step, *groups):
        yield Mail(email, subject, f"{body}\n\n{address}\n")


def _both(session: Any, step: Step) -> list[Any]:
    return [
        contacts(session.engagement.municipality_id, step.today()),
        advisors(session.engagement_id, step.today()),
    ]


def dates_were_set(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    starts = timezone.localtime(step.data["starts_at"])
    shown = {
        "when": _moment(starts),
        "session": session.kind,
        "town": town_of(session),
        "who": step.actor.name,
        "place": step.data["place"],
    }
    subject = _("%(when)s %(session)sの日程をご確認ください(%(town)s)") % shown
    body = _(
        "%(who)sさんが%(session)sの日程を入れました。%(when)sから%(place)s。合わないときは、このページで変えられます。"
    )
    return write(session, step, _both(session, step), subject, body % shown)


def dates_were_moved(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    old, new = timezone.localtime(step.note["was"][0]), timezone.localtime(step.data["starts_at"])
    shown = {
        "old": _moment(old),
        "new": _moment(new),
        "session": session.kind,
        "town": town_of(session),
        "who": step.actor.name,
        "place": step.data["place"],
        "reason": step.data["reason"],
    }
    subject = _("%(new)sに変わった%(session)sの日程をご確認ください(%(town)s)") % shown
    body = _(
        "%(who)sさんが%(session)sの日時を変えました。\n前: %(old)s\n後: %(new)s %(place)s\n理由: %(reason)s\n"
        "合わないときは、このページで別の候補を出せます。"
    )
    page = f"/sessions/{session.pk}/dates/"
    return write(session, step, _both(session, step), subject, body % shown, page)


def later_date_was_set(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    """Nobody is told of a day that is over when it is recorded."""
    return dates_were_set(session, step, event) if step.data["starts_at"] > step.now else iter(())


def a_day_was_dropped(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = {
        "old": _moment(timezone.localtime(step.note["was"][0])),
        "session": session.kind,
        "town": town_of(session),
        "who": step.actor.name,
        "reason": step.data["reason"],
    }
    subject = _("%(old)sの%(session)sが取りやめになりました(%(town)s)") % shown
    body = _("%(who)sさんが%(session)sの%(old)sを取りやめました。ほかの日はそのままです。\n理由: %(reason)s")
    return write(session, step, _both(session, step), subject, body % shown, f"/sessions/{session.pk}/dates/")


def _moment(local: Any) -> str:
    return f"{era_date(local.date(), short=True)} {local.hour}:{local:%M}"


def was_postponed(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = {
        "session": session.kind,
        "town": town_of(session),
        "who": step.actor.name,
        "reason": step.data["reason"],
    }
    subject = _("%(session)sの新しい日程を相談してください(%(town)s)") % shown
    body = _(
        "%(who)sさんが%(session)sを延期にしました。\n理由: %(reason)s\n"
        "ご都合のよい日を、このページで候補に出してください。"
    )
    return write(session, step, _both(session, step), subject, body % shown, f"/sessions/{session.pk}/dates/")


def log_is_due(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _with_due(session, log_due(session))
    subject = _("%(due)sまでに、%(session)sの実施記録を書いてください(%(town)s)") % shown
    body = _("日時や参加した課は予定から写してあります。2分ほどで書けます。")
    return write(
        session,
        step,
        [advisors(session.engagement_id, step.today())],
        subject,
        body,
        f"/sessions/{session.pk}/log/",
    )


def log_was_sent(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    """To each contact with a link of their own that opens without signing in, for this record alone."""
    shown = _with_due(session, confirm_due(session))
    subject = _("%(due)sまでに、%(session)sの実施記録をご確認ください(%(town)s)") % shown
    said = _(
        "%(session)sの実施記録が届きました。%(due)sまでに確認してください。違うところがあれば、直してもらえます。"
    )
    body = said % shown
    if last := silent_until(session):
        words = _("%(day)sまでに申し出がないときは、確認済みとして扱います。")
        body += "\n" + words % {"day": era_date(last, short=True)}
    links.revoke(purpose=CONFIRM_PURPOSE, scope=f"session:{session.pk}", now=step.now)
    for person in contacts(session.engagement.municipality_id, step.today()):
        if person.pk != step.actor.user_id:
            yield Mail(person.email, subject, f"{body}\n\n{_confirming(session, person, step.now)}\n")


def record_again(session: Any, person: Any, now: datetime) -> Mail:
    """A new link to the same record for somebody whose link ran out."""
    shown = {"session": session.kind, "town": town_of(session)}
    subject = _("%(session)sの実施記録をご確認ください(%(town)s)") % shown
    body = _("%(session)sの実施記録を確認する新しいリンクです。前のリンクは使えません。") % shown
    return Mail(person.email, subject, f"{body}\n\n{_confirming(session, person, now)}\n")


def _confirming(session: Any, person: Any, now: datetime) -> str:
    _link, address = links.issue(
        purpose=CONFIRM_PURPOSE,
        role=Role.CONTACT,
        scope=f"session:{session.pk}",
        version=record_version(session),
        address=person.email,
        name=person.name,
        one_of_several=True,
        now=now,
    )
    return address


def record_version(session: Any) -> str:
    """Which record a link confirms: one that was sent back and written anew is another."""
    return session.logged_at.isoformat() if session.logged_at else ""


def silence_confirmed(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = {"session": session.kind, "town": town_of(session)}
    subject = _("%(session)sの実施記録を確認済みとしました(%(town)s)") % shown
    body = _(
        "期限までに申し出がなかったため、%(session)sの実施記録を確認済みとしました。"
        "違うところがあれば、このページで確認を取り消せます。"
    )
    return write(session, step, _both(session, step), subject, body % shown, f"/sessions/{session.pk}/log/")


def log_came_back(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _with_due(session, log_due(session))
    subject = _("%(session)sの実施記録を直して、もう一度出してください(%(town)s)") % shown
    body = _("町から、記録の直しのお願いが届いています。書いた内容は残っています。")
    return write(
        session,
        step,
        [advisors(session.engagement_id, step.today())],
        subject,
        body,
        f"/sessions/{session.pk}/log/",
    )


def record_was_corrected(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    """What the town confirms, or has confirmed, reads otherwise now; where nothing changed, nobody hears of it."""
    if not step.note:
        return iter(())
    labels = {field.name: str(field.verbose_name) for field in session._meta.concrete_fields}
    shown = {
        "session": session.kind,
        "town": town_of(session),
        "who": step.actor.name,
        "what": "、".join(labels[name] for name in step.note if name in labels) or _("実施記録"),
        "reason": step.data["reason"],
    }
    subject = _("%(session)sの実施記録が直されました(%(town)s)") % shown
    body = _(
        "%(who)sさんが、%(session)sの実施記録を直しました。\n直したところ: %(what)s\n理由: %(reason)s\n"
        "いまの内容は、このページで確かめられます。"
    )
    return write(session, step, _both(session, step), subject, body % shown, f"/sessions/{session.pk}/log/")


def _with_due(session: Any, due: date | None) -> dict[str, Any]:
    return {
        "session": session.kind,
        "town": town_of(session),
        "due": era_date(due, short=True) if due else "",
    }
