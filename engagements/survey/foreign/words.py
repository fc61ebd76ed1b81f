"""What a column may be, and the words by which towns call it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from engagements.survey import words
from engagements.survey.grid.columns import COLUMNS, WRITES
from engagements.survey.grid.heads import HEAD
from engagements.survey.measures import MEASURES
from municipalities.text import fold

VISITS, TOTALS = "visits", "totals"
LAYOUTS = {
    VISITS: gettext_lazy("1行が1つの窓口(時刻や書いた回数)"),
    TOTALS: gettext_lazy("1行が1つの班(紙で数えた合計だけ)"),
}
HEAD_KEYS = ("team", "day", "started", "ended_at", "ended", "actor", "blind")
#: Other words for columns, as towns' sheets have them. One word may stand for several: the cells decide, then the order.
ALSO: Mapping[str, Sequence[str]] = {
    "h:team": ("班名", "チーム", "チーム名", "グループ", "組", "班別", "調査班", "体験班"),
    "h:day": ("日付", "調査日", "実施日", "年月日", "月日", "調査の日", "体験日"),
    "h:actor": ("体験者", "来庁者役", "住民役", "被験者"),
    "v:queued": (
        "到着",
        "到着時刻",
        "受付",
        "受付時刻",
        "番号札を取った時刻",
        "発券",
        "発券時刻",
        "着",
        "来庁",
        "着いた時刻",
    ),
    "v:called": (
        "呼出",
        "呼び出し",
        "呼出し",
        "呼出時刻",
        "対応開始",
        "対応開始時刻",
        "開始",
        "呼ばれた時刻",
        "案内",
    ),
    "v:finished": ("終了", "終了時刻", "対応終了", "対応終了時刻", "完了", "完了時刻", "終わった時刻", "終"),
    "v:counter": ("窓口名", "窓口番号", "部署", "訪問先", "行った窓口", "カウンター"),
    "v:section": ("課名", "担当課", "所管課", "担当", "所属", "担当部署", "係"),
    "v:building": ("庁舎", "場所"),
    "v:floor": ("フロア", "階数"),
    "v:distance": ("距離", "移動距離", "歩いた距離", "歩行距離"),
    "v:forms": (
        "申請書",
        "枚数",
        "書類の数",
        "申請書枚数",
        "申請書の枚数",
        "申請書数",
        "書類数",
        "届出書",
        "様式数",
        "様式の数",
    ),
    "v:names": ("申請書名", "書類名", "様式名", "届出名", "申請書の名前", "書いた書類"),
    "v:avoided": ("書かずに済んだ", "省略", "印字済み"),
    "v:procedures": ("手続", "手続き", "手続番号", "済んだ手続き"),
    "v:outcome": ("結末", "状況", "済否"),
    "v:again": ("再説明", "説明し直し", "再説明回数"),
    "v:problem": (
        "気づき",
        "気付き",
        "気づいたこと",
        "気付いたこと",
        "困りごと",
        "困ったこと",
        "課題",
        "問題点",
        "問題",
        "改善点",
        "気づいた点",
        "気になった点",
        "不便",
        "指摘",
        "悪かった点",
    ),
    "v:good": ("よかったこと", "良かったこと", "良かった点", "よかった点", "良い点", "よい点"),
    "h:started": ("開始", "開始時刻", "出発", "出発時刻", "スタート", "始めた時間"),
    "h:ended_at": ("終了", "終了時刻", "ゴール", "終えた時間", "解散"),
    "t:total_s": ("所要時間", "全体時間", "総時間", "合計時間", "滞在時間", "かかった時間"),
    "t:waiting_s": ("待ち時間", "待時間", "待った時間"),
    "t:service_s": ("対応時間", "手続時間", "手続き時間"),
    "t:other_s": ("移動時間", "その他の時間"),
    "t:visits": ("訪問回数", "窓口回数", "訪問数"),
    "t:writes": ("記入回数", "氏名を書いた回数", "書いた回数", "手書き回数", "記入数"),
    "t:forms": ("申請書の枚数", "枚数", "申請書枚数", "申請書数", "書類数", "書類の数"),
    "t:counters": ("窓口数", "窓口の数", "回った窓口"),
    "t:repeated_writes": ("書き直し", "重複記入", "同じ記入", "重複回数"),
    "t:distance_m": ("距離", "移動距離", "歩行距離"),
    "t:wrong_counters": ("窓口間違い", "間違えた窓口", "たらい回し"),
}
#: Other words for what is written by hand, by the field of the format.
FIELDS_ALSO: Mapping[str, Sequence[str]] = {
    "name": ("名前", "氏名の記入", "氏名欄"),
    "kana": ("ふりがな", "カナ", "ヨミ", "よみがな"),
    "address": ("現住所", "新住所", "住所欄"),
    "former_address": ("旧住所", "転入前住所", "従前の住所"),
    "birth_date": ("誕生日", "出生年月日"),
    "phone": ("電話番号", "連絡先", "TEL"),
    "my_number": ("個人番号",),
    "registered_domicile": ("本籍地",),
    "bank_account": ("口座番号", "振込口座"),
    "date": ("届出日", "記入日", "申請日"),
    "signature": ("サイン", "押印", "署名欄"),
    "other": ("その他",),
}
#: Columns that number rows: nobody needs to be asked.
_NUMBERING = re.compile("no\\.?|番号|連番|通番|通し番号|項番|#|行")


def targets(layout: str) -> list[tuple[str, str]]:
    """What a column may be, with its word; the empty one leaves it out."""
    found = [("", _("使わない"))]
    found += [(f"h:{item.key}", str(item.label)) for item in HEAD if item.key in HEAD_KEYS]
    if layout == TOTALS:
        return found + [(f"t:{name}", f"{words.MEASURES[name].label}({_unit(name)})") for name in MEASURES]
    return found + [(f"v:{column.key}", _label(column)) for column in COLUMNS]


def _unit(name: str) -> str:
    """Times are read in minutes or as 2:30."""
    return _("分か 2:30") if name.endswith("_s") else str(words.MEASURES[name].unit)


def _label(column: Any) -> str:
    return f"{column.group} {column.label}" if column.group else str(column.label)


def own_headings(layout: str) -> list[tuple[str, str]]:
    """The headings of our own template, which stay Japanese in every language: they are part of its format."""
    with override("ja"):
        return targets(layout)[1:]


@lru_cache(maxsize=4)
def _vocabulary(layout: str) -> dict[str, list[str]]:
    """What each folded word may be, our own first."""
    own = own_headings(layout)
    known: dict[str, list[str]] = {}
    for name, word in own:
        for said in {word, _bare(word)}:
            known.setdefault(fold(said), []).append(name)
    names = {name for name, _word in own}
    with override("ja"):
        fields = {
            f"v:{key}": (str(words.FIELDS[field]), *FIELDS_ALSO[field]) for key, field in WRITES.items()
        }
    for name, others in {**ALSO, **fields}.items():
        for said in others if name in names else ():
            known.setdefault(fold(said), []).append(name)
    return known


def possible(parts: Sequence[str], layout: str) -> list[str]:
    """What a column with this heading may be, the likeliest first: by all of its words, then by the lowest."""
    known = _vocabulary(layout)
    found: list[str] = []
    for said in ("".join(parts), *parts[-1:]):
        for text in (said, _bare(said)):
            found += [name for name in known.get(fold(text), ()) if name not in found]
    return found


def is_known(parts: Sequence[str], layout: str) -> str:
    """The word of a heading that some column is called by; empty for another."""
    return fold("".join(parts)) if possible(parts, layout) else ""


def is_numbering(parts: Sequence[str]) -> bool:
    return bool(_NUMBERING.fullmatch(fold("".join(parts))))


def _bare(text: str) -> str:
    """Without what stands in brackets: a unit or an example."""
    return re.sub(r"[((\[〔【].*?[))\]〕】]", "", text)
