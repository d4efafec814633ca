"""Plain deals go straight through: one compiled step from a line to P&L, VaR, limits and explain.

Deals come by the hundred between two messages of another kind. Once prices, volumes, time or one of
them has gone the ordinary way, every figure has been followed, and a flat deal of whole hours of
one day can move nothing but numbers in arrays that stay where they are, until another kind of
message comes or time changes something. So they take all that way at once, through the very loops
of the ordinary way in their order: the same bits, without what Python asks at every turn.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.compiled import ArrayTable
from state.contracts import entry as contract_entry
from state.explain.drivers import NEW_DEALS
from state.intake.plain_deals import PlainDeal
from state.limits.board import Plan
from state.market.delivery_day import DeliveryDay
from state.messages import Trade
from state.straight_loops import DAY, DELIVERED, EXPLAIN, LAYOUT, NUMBERS, ROW, SECONDS, take_deal

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

_KIND = "trade"
"""Of the cause that a deal is to what follows (``state.alerts.causes``)."""

_NEVER = 0, 0, 0


class Outcome(NamedTuple):
    """What came of a deal that went straight through.

    Attributes:
        plan: of the limits something came of, into whose rows figures have been taken; or None.
    """

    plan: Plan | None


_QUIET = Outcome(None)


class Stage:
    """What the deals of one day move.

    Attributes:
        where: of ``state.straight_loops``.
        table: the arrays.
        plan: of the limits.
        as_of: at what clock, with what arrays and news of feeds all else was found to stand.
        moved: whether a deal has gone since it was laid out.
    """

    def __init__(self) -> None:
        self.where = np.zeros(NUMBERS, dtype=np.int64)
        self.table = ArrayTable(LAYOUT)
        self.plan: Plan | None = None
        self.as_of = _NEVER
        self.moved = False

    def is_held(self, desk: Desk) -> bool:
        """Say whether limits are held against the figures where they were when it was laid out."""
        plan = self.plan
        return plan is not None and desk.alerts.plans.get(plan.sheet.name) is plan


class Straight:
    """Takes deals straight through while nothing else comes between them.

    Attributes:
        taken: how many went that way; not saved.
        waits: whether the next deal goes the ordinary way: something else came.
        laid: what deals move of each day they have been on since something else came.
        paused: the same of days on which the explain may have gone on in other arrays since.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.laid: dict[date, Stage] = {}
        self.waits = True
        self.paused: dict[date, Stage] = {}
        self._stages: dict[date, Stage] = {}
        self._left: list[date] = []

    def leave(self) -> None:
        """Let the next deal go the ordinary way: something else comes first."""
        self.waits = True
        stages = {**self.paused, **self.laid}
        self._left = [day for day, stage in stages.items() if stage.moved]
        self._forget()

    def go_on(self, desk: Desk, at_ns: int) -> None:
        """Let the next deal go straight: what came has been followed into every figure.

        What deals moved before is laid out anew: a deal waits longer for it than what came.

        Args:
            desk: whose.
            at_ns: the clock.
        """
        self.waits = not at_ns
        left, self._left = self._left, []
        for market in desk.markets.values() if left and at_ns else ():
            for day in left:
                if day in market.days:
                    self._lay(desk, market, market.days[day], at_ns, ahead=True)

    def pause(self) -> None:
        """Let time pass that moved no figure: the explain may go on in other arrays."""
        self.paused.update(self.laid)
        self.laid.clear()

    def _forget(self) -> None:
        self.laid.clear()
        self.paused.clear()

    def take(self, desk: Desk, trade: Trade, plain: PlainDeal | None, at_ns: int) -> Outcome | None:
        """Take a deal straight through, its record included.

        Args:
            desk: whose.
            trade: that may enter.
            plain: where it lies; None if it may be other than plain.
            at_ns: the clock.

        Returns:
            What came of it; None if it has to go the ordinary way, and nothing has moved yet.
        """
        if plain is None:
            self._give_way(at_ns)
            return None
        market, day, (first, last), key, form = plain
        line = contract_entry.line_at(market, key)
        covered = desk.portfolio.covers(market.market.market, key[1])
        stage = self.ready(desk, market, day, at_ns) if covered else None
        if stage is None or stage.plan is None:
            self._give_way(at_ns)
            return None
        stage.moved = True
        market.contracts.add_trade(trade, form)
        day.hourly.edition += 1
        seen, usd, open_mwh, var_usd = take_deal(
            stage.table.numbers, line, first, last, trade.quantity_mw, trade.price_usd_per_mwh
        )
        desk.pnl_explain.moved = usd, open_mwh, var_usd
        self.taken += 1
        return Outcome(stage.plan) if seen else _QUIET

    def _give_way(self, at_ns: int) -> None:
        """Let a deal go the ordinary way, which follows everything and may make arrays anew."""
        self._forget()
        self._left = []
        self.waits = not at_ns

    def ready(self, desk: Desk, market: MarketBook, day: DeliveryDay, at_ns: int) -> Stage | None:
        """Return what deals of a day move that have their lines; None if it may be more."""
        stage, alerts = self.laid.get(day.day.day), desk.alerts
        as_of = at_ns, market.layouts, desk.feeds.news
        if stage is not None and stage.as_of == as_of and stage.is_held(desk):
            return stage
        sheet = desk.figures.stands(desk, at_ns)
        if sheet is None or 0 < alerts.next_end_ns <= at_ns:
            return None
        if stage is None:
            self._lay(desk, market, day, at_ns)
            stage = self._resume(desk, day)
        plan = alerts.plans.get(sheet.name)
        if stage is None or plan is None or stage.plan is not plan or plan.sheet is not sheet:
            return None
        stage.as_of = as_of
        return stage

    def _resume(self, desk: Desk, day: DeliveryDay) -> Stage | None:
        """Return what deals of a day move that was laid out; None if it was not."""
        stage, place = self.paused.pop(day.day.day, None), desk.pnl_explain.place_of(day)
        if stage is None or place < 0:
            return None
        stage.where[DAY], stage.where[ROW] = place, desk.pnl_explain.row_of(NEW_DEALS)
        if not stage.table.lay(desk.pnl_explain.arrays, first=EXPLAIN):
            return None
        self.laid[day.day.day] = stage
        return stage

    def _lay(
        self, desk: Desk, market: MarketBook, day: DeliveryDay, at_ns: int, *, ahead: bool = False
    ) -> None:
        """Lay out what the deals of a day move, the explain aside, if all of it is there.

        Ahead of a deal nothing is made that only a deal makes: none may come.
        """
        sheet, own = desk.figures.stands(desk, at_ns), day.day.day
        plan = None if sheet is None else desk.alerts.plans.get(sheet.name)
        if plan is None or plan.sheet is not sheet or len(desk.markets) > 1:
            return
        if own in self.paused or not desk.portfolio.has_scenarios:
            return
        if ahead and _KIND not in plan.board.shares:
            return
        stage = self._stages.get(own)
        if stage is None:
            held = {each: self._stages[each] for each in market.days if each in self._stages}
            self._stages = held | {own: (stage := Stage())}
        stage.where[DELIVERED], stage.where[SECONDS] = day.delivered, day.day.interval_seconds
        arrays = arrays_of(desk, market, day, plan)
        if arrays is None or not stage.table.lay((stage.where, *arrays)):
            return
        stage.plan, stage.moved = plan, False
        self.paused[own] = stage


def arrays_of(
    desk: Desk, market: MarketBook, day: DeliveryDay, plan: Plan
) -> tuple[NDArray[Any], ...] | None:
    """Return what the deals of a day move and read, in the order of the step, up to the explain."""
    risk = desk.portfolio.lines_of(market.tables.market, day.day.day)
    if risk is None:
        return None
    return (
        *day.hourly.entry_arrays,
        *day.open_lines.counted,
        day.hourly.weight_by_hour,
        *risk.arrays,
        *desk.figures.arrays(day),
        *market.value.arrays,
        *desk.portfolio.arrays,
        *plan.arrays(_KIND),
        day.rows_open_mw,
    )
