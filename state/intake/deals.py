"""Deals that follow one another, taken straight through together where nothing looks at each.

When a backlog is drained, or a trade system sends what it held back, deals come by the hundred at
once. Those at the head of a run that are plain are found one by one and then taken in one compiled
pass, which stops wherever a limit has something to say. To the bit it leaves what they leave that
are applied one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from state.alerts.causes import MessageCause
from state.contracts import entry as contract_entry
from state.intake.plain_deals import PlainDeal, PlainDeals
from state.messages import Trade
from state.screens.views import Transition
from state.straight import Outcome, Stage
from state.straight_loops import take_deals

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]


def take_run(
    company: Company, plain_deals: PlainDeals, deals: Sequence[Trade]
) -> list[list[Transition]]:
    """Take the deals at the head of a run that go straight through.

    Args:
        company: whose; it stands before the first of them.
        plain_deals: finds where they lie.
        deals: that follow one another in the log.

    Returns:
        The transitions of each deal that was taken; none was if the first has to be applied by
        itself.
    """
    desk, at_ns = company.desk, company.tick_ns
    if _looks_at_each(desk) or not deals:
        return []
    found = _alike(desk, plain_deals, deals)
    if not found:
        return []
    where = [(contract_entry.line_at(one[0], one[3]), *one[2]) for one in found]
    stage = desk.straight.ready(desk, found[0], at_ns)
    if stage is None or stage.plan is None:
        return []
    run = _Run(company, stage, deals[: len(found)], found)
    return run.take(np.array(where, dtype=np.int64))


def _looks_at_each(desk: Desk) -> bool:
    """Say whether anything follows each deal as it comes."""
    return bool(
        desk.straight.waits
        or desk.written_policies
        or desk.credit_limits.in_force
        or desk.checks.await_deals
        or desk.duties.follows_deals
        or desk.closes.follows_deals
    )


def _alike(desk: Desk, plain_deals: PlainDeals, deals: Sequence[Trade]) -> list[PlainDeal]:
    """Return where the deals at the head of a run lie, as long as they are plain, of one day."""
    first = plain_deals.find(desk, deals[0])
    if first is None or desk.plausibility.suspects(deals[0]):
        return []
    market, day, *_ = first
    feeds, feed, name = desk.feeds, market.trades_feed, market.market.market
    if feed in feeds.watched or feed not in feeds.records:
        return []
    covers, suspects, find = desk.portfolio.covers, desk.plausibility.suspects, plain_deals.find
    known, found = set[tuple[str, str]](), list[PlainDeal]()
    for deal in deals:
        plain, identity = find(desk, deal), (deal.source, deal.trade)
        if plain is None or plain[1] is not day or identity in known or suspects(deal):
            break
        if not covers(name, plain[3][1]):
            break
        known.add(identity)
        found.append(plain)
    return found


class _Run:
    """Deals that go straight through together.

    Args:
        company: whose.
        stage: what they move.
        deals: one after the other.
        found: where each lies.
    """

    def __init__(
        self, company: Company, stage: Stage, deals: Sequence[Trade], found: Sequence[PlainDeal]
    ) -> None:
        self._company = company
        self._stage = stage
        self._deals = deals
        self._found = found
        self._first = company.position + 1

    def take(self, where: Numbers) -> list[list[Transition]]:
        """Take them, as long as the limits stand where they stood; return their transitions.

        Args:
            where: line, first hour and one past the last, by deal.
        """
        company, stage, count = self._company, self._stage, len(self._deals)
        terms = np.array([(one.quantity_mw, one.price_usd_per_mwh) for one in self._deals])
        moved, caused, begin = np.empty((count, 3)), list[list[Transition]](), 0
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
        return MessageCause(self._deals[at], self._found[at][0].market.time_zone)

    def _record(self, begin: int, end: int) -> None:
        """Record those that went, and note that they came."""
        company, deals = self._company, self._deals[begin:end]
        market, day, *_ = self._found[0]
        for deal, plain in zip(deals, self._found[begin:end], strict=True):
            market.contracts.add_trade(deal, plain[-1])
        day.hourly.edition += len(deals)
        desk, feed = company.desk, market.trades_feed
        desk.straight.taken += len(deals)
        desk.feeds.arrived_together(feed, [deal.received_at_ns for deal in deals])
        desk.feed_watch.arrived(feed)
        company.stale_views.add("feeds")
        company.position = self._first + end - 1

    def _explain(self, begin: int, end: int, moved: Matrix) -> None:
        self._company.desk.pnl_explain.note_deals(
            self._company.desk, self._deals[begin:end], moved[begin:end], self._first + begin
        )
