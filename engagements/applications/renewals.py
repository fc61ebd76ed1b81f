"""A new consent link for an approver whose link ran out, while the application still waits for them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts import links
from accounts.models import SignedLink
from engagements.applications.models import Application
from workflow.doors import perform_as_system, rules, unmet_guards


def _waiting(link: SignedLink) -> Application | None:
    """The application whose approver is still this very address and is still asked."""
    rows = Application.objects.filter(
        pk=link.scope.partition(":")[2],
        approver_email__iexact=link.address,
        state__in=("submitted", "waitlisted"),
    )
    found = rows.first()
    if found is None or unmet_guards(found, rules(Application)["resend"], timezone.now()):
        return None
    return found


@links.renews("consent", when=lambda link: _waiting(link) is not None)
def consent_again(link: SignedLink, now: datetime) -> None:
    if (application := _waiting(link)) is not None:
        perform_as_system("resend", application, now=now)
