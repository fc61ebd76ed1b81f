"""People for thousands of towns: a contact and an approver each, and enough advisors for those that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models import Model, Prefetch

from accounts.demo import DOMAIN, PASSWORD
from accounts.models import Membership, Role, User
from advisors.load import loads
from advisors.models import Advisor, Certification, Commission
from municipalities.models import Municipality
from oversight.demo import texts

CAPACITY = 4
PREFIX = "helper-"
TAGS = ("move_in", "death", "birth", "certificate", "childcare", "care", "layout", "section_talks")
#: Account, role, section, and whose name.
TOWN_ROLES: tuple[tuple[str, Role, str, Callable[[str], str]], ...] = (
    ("contact", Role.CONTACT, "企画財政課", texts.contact_name),
    ("approver", Role.APPROVER, "総務課", texts.approver_name),
)


def _email(account: str) -> str:
    return f"{account}@{DOMAIN}"


@cache
def _password() -> str:
    """Hashed once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def _make_users(wanted: dict[str, dict[str, Any]]) -> dict[str, User]:
    """The accounts that are missing, verified, with the demonstration's password; all of them by account."""
    emails = [_email(account) for account in wanted]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    new = [
        User(email=_email(account), password=_password(), **fields)
        for account, fields in wanted.items()
        if _email(account) not in known
    ]
    for user in new:
        user.search_key = user.folded()
    User.objects.bulk_create(new, batch_size=500)
    rows = {user.email: user for user in User.objects.filter(email__in=emails)}
    mine = [rows[user.email] for user in new]
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in mine],
        batch_size=500,
    )
    return {account: rows[_email(account)] for account in wanted}


def _write(rows: Iterable[Model]) -> None:
    found = list(rows)
    if found:
        type(found[0])._base_manager.bulk_create(found, batch_size=500)


def town_people(towns: Iterable[Municipality], since: date) -> dict[str, dict[str, User]]:
    """Contact and approver by town's code and role; those who exist are left as they are."""
    codes = [town.pk for town in towns]
    wanted = {
        f"{account}-{code}": {"name": name(code), "section": section}
        for code in codes
        for account, _role, section, name in TOWN_ROLES
    }
    users = _make_users(wanted)
    held = set(Membership.objects.filter(municipality__in=codes).values_list("user", "role"))
    _write(
        Membership(user=user, role=role, municipality_id=code, section=section, valid_from=since)
        for code in codes
        for account, role, section, _name in TOWN_ROLES
        if ((user := users[f"{account}-{code}"]).pk, str(role)) not in held
    )
    return {
        code: {str(role): users[f"{account}-{code}"] for account, role, _section, _name in TOWN_ROLES}
        for code in codes
    }


class Helpers:
    """Advisors in turn, none beyond capacity and none for the own employer."""

    def __init__(self, wanted: int, employers: list[Municipality], since: date, today: date) -> None:
        known = Advisor.objects.filter(user__email__startswith=PREFIX).count()
        _make_advisors(range(known + 1, wanted + 1), employers, since, date(today.year + 2, 3, 31))
        rows = Advisor.objects.filter(user__email__startswith=PREFIX).order_by("pk")
        certified = Prefetch("certifications", Certification.objects.order_by("valid_from"))
        self.rows = list(rows.select_related("user", "employer").prefetch_related(certified))
        self.load = loads(today, [row.pk for row in self.rows])
        self._turn = count()

    def next(self, town: Municipality, *, takes_a_place: bool) -> Advisor:
        """The next one in turn. Raises ``LookupError`` when nobody is left."""
        for _try in range(len(self.rows)):
            advisor = self.rows[next(self._turn) % len(self.rows)]
            free = not takes_a_place or self.load[advisor.pk] < advisor.capacity
            if free and advisor.employer_id != town.pk:
                self.load[advisor.pk] += takes_a_place
                return advisor
        raise LookupError("every advisor is at capacity")


def _make_advisors(numbers: range, employers: list[Municipality], since: date, until: date) -> None:
    users = _make_users({f"{PREFIX}{number:04d}": {"name": f"架空 {number}号"} for number in numbers})
    _write(Membership(user=user, role=Role.ADVISOR, valid_from=since) for user in users.values())
    _write(
        Advisor(
            user=user,
            employer=employers[number % len(employers)],
            tags=[TAGS[number % len(TAGS)], TAGS[(number + 3) % len(TAGS)]],
            months=list(range(1, 13)),
            capacity=CAPACITY,
            introduction="大量の見本のためのアドバイザーです。",
        )
        for number, user in zip(numbers, users.values(), strict=True)
    )
    made = list(Advisor.objects.filter(user__in=list(users.values())))
    for right in (Certification, Commission):
        _write(right(advisor=advisor, valid_from=since, valid_to=until) for advisor in made)
