"""Who is written to after a step of a session: the other side, never the one who acted, one mail a person an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.letters import Letter, Reader
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


def _others(step: Step, *groups: Any) -> list[Any]:
    """Everybody of the groups once, without the one who acted."""
    people = {person.pk: person for group in groups for person in group}
    return [person for pk, person in sorted(people.items()) if pk != step.actor.user_id]


def town_of(session: Any) -> str:
    town = session.engagement.municipality
    return f"{town.prefecture.name}{session.engagement.municipality_name}"


Words = Callable[[], tuple[str, str, str]]


def write(
    session: Any, step: Step, groups: list[Any], words: Words, *, path: str = "", due: date | None = None
) -> list[Mail]:
    """A letter to everybody of the groups but the one who acted.

    ``words`` gives subject, text and what happens otherwise, asked once in each reader's language.
    """
    page = letters.site(path or session.get_absolute_url())

    def compose(reader: Reader) -> Letter:
        subject, text, otherwise = words()
        return Letter(subject, text, page, otherwise, session.engagement.reference, day_of(due))

    return letters.to(letters.readers(_others(step, *groups)), compose)


def day_of(due: date | None) -> str:
    return era_date(due, short=True) if due else ""


def _both(session: Any, step: Step) -> list[Any]:
    return [
        contacts(session.engagement.municipality_id, step.today()),
        advisors(session.engagement_id, step.today()),
    ]


def said(session: Any, step: Step, **more: Any) -> dict[str, Any]:
    """What nearly every sentence of this room names: which session of which town, and who acted."""
    return {"session": session.kind, "town": town_of(session), "who": step.actor.name, **more}


@letters.kind
def dates_were_set(session: Any, step: Step, event: Any) -> list[Mail]:
    when = _moment(timezone.localtime(step.data["starts_at"]))

    def words() -> tuple[str, str, str]:
        shown = said(session, step, when=when, place=step.data["place"])
        subject = _("%(when)s %(session)sの日程をご確認ください(%(town)s)")
        text = _("%(who)sさんが%(session)sの日程を入れました。%(when)sから%(place)s。")
        otherwise = _("お返事がなければ、この日程で行います。合わないときは、ページで変えられます。")
        return subject % shown, text % shown, otherwise

    return write(session, step, _both(session, step), words)


@letters.kind
def dates_were_moved(session: Any, step: Step, event: Any) -> list[Mail]:
    old, new = timezone.localtime(step.note["was"][0]), timezone.localtime(step.data["starts_at"])

    def words() -> tuple[str, str, str]:
        more = {"old": _moment(old), "new": _moment(new), "place": step.data["place"]}
        shown = said(session, step, reason=step.data["reason"], **more)
        subject = _("%(new)sに変わった%(session)sの日程をご確認ください(%(town)s)")
        text = _(
            "%(who)sさんが%(session)sの日時を変えました。\n前: %(old)s\n後: %(new)s %(place)s\n理由: %(reason)s"
        )
        otherwise = _("お返事がなければ、新しい日程で行います。合わないときは、ページで別の候補を出せます。")
        return subject % shown, text % shown, otherwise

    return write(session, step, _both(session, step), words, path=f"/sessions/{session.pk}/dates/")


@letters.kind
def later_date_was_set(session: Any, step: Step, event: Any) -> list[Mail]:
    """Nobody is told of a day that is over when it is recorded."""
    return dates_were_set(session, step, event) if step.data["starts_at"] > step.now else []


@letters.kind
def a_day_was_dropped(session: Any, step: Step, event: Any) -> list[Mail]:
    old = _moment(timezone.localtime(step.note["was"][0]))

    def words() -> tuple[str, str, str]:
        shown = said(session, step, old=old, reason=step.data["reason"])
        subject = _("%(old)sの%(session)sが取りやめになりました(%(town)s)")
        text = _(
            "%(who)sさんが%(session)sの%(old)sを取りやめました。ほかの日はそのままです。\n理由: %(reason)s"
        )
        return subject % shown, text % shown, _("お返事は要りません。合わないときは、ページで日を足せます。")

    return write(session, step, _both(session, step), words, path=f"/sessions/{session.pk}/dates/")


def _moment(local: Any) -> str:
    return f"{era_date(local.date(), short=True)} {local.hour}:{local:%M}"


@letters.kind
def was_postponed(session: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> tuple[str, str, str]:
        shown = said(session, step, reason=step.data["reason"])
        subject = _("%(session)sの新しい日程を相談してください(%(town)s)")
        text = _(
            "%(who)sさんが%(session)sを延期にしました。\n理由: %(reason)s\n"
            "ご都合のよい日を、ページで候補に出してください。"
        )
        return subject % shown, text % shown, _("日が決まるまで、この回は行えません。")

    return write(session, step, _both(session, step), words, path=f"/sessions/{session.pk}/dates/")


@letters.kind
def log_is_due(session: Any, step: Step, event: Any) -> list[Mail]:
    due = log_due(session)

    def words() -> tuple[str, str, str]:
        shown = said(session, step, due=day_of(due))
        subject = _("%(due)sまでに、%(session)sの実施記録を書いてください(%(town)s)")
        text = _(
            "%(town)sの%(session)sの実施記録をお願いします。日時や参加した課は予定から写してあり、2分ほどで書けます。"
        )
        return subject % shown, text % shown, _("記録がないうちは、町が確認できず、この回は終わりません。")

    advising = [advisors(session.engagement_id, step.today())]
    return write(session, step, advising, words, path=f"/sessions/{session.pk}/log/", due=due)


@letters.kind
def log_was_sent(session: Any, step: Step, event: Any) -> list[Mail]:
    """To each contact with a link of their own that opens without signing in, for this record alone."""
    links.revoke(purpose=CONFIRM_PURPOSE, scope=f"session:{session.pk}", now=step.now)
    due, last = confirm_due(session), silent_until(session)

    def words() -> tuple[str, str, str]:
        shown = said(session, step, due=day_of(due), day=day_of(last))
        subject = _("%(due)sまでに、%(session)sの実施記録をご確認ください(%(town)s)")
        text = _(
            "%(session)sの実施記録が届きました。%(due)sまでに確認してください。違うところがあれば、直してもらえます。"
        )
        if last:
            otherwise = _("%(day)sまでに申し出がないときは、確認済みとして扱います。")
        else:
            otherwise = _("確認が済むまで、この回は終わりません。")
        return subject % shown, text % shown, otherwise % shown

    people = _others(step, contacts(session.engagement.municipality_id, step.today()))
    return _with_link(session, people, words, due, step.now)


@letters.kind
def record_again(session: Any, person: Any, now: datetime) -> list[Mail]:
    """A new link to the same record for somebody whose link ran out."""

    def words() -> tuple[str, str, str]:
        shown = {"session": session.kind, "town": town_of(session)}
        subject = _("%(session)sの実施記録をご確認ください(%(town)s)")
        text = _("%(session)sの実施記録を確認する新しいリンクです。前のリンクは使えません。")
        return subject % shown, text % shown, _("確認が済むまで、この回は終わりません。")

    return _with_link(session, [person], words, confirm_due(session), now)


def _with_link(session: Any, people: list[Any], words: Words, due: date | None, now: datetime) -> list[Mail]:
    """As ``write``, but each reader's page opens without an account."""
    reference = session.engagement.reference

    def compose(reader: Reader) -> Letter:
        subject, text, otherwise = words()
        link = _confirming(session, reader, now)
        return Letter(subject, text, link, otherwise, reference, day_of(due))

    return letters.to(letters.readers(people), compose)


