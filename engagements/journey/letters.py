"""Who hears of an engagement as a whole: who is to set its first date, who comes along, who takes it over."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts import letters
from accounts.letters import Letter, Reader
from accounts.models import User
from engagements.sessions.letters import contacts
from workflow import Mail


def _town(engagement: Any) -> str:
    return f"{engagement.municipality.prefecture.name}{engagement.municipality_name}"


@letters.kind
def was_opened(engagement: Any, lead: User, on: date) -> list[Mail]:
    """What the town was told to wait for: who comes, and that the first date is to be set."""
    # The table of turns reads the models, whose workflow writes these letters.
    from engagements.journey.waits import ASKS

    first = engagement.sessions.select_related("kind").order_by("kind__number")[0].kind

    def write(reader: Reader) -> Letter:
        shown = {"town": _town(engagement), "name": lead.name, "session": first}
        # What the town is asked for, in the words of its home.
        shown["ask"] = str(ASKS["session", "unscheduled"]) % shown
        subject = _("%(ask)s。アドバイザーが決まりました(%(town)s)") % shown
        text = _("%(name)sさんが%(town)sの支援を引き受けました。%(name)sさんと相談して、%(ask)s。")
        otherwise = _("日程が入るまで、支援は始まりません。")
        page = letters.site(engagement.get_absolute_url())
        return Letter(subject, text % shown, page, otherwise, engagement.reference)

    return letters.to(letters.readers(contacts(engagement.municipality_id, on)), write)


@letters.kind
def trainee_comes(engagement: Any, trainee: User) -> list[Mail]:
    """To the trainee: where they will learn. Nothing has to be answered."""

    def write(reader: Reader) -> Letter:
        shown = {"town": _town(engagement)}
        text = _(
            "研修生として、%(town)sの支援に同行することが決まりました。日程と記録は、ページで見られます。"
            "日程が決まるまでに、アドバイザーにごあいさつください。"
        )
        return Letter(
            _("%(town)sの支援に同行してください") % shown,
            text % shown,
            letters.site(engagement.get_absolute_url()),
            _("お返事は要りません。同行できないときは、事務局にお知らせください。"),
            engagement.reference,
        )

    return letters.to([letters.reader(trainee)], write)


@letters.kind
def lead_takes_over(engagement: Any, lead: User) -> list[Mail]:
    """To the advisor who is next: what there is to read, and that it is theirs now."""

    def write(reader: Reader) -> Letter:
        return Letter(
            _("%(town)sの支援を引き継いでください") % {"town": engagement.municipality_name},
            _("これまでの記録と、次にすることがページにあります。"),
            letters.site(f"/engagements/{engagement.pk}/"),
            _("町は、あなたからの連絡を待っています。引き継げないときは、事務局にお知らせください。"),
            engagement.reference,
        )

    return letters.to([letters.reader(lead)] if lead.is_active else [], write)
