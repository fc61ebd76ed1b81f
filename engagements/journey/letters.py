"""Who hears that an engagement was opened: the town's contacts, whose turn it is now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.journey.models import Journey
from engagements.journey.waits import ASKS
from engagements.sessions.letters import contacts
from workflow import Mail


def was_opened(engagement: Journey, lead: User, on: date) -> Iterator[Mail]:
    """What the town was told to wait for: who comes, and that the first date is to be set."""
    shown = {
        "town": f"{engagement.municipality.prefecture.name}{engagement.municipality_name}",
        "name": lead.name,
        "session": engagement.sessions.select_related("kind").order_by("kind__number")[0].kind,
    }
    # What the town is asked for, in the words of its home.
    shown["ask"] = str(ASKS["session", "unscheduled"]) % shown
    subject = _("%(ask)s。アドバイザーが決まりました(%(town)s)") % shown
    body = _("%(name)sさんが%(town)sの支援を引き受けました。%(name)sさんと相談して、%(ask)s。")
    address = f"{settings.SITE_URL}{engagement.get_absolute_url()}"
    for person in contacts(engagement.municipality_id, on):
        yield Mail(person.email, subject, f"{body % shown}\n\n{address}\n")


def trainee_comes(engagement: Journey, trainee: User) -> Iterator[Mail]:
    """To the trainee: where they will learn. Nothing has to be answered."""
    town = f"{engagement.municipality.prefecture.name}{engagement.municipality_name}"
    subject = _("%(town)sの支援に同行してください") % {"town": town}
    body = _(
        "研修生として、%(town)sの支援に同行することが決まりました。日程と記録は、次のページで見られます。"
        "日程が決まるまでに、アドバイザーにごあいさつください。"
    )
    address = f"{settings.SITE_URL}{engagement.get_absolute_url()}"
    yield Mail(trainee.email, subject, f"{body % {'town': town}}\n\n{address}\n")
