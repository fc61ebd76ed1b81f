"""What a declaration of a transition becomes, on a machine that no database knows."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

import workflow
from engagements.applications.models import Call
from workflow.actors import SYSTEM
from workflow.doors import (
    Machine,
    Rule,
    Step,
    Unmet,
    all_rules,
    door,
    machines,
    method_of,
    rules,
    unmet_guards,
)
from workflow.models import Visibility

NOW = datetime(2026, 9, 3, 16, 0, tzinfo=UTC)


def ready(lamp, now):
    return None


def lamps():
    """Made anew for each test, as a room's module makes its machine."""

    class Lamp(Machine):
        machine = "lamp"
        pk = 7
        state = "off"

        def __str__(self):
            return "玄関の灯り"

        @door(source="off", target="on", label="つける", past="つけました", guards=[ready], backdated=True)
        def light(self, step):
            step.note["lit"] = True

        @door(
            source=["on", "off"], target=None, label="返す", past="返しました", visibility=Visibility.OFFICE
        )
        def return_(self, step):
            """``return`` is a keyword."""

    return Lamp


def test_a_rule_holds_what_was_declared():
    found = rules(lamps())
    assert list(found) == ["light", "return"]
    assert found["light"] == Rule(
        "light", ("off",), "on", "つける", "つけました", guards=(ready,), backdated=True
    )
    assert found["return"] == Rule(
        "return", ("on", "off"), None, "返す", "返しました", visibility=Visibility.OFFICE
    )


def test_the_library_learns_the_field_and_the_states():
    meta = lamps().light._django_fsm
    assert meta.field == "state"
    assert {source: found.target for source, found in meta.transitions.items()} == {"off": "on"}
    assert set(lamps().return_._django_fsm.transitions) == {"on", "off"}


def test_a_machine_that_inherits_keeps_the_rules_and_may_replace_one():
    class Torch(lamps()):
        @door(source="off", target="on", label="点灯", past="点灯しました")
        def light(self, step):
            """Differently."""

    assert {name: rule.label for name, rule in rules(Torch).items()} == {"light": "点灯", "return": "返す"}


def test_a_method_is_found_by_the_name_of_its_rule():
    assert [method_of(lamps(), name) for name in ("light", "return")] == ["light", "return_"]


def test_an_object_says_what_the_lists_show_of_it():
    lamp = lamps()()
    assert (lamp.stream, lamp.context, lamp.span_title()) == ("lamp:7", "lamp:7", "玄関の灯り")
    assert lamp.span_municipality() == ""
    lamp.municipality_id = None
    assert lamp.span_municipality() == ""
    lamp.municipality_id = "033022"
    assert lamp.span_municipality() == "033022"


def test_today_is_the_day_in_japan():
    step = Step("light", None, NOW, NOW, {})
    assert step.today().isoformat() == "2026-09-04"


def test_a_guard_gives_one_sentence_or_several_or_none():
    one, two = Unmet("電球がありません。"), Unmet("電気が来ていません。", "/power/")
    guards = (lambda lamp, now: one, ready, lambda lamp, now: (found for found in [one, two]))
    rule = Rule("light", ("off",), "on", "つける", "つけました", guards=guards)
    assert unmet_guards(lamps()(), rule, NOW) == [one, one, two]


def test_a_guard_is_asked_about_the_object_and_the_moment():
    asked = []
    rule = Rule("light", ("off",), "on", "a", "b", guards=(lambda lamp, now: asked.append((lamp, now)),))
    lamp = lamps()()
    unmet_guards(lamp, rule, NOW)
    assert asked == [(lamp, NOW)]


def test_every_machine_is_found_under_its_name_in_order():
    machines.cache_clear()
    found = machines()
    assert list(found) == sorted(found)
    assert found["call"] is Call
    assert all(model.machine == name for name, model in found.items())


def test_every_rule_is_found_with_its_machine():
    found = list(all_rules())
    assert ("call", Call, rules(Call)["open"]) in found
    assert len(found) == sum(len(rules(model)) for model in machines().values())


def test_the_package_gives_what_it_names_and_nothing_else():
    found = {name: getattr(workflow, name) for name in workflow.__all__}
    assert found.pop("SYSTEM") is SYSTEM
    assert all(thing.__name__ == name for name, thing in found.items())
    with pytest.raises(AttributeError, match=r"^windows$"):
        _ = workflow.windows


def test_a_state_is_shown_in_words():
    lamp = SimpleNamespace(get_state_display=lambda: "点灯中")
    assert workflow.doors.state_label(lamp) == "点灯中"
