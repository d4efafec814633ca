"""The trades of W2: what is held at midnight, and what is made through the day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.workload import HOURS, Size, TradeColumns, draw_lengths, draw_quantities, rows
from state.arrays import Floats, Numbers
from state.messages import Block, SettlesAt, Trade, TradeAction
from state.moments import HOUR_NS

FORWARD_EVERY = 200
"""One trade in so many is a forward: an on-peak month at the curve."""

TRADERS = tuple(f"trader-{number}" for number in range(4))

_SETTLES = (SettlesAt.DA, SettlesAt.FMM, SettlesAt.RTD)
_TODAY_SHARE = 0.6
_HELD_SHARES = (0.3, 0.2, 0.5)
_BEFORE_DAY_AHEAD = (0.3, 0.3, 0.4)
_AFTER_DAY_AHEAD = (0.0, 0.4, 0.6)
_FORWARD_FIRST_DAY = 54  # 2026-11-01, counted from 2026-09-08: a whole month behind the grid
_FORWARD_HOURS = 30 * HOURS + 1  # the month in which the clocks go back


class _Drawn(NamedTuple):
    """Trades by column, and the run each settles at."""

    columns: TradeColumns
    settles: Numbers


class DayTrades:
    """Draws the trades.

    Args:
        size: of the workload.
        market, books, nodes, counterparties: what they name.
        midnight_ns: the beginning of the day.
        day_ahead_step: from which tomorrow's day-ahead price is known, so that nobody trades it.
    """

    def __init__(
        self,
        size: Size,
        *,
        market: str,
        books: tuple[str, ...],
        nodes: tuple[str, ...],
        counterparties: tuple[str, ...],
        midnight_ns: int,
        day_ahead_step: int,
    ) -> None:
        self._size = size
        self._market = market
        self._books = books
        self._nodes = nodes
        self._counterparties = counterparties
        self._midnight_ns = midnight_ns
        self._day_ahead_step = day_ahead_step

    def held(self, at_ns: int) -> Iterator[Trade]:
        """Yield what is held: today's and tomorrow's deliveries, at every settlement."""
        chance = np.random.default_rng((self._size.seed, 10))
        count = self._size.trades
        hours = draw_lengths(chance, count)
        first = (chance.random(count) * (HOURS - hours + 1)).astype(np.int64)
        first += np.where(chance.random(count) < _TODAY_SHARE, 0, HOURS)
        settles = chance.choice(3, count, p=_HELD_SHARES)
        drawn = self._drawn(chance, hours, first, settles)
        return self._messages(drawn, "H", 0, at_ns)

    def made(self, step: int, at_ns: int) -> Iterator[Trade]:
        """Yield what is traded in the five minutes of a step: hours still to come."""
        chance = np.random.default_rng((self._size.seed, 11, step))
        count = self._size.trades_between
        hours = draw_lengths(chance, count)
        next_hour = step // 12 + 1
        today = (chance.random(count) < _TODAY_SHARE) & (hours <= HOURS - next_hour)
        room = np.where(today, HOURS - next_hour, HOURS) - hours + 1
        first = np.where(today, next_hour, HOURS) + (chance.random(count) * room).astype(np.int64)
        early = step < self._day_ahead_step
        shares = _BEFORE_DAY_AHEAD if early else _AFTER_DAY_AHEAD
        settles = chance.choice(3, count, p=shares)
        settles[today & (settles == 0)] = 2
        drawn = self._drawn(chance, hours, first, settles)
        return self._messages(drawn, "T", step * count, at_ns)

    def _drawn(
        self, chance: np.random.Generator, hours: Numbers, first: Numbers, settles: Numbers
    ) -> _Drawn:
        count = len(hours)
        price: Floats = np.round(chance.normal(40.0, 8.0, count), 2)
        columns = TradeColumns(
            book=chance.integers(0, len(self._books), count),
            node=chance.integers(0, len(self._nodes), count),
            first_hour=first,
            hours=hours,
            quantity_mw=draw_quantities(chance, count),
            price=price,
        )
        return _Drawn(columns, settles)

    def _messages(
        self, drawn: _Drawn, prefix: str, first_number: int, at_ns: int
    ) -> Iterator[Trade]:
        own = drawn.columns
        columns = (own.book, own.node, own.first_hour, own.hours, drawn.settles)
        made = rows(*columns, own.quantity_mw, own.price)
        for number, row in enumerate(made, start=first_number):
            book, node, hour, hours, settles, quantity_mw, price = row
            forward = number % FORWARD_EVERY == FORWARD_EVERY - 1
            if forward:
                hour, hours = _FORWARD_FIRST_DAY * HOURS, _FORWARD_HOURS
            start_ns = self._midnight_ns + hour * HOUR_NS
            yield Trade(
                source="benchmark",
                trade=f"{prefix}{number:07d}",
                version=1,
                action=TradeAction.NEW,
                product="energy",
                market=self._market,
                book=self._books[book],
                counterparty=self._counterparties[number % len(self._counterparties)],
                location=self._nodes[node],
                delivery_start_ns=start_ns,
                delivery_end_ns=start_ns + hours * HOUR_NS,
                quantity_mw=quantity_mw,
                price_usd_per_mwh=price,
                settles_at=SettlesAt.CURVE if forward else _SETTLES[settles],
                block=Block.ON_PEAK if forward else Block.FLAT,
                trader=TRADERS[book % len(TRADERS)],
                executed_at_ns=at_ns,
                received_at_ns=at_ns,
            )
