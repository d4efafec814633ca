"""Contracts whose payoff is not linear in one price, as delta legs in the grid of a market.

Contracts of equal terms are one line. Whenever a price, a volume or the clock moves a line, its
deltas are entered as financial MW of its rows, with the cost that makes their value the payoff's:
cost = Σ delta × MW × mark − payoff × MW + what was paid. Open position, P&L and VaR follow from
the legs as they do for every trade; VaR is that of the deltas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.calendar import HOUR_NS, MarketDay
from state.congestion import DayAheadCongestion
from state.dated import dates_of
from state.delivery_day import DeliveryDay
from state.forward import BLOCKS, HORIZON_DAYS
from state.holdings import settlement_run
from state.messages import Block, FloatColumn, PricePublication, ProductTrade, Run
from state.prices import DA
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes, Terms
from state.products.product import contract_mw

if TYPE_CHECKING:
    from state.market_book import MarketBook

Matrix = NDArray[np.float64]

_YEAR_HOURS = 365.0 * 24.0
_YEAR_DAYS = 365.0


@dataclass
class Line:
    """Contracts of equal terms over one day's intervals, or over the days beyond the grid.

    Attributes:
        volume: signed MW by interval (shares of a resource's output), MWh by day beyond.
        paid_usd: what the contracts cost, by interval or day.
        legs: what is entered of it, in the unit of ``volume``, by row.
        cost_usd: the cost entered with it, by row.
    """

    volume: FloatColumn
    paid_usd: FloatColumn
    legs: Matrix
    cost_usd: Matrix

    @property
    def empty(self) -> bool:
        """Whether nothing is left of it, in the grid too."""
        return not any(part.any() for part in (self.volume, self.paid_usd, self.legs))


def new_line(rows: int, length: int) -> Line:
    """Begin a line of which nothing is entered."""
    zeros = np.zeros(length)
    return Line(zeros, zeros.copy(), np.zeros((rows, length)), np.zeros((rows, length)))


@dataclass
class DayLines:
    """The lines of one day, and what their figures stood on; the stamp is not saved."""

    lines: dict[Terms, Line] = field(default_factory=dict)
    stamp: tuple[int, ...] = ()


class Contingent:
    """Keeps the contingent contracts of a market in its days and its forward book.

    Args:
        market: whose.

    Attributes:
        congestion: day-ahead congestion prices.
        days: the lines of each day held.
        forward: the lines beyond, by terms and block.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self.congestion = DayAheadCongestion()
        self.days: dict[date, DayLines] = {}
        self.forward: dict[tuple[Terms, Block], Line] = {}
        self._forward_stamp: tuple[int, ...] = ()
        self._now_ns = 0

    # Contracts -----------------------------------------------------------------------------------

    def terms_of(self, trade: ProductTrade, payoff: Payoff) -> Terms:
        """Return the line a contract belongs to."""
        tables, product = self._market.tables, PRODUCTS[trade.product]
        book = self._market.books.index(trade.book)
        names = [trade.location, trade.second_location][: len(payoff.outright)]
        return Terms(
            product=trade.product,
            run=settlement_run(trade.settles_at),
            rows=tuple(self._market.row(book, tables.locations.index[name]) for name in names),
            resource=tables.resources.index[trade.resource] if product.as_generated else -1,
            strike=payoff.strike(trade),
            volatility=trade.volatility_usd_per_mwh,
        )

    def enter(self, day: DeliveryDay, trade: ProductTrade, sign: float) -> None:
        """Enter a contract's part of one day; −1 takes the same out again."""
        payoff = PRODUCTS[trade.product].payoff
        span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        if payoff is None or span[0] >= span[1] or not payoff.applies(trade):
            return
        terms = self.terms_of(trade, payoff)
        held = self.days.setdefault(day.day.day, DayLines())
        line = held.lines.setdefault(terms, new_line(len(terms.rows), day.day.intervals))
        mw = sign * contract_mw(trade, day.day, span=span)
        line.volume[slice(*span)] += mw
        if PRODUCTS[trade.product].pays_premium:
            line.paid_usd[slice(*span)] += mw * trade.price_usd_per_mwh * day.hours_per_interval
        held.stamp = ()

    def enter_forward(self, trade: ProductTrade, sign: float) -> None:
        """Enter a contract's part beyond the grid."""
        forward, product = self._market.forward, PRODUCTS[trade.product]
        if forward is None or product.payoff is None or product.as_generated:
            return
        mw = trade.profile_mw if len(trade.profile_mw) else float(trade.quantity_mw)
        for block in BLOCKS:
            at, mwh = forward.block_mwh(
                block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
            )
            self.add_forward(trade, block, at=at, mwh=sign * mwh)

    def add_forward(self, trade: ProductTrade, block: Block, *, at: int, mwh: FloatColumn) -> None:
        """Add MWh by day to the line of a contract's terms."""
        payoff = PRODUCTS[trade.product].payoff
        if payoff is None or not payoff.applies(trade) or not mwh.any():
            return
        terms = self.terms_of(trade, payoff)
        key = (terms, block)
        line = self.forward.setdefault(key, new_line(len(terms.rows), HORIZON_DAYS))
        mwh, at = mwh[max(0, -at) :], max(0, at)
        length = min(len(mwh), HORIZON_DAYS - at)
        part = slice(at, at + max(0, length))
        line.volume[part] += mwh[: max(0, length)]
        if PRODUCTS[trade.product].pays_premium:
            line.paid_usd[part] += mwh[: max(0, length)] * trade.price_usd_per_mwh
        self._forward_stamp = ()

    # Prices and time -----------------------------------------------------------------------------

    def note(self, message: object) -> None:
        """Keep the congestion component of a day-ahead publication."""
        if not isinstance(message, PricePublication) or message.run is not Run.DA:
            return
        if not len(message.congestion):
            return
        places = self._market.tables.locations.columns(message.locations)
        ours = places >= 0
        for day in self._grids_of(message):
            first, numbers = day.cover(message.interval_start_ns, message.interval_seconds, 1)
            if len(numbers) and ours.any():
                column = (first, first + len(numbers), places[ours], message.congestion[ours])
                self.congestion.enter(day, message.key, column)

    def _grids_of(self, message: PricePublication) -> Iterator[MarketDay]:
        market = self._market
        seconds = market.market.settlement_seconds
        for day in dates_of(message, market.calendar):
            if day in market.days or market.awaits(day):
                yield MarketDay(market.calendar, day, settlement_seconds=seconds)

    def step(self, at_ns: int) -> None:
        """Move the clock: options lose time value at the boundaries of intervals."""
        self._now_ns = at_ns // self._market.step_ns * self._market.step_ns
        self.follow()

    def close(self, day: date) -> None:
        """Let go of a day."""
        self.days.pop(day, None)
        self.congestion.close(day)

    def follow(self) -> None:
        """Enter what moved since the last call."""
        for day, held in self.days.items():
            if held.lines:
                self._follow_day(self._market.days[day], held)
        if self.forward:
            self._follow_forward()

    # Days ----------------------------------------------------------------------------------------

    def _follow_day(self, day: DeliveryDay, held: DayLines) -> None:
        timed = any(terms.volatility > 0.0 for terms in held.lines)
        generated = any(terms.resource >= 0 for terms in held.lines)
        stamp = (
            day.prices.edition,
            self.congestion.edition,
            self._now_ns if timed else 0,
            day.volumes.edition if generated else 0,
        )
        if stamp == held.stamp:
            return
        held.stamp = stamp
        touched = [self._renew(day, terms, line) for terms, line in held.lines.items()]
        for terms in [terms for terms, line in held.lines.items() if line.empty]:
            del held.lines[terms]
        columns = np.flatnonzero(np.add.reduce([moved for _, moved in touched], axis=0))
        rows = sorted({row for own, moved in touched if moved.any() for row in own})
        if len(columns):
            day.refresh(np.array(rows), (int(columns[0]), int(columns[-1]) + 1))

    def _renew(
        self, day: DeliveryDay, terms: Terms, line: Line
    ) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
        """Enter by how much a line moved; return its rows and the intervals it moved in."""
        volume = line.volume
        if terms.resource >= 0:
            volume = volume * day.volumes.expected[terms.resource]
        run = day.legs.trade_run(terms.run)
        quotes = self._quotes(day, terms, run)
        legs, cost = entered(terms, quotes, volume, line.paid_usd, day.hours_per_interval)
        moved = (legs != line.legs).any(axis=0) | (cost != line.cost_usd).any(axis=0)
        if moved.any():
            for number, row in enumerate(terms.rows):
                day.legs.financial[run, row] += legs[number] - line.legs[number]
                day.legs.cost[row] += cost[number] - line.cost_usd[number]
            line.legs, line.cost_usd = legs, cost
        return terms.rows, moved

    def _quotes(self, day: DeliveryDay, terms: Terms, run: int) -> Quotes:
        places = self._market.tables.rows.location[list(terms.rows)]
        starts = day.day.start_ns + np.arange(day.day.intervals) * day.day.step_ns
        if run == DA and len(terms.rows) > 1:
            congestion = np.array([self.congestion.at(day.day, int(one)) for one in places])
        else:
            congestion = np.full((len(places), day.day.intervals), np.nan)
        return Quotes(
            mark=day.prices.mark[run, places],
            lmp=day.prices.published[run, places],
            congestion=congestion,
            years=np.maximum(starts - self._now_ns, 0) / HOUR_NS / _YEAR_HOURS,
        )

    # Beyond --------------------------------------------------------------------------------------

    def _follow_forward(self) -> None:
        forward = self._market.forward
        if forward is None:
            return
        stamp = (forward.marks_edition, forward.first)
        if stamp == self._forward_stamp:
            return
        self._forward_stamp = stamp
        for (terms, block), line in self.forward.items():
            self._renew_forward(terms, block, line)
        for key in [key for key, line in self.forward.items() if line.empty]:
            del self.forward[key]

    def _renew_forward(self, terms: Terms, block: Block, line: Line) -> None:
        forward, tables = self._market.forward, self._market.tables
        if forward is None:
            return
        places = [tables.locations.beyond(int(tables.rows.location[row])) for row in terms.rows]
        mark = np.array(
            [forward.curve_by_day(tables.locations.names[place], block) for place in places]
        )
        none = np.full(mark.shape, np.nan)
        ahead = np.maximum(np.arange(HORIZON_DAYS) - (forward.first - 2), 0)
        quotes = Quotes(mark=mark, lmp=none, congestion=none, years=ahead / _YEAR_DAYS)
        legs, cost = entered(terms, quotes, line.volume, line.paid_usd, 1.0)
        legs[:, : forward.first], cost[:, : forward.first] = 0.0, 0.0
        book = int(tables.rows.book[terms.rows[0]])
        for number, place in enumerate(places):
            more, paid = legs[number] - line.legs[number], cost[number] - line.cost_usd[number]
            days = np.flatnonzero((more != 0.0) | (paid != 0.0))
            if len(days):
                part = slice(int(days[0]), int(days[-1]) + 1)
                key, name = (book, place, block), tables.locations.names[place]
                forward.add(key, name, more[part], paid[part], at=part.start)
        line.legs, line.cost_usd = legs, cost

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "now_ns": self._now_ns,
            "congestion": self.congestion.snapshot(),
            "days": [
                [day.isoformat(), list(terms), vars(line)]
                for day, held in self.days.items()
                for terms, line in held.lines.items()
            ],
            "forward": [
                [list(terms), str(block), vars(line)]
                for (terms, block), line in self.forward.items()
            ],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._now_ns = saved["now_ns"]
        self.congestion.restore(saved["congestion"])
        for text, terms, line in saved["days"]:
            held = self.days.setdefault(date.fromisoformat(text), DayLines())
            held.lines[_terms(terms)] = Line(**line)
        for terms, block, line in saved["forward"]:
            self.forward[_terms(terms), Block(block)] = Line(**line)


def entered(
    terms: Terms, quotes: Quotes, volume: FloatColumn, paid_usd: FloatColumn, hours: float
) -> tuple[Matrix, Matrix]:
    """Return the legs of a line by row, and the cost that makes their value the payoff's.

    Args:
        terms: of the line.
        quotes: prices of its places.
        volume: MW, or MWh where ``hours`` is 1.
        paid_usd: what its contracts cost.
        hours: length of an interval.

    An option on 10 MW at 40 $/MWh, marked at 55, is 10 MW that cost 40:

    >>> quotes = Quotes(*[np.array([[55.0]])] * 3, years=np.zeros(1))
    >>> terms = Terms("dispatchable", 0, (0,), -1, 40.0, 0.0)
    >>> legs, cost = entered(terms, quotes, np.array([10.0]), np.zeros(1), 1.0)
    >>> legs.tolist(), cost.tolist()
    ([[10.0]], [[400.0]])
    """
    payoff = PRODUCTS[terms.product].payoff
    if payoff is None:
        return np.zeros((0, len(volume))), np.zeros((0, len(volume)))
    value, deltas = payoff.value(terms, quotes)
    unknown = np.isnan(value)
    outright = np.array(payoff.outright)[:, None]
    legs = np.where(unknown, outright, deltas) * volume
    cost = legs * np.where(np.isnan(quotes.mark), 0.0, quotes.mark) * hours
    cost[0] += paid_usd - np.where(unknown, 0.0, value) * volume * hours
    return legs, cost


def _terms(saved: list[Any]) -> Terms:
    product, run, rows, resource, strike, volatility = saved
    return Terms(product, run, tuple(rows), resource, strike, volatility)
