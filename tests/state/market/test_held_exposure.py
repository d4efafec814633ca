"""Exposures as they stand are what the scenario P&L has followed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, note

from state.market.held_exposure import held_exposure
from state.messages import AnyMessage
from state.risk.portfolio import INTRADAY
from tests.state.strategies import examples, fold, logs, told_in_words


@examples(6)
@given(logs())
def test_exposures_times_shocks_are_the_scenario_pnl_of_each_book(messages: list[AnyMessage]):
    note(told_in_words(messages))
    desk = fold(messages).desk
    portfolio = desk.portfolio
    summed = np.zeros_like(portfolio.pnl[INTRADAY])
    for name, market in desk.markets.items():
        shocks = portfolio.scenarios.shocks.get(name)
        for grid in market.days.values() if shocks is not None else ():
            held = held_exposure(grid, market.tables)
            for kind, holder, hour in np.argwhere(held.mwh):
                clock = grid.day.clock_hours[[hour]]
                vector = shocks.at(np.array([kind]), held.place[[holder]], clock)[0]
                for node in (held.book[holder], -1):
                    summed[node] += held.mwh[kind, holder, hour] * vector

    scale = 1.0 + np.abs(summed).max(initial=0.0)
    np.testing.assert_allclose(portfolio.pnl[INTRADAY], summed, rtol=0.0, atol=1e-9 * scale)
