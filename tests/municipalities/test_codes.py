"""Official codes and their check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.codes import full_code, is_valid_code, prefecture_code

OFFICIAL = [
    "011002",
    "131016",
    "130001",
    "012084",
    "044041",
    "222208",
    "082104",
    "472085",
    "033022",
    "473821",
]
FIVE_DIGITS = st.text("0123456789", min_size=5, max_size=5)


@pytest.mark.parametrize("code", OFFICIAL)
def test_official_codes_are_valid(code):
    assert is_valid_code(code)
    assert full_code(code[:5]) == code


@pytest.mark.parametrize(
    "code", ["", "33022", "033021", "0330220", "03302a", "033022\n", " 33022", "0330２2", "٠٣٣٠٢٢"]
)
def test_anything_else_is_not(code):
    assert not is_valid_code(code)


@pytest.mark.parametrize("five", ["", "0330", "033022", "0330x", "０３３０２"])
def test_a_full_code_needs_five_digits(five):
    with pytest.raises(ValueError, match="not five digits"):
        full_code(five)


# By hand: 6a+5b+4c+3d+2e of 00001 is 2, 11-2=9; of 00102 it is 8, 3; of 03302 it is 31, 11-9=2.
@pytest.mark.parametrize(
    ("five", "digit"), [("00000", "1"), ("00001", "9"), ("00102", "3"), ("03302", "2"), ("01100", "2")]
)
def test_check_digits_worked_out_by_hand(five, digit):
    assert full_code(five)[5] == digit


@given(FIVE_DIGITS)
def test_exactly_one_last_digit_fits(five):
    assert [is_valid_code(five + last) for last in "0123456789"].count(True) == 1


@given(FIVE_DIGITS, st.integers(0, 4), st.integers(1, 9))
def test_a_mistyped_digit_is_noticed_unless_the_rule_gives_both_the_same(five, place, shift):
    other = five[:place] + str((int(five[place]) + shift) % 10) + five[place + 1 :]
    noticed = not is_valid_code(other + full_code(five)[5])
    assert noticed == (full_code(five)[5] != full_code(other)[5])


def test_the_prefecture_of_a_code():
    assert prefecture_code("033022") == "030007"
    assert prefecture_code("131016") == "130001"
