"""A line of the log: patterns without arguments, errors without words."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from config import logs


def line(name: str, message: Any, *arguments: Any, error: BaseException | None = None) -> dict[str, Any]:
    """What production would write of a library's record."""
    told = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(
        name, logging.ERROR, "/x/site-packages/lib/door.py", 7, message, arguments, told
    )
    found: dict[str, Any] = json.loads(logs.formatter(json=True).format(record))
    return found


@pytest.mark.parametrize(
    ("name", "message", "arguments", "event"),
    [
        ("lib", "opened %s for %s", ("花子", "a@town.example"), "opened %s for %s"),
        ("lib", "opened for hanako", (), "door:7"),
        ("lib", ValueError("花子"), (), "door:7"),
        ("lib", "bounced a@town.example: %s", (1,), "bounced … %s"),
        ("lib", "GET /l/lU1TwNM7uZPf4ewPbVu7xpf5miYjbCh8 %s", (1,), "GET /l/… %s"),
        ("django-q", "Process-1:2 ready for work", (), "Process-1:2 ready for work"),
        ("django-q", "Failed 'x' - KeyError\nTraceback: 花子", (), "door:7"),
    ],
)
def test_what_a_library_says_is_its_pattern_or_its_place(
    name: str, message: Any, arguments: tuple[Any, ...], event: str
) -> None:
    assert line(name, message, *arguments)["event"] == event


def failed(number: int) -> BaseException:
    try:
        try:
            raise OSError(number, "花子の部屋")
        except OSError as cause:
            raise KeyError("hanako@town.example") from cause
    except KeyError:
        error = sys.exc_info()[1]
        assert error
        return error


def test_an_error_is_its_type_its_code_and_its_places() -> None:
    told = line("lib", "%s", 1, error=failed(13))
    assert [each["type"] for each in told["error"]] == ["builtins.KeyError", "builtins.PermissionError"]
    assert told["error"][1]["code"] == 13
    assert all(
        place.startswith("tests/commands/test_logs.py:") for each in told["error"] for place in each["at"]
    )
    assert "花子" not in json.dumps(told, ensure_ascii=False)
    assert "hanako" not in json.dumps(told)
