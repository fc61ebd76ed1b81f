"""マッチング決定記録: by which rule a round was decided, with what result, and everything that was changed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.fit import PARTS
from advisors.reasons import MODE_LABELS, PART_LABELS, months_text
from engagements.documents import blocks
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders.paper import grouped, head, page
from engagements.documents.models import DocumentKind
from engagements.rounds.matching import record, selectors
from engagements.rounds.matching.models import Round, Run, RunMode
from engagements.rounds.matching.warnings import not_sized
from engagements.rounds.matching.words import FIGURES
from municipalities.dates import era_date

TEMPLATE = "documents/application.html"
#: Where there is nothing to write: a town without a pair has no score.
NONE = "—"


class RoundRecordBuilder(Builder):
    """Made of the run that was published, or else of the proposal; the office's alone."""

    kind = DocumentKind.ROUND_RECORD
    action = "round.document"
    has_head = True

    def subjects(self) -> QuerySet[Round]:
        return selectors.rounds().filter(Q(in_force__isnull=False) | Q(proposal__isnull=False))

    def snapshot(self, subject: Round, on: date) -> Snapshot:
        run = record.decided_run(subject)
        if run is None:
            raise ValueError(subject.reference)
        made = head(
            str(DocumentKind.ROUND_RECORD.label),
            None,
            subject.title,
            heading=_("%(title)s マッチング決定記録") % {"title": subject.title},
            number=subject.reference,
            sender=_("%(programme)s 事務局") % {"programme": subject.call.programme.name},
        )
        chapters = [
            blocks.chapter("rule", _("決め方"), _rule(subject, run)),
            blocks.chapter("result", _("結果"), _result(run)),
            blocks.chapter("towns", _("町ごとの結果(順位の順)"), _towns(subject, run)),
            blocks.chapter("hand", _("手で変えたところ"), _hand(subject)),
            blocks.chapter("steps", _("経過"), _steps(subject)),
        ]
        return made | {"code": subject.reference, "chapters": blocks.numbered(chapters)}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Round) -> tuple[str, Model | None]:
        return "", None


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{era_date(local.date(), weekday=False)} {local.hour}:{local:%M}"


def _rule(obj: Round, run: Run) -> list[blocks.Block]:
    params, period = run.input["params"], run.input["round"]
    weights = "、".join(f"{PART_LABELS[name]} {params['weights'][name]}" for name in PARTS)
    cap = params["max_leads"]
    kept = _("いまの打診を続けられる町を先にする。") if run.mode == RunMode.REMATCH else ""
    ranking = _(
        "優先度の高い順、同じなら受付の早い順、それも同じなら番号の順に順位を付け、"
        "順位が先の町から支援できるように決める。次に、得点の合計が大きく、受け持ちの偏りが小さい組を選ぶ。"
    )
    rows = [
        (_("募集"), obj.call.title),
        (_("支援の期間"), _("%(first)sから%(last)sまで") % _period(period)),
        (_("支援を行う月"), months_text(frozenset(period["months"]))),
        (_("必要な共通の月"), _("%(count)dか月") % {"count": params["sessions"]}),
        (_("順位と選び方"), kept + ranking),
        (_("公平さ"), str(obj.get_fairness_display())),
        (_("得点の重み"), weights),
        *_counted(run),
        (_("支援できる残りの数"), _("決めていない") if cap is None else str(cap)),
        (_("計算の種類"), str(run.get_mode_display())),
        (_("計算した日時"), _moment(run.requested_at)),
        (_("入力の照合値(SHA-256)"), grouped(run.input_hash)),
    ]
    left = [blocks.note(sentence) for sentence in (*run.left_out, *not_sized(run))]
    return [blocks.facts(rows), *left]


def _counted(run: Run) -> list[tuple[str, str]]:
    """The day of the populations, where size counts and the run has kept it."""
    if not run.input["params"]["weights"]["size"] or not run.names.get("counted_on"):
        return []
    days = (era_date(date.fromisoformat(day), weekday=False) for day in run.names["counted_on"])
    return [(_("人口の基準日"), "、".join(days))]


def _period(period: dict[str, Any]) -> dict[str, str]:
    return {
        "first": era_date(date.fromisoformat(period["start"]), weekday=False),
        "last": era_date(date.fromisoformat(period["end"]), weekday=False),
    }


def _result(run: Run) -> list[blocks.Block]:
    proven = (run.result or {}).get("status") == "OPTIMAL"
    words = (
        _("この条件での最良であることを確かめてあります。")
        if proven
        else _("時間内に見つかった中で最良の案です。最良であることは確かめていません。")
    )
    rows = [(str(label), str(run.objective[name])) for name, label in FIGURES.items()]
    return [blocks.facts(rows), blocks.note(words)]


def _towns(obj: Round, run: Run) -> list[blocks.Block]:
    columns = [
        *(
            "#" + _("順位"),
            "!" + _("町"),
            "#" + _("優先度"),
            _("受付"),
            _("結果と打診の経過"),
            "#" + _("得点"),
        ),
        _("得点の理由"),
    ]
    caption = _("順位と、決まった組または決まらない理由")
    note = _(
        "得点の理由は、部分ごとに0から100の点と、その根拠。得点は重みを掛けた合計。"
        "順位に計算の番号があるものは、その計算で決まり、あとの計算には入らなかった町。"
    )
    return [blocks.table(caption, columns, list(_town_rows(obj, run)), unknown=NONE), blocks.note(note)]


def _town_rows(obj: Round, run: Run) -> Iterator[list[Any]]:
    for row in record.served_rows(obj, run):
        earlier = _("%(rank)d(計算%(run)d)") % {"rank": row.rank, "run": row.run}
        yield [
            row.rank if row.run == run.number else earlier,
            row.town,
            row.priority,
            _moment(row.received),
            _outcome(row),
            row.score if row.score is not None else "",
            "\n".join(row.words),
        ]


def _outcome(row: record.Served) -> str:
    if not row.advisor:
        return "\n".join((row.reason, *row.history))
    words = _("%(advisor)sさん(%(employer)s) %(mode)s %(km)dkm") % {
        "advisor": row.advisor,
        "employer": row.employer,
        "mode": MODE_LABELS[row.mode],
        "km": row.km or 0,
    }
    trainee = _("研修生 %(name)s") % {"name": row.trainee} if row.trainee else ""
    return "\n".join(filter(None, (words, trainee, *row.history)))


def _hand(obj: Round) -> list[blocks.Block]:
    rows = [
        [
            str(row.get_kind_display()) + (f" {row.value}" if row.value is not None else ""),
            " ".join(
                filter(
                    None,
                    (
                        row.application.municipality.full_name if row.application else "",
                        row.advisor.user.name,
                    ),
                )
            ),
            row.reason,
            f"{row.made_by.name if row.made_by else ''}\n{_moment(row.made_at)}",
            _moment(row.lifted_at),
        ]
        for row in record.adjustments(obj)
    ]
    if not rows:
        return [blocks.text(_("手で変えたところはありません。"))]
    columns = [_("内容"), _("対象"), _("理由"), _("誰が・いつ"), _("戻した日時")]
    return [blocks.table(_("誰が何をなぜ変えたか"), columns, rows, unknown=NONE)]


def _steps(obj: Round) -> list[blocks.Block]:
    rows = [[_moment(row.at), row.what, row.who, row.reason] for row in record.steps(obj)]
    columns = ["!" + _("日時"), _("したこと"), _("誰が"), _("理由")]
    return [blocks.table(_("ラウンドの経過"), columns, rows, unknown=NONE)]
