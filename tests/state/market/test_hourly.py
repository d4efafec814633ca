"""Contracts of whole hours: kept by hour, worth what they are worth by interval."""

from __future__ import annotations

import pytest
from hypothesis import given, note

from state.calendar import MarketDay
from state.messages import AnyMessage
from tests.state.oracle import differences, figures_of_views
from tests.state.oracle.figures import Figures
from tests.state.strategies import examples, fold, logs, told_in_words


def scaled(figures: Figures) -> Figures:
    """Say how large the sums are, in which a difference counts."""
    figures.scale_usd = sum(map(abs, figures.pnl.values()))
    figures.risk_scale_usd = sum(abs(var) + abs(es) for var, es in figures.risk.values())
    return figures


@examples(10)
@given(logs())
def test_a_contract_kept_by_hour_is_worth_what_it_is_kept_by_interval(
    messages: list[AnyMessage],
):
    note(told_in_words(messages))
    by_hour = fold(messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MarketDay, "on_the_hour", lambda *_: False)
        by_interval = fold(messages)

    expected = scaled(figures_of_views(by_interval.views()))
    found = differences(figures_of_views(by_hour.views()), expected)

    assert not found, "\n".join(found[:20])
    assert not any(len(market.tables.lines) for market in by_interval.desk.markets.values())
