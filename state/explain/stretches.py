"""Stretches of the log: what moved between two of its positions, by driver.

Amounts are whole multiples of 2^-24 (of a $ or MWh), so that their sums are exact up to 5·10^8
in whatever order they are taken: two stretches that follow one another add up to what one over
both would hold, and drivers add up to the change, to the last bit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np

from state.alerts.causes import describe
from state.arrays import Matrix, Numbers, with_room
from state.explain.drivers import Driver
from state.explain.loops import UNIT, add_rows
from state.explain.views import MOST_NAMED, MoveRow, largest_of
from state.messages import AnyMessage, FloatColumn

K = TypeVar("K", bound=tuple[str, ...])


class Split(NamedTuple):
    """Where a price moved value.

    Attributes:
        hub: empty where the location has none.
        block: ``on_peak`` or ``off_peak``.
    """

    market: str
    run: str
    hub: str
    block: str


class Layout(NamedTuple):
    """What the columns of a stretch are: $ by market and book, VaR by book and firm, open MWh."""

    markets: int
    books: int

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.values + self.books + 2

    @property
    def values(self) -> int:
        """How many of them, the first ones, are $ of a market's books."""
        return self.markets * self.books

    def of_market(self, number: int) -> slice:
        """Return the columns of a market's books."""
        return slice(number * self.books, (number + 1) * self.books)

    def by_book(self, amounts: Matrix) -> Matrix:
        """Sum $ over markets, last axis books."""
        parts = amounts[..., : self.values]
        shape = (*amounts.shape[:-1], self.markets, self.books)
        return np.asarray(np.add.reduce(parts.reshape(shape), axis=-2))

    def firm(self, amounts: Matrix) -> Matrix:
        """Return the firm's $, open MWh and VaR, last axis these three."""
        usd = np.add.reduce(amounts[..., : self.values], axis=-1)
        return np.stack((usd, amounts[..., -1], amounts[..., -2]), axis=-1)

    def widened(self, amounts: Matrix, wider: Layout) -> Matrix:
        """Return rows of this layout in one with more books or markets."""
        lead = amounts.shape[:-1]
        out = np.zeros((*lead, wider.width))
        values = np.zeros((*lead, wider.markets, wider.books))
        own = amounts[..., : self.values].reshape((*lead, self.markets, self.books))
        values[..., : self.markets, : self.books] = own
        out[..., : wider.values] = values.reshape((*lead, wider.values))
        out[..., wider.values : wider.values + self.books] = amounts[..., self.values : -2]
        out[..., -2:] = amounts[..., -2:]
        return out


def rounded(amounts: FloatColumn) -> FloatColumn:
    """Round to whole multiples of 2^-24, in place.

    >>> float(rounded(np.array([0.1]))[0]) * 2**24
    1677722.0
    """
    np.multiply(amounts, UNIT, out=amounts)
    np.rint(amounts, out=amounts)
    return np.multiply(amounts, 1.0 / UNIT, out=amounts)


class Flows(Generic[K]):
    """Amounts by key: one row a key, in order of appearance."""

    def __init__(self, width: int) -> None:
        self.rows: dict[K, int] = {}
        self.amounts = np.zeros((0, width))

    def row(self, key: K) -> int:
        """Return a key's row, a new one of zeros if it has none yet."""
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = row = len(self.rows)
            fresh = np.zeros((1, self.amounts.shape[1]))
            self.amounts = np.concatenate((self.amounts, fresh))
        return row

    def add_all(self, keys: Sequence[K], amounts: Matrix, chosen: Numbers) -> None:
        """Add a row of amounts to each key's row, those chosen; no key comes twice."""
        known = len(self.rows)
        rows = [self.rows.setdefault(key, len(self.rows)) for key in keys]
        if len(self.rows) > known:
            fresh = np.zeros((len(self.rows) - known, self.amounts.shape[1]))
            self.amounts = np.concatenate((self.amounts, fresh))
        add_rows(self.amounts, np.array(rows, dtype=np.int64), amounts, chosen)

    def add(self, key: K, amounts: FloatColumn) -> None:
        """Add to a key's row."""
        row = self.row(key)
        self.amounts[row] += amounts

    def merge(self, other: Flows[K]) -> None:
        """Add all of another's rows."""
        self.add_all(list(other.rows), other.amounts, np.arange(len(other.rows)))

    def copy(self) -> Flows[K]:
        """Return one of its own."""
        made: Flows[K] = Flows(self.amounts.shape[1])
        made.rows, made.amounts = dict(self.rows), self.amounts.copy()
        return made

    def snapshot(self) -> list[Any]:
        """Return what :meth:`restore` needs."""
        return [[list(key) for key in self.rows], self.amounts]

    def restore(self, saved: list[Any], kind: type[K]) -> None:
        """Take over a snapshot."""
        self.rows = {_key(kind, words): row for row, words in enumerate(saved[0])}
        self.amounts = saved[1]


