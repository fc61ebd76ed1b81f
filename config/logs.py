"""What processes write to stderr: a line for each thing that happened, in production as JSON.

No line holds what a person typed, sent, is called or is reached at. So of what others log (Django, django-q2, gunicorn)
only the pattern of the message is written, never its arguments; of an error its type and where it came from, never its
words: a database quotes in them the very row that it refused.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

HERE: Final = Path(__file__).resolve().parent.parent
MOST_PLACES: Final = 30
#: What an address, or a token as we issue them, looks like; no pattern of ours contains either.
ADDRESS: Final = re.compile(r"\S+@\S+")
TOKEN: Final = re.compile(r"[\w-]{24,}")
#: Loggers whose own texts speak of processes alone.
OF_PROCESSES: Final = ("django-q", "gunicorn.error")
Line = MutableMapping[str, Any]


def configure(*, json: bool, level: str, queues: str) -> dict[str, Any]:
    """Sets structlog up and returns Django's ``LOGGING``: everything through one handler, to stderr.

    ``level`` is that of all, ``queues`` that of django-q2's own lines.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_stamped(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    passed_on: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.formatter", "json": json}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"},
            "admins": {"class": "config.trouble.MailAdmins", "level": "ERROR"},
        },
        "root": {"handlers": ["stderr", "admins"], "level": level.upper()},
        # These bring handlers of their own, which would write everything once more, as it is.
        "loggers": {
            "django": passed_on,
            "gunicorn.error": passed_on,
            "django-q": {**passed_on, "level": queues.upper()},
        },
    }


def formatter(*, json: bool) -> logging.Formatter:
    """The lines of production, or those that a developer reads, who sees the words of errors too."""
    readable = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    last: list[Any] = [readable]
    if json:
        last = [errors_without_words, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, *_stamped(), pattern_only, of_request],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        use_get_message=False,
        pass_foreign_args=True,  # taken out again by pattern_only
    )


def _stamped() -> list[Any]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def pattern_only(logger: Any, name: str, line: Line) -> Line:
    """Of a message that another library wrote: its pattern, or where it was written when it brings a text of its own."""
    record: logging.LogRecord = line["_record"]
    arguments = line.pop("positional_args", ())
    words = record.msg if isinstance(record.msg, str) and (arguments or _is_known(record)) else ""
    line["event"] = TOKEN.sub("…", ADDRESS.sub("…", words)) or f"{record.module}:{record.lineno}"
    return line


def _is_known(record: logging.LogRecord) -> bool:
    """Whether a text without arguments is about processes; a failed job's holds its traceback, words and all."""
    return record.name.startswith(OF_PROCESSES) and "\n" not in record.msg


def of_request(logger: Any, name: str, line: Line) -> Line:
    """Where Django speaks of a request: its method and status. What was asked for stands in the request's own line."""
    record: logging.LogRecord = line["_record"]
    status, request = getattr(record, "status_code", None), getattr(record, "request", None)
    if status is not None:
        line["status"], line["event"] = status, responses.get(status, "request")
    if method := getattr(request, "method", ""):
        line["method"] = method
    return line


def errors_without_words(logger: Any, name: str, line: Line) -> Line:
    """``exc_info`` becomes the types of the error and of its causes, with codes and places."""
    found = line.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["error"] = [described(each) for each in _with_causes(error)]
    line.pop("stack_info", None)
    return line


def described(error: BaseException) -> dict[str, Any]:
    """``type``, ``code`` where the error brings a number or SQLSTATE, and ``at``: the places, innermost last."""
    told: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    for name in ("sqlstate", "sqlite_errorname", "smtp_code", "errno"):
        if code := getattr(error, name, None):
            told["code"] = code
    told["at"] = places(error.__traceback__)
    return told


def places(found: TracebackType | None) -> list[str]:
    """``workflow/doors.py:120 perform`` for each call that was under way."""
    frames = traceback.extract_tb(found)[-MOST_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(path: str) -> str:
    _before, packages, rest = path.rpartition("site-packages/")
    return rest if packages else path.removeprefix(f"{HERE}/")


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
