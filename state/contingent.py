"""Contracts whose payoff is not linear in one price, as delta legs in the grid of a market.

Contracts of equal terms are one line. Whenever a price, a volume or the clock moves a line, its
deltas are entered as financial MW of its rows, with the cost that makes their value the payoff's:
cost = Σ delta × MW × mark − payoff × MW + what was paid. Open position, P&L and VaR follow from
the legs as they do for every trade; VaR is that of the deltas.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.calendar import HOUR_NS, MarketDay, local_date
from state.congestion import DayAheadCongestion
from state.contingent_lines import DayLines, Line, entered, new_line
from state.dated import dates_of
from state.delivery_day import DeliveryDay
from state.forward import BLOCKS, HORIZON_DAYS
from state.holdings import settlement_run
from state.messages import (
    Block,
    FloatColumn,
    PricePublication,
    ProductTrade,
    Run,
    StateOfCharge,
    Trade,
)
from state.prices import DA
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes, Terms
from state.products.product import contract_mw
from state.wire import decode, encode

if TYPE_CHECKING:
    from state.market_book import MarketBook

Matrix = NDArray[np.float64]

_YEAR_HOURS = 365.0 * 24.0
_YEAR_DAYS = 365.0


class Contingent:
    """Keeps the contingent contracts of a market in its days and its forward book.

    Args:
        market: whose.

    Attributes:
        congestion: day-ahead congestion prices.
        days: the lines of each day held.
        forward: the lines beyond, by terms and block.
        charges: what each storage unit holds when a day begins.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self.congestion = DayAheadCongestion()
        self.days: dict[date, DayLines] = {}
        self.forward: dict[tuple[Terms, Block], Line] = {}
        self.charges: dict[tuple[date, str], StateOfCharge] = {}
        self._forward_stamp: tuple[int, ...] = ()
        self._now_ns = 0
        self._charge_edition = 0

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
            resource=tables.resources.index[trade.resource] if product.of_a_resource else -1,
            strike=payoff.strike(trade),
            volatility=trade.volatility_usd_per_mwh,
            hours=trade.energy_mwh / abs(trade.quantity_mw) if trade.quantity_mw else 0.0,
            efficiency=trade.efficiency,
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
        if product.payoff.by_day:
            self._name_beyond(trade, sign)
            return
        for block in BLOCKS:
            at, mwh = forward.block_mwh(
                block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
            )
            self.add_forward(trade, block, at=at, mwh=sign * mwh)

    def _name_beyond(self, trade: ProductTrade, sign: float) -> None:
        """Name the MWh a day that no mark of a block can value, on the row of all hours."""
        forward, table = self._market.forward, self._market.tables.locations
        if forward is None:
            return
        at, hours = forward.block_mwh(
            Block.FLAT, trade.delivery_start_ns, trade.delivery_end_ns, 1.0, of=Block.FLAT
        )
        place = table.beyond(table.index[trade.location])
        mwh = sign * np.where(hours > 0.0, np.copysign(trade.energy_mwh, trade.quantity_mw), 0.0)
        key = (self._market.books.index(trade.book), place, Block.FLAT)
        forward.add(key, table.names[place], mwh, np.zeros(len(mwh)), at=at)

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

    def worth(self, day: DeliveryDay, trade: Trade, volume: FloatColumn) -> FloatColumn:
        """Return $ by interval of a contract's payoff on its MW, less what was paid for it."""
        product = PRODUCTS[trade.product]
        if not isinstance(trade, ProductTrade) or product.payoff is None:
            return np.zeros(len(volume))
        if not product.payoff.applies(trade):
            return np.zeros(len(volume))
        terms = self.terms_of(trade, product.payoff)
        quotes = self._quotes(day, terms, day.legs.trade_run(terms.run))
        value, _ = product.payoff.value(terms, quotes)
        paid = trade.price_usd_per_mwh if product.pays_premium else 0.0
        return np.where(np.isnan(value), 0.0, value - paid) * volume * day.hours_per_interval

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
        self.charges = {key: charge for key, charge in self.charges.items() if key[0] > day}

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
        generated = any(PRODUCTS[terms.product].as_generated for terms in held.lines)
        stamp = (
            day.prices.edition,
            self.congestion.edition,
            self._now_ns if timed else 0,
            day.volumes.edition if generated else 0,
            self._charge_edition,
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
        if PRODUCTS[terms.product].as_generated:
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
            hours=day.hours_per_interval,
            charged_hours=self._charged_hours(day.day.day, terms),
        )

    def note_charge(self, charge: StateOfCharge) -> bool:
        """Note what a storage unit holds: the first measured of a day is what it begins with.

        Returns:
            Whether a contract of the market may be worth another amount for it.
        """
        day = local_date(charge.at_ns, self._market.calendar.time_zone)
        key = (day, charge.resource)
        known = self.charges.get(key)
        if known is None or charge.at_ns < known.at_ns:
            self.charges[key] = charge
            self._charge_edition += 1
        lines = self.days.get(day, DayLines()).lines
        return any(terms.hours > 0.0 for terms in lines)

    def _charged_hours(self, day: date, terms: Terms) -> float:
        if not terms.hours:
            return 0.0
        unit = self._market.tables.resources.records[terms.resource]
        charge = self.charges.get((day, unit.resource))
        if charge is None or unit.energy_mwh <= 0.0:
            return 0.0
        return terms.hours * min(1.0, charge.energy_mwh / unit.energy_mwh)

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
            "charges": [[day.isoformat(), encode(one)] for (day, _), one in self.charges.items()],
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
        for text, data in saved["charges"]:
            charge = decode(data)
            if isinstance(charge, StateOfCharge):
                self.charges[date.fromisoformat(text), charge.resource] = charge
        for text, terms, line in saved["days"]:
            held = self.days.setdefault(date.fromisoformat(text), DayLines())
            held.lines[_terms(terms)] = Line(**line)
        for terms, block, line in saved["forward"]:
            self.forward[_terms(terms), Block(block)] = Line(**line)


def _terms(saved: list[Any]) -> Terms:
    product, run, rows, *rest = saved
    return Terms(product, run, tuple(rows), *rest)
