"""Why a door stayed shut. Pages and the API turn each into a sentence and a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from workflow.doors import Unmet


class DoorError(Exception):
    """Nothing was changed. ``status`` is the HTTP status that says so; ``str()`` is a sentence for the person."""

    status = 400


class NotAllowed(DoorError):
    """The actor may not do this. 403; a foreign object answers 404 before it gets here."""

    status = 403

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(_("この操作をする役割がありません。担当の方か事務局にお尋ねください。"))


class WrongState(DoorError):
    """The object has moved on: somebody else was faster, or the step is out of order. 409."""

    status = 409

    def __init__(self, label: str, state: str) -> None:
        self.state = state
        super().__init__(
            _(
                "「%(label)s」はいまできません。状態が「%(state)s」に変わっています。画面を開き直してください。"
            )
            % {"label": label, "state": state}
        )


class GuardsUnmet(DoorError):
    """What has to happen first, all of it. 422 with ``reasons``."""

    status = 422

    def __init__(self, unmet: Sequence[Unmet]) -> None:
        self.unmet = tuple(unmet)
        super().__init__(" ".join(str(item.sentence) for item in unmet))


class BadInput(DoorError):
    """A sentence a field (``""`` for the whole). 422."""

    status = 422

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self.fields = {name: [str(sentence) for sentence in sentences] for name, sentences in fields.items()}
        super().__init__(" ".join(s for sentences in self.fields.values() for s in sentences))


class Conflict(DoorError):
    """Another version was saved meanwhile, or the same key came with another content. 409."""

    status = 409


class TooMany(DoorError):
    """Done too often in a short time; ``wait`` is the seconds until it goes on. 429 with ``Retry-After``."""

    status = 429

    def __init__(self, wait: int) -> None:
        self.wait = wait
        minutes = max(1, ceil(wait / 60))
        sentence = ngettext(
            "短い時間に何度も行われたため、止めています。%(minutes)d分ほどお待ちください。",
            "短い時間に何度も行われたため、止めています。%(minutes)d分ほどお待ちください。",
            minutes,
        )
        super().__init__(sentence % {"minutes": minutes})


class Stale(Conflict):
    """Somebody saved the same thing meanwhile; who raises it says what stands now, and the page shows both. 409."""

    def __init__(self) -> None:
        super().__init__(
            _("あなたが書いている間に、ほかの方も直していました。2つを並べます。どちらも消えていません。")
        )
