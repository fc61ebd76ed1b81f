"""``@door`` declares a transition, ``perform`` is the only way through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_fsm import transition

from workflow import authority, events, incoming, inputs, log, outbox
from workflow.actors import SYSTEM, Actor
from workflow.errors import BadInput, GuardsUnmet, WrongState
from workflow.models import Event, Span, Visibility
from workflow.transactions import in_transaction

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Unmet:
    """A sentence that says what is missing, and where it can be done."""

    sentence: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn an object in some state is, and by when. ``scope`` and ``due`` are asked when the state is entered.

    ``code`` tells apart what one role may be asked for in one state.
    """

    role: str
    scope: Callable[[Any], str]
    what: Text
    due: Callable[[Any], date | None] = lambda obj: None
    waiter: str = ""
    code: str = ""


@dataclass(slots=True)
class Step:
    """What a transition's method, checks and effects get to know."""

    name: str
    actor: Actor
    now: datetime
    occurred_at: datetime
    data: dict[str, Any]
    source: str = ""
    note: dict[str, Any] = field(default_factory=dict)

    def today(self) -> date:
        return timezone.localdate(self.now)


Guard = Callable[[Any, datetime], Unmet | Iterable[Unmet] | None]
Check = Callable[[Any, Step], Mapping[str, Text] | None]
Lock = Callable[[Any], models.QuerySet[Any]]
Effect = Callable[[Any, Step, Event], Iterable["outbox.Mail | outbox.Job"]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One transition, as declared. Who may perform it stands in the permission table under ``machine.name``."""

    name: str
    sources: tuple[str, ...]
    target: str | None
    label: Text
    past: Text
    inputs: tuple[inputs.Input, ...] = ()
    guards: tuple[Guard, ...] = ()
    checks: tuple[Check, ...] = ()
    locks: tuple[Lock, ...] = ()
    effects: tuple[Effect, ...] = ()
    reverse: str = ""
    undone_by: str = ""
    final: str = ""
    visibility: str = Visibility.PARTIES
    backdated: bool = False


def door(
    *, source: str | Iterable[str], target: str | None, label: Text, past: Text, **declared: Any
) -> Callable[..., Any]:
    """Declare a transition: sources, target (``None``: stays), its words, and the other parts of ``Rule``.

    ``guards`` read state only and are shown before the button is pressed; ``checks`` read what was typed.
    ``reverse`` names the transition that takes this decision back: with a reason, and it mails nobody. Where there is
    none, ``undone_by`` names the ordinary step that undoes this one, or ``final`` says why nothing does.
    ``backdated`` accepts an earlier ``occurred_at``.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)
    parts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in declared.items()
    }

    def decorate(method: Callable[[Any, Step], None]) -> Any:
        rule = Rule(method.__name__.rstrip("_"), sources, target, label, past, **parts)
        return transition(field="state", source=list(sources), target=target, custom={"rule": rule})(method)

    return decorate


class Machine:
    """Mixin of a room's state machine. The model beside it has ``state = FSMField(protected=True)``."""

    machine: ClassVar[str]
    turns: ClassVar[dict[str, Turn]] = {}
    #: Transitions that are asked for on a page of their own: the name of its address, which takes the object's number.
    pages: ClassVar[dict[str, str]] = {}
    pk: Any
    state: Any

    @property
    def stream(self) -> str:
        return f"{self.machine}:{self.pk}"

    @property
    def context(self) -> str:
        """The stream of the thread that this object belongs to; its own unless the room says otherwise."""
        return self.stream

    def span_municipality(self) -> str:
        return str(getattr(self, "municipality_id", "") or "")

    def span_title(self) -> str:
        return str(self)

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        """As Django's. A protected field takes a value only while it has none, so the old state is dropped first.

        The library's own mixin switches the protection off for every instance, in every thread, for that moment.
        """
        if fields is None or "state" in fields:
            vars(self).pop("state", None)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)  # type: ignore[misc]


_rules: dict[type[Any], dict[str, Rule]] = {}


