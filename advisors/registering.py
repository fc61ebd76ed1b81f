"""What makes a person an advisor who can be asked: certificate, term and commission, as the office registers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.entry import people
from accounts.models import Membership, Role, User
from advisors.models import Advisor, Certification, Commission
from advisors.vocabulary import FISCAL_MONTHS
from municipalities.dates import era_date
from municipalities.models import Municipality
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import record
from workflow.models import Visibility
from workflow.transactions import atomic

ACTION = "advisor.register"


@dataclass(frozen=True, slots=True)
class Term:
    """From a day to a day, both counted."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{era_date(self.first, weekday=False)}〜{era_date(self.last, weekday=False)}"


@dataclass(frozen=True, slots=True)
class Registration:
    """Who a person works for, what certifies them, and the ministry's commission where there is one already."""

    employer: Municipality
    number: str
    certified: Term
    commissioned: Term | None = None
    section: str = ""
    tags: Sequence[str] = ()
    months: Sequence[int] = FISCAL_MONTHS


@atomic
def register(
    user: User, given: Registration, *, actor: Actor, now: datetime, imported: bool = False
) -> Advisor:
    """The person is an advisor from now on, certified for the term; somebody in training leads from now on.

    ``imported``: certified before the service was used; nobody gets a mail either way. Raises ``NotAllowed``,
    ``Conflict`` for somebody who is an advisor already, and ``BadInput``.
    """
    authority.require(actor, ACTION, None, now=now)
    advisor = Advisor.objects.select_for_update(of=("self",)).filter(user=user).first()
    if advisor is not None and advisor.seat == Advisor.Seat.LEAD:
        raise Conflict(_("%(name)sさんは、もうアドバイザーです。") % {"name": user.name})
    if advisor is None:
        advisor = Advisor(user=user)
    advisor.seat, advisor.employer = Advisor.Seat.LEAD, given.employer
    advisor.section, advisor.tags = given.section or user.section, list(given.tags)
    advisor.months = list(given.months)
    advisor.save()
    people.give_role(user, role=Role.ADVISOR, municipality_id=None, section="", actor=actor, now=now)
    told = {"employer": given.employer.pk, "imported": imported}
    _record("advisor.registered", advisor, told, actor, now)
    certify(advisor, given.number, given.certified, actor=actor, now=now, imported=imported)
    if given.commissioned is not None:
        commission(advisor, given.commissioned, actor=actor, now=now, imported=imported)
    return advisor


@atomic
def certify(
    advisor: Advisor, number: str, term: Term, *, actor: Actor, now: datetime, imported: bool = False
) -> Certification:
    """A certificate with its number for a term; a renewal is one more. Raises ``NotAllowed`` and ``BadInput``."""
    authority.require(actor, ACTION, None, now=now)
    _in_order(term, "certified_until", _("認定の期限が、認定日より前です。"))
    if not number.strip():
        raise BadInput({"number": [_("認定番号を入れてください。")]})
    held = Certification.objects.filter(number=number.strip()).select_related("advisor__user").first()
    if held is not None:
        sentence = _("この認定番号は、%(name)sさんの認定(%(term)s)にあります。番号をお確かめください。")
        term_held = Term(held.valid_from, held.valid_to)
        raise BadInput({"number": [sentence % {"name": held.advisor.user.name, "term": term_held}]})
    made = Certification.objects.create(
        advisor=advisor, number=number.strip(), valid_from=term.first, valid_to=term.last
    )
    told = asdict(term) | {"number": made.number, "imported": imported}
    _record("advisor.certified", advisor, told, actor, now)
    return made


@atomic
def commission(
    advisor: Advisor, term: Term, *, actor: Actor, now: datetime, imported: bool = False
) -> Commission:
    """委嘱 for a term that no other commission of the person touches. Raises ``NotAllowed`` and ``BadInput``."""
    authority.require(actor, ACTION, None, now=now)
    _in_order(term, "commissioned_to", _("委嘱の末日が、初日より前です。"))
    held = advisor.commissions.filter(valid_from__lte=term.last, valid_to__gte=term.first).first()
    if held is not None:
        sentence = _("この期間と重なる委嘱(%(term)s)があります。期間をお確かめください。")
        held_term = Term(held.valid_from, held.valid_to)
        raise BadInput({"commissioned_from": [sentence % {"term": held_term}]})
    made = Commission.objects.create(advisor=advisor, valid_from=term.first, valid_to=term.last)
    _record("advisor.commissioned", advisor, asdict(term) | {"imported": imported}, actor, now)
    return made


@atomic
def take_back(row: Certification | Commission, *, reason: str, actor: Actor, now: datetime) -> None:
    """What was registered by mistake leaves its table; the log keeps it with the reason. What runs is not touched."""
    authority.require(actor, ACTION, None, now=now)
    if not reason.strip():
        raise BadInput({"reason": [_("理由を書いてください。記録に残ります。")]})
    told: dict[str, Any] = {"first": row.valid_from, "last": row.valid_to}
    name = "advisor.commission_taken_back"
    if isinstance(row, Certification):
        name, told["number"] = "advisor.certificate_taken_back", row.number
    advisor = row.advisor
    row.delete()
    _record(name, advisor, told, actor, now, reason=reason.strip())


def unregistered(on: date) -> QuerySet[User]:
    """Who holds the role of an advisor without being registered as one: nobody can ask them yet."""
    held = Membership.objects.filter(Membership.in_force(on), role=Role.ADVISOR).values("user")
    return User.objects.filter(is_active=True, pk__in=held, advisor=None).order_by("name", "pk")


def _in_order(term: Term, name: str, sentence: str) -> None:
    if term.last < term.first:
        raise BadInput({name: [sentence]})


def _record(
    kind: str, advisor: Advisor, told: dict[str, Any], actor: Actor, now: datetime, reason: str = ""
) -> None:
    record(
        kind,
        actor,
        stream=f"advisor:{advisor.pk}",
        data=told,
        personal={"reason": reason} if reason else {},
        visibility=Visibility.ADVISOR,
        now=now,
    )
