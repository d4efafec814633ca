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
from operator import is_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.arrays import Floats, Numbers
from state.limits.foresight_loops import SUMS, follow_rows
from state.limits.instances import Instances
from state.limits.reading import Identity
from state.moments import MINUTE_NS

_MOVING = ("value", "overlay", "standing")
_FIXED = ("edges", "ends_ns")
_BOUNDS = ("low", "high", "least", "most", "warn_at")
"""Columns of the rows; all but the first stay while the rows are laid out as they are."""


class Ahead(NamedTuple):
    """When a row reaches its marks at the drift of now; 0 where it does not."""

    warn_ns: int
    breach_ns: int


NEVER = Ahead(0, 0)


class Foresight:
    """Follows the drift of every limit's rows."""

    def __init__(self) -> None:
        self._rows: list[Identity] = []
        self._laid: list[object] | None = None
        self._sums: Floats = np.zeros((SUMS, 0))
        self._bounds: Floats = np.zeros((len(_BOUNDS), 0))
        self._edges = np.zeros(0, dtype=np.int8)
        self._ends_ns = np.zeros(0, dtype=np.int64)
        self._ahead_ns: Numbers = np.zeros((2, 0), dtype=np.int64)
        self._ahead: dict[Identity, Ahead] | None = {}

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
        if not tables:
            self._laid, self._rows, self._ahead = None, [], {}
            return True
        self._align(tables)
        value, overlay, standing = (_side_by_side(tables, name) for name in _MOVING)
        moving, fixed = (value, overlay, standing), (self._bounds, self._edges, self._ends_ns)
        follow_rows(at_ns, minutes, self._sums, *moving, *fixed, self._ahead_ns)
        self._ahead = None
        return True

    @property
    def ahead(self) -> dict[Identity, Ahead]:
        """What is to come, of the rows that have something to come."""
        if self._ahead is None:  # a sample comes every minute, and most are not asked for
            warn_ns, breach_ns = self._ahead_ns
            found = np.flatnonzero(warn_ns | breach_ns)
            times = zip(warn_ns[found].tolist(), breach_ns[found].tolist(), strict=True)
            rows = (self._rows[at] for at in found.tolist())
            self._ahead = {row: Ahead(*each) for row, each in zip(rows, times, strict=True)}
        return self._ahead

    def of(self, limit: str, scope: str, period: str) -> Ahead:
        """Return when a row reaches its marks."""
        return self.ahead.get((limit, scope, period), NEVER)

    def _align(self, tables: Sequence[Instances]) -> None:
        """Carry what is known of each row to where it stands now; new rows know nothing."""
        laid = [table.laid for table in tables]
        known = self._laid
        if known is not None and len(laid) == len(known) and all(map(is_, laid, known)):
            return
        self._laid = laid
        rows = [
            (table.limit.id, scope, period)
            for table in tables
            for scope, period in zip(table.scopes, table.periods, strict=True)
        ]
        places = {row: place for place, row in enumerate(self._rows)}
        sums = np.zeros((SUMS, len(rows)))
        kept = [(at, places[row]) for at, row in enumerate(rows) if row in places]
        if kept:
            to, of = np.array(kept).T
            sums[:, to] = self._sums[:, of]
        self._rows, self._sums = rows, sums
        self._bounds = np.array([_side_by_side(tables, name) for name in _BOUNDS])
        self._edges, self._ends_ns = (_side_by_side(tables, name) for name in _FIXED)
        self._ahead_ns = np.zeros((2, len(rows)), dtype=np.int64)

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
            self._sums, self._laid = sums.copy(), None
            self._ahead = {
                (limit, scope, period): Ahead(warn_ns, breach_ns)
                for limit, scope, period, warn_ns, breach_ns in ahead
            }


def _side_by_side(tables: Sequence[Instances], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(table, name) for table in tables])
