"""申込結果通知書: what was decided on an application, as a letter to the town; a release's in one file, and its list."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications.models import Application, Release
from engagements.applications.selectors import TOLD
from engagements.documents import blocks
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders.dispatch_request import addressee
from engagements.documents.builders.paper import head, page, sheet
from engagements.documents.models import DocumentKind
from municipalities.dates import era_date

TEMPLATE = "documents/application.html"
#: What a matched application was told is that it is supported.
OUTCOMES = {
    "accepted": "accept",
    "matched": "accept",
    "waitlisted": "waitlist",
    "declined": "decline",
}


class ResultNoticeBuilder(Builder):
    """One town's letter. A decision that was taken back has none until there is a new one."""

    kind = DocumentKind.RESULT_NOTICE
    action = "application.notice"
    has_head = True

    def subjects(self) -> QuerySet[Application]:
        found = Application.objects.select_related("call__programme", "municipality__prefecture")
        return found.filter(state__in=TOLD, decided_at__isnull=False)

    def snapshot(self, subject: Application, on: date) -> Snapshot:
        programme = subject.call.programme
        made = head(
            str(DocumentKind.RESULT_NOTICE.label),
            subject.municipality,
            subject.municipality_name,
            heading=_heading(programme.name),
            number=subject.reference,
            sender=_("%(programme)s 事務局") % {"programme": programme.name},
            addressee=addressee(subject.municipality),
        )
        comment = subject.office_comment if subject.comment_by == "office" else ""
        said = _said(subject, OUTCOMES[str(subject.state)], comment)
        return made | {"chapters": [blocks.chapter("result", _("結果"), said)]}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Application) -> tuple[str, Model | None]:
        """The town's alone: an advisor who comes later has nothing to do with it."""
        return subject.municipality_id, None


def _releases() -> QuerySet[Release]:
    return Release.objects.select_related("call__programme").prefetch_related(
        "items__application__call__programme", "items__application__municipality__prefecture"
    )


class ResultNoticesBuilder(Builder):
    """Every letter of a release in one file, as it was released: each is complete by itself and names no other town."""

    kind = DocumentKind.RESULT_NOTICES
    action = "release.document"

    def subjects(self) -> QuerySet[Release]:
        return _releases()

    def snapshot(self, subject: Release, on: date) -> Snapshot:
        programme = subject.call.programme
        made = head(
            str(DocumentKind.RESULT_NOTICE.label),
            None,
            str(subject.call.title),
            heading=_heading(programme.name),
            number=subject.reference,
            sender=_("%(programme)s 事務局") % {"programme": programme.name},
        )
        items = list(subject.items.all())
        return made | {
            "code": subject.reference,
            "letters": [_letter(item.application) for item in items],
            "chapters": [
                blocks.chapter(
                    f"town-{item.application.reference}",
                    f"{item.application.reference} {item.application.municipality_name}",
                    _said(item.application, item.decision, item.comment),
                    new_page=True,
                )
                for item in items
            ],
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        chapters = blocks.printed(snapshot["chapters"])
        letters = [
            {
                "document": sheet(snapshot | {"chapters": []} | letter, edition),
                "title": letter["part"],
                "chapter": chapter,
            }
            for letter, chapter in zip(snapshot["letters"], chapters, strict=True)
        ]
        context = {"document": sheet(snapshot, edition), "letters": letters}
        return render_to_string("documents/notices.html", context)

    def owner(self, subject: Release) -> tuple[str, Model | None]:
        return "", None


def _letter(application: Application) -> dict[str, str]:
    """The head of one town's letter, and what its part is called."""
    town = application.municipality
    own = head("", town, application.municipality_name)
    kept = {name: own[name] for name in ("code", "body_name", "short_name")}
    return kept | {
        "number": application.reference,
        "addressee": addressee(town),
        "part": _("結果"),
    }


class ResultListBuilder(Builder):
    """The towns of a release with their results: the office's own paper, which goes to nobody."""

    kind = DocumentKind.RESULT_LIST
    action = "release.document"

    def subjects(self) -> QuerySet[Release]:
        return _releases()

    def snapshot(self, subject: Release, on: date) -> Snapshot:
        programme = subject.call.programme
        made = head(
            str(DocumentKind.RESULT_LIST.label),
            None,
            str(subject.call.title),
            heading=_("%(programme)s 申込結果一覧(事務局の控え)") % {"programme": programme.name},
            number=subject.reference,
            sender=_("%(programme)s 事務局") % {"programme": programme.name},
        )
        chapters = [blocks.chapter("list", _("結果の一覧"), [_overview(subject)])]
        return made | {"code": subject.reference, "chapters": chapters}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Release) -> tuple[str, Model | None]:
        return "", None


def _heading(programme: str) -> str:
    return _("%(programme)sの支援の申込の結果について(通知)") % {"programme": programme}


def _said(application: Application, outcome: str, comment: str) -> list[blocks.Block]:
    """The result in a sentence, the facts, what the office adds and what comes next."""
    received = application.received_at
    rows = [
        (_("申込番号"), application.reference),
        (_("募集"), application.call.title),
        (_("受付日時"), _moment(received) if received else ""),
        (_("結果"), _result(outcome)),
        (_("決めた日"), _day(application.decided_at) if application.decided_at else ""),
    ]
    made = [blocks.text(_opening(outcome)), blocks.facts(rows)]
    if comment:
        made += [blocks.heading(_("事務局から")), blocks.text(comment)]
    return [*made, blocks.heading(_("このあと")), blocks.text(_next(outcome))]


def _result(outcome: str) -> str:
    return {"accept": _("支援を行う"), "waitlist": _("順番待ち"), "decline": _("見送り")}[outcome]


def _opening(outcome: str) -> str:
    return {
        "accept": _("お申し込みいただいた支援について、行うことに決定しましたのでお知らせします。"),
        "waitlist": _(
            "お申し込みいただいた支援について、順番をお待ちいただくこととなりましたのでお知らせします。"
        ),
        "decline": _("お申し込みいただいた支援について、今回は見送ることとなりましたのでお知らせします。"),
    }[outcome]


def _next(outcome: str) -> str:
    return {
        "accept": _("アドバイザーを決めるための打診に入ります。決まりましたらお知らせします。"),
        "waitlist": _("受付の順番は変わりません。空きができましたらお知らせします。手続きは要りません。"),
        "decline": _("次の募集にもお申し込みいただけます。お書きいただいた内容は残っています。"),
    }[outcome]


def _overview(release: Release) -> blocks.Block:
    rows = [
        [item.application.reference, item.application.municipality.full_name, _result(item.decision)]
        for item in release.items.all()
    ]
    caption = _("%(day)sに発表した%(count)s団体") % {"day": _day(release.released_at), "count": len(rows)}
    return blocks.table(caption, [_("!申込番号"), _("団体"), _("!結果")], rows)


def _day(moment: datetime) -> str:
    return era_date(timezone.localdate(moment), weekday=False)


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{era_date(local.date(), weekday=False)} {local.hour}:{local:%M}"
