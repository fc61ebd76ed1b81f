"""From the bytes that somebody sent to a survey that can be kept, or sentences that say what to mend."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from engagements.survey.measures import MAX_DEPTH, MESSAGES, Fault, Survey, SurveyFaults, read_survey
from workflow.errors import BadInput
from workflow.incoming import Limits, TooMuch, measure, unfit

MOST_SHOWN = 50
#: How files of other kinds begin, whatever their name says.
OTHER_KINDS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "Excel・Word・ZIP"),
    (b"\xd0\xcf\x11\xe0", "Excel・Word"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)


def limits() -> Limits:
    """What a survey's records may hold, sent as a file or by a program: those of several hundred teams."""
    return Limits(size=settings.UPLOAD_MAX_BYTES, values=300_000, depth=MAX_DEPTH)


class TooLarge(TooMuch):
    """More than an upload may hold. 413."""

    def __init__(self) -> None:
        most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        super().__init__(
            _("ファイルが大きすぎます。%(most)sMBまで受け取れます。班ごとに分けて送ってください。")
            % {"most": most}
        )


class FaultyDocument(BadInput):
    """A file that was refused: ``faults`` are (path, sentence), at most fifty; ``more`` counts the others. 422."""

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        found = list(faults)
        self.faults, self.more = found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN)
        fields: dict[str, list[str]] = {}
        for path, sentence in self.faults:
            fields.setdefault(path, []).append(sentence)
        if self.more:
            fields[""] = [_("ほかに%(more)s件あります。") % {"more": self.more}]
        super().__init__(fields)


def sentence(fault: Fault) -> str:
    """The fault's sentence in the reader's language."""
    return _(MESSAGES[fault.code]).format(**fault.params)


def read_document(data: bytes) -> Survey:
    """The survey in the bytes of a file, judged by content and never by name.

    Raises TooMuch, or FaultyDocument with every fault and its path.
    """
    most = limits()
    if len(data) > most.size:
        raise TooLarge
    measure(data, most)
    _refuse_other_kinds(data)
    try:
        survey = read_survey(data)
    except SurveyFaults as refusal:
        raise FaultyDocument((fault.path, sentence(fault)) for fault in refusal.faults) from refusal
    if faults := list(unfit(survey.raw, most.text)):
        raise FaultyDocument((place or "$", said) for place, said in faults)
    return survey


def _refuse_other_kinds(data: bytes) -> None:
    if not data.strip():
        raise FaultyDocument([("$", _("ファイルが空です。記録を書き出し直してください。"))])
    for start, kind in OTHER_KINDS:
        if data.startswith(start):
            said = _("%(kind)sのファイルです。記録を書き出したJSONのファイルを選んでください。") % {
                "kind": kind
            }
            raise FaultyDocument([("$", said)])
