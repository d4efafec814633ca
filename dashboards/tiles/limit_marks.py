"""Finds the limit that belongs to a figure, and the colour its state calls for."""

from __future__ import annotations

from state.views import HourAxis, LimitRow, LimitView

_TONES = {"breach": "bad", "warn": "warn", "unknown": "unknown"}


def find_limit(view: LimitView | None, word: str, *, scope: str) -> LimitRow | None:
    """Return the first limit whose name or title has a word, on a scope.

    Args:
        word: lower case.
    """
    rows = view.rows if view else []
    return next((row for row in rows if row.scope == scope and _speaks_of(row, word)), None)


def limit_of_hour(view: LimitView | None, axis: HourAxis, hour: int) -> LimitRow | None:
    """Return the coverage limit of an hour, where one is shown."""
    rows = view.rows if view else []
    start_ns = axis.starts_ns[hour]
    return next(
        (row for row in rows if row.period_start_ns == start_ns and _speaks_of(row, "coverage")),
        None,
    )


def _speaks_of(row: LimitRow, word: str) -> bool:
    return word in row.limit.lower() or word in row.title.lower()


def tone_of_state(row: LimitRow | None) -> str:
    """Return the colour class of a figure bound by a limit."""
    return _TONES.get(row.state, "") if row else ""
