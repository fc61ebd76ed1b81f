"""What has to be so before a round moves on. Publication reads everything again: much may have changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.fit import Ties, barriers
from advisors.load import loads
from advisors.models import Advisor, Conflict
from advisors.reasons import office_sentence
from advisors.selectors import offering, roster
from engagements.applications.models import Application, ApplicationState
from engagements.rounds import pairs
from engagements.rounds.guards import OPEN, TAKEN
from engagements.rounds.models import Offer
from workflow.doors import Step, Unmet, rules, unmet_guards

#: An application with one of these may get an advisor in a round.
WAITING = (ApplicationState.ACCEPTED, ApplicationState.WAITLISTED)


def proposed_pairs(obj: Any, seat: str = "lead") -> dict[int, int]:
    """Application → advisor of one seat of the proposal; empty without a result."""
    result = obj.proposal.result if obj.proposal_id else None
    pairs_ = (pair for pair in (result or {}).get("assignments", ()) if pair["seat"] == seat)
    return {int(pair["town"]): int(pair["advisor"]) for pair in pairs_}


def advisor_rows(obj: Any) -> Any:
    """The row that stands for all places of an advisor, for each who would be asked."""
    return Advisor.objects.filter(pk__in=set(proposed_pairs(obj).values()))


def application_rows(obj: Any) -> Any:
    return Application.objects.filter(pk__in=proposed_pairs(obj))


def somebody_waits(obj: Any, now: datetime) -> Unmet | None:
    if waiting(obj).exists():
        return None
    return Unmet(
        _("アドバイザーを待っている申込がありません。申込を受理すると、ここで組み合わせられます。"),
        url="/applications/",
    )


def waiting(obj: Any) -> QuerySet[Application]:
    """The applications of the round's call that may get an advisor: nobody has accepted to serve them yet."""
    return Application.objects.filter(call=obj.call_id, state__in=WAITING).exclude(offers__state__in=TAKEN)


def places_left(obj: Any) -> int | None:
    """How many towns the round may still serve; None without a limit.

    A town that the round has held and that somebody has accepted to serve has taken its place, even if it was asked for
    by hand: it does not wait any more, and so stands in no later run. Two queries where there is a limit.
    """
    most: int | None = obj.max_leads
    if most is None:
        return None
    held = {int(pk) for towns in obj.runs.values_list("names__towns", flat=True) for pk in towns or ()}
    taken = Application.objects.filter(pk__in=held, offers__state__in=TAKEN).distinct().count()
    return max(0, most - taken)


def somebody_serves(obj: Any, now: datetime) -> Unmet | None:
    if Advisor.objects.filter(seat=Advisor.Seat.LEAD, user__is_active=True).exists():
        return None
    return Unmet(
        _("アドバイザーが登録されていません。先にアドバイザーを登録してください。"), url="/advisors/"
    )


def is_last_run(obj: Any, step: Step) -> dict[str, Any] | None:
    last = apps.get_model("engagement_matching", "Run").objects.filter(round=obj.pk).last()
    if last is not None and last.pk == step.data["run"]:
        return None
    return {"run": _("新しい計算が始まっています。この結果は使いません。")}


def has_pairs(obj: Any, now: datetime) -> Unmet | None:
    if proposed_pairs(obj):
        return None
    return Unmet(_("この案には組がありません。条件を変えて、計算し直してください。"))


def is_current(obj: Any, now: datetime) -> Unmet | None:
    """What was decided by hand after the solving is not in the proposal."""
    if obj.proposal_id is None:
        return None
    changed = obj.adjustments.filter(made_at__gt=obj.proposal.requested_at).exists()
    lifted = obj.adjustments.filter(lifted_at__gt=obj.proposal.requested_at).exists()
    if not changed and not lifted:
        return None
    return Unmet(_("計算のあとに手で変えたところがあります。もう一度計算してから打診してください。"))


def without(step: Step) -> set[int]:
    """The applications that the office leaves out of this publication."""
    return {int(pk) for pk in step.data["excluded"]}


