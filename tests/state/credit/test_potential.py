"""What a counterparty could owe besides within a day, against numbers worked by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from state.company import Company
from state.credit.potential import potential_usd
from state.messages import Counterparty, FactorHistory, SettlesAt, Trade, TradeAction
from state.screens.credit import credit_view
from tests.state.credit.test_credit_limits import policy
from tests.state.worked import company, reference, tick, trade

CHANGES = [-9.0, 8.0, -7.0, 6.0, -5.0, 4.0, -3.0, 2.0, -1.0, 0.0] * 2
"""$/MWh by scenario: with twenty of them and 95 % the worst one is the quantile."""

SEPTEMBER = date(2026, 9, 1)
HOURS = 30 * 24


def history(*months: str) -> FactorHistory:
    """Curves of the hub over dates of which each differs from the last by a change."""
    levels = 50.0 + np.cumsum([0.0, *CHANGES])
    dates = [date(2026, 6, 1) + timedelta(days=number) for number in range(len(levels))]
    factors = tuple(
        f"west/HUB/curve/{block}/{month}" for month in months for block in ("on_peak", "off_peak")
    )
    return FactorHistory(
        market="west",
        factors=factors,
        dates=tuple(day.isoformat() for day in dates),
        levels=np.tile(levels, len(factors)),
    )


def deal(mw: float, name: str, **terms: Any) -> Trade:
    return trade(
        mw, 40.0, 0, HOURS, day=terms.pop("day", SEPTEMBER), counterparty=name,
        settles_at=SettlesAt.CURVE, **terms,
    )  # fmt: skip


def house(*messages: Any, netting: bool = True) -> Company:
    record = Counterparty(counterparty="A", name="A", netting=netting)
    return company(*reference(), policy(), record, history("2026-09"), tick(8), *messages)


def test_a_purchase_gains_with_the_price_and_a_sale_with_its_fall():
    bought = potential_usd(house(deal(5.0, "A")).desk)
    sold = potential_usd(house(deal(-5.0, "A")).desk)

    assert bought == pytest.approx({"A": 5.0 * HOURS * 8.0}, rel=1e-12)
    assert sold == pytest.approx({"A": 5.0 * HOURS * 9.0}, rel=1e-12)


@pytest.mark.parametrize(("netting", "mw"), [(True, 2.0), (False, 5.0)])
def test_netted_contracts_set_each_other_off_and_others_do_not(*, netting: bool, mw: float):
    folded = house(deal(5.0, "A"), deal(-3.0, "A", trade="sale"), netting=netting)

    assert potential_usd(folded.desk) == pytest.approx({"A": mw * HOURS * 8.0}, rel=1e-12)


def test_each_counterparty_is_on_its_own():
    found = potential_usd(house(deal(5.0, "A"), deal(1.0, "B", trade="b")).desk)

    assert found == pytest.approx({"A": 5.0 * HOURS * 8.0, "B": 1.0 * HOURS * 8.0}, rel=1e-12)


def test_a_month_without_scenarios_makes_it_unknown_for_whom_it_concerns_only():
    folded = house(deal(5.0, "A"), deal(1.0, "B", trade="b", day=date(2026, 10, 1)))
    found = potential_usd(folded.desk)

    assert math.isnan(found["B"])
    assert found["A"] > 0.0


def test_a_contract_that_was_cancelled_counts_nothing():
    folded = house(deal(5.0, "A"), deal(5.0, "A", version=2, action=TradeAction.CANCEL))

    assert potential_usd(folded.desk).get("A", 0.0) == 0.0


def test_the_screen_adds_it_to_what_is_owed_now():
    folded = house(deal(5.0, "A"))
    (row,) = credit_view(folded.desk).rows

    assert row.potential_usd == row.exposure_usd + potential_usd(folded.desk)["A"]
    assert {use.figure for use in row.limits} >= {"credit_owed", "credit_volume_share"}
