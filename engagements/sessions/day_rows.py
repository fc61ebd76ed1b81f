"""Rows that people type about a session's days: teams, guests, costs. Each reader gives sentences, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from workflow.doors import Step

MOST_ROWS = 30
MOST_PEOPLE = 9999
MOST_YEN = 99_999_999
TEXT_LENGTH = 120
COST_KINDS = ("travel", "fee", "daily", "other")
PAYERS = ("office", "town", "employer")

Faults = Mapping[str, Any] | None
Reader = Callable[[dict[str, Any]], str]


def _check(rows: Any, name: str, reader: Reader) -> Faults:
    """A sentence for each row that can't be kept, under ``name.1``, ``name.2``, …; no rows at all are good."""
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        return {name: _("%(most)d行までの一覧で入れてください。") % {"most": MOST_ROWS}}
    faults = {}
    for number, row in enumerate(rows, start=1):
        sentence = reader(row) if isinstance(row, dict) else _("読み取れない行です。入れ直してください。")
        if sentence:
            faults[f"{name}.{number}"] = sentence
    return faults


def _is_text(value: Any, *, required: bool = False) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_LENGTH and (bool(value.strip()) or not required)


def _is_number(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _team(row: dict[str, Any]) -> str:
    if not _is_text(row.get("team"), required=True) or not _is_text(row.get("place") or ""):
        return _("班の名前と場所を、それぞれ%(most)d文字までで入れてください。") % {"most": TEXT_LENGTH}
    if not _is_number(row.get("people") or 0, MOST_PEOPLE):
        return _("人数は0から%(most)dまでの数で入れてください。") % {"most": MOST_PEOPLE}
    return ""


def _guest(row: dict[str, Any]) -> str:
    code = row.get("municipality")
    towns = apps.get_model("municipalities", "Municipality")._base_manager
    if not isinstance(code, str) or len(code) > 6 or not towns.filter(pk=code).exists():
        return _("市区町村が見つかりません。「岩手県葛巻町」のように都道府県から入れてください。")
    if not _is_text(row.get("name"), required=True) or not _is_text(row.get("section") or ""):
        return _("お名前と課を、それぞれ%(most)d文字までで入れてください。") % {"most": TEXT_LENGTH}
    return ""


def _cost(row: dict[str, Any]) -> str:
    if row.get("kind") not in COST_KINDS or row.get("payer") not in PAYERS:
        return _("費用の種類と負担する人を選んでください。")
    if not _is_number(row.get("amount"), MOST_YEN):
        return _("金額は0円から%(most)s円までの数で入れてください。") % {"most": f"{MOST_YEN:,}"}
    if not _is_text(row.get("note") or ""):
        return _("メモは%(most)d文字までにしてください。") % {"most": TEXT_LENGTH}
    return ""


def teams_fit(session: Any, step: Step) -> Faults:
    return _check(step.data["teams"] or [], "teams", _team)


def guests_fit(session: Any, step: Step) -> Faults:
    return _check(step.data["guests"] or [], "guests", _guest)


def costs_fit(session: Any, step: Step) -> Faults:
    return _check(step.data["costs"] or [], "costs", _cost)
