"""What the screens read of limits."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class LimitRow(msgspec.Struct, kw_only=True):
    """One limit on one scope and period, as it stands.

    Attributes:
        state: ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``.
        standing: the state underneath an ``unknown`` (an open breach stays visible).
        value, limit_low, limit_high: in ``unit``; NaN where there is none.
        utilisation: 1.0 at the limit; NaN shows as "–"; infinity shows as "over".
        headroom: signed distance to the nearest edge in ``unit``, negative in breach.
        value_text, limit_text, headroom_text: the same, ready to read.
        since_ns: when it entered this state.
        case: the open case, or empty.
        warn_due_ns, breach_due_ns: when it gets there at the drift it has now; 0 if it does not.
        waived_until_ns: until when the breach is let be; 0 where it is not.
    """

    limit: str
    title: str
    clause: str
    policy: str
    scope: str
    period: str
    period_start_ns: int
    unit: str
    state: str
    standing: str
    reason: str
    value: float
    limit_low: float
    limit_high: float
    utilisation: float
    warn_at: float
    headroom: float
    value_text: str
    limit_text: str
    headroom_text: str
    since_ns: int
    case: str
    waived_until_ns: int = 0
    figure: str = ""  # what it binds: ``coverage``, ``pnl_today``, ``var`` …
    warn_due_ns: int = 0
    breach_due_ns: int = 0


MARKED = frozenset({"coverage", "pnl_today", "var"})
"""Figures that are shown beside their limits: none of these is left out."""


class LimitView(View, kw_only=True, tag="limit"):
    """Limits on the screen: breaches, unknowns and warnings first, then by utilisation.

    Of very many the most urgent, and all of the figures that are shown beside their limits.
    """

    rows: list[LimitRow]
    shown: int
    total: int
