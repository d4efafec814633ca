"""Days that are over: what each was worth at its end in every market, and as restated since.

A market's own midnight ends its day. What is published about a day afterwards changes the value
of that day alone, as long as the market still holds it (14 days); then it stays as it was last
seen at a midnight.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from state.arrays import with_room
from state.market.book import CORRECTION_DAYS
from state.market.unmarked import Lacking, lacking_today, named_of, told
from state.market.valuation import value_usd, with_firm
from state.messages import FloatColumn

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

Key = tuple[str, date]
"""A market, and one of its days."""


class DayEnd(msgspec.Struct):
    """A market's day as it ended, by book, $.

    Attributes:
        pnl_usd: what the day brought.
        value_usd: value and cash of the market at midnight.
        of_day_usd: the part that the day's own intervals are.
        restated_usd: by how much that part had changed at the last midnight.
        lacking: of what it had no mark; of the day's own intervals at the last midnight.
    """

    pnl_usd: FloatColumn
    value_usd: FloatColumn
    of_day_usd: FloatColumn
    restated_usd: FloatColumn
    lacking: Lacking

    def saved(self) -> list[Any]:
        """Return its fields, and what lacks marks where something does."""
        amounts = [self.pnl_usd, self.value_usd, self.of_day_usd, self.restated_usd]
        here, before, after = self.lacking
        lacks = here or before.any() or after.any()
        return [*amounts, [[list(each) for each in here], before, after]] if lacks else amounts

    @classmethod
    def restore(cls, saved: list[Any]) -> DayEnd:
        """Return what :meth:`saved` told of."""
        pnl, value, of_day, restated, *lacking = saved
        here, before, after = lacking[0] if lacking else ([], *np.zeros((2, len(pnl))))
        lacks = Lacking([(name, mwh) for name, mwh in here], before, after)
        return cls(pnl, value, of_day, restated, lacks)


class EndedDays:
    """Notes the end of every market's days."""

    def __init__(self) -> None:
        self._ends: dict[Key, DayEnd] = {}
        self._begun: dict[str, tuple[date, FloatColumn, FloatColumn]] = {}

    def begin(self, desk: Desk) -> None:
        """Take the running days of all markets for those whose end is to be noted."""
        for name, market in desk.markets.items():
            if market.today is not None:
                self._begun[name] = (market.today, market.base_usd, market.base_unmarked_mwh)

    def tick(self, desk: Desk) -> bool:
        """Note the days that ended at this tick; say whether any market's day turned."""
        turned = False
        for name, market in desk.markets.items():
            begun = self._begun.get(name)
            if market.today is None or (begun is not None and begun[0] == market.today):
                continue
            turned = True
            if begun is not None:
                self._end(market, *begun)
            self._begun[name] = (market.today, market.base_usd, market.base_unmarked_mwh)
        if turned:
            self._restate(desk)
        return turned

    def _end(
        self, market: MarketBook, day: date, base_usd: FloatColumn, unmarked_mwh: FloatColumn
    ) -> None:
        grid = market.days.get(day)
        if grid is None or market.today != day + timedelta(days=1):
            return  # a gap in the ticks: what one of several days brought is not known
        books = len(market.books)
        self._ends[market.market.market, day] = DayEnd(
            pnl_usd=market.base_usd - with_room(base_usd, books, axis=0) - market.sighted_usd,
            value_usd=market.base_usd.copy(),
            of_day_usd=grid.value_usd,
            restated_usd=np.zeros(books),
            lacking=Lacking([], with_room(unmarked_mwh, books, axis=0), market.base_unmarked_mwh),
        )

    def _restate(self, desk: Desk) -> None:
        for (name, day), end in self._ends.items():
            market = desk.markets[name]
            end.restated_usd = self._restated(market, day, end)
            end.lacking = self._lacking(market, day, end)

    def forget(self, today: date, kept: set[date]) -> None:
        """Let go of days that nothing restates any more, but for some."""
        first = today - timedelta(days=CORRECTION_DAYS)
        self._ends = {
            key: end for key, end in self._ends.items() if key[1] >= first or key[1] in kept
        }

    def is_over(self, desk: Desk, day: date) -> bool:
        """Say whether a day has ended in every market."""
        return bool(desk.markets) and all((name, day) in self._ends for name in desk.markets)

    def pnl_and_value(self, desk: Desk, day: date) -> tuple[FloatColumn, FloatColumn] | None:
        """Return P&L and value of a day by book, the firm last, as restated by now.

        A market that another runs ahead of has brought nothing of the day yet.

        Returns:
            None of a day that neither runs nor was seen to end.
        """
        begun, (pnl, value) = False, np.zeros((2, len(desk.books)))
        value += np.array([desk.opening_usd.get(book, 0.0) for book in desk.books])
        for name, market in desk.markets.items():
            end = self._ends.get((name, day))
            if market.today is not None and market.today < day:
                value = value + value_usd(market)
                continue
            begun = True
            if market.today == day:
                worth = value_usd(market)
                pnl, value = pnl + (worth - market.base_usd), value + worth
            elif end is not None:
                restated = self._restated(market, day, end)
                pnl = pnl + with_room(end.pnl_usd, len(pnl), axis=0) + restated
                value = value + with_room(end.value_usd, len(pnl), axis=0) + restated
            else:
                return None
        return (with_firm(pnl), with_firm(value)) if begun else None

    @staticmethod
    def _restated(market: MarketBook, day: date, end: DayEnd) -> FloatColumn:
        grid, books = market.days.get(day), len(market.books)
        if grid is None:
            return with_room(end.restated_usd, books, axis=0)
        return grid.value_usd - with_room(end.of_day_usd, books, axis=0)

    def untold(self, desk: Desk, day: date) -> tuple[str, ...]:
        """Say why P&L of a day is not known, by book, the firm last; nothing if it is of all."""
        lacking = [
            lacking_today(market)
            if market.today == day
            else self._lacking(market, day, self._ends[name, day])
            for name, market in desk.markets.items()
            if market.today == day or (name, day) in self._ends
        ]
        words = told(lacking, len(desk.books))
        return words if any(words) else ()

    @staticmethod
    def _lacking(market: MarketBook, day: date, end: DayEnd) -> Lacking:
        grid = market.days.get(day)
        if grid is None:
            return end.lacking
        return end.lacking._replace(here=list(named_of(market, day, grid)))

    def saved(self) -> list[Any]:
        """Return what :meth:`restore` needs."""
        return [[name, day.isoformat(), *end.saved()] for (name, day), end in self._ends.items()]

    def restore(self, desk: Desk, saved: list[Any]) -> None:
        """Take over what :meth:`saved` returned; running days begin as their markets do."""
        self._ends = {
            (name, date.fromisoformat(day)): DayEnd.restore(fields) for name, day, *fields in saved
        }
        self.begin(desk)
