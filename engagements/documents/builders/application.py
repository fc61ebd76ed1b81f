"""支援申込書: what a town asks for, filled in or blank."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications import selectors, services
from engagements.applications.models import Application, ApplicationState, TownMode
from engagements.documents import blocks
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders.paper import head, page
from engagements.documents.models import DocumentKind
from engagements.programme.models import Programme, Question
from engagements.programme.selectors import questions
from engagements.programme.vocabulary import LIFE_EVENT_LABELS
from municipalities.dates import era_date

FORM_NUMBER = "様式第1号"
TEMPLATE = "documents/application.html"
APPROVAL = 6
Box = tuple[str, str, bool]


class ApplicationBuilder(Builder):
    """The paper to which the town's approver consents: it says nothing that comes after the submission."""

    kind = DocumentKind.APPLICATION
    action = "application.document"

    def subjects(self) -> QuerySet[Application]:
        return selectors.full().exclude(received_at=None)

    def snapshot(self, subject: Application, on: date) -> Snapshot:
        received = timezone.localtime(subject.received_at)
        made = head(
            str(DocumentKind.APPLICATION.label),
            subject.municipality,
            subject.municipality_name,
            heading=_heading(subject.call.programme),
            form_number=FORM_NUMBER,
            number=subject.reference,
            date=era_date(received.date(), weekday=False),
            sender=subject.contact_section,
        )
        return made | {"chapters": [_receipt(subject, received), *blocks.numbered(_parts(subject))]}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Application) -> tuple[str, Model | None]:
        return subject.municipality_id, subject.engagement

    def issued(self, subject: Application, document_id: int, sha256: str, now: datetime) -> None:
        services.attach_issued(subject, document_id, sha256, now)


def _heading(programme: Programme) -> str:
    return f"{programme.name} {DocumentKind.APPLICATION.label}"


def _receipt(subject: Application, received: datetime) -> blocks.Chapter:
    moment = f"{era_date(received.date())} {received.hour}:{received:%M}"
    rows = [
        (_("募集"), subject.call.title),
        (_("受付番号"), subject.reference),
        (_("受付日時"), moment),
    ]
    shown = [blocks.facts(rows)]
    if subject.state == ApplicationState.RETURNED:
        shown.append(blocks.note(_("差し戻しを受けて直している途中の内容です。")))
    return blocks.chapter("receipt", _("受付"), shown)


def _parts(subject: Application) -> list[blocks.Chapter]:
    return [
        blocks.chapter(f"part-{part.number}", part.title, [blocks.facts(part.rows), *_consent(part.number)])
        for part in selectors.parts(subject)
        if part.rows
    ]


def _consent(part: int) -> list[blocks.Block]:
    if part != APPROVAL:
        return []
    return [
        blocks.note(
            _("承認は、この文書そのもの(版とファイルの照合値)に対して行い、日時とお名前を記録します。")
        )
    ]


def draft(subject: Application) -> Snapshot:
    """What would be printed if the town submitted now, marked as a draft; its date is that of the last saving."""
    saved = timezone.localtime(subject.saved_at)
    rows = [(_("募集"), subject.call.title), (_("受付日時"), _("まだ提出していません"))]
    told = blocks.note(
        _("提出の前に内容を確かめるための下書きです。受付の日時と内容の照合値は、提出すると入ります。")
    )
    made = head(
        str(DocumentKind.APPLICATION.label),
        subject.municipality,
        subject.municipality_name,
        heading=_("%(title)s(下書き)") % {"title": _heading(subject.call.programme)},
        form_number=FORM_NUMBER,
        number=subject.reference,
        date=era_date(saved.date(), weekday=False),
        sender=subject.contact_section,
        draft=True,
    )
    opening = blocks.chapter("receipt", _("受付"), [told, blocks.facts(rows)])
    return made | {"chapters": [opening, *blocks.numbered(_parts(subject))]}


# --- the empty form ----------------------------------------------------------------------------------------


def blank(on: date) -> Snapshot:
    """The form with boxes to write in, in the programme of that day. Raises ``Conflict`` without one."""
    programme = Programme.in_force(on)
    titles = selectors.part_titles()
    chapters = [
        blocks.chapter(f"part-{number}", titles[number], [blocks.boxes(rows)])
        for number, rows in _blank_rows(programme).items()
        if rows
    ]
    made = head(
        str(DocumentKind.APPLICATION.label), None, "", heading=_heading(programme), form_number=FORM_NUMBER
    )
    day = _("令和　　年　　月　　日")
    in_force = programme.effective_from.isoformat()
    return made | {"date": day, "in_force": in_force, "chapters": blocks.numbered(chapters)}


def _blank_rows(programme: Programme) -> dict[int, list[Box]]:
    asked = questions(programme)
    months = _boxes_of(_("%(month)d月") % {"month": month} for month in [*range(4, 13), 1, 2, 3])
    wish = _("希望するアドバイザー %(rank)s")
    life_events = _boxes_of(str(label) for label in LIFE_EVENT_LABELS.values())
    return {
        1: _contact_boxes(),
        2: _question_boxes(asked, 2),
        3: [(_("取り上げたい場面"), life_events, False), *_question_boxes(asked, 3)],
        4: [
            (_("受けられる月"), months, False),
            (_("進め方"), _boxes_of(str(label) for label in TownMode.labels), False),
            *_question_boxes(asked, 4),
        ],
        5: [
            *((wish % {"rank": rank}, "", False) for rank in range(1, programme.wishes_max + 1)),
            (_("希望がないとき"), _boxes_of([_("事務局に任せる")]), False),
            (_("研修生の同行"), _boxes_of([_("受け入れる")]), False),
        ],
        6: [(_("承認する方"), _("お名前"), False), (_("メール"), "", False)],
    }


def _contact_boxes() -> list[Box]:
    return [
        (_("団体"), _("団体コード(6桁)と名前"), False),
        (_("担当部署"), "", False),
        (_("担当者"), "", False),
        (_("メール"), "", False),
        (_("電話"), "", False),
    ]


def _question_boxes(asked: list[Question], part: int) -> list[Box]:
    return [(row.label, _hint(row), row.kind == Question.Kind.LONG_TEXT) for row in asked if row.part == part]


def _hint(question: Question) -> str:
    if question.kind == Question.Kind.BOOLEAN:
        return _boxes_of([_("はい"), _("いいえ")])
    return _boxes_of(label for _code, label in question.choices) or question.help


def _boxes_of(labels: Iterable[str]) -> str:
    return "　".join(f"□\u00a0{label}" for label in labels)
