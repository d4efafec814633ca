"""Logs: events with keys and values; JSON lines, and a readable form on a terminal."""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_STORE_LINE = re.compile(r"\d+:[A-Z] .{24} # (?P<event>.*)")
_NO_NEWS = ("WARNING Memory overcommit", "Valkey is now ready to exit")
_SECRET_WORDS = ("secret", "password", "token", "authorization")


def hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace the value of every key that names a secret.

    >>> hide_secrets(None, "info", {"event": "x", "password": "p"})
    {'event': 'x', 'password': '***'}
    """
    del logger, method
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
    return event


def configure(process: str, *, least: int = logging.INFO) -> None:
    """Set up logging of this process, on standard error.

    Args:
        process: the name each line carries.
        least: the level below which a line is left out.
    """
    structlog.configure(
        processors=_processors(readable=sys.stderr.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)


def _processors(*, readable: bool) -> list[Processor]:
    form: Processor = (
        structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ, pad_event_to=0)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return [
        structlog.contextvars.merge_contextvars,
        hide_secrets,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        form,
    ]


def pass_on(process: str, line: str) -> None:
    """Log a line another process printed, under that process's name.

    A line that is a structured event keeps its level, keys and values.
    """
    level, event, values = of_store(line) if process == "store" else _parsed(line)
    values["process"] = process
    structlog.get_logger().log(level, event, **values)


def of_store(line: str) -> tuple[int, str, dict[str, Any]]:
    """Read a line of the store as level, event and values: only its own warnings are news.

    >>> of_store("7:M 23 Nov 2026 18:30:49.436 # Write error: no space left on device")
    (30, 'Write error: no space left on device', {})
    """
    found = _STORE_LINE.match(line)
    if found is None or found["event"].startswith(_NO_NEWS):
        return logging.DEBUG, line, {}
    return logging.WARNING, found["event"], {}


def _parsed(line: str) -> tuple[int, str, dict[str, Any]]:
    try:
        values = msgspec.json.decode(line, type=dict[str, Any])
        event = str(values.pop("event"))
    except (msgspec.DecodeError, KeyError):
        return logging.INFO, line, {}
    values.pop("timestamp", None)
    level = logging.getLevelNamesMapping().get(str(values.pop("level", "info")).upper())
    return level or logging.INFO, event, values
