"""Who is written to after a step of a session: the other side, never the one who acted, one mail a person an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities.dates import era_date
from workflow import Mail, Step


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
    """The day by which the town confirms: so many days after the log came."""
    if session.logged_at is None:
        return None
    return timezone.localdate(session.logged_at) + timedelta(days=session.engagement.programme.confirm_days)


def log_due(session: Any) -> date:
    return session.held_on + timedelta(days=session.engagement.programme.log_days)  # type: ignore[no-any-return]


def _addresses(step: Step, *groups: Any) -> list[str]:
    people = {person.pk: person.email for group in groups for person in group}
    return [email for pk, email in sorted(people.items()) if pk != step.actor.user_id]


def _town(session: Any) -> str:
    town = session.engagement.municipality
    return f"{town.prefecture.name}{session.engagement.municipality_name}"


def _write(
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
        "when": f"{era_date(starts.date(), short=True)} {starts.hour}:{starts:%M}",
        "session": session.kind,
        "town": _town(session),
        "who": step.actor.name,
        "place": step.data["place"],
    }
    subject = _("%(when)s %(session)sの日程をご確認ください(%(town)s)") % shown
    body = _(
        "%(who)sさんが%(session)sの日程を入れました。%(when)sから%(place)s。合わないときは、このページで変えられます。"
    )
    return _write(session, step, _both(session, step), subject, body % shown)


def was_postponed(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = {"session": session.kind, "town": _town(session), "who": step.actor.name}
    subject = _("%(session)sの新しい日程を相談してください(%(town)s)") % shown
    body = (
        _("%(who)sさんが%(session)sを延期にしました。新しい日が決まったら、このページに入れてください。")
        % shown
    )
    return _write(session, step, _both(session, step), subject, body)


def log_is_due(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _with_due(session, log_due(session))
    subject = _("%(due)sまでに、%(session)sの実施記録を書いてください(%(town)s)") % shown
    body = _("日時や参加した課は予定から写してあります。2分ほどで書けます。")
    return _write(
        session,
        step,
        [advisors(session.engagement_id, step.today())],
        subject,
        body,
        f"/sessions/{session.pk}/log/",
    )


def log_was_sent(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _with_due(session, confirm_due(session)) | {"days": session.engagement.programme.confirm_days}
    subject = _("%(due)sまでに、%(session)sの実施記録をご確認ください(%(town)s)") % shown
    body = (
        _(
            "%(session)sの実施記録が届きました。%(days)d日以内に確認してください。違うところがあれば、直してもらえます。"
        )
        % shown
    )
    town = session.engagement.municipality_id
    return _write(session, step, [contacts(town, step.today())], subject, body)


def log_came_back(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _with_due(session, log_due(session))
    subject = _("%(session)sの実施記録を直して、もう一度出してください(%(town)s)") % shown
    body = _("町から、記録の直しのお願いが届いています。書いた内容は残っています。")
    return _write(
        session,
        step,
        [advisors(session.engagement_id, step.today())],
        subject,
        body,
        f"/sessions/{session.pk}/log/",
    )


def _with_due(session: Any, due: date | None) -> dict[str, Any]:
    return {
        "session": session.kind,
        "town": _town(session),
        "due": era_date(due, short=True) if due else "",
    }