def towns_proposed(obj: Any) -> list[tuple[str, str]]:
    """What can be left out of a publication: the towns of the proposal, by name."""
    names = obj.proposal.names["towns"] if obj.proposal_id else {}
    return [(str(pk), names.get(str(pk), str(pk))) for pk in proposed_pairs(obj)]


def nothing_blocks(obj: Any, step: Step) -> dict[str, Any] | None:
    """Whoever is blocked is left out by name, and somebody is left."""
    left_out = without(step)
    standing = {pk: found for pk, found in blocked(obj, step.now).items() if pk not in left_out}
    if standing:
        return {"excluded": " ".join(str(item.sentence) for found in standing.values() for item in found)}
    if set(proposed_pairs(obj)) <= left_out:
        return {"excluded": _("全ての町を外しています。打診する町を残してください。")}
    return None


def blocked(obj: Any, now: datetime) -> dict[int, list[Unmet]]:
    """Every pair of the proposal judged again by today's places, certifications, conflicts and consents, and named.

    Application → what keeps its pair from being asked; a pair that is asked already is left alone. Queries: 9, and
    those of the door of each waitlisted town.
    """
    on, wanted = timezone.localdate(now), proposed_pairs(obj)
    applications = _waiting_ones(obj, wanted)
    found = {pk: [_not_waiting(obj, pk)] for pk in wanted if pk not in applications}
    advisors = {row.pk: row for row in roster().filter(pk__in=set(wanted.values()))}
    known = _known_ties(wanted)
    taken = loads(on, advisors)
    for number, application in applications.items():
        advisor = advisors[wanted[number]]
        if (number, advisor.pk) in known["sent"]:
            continue
        ties = Ties(
            conflict=(application.municipality_id, advisor.pk) in known["conflict"],
            declined=(number, advisor.pk) in known["declined"],
        )
        need, given = pairs.need_of(application, on), offering(advisor, taken[advisor.pk], on)
        said = [office_sentence(barrier, need, given) for barrier in barriers(need, given, ties)]
        said += _not_acceptable(application, now)
        if said:
            found[number] = [_named(application, advisor, sentence) for sentence in said]
    return found


def _not_waiting(obj: Any, pk: int) -> Unmet:
    name = obj.proposal.names["towns"].get(str(pk), str(pk))
    return Unmet(
        _("%(town)sは、もうアドバイザーを待っていません。") % {"town": name}, url=f"/applications/{pk}/"
    )


def _not_acceptable(application: Application, now: datetime) -> list[str]:
    """Why a town on the waiting list can't move up now."""
    if application.state != ApplicationState.WAITLISTED:
        return []
    return [str(item.sentence) for item in unmet_guards(application, rules(Application)["accept"], now)]


def _waiting_ones(obj: Any, wanted: dict[int, int]) -> dict[int, Application]:
    found = waiting(obj).filter(pk__in=wanted).select_related("municipality", "call__programme")
    return {row.pk: row for row in found.prefetch_related("wishes")}


def _known_ties(wanted: dict[int, int]) -> dict[str, set[tuple[Any, int]]]:
    offers = Offer.objects.filter(application__in=wanted)
    pairs_of = {
        state: set(offers.filter(state=state).values_list("application", "advisor"))
        for state in ("sent", "declined")
    }
    conflicts = Conflict.objects.filter(advisor__in=set(wanted.values()))
    return pairs_of | {"conflict": set(conflicts.values_list("municipality", "advisor"))}


def _named(application: Application, advisor: Advisor, sentence: str) -> Unmet:
    words = {"town": application.municipality.name, "advisor": advisor.user.name, "sentence": sentence}
    return Unmet(_("%(town)sと%(advisor)sさん: %(sentence)s") % words, url=application.get_absolute_url())


def nobody_is_asked(obj: Any, now: datetime) -> Unmet | None:
    open_offers = Offer.objects.filter(published_in__round=obj.pk, state__in=OPEN)
    if not open_offers.exists():
        return None
    return Unmet(
        _("返事を待っている打診があります。返事のあとか、打診を取り下げてから終えてください。"),
        url="/offers/",
    )
