"""Samples for the tests of risk measures, by hand and by chance."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import strategies as st

from state.arrays import Matrix
from state.risk.sample import Sample


def dates_of(count: int) -> tuple[str, ...]:
    first = date(2024, 1, 1)
    return tuple((first + timedelta(days=number)).isoformat() for number in range(count))


def sample_of_parts(parts: Matrix) -> Sample:
    return Sample(parts=parts, dates=dates_of(parts.shape[1]), window=parts.shape[1])


def sample_of_pnl(pnl: Matrix | list[float]) -> Sample:
    return sample_of_parts(np.array([pnl], dtype=np.float64))


@st.composite
def changes(draw: st.DrawFn, *, least: int = 60, most: int = 300) -> Matrix:
    """Changes of a few factors, heavy in the tails, with a volatility that drifts."""
    factors = draw(st.integers(1, 4))
    scenarios = draw(st.integers(least, most))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    drift = np.exp(0.5 * np.sin(np.arange(scenarios) / 30.0))
    return chance.standard_t(4, (factors, scenarios)) * drift


def exposures(factors: int) -> st.SearchStrategy[Matrix]:
    amount = st.floats(-1000, 1000).filter(lambda each: abs(each) > 1e-3)
    return st.lists(amount, min_size=factors, max_size=factors).map(np.array)
