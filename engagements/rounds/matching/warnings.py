"""What the office should know before it solves a round; nothing of it forbids."""

from __future__ import annotations

from django.utils.translation import gettext as _

from advisors.models import Advisor, Certification, Commission
from engagements.rounds.matching.guards import places_left
from engagements.rounds.matching.models import Round, Run
from municipalities.dates import era_date

#: How many names a sentence holds.
NAMED = 5


def warnings_of(obj: Round) -> list[str]:
    """Sentences about the round's period and figures. Queries: 4, 6 with a limit."""
    found = [*_commissions(obj), *_certifications(obj)]
    if obj.proposal is not None:
        found += not_sized(obj.proposal)
    if len(obj.months) < obj.call.programme.months_needed:
        found.append(
            _(
                "支援を行う月が%(needed)dか月より少ないため、どの組も条件を満たしません。月を増やしてください。"
            )
            % {"needed": obj.call.programme.months_needed}
        )
    if places_left(obj) == 0:
        found.append(_("支援できる残りの数が0です。数を見直すまで、どの町も決まりません。"))
    return found


def not_sized(run: Run) -> list[str]:
    """That size counted for nobody in the run, and for whose sake; nothing where it did."""
    names = run.names.get("unsized") or []
    if not names:
        return []
    shown = _("、").join(names[:NAMED])
    more = _("ほか%(count)d団体") % {"count": len(names) - NAMED} if len(names) > NAMED else ""
    said = _(
        "人口の登録がない団体(%(names)s%(more)s)があるため、規模はどの組でも数えていません。人口を登録して計算し直すと、数えます。"
    )
    return [said % {"names": shown, "more": more}]


def _commissions(obj: Round) -> list[str]:
    last = Commission.objects.order_by("-valid_to").values_list("valid_to", flat=True).first()
    if last is None or last >= obj.ends_on:
        return []
    return [
        _("ラウンドの末日(%(end)s)は、委嘱の終わり(%(last)s)より後です。年度の更新を先に確かめてください。")
        % {"end": era_date(obj.ends_on, weekday=False), "last": era_date(last, weekday=False)}
    ]


def _certifications(obj: Round) -> list[str]:
    """Who is certified now and would not be at the round's end."""
    leads = Advisor.objects.filter(seat=Advisor.Seat.LEAD, user__is_active=True)
    lasting = Certification.objects.filter(valid_to__gte=obj.ends_on).values("advisor")
    ending = leads.filter(certifications__valid_to__gte=obj.starts_on).exclude(pk__in=lasting).distinct()
    names = list(ending.select_related("user").values_list("user__name", flat=True))
    if not names:
        return []
    return [
        _("%(names)sさんの認定は、ラウンドの末日までに切れます。更新されるまで対象になりません。")
        % {"names": _("さん、").join(names[:5])}
    ]
