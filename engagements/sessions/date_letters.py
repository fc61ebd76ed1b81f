"""Who is written to about proposed dates: the other side, and the proposer when nobody answered in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.sessions import letters
from engagements.sessions.checks import RUNNING
from municipalities.dates import era_date
from workflow import Mail, Step


def _people(session: Any, side: str, step: Step) -> Any:
    if side == "town":
        return letters.contacts(session.engagement.municipality_id, step.today())
    return letters.advisors(session.engagement_id, step.today())


def _words(session: Any, step: Step) -> dict[str, Any]:
    return {"session": session.kind, "town": letters.town_of(session), "who": step.actor.name}


def _page(session: Any) -> str:
    return f"/sessions/{session.pk}/dates/"


def when(option: Any) -> str:
    starts, ends = timezone.localtime(option.starts_at), timezone.localtime(option.ends_at)
    return f"{era_date(starts.date(), short=True)} {starts.hour}:{starts:%M}〜{ends.hour}:{ends:%M}"


def _lines(options: Any) -> str:
    rows = [
        f"・{when(option)} {option.get_mode_display()} {option.place}".rstrip()
        + (f" {option.get_answer_display()} {option.note}".rstrip() if option.answer else "")
        for option in options
    ]
    return "\n".join(rows)


def dates_were_proposed(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    due = era_date(options[0].held_until, short=True)
    shown = _words(session, step) | {"due": due}
    other = "advisor" if options[0].side == "town" else "town"
    subject = _("%(due)sまでに、%(session)sの日程を選んでください(%(town)s)") % shown
    said = (
        _("%(who)sさんから、%(session)sの日程の候補が届きました。%(due)sまで、どの日も空けてあります。")
        % shown
    )
    return letters.write(
        session,
        step,
        [_people(session, other, step)],
        subject,
        f"{said}\n\n{_lines(options)}",
        _page(session),
    )


def other_dates_were_asked(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    due = era_date(options[0].held_until, short=True)
    shown = _words(session, step) | {"due": due, "reason": step.data["reason"]}
    other = "advisor" if options[0].side == "town" else "town"
    subject = _("%(due)sまでに、%(session)sの新しい日程を選んでください(%(town)s)") % shown
    said = (
        _(
            "%(who)sさんが、決まっていた%(session)sの日程を取りやめ、新しい候補を出しました。\n理由: %(reason)s"
        )
        % shown
    )
    body = f"{said}\n\n{_lines(options)}"
    return letters.write(session, step, [_people(session, other, step)], subject, body, _page(session))


def dates_were_answered(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    shown = _words(session, step)
    if any(option.answer == "yes" for option in options):
        subject = _("%(session)sの日を決めてください(%(town)s)") % shown
    else:
        subject = _("%(session)sの別の候補を出してください(%(town)s)") % shown
    said = _("%(who)sさんから、日程の候補に返事が届きました。") % shown
    people = _people(session, options[0].side, step)
    return letters.write(session, step, [people], subject, f"{said}\n\n{_lines(options)}", _page(session))


def dates_were_withdrawn(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    from_town = step.actor.holds("contact", f"municipality:{session.engagement.municipality_id}")
    shown = _words(session, step)
    subject = _("%(session)sの日程の候補が取り下げられました(%(town)s)") % shown
    said = _("%(who)sさんが候補を取り下げました。ご都合のよい日があれば、候補を出してください。") % shown
    people = _people(session, "advisor" if from_town else "town", step)
    return letters.write(session, step, [people], subject, said, _page(session))


def holds_ran_out(session: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _words(session, step)
    subject = _("%(session)sの日程の候補を出し直してください(%(town)s)") % shown
    if session.engagement.state in RUNNING:
        said = _(
            "期限までに日が決まらなかったため、仮押さえを外しました。空けていた日は、ほかの予定に使えます。"
        )
    else:
        subject = _("%(session)sの仮押さえを外しました(%(town)s)") % shown
        said = _("支援が止まっているため、仮押さえを外しました。空けていた日は、ほかの予定に使えます。")
    return letters.write(
        session, step, [_people(session, step.note["side"], step)], subject, said, _page(session)
    )
