"""Start-up fails on a name in the permission table without a match, and on a transition that nobody may perform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from accounts import permissions
from accounts.models import Role, User
from accounts.table import TABLE
from workflow.doors import all_rules


def _entry_faults(action: str, grants: dict[str, tuple[str, ...]]) -> Iterator[str]:
    resource_name = action.partition(".")[0]
    if resource_name not in permissions.resources():
        yield f"{action}: no room registered the resource {resource_name!r}"
    for role, relations in grants.items():
        if role not in Role.values:
            yield f"{action}: unknown role {role!r}"
        for name in relations:
            if permissions.relation_of(resource_name, name) is None:
                yield f"{action}: the relation {name!r} is not registered for {resource_name!r}"


@register()
def permission_table(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    faults = [fault for action, grants in TABLE.items() for fault in _entry_faults(action, grants)]
    transitions = {f"{machine}.{rule.name}" for machine, _model, rule in all_rules()}
    faults += [
        f"{name}: this transition is not in the permission table" for name in sorted(transitions - set(TABLE))
    ]
    return [Error(fault, id="accounts.E001") for fault in faults]


@register(Tags.database)
def no_demo_accounts(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked before web, queues and sweep start; says no only under production settings."""
    if not settings.REFUSE_DEMO_ACCOUNTS or not databases or not demo_accounts_exist():
        return []
    return [
        Error(
            "demonstration accounts (@madoguchi.example) exist; remove them before production",
            id="accounts.E002",
        )
    ]


def demo_accounts_exist(alias: str = DEFAULT_DB_ALIAS) -> bool:
    """False, too, where no table of accounts exists yet."""
    if User._meta.db_table not in connections[alias].introspection.table_names():
        return False
    return User.objects.using(alias).filter(email__iendswith="@madoguchi.example").exists()