def _key(kind: type[K], words: list[str]) -> K:
    make: Any = kind
    made: K = make(*words)
    return made


@dataclass
class Stretch:
    """What moved from one log position to the next that is kept.

    Attributes:
        number: counts stretches; position and time may repeat, this does not.
        position: the log position after which it begins.
        at_ns: the clock there.
        kept: whether it begins at a midnight, and is never joined to the one before.
        start: the figures there, in the layout's columns.
        flows: by driver, in the same columns.
        splits: what prices moved, by book.
        named: the biggest single messages, biggest first.
        untold: messages among them whose text nobody has asked for, by position, with the time
            zone it is told in; not saved.
        summary: the firm's figures by driver once the stretch is over; not saved.
    """

    number: int
    position: int
    at_ns: int
    kept: bool
    start: FloatColumn
    flows: Flows[Driver]
    splits: Flows[Split]
    named: list[MoveRow] = field(default_factory=list)
    untold: dict[int, tuple[AnyMessage, str]] = field(default_factory=dict)
    summary: tuple[list[str], Matrix] | None = None

    @classmethod
    def begin(cls, layout: Layout, start: FloatColumn, **where: Any) -> Stretch:
        """Begin an empty one."""
        return cls(start=start, flows=Flows(layout.width), splits=Flows(layout.books), **where)

    def join(self, later: Stretch) -> None:
        """Take in the stretch that follows."""
        self.flows.merge(later.flows)
        self.splits.merge(later.splits)
        self.summary = None
        self.named = largest_of([*self.largest, *later.largest], MOST_NAMED)

    @property
    def largest(self) -> list[MoveRow]:
        """The biggest single messages, biggest first, each with its text."""
        for move in self.named if self.untold else ():
            message, time_zone = self.untold.get(move.position, (None, ""))
            if message is not None:
                move.key, move.text = message.key, describe(message, time_zone)
        self.untold.clear()
        return self.named

    def name_move(self, move: MoveRow, message: AnyMessage | None, time_zone: str) -> None:
        """Keep a message if it is among the biggest.

        Args:
            move: what it moved, later than every other.
            message: None if the move has its text already.
            time_zone: that the text is told in.
        """
        if message is not None:
            self.untold[move.position] = (message, time_zone)
        self.named.insert(bisect_right(self.named, _rank(move), key=_rank), move)
        for small in self.named[MOST_NAMED:]:
            self.untold.pop(small.position, None)
        del self.named[MOST_NAMED:]

    def admits(self, usd: float, open_mwh: float) -> bool:
        """Say whether a message that moved so many $ and MWh is among the biggest."""
        named = self.named
        if len(named) < MOST_NAMED:
            return usd != 0.0 or open_mwh != 0.0
        least, usd = abs(named[-1].usd), abs(usd)
        return usd > least or (usd == least and abs(open_mwh) > abs(named[-1].open_mwh))

    def firm(self, layout: Layout) -> tuple[list[str], Matrix]:
        """Return drivers and the firm's $, open MWh and VaR of a stretch that is over."""
        if self.summary is None:
            names = [str(driver) for driver in self.flows.rows]
            self.summary = names, layout.firm(self.flows.amounts)
        return self.summary

    def widen(self, layout: Layout, wider: Layout) -> None:
        """Make room for more books or markets."""
        self.start = layout.widened(self.start, wider)
        self.flows.amounts = layout.widened(self.flows.amounts, wider)
        amounts = self.splits.amounts
        books = amounts.shape[1] + wider.books - layout.books
        self.splits.amounts = with_room(amounts, books, axis=1)

    def snapshot(self) -> list[Any]:
        """Return what :meth:`restored` needs."""
        largest = [list(msgspec.structs.astuple(move)) for move in self.largest]
        where = [self.number, self.position, self.at_ns, self.kept]
        return [*where, self.start, self.flows.snapshot(), self.splits.snapshot(), largest]

    @classmethod
    def restored(cls, saved: list[Any], layout: Layout) -> Stretch:
        """Return the stretch of a snapshot."""
        number, position, at_ns, kept, start, flows, splits, largest = saved
        made = cls.begin(layout, start, number=number, position=position, at_ns=at_ns, kept=kept)
        made.flows.restore(flows, Driver)
        made.splits.restore(splits, Split)
        made.named = [MoveRow(*fields) for fields in largest]
        return made


def _rank(move: MoveRow) -> tuple[float, float, int]:
    return -abs(move.usd), -abs(move.open_mwh), move.position
