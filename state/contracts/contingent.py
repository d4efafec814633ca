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

from state.arrays import Flags
from state.calendar import MarketDay, local_date
from state.contracts.contingent_lines import DayLines, Line, Watch, entered, new_line
from state.contracts.holdings import settlement_run
from state.contracts.time_value import Deviations, TimeValue
from state.market.charges import Charges
from state.market.congestion import DayAheadCongestion
from state.market.dated import dates_of
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.market.prices import DA
from state.messages import (
    Block,
    FloatColumn,
    PricePublication,
    ProductTrade,
    Run,
    StateOfCharge,
    Trade,
)
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes, Terms
from state.products.product import contract_mw

if TYPE_CHECKING:
    from state.market.book import MarketBook


class Contingent:
    """Keeps the contingent contracts of a market in its days and its forward book.

    Args:
        market: whose.

    Attributes:
        congestion: day-ahead congestion prices.
        days: the lines of each day held.
        forward: the lines beyond, by terms and block.
        charges: what each storage unit holds when a day begins.
        time_value: how far prices may still move; not saved, follows from the history.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self.congestion = DayAheadCongestion()
        self.days: dict[date, DayLines] = {}
        self.forward: dict[tuple[Terms, Block], Line] = {}
        self.charges = Charges()
        self.time_value = TimeValue()
        self._forward_stamp: tuple[int, ...] = ()
        self._forward_stale: set[tuple[Terms, Block]] = set()

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
            within=payoff.within(trade),
        )

    def enter(self, day: DeliveryDay, trade: ProductTrade, sign: float) -> None:
        """Enter a contract's part of one day; −1 takes the same out again."""
        payoff = PRODUCTS[trade.product].payoff
        span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        if payoff is None or span[0] >= span[1] or not payoff.applies(trade):
            return
        terms = self.terms_of(trade, payoff)
        held = self.days.setdefault(day.day.day, DayLines())
        line = held.lines.get(terms)
        if line is None:
            held.lines[terms] = line = new_line(len(terms.rows), day.day.intervals)
            if held.watch is not None:
                self._watch(day, held.watch, terms)
        mw = sign * contract_mw(trade, day.day, span=span)
        line.volume[slice(*span)] += mw
        if PRODUCTS[trade.product].pays_premium:
            line.paid_usd[slice(*span)] += mw * trade.price_usd_per_mwh * day.hours_per_interval
        held.stale.add(terms)

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
            at, mwh = forward.horizon.block_mwh(
                block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
            )
            self.add_forward(trade, block, at=at, mwh=sign * mwh)

    def _name_beyond(self, trade: ProductTrade, sign: float) -> None:
        """Name the MWh a day that no mark of a block can value, on the row of all hours."""
        forward, table = self._market.forward, self._market.tables.locations
        if forward is None:
            return
        at, hours = forward.horizon.block_mwh(
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
        self._forward_stale.add(key)

    def worth(self, day: DeliveryDay, trade: Trade, volume: FloatColumn) -> FloatColumn:
        """Return $ by interval of a contract's payoff on its MW, less what was paid for it."""
        product = PRODUCTS[trade.product]
        if not isinstance(trade, ProductTrade) or product.payoff is None:
            return np.zeros(len(volume))
        if not product.payoff.applies(trade):
            return np.zeros(len(volume))
        terms = self.terms_of(trade, product.payoff)
        whole = slice(0, day.day.intervals)
        quotes = self.quotes(day, terms, day.trade_run(terms.run), whole)
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

    def take_history(self, deviations: Deviations | None) -> None:
        """Take another history of prices; every line may be worth another amount."""
        if deviations is None and self.time_value.history is None:
            return
        self.time_value.history = deviations
        self._forward_stamp = ()
        for held in self.days.values():
            held.stamp = ()

    def step(self, at_ns: int) -> None:
        """Move the clock: options lose time value at the boundaries of intervals."""
        self.time_value.now_ns = at_ns // self._market.step_ns * self._market.step_ns
        self.follow()

    def close(self, day: date) -> None:
        """Let go of a day."""
        self.days.pop(day, None)
        self.congestion.close(day)
        self.charges.close(day)

    def follow(self) -> None:
        """Enter what moved since the last call."""
        for day, held in self.days.items():
            if held.lines:
                self._follow_day(self._market.days[day], held)
        if self.forward:
            self._follow_forward()

    # Days ----------------------------------------------------------------------------------------

    def _follow_day(self, day: DeliveryDay, held: DayLines) -> None:
        stamp = (
            day.prices.edition,
            self.congestion.edition,
            self.time_value.now_ns,
            day.volumes.edition,
            self.charges.edition,
        )
        if stamp == held.stamp and not held.stale:
            return
        wanted = self._wanted(day, held, stamp)
        moved = np.zeros(day.day.intervals, dtype=np.bool_)
        rows: set[int] = set()
        for terms, part in wanted.items():
            own = self._renew(day, terms, held.lines[terms], part)
            if own.any():
                moved[part] |= own
                rows.update(terms.rows)
        if rows:
            columns = np.flatnonzero(moved)
            day.refresh(np.array(sorted(rows)), (int(columns[0]), int(columns[-1]) + 1))
        self._drop_empty(held, wanted)

    def _wanted(
        self, day: DeliveryDay, held: DayLines, stamp: tuple[int, ...]
    ) -> dict[Terms, slice]:
        """Return which lines may be worth another amount, and over what span."""
        before, held.stamp = held.stamp, stamp
        stale, held.stale = held.stale, set()
        whole = slice(0, day.day.intervals)
        if not before or held.watch is None:
            held.watch = Watch()
            for terms in held.lines:
                self._watch(day, held.watch, terms)
            return dict.fromkeys(held.lines, whole)
        wanted = held.watch.moved(day) if stamp[0] != before[0] else {}
        changed = [one != other for one, other in zip(stamp, before, strict=True)]
        for terms in held.lines:
            if terms in stale or self._depends(terms, changed):
                wanted[terms] = whole
        by_day = [terms for terms in wanted if terms.hours]
        return {**wanted, **dict.fromkeys(by_day, whole)}

    def _watch(self, day: DeliveryDay, watch: Watch, terms: Terms) -> None:
        places = self._market.tables.rows.location[list(terms.rows)]
        watch.add(terms, day.trade_run(terms.run), places, day)

    def _depends(self, terms: Terms, changed: list[bool]) -> bool:
        _, congestion, time, volume, charge = changed
        return (
            (congestion and len(terms.rows) > 1)
            or (time and terms.volatility > 0.0)
            or (volume and PRODUCTS[terms.product].as_generated)
            or (charge and terms.hours > 0.0)
        )

    def _drop_empty(self, held: DayLines, renewed: dict[Terms, slice]) -> None:
        for terms in renewed:
            if held.lines[terms].empty:
                del held.lines[terms]
                held.watch = None

    def _renew(self, day: DeliveryDay, terms: Terms, line: Line, part: slice) -> Flags:
        """Enter by how much a line moved in a span; return in which of its intervals."""
        volume = line.volume[part]
        if PRODUCTS[terms.product].as_generated:
            volume = volume * day.volumes.expected[terms.resource, part]
        run = day.trade_run(terms.run)
        quotes = self.quotes(day, terms, run, part)
        paid_usd, hours = line.paid_usd[part], day.hours_per_interval
        legs, cost = entered(terms, quotes, volume, paid_usd, hours)
        more, paid = legs - line.legs[:, part], cost - line.cost_usd[:, part]
        moved = np.asarray((more != 0.0).any(axis=0) | (paid != 0.0).any(axis=0))
        if moved.any():
            for number, row in enumerate(terms.rows):
                day.legs.financial[run, row, part] += more[number]
                day.legs.cost[row, part] += paid[number]
            line.legs[:, part], line.cost_usd[:, part] = legs, cost
        return moved

    def quotes(self, day: DeliveryDay, terms: Terms, run: int, part: slice) -> Quotes:
        """Return the prices a line's payoff is made from, over a span of a day."""
        places = self._market.tables.rows.location[list(terms.rows)]
        mark = day.prices.marks(places, part)[run]
        if run == DA and len(places) > 1:
            congestion = np.array([self.congestion.at(day.day, int(one))[part] for one in places])
        else:
            congestion = np.full(mark.shape, np.nan)
        return Quotes(
            mark=mark,
            lmp=day.prices.published[run][places, part],
            congestion=congestion,
            deviation=self.time_value.of_day(day, terms, places, part),
            hours=day.hours_per_interval,
            charged_hours=self._charged_hours(day.day.day, terms),
            delivers=terms.of_day(day.day),
        )

    def note_charge(self, charge: StateOfCharge) -> bool:
        """Note what a storage unit holds; say whether a contract may be worth more for it."""
        day = local_date(charge.at_ns, self._market.calendar.time_zone)
        self.charges.note(day, charge)
        return any(terms.hours > 0.0 for terms in self.days.get(day, DayLines()).lines)

    def _charged_hours(self, day: date, terms: Terms) -> float:
        if not terms.hours:
            return 0.0
        unit = self._market.tables.resources.records[terms.resource]
        return terms.hours * self.charges.share(day, unit)

    # Beyond --------------------------------------------------------------------------------------

    def _follow_forward(self) -> None:
        forward = self._market.forward
        if forward is None:
            return
        stamp = (forward.marks_edition, forward.first)
        before, self._forward_stamp = self._forward_stamp, stamp
        stale, self._forward_stale = self._forward_stale, set()
        wanted = [key for key in self.forward if stamp != before or key in stale]
        for key in wanted:
            self._renew_forward(forward, *key, self.forward[key])
            if self.forward[key].empty:
                del self.forward[key]

    def _renew_forward(self, forward: ForwardBook, terms: Terms, block: Block, line: Line) -> None:
        tables = self._market.tables
        places = [tables.locations.beyond(int(tables.rows.location[row])) for row in terms.rows]
        quotes = self.quotes_beyond(forward, terms, block)
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

    def quotes_beyond(self, forward: ForwardBook, terms: Terms, block: Block) -> Quotes:
        """Return the same by day of the horizon, at the marks of hubs."""
        table, rows = self._market.tables.locations, self._market.tables.rows.location
        names = [table.names[table.beyond(int(rows[row]))] for row in terms.rows]
        mark = np.array([forward.curve_by_day(name, block) for name in names])
        none = np.full(mark.shape, np.nan)
        return Quotes(mark, none, none, self.time_value.beyond(terms, names, block, forward))

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "now_ns": self.time_value.now_ns,
            "congestion": self.congestion.snapshot(),
            "charges": self.charges.snapshot(),
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
        self.time_value.now_ns = saved["now_ns"]
        self.congestion.restore(saved["congestion"])
        self.charges.restore(saved["charges"])
        for text, terms, line in saved["days"]:
            held = self.days.setdefault(date.fromisoformat(text), DayLines())
            held.lines[Terms.restored(terms)] = Line(**line)
        for terms, block, line in saved["forward"]:
            self.forward[Terms.restored(terms), Block(block)] = Line(**line)
