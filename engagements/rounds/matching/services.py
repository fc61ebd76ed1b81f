"""What the office does with a matching round, beside its transitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.rounds.matching import guards
from engagements.rounds.matching.models import Adjustment, AdjustmentKind, Round, RoundState
from engagements.rounds.models import Offer
from municipalities.dates import era_year_short
from workflow import authority, log
from workflow.actors import SYSTEM, Actor
from workflow.doors import begin
from workflow.errors import BadInput, Conflict, WrongState
from workflow.models import Visibility
from workflow.serials import next_number
from workflow.transactions import in_transaction

#: What the office writes about a round; ``call`` is given once.
WRITTEN = ("title", "starts_on", "ends_on", "months", "fairness", "weights", "max_leads")
CHANGEABLE = (RoundState.OPEN, RoundState.PROPOSED, RoundState.PUBLISHED)
CAPACITY_MOST = 4


def create_round(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Round:
    """A round of a call. ``values`` are cleaned: ``call`` and what stands in ``WRITTEN``. Raises ``NotAllowed``."""
    return in_transaction(lambda: _create(values, actor, now))


def _create(values: Mapping[str, Any], actor: Actor, now: datetime) -> Round:
    authority.require(actor, "round.create", None, now=now)
    year = values["call"].fiscal_year
    made = Round.objects.create(
        reference=f"{era_year_short(year)}-M{next_number('round', year):03d}",
        call=values["call"],
        created_at=now,
        **{name: values[name] for name in WRITTEN},
    )
    begin(made, actor, now=now, visibility=Visibility.OFFICE, call=made.call_id)
    return made


def save_round(obj: Round, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Round:
    """Change the rule or the period. The proposal stands as it was solved; the next solving reads the new values.

    Raises ``NotAllowed``; ``WrongState`` while it is being solved, and after its end.
    """
    return in_transaction(lambda: _save(obj.pk, values, actor, now))


def _save(pk: int, values: Mapping[str, Any], actor: Actor, now: datetime) -> Round:
    fresh = _changeable(pk, actor, now, _("ラウンドの条件を変える"))
    changed = {name: values[name] for name in WRITTEN if getattr(fresh, name) != values[name]}
    before = {name: getattr(fresh, name) for name in changed}
    for name, value in changed.items():
        setattr(fresh, name, value)
    if changed:
        fresh.save(update_fields=list(changed))
        _record(fresh, "round.saved", actor, now, before=before, after=changed)
    return fresh


def _changeable(pk: int, actor: Actor, now: datetime, what: str) -> Round:
    fresh = Round.objects.select_for_update(of=("self",)).get(pk=pk)
    authority.require(actor, "round.adjust", fresh, now=now)
    if fresh.state not in CHANGEABLE:
        raise WrongState(what, str(fresh.get_state_display()))
    return fresh


def _record(obj: Round, event_type: str, actor: Actor, now: datetime, **data: Any) -> None:
    log.record(event_type, actor, stream=obj.stream, data=data, visibility=Visibility.OFFICE, now=now)


def adjust(
    obj: Round,
    kind: str,
    *,
    advisor: Advisor,
    application: Application | None,
    value: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Adjustment:
    """Decide something by hand: a fixed pair, a pair that is not to be, a figure. The next solving keeps to it.

    Raises ``NotAllowed``, ``WrongState``, ``BadInput`` (a reason is always asked for), and ``Conflict`` where the
    town is fixed to another advisor already.
    """
    faults = _faults(kind, application, value, reason)
    if faults:
        raise BadInput(faults)
    return in_transaction(
        lambda: _adjust(obj.pk, kind, advisor, application, value, reason.strip(), actor, now)
    )


def _faults(
    kind: str, application: Application | None, value: int | None, reason: str
) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if kind not in AdjustmentKind.values:
        faults["kind"] = [_("変える内容を選んでください。")]
    elif kind in (AdjustmentKind.LOCK, AdjustmentKind.VETO):
        if application is None:
            faults["application"] = [_("町を選んでください。")]
    elif value is None or not 0 <= value <= (CAPACITY_MOST if kind == AdjustmentKind.CAPACITY else 99):
        faults["value"] = [_("数を入れてください(受け持てる数は4まで)。")]
    if not reason.strip():
        faults["reason"] = [_("理由を、ひとことお書きください。あとで説明できるように残します。")]
    elif len(reason) > 300:
        faults["reason"] = [_("300字までにしてください。")]
    return faults


def _adjust(
    pk: int,
    kind: str,
    advisor: Advisor,
    application: Application | None,
    value: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Adjustment:
    fresh = _changeable(pk, actor, now, _("手で変える"))
    if application is not None and not guards.waiting(fresh).filter(pk=application.pk).exists():
        raise BadInput({"application": [_("この町は、このラウンドで待っていません。")]})
    standing = fresh.adjustments.filter(lifted_at=None, kind=kind)
    if kind == AdjustmentKind.LOCK:
        if standing.filter(application=application).exists():
            raise Conflict(_("この町には固定した組があります。先にそれを外してください。"))
    elif kind == AdjustmentKind.VETO:
        if (found := standing.filter(application=application, advisor=advisor).first()) is not None:
            return found
    else:
        for older in standing.filter(advisor=advisor):
            _lift(older, actor, now)
    made = Adjustment.objects.create(
        round=fresh,
        kind=kind,
        application=application if kind in (AdjustmentKind.LOCK, AdjustmentKind.VETO) else None,
        advisor=advisor,
        value=value if kind in (AdjustmentKind.CAPACITY, AdjustmentKind.LENDING) else None,
        reason=reason,
        made_by_id=actor.user_id,
        made_at=now,
    )
    _record(fresh, "round.adjusted", actor, now, **_described(made), reason=reason)
    return made


def _described(made: Adjustment) -> dict[str, Any]:
    return {
        "adjustment": made.pk,
        "kind": made.kind,
        "application": made.application_id,
        "advisor": made.advisor_id,
        "value": made.value,
    }


def lift(made: Adjustment, *, actor: Actor, now: datetime) -> Adjustment:
    """Take back what was decided by hand; it stays in the record. Does nothing where it is lifted already."""

    def work() -> Adjustment:
        fresh = _changeable(made.round_id, actor, now, _("手で変えたところを戻す"))
        row = Adjustment.objects.select_for_update(of=("self",)).get(pk=made.pk)
        if row.lifted_at is None:
            _lift(row, actor, now)
            _record(fresh, "round.lifted", actor, now, **_described(row))
        return row

    return in_transaction(work)


def _lift(row: Adjustment, actor: Actor, now: datetime) -> None:
    row.lifted_at, row.lifted_by_id = now, actor.user_id
    row.save(update_fields=["lifted_at", "lifted_by_id"])


def lift_declined(offer: Offer, *, now: datetime) -> None:
    """Free the pair of an offer that somebody said no to, in every round that is not over; inside a transaction."""
    fixed = Adjustment.objects.filter(
        kind=AdjustmentKind.LOCK, lifted_at=None, application=offer.application_id, advisor=offer.advisor_id
    )
    for row in fixed.exclude(round__state=RoundState.CLOSED).select_related("round").order_by("pk"):
        _lift(row, SYSTEM, now)
        _record(row.round, "round.lifted", SYSTEM, now, **_described(row))
