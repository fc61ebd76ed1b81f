"""Every relation is a predicate and its queryset twin; the table is complete and names only what exists."""

import pytest
from django.core.checks import run_checks

from accounts import permissions
from accounts.models import Role
from accounts.table import TABLE
from tests.objects import MAKERS
from tests.worlds import foreign, related
from workflow.actors import SYSTEM

pytestmark = pytest.mark.django_db


def test_start_up_checks_find_nothing():
    assert run_checks() == []


@pytest.mark.parametrize("resource", sorted(name for name, model in permissions.resources().items() if model))
def test_predicate_and_twin_agree(resource):
    """For every role and relation, over own and foreign objects."""
    model = permissions.resources()[resource]
    own, other = MAKERS[resource](), MAKERS[resource]()
    actions = [action for action in TABLE if action.startswith(f"{resource}.")]
    for role in Role.values:
        for actor in (related(role, own, resource), related(role, other, resource), foreign(role), SYSTEM):
            for action in actions:
                by_twin = set(
                    permissions.visible(actor, action, model._base_manager.all()).values_list("pk", flat=True)
                )
                for obj in (own, other):
                    assert permissions.allows(actor, action, obj) == (obj.pk in by_twin), (role, action)


def test_own_object_is_seen_and_the_other_towns_is_not():
    for resource in ("application", "engagement", "session", "plan", "decision", "document", "survey"):
        own, other = MAKERS[resource](), MAKERS[resource]()
        contact = related("contact", own, resource)
        assert permissions.allows(contact, f"{resource}.view", own), resource
        assert not permissions.allows(contact, f"{resource}.view", other), resource
