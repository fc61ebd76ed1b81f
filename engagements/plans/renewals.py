"""A new link for an executive whose link ran out, while the plan still waits for their answer."""

from __future__ import annotations

from datetime import datetime

from accounts import links
from accounts.models import SignedLink
from engagements.plans.letters import ANSWER_PURPOSE
from engagements.plans.models import Plan
from workflow.doors import perform_as_system


def _waiting(link: SignedLink) -> Plan | None:
    return Plan.objects.filter(
        pk=link.scope.partition(":")[2], executive_email__iexact=link.address, state="reported"
    ).first()


@links.renews(ANSWER_PURPOSE, when=lambda link: _waiting(link) is not None)
def ask_again(link: SignedLink, now: datetime) -> None:
    if (plan := _waiting(link)) is not None:
        perform_as_system("resend_link", plan, now=now, executive_email=link.address)
