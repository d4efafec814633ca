"""The instances of one limit: a row a (scope, period), columns of what is known about it.

Values enter through the :class:`~state.limits.board.Board`, in which the columns of all limits
lie side by side; Python visits only rows whose state changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.arrays import Codes, Flags, Floats, Matrix, Numbers
from state.errors import StateError
from state.limits import RULES
from state.limits.reading import FEED_SEPARATOR, Reading
from state.limits.settling import CODES, KNOWN, NOT_APPLICABLE, NUMBERS, UNKNOWN, UNREAD
from state.limits.standing import OK, STANDINGS
from state.policy.schema import Edges, Limit
from state.screens.limits_seen import LimitRow

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


class Instances:
    """Every instance of one limit.

    Args:
        limit: the limit.
        policy: label of the policy it is written in.

    Attributes:
        edition: another number whenever there are new rows, or rows end at another time.
    """

    value: Floats
    utilisation: Floats
    headroom: Floats
    starts_ns: Numbers
    ends_ns: Numbers
    since_ns: Numbers
    standing: Codes
    overlay: Codes
    unsettled: Flags
    shown: Flags
    low: Floats
    high: Floats

    def __init__(self, limit: Limit, policy: str) -> None:
        self.scopes: list[str] = []
        self.periods: list[str] = []
        self.reasons: list[str] = []
        self.inputs: list[str] = []
        self.moved: dict[str, Floats] = {}
        self.edition = 0
        for name, (kind, _) in _COLUMNS.items():
            setattr(self, name, np.empty(0, dtype=kind))
        self.adopt(limit, policy)

    def __len__(self) -> int:
        return len(self.scopes)

    @property
    def laid(self) -> object:
        """Stands for the rows as they are laid out: another object whenever they are others."""
        return self._row_of

    def adopt(self, limit: Limit, policy: str) -> None:
        """Put the numbers of a policy in force; states follow at the next reading."""
        self.limit, self.policy, self.rule = limit, policy, RULES[limit.rule]
        self.edge = limit.edge
        self._place_edges()

    def show(self, row: int, case: str, build: Callable[[Instance, str], LimitRow]) -> LimitRow:
        """Return a row for the screen, built anew when it moved or its case is another."""
        shown = self._views[row]
        if shown is None or not self.shown[row] or shown.case != case:
            self._views[row] = shown = build(self.instance(row), case)
            self.shown[row] = True
        return shown

    def rows_of(self, reading: Reading, at_ns: int) -> tuple[list[int], list[int]]:
        """Find the rows a reading is taken into, and keep its texts there.

        Args:
            reading: of the rule's figure.
            at_ns: when; instances whose period has ended by then are ignored.

        Returns:
            Rows, new ones among them, and the place of each in the reading.

        Raises:
            StateError: its unit is not the rule's.
        """
        if reading.unit != self.rule.unit:
            reason = (
                f"{reading.figure} is read in {reading.unit}, {self.limit.id} in {self.rule.unit}"
            )
            raise StateError(reason)
        pairs = list(zip(reading.scopes, reading.periods, strict=True))
        new = [at for at, pair in enumerate(pairs) if pair not in self._row_of]
        self._append(reading, [at for at in new if self._binds(reading, at, at_ns)])
        found = [(self._row_of[pair], at) for at, pair in enumerate(pairs) if pair in self._row_of]
        rows, places = [row for row, _ in found], [at for _, at in found]
        self.note_texts(reading, rows, places)
        if self.rule.by_event:
            self._move_ends(reading, rows, places)
        return rows, places

    def _move_ends(self, reading: Reading, rows: list[int], places: list[int]) -> None:
        """Let rows end when it is said now: what came later may hold longer, or less long."""
        ends = np.array([reading.period_ends_ns[at] for at in places], dtype=np.int64)
        if (self.ends_ns[rows] != ends).any():
            self.ends_ns[rows] = ends
            self.edition += 1

    def _binds(self, reading: Reading, at: int, at_ns: int) -> bool:
        ended = 0 < reading.period_ends_ns[at] <= at_ns
        return not ended and self.limit.binds(reading.scopes[at])

    def note_texts(self, reading: Reading, rows: list[int], places: list[int]) -> None:
        """Keep why rows are unknown, and the feeds they stand on.

        Args:
            reading: that says so.
            rows: of the limit.
            places: of each in the reading.
        """
        for row, at in zip(rows, places, strict=True):
            reason, inputs = reading.unknown[at], reading.inputs[at]
            if self.reasons[row] != reason or self.inputs[row] != inputs:
                self.reasons[row], self.inputs[row] = reason, inputs
                self.shown[row] = False

    def live_in(self, numbers: Matrix, codes: Codes) -> None:
        """Keep what a reading changes in columns of other arrays from now on.

        Args:
            numbers: shape (``NUMBERS``, rows).
            codes: shape (``CODES``, rows).
        """
        for name, room in zip(NUMBERS, numbers, strict=True):
            room[:] = getattr(self, name)
            setattr(self, name, room)
        for name, room in zip(CODES, codes, strict=True):
            room[:] = column = getattr(self, name)
            setattr(self, name, room.view(column.dtype))

    def share_in(self, kind: str, room: Floats) -> None:
        """Keep what a kind of cause moved each row by in another array from now on."""
        if kind in self.moved:
            room[:] = self.moved[kind]
        self.moved[kind] = room

    def start_anew(self, row: int) -> None:
        """Forget what moved a row: its limit is ok."""
        for share in self.moved.values():
            share[row] = 0.0

    def instance(self, row: int) -> Instance:
        """Return one row as plain values."""
        return Instance(
            scope=self.scopes[row],
            period=self.periods[row],
            start_ns=self.starts_ns.item(row),
            state=self.state_of(row),
            standing=self.standing_of(row),
            reason=self.reasons[row],
            value=self.value.item(row),
            low=self.low.item(row),
            high=self.high.item(row),
            utilisation=self.utilisation.item(row),
            headroom=self.headroom.item(row),
            since_ns=self.since_ns.item(row),
        )

    def state_of(self, row: int) -> str:
        """Return ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``."""
        overlay = self.overlay.item(row)
        if overlay == KNOWN:
            return STANDINGS[self.standing.item(row)]
        return "not_applicable" if overlay == NOT_APPLICABLE else "unknown"

    def standing_of(self, row: int) -> str:
        """Return ``ok``, ``warn`` or ``breach``, under an unknown as well."""
        return STANDINGS[self.standing.item(row)]

    def unsettle_unknown(self) -> None:
        """Look again, at the next reading, at the rows whose value is not known."""
        self.unsettled |= self.overlay == UNKNOWN

    def attribution(self, row: int) -> list[tuple[str, float]]:
        """Return what moved the value since the limit was last ok, largest first."""
        shares = []
        for kind, moved in self.moved.items():
            share = moved.item(row)
            if share:
                shares.append((kind, share))
        return sorted(shares, key=_size) if len(shares) > 1 else shares

    def unknown_rows(self) -> Iterator[int]:
        """Yield the rows whose value is not known."""
        return (int(row) for row in np.flatnonzero(self.overlay == UNKNOWN))

    def feeds_of(self, row: int) -> list[str]:
        """Return the feeds a row stands on."""
        return [feed for feed in self.inputs[row].split(FEED_SEPARATOR) if feed]

    def row_of(self, scope: str, period: str) -> int | None:
        """Return the row of an identity, if it is held."""
        return self._row_of.get((scope, period))

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
        """Lay the limit's numbers beside the rows; every row is measured anew."""
        edges = [self.limit.edges_of(scope) for scope in self.scopes]
        self.low = _column(edges, lambda edge: edge.low)
        self.high = _column(edges, lambda edge: edge.ceiling)
        limit, rule, rows = self.limit, self.rule, len(self)
        self.least, self.most = np.full(rows, rule.least), np.full(rows, rule.most)
        self.warn_at, self.clear_at = np.full(rows, limit.warn_at), np.full(rows, limit.clear_at)
        self.edges = np.full(rows, self.edge.number, dtype=np.int8)
        self.anew, self.shown = np.ones(rows, dtype=np.bool_), np.zeros(rows, dtype=np.bool_)
        self._views: list[LimitRow | None] = [None] * rows
        pairs = zip(self.scopes, self.periods, strict=True)
        self._row_of = {pair: row for row, pair in enumerate(pairs)}

    def _append(self, reading: Reading, new: list[int]) -> None:
        if not new:
            return
        self.edition += 1
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


def _size(share: tuple[str, float]) -> tuple[float, str]:
    return -abs(share[1]), share[0]


def _column(edges: list[Edges], number: Callable[[Edges], float | None]) -> Floats:
    numbers = (number(edge) for edge in edges)
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
