"""Search keys and counting characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.text import fold, graphemes

TRICKY = st.text(
    st.sampled_from(
        "ヶケガがけヵカ七浜髙高﨑崎邊邉辺齋斎斉龍竜檮惠ヴうゔァぁｳﾞﾊﾟ゙゚ー-―　 \ufe0f\U000e0100́ßİǅﬁ℡㍿¨|"
    )
)


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("七ケ浜町", "七ヶ浜町"),
        ("七が浜町", "七ヶ浜町"),
        ("七ガ浜町", "七ヶ浜町"),
        ("龍ヶ崎市", "龍ケ崎市"),
        ("竜ケ崎市", "龍ケ崎市"),
        ("梼原町", "檮原町"),
        ("須恵町", "須惠町"),
        ("塩釜市", "塩竈市"),
        ("高﨑", "髙崎"),
        ("渡辺", "渡邊"),
        ("渡邉", "渡邊"),
        ("斉藤", "齋藤"),
        ("斎藤", "齊藤"),
        ("横濱", "横浜"),
        ("くずまき", "クズマキ"),
        ("ｸｽﾞﾏｷ", "クズマキ"),
        ("ばいおりん", "ヴァイオリン"),
        ("セ―タ−", "セーター"),
        ("葛󠄀城市", "葛城市"),
        ("つかだ 塚田", "ツカダ塚田"),
        ("ＤＸ推進室", "dx推進室"),
        ("岩手県　葛巻町", "岩手県葛巻町"),
    ],
)
def test_ways_of_writing_one_name_meet(typed, official):
    assert fold(typed) == fold(official)


@pytest.mark.parametrize(
    ("one", "other"), [("いけだ", "いがだ"), ("はし", "ばし"), ("きつて", "きって"), ("川", "河")]
)
def test_different_names_stay_apart(one, other):
    assert fold(one) != fold(other)


@given(st.one_of(TRICKY, st.text()))
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.one_of(TRICKY, st.text()))
def test_a_key_has_no_spaces_and_ignores_composition(text):
    assert not any(char.isspace() for char in fold(text))
    assert fold(unicodedata.normalize("NFC", text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("葛󠄀城", 2),
        ("𠮷野", 2),
        ("か\u3099", 1),
        ("e\u0301", 1),
        ("☎\ufe0f", 1),
        ("一\r\n二", 3),
        ("七ヶ浜町", 4),
    ],
)
def test_graphemes_are_what_a_reader_counts(text, count):
    assert graphemes(text) == count


@given(st.text("あ漢a𠮷"), st.sampled_from(["\U000e0100", "\ufe00", "\u3099", ""]))
def test_marks_add_nothing(text, mark):
    assert graphemes("".join(char + mark for char in text)) == len(text)
