"""The life of a handover (引き継ぎ): planned for a day, carried out on it, taken back with a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.entry import letters, people
from accounts.models import Membership
from workflow.doors import Machine, Step, Turn, Unmet, door
from workflow.inputs import REASON
from workflow.models import Visibility


def day_has_come(handover: Any, now: datetime) -> Unmet | None:
    if handover.effective_on <= timezone.localdate(now):
        return None
    return Unmet(_("引き継ぎの日が、まだ来ていません。その日になると、ひとりでに移ります。"))


def successor_is_ready(handover: Any, now: datetime) -> Unmet | None:
    if handover.successor is None:
        return Unmet(
            _("後任の方が、まだ招待を受けていません。招待を送り直すか、別の方に変えてください。"),
            handover.get_absolute_url(),
        )
    if not handover.successor.is_active:
        return Unmet(_("後任の方のアカウントが止められています。別の方に変えてください。"))
    return None


def leaver_is_active(handover: Any, now: datetime) -> Unmet | None:
    """Work goes back only to somebody who can do it."""
    if handover.state == "planned" or handover.leaver.is_active:
        return None
    return Unmet(_("前任の方のアカウントが止められています。先に事務局が再開してください。"))


NAMING = Turn(
    "contact",
    lambda handover: f"municipality:{handover.municipality_id}",
    _("後任の方の招待"),
    due=lambda handover: handover.effective_on,
)


class HandoverWorkflow(Machine):
    """Mixin of ``Handover``. What was signed, sent and logged before stays under the name of who did it."""

    leaver: Any
    successor: Any
    role: Any
    municipality_id: Any
    section: Any
    effective_on: Any
    moved: Any
    done_at: Any
    machine = "handover"

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on the successor as well
        """With a successor who has an account nobody is asked: it moves on its day by itself."""
        if self.successor is not None:
            return {}
        return {"planned": NAMING}

    @door(
        source="planned",
        target="done",
        label=_("いま引き継ぐ"),
        past=_("担当を引き継ぎました"),
        guards=[day_has_come, successor_is_ready],
        effects=[letters.work_has_moved],
        reverse="take_back",
        visibility=Visibility.TOWN,
    )
    def carry_out(self, step: Step) -> None:
        """The roles change hands on this day; the rooms above move their own open work in the same transaction."""
        day = max(self.effective_on, step.today())
        began = people.in_force(self.successor, day, **self._held()).first()
        new = began or people.give_role(
            self.successor,
            role=self.role,
            municipality_id=self.municipality_id,
            section=self.section,
            actor=step.actor,
            now=step.now,
            valid_from=day,
        )
        self.done_at = step.now
        self.moved = {"began": None if began else new.pk, **self._end_old(day, step)}

    def _held(self) -> dict[str, Any]:
        held = {"role": self.role, "municipality": self.municipality_id}
        return held | ({"section": self.section} if self.section else {})

    def _end_old(self, day: date, step: Step) -> dict[str, Any]:
        """The leaver's role ends the day before; what it was is kept for the way back."""
        old = people.in_force(self.leaver, day, **self._held()).first()
        if old is None:
            return {}
        was = old.valid_to.isoformat() if old.valid_to else ""
        people.end_role(old, last_day=day - timedelta(days=1), actor=step.actor, now=step.now)
        return {"ended": old.pk, "was": was}

    @door(
        source=("planned", "done"),
        target="taken_back",
        label=_("引き継ぎを取り消す"),
        past=_("担当の引き継ぎを取り消しました"),
        inputs=[REASON],
        guards=[leaver_is_active],
        visibility=Visibility.TOWN,
    )
    def take_back(self, step: Step) -> None:
        """Nothing has moved yet, or it moves back: the leaver's role goes on as it was."""
        if began := Membership.objects.filter(pk=self.moved.get("began")).first():
            last = step.today() - timedelta(days=1)
            people.end_role(began, last_day=last, actor=step.actor, now=step.now, reason=step.data["reason"])
        if ended := Membership.objects.filter(pk=self.moved.get("ended")).first():
            was = self.moved["was"]
            people.set_end(
                ended,
                date.fromisoformat(was) if was else None,
                actor=step.actor,
                now=step.now,
                reason=step.data["reason"],
            )
