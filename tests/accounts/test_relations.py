"""Relations and the table's two questions, on objects that no database has seen."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.db.models import Q

from accounts import permissions
from accounts.entry.models import Invitation
from workflow.actors import Actor, Standing


def actor(*standings: tuple[str, str]) -> Actor:
    return Actor("user", "1", standings=frozenset(Standing(role, scope) for role, scope in standings))


def lamp(code: object) -> SimpleNamespace:
    """Something that stands in a town; a resource of these tests only."""
    return SimpleNamespace(town=SimpleNamespace(code=code))


def of_lamps(kind: str, path: str, **name: str) -> permissions.Relation | None:
    """The relation under its name, else its kind, of a resource that nobody registered anything for."""
    resource = f"lamp {uuid4()}"
    permissions.scoped(resource, kind, path, **name)
    return permissions.relation_of(resource, name.get("name", kind))


def at_home() -> permissions.Relation:
    relation = of_lamps("municipality", "town__code", name="at_home")
    assert relation is not None
    return relation


CONTACT = actor(("contact", "municipality:033022"))


# --- a relation -------------------------------------------------------------------------------------


def test_a_scope_is_found_at_the_end_of_its_path():
    assert at_home().holds(CONTACT, "contact", lamp("033022"))
    assert not at_home().holds(CONTACT, "contact", lamp("011002"))


def test_a_number_is_compared_as_it_is_written():
    assert at_home().holds(actor(("contact", "municipality:7")), "contact", lamp(7))


def test_only_the_role_that_is_asked_for_counts():
    assert not at_home().holds(CONTACT, "approver", lamp("033022"))


def test_only_a_scope_of_the_relations_kind_counts():
    assert not at_home().holds(actor(("contact", "section:033022")), "contact", lamp("033022"))


def test_nobody_is_related_to_what_names_no_scope():
    """Not even who holds a scope that reads like nothing."""
    everybody = actor(("contact", "municipality:None"), ("contact", "municipality:"))
    assert at_home().holds(everybody, "contact", lamp(None)) is False
    assert at_home().holds(everybody, "contact", SimpleNamespace()) is False
    assert at_home().holds(everybody, "contact", SimpleNamespace(town=None)) is False
    assert at_home().holds(everybody, "contact", None) is False


def test_the_twin_selects_every_scope_of_the_role():
    two = actor(("contact", "municipality:2"), ("contact", "municipality:1"), ("approver", "municipality:3"))
    assert at_home().twin(two, "contact") == Q(town__code__in=["1", "2"])


def test_the_scope_of_an_object_is_its_kind_and_value():
    scope_of = at_home().scope_of
    assert scope_of is not None
    assert scope_of(lamp("033022")) == "municipality:033022"


def test_a_relation_is_called_as_its_kind_unless_it_has_a_name():
    relation = of_lamps("person", "owner_id")
    assert relation is not None
    assert relation.name == "person"
    assert at_home().name == "at_home"
    assert permissions.relation_of("lamp", "person") is None
    assert permissions.relation_of("plan", "at_home") is None


def test_every_resource_has_the_office():
    office = permissions.relation_of("lamp", permissions.OFFICE)
    assert office is not None
    assert office is permissions.relation_of("plan", permissions.OFFICE)
    assert office.holds(actor(("secretariat", "office")), "secretariat", None)


def test_a_resource_keeps_its_model():
    before = permissions.resources()
    for name, model in before.items():
        permissions.resource(name, model)
    assert permissions.resources() == before
    assert before["plan"] is not None


# --- the table --------------------------------------------------------------------------------------


def test_an_action_that_the_table_lacks_is_refused():
    office = actor(("admin", "office"), ("secretariat", "office"))
    assert permissions.allows(office, "lamp.light", lamp("033022")) is False
    assert permissions.may_somewhere(office, "lamp.light") is False


def test_an_action_is_granted_somewhere_to_whoever_holds_one_of_its_roles():
    assert permissions.may_somewhere(CONTACT, "invitation.create") is True
    assert permissions.may_somewhere(actor(("advisor", "person:1")), "invitation.create") is False


def test_a_role_without_its_relation_is_not_enough():
    elsewhere = SimpleNamespace(pk=5, municipality_id="011002")
    assert permissions.allows(CONTACT, "invitation.create", elsewhere) is False
    assert permissions.allows(CONTACT, "invitation.create", SimpleNamespace(municipality_id="033022")) is True


def test_every_role_and_every_relation_of_an_action_is_tried():
    """Of two roles the later one, and of its two relations the second."""
    both = actor(("contact", "municipality:011002"), ("secretariat", "invitation:5"))
    invitation = SimpleNamespace(pk=5, municipality_id="033022")
    assert permissions.allows(both, "invitation.view", invitation) is True


# --- the rows ---------------------------------------------------------------------------------------

ROWS = Invitation.objects.all()


def seen_by(*standings: tuple[str, str]) -> Any:
    return permissions.visible(actor(*standings), "invitation.view", ROWS).query


def selected(condition: Q) -> Any:
    return ROWS.filter(condition).query.where


def test_the_rows_of_every_relation_are_seen_together():
    seen = seen_by(("contact", "municipality:033022"), ("contact", "invitation:5"))
    assert seen.where == selected(Q(municipality_id__in=["033022"]) | Q(pk__in=["5"]))


def test_the_rows_of_every_role_are_seen_together():
    seen = seen_by(("advisor", "invitation:4"), ("employer", "invitation:5"))
    assert seen.where == selected(Q(pk__in=["4"]) | Q(pk__in=["5"]))


def test_who_holds_the_office_sees_every_row():
    assert permissions.visible(actor(("secretariat", "office")), "invitation.view", ROWS) is ROWS


def test_an_office_role_that_is_not_held_over_the_office_has_its_other_relations():
    seen = seen_by(("secretariat", "invitation:5"))
    assert seen.where == selected(Q(pk__in=["5"]))


def test_whoever_holds_no_role_of_an_action_sees_no_row():
    assert seen_by().is_empty()
    assert permissions.visible(CONTACT, "lamp.light", ROWS).query.is_empty()
