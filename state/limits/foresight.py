"""When a limit is reached at the drift its value has now: time to warn, time to breach.

The drift is the slope of a straight line through the values of the last minutes, by least squares
in which a minute counts ``FORGET`` times the one after it (exponentially weighted least squares;
about ten minutes of memory). The value goes on from where it stands, along that slope. It is
a statement about now, no forecast: what a limit watches turns, jumps and comes back.

One pass over all rows at the first tick of a minute of market time; messages cost nothing. No
state of a limit, alert or digest follows from it: it is for the screens alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.calendar import MINUTE_NS
from state.limits.edges import BAND, CEILING, FLOOR, LOSS, Flags, Floats
from state.limits.instances import Instances
from state.limits.settling import KNOWN
from state.limits.standing import BREACH, OK

FORGET = 0.9
"""What the weight of a value falls to in a minute."""

LEAST_WEIGHT = 4.0
"""Sum of weights below which there is no drift yet: that of five minutes."""

LONGEST_GAP = 60
"""Minutes without a tick after which everything before is forgotten."""

HORIZON_NS = 4 * 60 * MINUTE_NS
"""How far ahead a crossing is told."""

_WEIGHT, _TIME, _TIME_2, _CHANGE, _PRODUCT, _VALUE = range(6)
"""Weighted sums of 1, t, t², y, t·y, and the last value; t in minutes and y in the limit's unit,
both from the last sample, so that a value that stands still has a drift of exactly 0."""

Identity = tuple[str, str, str]
"""Limit, scope and period."""


class Ahead(NamedTuple):
    """When a row reaches its marks at the drift of now; 0 where it does not."""

    warn_ns: int
    breach_ns: int


NEVER = Ahead(0, 0)


class Foresight:
    """Follows the drift of every limit's rows.

    Attributes:
        ahead: what is to come, of the rows that have something to come.
    """

    def __init__(self) -> None:
        self._rows: list[Identity] = []
        self._sums: Floats = np.zeros((6, 0))
        self.ahead: dict[Identity, Ahead] = {}

    @staticmethod
    def due_ns(at_ns: int) -> int:
        """Return when the minute after a tick begins."""
        return (at_ns // MINUTE_NS + 1) * MINUTE_NS

    def tick(self, tables: Sequence[Instances], before_ns: int, at_ns: int) -> bool:
        """Take a sample if a minute began since the tick before; say whether it did.

        Args:
            tables: the limits; those on feeds, whose ages grow by the clock, are left out.
            before_ns: the tick before, 0 for none.
            at_ns: the tick.
        """
        minutes = at_ns // MINUTE_NS - before_ns // MINUTE_NS
        if not minutes:
            return False
        tables = [table for table in tables if not table.rule.is_feed and len(table)]
        self._align(tables)
        if not tables:
            self.ahead = {}
            return True
        self._age(minutes)
        self._sample(_joined(tables, "value"), _joined(tables, "overlay") == KNOWN)
        self.ahead = self._crossings(tables, at_ns)
        return True

    def of(self, limit: str, scope: str, period: str) -> Ahead:
        """Return when a row reaches its marks."""
        return self.ahead.get((limit, scope, period), NEVER)

    # The drift -----------------------------------------------------------------------------------

    def _align(self, tables: Sequence[Instances]) -> None:
        """Carry what is known of each row to where it stands now; new rows know nothing."""
        rows = [
            (table.limit.id, scope, period)
            for table in tables
            for scope, period in zip(table.scopes, table.periods, strict=True)
        ]
        if rows == self._rows:
            return
        places = {row: place for place, row in enumerate(self._rows)}
        sums = np.zeros((6, len(rows)))
        known = [(at, places[row]) for at, row in enumerate(rows) if row in places]
        if known:
            to, of = np.array(known).T
            sums[:, to] = self._sums[:, of]
        self._rows, self._sums = rows, sums

    def _age(self, minutes: int) -> None:
        """Let the last sample lie so many minutes back."""
        if minutes > LONGEST_GAP:
            self._sums[:] = 0.0
            return
        sums = self._sums
        for _ in range(minutes):
            sums[_TIME_2] += sums[_WEIGHT] - 2.0 * sums[_TIME]
            sums[_TIME] -= sums[_WEIGHT]
            sums[_PRODUCT] -= sums[_CHANGE]
            sums[:_VALUE] *= FORGET

    def _sample(self, values: Floats, known: Flags) -> None:
        """Take in the values that are known; what is not is no sample."""
        sums = self._sums
        known = known & np.isfinite(values)
        step = np.where(known & (sums[_WEIGHT] > 0.0), values - sums[_VALUE], 0.0)
        sums[_CHANGE] -= step * sums[_WEIGHT]
        sums[_PRODUCT] -= step * sums[_TIME]
        sums[_WEIGHT] += known
        sums[_VALUE] = np.where(known, values, sums[_VALUE])

    def _drift(self) -> Floats:
        """Return the slope of each row, its unit a minute; 0 where it is not known."""
        weight, time, time_2, change, product, _ = self._sums
        spread = weight * time_2 - time * time
        enough = (weight >= LEAST_WEIGHT) & (spread > 0.0)
        slope: Floats = (weight * product - time * change) / np.where(enough, spread, 1.0)
        return np.where(enough, slope, 0.0)

    # What is to come -----------------------------------------------------------------------------

    def _crossings(self, tables: Sequence[Instances], at_ns: int) -> dict[Identity, Ahead]:
        drift = self._drift()
        known = (_joined(tables, "overlay") == KNOWN) & (drift != 0.0)
        standing, ends_ns = _joined(tables, "standing"), _joined(tables, "ends_ns")
        warns, breaches = marks_ahead(tables, rising=drift > 0.0)
        last_ns = np.where(ends_ns > 0, np.minimum(ends_ns, at_ns + HORIZON_NS), at_ns + HORIZON_NS)
        values = self._sums[_VALUE]
        open_breach = standing >= BREACH
        breach_ns = _reached_ns(values, breaches, drift, known & ~open_breach, at_ns, last_ns)
        warn_ns = _reached_ns(values, warns, drift, known & (standing == OK), at_ns, last_ns)
        return {
            self._rows[at]: Ahead(int(warn_ns[at]), int(breach_ns[at]))
            for at in np.flatnonzero(warn_ns | breach_ns).tolist()
        }

    # Saving --------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing where nothing is followed."""
        if not self._rows:
            return {}
        ahead = [[*row, *times] for row, times in self.ahead.items()]
        return {"foresight": [[list(row) for row in self._rows], self._sums.copy(), ahead]}

    def restore(self, saved: list[Any]) -> None:
        """Take over what was saved; nothing of a state that had nothing to save."""
        if saved:
            rows, sums, ahead = saved
            self._rows = [(limit, scope, period) for limit, scope, period in rows]
            self._sums = sums.copy()
            self.ahead = {
                (limit, scope, period): Ahead(warn_ns, breach_ns)
                for limit, scope, period, warn_ns, breach_ns in ahead
            }


