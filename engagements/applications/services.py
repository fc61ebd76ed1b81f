"""What people do with calls and applications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Membership, Role, SignedLink, User
from engagements.applications import drafts
from engagements.applications.guards import is_open, not_eligible
from engagements.applications.models import Application, ApplicationState, Call
from engagements.applications.selectors import kept_draft, live
from engagements.programme.models import Programme
from municipalities.dates import FIRST_FISCAL_MONTH, era_year_short, fiscal_year, fiscal_year_label
from municipalities.models import Municipality
from workflow import authority
from workflow.actors import SYSTEM, Actor
from workflow.doors import Unmet, begin, perform
from workflow.errors import BadInput, GuardsUnmet, WrongState
from workflow.models import Event, Visibility
from workflow.serials import next_number
from workflow.transactions import atomic, in_transaction

WRITABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)
PAPER = (ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)


@atomic
def seed_call(now: datetime) -> Call:
    """The rolling call of this fiscal year, open; the one that exists if there is one. Needs a programme."""
    day = timezone.localdate(now)
    year = fiscal_year(day)
    if (known := Call.objects.filter(fiscal_year=year).first()) is not None:
        return known
    starts = datetime.combine(day.replace(year=year, month=FIRST_FISCAL_MONTH, day=1), time.min)
    call = Call.objects.create(
        title=f"{fiscal_year_label(year)} 随時募集",
        programme=Programme.in_force(day),
        fiscal_year=year,
        opens_at=timezone.make_aware(starts),
    )
    begin(call, SYSTEM, now=now)
    perform("open", call, SYSTEM, now=now)
    return call


def start(call: Call, municipality: Municipality, *, actor: Actor, now: datetime) -> Application:
    """The town's live application to the call: the one there is, a draft kept from a call that is over, or a new one.

    A new draft gets its number and what registry and account know.
    Raises ``NotAllowed`` for another town's people and ``GuardsUnmet`` while the call takes no applications.
    """
    return in_transaction(lambda: _start(call, municipality, actor, now))


def _start(call: Call, municipality: Municipality, actor: Actor, now: datetime) -> Application:
    draft = Application(call=call, municipality=municipality)
    authority.require(actor, "application.start", draft, now=now)
    locked = Call.objects.select_for_update().get(pk=call.pk)
    if (known := live(call.pk, municipality.pk).first()) is not None:
        return known
    if not is_open(locked, now):
        raise GuardsUnmet([Unmet(_("この募集はいま受け付けていません。受付中の募集をお選びください。"))])
    if (unmet := not_eligible(locked, municipality, timezone.localdate(now))) is not None:
        raise GuardsUnmet([unmet])
    if (kept := kept_draft(municipality.pk, now)) and authority.allows(actor, "application.carry", kept):
        perform("carry", kept, actor, now=now, call=locked.pk)
        return kept
    number = next_number("application", call.fiscal_year)
    draft.reference = f"A{era_year_short(call.fiscal_year)[1:]}-{number:04d}"
    draft.saved_at = now
    _prefill(draft, actor, timezone.localdate(now))
    draft.save()
    begin(draft, actor, now=now, visibility=Visibility.TOWN)
    return draft


def _prefill(draft: Application, actor: Actor, today: Any) -> None:
    """From the registry and, for the town's own people, from their account."""
    town = draft.municipality
    draft.municipality_name = f"{town.prefecture.name}{town.name_on(today)}"
    draft.typed_by_office = not actor.holds(Role.CONTACT, f"municipality:{town.pk}")
    if draft.typed_by_office or actor.user_id is None:
        return
    user = User.objects.get(pk=actor.user_id)
    role = Membership.objects.filter(
        Membership.in_force(today), user=user, municipality=town, role=Role.CONTACT
    ).first()
    draft.saved_by = user
    draft.contact_name, draft.contact_email = user.name, user.email
    draft.contact_section = (role.section if role else "") or user.section


def save_draft(
    application: Application, values: Mapping[str, Any], *, actor: Actor, revision: int, now: datetime
) -> Application:
    """Store what was typed on top of ``revision`` and return the application as it then is.

    ``values`` are cleaned values under the names of the form, all or some. Saving what is there already makes no new
    revision. Raises ``DraftConflict`` (nothing is written) when somebody else changed one of these fields since,
    ``NotAllowed``, ``WrongState`` once it is submitted, and ``BadInput`` for a revision that does not exist.
    """
    return in_transaction(lambda: _save(application.pk, values, actor, revision, now))


def _save(pk: int, values: Mapping[str, Any], actor: Actor, revision: int, now: datetime) -> Application:
    fresh = Application.objects.select_for_update(of=("self",)).get(pk=pk)
    authority.require(actor, "application.edit", fresh, now=now)
    if fresh.state not in WRITABLE:
        raise WrongState(_("保存する"), fresh.get_state_display())
    if not 1 <= revision <= fresh.revision:
        raise BadInput({"revision": [_("この版はありません。画面を開き直し、いまの版から続けてください。")]})
    if revision < fresh.revision and (found := drafts.differences(fresh, values, revision)):
        raise drafts.DraftConflict(found, fresh.revision)
    if new := drafts.changed(drafts.content(fresh), values):
        drafts.write(fresh, new, user_id=actor.user_id, now=now)
    return fresh


def enter_for_town(
    application: Application, *, actor: Actor, arrived_at: datetime, reason: str, now: datetime
) -> Event:
    """Submit what the office typed from paper: it is received when the paper arrived, and the log keeps why."""
    return perform("enter", application, actor, now=now, arrived_at=arrived_at, reason=reason)


def attach_issued(application: Application, document_id: int, sha256: str, now: datetime) -> Event | None:
    """The PDF of the submitted application exists: bind it, and send the approver the link to it.

    Does nothing when the application was taken back meanwhile, or when this very paper is attached already.
    """
    application.refresh_from_db()
    if application.state not in PAPER or application.issued_hash == sha256:
        return None
    return perform("issue", application, SYSTEM, now=now, document=document_id, document_hash=sha256)


def answer_by_link(
    link: SignedLink, application: Application, *, actor: Actor, name: str, now: datetime, **data: Any
) -> Event:
    """The addressee of a link consents or objects; the link is used up in the same transaction, or stays whole."""

    def work() -> Event:
        links.use(link, now)
        return perform(name, application, actor, now=now, **data)

    return in_transaction(work)
