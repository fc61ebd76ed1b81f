"""Advisors who were certified before the service was used, from an Excel file: row by row, all of them or nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import normalize

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.entry import people
from accounts.entry.forms import MunicipalityField
from accounts.fields import DayField
from accounts.models import User
from accounts.taking_in import Outcome, Report, all_or_nothing, sentences
from advisors.models import Advisor
from advisors.registering import ACTION, Registration, Term, certify, commission, register
from advisors.vocabulary import FISCAL_MONTHS, TAGS
from municipalities.cells import as_typed
from municipalities.text import fold
from municipalities.workbooks import Unreadable, read_book
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput, DoorError

MOST_ROWS, MOST_COLUMNS = 5_000, 200
#: The headings are part of the file's format, so they stay Japanese in every language.
HEADINGS = {
    "name": "氏名",
    "email": "メール",
    "employer": "勤め先の団体コード",
    "employer_name": "勤め先",
    "number": "認定番号",
    "certified_on": "認定日",
    "certified_until": "認定の期限",
    "commissioned_from": "委嘱の初日",
    "commissioned_to": "委嘱の末日",
    "section": "部署",
    "tags": "得意な場面",
    "months": "受けられる月",
}
#: Columns that a file may leave out.
OPTIONAL = ("section", "tags", "months")
_SEPARATORS = str.maketrans("、,・;\n", ",,,,,")


class Faulty(BadInput):
    """The file holds no list of advisors; ``fields[""]`` are the sentences. 422."""

    def __init__(self, *said: str) -> None:
        super().__init__({"": list(said)})


class RowForm(forms.Form):
    """One row, its cells as text."""

    name = forms.CharField(max_length=80)
    email = forms.EmailField(max_length=254)
    employer = MunicipalityField()
    employer_name = forms.CharField(max_length=120)
    number = forms.CharField(max_length=40)
    section = forms.CharField(max_length=120, required=False)
    tags = forms.CharField(max_length=400, required=False)
    months = forms.CharField(max_length=80, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("certified_on", "certified_until", "commissioned_from", "commissioned_to"):
            self.fields[name] = DayField()
        for name in ("commissioned_from", "commissioned_to"):
            self.fields[name].required = False

    def clean_tags(self) -> list[str]:
        codes = {fold(str(label)): code for code, label in TAGS}
        wanted = _listed(self.cleaned_data["tags"])
        unknown = [word for word in wanted if fold(word) not in codes]
        if unknown:
            known = "、".join(str(label) for _code, label in TAGS)
            said = _("「%(words)s」はありません。次の中から入れてください: %(known)s")
            raise forms.ValidationError(said % {"words": "、".join(unknown), "known": known})
        return [codes[fold(word)] for word in wanted]

    def clean_months(self) -> list[int]:
        wanted = [word.removesuffix("月") for word in _listed(self.cleaned_data["months"])]
        if any(word not in map(str, FISCAL_MONTHS) for word in wanted):
            raise forms.ValidationError(_("4、5、6 のように、月の数を読点で区切って入れてください。"))
        return [int(word) for word in wanted] or list(FISCAL_MONTHS)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        town, named = values.get("employer"), values.get("employer_name")
        if town is not None and named and fold(named) not in (fold(town.name), fold(town.full_name)):
            said = _("団体コードは%(town)sのものです。") % {"town": town.full_name}
            self.add_error("employer_name", said)
        days = {name: values.get(name) for name in ("commissioned_from", "commissioned_to")}
        for name, day in days.items():
            if day is None and any(days.values()) and name not in self.errors:
                self.add_error(name, _("委嘱の初日と末日を、両方入れてください。"))
        return values


def _listed(text: str) -> list[str]:
    found = (word.strip() for word in normalize("NFKC", text).translate(_SEPARATORS).split(","))
    return list(dict.fromkeys(word for word in found if word))


def import_advisors(data: bytes, *, actor: Actor, now: datetime, keep: bool) -> Report:
    """Register everybody in the file; an advisor who is there already gets what they lack. Nobody gets a mail.

    Kept where ``keep`` is asked for and no row has a fault. Raises ``NotAllowed``, and ``Faulty`` for a file that
    holds no such list.
    """
    authority.require(actor, ACTION, None, now=now)
    rows = _read(data)
    return all_or_nothing(lambda: [_outcome(*row, actor, now) for row in rows], keep=keep)


def _read(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The filled rows with their number in the sheet; columns in any order, found by their heading."""
    try:
        book = read_book(data)
        cells = book.table(book.first, most_rows=MOST_ROWS + 1, most_columns=MOST_COLUMNS).rows
    except Unreadable as refusal:
        raise Faulty(str(refusal)) from refusal
    if not cells:
        raise Faulty(_("シートが空です。1行目に見出しを入れてください。"))
    places = _places(cells[0])
    rows = []
    for number, values in enumerate(cells[1:], start=2):
        row = {name: _text(name, values[at]) for at, name in places.items() if at < len(values)}
        if any(row.values()):
            rows.append((number, row))
    if not rows:
        raise Faulty(_("見出しの下に行がありません。"))
    return rows


