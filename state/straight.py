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
from state.market.lines import key_of
from state.messages import Trade
from state.moments import END_NS
from state.straight_loops import DAY, DELIVERED, EXPLAIN, LAYOUT, NUMBERS, ROW, SECONDS, take_deal

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

_KIND = "trade"
"""Of the cause that a deal is to what follows (``state.alerts.causes``)."""

_NEVER = -1, -1

_MOST_IN_VAIN = 3
"""So often what deals move is laid out ahead of none: an interval's end is told by several."""


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
        lacking: flags of locations where some hour of the day has no mark: a deal there goes the
            ordinary way, which says how many MWh that is.
        as_of: with what arrays and news of feeds all else was found to stand.
        until_ns: before when that holds.
        in_vain: how often it was laid out since a deal has gone.
    """

    def __init__(self) -> None:
        self.where = np.zeros(NUMBERS, dtype=np.int64)
        self.table = ArrayTable(LAYOUT)
        self.plan: Plan | None = None
        self.lacking = b""
        self.as_of = _NEVER
        self.until_ns = self.in_vain = 0

    def is_held(self, desk: Desk) -> bool:
        """Say whether limits are held against the figures where they were when it was laid out."""
        plan = self.plan
        return plan is not None and desk.alerts.plans.get(plan.sheet.name) is plan


class Straight:
    """Takes deals straight through while nothing else comes between them.

    Attributes:
        taken: how many went that way; not saved.
        waits: whether the next deal goes the ordinary way: something else came.
        laid: what deals move of each day they may be on, since something else came.
        is_asked_for: whether deals came right before that: what they move is laid out as soon as
            it has been followed, what of it is left at a tick (:meth:`keep_up`).
    """

    def __init__(self) -> None:
        self.taken = 0
        self.waits = True
        self.laid: dict[date, Stage] = {}
        self.is_asked_for = False
        self._stages: dict[date, Stage] = {}
        self._left: list[date] = []

    def leave(self) -> None:
        """Let the next deal go the ordinary way: something else comes first."""
        self.waits = True
        self.is_asked_for = any(not stage.in_vain for stage in self.laid.values())
        asked_for = (day for day, stage in self.laid.items() if stage.in_vain < _MOST_IN_VAIN)
        self._left = list(dict.fromkeys((*self._left, *asked_for)))
        self.laid.clear()

    def go_on(self, at_ns: int) -> None:
        """Let the next deal go straight: what came has been followed into every figure."""
        self.waits = not at_ns

    @property
    def is_behind(self) -> bool:
        """Whether something is to be laid out at a tick (:meth:`keep_up`)."""
        return bool(self._left)

    def keep_up(self, desk: Desk, at_ns: int) -> None:
        """Lay out what deals moved before something else came, because the next waits longer.

        The explain may go on in other arrays. Nothing is made that only a deal makes: none may
        come.

        Args:
            desk: whose.
            at_ns: the clock.
        """
        if self.waits:
            return  # what is left is laid out at a tick after the next deal
        left, self._left = self._left, []
        for market in desk.markets.values():
            laid, self.laid = self.laid, {}
            for own, day in market.days.items():
                if own in laid and _lay_explain(desk, laid[own], day):
                    self.laid[own] = laid[own]
                elif own in left:
                    self._lay(desk, market, day, at_ns, ahead=True)

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
        contract_entry.make_room(market)
        covered = desk.portfolio.covers(market.market.market, key[1])
        stage = self.ready(desk, market, day, at_ns) if covered else None
        if stage is None or stage.plan is None or stage.lacking[key[1]]:
            self._give_way(at_ns)
            return None
        stage.in_vain = 0
        market.contracts.add_trade(trade, form)
        day.hourly.edition += 1
        seen, usd, open_mwh, var_usd = take_deal(
            stage.table.numbers,
            key_of(*key),
            first,
            last,
            trade.quantity_mw,
            trade.price_usd_per_mwh,
        )
        desk.pnl_explain.moved = usd, open_mwh, var_usd
        self.taken += 1
        return Outcome(stage.plan) if seen else _QUIET

    def _give_way(self, at_ns: int) -> None:
        """Let a deal go the ordinary way, which follows everything and may make arrays anew."""
        self.leave()
        self.go_on(at_ns)

    def ready(self, desk: Desk, market: MarketBook, day: DeliveryDay, at_ns: int) -> Stage | None:
        """Return what deals of a day move that have their lines; None if it may be more."""
        stage, alerts = self.laid.get(day.day.day), desk.alerts
        as_of = market.layouts, desk.feeds.news
        if (
            stage is not None
            and stage.as_of == as_of
            and at_ns < stage.until_ns
            and stage.is_held(desk)
        ):
            return stage
        sheet, until_ns = desk.figures.stands(desk, at_ns), alerts.next_end_ns or END_NS
        if sheet is None or until_ns <= at_ns:
            return None
        if stage is None:
            stage = self._lay(desk, market, day, at_ns)
        plan = alerts.plans.get(sheet.name)
        if stage is None or plan is None or stage.plan is not plan or plan.sheet is not sheet:
            return None
        stage.where[ROW] = desk.pnl_explain.row_of(NEW_DEALS)
        if not stage.table.lay(desk.pnl_explain.arrays, first=EXPLAIN):
            return None
        stage.as_of, stage.until_ns = as_of, min(until_ns, desk.figures.until_ns)
        return stage

    def _lay(
        self, desk: Desk, market: MarketBook, day: DeliveryDay, at_ns: int, *, ahead: bool = False
    ) -> Stage | None:
        """Lay out what the deals of a day move; None if not all of it is there.

        Ahead of a deal nothing is made that only a deal makes.
        """
        sheet, own = desk.figures.stands(desk, at_ns), day.day.day
        plan = None if sheet is None else desk.alerts.plans.get(sheet.name)
        if plan is None or plan.sheet is not sheet or len(desk.markets) > 1:
            return None
        if not desk.portfolio.has_scenarios or (ahead and _KIND not in plan.board.shares):
            return None
        stage = self._stages.get(own)
        if stage is None:
            held = {each: self._stages[each] for each in market.days if each in self._stages}
            self._stages = held | {own: (stage := Stage())}
        stage.where[DELIVERED], stage.where[SECONDS] = day.delivered, day.day.interval_seconds
        arrays = arrays_of(desk, market, day, plan)
        if arrays is None or not stage.table.lay((stage.where, *arrays)):
            return None
        if not _lay_explain(desk, stage, day):
            return None
        stage.plan, stage.lacking, stage.as_of = plan, day.prices.unmarked.tobytes(), _NEVER
        stage.in_vain += 1
        self.laid[own] = stage
        return stage


def _lay_explain(desk: Desk, stage: Stage, day: DeliveryDay) -> bool:
    """Lay out what deals move in the explain, the row of new ones aside; say if the day counts."""
    explain = desk.pnl_explain
    if stage.table.tells_of(explain.arrays, first=EXPLAIN):
        return True  # open MWh by day are the very ones among which the day has its place
    place = explain.place_of(day)
    if place < 0:
        return False
    stage.where[DAY], stage.as_of = place, _NEVER
    return stage.table.lay(explain.arrays, first=EXPLAIN)


def arrays_of(
    desk: Desk, market: MarketBook, day: DeliveryDay, plan: Plan
) -> tuple[NDArray[Any], ...] | None:
    """Return what the deals of a day move and read, in the order of the step, up to the explain."""
    risk = desk.portfolio.lines_of(market.tables.market, day.day.day)
    if risk is None:
        return None
    return (
        *market.tables.lines.numbering,
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
