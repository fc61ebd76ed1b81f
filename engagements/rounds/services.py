"""Asking an advisor for an application."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import SignedLink
from advisors.fit import Fit, barriers, score_parts
from advisors.models import Advisor
from advisors.reasons import office_sentence
from engagements.applications.models import Application, ApplicationState
from engagements.rounds import pairs
from engagements.rounds.guards import LONGEST, OPEN, TAKEN
from engagements.rounds.mails import ask_advisor
from engagements.rounds.models import Offer, OfferState
from engagements.rounds.words import moment_text
from municipalities.dates import add_working_days, era_year_short, fiscal_year
from municipalities.text import graphemes
from workflow import authority
from workflow.actors import SYSTEM, Actor
from workflow.doors import Unmet, begin, perform
from workflow.errors import BadInput, Conflict, GuardsUnmet, WrongState
from workflow.models import Event, Visibility
from workflow.outbox import put
from workflow.serials import next_number
from workflow.transactions import in_transaction

MESSAGE_MAX = 2000
CLOSING = time(17, 0)


def default_expiry(application: Application, now: datetime) -> datetime:
    """17:00 of the day by which the programme asks for an answer, moved on to a working day."""
    day = timezone.localdate(now) + timedelta(days=application.call.programme.offer_days)
    return timezone.make_aware(datetime.combine(add_working_days(day, 0), CLOSING))


def offer(
    *,
    application: Application,
    advisor: Advisor,
    actor: Actor,
    message: str,
    now: datetime,
    expires_at: datetime | None = None,
    fit: Fit | None = None,
) -> Offer:
    """Ask one advisor; they get one mail. ``expires_at`` is the programme's default when left out.

    ``fit`` is the round's own figure, where a round asks; else the pair is scored as the choice of an advisor does.

    Raises ``NotAllowed``; ``WrongState`` unless the application is accepted; ``Conflict`` while somebody else is
    asked; ``GuardsUnmet`` with everything that keeps this advisor from serving; ``BadInput``.
    """
    authority.require(actor, "offer.create", application, now=now)
    ends = expires_at or default_expiry(application, now)
    _check_input(message, ends, now)
    return in_transaction(lambda: _ask(application, advisor, actor, message, ends, fit, now))


def _check_input(message: str, ends: datetime, now: datetime) -> None:
    faults = {}
    if graphemes(message) > MESSAGE_MAX:
        faults["message"] = [_("%(max)d字までにしてください。") % {"max": MESSAGE_MAX}]
    if not now < ends <= now + LONGEST:
        faults["expires_at"] = [_("これから%(days)d日以内の日時を入れてください。") % {"days": LONGEST.days}]
    if faults:
        raise BadInput(faults)


def _ask(
    application: Application,
    advisor: Advisor,
    actor: Actor,
    message: str,
    ends: datetime,
    fit: Fit | None,
    now: datetime,
) -> Offer:
    # The order in which the door locks an offer's rows: by the name of the model.
    asked = Advisor.objects.select_for_update(of=("self",)).get(pk=advisor.pk)
    wanting = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    _check_state(wanting)
    on = timezone.localdate(now)
    declined = wanting.offers.filter(advisor=asked, state=OfferState.DECLINED).exists()
    need, given = pairs.need_of(wanting, on), pairs.offering_now(asked, on)
    ties = pairs.ties_of(wanting, asked, declined=declined)
    if found := barriers(need, given, ties):
        raise GuardsUnmet([Unmet(office_sentence(barrier, need, given)) for barrier in found])
    year = fiscal_year(on)
    made = Offer.objects.create(
        reference=f"{era_year_short(year)}-D{next_number('offer', year):03d}",
        application=wanting,
        advisor=asked,
        message=message,
        fit=pairs.stored(fit or score_parts(need, given, ties, sized=_sized(wanting))),
        sent_at=now,
        expires_at=ends,
        answer_due=timezone.localdate(ends),
    )
    event = begin(made, actor, now=now, visibility=Visibility.ADVISOR, advisor=asked.pk, expires_at=ends)
    put(ask_advisor(made), event=event, now=now)
    return made


def _sized(application: Application) -> bool:
    return pairs.sizes_are_known(application.municipality, Advisor.objects.select_related("employer"))


def _check_state(application: Application) -> None:
    """One advisor at a time, and only for an accepted application."""
    standing = application.offers.filter(state__in={*OPEN, *TAKEN}).select_related("advisor__user").first()
    if standing is not None and standing.state == OfferState.SENT:
        raise Conflict(
            _(
                "%(name)sさんの返事を待っています(%(moment)sまで)。返事のあとか、取り下げてから、次の方に打診できます。"
            )
            % {"name": standing.advisor.user.name, "moment": moment_text(standing.expires_at)}
        )
    if standing is not None:
        raise Conflict(
            _("この申込は、もう%(name)sさんが引き受けています。") % {"name": standing.advisor.user.name}
        )
    if application.state != ApplicationState.ACCEPTED:
        raise WrongState(_("打診する"), str(application.get_state_display()))


def attach_request(offer: Offer, document_id: int, sha256: str, now: datetime) -> Event | None:
    """The PDF of the dispatch request exists: bind it, and ask the employer.

    Does nothing where nobody asks the employer (any longer), or when this very paper is attached already.
    """
    offer.refresh_from_db()
    asked = offer.state == OfferState.ACCEPTED and offer.application.call.programme.employer_consent
    if not asked or offer.request_hash == sha256:
        return None
    return perform("issue_request", offer, SYSTEM, now=now, document=document_id, document_hash=sha256)


def answer_by_link(
    link: SignedLink, offer: Offer, *, actor: Actor, name: str, now: datetime, **data: Any
) -> Event:
    """The employer's contact answers; the link is used up in the same transaction, or stays whole."""

    def work() -> Event:
        links.use(link, now)
        return perform(name, offer, actor, now=now, **data)

    return in_transaction(work)
