"""What is wrong with a survey file, where, and the sentence that says what to do about it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

MESSAGES: Final[Mapping[str, str]] = {
    "not_json": (
        "JSONとして読めません。UTF-8のJSONで書き出し直してください"
        "(途中で切れたファイル、壊れた文字、深すぎる入れ子は読めません)。"
    ),
    "unknown_format": "{value}という形式は読めません。madoguchi-survey/1 のファイルを用意してください。",
    "missing": "必要な項目がありません。値を入れてください。",
    "not_object": "項目の組({{ }})ではありません。形式の説明に沿って直してください。",
    "not_list": "並び([ ])ではありません。形式の説明に沿って直してください。",
    "not_text": "文字列ではありません。引用符で囲んだ文字列にしてください。",
    "not_integer": "整数ではありません。小数点や引用符のない整数にしてください。",
    "too_small": "{least}以上の整数にしてください。",
    "too_large": "数が大きすぎます。{most}以下の整数にしてください。",
    "unknown_choice": "{value}は使えない値です。次のどれかにしてください: {choices}",
    "bad_date": "日付として読めません。2025-08-19 のように書いてください。",
    "bad_time": "時刻として読めません。2025-08-19T09:30:00+09:00 のように書いてください。",
    "no_offset": "時差がありません。日本時間なら末尾に +09:00 を付けてください。",
    "bad_photo": "ファイル名ではありません。フォルダーを含まないファイル名だけを書いてください。",
    "bad_municipality": "団体コードの検査数字が合いません。検査数字を含む6桁のコードを確かめてください。",
    "duplicate_id": "id {value}が同じ並びの中で2回使われています。別のidにしてください。",
    "unknown_scenario": "シナリオ{value}がありません。scenarios にあるidを書いてください。",
    "unknown_person": "人物{value}がこのシナリオの household にいません。idを確かめてください。",
    "unknown_procedure": "手続{value}がこのシナリオの procedures にありません。idを確かめてください。",
    "called_before_queued": "呼ばれた時刻が、並んだ時刻より前です。直してください。",
    "finished_before_called": "終わった時刻が、呼ばれた時刻より前です。直してください。",
    "finished_before_queued": "終わった時刻が、並んだ時刻より前です。直してください。",
    "route_finished_before_started": "経路の終わった時刻が、始めた時刻より前です。直してください。",
    "before_route": "経路を始めた時刻より前の時刻です。直してください。",
    "after_route": "経路を終えた時刻より後の時刻です。直してください。",
    "out_of_order": "前の訪問より先に並んだことになっています。訪問を並んだ順にしてください。",
    "no_start": "訪問があるのに、経路を始めた時刻がありません。値を入れてください。",
    "visits_and_totals": "visits と totals の両方があります。どちらか一方にしてください。",
    "unreadable_file": "ファイルを読めません({reason})。場所と読み取りの権限を確かめてください。",
    "unwritable_file": "ファイルに書けません({reason})。場所と書き込みの権限を確かめてください。",
}

_SHOWN_CHARACTERS: Final = 60


def shown(value: object) -> str:
    """Return a value from a file as it may stand in a message: on one line, printable, not endless."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "…"
    return printable(text)


def printable(text: str) -> str:
    """Return a text that stays on its line: whatever would break or hide it is written as its code."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the path of the value, the code of a sentence in `MESSAGES`, and what fills it in."""

    path: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in Japanese. For another language, translate `MESSAGES[code]` and fill in `params`."""
        return MESSAGES[self.code].format(**self.params)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class SurveyFaults(Exception):
    """A file that was refused: `faults` lists everything that is wrong with it, in the order of reading."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class FaultLog:
    """Collects faults while a file is read, so that one reading reports them all."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.paths: set[str] = set()

    def add(self, path: str, code: str, **params: object) -> None:
        """Note one fault."""
        self.faults.append(Fault(path, code, params))
        self.paths.add(path)
