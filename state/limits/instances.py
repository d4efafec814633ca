"""The instances of one limit: a row a (scope, period), columns of what is known about it.

A reading costs a few array operations; Python visits only rows whose state changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.errors import StateError
from state.limits import RULES
from state.limits.edges import Edge, Flags, Floats
from state.limits.reading import FEED_SEPARATOR, Reading
from state.limits.settling import (
    CHANGED,
    KEPT,
    KNOWN,
    MOVED,
    NOT_APPLICABLE,
    UNKNOWN,
    UNREAD,
    settle,
)
from state.limits.standing import OK, STANDINGS
from state.policy.schema import Edges, Limit
from state.views import LimitRow

_MOST_LAYOUTS = 256
_COLUMNS: dict[str, tuple[type, float]] = {
    "starts_ns": (np.int64, 0),
    "ends_ns": (np.int64, 0),
    "value": (np.float64, np.nan),
    "utilisation": (np.float64, np.nan),
    "headroom": (np.float64, np.nan),
    "standing": (np.int8, OK),
    "overlay": (np.int8, UNREAD),
    "since_ns": (np.int64, 0),
    "unsettled": (np.bool_, False),
}
"""Type and first value of every saved column."""

Rows = NDArray[np.intp]


class Instance(NamedTuple):
    """One row, as it stands.

    Attributes:
        state: ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``.
        standing: ``ok``, ``warn`` or ``breach`` underneath.
        value: the last known; NaN when none ever was or nothing applies.
    """

    scope: str
    period: str
    start_ns: int
    state: str
    standing: str
    reason: str
    value: float
    low: float
    high: float
    utilisation: float
    headroom: float
    since_ns: int


@dataclass(slots=True, eq=False)
class _Layout:
    """Which instances of a reading are which rows, and what its last texts meant."""

    take: Rows
    rows: Rows
    outcome: NDArray[np.int8]
    columns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    unknown: tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    trusted: Flags | None = None

    def trusted_in(self, reading: Reading) -> Flags:
        """Return where a reading gives no reason against its value."""
        if self.trusted is None or self.unknown != reading.unknown:
            self.trusted = np.array([not reading.unknown[at] for at in self.take], dtype=np.bool_)
        return self.trusted

    def reads(self, reading: Reading) -> bool:
        """Say whether a reading has the very columns this layout was last used for."""
        scopes, periods = self.columns
        return scopes is reading.scopes and periods is reading.periods

    def overlaps(self, other: _Layout) -> bool:
        """Say whether two layouts share a row."""
        return bool(np.isin(self.rows, other.rows).any())


class Instances:
    """Every instance of one limit.

    Args:
        limit: the limit.
        policy: label of the policy it is written in.
    """

    value: Floats
    utilisation: Floats
    headroom: Floats
    starts_ns: NDArray[np.int64]
    ends_ns: NDArray[np.int64]
    since_ns: NDArray[np.int64]
    standing: NDArray[np.int8]
    overlay: NDArray[np.int8]
    unsettled: Flags

    def __init__(self, limit: Limit, policy: str) -> None:
        self.scopes: list[str] = []
        self.periods: list[str] = []
        self.reasons: list[str] = []
        self.inputs: list[str] = []
        self.moved: dict[str, Floats] = {}
        for name, (kind, _) in _COLUMNS.items():
            setattr(self, name, np.empty(0, dtype=kind))
        self.adopt(limit, policy)

    def __len__(self) -> int:
        return len(self.scopes)

    def adopt(self, limit: Limit, policy: str) -> None:
        """Put the numbers of a policy in force; states follow at the next reading."""
        self.limit, self.policy, self.rule = limit, policy, RULES[limit.rule]
        self.edge = limit.edge
        self._place_edges()

    def show(self, row: int, case: str, build: Callable[[Instance, str], LimitRow]) -> LimitRow:
        """Return a row for the screen, built anew when it moved or its case is another."""
        shown = self._views[row]
        if shown is None or not self._shown[row] or shown.case != case:
            self._views[row] = shown = build(self.instance(row), case)
            self._shown[row] = True
        return shown

    def read(self, reading: Reading, *, kind: str, at_ns: int) -> list[int]:
        """Take a reading in and return the rows whose state changed.

        Args:
            reading: of the rule's figure.
            kind: of its cause, for the attribution.
            at_ns: when; instances whose period has ended by then are ignored.

        Raises:
            StateError: its unit is not the rule's.
        """
        layout = self._layout(reading, at_ns)
        # What cannot be trusted is unknown, even where it claims that nothing applies.
        trusted = layout.trusted_in(reading)
        self._note_texts(layout, reading)
        seen = settle(
            layout.rows,
            layout.take,
            reading.values,
            trusted,
            reading.applicable,
            self._edge_number,
            self._bounds,
            self.low,
            self.high,
            self.value,
            self.utilisation,
            self.headroom,
            self.standing,
            self.overlay,
            self.unsettled,
            self._shown,
            self._share_of(kind),
            layout.outcome,
        )
        return self._changed_rows(layout, at_ns) if seen else []

    def _share_of(self, kind: str) -> Floats:
        share = self.moved.get(kind)
        if share is None:
            share = self.moved[kind] = np.zeros(len(self))
        return share

    def _changed_rows(self, layout: _Layout, at_ns: int) -> list[int]:
        """Follow what became of the rows; return those whose state may have changed."""
        outcome = layout.outcome
        for row in layout.rows[(outcome & KEPT) != 0]:
            for share in self.moved.values():  # a limit that is ok starts anew
                share[row] = 0.0
        self.since_ns[layout.rows[(outcome & MOVED) != 0]] = at_ns
        changed: list[int] = layout.rows[(outcome & CHANGED) != 0].tolist()
        return changed

    def instance(self, row: int) -> Instance:
        """Return one row as plain values."""
        return Instance(
            scope=self.scopes[row],
            period=self.periods[row],
            start_ns=int(self.starts_ns[row]),
            state=self.state_of(row),
            standing=self.standing_of(row),
            reason=self.reasons[row],
            value=float(self.value[row]),
            low=float(self.low[row]),
            high=float(self.high[row]),
            utilisation=float(self.utilisation[row]),
            headroom=float(self.headroom[row]),
            since_ns=int(self.since_ns[row]),
        )

    def state_of(self, row: int) -> str:
        """Return ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``."""
        if self.overlay[row] == KNOWN:
            return STANDINGS[self.standing[row]]
        return "not_applicable" if self.overlay[row] == NOT_APPLICABLE else "unknown"

    def standing_of(self, row: int) -> str:
        """Return ``ok``, ``warn`` or ``breach``, under an unknown as well."""
        return STANDINGS[self.standing[row]]

    def unsettle_unknown(self) -> None:
        """Look again, at the next reading, at the rows whose value is not known."""
        self.unsettled |= self.overlay == UNKNOWN

    def attribution(self, row: int) -> list[tuple[str, float]]:
        """Return what moved the value since the limit was last ok, largest first."""
        shares = [(kind, float(moved[row])) for kind, moved in self.moved.items() if moved[row]]
        return sorted(shares, key=lambda share: (-abs(share[1]), share[0]))

    def unknown_rows(self) -> Iterator[int]:
        """Yield the rows whose value is not known."""
        return (int(row) for row in np.flatnonzero(self.overlay == UNKNOWN))

    def feeds_of(self, row: int) -> list[str]:
        """Return the feeds a row stands on."""
        return [feed for feed in self.inputs[row].split(FEED_SEPARATOR) if feed]

    def row_of(self, scope: str, period: str) -> int | None:
        """Return the row of an identity, if it is held."""
        pairs = zip(self.scopes, self.periods, strict=True)
        return next((row for row, pair in enumerate(pairs) if pair == (scope, period)), None)

    def ended_rows(self, at_ns: int) -> list[int]:
        """Return the rows whose period has ended."""
        return [int(row) for row in np.flatnonzero((self.ends_ns > 0) & (self.ends_ns <= at_ns))]

    def unbound_rows(self) -> list[int]:
        """Return the rows whose scope the limit no longer binds."""
        return [row for row, scope in enumerate(self.scopes) if not self.limit.binds(scope)]

    def next_end_ns(self) -> int:
        """Return when the next period ends, 0 for never."""
        ends = self.ends_ns[self.ends_ns > 0]
        return int(ends.min()) if len(ends) else 0

    def drop(self, rows: list[int]) -> None:
        """Forget rows."""
        kept = np.delete(np.arange(len(self)), rows)
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name)[kept])
        self.moved = {kind: moved[kept] for kind, moved in self.moved.items()}
        for name in ("scopes", "periods", "reasons", "inputs"):
            column = getattr(self, name)
            setattr(self, name, [column[row] for row in kept])
        self._place_edges()

    def snapshot(self) -> dict[str, Any]:
        """Return all rows as plain values and arrays of their own."""
        saved = {name: getattr(self, name).copy() for name in _COLUMNS}
        texts = {name: list(getattr(self, name)) for name in ("scopes", "periods")}
        notes = {name: list(getattr(self, name)) for name in ("reasons", "inputs")}
        moved = {kind: moved.copy() for kind, moved in sorted(self.moved.items()) if moved.any()}
        return {**saved, **texts, **notes, "moved": moved}

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what :meth:`snapshot` returned."""
        for name in _COLUMNS:
            setattr(self, name, saved[name].copy())
        for name in ("scopes", "periods", "reasons", "inputs"):
            setattr(self, name, list(saved[name]))
        self.moved = {kind: moved.copy() for kind, moved in saved["moved"].items()}
        self._place_edges()

    def _place_edges(self) -> None:
        """Lay the limit's numbers beside the rows."""
        edges = [self.limit.edges_of(scope) for scope in self.scopes]
        self.low = _column(edges, _low_of)
        self.high = _column(edges, lambda edge: edge.ceiling)
        self.pinned = (self.low == self.high) & (self.edge is Edge.BAND)
        self._layouts: dict[tuple[tuple[str, ...], tuple[str, ...]], _Layout] = {}
        self._same_columns: dict[int, _Layout] = {}
        limit, rule = self.limit, self.rule
        self._bounds = (rule.least, rule.most, limit.warn_at, limit.clear_at)
        self._edge_number = self.edge.number
        self._views: list[LimitRow | None] = [None] * len(self)
        self._shown = np.zeros(len(self), dtype=np.bool_)

    def _layout(self, reading: Reading, at_ns: int) -> _Layout:
        same = self._same_columns.get(id(reading.scopes))
        if same is not None and same.reads(reading):
            return same
        layout = self._layouts.get((reading.scopes, reading.periods))
        if layout is None:
            layout = self._lay(reading, at_ns)
        layout.columns = (reading.scopes, reading.periods)
        self._same_columns[id(reading.scopes)] = layout
        return layout

    def _lay(self, reading: Reading, at_ns: int) -> _Layout:
        if reading.unit != self.rule.unit:
            reason = (
                f"{reading.figure} is read in {reading.unit}, {self.limit.id} in {self.rule.unit}"
            )
            raise StateError(reason)
        take = self._bound(reading, at_ns)
        rows = self._rows(reading, take)
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
            self._same_columns.clear()
        outcome = np.zeros(len(rows), dtype=np.int8)
        layout = _Layout(np.array(take, np.intp), np.array(rows, np.intp), outcome)
        self._layouts[reading.scopes, reading.periods] = layout
        return layout

    def _bound(self, reading: Reading, at_ns: int) -> list[int]:
        ends = enumerate(zip(reading.scopes, reading.period_ends_ns, strict=True))
        return [at for at, (scope, end) in ends if self.limit.binds(scope) and not 0 < end <= at_ns]

    def _rows(self, reading: Reading, take: list[int]) -> list[int]:
        pairs = zip(self.scopes, self.periods, strict=True)
        row_of = {pair: row for row, pair in enumerate(pairs)}
        new = [at for at in take if (reading.scopes[at], reading.periods[at]) not in row_of]
        for row, at in enumerate(new, len(self)):
            row_of[reading.scopes[at], reading.periods[at]] = row
        self._append(reading, new)
        return [row_of[reading.scopes[at], reading.periods[at]] for at in take]

    def _append(self, reading: Reading, new: list[int]) -> None:
        if not new:
            return
        for name, (kind, first) in _COLUMNS.items():
            fresh: NDArray[Any] = np.full(len(new), first, dtype=kind)
            setattr(self, name, np.concatenate((getattr(self, name), fresh)))
        self.moved = {
            kind: np.concatenate((moved, np.zeros(len(new)))) for kind, moved in self.moved.items()
        }
        for at in new:
            self.starts_ns[len(self)] = reading.period_starts_ns[at]
            self.ends_ns[len(self)] = reading.period_ends_ns[at]
            self.scopes.append(reading.scopes[at])
            self.periods.append(reading.periods[at])
            self.reasons.append("")
            self.inputs.append("")
        self._place_edges()

    def _note_texts(self, layout: _Layout, reading: Reading) -> None:
        """Keep reasons and feeds of the rows; equal texts of the same rows cost a comparison."""
        if layout.unknown == reading.unknown and layout.inputs == reading.inputs:
            return
        for other in self._layouts.values():
            if other is not layout and other.overlaps(layout):
                other.inputs = None
        layout.unknown, layout.inputs = reading.unknown, reading.inputs
        for at, row in zip(layout.take.tolist(), layout.rows.tolist(), strict=True):
            self._shown[row] = False
            self.reasons[row] = reading.unknown[at]
            self.inputs[row] = reading.inputs[at]


def _low_of(edges: Edges) -> float | None:
    return edges.floor if edges.loss is None else -edges.loss


def _column(edges: list[Edges], number: Callable[[Edges], float | None]) -> Floats:
    numbers = (number(edge) for edge in edges)
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
