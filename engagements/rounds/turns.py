"""Whose turn an offer is, and by when: advisor, employer, town; the office where one of them stays silent."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflow.doors import Turn


def _office(offer: Any) -> str:
    return "office"


def _answer_due(offer: Any) -> date | None:
    return offer.answer_due  # type: ignore[no-any-return]


ADVISOR = Turn(
    "advisor",
    lambda offer: f"person:{offer.advisor.user_id}",
    _("打診への返事"),
    due=lambda offer: timezone.localdate(offer.expires_at),
    waiter="secretariat",
)
EMPLOYER = Turn(
    "employer",
    lambda offer: f"municipality:{offer.advisor.employer_id}",
    _("派遣への同意"),
    due=_answer_due,
    waiter="advisor",
)
TOWN = Turn(
    "contact",
    lambda offer: f"municipality:{offer.application.municipality_id}",
    _("アドバイザーの確認"),
    due=_answer_due,
    waiter="advisor",
)
EMPLOYER_IS_SILENT = Turn(
    "secretariat", _office, _("勤め先の返事がないときの対応"), due=_answer_due, waiter="advisor"
)
TOWN_IS_SILENT = Turn(
    "secretariat", _office, _("町の返事がないときの決定"), due=_answer_due, waiter="advisor"
)
RECALLED = Turn("secretariat", _office, _("派遣の取りやめへの対応"), waiter="contact")


def asks_employer(offer: Any) -> bool:
    """Whether the accepted offer waits for the employer, and not for the town already."""
    return offer.state == "accepted" and bool(offer.application.call.programme.employer_consent)


def of(offer: Any) -> dict[str, Turn]:
    """The turn in each state; who has to act in a state depends on the programme and on who stays silent."""
    town = TOWN_IS_SILENT if offer.escalated_at else TOWN
    employer = EMPLOYER_IS_SILENT if offer.escalated_at else EMPLOYER
    found = {
        "sent": ADVISOR,
        "accepted": employer if offer.application.call.programme.employer_consent else town,
        "employer_consented": town,
    }
    return found | {"confirmed": RECALLED} if offer.recalled_at else found
