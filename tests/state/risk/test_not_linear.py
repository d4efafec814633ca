"""The desk's Monte Carlo values options anew on every path, and lets as-generated volume move."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from state.company import Company
from state.messages import AnyMessage, Run, SettlesAt
from state.risk.not_linear import not_linear
from state.screens.contributions_seen import ContributionView, MethodRow
from tests.state.risk.policies import policy
from tests.state.worked import company, contract, curve, forecast, history, reference, tick, trade

SPREAD = [12.0, -12.0] * 20
"""Day-on-day changes of the hub in hour 11: a deviation of 12 $/MWh about a mean of nothing."""
LEVELS = {
    f"HUB/{run}/HE11": [50.0, *(50.0 + np.add.accumulate(SPREAD)).tolist()] for run in Run
} | {
    f"HUB/curve/{block}/2026-07": [50.0, *(50.0 + np.add.accumulate(SPREAD)).tolist()]
    for block in ("on_peak", "off_peak")
}
MARKED = curve(50.0, 40.0, "2026-07", "2026-08")


def unit(mw: float = 10.0, strike: float = 50.0, **terms: Any) -> AnyMessage:
    return contract(
        "dispatchable", mw, 0.0, 10, 1, strike_usd_per_mwh=strike, settles_at=SettlesAt.RTD, **terms
    )


def folded(*messages: AnyMessage) -> Company:
    return company(reference(), history(LEVELS), MARKED, list(messages), tick(8))


def monte_carlo(of: Company) -> MethodRow:
    view = of.views()["contributions"]
    assert isinstance(view, ContributionView)
    return next(row for row in reversed(view.methods) if row.method.startswith("monte-carlo"))


def paths_of(of: Company, deviation: float = 0.0, paths: int = 20_000) -> np.ndarray[Any, Any]:
    desk = of.desk
    held = not_linear(
        [(market, desk.portfolio.scenarios.shocks[name]) for name, market in desk.markets.items()]
    )
    return held.paths(desk.portfolio.firm_pnl(), seed=1, paths=paths, deviation=deviation)


def test_an_option_sold_at_the_money_loses_what_its_delta_does_not_show():
    sold = folded(unit(-10.0))
    row = monte_carlo(sold)

    assert "options of 1 lines and periods valued anew" in row.settings
    # 10 MWh of max(P - 50, 0) sold at 50: no loss below, 10 x 12 x 1.645 $ at the 95th percentile.
    assert not sold.desk.portfolio.firm_pnl().any()
    assert row.var_usd == pytest.approx(120 * NormalDist().inv_cdf(0.95), rel=0.06)


def test_an_option_held_cannot_lose_more_than_it_is_worth_on_any_path():
    held = paths_of(folded(unit(10.0, strike=45.0)))

    # 10 MWh x (50 - 45) $/MWh are all there is to lose; its delta of one would lose far more.
    assert held.min() == pytest.approx(-50.0)
    assert held.mean() == pytest.approx(
        10 * (5 * NormalDist().cdf(5 / 12) + 12 * NormalDist().pdf(5 / 12) - 5), rel=0.1
    )


def test_a_volatile_option_is_valued_on_every_path_as_bachelier_does():
    of = folded(unit(10.0, volatility_usd_per_mwh=1000.0))
    (bend,) = not_linear(
        [(of.desk.markets["west"], of.desk.portfolio.scenarios.shocks["west"])]
    ).bends
    moved = np.linspace(-40.0, 40.0, 501)
    deviation = 1000.0 * math.sqrt(2 / 8760)

    beyond = bend.beyond_delta(0, moved)

    normal = NormalDist()
    exact = [
        m * normal.cdf(m / deviation) + deviation * normal.pdf(m / deviation)
        - deviation * normal.pdf(0) - 0.5 * m
        for m in moved.tolist()
    ]  # fmt: skip
    assert np.allclose(beyond, exact, atol=0.01)


def test_what_is_linear_moves_on_a_path_as_it_does_in_the_scenarios():
    pnl = paths_of(folded(trade(10.0, 40.0, 10, settles_at=SettlesAt.RTD)))

    assert pnl.std() == pytest.approx(120.0, rel=0.02)
    assert "covariance of the scenarios" not in monte_carlo(folded(trade(10.0, 40.0, 10))).settings


def test_a_forward_option_moves_with_its_curve():
    later = contract(
        "dispatchable", -1.0, 0.0, 24 * 5 + 10, 1, strike_usd_per_mwh=50.0,
        settles_at=SettlesAt.CURVE,
    )  # fmt: skip
    pnl = paths_of(folded(later))

    assert pnl.max() == 0.0
    assert np.quantile(pnl, 0.05) == pytest.approx(-12 * NormalDist().inv_cdf(0.95), rel=0.06)


def test_a_published_price_bends_no_more():
    from tests.state.worked import price  # noqa: PLC0415 - one use

    of = folded(unit(-10.0), *(price(run, 10, HUB=80.0) for run in Run))

    assert not paths_of(of).any()


def generated(*more: AnyMessage) -> Company:
    ppa = trade(1.0, 20.0, 10, 1, product="ppa", resource="plant", location="NODE")
    zero = {f"NODE/basis/{run}": [0.0] * 41 for run in Run}
    return company(
        reference(), history(LEVELS | zero), MARKED, forecast("plant", 10, 10.0), ppa, more, tick(8)
    )


def test_as_generated_volume_moves_with_a_deviation_of_its_own_times_the_price_of_the_path():
    volume = generated(policy("volume_deviation: 0.5"))

    # (10 + 5e) MWh x (50 - 20 + 12z) less 10 x 30: 10 x 12z + 5e x (30 + 12z)
    wanted = math.sqrt(120**2 + (5 * 30) ** 2 + (5 * 12) ** 2)
    assert paths_of(volume, 0.5).std() == pytest.approx(wanted, rel=0.02)
    assert "as-generated volume ± 50%" in monte_carlo(volume).settings
    assert monte_carlo(generated()).settings.startswith("drawn")


def test_the_same_seed_gives_the_same_bits():
    assert paths_of(folded(unit(-10.0))).tobytes() == paths_of(folded(unit(-10.0))).tobytes()
