"""P&L explain: after each message, what it moved goes to its driver.

The fold applies one message after another; the change in value by book, in the firm's open
position and in VaR after a message is the effect of that message alone. So the explain between
any two moments is a sum over stretches of the log, and sums exactly to the change between them
(docs/meanings.md, "Explain").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import Matrix
from state.explain.drivers import (
    CORRECTIONS,
    HORIZON,
    NEW_DEALS,
    REFERENCE,
    ROLL,
    WINDOW,
    Driver,
    driver_of,
)
from state.explain.loops import follow_figures
from state.explain.open_position import OpenPosition
from state.explain.repricing import DUST_USD, forget, restated_usd, split_by_hub
from state.explain.stretches import Layout, Stretch, rounded
from state.explain.today import Today
from state.explain.views import MoveRow
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.spoken_of import market_of
from state.market.valuation import value_usd
from state.messages import (
    AnyMessage,
    CurveMarks,
    FloatColumn,
    Opening,
    PricePublication,
    ProductMarks,
    Trade,
)
from state.moments import MINUTE_NS
from state.risk.portfolio import TOTAL

if TYPE_CHECKING:
    from state.desk import Desk

FINE_NS = 120 * MINUTE_NS
"""For how long a point a minute is kept; before that, one a settlement interval."""

_MARKS = (PricePublication, CurveMarks, ProductMarks)
Moved = tuple[float, float, float]
"""What moved of the firm: $, open MWh, VaR."""

_OF_ALL = (WINDOW, REFERENCE)
"""What may move the value of every market: options follow the history of prices and the policy."""

_NONE = np.zeros(0)


class PnlExplain:
    """Attributes every change of P&L, open position and VaR to its driver.

    Args:
        keeps_points: False to explain one stretch without points in it.

    Attributes:
        markets: whose columns come in which order.
        layout: what the columns of every stretch are.
        stretches: since the earliest of the markets' last midnights; the last one is running.
        midnights: number of the stretch that begins at each market's last midnight.
        today: what moved P&L since then.
        moved: by a deal that went straight through (``state.straight``), until it is noted.
    """

    def __init__(self, *, keeps_points: bool = True) -> None:
        self._keeps_points = keeps_points
        self._take_layout(Layout(0, 0), [])
        self.stretches: list[Stretch] = []
        self.midnights: dict[str, int] = {}
        self.today = Today()
        self._rolled_ns: dict[str, int] = {}
        self._last = np.zeros(self.layout.width)
        self._open: OpenPosition | None = None
        self._numbers = 0
        self._coarse = 0
        self._next_point_ns = 0
        self._now_ns = 0
        self._step_ns = 5 * MINUTE_NS
        self.moved: Moved | None = None

    @property
    def last(self) -> FloatColumn:
        """The figures after the last message, in the layout's columns."""
        return self._last

    def begin(self, desk: Desk, *, at_ns: int, position: int) -> None:
        """Begin with the figures as they stand, between any two messages."""
        self._now_ns = at_ns
        self._follow_layout(desk)
        self._measure_all(desk)
        self._begin_stretch(self._last, position, kept=True)
        self._begin_days(list(desk.markets.values()))

    # Messages ------------------------------------------------------------------------------------

    def note(self, desk: Desk, message: AnyMessage, position: int) -> None:
        """Attribute what a message other than a tick changed."""
        gone, self.moved = self.moved, None
        if gone is not None:
            if self.stretches[-1].admits(gone[0], gone[1]):
                self._name(market_of(desk, message), message, NEW_DEALS, gone, position)
            return
        driver, stretches = driver_of(message), self.stretches
        if driver is None or not stretches:
            if isinstance(message, Opening):
                self._begin_log(position)
            return
        self._follow_layout(desk)
        market, stretch = market_of(desk, message), stretches[-1]
        own = None if driver in _OF_ALL else market
        if own is None or own.tables.changes.past or isinstance(message, _MARKS):
            driver, moved = self._take_apart(desk, own, message, driver)
        else:
            flows = stretch.flows
            row = flows.row(driver)
            moved = self._follow(desk, own, flows.amounts, row)
            own.tables.changes.blocks.clear()
        if stretch.admits(moved[0], moved[1]):
            self._name(market, message, driver, moved, position)

    def note_deals(self, desk: Desk, deals: Sequence[Trade], moved: Matrix, position: int) -> None:
        """Note deals that went straight through together.

        Args:
            desk: whose.
            deals: one after the other.
            moved: of the firm by deal: $, open MWh, VaR.
            position: of the first.
        """
        stretch, firm = self.stretches[-1], moved.tolist()
        for at, (usd, open_mwh, var_usd) in enumerate(firm):
            if stretch.admits(usd, open_mwh):
                told = usd, open_mwh, var_usd
                self._name(market_of(desk, deals[at]), deals[at], NEW_DEALS, told, position + at)

    def _take_apart(
        self, desk: Desk, own: MarketBook | None, message: AnyMessage, driver: Driver
    ) -> tuple[Driver, Moved]:
        """Attribute a message that changed past days, prices or every market; sum it of the firm.

        Returns:
            Its driver, ``corrections`` where it changed nothing but past days, and the sums.
        """
        delta = np.zeros((1, self.layout.width))
        moved = self._follow(desk, own, delta, 0)
        for market in desk.markets.values() if own is None else (own,):
            driver = self._attribute_past(market, driver, delta[0])
            if isinstance(message, _MARKS):
                left = delta[0, self._columns(market)].copy()
                split_by_hub(market, driver.source, left, self.stretches[-1].splits)
            market.tables.changes.blocks.clear()
        self.stretches[-1].flows.add(driver, delta[0])
        return driver, moved

    def _attribute_past(self, market: MarketBook, driver: Driver, delta: FloatColumn) -> Driver:
        """Take what past days changed out of a change; return the driver of the rest."""
        past = restated_usd(market)
        if past is None:
            return driver
        own = self._columns(market)
        corrected, rest = np.zeros(len(delta)), delta[own]
        restated = rounded(past)
        restated += np.where(np.abs(rest - restated) < DUST_USD, rest - restated, 0.0)
        corrected[own] = restated
        delta[own] -= restated
        self.stretches[-1].flows.add(CORRECTIONS, corrected)
        return driver if delta.any() else CORRECTIONS

    def _name(
        self,
        market: MarketBook | None,
        message: AnyMessage,
        driver: Driver,
        moved: Moved,
        position: int,
    ) -> None:
        """Name a message that is among the biggest of its stretch."""
        zone = market.market.time_zone if market else "UTC"
        move = MoveRow(position, self._now_ns, str(driver), "", "", *moved)
        self.stretches[-1].name_move(move, message, zone)

    def place_of(self, day: DeliveryDay) -> int:
        """Return which of the days of the open position it is; −1 if none or not yet."""
        return -1 if self._open is None or not self.stretches else self._open.place_of(day)

    def row_of(self, driver: Driver) -> int:
        """Return the row of a driver in what moved since the last point."""
        return self.stretches[-1].flows.row(driver)

    @property
    def arrays(self) -> tuple[FloatColumn, FloatColumn, Matrix]:
        """What a deal that goes straight through moves here.

        Open MWh by day, the last figures, and what moved since the last point by driver.
        """
        own = _NONE if self._open is None else self._open.by_day
        return own, self._last, self.stretches[-1].flows.amounts

    # Time ----------------------------------------------------------------------------------------

    def pass_time(self, at_ns: int) -> None:
        """Move the clock within a minute in which no time changed anything."""
        self._now_ns = at_ns

    def tick(self, desk: Desk, at_ns: int, position: int, *, due: bool) -> bool:
        """Attribute what time changed; say whether a point was kept.

        Args:
            desk: after the tick.
            at_ns: the clock.
            position: log position of the tick.
            due: whether time changed anything in any market.
        """
        self._now_ns = at_ns
        began = (due or not self.stretches) and self._note_time(desk, position)
        if at_ns < self._next_point_ns:
            return began
        self._next_point_ns = (at_ns // MINUTE_NS + 1) * MINUTE_NS
        if self._keeps_points and not began:
            self._begin_stretch(self._last, position, kept=False)
        return True

    def _note_time(self, desk: Desk, position: int) -> bool:
        self._follow_layout(desk)
        markets, before = list(desk.markets.values()), self._last
        self._measure_all(desk)
        turned = [m for m in markets if self._rolled_ns.get(m.market.market) != m.rolled_at_ns]
        begins = not self.stretches or (bool(turned) and self._keeps_points)
        if not self.stretches:
            # A market whose day began earlier has gained what nobody knows the drivers of.
            before = self._at_midnight([m for m in turned if m.rolled_at_ns == self._now_ns])
        else:
            sighted = self._sighted(turned)
            self._add_time(sighted, position, HORIZON)
            before = before + sighted
            if begins:
                before, whole = self._at_midnight(turned), before
                self._add_time(before - whole, position)
        if begins:
            self._begin_stretch(before, position, kept=True)
            self._begin_days(turned)
        self._add_time(self._last - before, position)
        return begins

    def _at_midnight(self, turned: list[MarketBook]) -> FloatColumn:
        """Return the figures as they stand, with the value some markets had when they turned."""
        figures = self._last.copy()
        for market in turned:
            figures[self._columns(market)] = rounded(market.base_usd.copy())
        return figures

    def _sighted(self, turned: list[MarketBook]) -> FloatColumn:
        """Return the value that came into sight of some markets as they turned."""
        figures = np.zeros(self.layout.width)
        for market in turned:
            figures[self._columns(market)] = rounded(market.sighted_usd.copy())
        return figures

    def _begin_days(self, turned: list[MarketBook]) -> None:
        for market in turned:
            self._rolled_ns[market.market.market] = market.rolled_at_ns
            self.midnights[market.market.market] = self.stretches[-1].number
        self.today.forget()
        first = min(self.midnights.values(), default=0)
        while self.stretches[0].number < first:
            del self.stretches[0]
            self._coarse = max(0, self._coarse - 1)

    def _add_time(self, moved: FloatColumn, position: int, driver: Driver = ROLL) -> None:
        if moved.any():
            self.stretches[-1].flows.add(driver, moved)
            usd, open_mwh, var_usd = self.layout.firm(moved).tolist()
            names = (str(driver), "tick", "the clock")
            move = MoveRow(position, self._now_ns, *names, usd, open_mwh, var_usd)
            self.stretches[-1].name_move(move, None, "")

    # Points --------------------------------------------------------------------------------------

    def _begin_stretch(self, start: FloatColumn, position: int, *, kept: bool) -> None:
        if self.stretches:
            self.today.close(self.stretches[-1])
            _ = self.stretches[-1].largest  # told while the messages are there
        self._numbers += 1
        where = {"number": self._numbers, "position": position, "at_ns": self._now_ns}
        # The last figures go on; where the stretch began stays.
        self.stretches.append(Stretch.begin(self.layout, start.copy(), kept=kept, **where))
        self._coarsen()

    def _coarsen(self) -> None:
        """Join stretches of a minute to those of a settlement interval once they are old."""
        while self._coarse + 1 < len(self.stretches):
            one, later = self.stretches[self._coarse : self._coarse + 2]
            if later.at_ns > self._now_ns - FINE_NS:
                return
            if later.kept or later.at_ns // self._step_ns != one.at_ns // self._step_ns:
                self._coarse += 1
            else:
                one.join(later)
                del self.stretches[self._coarse + 1]

    def _begin_log(self, position: int) -> None:
        """Forget the positions of another log, which this one's opening came from."""
        for stretch in self.stretches:
            stretch.position = position
            for move in stretch.largest:
                move.position = 0

    # Figures -------------------------------------------------------------------------------------

    def _follow(self, desk: Desk, own: MarketBook | None, amounts: Matrix, row: int) -> Moved:
        """Take over the figures as they stand; add by how much they moved to a row of amounts."""
        first, portfolio = 0, desk.portfolio
        if own is None:
            value = np.concatenate([_NONE, *map(value_usd, desk.markets.values())])
        else:
            first, value = self._firsts[own.tables.market], own.value.usd
            if len(value) != self.layout.books:
                value = value_usd(own)
        if self._open is None:
            self._open = self._open_position(desk)
        open_mwh = self._open.mwh()
        var, known = portfolio.figures()[0], portfolio.has_scenarios
        return follow_figures(value, first, var, known, open_mwh, self._last, amounts, row)

    def _open_position(self, desk: Desk) -> OpenPosition:
        markets = desk.markets.values()
        return OpenPosition(day for market in markets for _, day in market.open_days())

    def _measure_all(self, desk: Desk) -> None:
        """Take every figure anew; forget what has moved in days, and which days count."""
        self._open, figures = self._open_position(desk), np.zeros(self.layout.width)
        for market in desk.markets.values():
            forget(market)
            figures[self._columns(market)] = value_usd(market)
        if desk.portfolio.scenarios.dates:
            figures[self.layout.values : -1] = desk.portfolio.figures()[0][TOTAL]
        figures[-1] = self._open.mwh()
        self._last = rounded(figures)

    def _columns(self, market: MarketBook) -> slice:
        return self.layout.of_market(self.markets.index(market.market.market))

    def _follow_layout(self, desk: Desk) -> None:
        """Make room for books and markets that are new."""
        markets, books = self.layout
        if books == len(desk.books) and markets == len(desk.markets):
            return
        wider = Layout(len(desk.markets), len(desk.books))
        self._open = None
        for stretch in self.stretches:
            stretch.widen(self.layout, wider)
        self._last = self.layout.widened(self._last, wider)
        self._take_layout(wider, list(desk.markets))
        self._step_ns = min((m.step_ns for m in desk.markets.values()), default=self._step_ns)
        self.today.forget()

    def _take_layout(self, layout: Layout, markets: list[str]) -> None:
        self.layout, self.markets = layout, markets
        self._firsts = {name: layout.books * number for number, name in enumerate(markets)}

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs to go on bit for bit."""
        return {
            "markets": self.markets,
            "books": self.layout.books,
            "stretches": [stretch.snapshot() for stretch in self.stretches],
            "midnights": self.midnights,
            "rolled_ns": self._rolled_ns,
            "last": self._last,
            **{name: getattr(self, f"_{name}") for name in _NUMBERS},
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._take_layout(Layout(len(saved["markets"]), saved["books"]), saved["markets"])
        self.stretches = [Stretch.restored(each, self.layout) for each in saved["stretches"]]
        self.midnights, self._rolled_ns = saved["midnights"], saved["rolled_ns"]
        self._last = saved["last"]
        for name in _NUMBERS:
            setattr(self, f"_{name}", saved[name])


_NUMBERS = ("numbers", "coarse", "next_point_ns", "now_ns", "step_ns")
