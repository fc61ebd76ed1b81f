"""What the words of the survey format are called in Japanese, and how its measures read with their units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.programme.vocabulary import LIFE_EVENT_LABELS

Words = Mapping[str, str | Promise]

LIFE_EVENTS: Words = LIFE_EVENT_LABELS
FIELDS: Words = {
    "name": gettext_lazy("氏名"),
    "kana": gettext_lazy("かな"),
    "address": gettext_lazy("住所"),
    "former_address": gettext_lazy("前住所"),
    "birth_date": gettext_lazy("生年月日"),
    "phone": gettext_lazy("電話"),
    "my_number": gettext_lazy("マイナンバー"),
    "registered_domicile": gettext_lazy("本籍"),
    "bank_account": gettext_lazy("口座"),
    "date": gettext_lazy("日付"),
    "signature": gettext_lazy("署名"),
    "other": gettext_lazy("他"),
}
HOW: Words = {
    "written": gettext_lazy("書いた"),
    "prefilled": gettext_lazy("印字済み"),
    "typed_by_staff": gettext_lazy("職員が入力"),
    "checked_only": gettext_lazy("確認だけ"),
}
KINDS: Words = {
    "problem": gettext_lazy("困りごと"),
    "good": gettext_lazy("よかったこと"),
    "idea": gettext_lazy("思いつき"),
}
CATEGORIES: Words = {
    "facility": gettext_lazy("設備"),
    "service": gettext_lazy("接遇"),
    "operation": gettext_lazy("運用"),
    "form": gettext_lazy("書類"),
    "system": gettext_lazy("システム"),
    "wayfinding": gettext_lazy("案内"),
}
OUTCOMES: Words = {
    "done": gettext_lazy("済んだ"),
    "come_again": gettext_lazy("出直し"),
    "wrong_counter": gettext_lazy("窓口違い"),
    "left": gettext_lazy("途中で離れた"),
}
ENDED: Words = {
    "finished": gettext_lazy("最後まで回った"),
    "out_of_time": gettext_lazy("時間切れ"),
    "gave_up": gettext_lazy("途中でやめた"),
    "told_to_return": gettext_lazy("出直しを案内された"),
}
ACTORS: Words = {
    "newcomer": gettext_lazy("新しく入った職員"),
    "staff": gettext_lazy("ほかの課の職員"),
    "counter_staff": gettext_lazy("窓口の職員"),
    "executive": gettext_lazy("首長・副首長"),
    "outsider": gettext_lazy("庁外の方"),
}
BLIND: Words = {
    "actors": gettext_lazy("体験者に知らせない"),
    "counters": gettext_lazy("窓口に知らせない"),
    "both": gettext_lazy("どちらにも知らせない"),
    "none": gettext_lazy("どちらにも知らせる"),
}
REASONS: Words = {
    "municipality": gettext_lazy("団体が違います"),
    "life_event": gettext_lazy("ライフイベントが違います"),
    "household": gettext_lazy("家族設定が違います"),
    "procedures": gettext_lazy("手続きの一覧が違います"),
    "incomplete": gettext_lazy("最後まで回った班が、前回か今回にありません"),
}


class Measure(NamedTuple):
    """A measure in words. ``unit`` is what people read; values ending in ``_s`` are stored in seconds."""

    label: str | Promise
    unit: str | Promise


MEASURES: Mapping[str, Measure] = {
    "total_s": Measure(gettext_lazy("所要時間"), gettext_lazy("分")),
    "waiting_s": Measure(gettext_lazy("待ち"), gettext_lazy("分")),
    "service_s": Measure(gettext_lazy("対応"), gettext_lazy("分")),
    "other_s": Measure(gettext_lazy("移動・その他"), gettext_lazy("分")),
    "visits": Measure(gettext_lazy("窓口に行った回数"), gettext_lazy("回")),
    "counters": Measure(gettext_lazy("窓口"), gettext_lazy("か所")),
    "forms": Measure(gettext_lazy("申請書"), gettext_lazy("件")),
    "writes": Measure(gettext_lazy("書いた回数"), gettext_lazy("回")),
    "repeated_writes": Measure(gettext_lazy("同じことの書き直し"), gettext_lazy("回")),
    "distance_m": Measure(gettext_lazy("歩いた距離"), gettext_lazy("m")),
    "wrong_counters": Measure(gettext_lazy("窓口違い"), gettext_lazy("回")),
}


def in_unit(measure: str, value: int | None) -> int | None:
    """The value in the unit that people read: whole minutes for seconds, half a minute rounded up."""
    if value is None or not measure.endswith("_s"):
        return value
    return (value + 30) // 60


def amount(measure: str, value: int | None) -> str:
    """A value with its unit; 記録なし where the survey does not say."""
    if value is None:
        return _("記録なし")
    return f"{in_unit(measure, value)}{MEASURES[measure].unit}"


def at_least(seconds: int | None) -> str:
    """The time of a route that did not reach its end, rounded down so that 以上 stays true."""
    if seconds is None:
        return _("時間の記録なし")
    return _("%(minutes)s分以上") % {"minutes": seconds // 60}


def team_name(team: str | None, route_id: str) -> str:
    """A班 for A; the route's id where nobody named the team."""
    if not team:
        return route_id
    return team if team.endswith("班") else _("%(team)s班") % {"team": team}
