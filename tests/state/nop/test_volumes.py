"""Physical volumes: kept by differences as added up anew, to the bit; and by hand on dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.company import Company
from state.messages import (
    Block,
    ContractDelivery,
    LocationKind,
    Locations,
    Market,
    ResourceKind,
    Run,
    TradeAction,
)
from state.moments import HOUR_NS
from state.nop.energy import MarketEnergy
from state.nop.volumes import CARBON_FREE, CONTRACTS, LOAD
from state.periods import Span
from tests.state.nop.company import Following, block_trade, outlook
from tests.state.nop.volumes import amounts, anew, kept
from tests.state.worked import at, contract, curve, price, resource, tick, trade

JUNE = date(2026, 6, 15)


def delivered(trade: str, due_mwh: float, mwh: float, month: str = "2026-05") -> ContractDelivery:
    return ContractDelivery(
        market="west", contract=f"blotter/{trade}", month=month, due_mwh=due_mwh, delivered_mwh=mwh
    )


def contracts(desk: Following, month: str, block: Block = Block.ON_PEAK) -> float:
    volumes = kept(desk)
    year, number = map(int, month.split("-"))
    after = date(year + number // 12, number % 12 + 1, 1)
    months = volumes.months_of(Span(date(year, number, 1), after))
    assert months is not None
    rows = [row for (_, each), row in volumes.rows.items() if each is block]
    return float(volumes.mwh(CONTRACTS)[rows, months[0]].sum())


DEALS = st.tuples(
    st.integers(0, 4),
    st.floats(-300, 300, allow_nan=False),
    st.integers(0, 2600),
    st.integers(1, 900),
    st.sampled_from([0.0, 0.0, 7.25]),
    st.sampled_from(list(Block)),
    st.sampled_from(["energy", "swap"]),
    st.booleans(),
)


@given(st.lists(DEALS, min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_what_is_kept_by_differences_is_what_is_added_up_anew(deals: list[Any]):
    desk = Following(JUNE)
    for number, (name, mw, first, days, hour, block, product, cancel) in enumerate(deals, 1):
        if number % 3 == 0:  # refused where the contract does not count
            desk.apply(delivered(f"T{name}", 10.0 * number, 2.0 * number))
        desk.apply(
            trade(
                mw,
                40.0,
                24.0 * first + hour,
                24.0 * days,
                day=JUNE,
                trade=f"T{name}",
                version=number,
                action=TradeAction.CANCEL if cancel else TradeAction.AMEND,
                block=block,
                product=product,
                counterparty=f"CP-0{name % 2}",
            )
        )
        if number % 4 == 0:
            desk.plant(mw)

    assert amounts(kept(desk)) == amounts(anew(desk))


@pytest.mark.parametrize("block", list(Block))
def test_blocks_of_the_same_part_of_days_added_up_at_once_are_those_of_one_by_one(block: Block):
    desk = Following(JUNE)
    for number in range(6):
        hours, mw = (40, 31, 24 * 50)[number % 3], 0.1234567 * (number + 1)
        desk.apply(trade(mw, 40.0, 6, hours, day=JUNE, trade=f"T{number}", block=block))

    assert amounts(kept(desk)) == amounts(anew(desk))
    assert kept(desk).amounts[CONTRACTS].any()


def test_a_restart_goes_on_with_the_same_figures_and_the_same_cause():
    desk = Following(JUNE)
    desk.plant(95.0)
    sold = block_trade(-20.0, date(2026, 7, 1), date(2026, 8, 1))
    desk.company.apply(sold, desk.company.position + 1)
    again = Company.restore(desk.company.snapshot())

    one = desk.apply()
    other = Following.__new__(Following)
    other.__dict__.update(desk.__dict__, company=again, _second=desk._second - 1)

    moved = [change for change in one if change.row.limit.startswith("nop-")]
    assert [change.row.cause_key for change in moved] == [sold.key]
    assert [change.row for change in other.apply()] == [change.row for change in one]
    assert again.snapshot() == desk.company.snapshot()


def test_many_contracts_in_one_second_are_added_up_anew_and_the_last_is_the_cause():
    desk = Following(JUNE)
    desk.plant(95.0)
    many = [
        block_trade(-0.1, date(2026, 7, 1), date(2026, 8, 1), trade=f"T{number}")
        for number in range(300)
    ]
    changes = [one for one in desk.apply(*many) if one.row.limit.startswith("nop-")]

    assert amounts(kept(desk)) == amounts(anew(desk))
    assert {change.row.cause_key for change in changes} == {many[-1].key}


def test_a_financial_hedge_and_an_as_generated_contract_are_no_supply_of_their_own():
    desk = Following(JUNE)
    whole = {"first": date(2026, 7, 1), "end": date(2026, 8, 1)}
    desk.apply(block_trade(50.0, **whole, product="swap"))
    desk.apply(block_trade(0.5, **whole, product="ppa", resource="plant", trade="T2"))

    assert contracts(desk, "2026-07") == 0.0


@pytest.mark.parametrize(
    ("today", "month", "on_peak", "off_peak"),
    [
        (date(2026, 2, 15), "2026-03", 416, 327),  # 743 hours
        (date(2026, 10, 15), "2026-11", 384, 337),  # 721 hours
        (date(2026, 6, 15), "2026-07", 416, 328),  # Saturday the 4th is a holiday
    ],
)
def test_a_month_with_another_clock_or_a_holiday_has_its_own_hours(
    today: date, month: str, on_peak: int, off_peak: int
):
    desk = Following(today)
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year, first.month + 1, 1)
    desk.apply(block_trade(2.0, first, after))

    assert contracts(desk, month) == 2.0 * on_peak
    assert contracts(desk, month, Block.OFF_PEAK) == 2.0 * off_peak


def test_the_first_day_of_the_prompt_month_counts_on_the_eve_of_it():
    desk = Following(date(2026, 6, 30))
    desk.apply(block_trade(10.0, date(2026, 7, 1), date(2026, 7, 2)))

    assert contracts(desk, "2026-07") == 160.0
    assert desk.row("Prompt month").supply == 240.0


def test_a_shaped_contract_and_one_of_part_days_count_by_their_hours():
    desk = Following(JUNE)
    begin = at(0, date(2026, 7, 1))
    shape = trade(0.0, 40.0, 0, 24, day=date(2026, 7, 1), product="shaped",
                  profile_mw=[1.0] * 12 + [3.0] * 12)  # fmt: skip
    assert shape.delivery_start_ns == begin
    desk.apply(shape)
    desk.apply(trade(5.0, 40.0, 10, 3, day=date(2026, 7, 2), trade="T2"))

    assert desk.row("Prompt month").supply == 48.0 + 15.0


def test_carbon_free_output_is_monitored_beside_supply():
    desk = Following(JUNE)
    desk.plant(30.0)
    assert not kept(desk).amounts[CARBON_FREE].any()
    desk.apply(resource("sun", "NODE", ResourceKind.SOLAR), outlook("sun", 20.0, desk.years))
    row = desk.row("prompt month", nop="carbon_free")

    assert amounts(kept(desk)) == amounts(anew(desk))
    assert (row.coverage, row.state, row.limit) == (0.2, "no_limit", "")
    assert desk.row("Prompt month").coverage == 0.5


def test_a_plant_without_an_outlook_makes_every_period_unknown_and_is_named():
    desk = Following(JUNE)
    desk.apply(resource("wind", "NODE", ResourceKind.WIND))

    assert desk.row("Prompt month").reason == "no outlook of wind for 2026-07"
    assert desk.state_of("nop-energy-prompt-month") == {"unknown"}
    desk.apply(outlook("wind", 95.0, [2026]))
    assert desk.state_of("nop-energy-prompt-month") == {"ok"}
    assert desk.row("Prompt calendar year").reason == "no outlook of wind for 2027-01"


def test_the_delta_of_a_unit_at_call_is_expected_and_not_firm():
    desk = Following(JUNE)
    desk.plant(90.0)
    desk.apply(curve(60, 60, "2026-07"))
    hours = (at(0, date(2026, 8, 1)) - at(0, date(2026, 7, 1))) / HOUR_NS
    desk.apply(
        contract("dispatchable", 10.0, 0.0, 0, hours, day=date(2026, 7, 1), strike_usd_per_mwh=40.0)
    )
    row = desk.row("Prompt month")

    assert (row.firm_coverage, row.coverage) == (0.9, 1.0)
    assert contracts(desk, "2026-07") == 0.0


def test_on_the_eve_of_a_month_the_delta_of_its_first_day_counts_and_its_prices_move_it():
    desk = Following(date(2026, 6, 29))
    desk.apply(curve(60, 60, "2026-07"))
    hours = (at(0, date(2026, 8, 1)) - at(0, date(2026, 7, 1))) / HOUR_NS
    unit = contract(
        "dispatchable", 50.0, 0.0, 0, hours, day=date(2026, 7, 1), strike_usd_per_mwh=40.0
    )
    desk.apply(unit)
    assert desk.row("Prompt month").supply == 50.0 * hours
    desk.tick_on(date(2026, 6, 30))
    assert desk.row("Prompt month").supply == 50.0 * hours

    desk.apply(price(Run.DA, 0, day=date(2026, 7, 1), HUB=10.0))
    desk.apply(price(Run.DA, 1, day=date(2026, 7, 1), HUB=90.0))
    read = desk.company.desk.alerts.held(("nop-energy-prompt-month", "Prompt month", "2026-07"))
    assert desk.row("Prompt month").supply == 50.0 * (hours - 1)
    assert read is not None
    assert read[0].instance(read[1]).value == 50.0 * (hours - 1) / (100.0 * hours)


def test_the_delta_of_a_first_day_counts_in_a_market_whose_month_began_before_the_companys():
    desk, first = Following(date(2026, 6, 29)), date(2026, 7, 1)
    places = Locations(market="east", locations=("HUB",), kinds=(LocationKind.HUB,), hubs=("HUB",))
    hours = (at(0, date(2026, 8, 1)) - at(0, first)) / HOUR_NS
    terms = {"market": "east", "counterparty": "CP-01", "strike_usd_per_mwh": 40.0}
    unit = contract("dispatchable", 50.0, 0.0, -3, hours, day=first, trade="U", **terms)
    failed = ContractDelivery(
        market="east", contract="blotter/U", month="2026-05", due_mwh=100.0, delivered_mwh=90.0
    )
    marks = msgspec.structs.replace(curve(60, 60, "2026-07"), market="east")
    desk.apply(Market(market="east", time_zone="America/New_York"), places, marks, unit, failed)
    expected = [desk.row("Prompt month").supply]
    for hour in (20.5, 21.5, 22.5, 23.5):  # midnight in the east is at 21:00 here
        desk.company.apply(tick(hour, date(2026, 6, 30)), desk.company.position + 1)
        expected.append(desk.row("Prompt month").supply)

    assert {market.today for market in desk.company.desk.markets.values()} == {
        date(2026, 6, 30),
        first,
    }
    assert expected == pytest.approx([45.0 * hours] * 5)


def test_an_hour_of_load_is_load_at_its_hub():
    desk = Following(JUNE)
    energy = MarketEnergy(kept(desk), JUNE)

    assert energy.load.sum() == kept(desk).mwh(LOAD).sum()
    assert {place for place, _ in energy.rows} == {0}
    assert np.array_equal(energy.open, energy.firm - energy.load)


def test_a_month_that_the_forward_book_holds_in_part_is_beyond_it():
    volumes = kept(Following(date(2026, 12, 3)))

    assert volumes.months_of(Span(date(2034, 1, 1), date(2034, 3, 1))) is not None
    assert volumes.months_of(Span(date(2034, 1, 1), date(2034, 4, 1))) is None