def _places(first: Sequence[Any]) -> dict[int, str]:
    names = {fold(heading): name for name, heading in HEADINGS.items()}
    written = {at: str(value).strip() for at, value in enumerate(first) if value is not None}
    found = {at: names[fold(text)] for at, text in written.items() if fold(text) in names}
    said = [
        _("見出し「%(text)s」はありません。消すか、正しい見出しにしてください。") % {"text": text}
        for at, text in written.items()
        if at not in found and text
    ]
    held = list(found.values())
    said += [
        _("見出し「%(text)s」が2つあります。1つにしてください。") % {"text": HEADINGS[name]}
        for name in HEADINGS
        if held.count(name) > 1
    ]
    if missing := [text for name, text in HEADINGS.items() if name not in (*held, *OPTIONAL)]:
        said.append(_("見出しが足りません。1行目に加えてください: %(names)s") % {"names": "、".join(missing)})
    if said:
        raise Faulty(*said)
    return found


def _text(name: str, value: Any) -> str:
    """A cell as somebody would type it. A code that Excel took for a number gets its leading zero back."""
    typed = as_typed(value)
    return typed.zfill(6) if name == "employer" and isinstance(value, int | float) else typed


def _outcome(number: int, row: Mapping[str, str], actor: Actor, now: datetime) -> Outcome:
    label = " ".join(filter(None, (row.get("name"), row.get("email"))))
    form = RowForm(dict(row))
    if not form.is_valid():
        return Outcome(number, label, "fault", _said(form.errors.items()))
    try:
        with transaction.atomic():
            kind, said = _taken(form.cleaned_data, actor, now)
    except BadInput as error:
        return Outcome(number, label, "fault", _said(error.fields.items()))
    except DoorError as error:
        return Outcome(number, label, "fault", sentences(error))
    return Outcome(number, label, kind, said)


def _said(errors: Any) -> list[str]:
    return [f"{HEADINGS.get(name, name)}: {sentence}" for name, said in errors for sentence in said]


def _taken(values: Mapping[str, Any], actor: Actor, now: datetime) -> tuple[str, list[str]]:
    certified = Term(values["certified_on"], values["certified_until"])
    first, last = values["commissioned_from"], values["commissioned_to"]
    commissioned = Term(first, last) if first and last else None
    user, made = _person(values, actor, now)
    advisor = Advisor.objects.filter(user=user, seat=Advisor.Seat.LEAD).first()
    if advisor is not None:
        return _completed(advisor, values, certified, commissioned, actor, now)
    given = Registration(
        employer=values["employer"],
        number=values["number"],
        certified=certified,
        commissioned=commissioned,
        section=values["section"],
        tags=values["tags"],
        months=values["months"],
    )
    register(user, given, actor=actor, now=now, imported=True)
    said = [_("アカウントを作ります")] if made else []
    return "new", [*said, _("認定 %(term)s") % {"term": certified}, *_commissioned(commissioned)]


def _person(values: Mapping[str, Any], actor: Actor, now: datetime) -> tuple[User, bool]:
    """The account of the address, and whether it is new; another name than the account's is a fault."""
    user = people.account_of(values["email"])
    if user is None:
        told = {name: values[name] for name in ("email", "name", "section")}
        return people.open_account(**told, actor=actor, now=now), True
    if fold(user.name) != fold(values["name"]):
        said = _("このメールのアカウントは%(name)sさんのものです。氏名かメールをお確かめください。")
        raise BadInput({"name": [said % {"name": user.name}]})
    return user, False


def _completed(
    advisor: Advisor,
    values: Mapping[str, Any],
    certified: Term,
    commissioned: Term | None,
    actor: Actor,
    now: datetime,
) -> tuple[str, list[str]]:
    """What an advisor who is here lacks of the row; the employer is changed on their page alone."""
    if advisor.employer_id != values["employer"].pk:
        said = _("登録されている勤め先は%(town)sです。勤め先か、登録をお確かめください。")
        raise BadInput({"employer": [said % {"town": advisor.employer.full_name}]})
    added: list[str] = []
    held = advisor.certifications.filter(number=values["number"]).first()
    if held is None or Term(held.valid_from, held.valid_to) != certified:
        certify(advisor, values["number"], certified, actor=actor, now=now, imported=True)
        added.append(_("認定 %(term)s") % {"term": certified})
    terms = [Term(row.valid_from, row.valid_to) for row in advisor.commissions.all()]
    if commissioned is not None and commissioned not in terms:
        commission(advisor, commissioned, actor=actor, now=now, imported=True)
        added += _commissioned(commissioned)
    return ("changed" if added else "same"), added


def _commissioned(term: Term | None) -> list[str]:
    return [_("委嘱 %(term)s") % {"term": term}] if term is not None else []
