"""Who is written to about proposed dates: the other side, and the proposer when nobody answered in time."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.letters import kind
from engagements.sessions import letters
from engagements.sessions.checks import RUNNING
from municipalities.dates import era_date
from workflow import Mail, Step


def _people(session: Any, side: str, step: Step) -> Any:
    if side == "town":
        return letters.contacts(session.engagement.municipality_id, step.today())
    return letters.advisors(session.engagement_id, step.today())


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


def _other(side: str) -> str:
    return "advisor" if side == "town" else "town"


@kind
def dates_were_proposed(session: Any, step: Step, event: Any) -> list[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    due = options[0].held_until

    def words() -> tuple[str, str, str]:
        shown = letters.said(session, step, due=letters.day_of(due))
        subject = _("%(due)sまでに、%(session)sの日程を選んでください(%(town)s)")
        text = _(
            "%(who)sさんから、%(session)sの日程の候補が届きました。%(due)sまで、どの日も空けてあります。"
        )
        return subject % shown, f"{text % shown}\n\n{_lines(options)}", _not_chosen()

    people = _people(session, _other(options[0].side), step)
    return letters.write(session, step, [people], words, path=_page(session), due=due)


def _not_chosen() -> str:
    return _(
        "期限を過ぎると仮押さえが外れ、候補を出し直すことになります。どの日も合わないときは、ページでそのようにお答えください。"
    )


@kind
def other_dates_were_asked(session: Any, step: Step, event: Any) -> list[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    due = options[0].held_until

    def words() -> tuple[str, str, str]:
        shown = letters.said(session, step, due=letters.day_of(due), reason=step.data["reason"])
        subject = _("%(due)sまでに、%(session)sの新しい日程を選んでください(%(town)s)")
        text = _(
            "%(who)sさんが、決まっていた%(session)sの日程を取りやめ、新しい候補を出しました。\n理由: %(reason)s"
        )
        return subject % shown, f"{text % shown}\n\n{_lines(options)}", _not_chosen()

    people = _people(session, _other(options[0].side), step)
    return letters.write(session, step, [people], words, path=_page(session), due=due)


@kind
def dates_were_answered(session: Any, step: Step, event: Any) -> list[Mail]:
    options = list(session.date_options.filter(state="open").order_by("starts_at"))
    possible = any(option.answer == "yes" for option in options)

    def words() -> tuple[str, str, str]:
        shown = letters.said(session, step)
        if possible:
            subject = _("%(session)sの日を決めてください(%(town)s)")
        else:
            subject = _("%(session)sの別の候補を出してください(%(town)s)")
        text = _("%(who)sさんから、日程の候補に返事が届きました。")
        otherwise = _("期限を過ぎると仮押さえが外れ、候補を出し直すことになります。")
        return subject % shown, f"{text % shown}\n\n{_lines(options)}", otherwise

    people, due = _people(session, options[0].side, step), options[0].held_until
    return letters.write(session, step, [people], words, path=_page(session), due=due)


@kind
def dates_were_withdrawn(session: Any, step: Step, event: Any) -> list[Mail]:
    from_town = step.actor.holds("contact", f"municipality:{session.engagement.municipality_id}")

    def words() -> tuple[str, str, str]:
        shown = letters.said(session, step)
        subject = _("%(session)sの日程の候補が取り下げられました(%(town)s)")
        text = _(
            "%(who)sさんが%(session)sの候補を取り下げました。ご都合のよい日があれば、候補を出してください。"
        )
        return subject % shown, text % shown, _("日が決まるまで、この回は行えません。")

    people = _people(session, "advisor" if from_town else "town", step)
    return letters.write(session, step, [people], words, path=_page(session))


@kind
def holds_ran_out(session: Any, step: Step, event: Any) -> list[Mail]:
    running = session.engagement.state in RUNNING

    def words() -> tuple[str, str, str]:
        shown = letters.said(session, step)
        if running:
            subject = _("%(session)sの日程の候補を出し直してください(%(town)s)")
            text = _(
                "期限までに%(session)sの日が決まらなかったため、仮押さえを外しました。空けていた日は、ほかの予定に使えます。"
            )
            return subject % shown, text % shown, _("日が決まるまで、この回は行えません。")
        subject = _("%(session)sの仮押さえを外しました(%(town)s)")
        text = _("支援が止まっているため、仮押さえを外しました。空けていた日は、ほかの予定に使えます。")
        return subject % shown, text, _("お返事は要りません。行うこともありません。")

    people = _people(session, step.note["side"], step)
    return letters.write(session, step, [people], words, path=_page(session))
