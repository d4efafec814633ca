"""What options, floors and storage gain under a scenario beyond their delta times the move.

The grid holds a contingent contract as its delta (``state.contracts.contingent``), which is right
for a small move. Under a scenario its payoff is valued anew at the moved marks: a MW gains
V(P + ΔP) − V(P), of which delta·ΔP is in the legs already (full revaluation; Hull, "Options,
Futures, and Other Derivatives", on scenario analysis). The time left and its volatility stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from state.arrays import Flags, Matrix
from state.contracts.contingent_lines import Line
from state.market.book import MarketBook
from state.market.forward import ForwardBook
from state.market.horizon import HubBlock
from state.messages import Block, FloatColumn
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes, Terms
from state.risk.held_day import HeldDay
from state.risk.scenario import Scenario
from state.risk.shocks import DayShocks, known

_DECIMALS = 9
"""Of $: what two ways of adding the same up differ by is no gain."""


def of_day(held: HeldDay, shocks: DayShocks, moves: Matrix) -> Iterator[tuple[int, FloatColumn]]:
    """Yield the row of each line of a day that bends, and $ by interval.

    Args:
        held: the day.
        shocks: how far its prices move.
        moves: MW by resource and interval; what is generated more pays by the bend too.
    """
    market, day = held.market, held.day
    lines = market.contingent.days.get(day.day.day)
    moved_at: dict[int, Matrix] = {}  # many lines stand at few places
    for terms, line in () if lines is None else lines.lines.items():
        payoff = _bend(terms)
        if payoff is None:
            continue
        run = day.trade_run(terms.run)
        moved = np.array([_moved_at(held, shocks, row, moved_at)[run] for row in terms.rows])
        volume, more = line.volume, np.zeros(len(line.volume))
        if PRODUCTS[terms.product].as_generated:
            more = volume * moves[terms.resource]
            volume = volume * day.volumes.expected[terms.resource]
        if not (moved.any() or more.any()):
            continue
        differs = (moved != 0.0).any(axis=0) & (volume != 0.0) | (more != 0.0)
        part = _span(differs, whole=payoff.by_day)
        if part is not None:
            quotes = market.contingent.quotes(day, terms, run, part)
            usd = np.zeros(len(volume))
            usd[part] = _gained(terms, quotes, moved[:, part], (volume + more)[part], (line, part))
            yield terms.rows[0], usd


def _moved_at(held: HeldDay, shocks: DayShocks, row: int, moved_at: dict[int, Matrix]) -> Matrix:
    place = int(held.market.tables.rows.location[row])
    if place not in moved_at:
        moved = shocks.of_legs(np.array([row]))[:, 0]
        moved_at[place] = np.where(held.day.realised[place], 0.0, moved)
    return moved_at[place]


def of_months(market: MarketBook, scenario: Scenario) -> Iterator[tuple[int, int, FloatColumn]]:
    """Yield book, hub and $ by month of each line beyond the grid that bends."""
    forward, tables = market.forward, market.tables
    if forward is None:
        return
    moved_by: dict[HubBlock, FloatColumn] = {}
    for (terms, block), line in market.contingent.forward.items():
        if _bend(terms) is None:
            continue
        places = [tables.locations.beyond(int(tables.rows.location[row])) for row in terms.rows]
        for key in [(place, block) for place in places if (place, block) not in moved_by]:
            moved_by[key] = _moved_by_day(market, forward, scenario, *key)
        moved = np.array([moved_by[place, block] for place in places])
        if not moved.any():
            continue
        part = _span((line.volume != 0.0) & (moved != 0.0).any(axis=0), first=forward.first)
        if part is not None:
            quotes = market.contingent.quotes_beyond(forward, terms, block).over(part)
            usd = _gained(terms, quotes, moved[:, part], line.volume[part], (line, part))
            by_month = np.zeros(len(forward.months))
            np.add.at(by_month, forward.month_of[part], usd)
            yield int(tables.rows.book[terms.rows[0]]), places[0], by_month


def _moved_by_day(
    market: MarketBook, forward: ForwardBook, scenario: Scenario, place: int, block: Block
) -> FloatColumn:
    hub = market.tables.locations.names[place]
    marks = np.array([forward.marks.get((hub, block, month), np.nan) for month in forward.months])
    moves = known(scenario.curve_shocks(market, hub, block, marks))
    return np.asarray(moves[forward.month_of])


def _bend(terms: Terms) -> Payoff | None:
    payoff = PRODUCTS[terms.product].payoff
    return payoff if payoff is not None and payoff.bends else None


def _span(wanted: Flags, *, first: int = 0, whole: bool = False) -> slice | None:
    """Return from the first that is wanted to the last; None if none is."""
    found = np.flatnonzero(wanted[first:]) + first
    if not len(found):
        return None
    return slice(0, len(wanted)) if whole else slice(int(found[0]), int(found[-1]) + 1)


def _gained(
    terms: Terms,
    quotes: Quotes,
    moved: Matrix,
    volume: FloatColumn,
    held: tuple[Line, slice],
) -> FloatColumn:
    """Return $ of a volume's payoff at the moved marks, less what the line's legs make of them."""
    payoff, (line, part) = PRODUCTS[terms.product].payoff, held
    assert payoff is not None  # noqa: S101 - only what has one is a line
    at = replace(quotes, mark=quotes.mark + moved)
    anew, _ = payoff.value(terms, at)
    # The cost entered with the legs is Σ delta × MW × mark − payoff × MW + what was paid.
    legs = np.add.reduce(line.legs[:, part] * at.mark * quotes.hours - line.cost_usd[:, part])
    usd = anew * volume * quotes.hours - legs - line.paid_usd[part]
    return np.asarray(np.where(np.isnan(usd), 0.0, np.round(usd, _DECIMALS)))
