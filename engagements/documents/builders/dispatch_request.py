"""アドバイザー派遣依頼書: the letter in which an employer is asked to lend its employee to another town."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Model, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from advisors.models import Advisor, Commission
from advisors.reasons import months_text
from advisors.vocabulary import tag_labels
from engagements.documents import blocks
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders.paper import head, page
from engagements.documents.models import DocumentKind
from engagements.programme.models import Programme
from engagements.rounds import selectors, services
from engagements.rounds.models import Offer, OfferState
from municipalities.dates import era_date, fiscal_year_label
from municipalities.models import Municipality

FORM_NUMBER = "様式第2号"
TEMPLATE = "documents/application.html"
#: From the acceptance on there is something to ask the employer for.
ASKABLE = (OfferState.ACCEPTED, OfferState.EMPLOYER_CONSENTED, OfferState.CONFIRMED)


class DispatchRequestBuilder(Builder):
    """What the employer consents to. Nothing in it changes by the answer."""

    kind = DocumentKind.DISPATCH_REQUEST
    action = "offer.document"
    has_head = True

    def subjects(self) -> QuerySet[Offer]:
        """Offers that their advisor accepted, and those that came to nothing after the employer was asked."""
        commissions = Prefetch("advisor__commissions", queryset=Commission.objects.order_by("valid_from"))
        found = selectors.offers().prefetch_related(commissions, "application__wishes")
        return found.filter(Q(state__in=ASKABLE) | ~Q(request_hash=""))

    def snapshot(self, subject: Offer, on: date) -> Snapshot:
        employer, programme = subject.advisor.employer, subject.application.call.programme
        made = head(
            str(DocumentKind.DISPATCH_REQUEST.label),
            employer,
            employer.full_name,
            heading=_("%(programme)s アドバイザーの派遣について(依頼)") % {"programme": programme.name},
            form_number=FORM_NUMBER,
            number=subject.reference,
            sender=_("%(programme)s 事務局") % {"programme": programme.name},
            addressee=addressee(employer),
        )
        chapters = [
            _person(subject.advisor),
            _support(subject),
            _period(subject, programme),
            _costs(programme),
            _answer(subject),
        ]
        opening = blocks.chapter("request", _("お願い"), [blocks.text(_opening(subject))])
        return made | {"chapters": [opening, *blocks.numbered(chapters)]}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Offer) -> tuple[str, Model | None]:
        """The employer's: the town learns of an offer only when its own answer is asked for."""
        return subject.advisor.employer_id, None

    def issued(self, subject: Offer, document_id: int, sha256: str, now: datetime) -> None:
        services.attach_request(subject, document_id, sha256, now)


def addressee(employer: Municipality) -> str:
    """島根県津和野町長: the head of the employer, as letters between public bodies are addressed."""
    return _("%(body)s長") % {"body": employer.full_name}


def _opening(offer: Offer) -> str:
    sentence = _(
        "日頃より窓口の改善にご理解とご協力をいただき、ありがとうございます。"
        "%(town)sから支援の申込があり、貴団体の職員をアドバイザーとして派遣いただきたく、次のとおり依頼します。"
    )
    return sentence % {"town": offer.application.municipality.full_name}


def _person(advisor: Advisor) -> blocks.Chapter:
    rows = [
        (_("氏名"), advisor.user.name),
        (_("所属"), f"{advisor.employer.full_name} {advisor.section}".strip()),
        (_("立場"), str(advisor.get_seat_display())),
        (_("委嘱の期間"), _commission(advisor)),
    ]
    return blocks.chapter("person", _("派遣をお願いする職員"), [blocks.facts(rows)])


def _commission(advisor: Advisor) -> str:
    last = list(advisor.commissions.all())[-1:]
    return "".join(
        _("%(first)sから%(last)sまで") % {"first": _day(row.valid_from), "last": _day(row.valid_to)}
        for row in last
    )


def _day(day: date) -> str:
    return era_date(day, weekday=False)


def _support(offer: Offer) -> blocks.Chapter:
    application = offer.application
    rows = [
        (_("支援先"), application.municipality.full_name),
        (_("支援先の担当"), application.contact_section),
        (_("取り上げる場面"), "、".join(tag_labels(application.life_events))),
        (_("お願いする内容"), _sessions(application.call.programme)),
        (_("進め方"), application.get_mode_display() if application.mode else ""),
    ]
    return blocks.chapter("support", _("派遣先とお願いする内容"), [blocks.facts(rows)])


def _sessions(programme: Programme) -> str:
    return "、".join(str(kind) for kind in programme.session_kinds.all())


def _period(offer: Offer, programme: Programme) -> blocks.Chapter:
    asked = set(offer.application.months) & set(offer.advisor.months)
    count = len(programme.session_kinds.all()) or programme.months_needed
    rows = [
        (_("年度"), fiscal_year_label(offer.application.call.fiscal_year)),
        (_("時期"), months_text(asked or offer.application.months)),
        (_("回数"), _("%(count)d回まで(1回は1日から2日)") % {"count": count}),
        (
            _("日程"),
            _("同意をいただいた後、支援先と本人が調整して決めます。決まった日程は本人から報告します。"),
        ),
    ]
    return blocks.chapter("period", _("期間と日程"), [blocks.facts(rows)])


def _costs(programme: Programme) -> blocks.Chapter:
    costs = programme.dispatch_costs or _("事務局と貴団体で、派遣の前に相談して決めます。")
    rows = [
        (_("旅費などの負担"), costs),
        (_("服務の扱い"), _("貴団体の定めによります。")),
    ]
    return blocks.chapter("costs", _("費用と服務"), [blocks.facts(rows)])


def _answer(offer: Offer) -> blocks.Chapter:
    if not offer.application.call.programme.employer_consent:
        words = _("お差し支えがあるときは、事務局までご連絡ください。")
        return blocks.chapter("answer", _("ご回答"), [blocks.text(words)])
    rows = [
        (_("回答の期限"), _day(offer.answer_due) if offer.answer_due else ""),
        (
            _("回答の方法"),
            _("メールでお送りしたリンクの画面で「同意する」か「同意しない」を選んでください。"),
        ),
        (_("条件があるとき"), _("同意する画面の「派遣の条件」にお書きください。")),
        (
            _("断られるとき"),
            _("理由をひとことお書きください。同意の後でも、事務局に申し出て取りやめられます。"),
        ),
    ]
    words = _("同意は、この文書そのもの(版とファイルの照合値)に対していただき、日時とお名前を記録します。")
    return blocks.chapter("answer", _("ご回答"), [blocks.facts(rows), blocks.note(words)])
