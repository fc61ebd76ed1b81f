"""Words for the codes and figures of this room."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey.words import MEASURES

MEASURE_LABELS: dict[str, Any] = {name: word.label for name, word in MEASURES.items()}
#: How an executive may answer: the transition of the decision that each answer performs, and its words.
ANSWER_LABELS: dict[str, Any] = {
    "adopted": gettext_lazy("認める"),
    "adopted_with_condition": gettext_lazy("条件を付けて認める"),
    "deferred": gettext_lazy("先に延ばす"),
    "rejected": gettext_lazy("認めない"),
}

#: Short visions to begin from.
VISION_EXAMPLES = (
    gettext_lazy("書かない・待たない・回らない"),
    gettext_lazy("待たない・回らない・聞き返さない"),
    gettext_lazy("名前と住所は、一度だけ"),
    gettext_lazy("はじめてでも、ひとりでも、15分で帰れる"),
    gettext_lazy("一つの窓口で、全部終わる"),
    gettext_lazy("来なくてよい手続きでは、来ていただかない"),
    gettext_lazy("入口で行き先がわかる"),
    gettext_lazy("大切な方を亡くした日に、何度も話さなくてよい"),
    gettext_lazy("小さな子と一緒でも、安心して待てる"),
    gettext_lazy("どの言葉の方にも、同じ時間で"),
    gettext_lazy("職員が、住民の顔を見て話せる"),
)


def thousands(value: Any) -> str:
    """4,680; a tenth only where there is one."""
    text = f"{value:,}"
    return text.removesuffix(".0")


def unit_of(measure: str) -> str:
    return str(MEASURES[measure].unit)


def amount(measure: str, value: int) -> str:
    """58回; the value is already in the unit that people read."""
    return f"{thousands(value)}{unit_of(measure)}"


def change_words(measure: str, change: int) -> str:
    """29回減る, 2分増える, 変わらない."""
    if not change:
        return _("変わらない")
    words = _("%(amount)s減る") if change < 0 else _("%(amount)s増える")
    return words % {"amount": amount(measure, abs(change))}


def yen(value: int | None) -> str:
    """0円, 1,200,000円; empty while unknown."""
    return "" if value is None else _("%(amount)s円") % {"amount": thousands(value)}
