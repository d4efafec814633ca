"""Deals that follow one another, taken straight through together where nothing looks at each.

When a backlog is drained, or a trade system sends what it held back, deals come by the hundred at
once. Those at the head of a run that are plain are found field by field and taken in one compiled
pass, which stops wherever a limit has something to say. To the bit it leaves what they leave that
are applied one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from state.alerts.causes import MessageCause
from state.arrays import Matrix, Numbers
from state.contracts.entry import make_room
from state.intake.plain_deals import PlainRun, plain_run
from state.messages import Trade
from state.screens.views import Transition
from state.straight import Outcome, Stage
from state.straight_loops import take_deals

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk


def take_run(company: Company, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
    """Take the deals at the head of a run that go straight through.

    Args:
        company: whose; it stands before the first of them.
        deals: that follow one another in the log.
        position: of the first.

    Returns:
        The transitions of each deal that was taken; none was if the first has to be applied by
        itself.
    """
    desk, at_ns = company.desk, company.tick_ns
    if not deals or _looks_at_each(desk, deals[0]):
        return []
    run = plain_run(desk, deals)
    if run is None:
        return []
    make_room(run.market, len(deals))
    stage = desk.straight.ready(desk, run.market, run.day, at_ns)
    if stage is None or stage.plan is None:
        return []
    return _Run(company, stage, run, position).take(run.where())


def _looks_at_each(desk: Desk, first: Trade) -> bool:
    """Say whether deals have to go one by one: something follows each, or other figures with it."""
    market, feeds = desk.markets.get(first.market), desk.feeds
    if desk.straight.waits or market is None or not desk.portfolio.has_scenarios:
        return True
    if market.trades_feed in feeds.watched or market.trades_feed not in feeds.records:
        return True
    return bool(
        desk.written_policies
        or desk.credit_limits.in_force
        or desk.checks.await_deals
        or desk.duties.follows_deals
        or desk.closes.follows_deals
        or desk.plausibility.follows_all
    )


class _Run:
    """Deals that go straight through together.

    Args:
        company: whose.
        stage: what they move.
        run: where they lie.
        position: of the first.
    """

    def __init__(self, company: Company, stage: Stage, run: PlainRun, position: int) -> None:
        self._company = company
        self._stage = stage
        self._run = run
        self._first = position

    def take(self, where: Numbers) -> list[list[Transition]]:
        """Take them, as long as the limits stand where they stood; return their transitions.

        Args:
            where: key of the line, first hour and one past the last, by deal.
        """
        company, stage, told = self._company, self._stage, self._run.columns.told
        terms = np.array((told["quantity_mw"], told["price_usd_per_mwh"])).T.copy()
        count, begin = len(where), 0
        moved, caused = np.empty((count, 3)), list[list[Transition]]()
        stage.in_vain = 0
        while begin < count and stage.is_held(company.desk):
            end, seen = take_deals(stage.table.numbers, where, terms, begin, moved)
            self._record(begin, end)
            caused += ([] for _ in range(begin, end))
            last, settled = end - 1, Outcome(stage.plan if seen else None)
            self._explain(begin, last, moved)
            caused[-1] = company.figures_followed(self._cause(last), settled)
            self._explain(last, end, moved)
            company.note(caused[-1])
            begin = end
        return caused

    def _cause(self, at: int) -> MessageCause:
        return MessageCause(self._run.columns.deals[at], self._run.market.market.time_zone)

    def _record(self, begin: int, end: int) -> None:
        """Record those that went, and note that they came."""
        company, run = self._company, self._run
        went = run.columns if end - begin == len(run.columns) else run.columns.part(begin, end)
        run.market.contracts.add_deals(went, [form.form for form in run.forms[begin:end]])
        run.day.hourly.edition += len(went)
        desk, feed = company.desk, run.market.trades_feed
        desk.straight.taken += len(went)
        desk.feeds.arrived_together(feed, went.told["received_at_ns"])
        desk.feed_watch.arrived(feed)
        company.stale_views.add("feeds")
        company.position = self._first + end - 1

    def _explain(self, begin: int, end: int, moved: Matrix) -> None:
        desk, deals = self._company.desk, self._run.columns.deals
        desk.pnl_explain.note_deals(desk, deals[begin:end], moved[begin:end], self._first + begin)
