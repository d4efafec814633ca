"""Every row of every limit, side by side, and which instance of a sheet goes into which row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from state.arrays import Codes, Floats, Places
from state.limits.instances import Instances
from state.limits.settling import CHANGED, CODES, KEPT, MOVED, NUMBERS, settle
from state.limits.sheet import Sheet

Taken = tuple[Instances, list[int], list[int]]
"""A limit, its rows, and the place of each in a reading."""

Of = int | slice | None
"""Some instances of a sheet: those at one place of every reading, those of some readings, all."""


class Board:
    """Holds the rows of all limits; it is made anew when a limit gains or loses any.

    Args:
        tables: the limits; their columns are parts of the board's from now on.

    Attributes:
        numbers: ``NUMBERS`` by row.
        codes: ``CODES`` by row.
        shares: what each kind of cause has moved each row by, of the kinds there were.
    """

    def __init__(self, tables: Sequence[Instances]) -> None:
        self._tables = list(tables)
        self._firsts: list[int] = np.cumsum([0, *map(len, tables)]).tolist()
        rows = self._firsts[-1]
        self.numbers = np.zeros((len(NUMBERS), rows))
        self.codes = np.zeros((len(CODES), rows), dtype=np.int8)
        self.shares: dict[str, Floats] = {}
        for table, part in self._parts():
            table.live_in(self.numbers[:, part], self.codes[:, part])

    def _parts(self) -> Iterator[tuple[Instances, slice]]:
        for number, table in enumerate(self._tables):
            yield table, slice(self._firsts[number], self._firsts[number + 1])

    def lay(self, sheet: Sheet, taken: Sequence[Sequence[Taken]]) -> Plan:
        """Lay out where a sheet goes.

        Args:
            sheet: the sheet.
            taken: for each of its readings, what limits take of it.
        """
        first = {id(table): at for table, at in zip(self._tables, self._firsts, strict=False)}
        owners, where = [], []
        for parts, begin in zip(taken, sheet.firsts, strict=False):
            for table, rows, places in parts:
                owners += [(table, row) for row in rows]
                where += [
                    (first[id(table)] + row, begin + place)
                    for row, place in zip(rows, places, strict=True)
                ]
        columns = np.array(where, dtype=np.int64).reshape(-1, 2).T.copy()
        return Plan(self, sheet, taken, owners, columns, np.zeros(len(owners), dtype=np.int8))

    def share_of(self, kind: str) -> Floats:
        """Lay what a kind of cause has moved the rows by side by side."""
        share = self.shares[kind] = np.zeros(self._firsts[-1])
        for table, part in self._parts():
            table.share_in(kind, share[part])
        return share


@dataclass(frozen=True, eq=False)
class Plan:
    """Which instances of a sheet are which rows.

    Attributes:
        board: the rows.
        sheet: the values.
        taken: for each reading of the sheet, what limits take of it.
        owners: limit and row of each.
        where: row of the board and place in the sheet of each, shape (2, instances).
        outcome: what became of each the last time.
        parts: the plans of some of its instances.
    """

    board: Board
    sheet: Sheet
    taken: Sequence[Sequence[Taken]]
    owners: list[tuple[Instances, int]]
    where: Places
    outcome: Codes
    parts: dict[int | tuple[int, int], Plan] = field(default_factory=dict)

    def part(self, of: int | slice) -> Plan:
        """Return the plan of some of the instances: see :data:`Of`."""
        key = of if isinstance(of, int) else (of.start, of.stop)
        found = self.parts.get(key)
        if found is None:
            if isinstance(of, int):
                order, begins = self.by_place
                own = order[begins[of] : begins[of + 1]]
            else:
                first, last = self.sheet.firsts[of.start], self.sheet.firsts[of.stop]
                own = np.flatnonzero((self.where[1] >= first) & (self.where[1] < last))
            owners = [self.owners[number] for number in own.tolist()]
            where, outcome = self.where.take(own, 1), np.zeros(len(own), dtype=np.int8)
            found = Plan(self.board, self.sheet, self.taken, owners, where, outcome)
            self.parts[key] = found
        return found

    @cached_property
    def by_place(self) -> tuple[Places, Places]:
        """The instances by their place in a reading, and where each place begins among them."""
        firsts = np.array(self.sheet.firsts)
        at = self.where[1] - firsts[np.searchsorted(firsts, self.where[1], side="right") - 1]
        most = max((len(each.values) for each in self.sheet.readings), default=0)
        order = np.argsort(at, kind="stable")
        return order, np.searchsorted(at[order], np.arange(most + 1))

    def fits(self, sheet: Sheet) -> bool:
        """Say whether another sheet has the very instances of this one's."""
        known = [(each.figure, each.scopes, each.periods) for each in self.sheet.readings]
        return known == [(each.figure, each.scopes, each.periods) for each in sheet.readings]

    def on(self, sheet: Sheet) -> Plan:
        """Return the plan of another sheet that fits; its texts are kept by the limits."""
        for before, now, parts in zip(self.sheet.readings, sheet.readings, self.taken, strict=True):
            if (before.unknown, before.inputs) != (now.unknown, now.inputs):
                for table, rows, places in parts:
                    table.note_texts(now, rows, places)
        return replace(self, sheet=sheet, parts={})

    def settle(self, kind: str) -> bool:
        """Take the values into their rows; say whether anything came of it.

        Args:
            kind: of the cause, for the attribution.
        """
        return settle(*self.arrays(kind)) != 0

    def arrays(self, kind: str) -> tuple[Any, ...]:
        """Return what ``settle`` reads and writes for a kind of cause, in its order."""
        sheet, board = self.sheet, self.board
        share = board.shares.get(kind)
        if share is None:
            share = board.share_of(kind)
        lines = sheet.values, sheet.claims, board.numbers, board.codes
        return self.where, *lines, share, self.outcome

    def changed(self, at_ns: int) -> list[tuple[Instances, int]]:
        """Follow what became of the rows; return those whose state may have changed.

        Args:
            at_ns: when.
        """
        touched, owners, changed = self.outcome.nonzero()[0].tolist(), self.owners, []
        for at in touched:
            (table, row), outcome = owners[at], self.outcome.item(at)
            if outcome & KEPT:
                table.start_anew(row)
            if outcome & MOVED:
                table.since_ns[row] = at_ns
            if outcome & CHANGED:
                changed.append(owners[at])
        return changed
