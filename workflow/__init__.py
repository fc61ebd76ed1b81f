"""The one door: state changes, their log, their messages. Knows no domain model and no user.

Rooms import from here: ``door``, ``perform``, ``begin``, ``record``, ``on``, ``Input``, ``Turn``, ``Machine``.
The names resolve lazily because the door needs Django's models, which are not loaded yet when apps are.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.actors import SYSTEM, Actor, Standing
    from workflow.doors import Machine, Step, Turn, Unmet, available, begin, door, perform
    from workflow.events import on
    from workflow.inputs import Input, Kind
    from workflow.log import record
    from workflow.outbox import Job, Mail

_HOMES = {
    "Actor": "workflow.actors",
    "Standing": "workflow.actors",
    "SYSTEM": "workflow.actors",
    "Machine": "workflow.doors",
    "Step": "workflow.doors",
    "Turn": "workflow.doors",
    "Unmet": "workflow.doors",
    "available": "workflow.doors",
    "begin": "workflow.doors",
    "door": "workflow.doors",
    "perform": "workflow.doors",
    "Input": "workflow.inputs",
    "Kind": "workflow.inputs",
    "record": "workflow.log",
    "on": "workflow.events",
    "Mail": "workflow.outbox",
    "Job": "workflow.outbox",
}
__all__ = [
    "SYSTEM",
    "Actor",
    "Input",
    "Job",
    "Kind",
    "Machine",
    "Mail",
    "Standing",
    "Step",
    "Turn",
    "Unmet",
    "available",
    "begin",
    "door",
    "on",
    "perform",
    "record",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(_HOMES[name]), name)
