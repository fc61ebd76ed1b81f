"""What an advisor can be good at: the life events of the programme, and topics that cross them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

#: Codes are those of the application's life events, so that wishes and tags meet.
LIFE_EVENTS = (
    ("move_in", _("転入")),
    ("move_out", _("転出")),
    ("move_within", _("転居")),
    ("birth", _("出生")),
    ("marriage", _("結婚")),
    ("divorce", _("離婚")),
    ("death", _("おくやみ")),
    ("name_change", _("氏名の変更")),
    ("certificate", _("証明書")),
    ("childcare", _("子育て")),
    ("care", _("介護")),
    ("other", _("その他")),
)
TOPICS = (
    ("section_talks", _("原課との進め方")),
    ("system", _("システム")),
    ("layout", _("レイアウト")),
    ("forms", _("申請書の見直し")),
)
TAGS = (*LIFE_EVENTS, *TOPICS)
TAG_LABELS = dict(TAGS)

#: The months of a fiscal year, in its order.
FISCAL_MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)


def tag_labels(codes: Iterable[str]) -> list[str]:
    """The words for known codes, in the order given; an unknown code stands for itself."""
    return [str(TAG_LABELS.get(code, code)) for code in codes]
