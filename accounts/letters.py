"""The frame of every letter: to whom, what to do and where, by when, what happens otherwise, its number, from whom.

A room says what is particular; the frame puts it into the recipient's language, whoever causes the letter and wherever
it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import OFFICE_ROLES, Membership, User
from workflow.outbox import Mail

Writer = TypeVar("Writer", bound=Callable[..., Any])
Bodies = Callable[[list[int]], Mapping[int, str]]
_bodies: list[Bodies] = []
_kinds: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a letter: an address, who reads there, and in which language."""

    address: str
    name: str = ""
    body: str | Promise = ""
    section: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says. ``otherwise``: what happens when nothing is done, or that nothing has to be done.

    ``due`` is the day or moment in words, empty where there is none; ``number`` names the matter for whoever calls,
    empty only for a stranger.
    """

    subject: str
    text: str
    link: str
    otherwise: str
    number: str
    due: str = ""


def kind(function: Writer) -> Writer:
    """Register a function that writes letters; the suite reads every one of them in both languages."""
    _kinds[f"{function.__module__}.{function.__name__}"] = function
    return function


def kinds() -> dict[str, Callable[..., Any]]:
    """Everything that the service can write to anybody."""
    return dict(sorted(_kinds.items()))


def knows_body(provider: Bodies) -> Bodies:
    """Register a room that knows where people work who hold no role of a municipality: names by user."""
    _bodies.append(provider)
    return provider


def _bodies_of(users: list[User]) -> dict[int, tuple[str | Promise, str]]:
    """Where each of them works, and the section if the role names one: one query and one for each provider."""
    known = [user.pk for user in users]
    found: dict[int, tuple[str | Promise, str]] = {}
    for provider in _bodies:
        found |= {pk: (name, "") for pk, name in provider(known).items()}
    held = Membership.objects.filter(Membership.in_force(timezone.localdate()), user__in=known)
    for row in held.select_related("municipality__prefecture").order_by("-pk"):
        if row.municipality:
            found[row.user_id] = (row.municipality.full_name, row.section)
        elif row.role in OFFICE_ROLES:
            found.setdefault(row.user_id, (settings.OFFICE["name"], ""))
    return found


def readers(users: Iterable[User]) -> list[Reader]:
    """People with an account, as they are written to."""
    people = list(users)
    bodies = _bodies_of(people)
    found = []
    for user in people:
        body, section = bodies.get(user.pk, ("", ""))
        found.append(Reader(user.email, user.name, body, section or user.section, user.language))
    return found


def reader(user: User) -> Reader:
    return readers([user])[0]


def reader_at(address: str, *, name: str = "", body: str = "", section: str = "") -> Reader:
    """An address that was typed: the person's own language where it has an account, else the installation's."""
    language = User.objects.filter(email__iexact=address).values_list("language", flat=True).first()
    return Reader(address, name, body, section, language or "")


def to(people: Iterable[Reader], write: Callable[[Reader], Letter]) -> list[Mail]:
    """One mail to each; ``write`` is asked in the reader's language."""
    mails = []
    for person in people:
        language = person.language or settings.LANGUAGE_CODE
        with translation.override(language):
            letter = write(person)
            body, sender = _framed(person, letter), str(settings.OFFICE["name"])
            mails.append(Mail(person.address, letter.subject, body, sender=sender, language=language))
    return mails


def language_of(mail: Mail) -> translation.override:
    """For words that are added to a letter afterwards."""
    return translation.override(mail.language or settings.LANGUAGE_CODE)


def account_number(user: User) -> str:
    """By what the office finds somebody's account."""
    return _("アカウント %(pk)d") % {"pk": user.pk}


def site(path: str) -> str:
    """The whole address of a page."""
    return f"{settings.SITE_URL}{path}"


def _framed(person: Reader, letter: Letter) -> str:
    parts = [
        _salutation(person),
        _("いつもお世話になっております。"),
        letter.text.strip(),
        "\n".join(_facts(letter)),
        letter.otherwise,
        "\n".join(_signature()),
    ]
    return "\n\n".join(parts) + "\n"


def _salutation(person: Reader) -> str:
    section = person.section if person.name != person.section else ""
    place = " ".join(part for part in (str(person.body), section) if part)
    if person.name and person.name == person.section:
        name = _("%(name)s 御中") % {"name": person.name}
    else:
        name = _("%(name)s 様") % {"name": person.name or _("ご担当者")}
    return "\n".join(filter(None, [place, name]))


def _facts(letter: Letter) -> list[str]:
    return [
        _("ページ: %(link)s") % {"link": letter.link},
        _("期限: %(due)s") % {"due": letter.due or _("ありません")},
        _("番号: %(number)s") % {"number": letter.number or _("ありません")},
    ]


def _signature() -> list[str]:
    office = {part: str(value) for part, value in settings.OFFICE.items()}
    phone = _("電話 %(phone)s") % office if office["phone"] else ""
    extension = _("内線 %(extension)s") % office if office["extension"] else ""
    mail = _("メール %(email)s") % {"email": office["email"] or str(settings.DEFAULT_FROM_EMAIL)}
    lines = [office["name"], office["section"], " ".join(filter(None, [phone, extension])), mail]
    return ["-- ", *filter(None, lines), settings.SITE_URL]
