"""A town ranks the candidates that it is shown, where the programme asks it to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflow.doors import Machine, Step, Turn, Unmet, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Visibility

PLACES = ("first", "second", "third")


def _candidates(shortlist: Any) -> list[tuple[str, Any]]:
    """The candidates by name, in the order in which they are shown."""
    if shortlist is None:
        return []
    advisors = apps.get_model("advisors", "Advisor")._base_manager
    found = advisors.filter(pk__in=shortlist.candidates).select_related("user", "employer__prefecture")
    known = {row.pk: f"{row.user.name}({row.employer.full_name})" for row in found}
    return [(str(pk), known[pk]) for pk in shortlist.candidates if pk in known]


def _place(name: str, label: Any, *, required: bool) -> Input:
    return Input(name, Kind.CHOICE, label, required=required, choices=_candidates)


def _chosen(data: Mapping[str, Any]) -> list[int]:
    return [int(data[name]) for name in PLACES if data.get(name)]


def _each_once(shortlist: Any, step: Step) -> Mapping[str, Any] | None:
    chosen = _chosen(step.data)
    if len(set(chosen)) != len(chosen):
        return {"second": gettext("同じ方は1回だけ選べます。")}
    if step.data.get("third") and not step.data.get("second"):
        return {"second": gettext("2番目を先に選んでください。")}
    return None


def _still_asked(shortlist: Any, now: datetime) -> Unmet | None:
    if shortlist.round.state in ("open", "proposed"):
        return None
    return Unmet(gettext("このマッチングはもう進んでいます。ご希望は事務局にお伝えください。"))


def _day_is_over(shortlist: Any, now: datetime) -> Unmet | None:
    if shortlist.due_on < timezone.localdate(now):
        return None
    return Unmet(gettext("返事の期限がまだ過ぎていません。"))


def _due(shortlist: Any) -> date:
    return shortlist.due_on  # type: ignore[no-any-return]


class ShortlistWorkflow(Machine):
    """Mixin of ``Shortlist``. Without an answer the wishes of the application count, so nobody is held up."""

    machine = "shortlist"
    ranking: Any
    municipality_id: Any

    turns = {
        "asked": Turn(
            "contact",
            lambda row: f"municipality:{row.municipality_id}",
            _("アドバイザーの候補の順位"),
            due=_due,
            waiter="secretariat",
        )
    }

    @door(
        source="asked",
        target="ranked",
        label=_("この順位で希望する"),
        past=_("アドバイザーの候補に順位を付けました"),
        inputs=[
            _place("first", _("1番目に希望する方"), required=True),
            _place("second", _("2番目に希望する方"), required=False),
            _place("third", _("3番目に希望する方"), required=False),
        ],
        guards=[_still_asked],
        checks=[_each_once],
        reverse="reconsider",
        visibility=Visibility.TOWN,
    )
    def rank(self, step: Step) -> None:
        self.ranking = _chosen(step.data)

    @door(
        source=("ranked", "lapsed"),
        target="asked",
        label=_("順位を付け直す"),
        past=_("候補の順位を付け直すことにしました"),
        inputs=[REASON],
        guards=[_still_asked],
        visibility=Visibility.TOWN,
    )
    def reconsider(self, step: Step) -> None:
        self.ranking = []

    @door(
        source="asked",
        target="lapsed",
        label=_("返事なしにする"),
        past=_("候補の順位の返事がないまま期限が過ぎました"),
        guards=[_day_is_over],
        visibility=Visibility.TOWN,
    )
    def lapse(self, step: Step) -> None:
        """By the sweep alone."""

    @door(
        source=("asked", "ranked", "lapsed"),
        target="withdrawn",
        label=_("候補の照会を取り下げる"),
        past=_("候補の順位の照会を取り下げました"),
        inputs=[REASON],
        visibility=Visibility.TOWN,
        final="The office asks the town anew, with a list of today.",
    )
    def withdraw(self, step: Step) -> None:
        """The office asks no longer; it can ask anew."""
