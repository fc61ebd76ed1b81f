"""Official codes of local governments (全国地方公共団体コード): six digits, always text."""

import re

WEIGHTS = (6, 5, 4, 3, 2)
FIVE = re.compile(r"[0-9]{5}")
SIX = re.compile(r"[0-9]{6}")


def check_digit(five: str) -> str:
    """The sixth digit for the first five (rule of the ministry's code table)."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, five, strict=True))
    rest = 11 - total if total < 11 else 11 - total % 11
    return str(rest)[-1]


def full_code(five: str) -> str:
    """The six-digit code for a five-digit one. Raises ValueError unless `five` is five ASCII digits."""
    if not FIVE.fullmatch(five):
        raise ValueError(f"not five digits: {five!r}")
    return five + check_digit(five)


def is_valid_code(code: str) -> bool:
    """Whether `code` is six ASCII digits whose last one fits the others."""
    return bool(SIX.fullmatch(code)) and check_digit(code[:5]) == code[5]


def prefecture_code(code: str) -> str:
    """The six-digit code of the prefecture that a municipality's code belongs to: 033022 gives 030007."""
    return full_code(code[:2] + "000")