@cache
def machines() -> dict[str, type[Any]]:
    """Every state machine of the installation by name. A proxy that carries the transitions stands for its model."""
    found: dict[str, type[Any]] = {}
    for model in apps.get_models(include_auto_created=False):
        if issubclass(model, Machine) and hasattr(model, "machine"):
            found[model.machine] = model
    return dict(sorted(found.items()))


def rules(model: type[Any]) -> dict[str, Rule]:
    """The transitions of a machine, read back from its methods, in order of declaration."""
    if model not in _rules:
        _rules[model] = _read_back(model)
    return _rules[model]


def _read_back(model: type[Any]) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for klass in reversed(model.__mro__):
        for member in vars(klass).values():
            meta = getattr(member, "_django_fsm", None)
            if meta is not None:
                rule = next(iter(meta.transitions.values())).custom["rule"]
                found[rule.name] = rule
    return found


def all_rules() -> Iterator[tuple[str, type[Any], Rule]]:
    for name, model in machines().items():
        for rule in rules(model).values():
            yield name, model, rule


def method_of(model: type[Any], name: str) -> str:
    """``return`` is a keyword, so its method is ``return_``."""
    return name if hasattr(model, name) else f"{name}_"


def state_label(obj: Any) -> str:
    return str(obj.get_state_display())


def _lock(obj: Any, rule: Rule) -> Any:
    model = type(obj)
    fresh = model._base_manager.select_for_update(of=("self",)).get(pk=obj.pk)
    querysets = [lock(fresh) for lock in rule.locks]
    for queryset in sorted(querysets, key=lambda qs: qs.model._meta.label):
        list(queryset.order_by("pk").select_for_update(of=("self",)))
    return model._base_manager.get(pk=obj.pk) if querysets else fresh


def _each(answer: Unmet | Iterable[Unmet] | None) -> Iterable[Unmet]:
    return (answer,) if isinstance(answer, Unmet) else answer or ()


def unmet_guards(obj: Any, rule: Rule, now: datetime) -> list[Unmet]:
    return [item for guard in rule.guards for item in _each(guard(obj, now))]


def _check_inputs(obj: Any, rule: Rule, step: Step) -> None:
    faults: dict[str, list[str]] = {}
    if step.occurred_at != step.now and not rule.backdated:
        faults["occurred_at"] = [_("この操作には日時を付けられません。日時を外してから送ってください。")]
    elif step.occurred_at > step.now:
        faults["occurred_at"] = [_("先の日時になっています。実際にあった日時を入れてください。")]
    elif step.occurred_at.year < incoming.FIRST_YEAR:
        faults["occurred_at"] = [incoming.impossible_year()]
    for check in rule.checks:
        for name, sentence in (check(obj, step) or {}).items():
            faults.setdefault(name, []).append(str(sentence))
    if faults:
        raise BadInput(faults)


def _move_span(obj: Any, now: datetime) -> None:
    Span.objects.filter(stream=obj.stream, left_at=None).update(left_at=now)
    Span.objects.create(
        machine=obj.machine,
        object_id=obj.pk,
        stream=obj.stream,
        context=obj.context,
        municipality=obj.span_municipality(),
        title=obj.span_title()[:200],
        state=str(obj.state),
        entered_at=now,
        **_turn_of(obj),
    )


def turn_anew(obj: Any) -> None:
    """Whose turn it is has changed without a transition, as when what the object waits for began or ended elsewhere.

    Inside the caller's transaction. The state and its open span stay; the span tells the new turn.
    """
    Span.objects.filter(stream=obj.stream, left_at=None).update(**_turn_of(obj))


def _turn_of(obj: Any) -> dict[str, Any]:
    """The turn of the object's state, as its span keeps it."""
    turn = obj.turns.get(str(obj.state))
    return {
        "turn_role": turn.role if turn else "",
        "turn_scope": turn.scope(obj) if turn else "",
        "turn_code": turn.code if turn else "",
        "waiter_role": turn.waiter if turn else "",
        "due_on": turn.due(obj) if turn else None,
    }


