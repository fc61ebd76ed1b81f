"""What the builders share: the head of a snapshot, and from a snapshot to a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from advisors.models import Advisor
from engagements.documents import blocks
from engagements.documents.builders import Edition, Snapshot
from engagements.documents.models import file_name
from engagements.documents.parts import Fact, Sheet
from engagements.models import Engagement, EngagementRole
from engagements.plans.models import Plan
from municipalities.dates import era_date
from municipalities.models import Municipality

GROUP = 4


def head(title: str, town: Municipality | None, name: str, **more: Any) -> Snapshot:
    """The part of a snapshot that says whose document it is; ``name`` is the town's name of that time.

    A name may come with its prefecture or without; without a town it is an empty form.
    """
    prefecture = town.prefecture.name if town else ""
    short = name.removeprefix(prefecture)
    return {
        "title": title,
        "code": town.pk if town else "",
        "body_name": f"{prefecture}{short}",
        "short_name": short,
        "demo": settings.DEMO,
        **more,
    }


def sheet(snapshot: Snapshot, edition: Edition) -> Sheet:
    """The snapshot's head with what the edition adds: version, day of issue, hash of the content.

    A blank form and a draft are no edition of anything: they have neither version nor hash.
    """
    draft = snapshot.get("draft", False)
    blank = draft or not snapshot["code"]
    version = "" if blank else _("第%(version)s版") % {"version": edition.version}
    if draft:
        version = _("下書き")
    day = era_date(timezone.localdate(edition.issued_at), weekday=False)
    return Sheet(
        title=f"{snapshot['body_name']} {snapshot['title']} {version}".strip(),
        heading=snapshot.get("heading") or snapshot["title"],
        body_name=snapshot["body_name"],
        date=snapshot.get("date") or day,
        version=version,
        content_hash="" if blank else grouped(edition.content_hash),
        file_name=""
        if blank
        else file_name(snapshot["code"], snapshot["short_name"], snapshot["title"], edition.version),
        form_number=snapshot.get("form_number", ""),
        own_number=snapshot.get("own_number", ""),
        number=snapshot.get("number", ""),
        sender=snapshot.get("sender", ""),
        addressee=_addressed(snapshot),
        motto=snapshot.get("motto", ""),
        gist=[Fact(label, value) for label, value in snapshot.get("gist", ())],
        contents_heading=_("目次"),
        contents=blocks.entries(snapshot["chapters"]) if snapshot.get("with_contents") else (),
        demo=snapshot["demo"],
    )


def _addressed(snapshot: Snapshot) -> str:
    """The line as its owner wrote it, else our addressee with 様."""
    to = snapshot.get("addressee", "")
    return snapshot.get("addressed") or (_("%(name)s 様") % {"name": to} if to else "")


def grouped(digest: str) -> str:
    """A hash as people compare it: 9f2c 41ab …"""
    return " ".join(digest[at : at + GROUP] for at in range(0, len(digest), GROUP))


def page(template: str, snapshot: Snapshot, edition: Edition) -> str:
    """The document's HTML, from the snapshot alone."""
    context = {"document": sheet(snapshot, edition), "chapters": blocks.printed(snapshot["chapters"])}
    return render_to_string(template, context)


def addressee(plan: Plan, town: str) -> str:
    """葛巻町長 見本 一郎: a title that begins with the town's last character is not said twice."""
    title = plan.executive_title
    joined = f"{town[:-1]}{title}" if title[:1] == town[-1:] else f"{town} {title}"
    return f"{joined} {plan.executive_name}".strip()


def advisor_words(engagement: Engagement) -> str:
    """The lead advisor and whose employee they are; empty while there is none. Two queries."""
    roles = EngagementRole.objects.filter(engagement=engagement, role=Role.ADVISOR)
    held = roles.select_related("user").order_by("valid_from", "pk").last()
    if held is None:
        return ""
    profile = Advisor.objects.filter(user=held.user_id).select_related("employer__prefecture").first()
    name = _("窓口BPRアドバイザー %(name)s") % {"name": held.user.name}
    return f"{name}({profile.employer})" if profile else name
