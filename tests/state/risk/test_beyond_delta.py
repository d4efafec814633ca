"""Stress of what bends in a price, by hand: valued anew at the moved price, not by its delta."""

from __future__ import annotations

from typing import Any

import pytest

from state.company import Company
from state.messages import Message, ResourceKind, Run, SettlesAt
from state.policy.stress import ForwardShock, PriceShock, ScenarioText, VolumeShock
from state.risk.named_scenario import NamedScenario
from state.risk.portfolio import FORWARD, INTRADAY
from state.risk.stress import StressFigures, revalue
from tests.state import worked

RTD = SettlesAt.RTD
AHEAD = [worked.price(Run.DA, 10, HUB=44, NODE=38), worked.price(Run.DA, 11, HUB=46, NODE=39)]


def held(*messages: Message) -> Company:
    battery = worked.resource("battery", "NODE", ResourceKind.STORAGE)
    return worked.company(worked.reference(), battery, worked.tick(8), AHEAD, list(messages))


def struck(company: Company, **shocks: Any) -> StressFigures:
    desk = company.desk
    text = ScenarioText(
        id="s", title="s", text="by hand", **{name: (shock,) for name, shock in shocks.items()}
    )
    return revalue(list(desk.markets.values()), len(desk.books), NamedScenario(text))


def rtd_at(level: float, hour: int = 11) -> PriceShock:
    return PriceShock(run=Run.RTD, hours=(hour, hour), level=level)


@pytest.mark.parametrize(
    ("deal", "level", "usd"),
    [
        # at 44 $/MWh neither call has any delta; at 1,000 each pays 900
        (worked.contract("dispatchable", 10, 3, 10, strike_usd_per_mwh=100.0, settles_at=RTD),
         1000.0, 9000.0),
        (worked.contract("dispatchable", -10, 3, 10, strike_usd_per_mwh=100.0, settles_at=RTD),
         1000.0, -9000.0),
        # from 44 $/MWh down to the floor and no further
        (worked.contract("cfd", 10, 30, 10, floor_usd_per_mwh=0.0, settles_at=RTD), -60.0, -440.0),
        # its 2 $/MWh between two hours become 1,000 − 46, the other way round
        (worked.contract("storage", 10, 0, 10, 2, resource="battery", energy_mwh=10.0,
                         settles_at=RTD), 1000.0, 10 * (954.0 - 2.0)),
    ],
)  # fmt: skip
def test_what_bends_gains_what_its_payoff_does(deal: Message, level: float, usd: float):
    found = struck(held(deal), prices=rtd_at(level))

    assert found.pnl_usd.tolist() == [[pytest.approx(usd), 0.0], [0.0, 0.0]]
    assert sum(part.usd for part in found.largest) == pytest.approx(usd)


def test_a_floor_pays_on_the_output_that_is_left_at_the_moved_price():
    ppa = worked.contract(
        "ppa", 0.5, 30, 10, resource="plant", location="NODE", floor_usd_per_mwh=0.0, settles_at=RTD
    )
    book = held(worked.forecast("plant", 10, 80.0), ppa)

    found = struck(
        book,
        prices=PriceShock(run=Run.RTD, shift=-60.0),
        volumes=VolumeShock(resources=("plant",), percent=-50.0),
    )

    # 40 MWh less at the day-ahead 38, half of which cost 30; 22 below the floor on half of 40 MWh
    assert found.pnl_usd[INTRADAY].sum() == pytest.approx(-40 * 38 + 20 * 30 + 20 * 22)


def test_an_option_that_is_priced_stays():
    deal = worked.contract("dispatchable", 10, 3, 10, strike_usd_per_mwh=100.0)

    assert not struck(held(deal), prices=PriceShock(run=Run.DA, level=1000.0)).pnl_usd.any()


def test_an_option_beyond_the_grid_is_valued_anew_by_month_and_block():
    deal = worked.contract("dispatchable", 1, 0, 17 * 24, 31 * 24, strike_usd_per_mwh=100.0)
    book = held(worked.curve(60.0, -10.0, "2026-08"), deal)

    found = struck(book, forward=ForwardShock(months_ahead=(1, 1), shift=150.0))

    # 416 hours on-peak and 328 off-peak
    assert found.pnl_usd[FORWARD].sum() == pytest.approx(416 * 110 + 328 * 40)
    assert sum(part.usd for part in found.largest) == pytest.approx(416 * 110 + 328 * 40)
