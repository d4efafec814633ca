"""Finds the limit that belongs to a figure, and the colour and the word its state calls for."""

from __future__ import annotations

from dashboards import formats
from state.messages import FIRM
from state.screens.limits_seen import LimitRow, LimitView
from state.screens.positions_seen import HourAxis

VALUE_AT_RISK = "var"
STOP_LOSS = "pnl_today"
COVERAGE = "coverage"
"""The figures whose limits the tiles mark."""

BREACHED = "!"
"""What marks a breach where there is no room for the word."""

_TONES = {"breach": "bad", "warn": "warn", "unknown": "unknown"}
_WORDS = {"breach": "BREACH", "warn": "WARN"}


def find_limit(view: LimitView | None, figure: str, *, scope: str) -> LimitRow | None:
    """Return the first limit of a figure on a scope."""
    rows = view.rows if view else []
    return next((row for row in rows if row.scope == scope and row.figure == figure), None)


def limit_of_hour(view: LimitView | None, axis: HourAxis, hour: int) -> LimitRow | None:
    """Return the coverage limit of an hour of a market, where one is shown.

    Of a company in several markets each has hours of its own, which begin together.
    """
    scopes, begins_ns = (FIRM, f"{axis.market}/{FIRM}"), axis.starts_ns[hour]
    rows = [row for row in view.rows if row.figure == COVERAGE] if view else []
    own = (row for row in rows if row.scope in scopes and row.period_start_ns == begins_ns)
    return next(own, None)


def waived_words(until_ns: int, zone: str) -> str:
    """Say until when a breach is let be; empty where it is not."""
    return f"waived until {formats.day_and_clock(until_ns, zone)}" if until_ns else ""


def tone_of_state(row: LimitRow | None) -> str:
    """Return the colour class of a figure bound by a limit."""
    return _TONES.get(row.state, "") if row else ""


def word_of_state(row: LimitRow | None) -> str:
    """Return what a colour says too, for whoever does not see it; empty while a limit is kept."""
    return _WORDS.get(row.state, "") if row else ""
