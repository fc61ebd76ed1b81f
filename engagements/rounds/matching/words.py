"""The engine's codes and figures as the office reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advisors.matching.whatif import Change, Kind
from workflow.errors import BadInput, DoorError, GuardsUnmet

REASONS = {
    "NO_CERTIFIED": gettext_lazy("期間の末日まで認定が続くアドバイザーがいません。"),
    "NO_CAPACITY": gettext_lazy("枠が空いているアドバイザーがいません。"),
    "CONFLICT": gettext_lazy("空いている方は、この団体の職員か、利害関係のある方だけです。"),
    "DECLINED": gettext_lazy("空いている方は、この町への打診を見送った方だけです。"),
    "FORBIDDEN": gettext_lazy("空いている方は、事務局がこの町と組まないと決めた方だけです。"),
    "NO_COMMON_MONTHS": gettext_lazy("受けられる月が合うアドバイザーがいません。"),
    "TOO_FAR": gettext_lazy("行ける距離にいる方も、オンラインで受けられる方もいません。"),
    "OUTRANKED": gettext_lazy("受けられる方はいますが、順位が先の町か固定した組で枠が埋まりました。"),
    "NO_LEAD": gettext_lazy("アドバイザーが決まらないため、研修生も付きません。"),
}
#: The same filters about one pair.
BROKEN = {
    "NO_CERTIFIED": gettext_lazy("期間の末日まで続く認定がないか、今年度は受けないと決めています。"),
    "NO_CAPACITY": gettext_lazy("枠が空いていません(勤め先の上限を含みます)。"),
    "CONFLICT": gettext_lazy("この団体の職員か、利害関係があります。"),
    "DECLINED": gettext_lazy("この町への打診を一度見送っています。"),
    "FORBIDDEN": gettext_lazy("事務局が、この組にしないと決めています。"),
    "NO_COMMON_MONTHS": gettext_lazy("受けられる月が足りません。"),
    "TOO_FAR": gettext_lazy("行ける距離になく、オンラインでも合いません。"),
}
FAULTS = {
    "LOCK_UNKNOWN": gettext_lazy("固定した組の%(who)sが、この計算に入っていません。固定を外してください。"),
    "LOCK_RULE": gettext_lazy(
        "固定した組の%(who)sは、条件を満たしません。固定を外すか、条件を直してください。"
    ),
    "LOCK_TOWN": gettext_lazy("%(who)sに、固定した組が2つあります。ひとつを外してください。"),
    "LOCK_CAPACITY": gettext_lazy(
        "%(who)sの枠より多く固定しています。固定を外すか、受け持てる数を増やしてください。"
    ),
    "LOCK_EMPLOYER": gettext_lazy(
        "勤め先(%(who)s)が派遣できる数より多く固定しています。固定を外すか、上限を見直してください。"
    ),
    "LOCK_CAP": gettext_lazy("固定した組が、支援できる残りの数を超えています。固定を外してください。"),
}
STEPS = {
    "reach": gettext_lazy("支援できる町を調べています"),
    "coverage": gettext_lazy("順位の先の町から決めています"),
    "kept": gettext_lazy("いまの組をできるだけ残しています"),
    "fairness": gettext_lazy("いちばん低い組の得点を引き上げています"),
    "score": gettext_lazy("得点の合計を大きくしています"),
}
FIGURES = {
    "matched": gettext_lazy("決まる町"),
    "kept": gettext_lazy("残る組"),
    "min_score": gettext_lazy("いちばん低い得点"),
    "score": gettext_lazy("得点の合計"),
    "max_load": gettext_lazy("受け持ちの最大"),
    "trainee_matched": gettext_lazy("研修生の同行"),
}


def town_name(run: Any, town: str) -> str:
    return str(run.names["towns"].get(town, town))


def advisor_name(run: Any, advisor: str) -> str:
    return str(run.names["advisors"].get(advisor, [advisor])[0])


def fault_sentence(run: Any, fault: Mapping[str, Any]) -> str:
    """An error of the format as a sentence that names the records and says what to change."""
    code, ids = fault["code"], list(fault["ids"])
    if code not in FAULTS:
        return _("計算に渡した内容に誤りがあります(%(code)s %(ids)s)。事務局の管理者にお知らせください。") % {
            "code": code,
            "ids": " ".join(ids),
        }
    if code in ("LOCK_UNKNOWN", "LOCK_RULE"):
        who = _("%(town)sと%(advisor)sさん") % {
            "town": town_name(run, ids[0]),
            "advisor": advisor_name(run, ids[1]),
        }
    elif code == "LOCK_TOWN":
        who = town_name(run, ids[0])
    else:
        who = advisor_name(run, ids[0]) if ids else ""
    return str(FAULTS[code]) % {"who": who}


def step_text(step: str) -> str:
    """lead:score → 得点の合計を大きくしています."""
    return str(STEPS.get(step.partition(":")[2], _("組み合わせを探しています")))


def change_text(run: Any, change: Change) -> str:
    """A change of one thing, as advice."""
    values: dict[str, Any] = {
        "town": town_name(run, change.town),
        "advisor": advisor_name(run, change.advisor),
        "value": change.value,
        "code": change.employer,
    }
    sentences = {
        Kind.CAP: _("支援できる数をひとつ増やして%(value)dにする"),
        Kind.UNLOCK: _("%(town)sと%(advisor)sさんの固定を外す"),
        Kind.EITHER_MODE: _("オンラインでも受けられるか、町に聞く"),
        Kind.CAPACITY: _("%(advisor)sさんの受け持てる数を%(value)dにする"),
        Kind.LENDING: _("勤め先(%(code)s)に、%(value)d人まで派遣できるか聞く"),
        Kind.TOWN_MONTH: _("%(value)d月にも受けられるか、町に聞く"),
        Kind.ADVISOR_MONTH: _("%(value)d月にも受けられるか、%(advisor)sさんに聞く"),
    }
    return sentences[change.kind] % values


def refusal_sentences(error: DoorError) -> list[str]:
    """What a refusal says to people."""
    if isinstance(error, BadInput):
        return [sentence for found in error.fields.values() for sentence in found]
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    return [str(error)]
