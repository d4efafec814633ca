"""What a counterparty could owe besides within a day, against numbers worked by hand."""

from __future__ import annotations

import math
import weakref
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from state.company import Company
from state.credit.gains import ContractGains
from state.credit.potential import potentials
from state.desk import Desk
from state.messages import Counterparty, FactorHistory, SettlesAt, Trade, TradeAction
from state.screens.credit import credit_view
from tests.state.credit.samples import policy
from tests.state.worked import (
    DAY,
    company,
    contract,
    curve,
    outlook,
    reference,
    tick,
    trade,
)

CHANGES = [-9.0, 8.0, -7.0, 6.0, -5.0, 4.0, -3.0, 2.0, -1.0, 0.0] * 2
"""$/MWh by scenario: with twenty of them and 95 % the worst one is the quantile."""

SEPTEMBER = date(2026, 9, 1)
HOURS = 30 * 24


def history(*months: str, more: tuple[str, ...] = ()) -> FactorHistory:
    """Curves of the hub over dates of which each differs from the last by a change."""
    levels = 50.0 + np.cumsum([0.0, *CHANGES])
    dates = [date(2026, 6, 1) + timedelta(days=number) for number in range(len(levels))]
    factors = (
        tuple(
            f"west/HUB/curve/{block}/{month}"
            for month in months
            for block in ("on_peak", "off_peak")
        )
        + more
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


MORE = ("west/HUB/DA/HE20", "west/capacity:system/curve/flat/2026-09",
        "west/rec:PCC1/curve/flat/2026")  # fmt: skip


def house(*messages: Any, netting: bool = True) -> Company:
    record = Counterparty(counterparty="A", name="A", netting=netting)
    told = history("2026-09", more=MORE)
    return company(*reference(), policy(), record, told, tick(8), *messages)


def product(name: str, mw: float, **terms: Any) -> Trade:
    """A contract of any product over September with A."""
    words = {"day": SEPTEMBER, "counterparty": "A", "settles_at": SettlesAt.CURVE, "trade": name}
    return contract(name, mw, 40.0, 0, HOURS, **{**words, **terms})


def potential_usd(desk: Desk) -> dict[str, float]:
    return {name: found.usd for name, found in potentials(desk).items()}


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


def test_within_the_days_held_the_price_that_is_still_to_come_moves_a_contract():
    tomorrow = trade(5.0, 40.0, 19, 1, day=DAY + timedelta(days=1), counterparty="A",
                     settles_at=SettlesAt.DA)  # fmt: skip

    assert potential_usd(house(tomorrow).desk) == pytest.approx({"A": 5.0 * 8.0}, rel=1e-12)


def test_a_basis_without_history_is_named_and_the_part_of_the_hub_is_the_figure():
    tomorrow = trade(5.0, 40.0, 19, 1, day=DAY + timedelta(days=1), counterparty="A",
                     location="NODE", settles_at=SettlesAt.DA)  # fmt: skip
    found = potentials(house(tomorrow).desk)["A"]

    assert found.usd == pytest.approx(5.0 * 8.0)
    assert found.missing == {"west/NODE/basis/DA": 5.0}


SOLD = {"units": -100.0, "vintage": "2026", "unit_kind": "PCC1"}
PLANT = outlook("plant", "2026-09", 10.0, 10.0)


@pytest.mark.parametrize(
    ("messages", "usd"),
    [
        ([product("swap", 5.0)], 5.0 * HOURS * 8.0),
        ([product("cfd", -5.0)], 5.0 * HOURS * 9.0),
        ([product("shaped", 0.0, profile_mw=np.full(HOURS, 5.0))], 5.0 * HOURS * 8.0),
        ([product("capacity", 5.0, unit_kind="system")], 5.0 * 8.0),
        ([product("rec", 0.0, **SOLD)], 100.0 * 9.0),
        ([PLANT, product("ppa", 0.5, resource="plant", location="NODE")], 5.0 * HOURS * 8.0),
        # marked at 50 the floor of 55 pays: the contract is for 55, whatever the price does
        ([curve(50.0, 50.0, "2026-09"), product("cfd", 5.0, floor_usd_per_mwh=55.0)], 0.0),
        # in the money without time value: a delta of 1; out of it: of 0
        ([curve(50.0, 50.0, "2026-09"), product("dispatchable", 5.0, strike_usd_per_mwh=45.0)],
         5.0 * HOURS * 8.0),
        ([curve(50.0, 50.0, "2026-09"), product("dispatchable", 5.0, strike_usd_per_mwh=55.0)],
         0.0),
        # both legs count at one hub beyond the days held
        ([product("basis", 5.0, second_location="NODE")], 0.0),
        # what delivers another contract is no contract of its own
        ([deal(5.0, "A"), product("ist", 5.0, delivers="blotter/T1")], 5.0 * HOURS * 8.0),
    ],
)  # fmt: skip
def test_every_product_gains_what_its_legs_do(messages: list[Any], usd: float):
    found = house(*messages)

    assert not found.refusals()
    assert potential_usd(found.desk) == pytest.approx({"A": usd}, rel=1e-9, abs=1e-6)
    assert potentials(found.desk)["A"].missing == {}


@pytest.mark.parametrize(("netting", "usd"), [(True, 2.0 * 8.0), (False, 5.0 * 8.0)])
def test_without_netting_every_contract_that_is_no_block_gains_by_itself(
    *, netting: bool, usd: float
):
    folded = house(
        product("capacity", 5.0, unit_kind="system"),
        product("capacity", -3.0, unit_kind="system", trade="sale"),
        netting=netting,
    )

    assert potential_usd(folded.desk) == pytest.approx({"A": usd}, rel=1e-12)


def test_the_memory_it_takes_does_not_grow_with_the_contracts(monkeypatch: pytest.MonkeyPatch):
    kept: list[weakref.ref[Any]] = []
    alive = []
    unwatched = ContractGains.of

    def watched(gains_of: ContractGains, one: Trade) -> Any:
        gains = unwatched(gains_of, one)
        kept.append(weakref.ref(gains.usd))
        alive.append(sum(one() is not None for one in kept))
        return gains

    deals = [product("swap", 5.0, trade=f"S{number}") for number in range(20)]
    desk = house(*deals).desk
    monkeypatch.setattr(ContractGains, "of", watched)

    assert potential_usd(desk)["A"] == pytest.approx(20 * 5.0 * HOURS * 8.0)
    assert len(alive) == 20
    assert max(alive) <= 2


def test_what_no_scenario_moves_is_named_and_the_rest_is_a_figure_that_is_not_complete():
    folded = house(
        deal(5.0, "A"),
        product("capacity", 7.0, unit_kind="local"),
        product("storage", 5.0, resource="plant", energy_mwh=20.0, efficiency=0.8),
    )
    found = potentials(folded.desk)["A"]
    (row,) = credit_view(folded.desk).rows

    assert found.usd == pytest.approx(5.0 * HOURS * 8.0)
    assert found.missing == {
        "west/capacity:local/curve/flat/2026-09": 7.0,
        "west/HUB/curve/flat/2026-09": 30 * 20.0,  # 20 MWh on each day
    }
    assert row.not_covered == [
        "west/HUB/curve/flat/2026-09: 600", "west/capacity:local/curve/flat/2026-09: 7",
    ]  # fmt: skip


def test_a_contract_that_was_cancelled_counts_nothing():
    folded = house(deal(5.0, "A"), deal(5.0, "A", version=2, action=TradeAction.CANCEL))

    assert potential_usd(folded.desk).get("A", 0.0) == 0.0


def test_the_screen_adds_it_to_what_is_owed_now():
    folded = house(deal(5.0, "A"))
    (row,) = credit_view(folded.desk).rows

    assert row.potential_usd == row.exposure_usd + potential_usd(folded.desk)["A"]
    assert {use.figure for use in row.limits} >= {"credit_owed", "credit_volume_share"}
