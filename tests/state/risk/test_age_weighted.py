"""Age-weighted simulation where the newest scenarios weigh much."""

from __future__ import annotations

import numpy as np

from state.risk import MEASURES
from state.risk.measure import RiskFigure, Settings, figure
from tests.state.risk.samples import sample_of_pnl


def weighted(worst_at: int, decay: float) -> RiskFigure:
    pnl = np.full(250, 1.0)
    pnl[worst_at] = -100.0
    return figure(MEASURES["age-weighted"], sample_of_pnl(pnl), Settings(lambda_age=decay))


def test_a_worst_scenario_that_is_more_than_the_tail_is_told_with_the_figure():
    found = weighted(worst_at=249, decay=0.97)

    assert (found.var_usd, found.es_usd) == (100.0, 100.0)
    assert found.note == "the tail, 1.00%, holds less than the worst scenario, which weighs 3.00%"


def test_a_worst_scenario_within_the_tail_needs_no_word():
    assert weighted(worst_at=249, decay=0.995).note == ""
    assert weighted(worst_at=100, decay=0.97).note == ""
