"""Which options and floors are worth what they would pay, because no volatility is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from state.contracts.contingent_lines import Line
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.products import PRODUCTS
from state.products.payoff import Terms
from state.risk.to_come import SETTLED, kinds_to_come


def intrinsic(market: MarketBook) -> list[str]:
    """Name the lines of a market that are still to be priced and have no volatility."""
    found: dict[str, None] = {}
    for terms in _without_volatility(market):
        names = market.tables.locations.names
        places = [names[int(market.tables.rows.location[row])] for row in terms.rows]
        found[f"{market.market.market}/{' less '.join(places)} {terms.product}"] = None
    return list(found)


def _without_volatility(market: MarketBook) -> Iterator[Terms]:
    for day, held in market.contingent.days.items():
        for terms, line in held.lines.items():
            if _bends(terms) and _lacks(market, market.days[day], terms, line):
                yield terms
    forward = market.forward
    if forward is None:
        return
    names, table = market.tables.locations.names, market.tables.locations
    for (terms, block), line in market.contingent.forward.items():
        hubs = [names[table.beyond(int(market.tables.rows.location[row]))] for row in terms.rows]
        wide = market.contingent.time_value.beyond(terms, hubs, block, forward)
        if (
            _bends(terms)
            and np.isnan(wide[forward.first :][line.volume[forward.first :] != 0]).any()
        ):
            yield terms


def _lacks(market: MarketBook, grid: DeliveryDay, terms: Terms, line: Line) -> bool:
    places = market.tables.rows.location[list(terms.rows)]
    wide = market.contingent.time_value.of_day(grid, terms, places, slice(0, grid.day.intervals))
    run = grid.trade_run(terms.run)
    to_come = np.array([kinds_to_come(grid, int(place), run) for place in places]) != SETTLED
    left = to_come.any(axis=0) & (line.volume != 0.0)
    left[: grid.delivered] = False
    return bool(np.isnan(wide[left]).any())


def _bends(terms: Terms) -> bool:
    payoff = PRODUCTS[terms.product].payoff
    return payoff is not None and payoff.bends
