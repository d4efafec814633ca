"""What is known of the output that an as-generated contract takes a share of.

The most it can be is the capacity of the resource's record. What is expected is what every position
stands on: on the days held the resource's expected MW by interval, on all others its outlook by
month and block (docs/meanings.md, "Volumes of a resource").
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.calendar import MarketCalendar, local_date, local_midnight_ns
from state.contracts.holdings import known_cells
from state.contracts.shapes import hours_of
from state.contracts.size import block_hours
from state.market.delivery_day import DeliveryDay
from state.market.horizon import BLOCKS
from state.messages import Block, Trade
from state.periods import month_after
from state.products.product import contract_mw

if TYPE_CHECKING:
    from state.market.book import MarketBook


class Output(NamedTuple):
    """What is known of a resource's output, for one contract on a share of it.

    Attributes:
        capacity_mw: the most the resource can make; NaN if not known.
        expected_mwh: what the contract is expected to deliver, its share of it; NaN if not known.
        without_capacity, without_mwh: why not, with the remedy; empty if known.
    """

    capacity_mw: float = math.nan
    expected_mwh: float = math.nan
    without_capacity: str = ""
    without_mwh: str = ""


def output_of(market: MarketBook, trade: Trade, *, from_ns: int = 0) -> Output:
    """Return what is known of the output an as-generated contract takes a share of.

    Args:
        market: of the contract.
        trade: the contract.
        from_ns: what is made before is left out of what is expected.
    """
    name = trade.resource
    capacity_mw, without_capacity = capacity_of(market, name), ""
    if not capacity_mw > 0.0:
        without_capacity = f"resource {name!r} has no capacity_mw above 0; send its record with one"
        capacity_mw = math.nan
    expected_mwh, without_mwh = _expected_mwh(market, trade, from_ns)
    return Output(capacity_mw, expected_mwh, without_capacity, without_mwh)


def capacity_of(market: MarketBook, resource: str) -> float:
    """Return the capacity that the record of a resource says, MW; NaN where there is no record."""
    resources = market.tables.resources
    number = resources.index.get(resource)
    return math.nan if number is None else resources.records[number].capacity_mw


def _expected_mwh(market: MarketBook, trade: Trade, from_ns: int) -> tuple[float, str]:
    """Return what a contract is expected to deliver from a moment on, or why it is not known."""
    number = market.tables.resources.index.get(trade.resource)
    if number is None:
        return math.nan, f"resource {trade.resource!r} is unknown; send its record"
    at_ns, end_ns, total = max(trade.delivery_start_ns, from_ns), trade.delivery_end_ns, 0.0
    parts: list[tuple[float, str]] = []
    for day in market.days.values():  # ascending
        if day.day.start_ns < end_ns and at_ns < day.day.end_ns:
            parts.append(_foretold(market, trade, (at_ns, day.day.start_ns)))
            parts.append(_of_day(day, trade, number, max(at_ns, day.day.start_ns)))
            at_ns = day.day.end_ns
    parts.append(_foretold(market, trade, (at_ns, end_ns)))
    for mwh, without in parts:
        if without:
            return math.nan, without
        total += mwh
    return total, ""


def _of_day(day: DeliveryDay, trade: Trade, number: int, from_ns: int) -> tuple[float, str]:
    """Return a contract's share of what is expected on a day held."""
    grid, begin_ns = day.day, max(from_ns, trade.delivery_start_ns)
    # Of the interval that runs what is left of it counts, as of a block.
    over_ns = (begin_ns - grid.start_ns) % grid.step_ns
    span = grid.span(begin_ns - over_ns, trade.delivery_end_ns)
    share = contract_mw(trade, grid, span=span)
    if (day.volumes.without_forecast()[number, slice(*span)] & (share != 0.0)).any():
        return math.nan, f"{trade.resource} has no forecast for {grid.day}; send one"
    mwh = share * day.volumes.expected[number, slice(*span)] * day.hours_per_interval
    mwh[:1] *= 1.0 - over_ns / grid.step_ns
    return float(np.add.reduce(mwh)), ""


def _foretold(market: MarketBook, trade: Trade, part: tuple[int, int]) -> tuple[float, str]:
    """Return a contract's share of an outlook over a part of its delivery."""
    if part[0] >= part[1]:
        return 0.0, ""
    outlook, total = market.contracts.outlooks.get(trade.resource), 0.0
    mw: dict[tuple[str, Block], float] = {}
    for month, block, amount in known_cells(outlook) if outlook is not None else ():
        mw.update(((month, own), amount) for own in BLOCKS if block in (Block.FLAT, own))
    for block in BLOCKS:
        if trade.block in (Block.FLAT, block):
            for month, hours in _share_hours(trade, market.calendar, block, part):
                if hours and (month, block) not in mw:
                    return math.nan, f"{trade.resource} has no outlook for {month}; send one"
                total += hours * mw.get((month, block), 0.0)
    return total, ""


def _share_hours(
    trade: Trade, calendar: MarketCalendar, block: Block, part: tuple[int, int]
) -> Iterator[tuple[str, float]]:
    """Yield months and the hours of a block in them, times the share that a contract takes."""
    zone, (start_ns, end_ns) = calendar.time_zone, part
    if len(trade.profile_mw):
        yield from hours_of(trade, calendar, block).between(start_ns, end_ns).by_month(calendar)
        return
    while start_ns < end_ns:
        first = local_date(start_ns, zone).replace(day=1)
        over_ns = min(end_ns, local_midnight_ns(month_after(first, 1), zone))
        hours = block_hours(calendar, block, start_ns, over_ns)
        yield f"{first:%Y-%m}", trade.quantity_mw * hours
        start_ns = over_ns