def _log(obj: Any, rule: Rule, step: Step) -> Event:
    personal_names = {spec.name for spec in rule.inputs if spec.personal}
    values = {**step.data, **step.note}
    return log.append(
        stream=obj.stream,
        type=f"{obj.machine}.{rule.name}",
        actor=step.actor,
        context=obj.context,
        data={"from": step.source, "to": str(obj.state)}
        | {k: v for k, v in values.items() if k not in personal_names},
        personal={k: v for k, v in values.items() if k in personal_names},
        visibility=rule.visibility,
        occurred_at=step.occurred_at,
        now=step.now,
    )


def _pass(obj: Any, rule: Rule, actor: Actor, step: Step, raw: Mapping[str, Any]) -> Event:
    fresh = _lock(obj, rule)
    action = f"{fresh.machine}.{rule.name}"
    authority.require(actor, action, fresh, now=step.now)
    if str(fresh.state) not in rule.sources:
        raise WrongState(str(rule.label), state_label(fresh))
    if unmet := unmet_guards(fresh, rule, step.now):
        raise GuardsUnmet(unmet)
    step.data = inputs.clean(rule.inputs, fresh, raw)
    step.source = str(fresh.state)
    _check_inputs(fresh, rule, step)
    getattr(fresh, method_of(type(fresh), rule.name))(step)
    fresh.save()
    event = _log(fresh, rule, step)
    _move_span(fresh, step.now)
    for effect in rule.effects:
        outbox.put(effect(fresh, step, event), event=event, now=step.now)
    events.dispatch(events.Happening(event, fresh, actor, step.data | step.note, step.now))
    obj.refresh_from_db()
    return event


def perform(
    name: str,
    obj: Any,
    actor: Actor,
    /,
    *,
    now: datetime | None = None,
    occurred_at: datetime | None = None,
    **data: Any,
) -> Event:
    """Carry out one transition, whole or not at all, and return its event.

    Raises ``NotAllowed``, ``WrongState``, ``GuardsUnmet`` (every unmet guard at once) or ``BadInput``; nothing is
    changed then, and a refused try by somebody without the right is logged in the stream ``security``.
    """
    rule = rules(type(obj))[name]
    moment = now or timezone.now()
    happened = occurred_at or moment
    return in_transaction(lambda: _pass(obj, rule, actor, Step(name, actor, moment, happened, {}), data))


def perform_typed(
    name: str, obj: Any, actor: Actor, typed: Mapping[str, Any], *, occurred_at: datetime | None = None
) -> Event:
    """``perform`` with what a client sent: its clock is the house's own, so that it can't set ``now`` by name."""
    if stray := {"now", "occurred_at"} & typed.keys():
        raise BadInput({field: [inputs.unknown_name()] for field in stray})
    return perform(name, obj, actor, occurred_at=occurred_at, **typed)


def begin(
    obj: Any, actor: Actor, *, now: datetime, visibility: str = Visibility.PARTIES, **note: Any
) -> Event:
    """Open the stream of a new object, inside the caller's transaction: its first event and its first span."""
    event = log.append(
        stream=obj.stream,
        type=f"{obj.machine}.begin",
        actor=actor,
        context=obj.context,
        data={"to": str(obj.state), **note},
        personal={},
        visibility=visibility,
        now=now,
    )
    _move_span(obj, now)
    events.dispatch(events.Happening(event, obj, actor, note, now))
    return event


@dataclass(frozen=True, slots=True)
class Available:
    """A transition that leaves the object's state, as this actor sees it."""

    rule: Rule
    allowed: bool
    unmet: tuple[Unmet, ...]

    @property
    def reasons(self) -> list[str]:
        return [str(item.sentence) for item in self.unmet]


def available(obj: Any, actor: Actor, *, now: datetime | None = None) -> list[Available]:
    """What the actor may do from here: allowed, or not yet with every reason. What is not theirs is left out."""
    moment = now or timezone.now()
    found = []
    for rule in rules(type(obj)).values():
        if str(obj.state) in rule.sources and authority.allows(actor, f"{obj.machine}.{rule.name}", obj):
            unmet = tuple(unmet_guards(obj, rule, moment))
            found.append(Available(rule, not unmet, unmet))
    return found


def perform_as_system(name: str, obj: Any, **data: Any) -> Event:
    """For subscribers and the sweep: the same door, passed by the system."""
    return perform(name, obj, SYSTEM, **data)