def marks_ahead(tables: Sequence[Instances], *, rising: Flags) -> tuple[Floats, Floats]:
    """Return the values at which rows warn and break on the side they move to; NaN for none.

    The sides and marks are those of ``state.limits.edges.measured``: a ceiling or a loss warns at
    ``warn_at`` of it, a floor at floor / ``warn_at``, a band at ``warn_at`` of its half-width.
    """
    edge, warn_at = _joined(tables, "edges"), _joined(tables, "warn_at")
    low, high = _joined(tables, "low"), _joined(tables, "high")
    least, most = _joined(tables, "least"), _joined(tables, "most")
    band = edge == BAND
    only_floor = (edge == FLOOR) | (band & ((high >= most) | (low == high)))
    only_ceiling = (edge == CEILING) | (band & ~only_floor & (low <= least))
    both = band & ~only_floor & ~only_ceiling
    breaches = np.where(rising, high, low)
    breaches[(rising & (only_floor | (edge == LOSS))) | (~rising & only_ceiling)] = np.nan
    reach = (high - low) / 2.0 * warn_at
    warns = np.where(rising, (low + high) / 2.0 + reach, (low + high) / 2.0 - reach)
    warns = np.where(both, warns, np.where(only_floor, low / warn_at, breaches * warn_at))
    pinned = band & (low == high)
    return np.where(np.isnan(breaches) | pinned, breaches, warns), breaches


def _reached_ns(
    values: Floats, marks: Floats, drift: Floats, of: Flags, at_ns: int, last_ns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when values reach marks that lie ahead of them; 0 for not before the last moment."""
    with np.errstate(all="ignore"):
        minutes = np.where(of, (marks - values) / drift, np.nan)
        ahead_ns = np.where(minutes >= 0.0, minutes * float(MINUTE_NS), np.inf)
    near = ahead_ns <= HORIZON_NS
    reached: NDArray[np.int64] = at_ns + np.where(near, ahead_ns, 0.0).astype(np.int64)
    return np.where(near & (reached <= last_ns), reached, 0)


def _joined(tables: Sequence[Instances], column: str) -> NDArray[Any]:
    return np.concatenate([getattr(table, column) for table in tables])
