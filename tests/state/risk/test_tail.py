"""The tail that a portfolio keeps is the one found from scratch, however long it is."""

from __future__ import annotations

import numpy as np
import pytest

from state.risk.factors import Scenarios
from state.risk.historical import tail_size, value_at_risk
from state.risk.portfolio import Portfolio, RiskParameters
from state.risk.tail import LARGEST_INSERTED

SCENARIOS = 3000


@pytest.mark.parametrize("confidence", [0.99, 0.95, 0.5])
def test_a_tail_followed_from_move_to_move_has_the_bits_of_one_found_anew(confidence: float):
    draw = np.random.default_rng(7)
    portfolio = Portfolio(RiskParameters(confidence=confidence, window=SCENARIOS))
    portfolio.set_scenarios(Scenarios(tuple(map(str, range(SCENARIOS))), 0, {}), books=2)
    portfolio.pnl += 1000.0 * draw.standard_t(3, portfolio.pnl.shape)

    for size in (1.0, 30.0, 3000.0, 0.0):  # none stays, some stay, all stay
        portfolio._add(0, 1, size * draw.standard_t(3, SCENARIOS))
        portfolio._add(1, 0, size * draw.standard_t(3, SCENARIOS))
        found = portfolio.figures()

        horizons = np.concatenate((portfolio.pnl, portfolio.pnl[:1] + portfolio.pnl[1:]))
        anew = value_at_risk(horizons, confidence=confidence)
        assert np.array(found).tobytes() == np.array(anew).tobytes()


def test_a_tail_longer_than_is_inserted_is_that_of_a_sorted_vector():
    pnl = np.random.default_rng(9).standard_t(3, SCENARIOS)
    k = tail_size(SCENARIOS, 0.95)

    var, es = value_at_risk(pnl, confidence=0.95)

    assert k > LARGEST_INSERTED
    assert float(var) == -np.sort(pnl)[k - 1]
    assert float(es) == -sum(np.sort(pnl)[:k].tolist()) / k
