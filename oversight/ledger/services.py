"""Taking in a ledger: every row is tried through the same doors as on the pages, then all is kept or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import taking_in
from accounts.taking_in import Outcome
from advisors.models import Advisor
from engagements.journey.services import import_engagement
from engagements.models import Engagement
from engagements.sessions.models import Session
from municipalities.codes import full_code, is_valid_code
from municipalities.dates import era_date
from municipalities.models import Municipality
from municipalities.text import fold
from oversight.ledger.columns import ENGAGEMENT, SESSION, Row, fields, key, stored
from oversight.ledger.reading import read
from workflow import Actor, authority, perform
from workflow.errors import BadInput, DoorError
from workflow.transactions import in_transaction

#: Sessions that the ledger may fill, and those whose record it may correct.
OPEN, RECORDED = ("unscheduled", "postponed"), ("logged", "confirmed")


@dataclass(frozen=True, slots=True)
class Report(taking_in.Report):
    """``kept`` is False also where a reason is missing.

    ``asks_reason``: records that their town has confirmed would be corrected, and nobody has said why.
    """

    asks_reason: bool = False


class _Undone(Exception):
    def __init__(self, report: Report) -> None:
        self.report = report


def import_ledger(data: bytes, *, actor: Actor, now: datetime, keep: bool, reason: str = "") -> Report:
    """Try every row; keep all of them where ``keep`` is asked for and none has a fault, else nothing.

    ``reason`` says why records are corrected; those that are confirmed are not without it, and whoever they concern is
    told. Raises ``NotAllowed``, and ``Faulty`` for a file that is no ledger.
    """
    authority.require(actor, "engagement.import", None, now=now)
    rows = read(data)

    def work() -> Report:
        known = {row["reference"]: row for row in stored([str(row["reference"]) for _n, row in rows])}
        importer = _Importer(known, actor, now, reason.strip())
        outcomes = [importer.outcome(number, row) for number, row in rows]
        asks = importer.corrects_confirmed and not importer.reason
        report = Report(outcomes, kept=keep, asks_reason=asks)
        if report.faults or asks or not keep:
            raise _Undone(replace(report, kept=False))
        return report

    try:
        return in_transaction(work)
    except _Undone as undone:
        return undone.report


class _Importer:
    """One pass over the rows of a file."""

    def __init__(self, known: dict[str, Row], actor: Actor, now: datetime, reason: str) -> None:
        self.known, self.actor, self.now, self.reason = known, actor, now, reason
        self.corrects_confirmed = False
        self.headings = {field.name: field.heading for field in fields()}
        self.seen: set[str] = set()

    def outcome(self, number: int, row: Row) -> Outcome:
        label = " ".join(str(row[name]) for name in ("reference", "code", "name") if row[name])
        try:
            with transaction.atomic():
                kind, sentences = self._new(row) if row["reference"] is None else self._known(row)
        except DoorError as error:
            return Outcome(number, label, "fault", _sentences(error))
        return Outcome(number, label, kind, sentences)

    # --- a new engagement -----------------------------------------------------------

    def _new(self, row: Row) -> tuple[str, list[str]]:
        town = self._town(row)
        opened = row["opened_on"]
        if opened is None or opened > timezone.localdate(self.now):
            self._refuse("opened_on", _("今日までの開始日を入れてください。"))
        same = Engagement.objects.filter(municipality=town, opened_at__date=opened).first()
        if same is not None:
            text = _("同じ日に始まった支援%(number)sがあります。直すときは支援番号を入れてください。")
            self._refuse("reference", text % {"number": same.reference})
        journey = import_engagement(
            municipality=town,
            advisor=self._advisor(row),
            opened_on=opened,
            actor=self.actor,
            now=self.now,
        )
        said = [
            _("新しい支援。%(town)s(%(code)s)、開始日 %(day)s")
            % {"town": town.full_name, "code": town.code, "day": era_date(opened)}
        ]
        return "new", said + self._sessions(journey.pk, {}, row)

    def _town(self, row: Row) -> Municipality:
        codes = _readings(row["code"] or "")
        if not codes:
            self._refuse("code", _("団体コードは6けたの数字です。検査数字までお確かめください。"))
        towns = list(Municipality.objects.filter(code__in=codes).select_related("prefecture"))
        if not towns:
            self._refuse("code", _("この団体コードは登録にありません。"))
        named = [town for town in towns if _is_called(town, row["name"])]
        shown = "、".join(f"{town.full_name}({town.code})" for town in towns)
        if row["name"] is not None and not named:
            self._refuse("name", _("団体コードは%(town)sのものです。") % {"town": shown})
        if len(named or towns) > 1:
            text = _(
                "5けたの団体コードは%(towns)sのどちらとも読めます。団体名を入れるか、6けたで入れてください。"
            )
            self._refuse("code", text % {"towns": shown})
        return (named or towns)[0]

    def _advisor(self, row: Row) -> Advisor:
        found = Advisor.objects.filter(user__email__iexact=row["advisor"] or "").first()
        if found is None:
            self._refuse("advisor", _("このメールのアドバイザーの登録がありません。先に登録してください。"))
        return found

    # --- one that is known ----------------------------------------------------------

    def _known(self, row: Row) -> tuple[str, list[str]]:
        reference = row["reference"]
        before = self.known.get(reference)
        if before is None:
            self._refuse("reference", _("この支援番号はありません。新しい支援のときは空にしてください。"))
        if reference in self.seen:
            self._refuse("reference", _("同じ支援番号の行が2つあります。"))
        self.seen.add(reference)
        for field in ENGAGEMENT:
            if not _is_same(field.name, row[field.name], before[field.name]):
                text = _("台帳では変えられません(いまは「%(value)s」)。支援の画面で変えてください。")
                self._refuse(field.name, text % {"value": before[field.name]})
        engagement = Engagement.objects.get(reference=reference)
        said = self._sessions(engagement.pk, before, row)
        return ("changed" if said else "same"), said

    def _sessions(self, engagement: int, before: Row, row: Row) -> list[str]:
        said: list[str] = []
        sessions = Session.objects.filter(engagement=engagement).select_related("kind", "engagement")
        by_number = {session.kind.number: session for session in sessions}
        for number in sorted({int(name.partition(":")[2]) for name in row if ":" in name}):
            names = [key(name, number) for name, *_rest in SESSION]
            changed = [name for name in names if row[name] != before.get(name)]
            if not changed:
                continue
            if number not in by_number:
                self._refuse(changed[0], _("この支援には、この回がありません。"))
            self._write(by_number[number], {name.partition(":")[0]: row[name] for name in names}, changed[0])
            said += [self._said(name, before.get(name), row[name]) for name in changed]
        return said

    def _write(self, session: Session, values: dict[str, Any], first: str) -> None:
        """The door's own sentences, with the heading of the column in front."""
        number = session.kind.number
        if session.state not in (*OPEN, *RECORDED):
            text = _("この回は「%(state)s」です。支援の画面で記録してください。")
            self._refuse(first, text % {"state": session.get_state_display()})
        if values["held_on"] is None:
            self._refuse(key("held_on", number), _("実施日を入れてください。記録した日は消せません。"))
        try:
            if session.state in OPEN:
                perform("import", session, self.actor, now=self.now, **values)
            else:
                self._correct(session, values)
        except BadInput as error:
            fields_ = {self.headings.get(key(name, number), ""): said for name, said in error.fields.items()}
            raise BadInput(fields_) from error

    def _correct(self, session: Session, values: dict[str, Any]) -> None:
        self.corrects_confirmed |= session.state == "confirmed"
        kept = {"log_next_by": session.log_next_by, "log_attendance": session.log_attendance}
        perform(
            "correct",
            session,
            self.actor,
            now=self.now,
            reason=self.reason or _("台帳の取り込みによる訂正"),
            **values,
            **kept,
        )

    def _said(self, name: str, old: Any, new: Any) -> str:
        return f"{self.headings[name]}: {_shown(old)} → {_shown(new)}"

    def _refuse(self, name: str, sentence: str) -> NoReturn:
        raise BadInput({self.headings[name]: [sentence]})


def _shown(value: Any) -> str:
    if value is None:
        return _("空")
    return era_date(value) if isinstance(value, date) else str(value)


def _readings(code: str) -> list[str]:
    """The codes that these digits may stand for: Excel drops a leading zero, and many lists leave the check digit out."""
    if len(code) == 5 and code.isdecimal() and code.isascii():
        return [full for full in (f"0{code}", full_code(code)) if is_valid_code(full)]
    return [code] if is_valid_code(code) else []


def _is_called(town: Municipality, name: str | None) -> bool:
    return name is not None and fold(name) in (fold(town.name), fold(town.full_name))


def _is_same(name: str, new: Any, old: Any) -> bool:
    return old in _readings(new or "") if name == "code" else bool(new == old)


def _sentences(error: DoorError) -> list[str]:
    if not isinstance(error, BadInput):
        return [str(error)]
    return [
        f"{name}: {sentence}" if name else sentence
        for name, said in error.fields.items()
        for sentence in said
    ]
