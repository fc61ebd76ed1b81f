"""窓口へのお知らせと住民へのお知らせ: what those are told who are at the counters that day without walking."""

from __future__ import annotations

from collections.abc import Iterator

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.blocks import Block
from engagements.documents.builders import Edition, Snapshot
from engagements.documents.builders.day_paper import Day, DayPaper, day_words, start_words
from engagements.documents.builders.paper import page, sheet
from engagements.documents.models import DocumentKind


class CounterNoticeBuilder(DayPaper):
    """A letter to the sections. Where the counters are kept blind it names days, and neither scenario nor teams."""

    kind = DocumentKind.COUNTER_NOTICE
    has_head = True

    def content(self, day: Day) -> Snapshot:
        return {
            "addressee": _("窓口に関わる各課"),
            "heading": _("窓口利用体験調査のお知らせ"),
            "chapters": [
                blocks.chapter("about", _("調査について"), _about(day)),
                blocks.chapter("asked", _("お願い"), [blocks.text(line) for line in _asked(day)]),
            ],
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page("documents/application.html", snapshot, edition)


class ResidentNoticeBuilder(DayPaper):
    """One page for the entrance and the town's site."""

    kind = DocumentKind.RESIDENT_NOTICE

    def content(self, day: Day) -> Snapshot:
        rules = day.prepared.rules
        said = [_("職員が住民の役になり、窓口での手続きを体験して、待ち時間や書く回数を記録します。")]
        if rules.photos:
            said.append(_("記録のために写真を撮ります。来庁された方のお顔や書類が写らないようにします。"))
        if rules.dress:
            said.append(_("体験中の職員は、%(dress)sを着けています。") % {"dress": rules.dress})
        said.append(_("来庁された方の手続きを先にします。お気づきのことがあれば、お声がけください。"))
        if rules.note:
            said.append(rules.note)
        return {
            "heading": _("窓口の体験調査を行います"),
            "when": day_words(day),
            "said": said,
            "sorry": _("ご迷惑をおかけしますが、使いやすい窓口にするため、ご理解をお願いします。"),
            "contact": rules.contact,
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        context = {"document": sheet(snapshot, edition), "snapshot": snapshot}
        return render_to_string("documents/resident-notice.html", context)


def _about(day: Day) -> Iterator[Block]:
    rules = day.prepared.rules
    yield blocks.text(
        _(
            "住民の立場で窓口を回り、手続きのしくみを見直すための調査です。職員一人ひとりを評価するものではありません。"
        )
    )
    rows = [(_("日にち"), day_words(day))]
    if not rules.blind.counters:
        titles = dict.fromkeys(day.title_of(item["id"]) for item in day.scenarios)
        rows.append((_("場面"), "、".join(titles)))
    rows += [(_("目印"), rules.dress), (_("当日の連絡先"), rules.contact)]
    yield blocks.facts(rows)
    if not rules.blind.counters and day.prepared.teams:
        teams = [[team.team, day.title_of(team.scenario), start_words(team)] for team in day.prepared.teams]
        yield blocks.table(_("班"), [_("班"), _("場面"), _("始める日時と場所")], teams, unknown="—")
    if rules.note:
        yield blocks.text(rules.note)


def _asked(day: Day) -> Iterator[str]:
    rules = day.prepared.rules
    if rules.blind.counters:
        yield _("どの場面で回るかは、終わるまでお知らせしません。いつもどおりに応対してください。")
    else:
        yield _("いつもどおりに応対してください。特別な準備は要りません。")
    yield _("記録係が、時刻、書いた回数、気づきを書き留めます。職員の名前は記録しません。")
    if rules.photos:
        yield _("撮影係が掲示や申請書を撮ります。写したくない物があれば、その場でお声がけください。")
    yield _("住民の方を優先してください。混み合うときは、体験を止めて構いません。")
    yield _("窓口への気づきは、ほかの人より先に、その窓口の課にお見せします。返答も記録に載ります。")
