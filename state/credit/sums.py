"""What every counterparty's contracts come to: O(1) a contract, whatever its length.

A contract that delivers over a period is two turns of a rate: up where it begins, down where it
ends. What is left to deliver falls with the rates as time passes, hours of a block at a time, so
that no tick visits a contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import with_room
from state.contracts.columns import Names
from state.contracts.output import capacity_of
from state.contracts.size import block_hours, is_repeated, notional_usd, shaped_hours
from state.contracts.structured import delivered_value
from state.credit.loops import AMOUNTS, LATE, LEFT_MW, LEFT_MWH, MW, MWH, PAYABLE, RECEIVABLE, VALUE
from state.messages import Block, Trade
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.product import net_price

if TYPE_CHECKING:
    from state.market.book import MarketBook

Change = list[float]
"""What is added to each amount."""

_MOST_HOURS = 65_536

Piece = tuple[int, int, int, float]
"""Column, start, end, and MW, never negative, delivered in the hours of the column in between."""

Pieces = tuple[Piece, ...]


class CounterpartySums:
    """Keeps the turns of rates, and says what a contract changes.

    Attributes:
        names: the counterparties, by number.
        amounts: shape (``AMOUNTS``, counterparties).
        at_ns: up to when what is left has been rolled.
    """

    def __init__(self) -> None:
        self.names = Names()
        self.amounts = np.zeros((AMOUNTS, 0))
        self.at_ns = 0
        self._columns = Names()
        self._markets: dict[str, MarketBook] = {}
        self._rates = np.zeros((0, 0))
        self._turns: dict[int, dict[tuple[int, int], float]] = {}
        self._ends: dict[int, dict[int, float]] = {}
        self._hours: dict[tuple[int, int, int], float] = {}

    def know(self, markets: dict[str, MarketBook]) -> None:
        """Take the markets contracts are in, and number their blocks."""
        self._markets = markets
        for name in markets:
            for block in Block:
                self._columns[name, block._value_]
        self._rates = with_room(self._rates, len(self._columns), axis=0)

    def number(self, counterparty: str) -> int:
        """Return the number of a counterparty, with room for it."""
        number = self.names[counterparty]
        if number >= self.amounts.shape[1]:
            self.amounts = with_room(self.amounts, number + 1, axis=1)
            self._rates = with_room(self._rates, number + 1, axis=1)
        return number

    # One contract --------------------------------------------------------------------------------

    def enter(self, market: MarketBook, trade: Trade, sign: float, change: Change) -> None:
        """Write what a contract that comes in (+1) or goes out (−1) changes; note its turns.

        Args:
            market: of the contract.
            trade: the contract.
            sign: +1 or −1.
            change: of each amount, added to.
        """
        number, pieces = self.names[trade.counterparty], self._pieces(market, trade)
        self._measure(market, trade, pieces, sign, change)
        for column, start_ns, end_ns, mw in pieces:
            if end_ns > self.at_ns:
                self._turn((number, column), start_ns, end_ns, sign * mw)
        end_ns = _end_ns(trade, pieces)
        if end_ns > self.at_ns:
            ends = self._ends.get(end_ns)
            if ends is None:
                ends = self._ends[end_ns] = {}
            ends[number] = ends.get(number, 0.0) + sign * _most_mw(pieces)

    def measure(self, market: MarketBook, trade: Trade, sign: float, change: Change) -> None:
        """Write what :meth:`enter` would; nothing is noted."""
        self._measure(market, trade, self._pieces(market, trade), sign, change)

    def _measure(
        self, market: MarketBook, trade: Trade, pieces: Pieces, sign: float, change: Change
    ) -> None:
        mwh = left = 0.0
        at_ns = self.at_ns
        for column, start_ns, end_ns, mw in pieces:
            whole = mw * self._hours_of(column, start_ns, end_ns)
            mwh += whole
            if start_ns >= at_ns:
                left += whole
            elif end_ns > at_ns:
                left += mw * self._hours_of(column, at_ns, end_ns)
        most = sign * _most_mw(pieces)
        change[LEFT_MWH] += sign * left
        change[VALUE] += sign * _value_usd(market, trade, mwh)
        change[MWH] += sign * mwh
        change[MW] += most
        if _end_ns(trade, pieces) > at_ns:
            change[LEFT_MW] += most
        if trade.delivery_start_ns < at_ns:
            owed_usd = delivered_value(market, trade)
            change[RECEIVABLE if owed_usd > 0.0 else PAYABLE] += sign * abs(owed_usd)

    def _turn(self, key: tuple[int, int], start_ns: int, end_ns: int, mw: float) -> None:
        if start_ns <= self.at_ns:
            self._rates[key[1], key[0]] += mw
        else:
            turns = self._turns.get(start_ns)
            if turns is None:
                turns = self._turns[start_ns] = {}
            turns[key] = turns.get(key, 0.0) + mw
        turns = self._turns.get(end_ns)
        if turns is None:
            turns = self._turns[end_ns] = {}
        turns[key] = turns.get(key, 0.0) - mw

    def _pieces(self, market: MarketBook, trade: Trade) -> Pieces:
        product = PRODUCTS[trade.product]
        if product.measure or is_repeated(trade):
            return ()
        name = market.market.market
        # A share of a plant's output may be as much as of its capacity, no more.
        each = capacity_of(market, trade.resource) if product.as_generated else 1.0
        if len(trade.profile_mw):
            flat = self._columns[name, Block.FLAT._value_]
            hours = shaped_hours(trade, market.calendar)
            return tuple((flat, begin_ns, end_ns, abs(mw) * each) for begin_ns, end_ns, mw in hours)
        column = self._columns[name, trade.block._value_]
        mw = abs(trade.quantity_mw) * each
        return ((column, trade.delivery_start_ns, trade.delivery_end_ns, mw),)

    def _hours_of(self, column: int, start_ns: int, end_ns: int) -> float:
        if self._columns.told[column][1] == Block.FLAT._value_:
            return (end_ns - start_ns) / HOUR_NS
        key = column, start_ns, end_ns
        found = self._hours.get(key)
        if found is None:
            if len(self._hours) > _MOST_HOURS:
                self._hours.clear()
            market, block = self._columns.told[column]
            calendar = self._markets[market].calendar
            found = self._hours[key] = block_hours(calendar, Block(block), start_ns, end_ns)
        return found

    # All, and time -------------------------------------------------------------------------------

    def roll(self, at_ns: int) -> None:
        """Let time pass: what is delivered until a moment is no longer left."""
        due = sorted(moment for moment in {*self._turns, *self._ends} if moment <= at_ns)
        for moment in (*due, at_ns):
            self._pass(moment)
            for (number, column), mw in self._turns.pop(moment, {}).items():
                self._rates[column, number] += mw
            for number, mw in self._ends.pop(moment, {}).items():
                self.amounts[LEFT_MW, number] -= mw

    def _pass(self, moment: int) -> None:
        for column, rates in enumerate(self._rates):
            if moment > self.at_ns and rates.any():
                hours = self._hours_of(column, self.at_ns, moment)
                self.amounts[LEFT_MWH] -= rates * hours
        self.at_ns = max(self.at_ns, moment)

    def build(self, at_ns: int) -> None:
        """Enter every contract that counts anew, as of a moment."""
        late = dict(zip(self.names.told, self.amounts[LATE].tolist(), strict=False))
        self._turns.clear()
        self._ends.clear()
        self.amounts = np.zeros((AMOUNTS, 0))
        self._rates = np.zeros((len(self._columns), 0))
        self.at_ns = at_ns
        for name in self.names.told:
            self.number(name)
        for market in self._markets.values():
            for trade in market.contracts.trades.live():
                if trade.counterparty:
                    change = [0.0] * AMOUNTS
                    number = self.number(trade.counterparty)
                    self.enter(market, trade, 1.0, change)
                    self.amounts[:, number] += change
        for name, count in late.items():
            self.amounts[LATE, self.names[name]] = count

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        turns = [(at, *key, mw) for at, own in self._turns.items() for key, mw in own.items()]
        ends = [(at, key, mw) for at, own in self._ends.items() for key, mw in own.items()]
        return {
            "names": list(self.names.told),
            "columns": [list(column) for column in self._columns.told],
            "amounts": self.amounts.copy(),
            "rates": self._rates.copy(),
            "at_ns": self.at_ns,
            "turns": [list(column) for column in zip(*turns, strict=True)],
            "ends": [list(column) for column in zip(*ends, strict=True)],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on, bit for bit, from what :meth:`snapshot` returned."""
        self.names = Names(saved["names"])
        self._columns = Names(tuple(column) for column in saved["columns"])
        self.amounts, self._rates = saved["amounts"].copy(), saved["rates"].copy()
        self.at_ns = saved["at_ns"]
        self._turns, self._ends = {}, {}
        for at, number, column, mw in zip(*saved["turns"], strict=True):
            self._turns.setdefault(at, {})[number, column] = mw
        for at, number, mw in zip(*saved["ends"], strict=True):
            self._ends.setdefault(at, {})[number] = mw


def amounts_of(markets: dict[str, MarketBook], trade: Trade, at_ns: int) -> Change:
    """Return what one contract is of each amount at a moment."""
    alone, change = CounterpartySums(), [0.0] * AMOUNTS
    alone.know(markets)
    alone.at_ns = at_ns
    alone.measure(markets[trade.market], trade, 1.0, change)
    return change


def _end_ns(trade: Trade, pieces: Pieces) -> int:
    """Return when the last MW of a contract are delivered: a shape may have none at its end."""
    return pieces[-1][2] if pieces else trade.delivery_end_ns


def _most_mw(pieces: Pieces) -> float:
    return pieces[0][3] if len(pieces) == 1 else max((piece[3] for piece in pieces), default=0.0)


def _value_usd(market: MarketBook, trade: Trade, mwh: float) -> float:
    if type(trade) is Trade:
        return mwh * abs(trade.price_usd_per_mwh)
    if PRODUCTS[trade.product].measure:
        return notional_usd(trade, market.calendar)
    return mwh * abs(net_price(trade))
