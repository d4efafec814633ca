"""What the openings say of earlier VaRs: one company's, in every horizon, and the tests hold."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from replay_data.records import LocalDay
from replay_data.stories import STORIES, story_named
from state.company import Company
from state.messages import BacktestHistory, Horizon, Policy, Tick
from state.screens.backtest_seen import BacktestView
from tests.replay_data.shipped import played

NAMES = [story.name for story in STORIES]


@lru_cache
def brought(name: str) -> dict[tuple[str, str], BacktestHistory]:
    found = [one for one in played(name).opening if isinstance(one, BacktestHistory)]
    return {(one.node, one.horizon): one for one in found}


@pytest.mark.parametrize("name", NAMES)
def test_the_outcomes_of_books_add_up_to_the_firm_and_of_horizons_to_the_total(name: str):
    outcomes = brought(name)

    books = {node for node, _ in outcomes} - {"firm"}
    for horizon in Horizon:
        parts = [outcomes[book, horizon].pnl_usd for book in books if (book, horizon) in outcomes]
        summed = np.add.reduce(parts)
        assert np.allclose(summed, outcomes["firm", horizon].pnl_usd, atol=0.1)
    pair = (outcomes["firm", Horizon.INTRADAY], outcomes["firm", Horizon.FORWARD])
    both = pair[0].pnl_usd + pair[1].pnl_usd
    assert np.allclose(both, outcomes["firm", Horizon.TOTAL].pnl_usd, atol=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_the_tile_shows_250_outcomes_and_green_lights_from_the_first_tick_on(name: str):
    day = played(name)
    company = Company("company")
    first = Tick(at_ns=LocalDay(story_named(name).day, "America/Los_Angeles").grid.start_ns)
    for position, message in enumerate([*day.opening, first], start=1):
        company.apply(message, position)

    view = company.views()["backtest"]

    assert isinstance(view, BacktestView)
    firm = next(r for r in view.rows if (r.node, r.horizon) == ("firm", "total"))
    assert (firm.state, firm.days) == ("tested", 250)
    assert 6 <= firm.exceptions <= 17
    assert {row.light for row in view.rows if row.horizon == "total"} <= {"green", ""}


def test_the_limits_of_the_desk_and_the_alarms_on_the_data_are_in_force():
    policies = [one.policy for one in played(NAMES[0]).opening if isinstance(one, Policy)]

    assert policies == ["desk-limits", "data-limits"]
