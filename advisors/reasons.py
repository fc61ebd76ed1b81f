"""The words for a barrier and for a fit: the office gets figures, the town learns no more than it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advisors.fit import AdvisorOffer, Barrier, Fit, TownNeed, common_months, distance, online_possible
from advisors.vocabulary import FISCAL_MONTHS, tag_labels
from municipalities.dates import era_date
from municipalities.models import counted_text

Sentence = Callable[[TownNeed, AdvisorOffer], str]

PART_LABELS = {
    "expertise": gettext_lazy("専門"),
    "preference": gettext_lazy("希望"),
    "size": gettext_lazy("規模"),
    "distance": gettext_lazy("距離"),
    "continuity": gettext_lazy("継続"),
}
MODE_LABELS = {
    "onsite": gettext_lazy("現地"),
    "online": gettext_lazy("オンライン"),
    "": gettext_lazy("組めません"),
}


def months_text(months: frozenset[int] | set[int] | list[int]) -> str:
    """7月・9月, in the order of the fiscal year; a dash for none."""
    return "・".join(_("%(month)d月") % {"month": month} for month in FISCAL_MONTHS if month in months) or "—"


def people_text(population: int | None, counted_on: date | None) -> str:
    """約5万人(令和8年1月1日現在), 約5千人 where no day is known; words while the population is unknown."""
    if population is None:
        return _("人口の登録なし")
    if population < 10_000:
        about = _("約%(number)d千人") % {"number": max(1, round(population / 1_000))}
    else:
        about = _("約%(number)d万人") % {"number": round(population / 10_000)}
    return about + counted_text(counted_on)


def km_text(km: int | None) -> str:
    return _("距離がわかりません") if km is None else _("直線で約%(km)dkm") % {"km": km}


def _uncertified(town: TownNeed, advisor: AdvisorOffer) -> str:
    if advisor.certified_until is None:
        return _("認定がありません。認定の期間を登録すると打診できます。")
    return _("認定が%(day)sで切れています。更新すると打診できます。") % {
        "day": era_date(advisor.certified_until)
    }


def _full(town: TownNeed, advisor: AdvisorOffer) -> str:
    return _("受け持ちがいっぱいです(%(capacity)d件のうち%(load)d件)。") % {
        "capacity": advisor.capacity,
        "load": advisor.load,
    }


def _months(town: TownNeed, advisor: AdvisorOffer) -> str:
    common = common_months(town, advisor)
    return _("共通の月が%(found)dか月です(%(months)s)。あと%(missing)dか月要ります。") % {
        "found": len(common),
        "months": months_text(common),
        "missing": town.sessions - len(common),
    }


def _distance(town: TownNeed, advisor: AdvisorOffer) -> str:
    return _("約%(km)dkm離れています。現地に行けるのは%(max_km)dkmまでです。") % {
        "km": distance(town, advisor) or 0,
        "max_km": advisor.max_km,
    }


def _mode(town: TownNeed, advisor: AdvisorOffer) -> str:
    if town.mode == "online":
        return _("町はオンラインだけ、本人は現地だけの希望です。")
    return _("町は現地だけ、本人はオンラインだけの希望です。")


def _fixed(sentence: Promise) -> Sentence:
    return lambda town, advisor: str(sentence)


_OFFICE: dict[Barrier, Sentence] = {
    Barrier.NOT_LEAD: _fixed(gettext_lazy("研修生です。認定されると打診できます。")),
    Barrier.INACTIVE: _fixed(gettext_lazy("アカウントが止まっています。")),
    Barrier.UNCERTIFIED: _uncertified,
    Barrier.CLOSED: _fixed(gettext_lazy("本人が「今年度はここまで」にしています。4月1日に戻ります。")),
    Barrier.FULL: _full,
    Barrier.EMPLOYER_FULL: _fixed(gettext_lazy("勤め先が出せる件数に達しています。")),
    Barrier.OWN_EMPLOYER: _fixed(gettext_lazy("この町に勤めています。自分の勤め先は支援できません。")),
    Barrier.CONFLICT: _fixed(gettext_lazy("この町との利害関係が登録されています。")),
    Barrier.DECLINED: _fixed(gettext_lazy("この申込の打診を一度辞退しています。")),
    Barrier.FORBIDDEN: _fixed(gettext_lazy("事務局がこの組を外しています。")),
    Barrier.MONTHS: _months,
    Barrier.MODE: _mode,
    Barrier.DISTANCE: _distance,
}
_AWAY = gettext_lazy("いまは新しい町を受けていません。ほかの方を選べます。")
_TOWN: dict[Barrier, Sentence] = {
    Barrier.NOT_LEAD: _fixed(_AWAY),
    Barrier.INACTIVE: _fixed(_AWAY),
    Barrier.UNCERTIFIED: _fixed(_AWAY),
    Barrier.CLOSED: _fixed(gettext_lazy("今年度の受け持ちを終えました。来年度4月から選べます。")),
    Barrier.FULL: _fixed(gettext_lazy("受け持ちがいっぱいです。空きが出ると選べます。")),
    Barrier.EMPLOYER_FULL: _fixed(gettext_lazy("受け持ちがいっぱいです。空きが出ると選べます。")),
    Barrier.OWN_EMPLOYER: _fixed(gettext_lazy("あなたの町に勤めている方です。ほかの町の方を選べます。")),
    Barrier.CONFLICT: _fixed(gettext_lazy("この町の支援には入れません。ほかの方を選べます。")),
    Barrier.DECLINED: _fixed(gettext_lazy("この町の支援には入れません。ほかの方を選べます。")),
    Barrier.FORBIDDEN: _fixed(gettext_lazy("この町の支援には入れません。ほかの方を選べます。")),
    Barrier.MONTHS: _fixed(gettext_lazy("受けられる月が合いません。月を広げると選べます。")),
    Barrier.MODE: _fixed(gettext_lazy("現地かオンラインかの希望が合いません。進め方を変えると選べます。")),
    Barrier.DISTANCE: _fixed(
        gettext_lazy("遠くて現地に行けません。オンラインも選べるようにすると組めます。")
    ),
}


def office_sentence(barrier: Barrier, town: TownNeed, advisor: AdvisorOffer) -> str:
    """Why not, with figures; for the secretariat alone."""
    return _OFFICE[barrier](town, advisor)


def town_sentence(barrier: Barrier, town: TownNeed, advisor: AdvisorOffer) -> str:
    """Why not, without anything about other towns, conflicts or refusals."""
    return _TOWN[barrier](town, advisor)


_OWN: dict[Barrier, Promise] = {
    Barrier.INACTIVE: gettext_lazy("アカウントが止まっています。事務局にご連絡ください。"),
    Barrier.UNCERTIFIED: gettext_lazy("認定の期間が切れています。更新について事務局にご連絡ください。"),
    Barrier.FULL: gettext_lazy("受け持ちがいっぱいです。受け持てる数を増やすか、事務局にご相談ください。"),
    Barrier.EMPLOYER_FULL: gettext_lazy("勤め先が出せる件数に達しています。事務局にご相談ください。"),
    Barrier.OWN_EMPLOYER: gettext_lazy("お勤めの町は支援できません。事務局にご連絡ください。"),
    Barrier.CONFLICT: gettext_lazy("この町との利害関係が登録されています。事務局にご連絡ください。"),
}


def own_sentence(found: Iterable[Barrier]) -> str:
    """What still stops an acceptance, to the advisor; empty when nothing does.

    Only what the office must not give way on: the person who accepts knows their months and the way there, and an
    offer that was out before they closed their year stays answerable.
    """
    return next((str(_OWN[barrier]) for barrier in found if barrier in _OWN), "")


def part_sentence(name: str, town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    """What one part of the score rests on."""
    return {
        "expertise": _expertise_words,
        "preference": _preference_words,
        "size": _size_words,
        "distance": _distance_words,
        "continuity": _continuity_words,
    }[name](town, advisor, fit)


def _expertise_words(town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    if not town.wants:
        return _("町は場面を挙げていません")
    met = [tag for tag in town.wants if tag in advisor.tags]
    return _("%(wanted)dの場面のうち%(met)d(%(names)s)") % {
        "wanted": len(town.wants),
        "met": len(met),
        "names": "・".join(tag_labels(met)) or "—",
    }


def _preference_words(town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    if advisor.id not in town.preferred:
        return _("町の希望にはありません")
    return _("町の第%(rank)d希望") % {"rank": town.preferred.index(advisor.id) + 1}


def _size_words(town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    if not fit.sized or town.band is None or advisor.band is None:
        return _("人口の登録がない団体があるため、どの組でも数えていません")
    apart = abs(town.band - advisor.band)
    return _("人口の区分が%(apart)d違う") % {"apart": apart} if apart else _("人口の区分が同じ")


def _distance_words(town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    return f"{km_text(fit.km)}、{MODE_LABELS[fit.mode]}"


def _continuity_words(town: TownNeed, advisor: AdvisorOffer, fit: Fit) -> str:
    return _("この町を支援したことがある") if fit.parts["continuity"] else _("この町の支援は初めて")


def fit_sentence(town: TownNeed, advisor: AdvisorOffer) -> str:
    """合う点 転入・おくやみ、7月・9月: what a town reads on an advisor's card."""
    met = "・".join(tag_labels(tag for tag in town.wants if tag in advisor.tags))
    common = common_months(town, advisor)
    found = "、".join(filter(None, [met, months_text(common) if common else ""]))
    words = _("合う点 %(found)s") % {"found": found} if found else ""
    km = distance(town, advisor)
    far = km is not None and km > advisor.max_km and online_possible(town, advisor)
    return f"{words}{_('(現地は遠く、オンラインが中心)')}" if far else words
