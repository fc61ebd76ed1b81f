"""From the bytes of a file to a JSON document that can be measured, kept and written back, or a refusal."""

import json
import math
from typing import Any, Final, NoReturn

# Far above any survey, and far below where Python's own reader and writers give up, which depends
# on who called them.
MAX_DEPTH: Final = 200


def decode(data: bytes | str) -> Any:
    """Return the JSON document in `data`: UTF-8, a byte-order mark skipped.

    Raises ValueError for whatever is not JSON, is nested deeper than `MAX_DEPTH`, or could not be written
    back as JSON: NaN, numbers beyond every float, lone surrogates.
    """
    text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
    try:
        document = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _require_writable(document)
    return document


def encode(document: object) -> bytes:
    """Return a document as indented UTF-8 JSON with a final newline, fields in the order they have."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond every float")
    return number


def _require_writable(document: object) -> None:
    waiting: list[tuple[object, int]] = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
        if isinstance(value, str):
            value.encode("utf-8")  # UnicodeEncodeError, a ValueError, at a lone surrogate
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
        elif isinstance(value, dict):
            waiting.extend((key, depth) for key in value)
            waiting.extend((item, depth + 1) for item in value.values())
