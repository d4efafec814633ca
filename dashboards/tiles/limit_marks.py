"""Finds the limit that belongs to a figure, and the colour its state calls for."""

from __future__ import annotations

from state.views import HourAxis, LimitRow, LimitView

VALUE_AT_RISK = ("value-at-risk", "value at risk", "var")
STOP_LOSS = ("stop-loss", "stop loss")
COVERAGE = ("coverage",)
"""Words by which the limit of a figure is known in its id or title, lower case."""

_TONES = {"breach": "bad", "warn": "warn", "unknown": "unknown"}


def find_limit(view: LimitView | None, words: tuple[str, ...], *, scope: str) -> LimitRow | None:
    """Return the first limit on a scope whose id or title has one of the words."""
    rows = view.rows if view else []
    return next((row for row in rows if row.scope == scope and _speaks_of(row, words)), None)


def limit_of_hour(view: LimitView | None, axis: HourAxis, hour: int) -> LimitRow | None:
    """Return the coverage limit of an hour, where one is shown."""
    rows = view.rows if view else []
    start_ns = axis.starts_ns[hour]
    return next(
        (row for row in rows if row.period_start_ns == start_ns and _speaks_of(row, COVERAGE)),
        None,
    )


def _speaks_of(row: LimitRow, words: tuple[str, ...]) -> bool:
    named = f"{row.limit} {row.title}".lower()
    return any(word in named for word in words)


def tone_of_state(row: LimitRow | None) -> str:
    """Return the colour class of a figure bound by a limit."""
    return _TONES.get(row.state, "") if row else ""