def _confirming(session: Any, reader: Reader, now: datetime) -> str:
    _link, address = links.issue(
        purpose=CONFIRM_PURPOSE,
        role=Role.CONTACT,
        scope=f"session:{session.pk}",
        version=record_version(session),
        address=reader.address,
        name=reader.name,
        one_of_several=True,
        now=now,
    )
    return address


def record_version(session: Any) -> str:
    """Which record a link confirms: one that was sent back and written anew is another."""
    return session.logged_at.isoformat() if session.logged_at else ""


@letters.kind
def silence_confirmed(session: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> tuple[str, str, str]:
        shown = said(session, step)
        subject = _("%(session)sの実施記録を確認済みとしました(%(town)s)")
        text = _("期限までに申し出がなかったため、%(session)sの実施記録を確認済みとしました。")
        otherwise = _("お返事は要りません。違うところがあれば、ページで確認を取り消せます。")
        return subject % shown, text % shown, otherwise

    return write(session, step, _both(session, step), words, path=f"/sessions/{session.pk}/log/")


@letters.kind
def log_came_back(session: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> tuple[str, str, str]:
        shown = said(session, step)
        subject = _("%(session)sの実施記録を直して、もう一度出してください(%(town)s)")
        text = _("町から、%(session)sの実施記録の直しのお願いが届いています。書いた内容は残っています。")
        return subject % shown, text % shown, _("記録がないうちは、町が確認できず、この回は終わりません。")

    advising = [advisors(session.engagement_id, step.today())]
    page = f"/sessions/{session.pk}/log/"
    return write(session, step, advising, words, path=page, due=log_due(session))


@letters.kind
def record_was_corrected(session: Any, step: Step, event: Any) -> list[Mail]:
    """What the town confirms, or has confirmed, reads otherwise now; where nothing changed, nobody hears of it."""
    if not step.note:
        return []
    labels = {field.name: field.verbose_name for field in session._meta.concrete_fields}
    changed = [labels[name] for name in step.note if name in labels]

    def words() -> tuple[str, str, str]:
        what = _("、").join(str(label) for label in changed) or _("実施記録")
        shown = said(session, step, what=what, reason=step.data["reason"])
        subject = _("%(session)sの実施記録が直されました(%(town)s)")
        text = _(
            "%(who)sさんが、%(session)sの実施記録を直しました。\n直したところ: %(what)s\n理由: %(reason)s"
        )
        otherwise = _("お返事は要りません。いまの内容は、ページで確かめられます。")
        return subject % shown, text % shown, otherwise

    return write(session, step, _both(session, step), words, path=f"/sessions/{session.pk}/log/")
