"""How a day performs, with numbers that a person can follow with a pencil."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.company import Company
from state.market.volumes import AT_DAY, AT_INTERVAL
from state.messages import (
    AnyMessage,
    Block,
    Market,
    Message,
    ResourceKind,
    Run,
    Tick,
    Trade,
    TradeAction,
)
from state.performance.forecasts import ALL_LOADS, HORIZONS
from state.performance.resources import value_of
from state.performance.sources import SHOWN, concentration
from state.performance.view import performance_view
from state.proof.business_state import BusinessState
from state.reports import REPORTS
from state.screens.performance_seen import (
    DeliveryRow,
    ForecastRow,
    PerformanceView,
    ResourceRow,
)
from tests.state.strategies import logs
from tests.state.worked import (
    DAY,
    at,
    company,
    contract,
    forecast,
    meter,
    price,
    reference,
    resource,
    schedule,
    tick,
    trade,
)

HOURS = 24


def whole_day(**mw: float) -> AnyMessage:
    """The day-ahead schedule of the whole day, the same MW in each hour."""
    return schedule(Run.DA, 0, **{name: [each] * HOURS for name, each in mw.items()})


def day_ahead(**lmp: float) -> list[AnyMessage]:
    return [price(Run.DA, hour, **lmp) for hour in range(HOURS)]


def seen(*messages: Any) -> PerformanceView:
    return performance_view(company(*messages).desk)


def accuracy(view: PerformanceView, name: str, horizon: str) -> ForecastRow:
    (row,) = [
        row for row in view.forecasts if row.resource == name and row.horizon.startswith(horizon)
    ]
    return row


def brought(view: PerformanceView, name: str) -> ResourceRow:
    return next(row for row in view.resources if row.resource == name)


def sources(view: PerformanceView) -> dict[tuple[str, str], float]:
    return {(row.source, row.product): row.mwh for row in view.sources}


# Forecasts ---------------------------------------------------------------------------------------


FORECASTS: list[AnyMessage] = [
    *reference(),
    forecast("town", 0, *[100.0] * HOURS),
    tick(0),
    forecast("town", 1, 90.0),
    tick(1),
    forecast("town", 1, 50.0),  # the hour has begun: no forecast of it any more
    whole_day(town=120.0, plant=0.0),
    tick(2),
    meter("town", 0, 80.0, 100.0),
]
"""Metered are 80 and 100 MW."""


@pytest.mark.parametrize(
    ("horizon", "mape", "bias"),
    [
        ("day-ahead", (0.5 + 0.2) / 2, 60 / 180),  # 120 twice
        ("day's", (0.25 + 0.0) / 2, 20 / 180),  # 100 twice
        ("interval's", (0.25 + 0.1) / 2, 10 / 180),  # 100, then 90
    ],
)
def test_mape_and_bias_hold_each_horizon_against_the_meter(horizon: str, mape: float, bias: float):
    for name in ("town", ALL_LOADS):
        row = accuracy(seen(FORECASTS), name, horizon)
        assert (row.today, row.held, row.bias) == pytest.approx((mape, mape, bias))
        assert (row.today_hours, row.held_hours) == (2, 2)


def test_before_the_first_meter_accuracy_is_not_known():
    row = accuracy(seen(FORECASTS[:-1]), "town", "interval's")
    assert row.today_hours == 0
    assert math.isnan(row.today)
    assert math.isnan(row.bias)


def test_an_hour_counts_once_all_of_its_intervals_are_metered():
    told = [
        *reference(settlement_seconds=900),
        forecast("town", 0, 100.0),
        tick(0),
        meter("town", 0, 80.0, 80.0, 80.0, seconds=900),
    ]
    assert accuracy(seen(told), "town", "day's").today_hours == 0
    told.append(meter("town", 0.75, 160.0, seconds=900))
    row = accuracy(seen(told), "town", "day's")
    assert (row.today_hours, row.today) == (1, 0.0)  # the mean is 100


def test_an_hour_of_which_the_meter_says_nothing_flows_is_left_out():
    row = accuracy(seen(FORECASTS, meter("town", 0, 0.0)), "town", "day's")
    assert (row.today_hours, row.today) == (1, 0.0)


def test_a_day_that_is_over_counts_among_the_days_held_and_not_today():
    tomorrow = DAY + timedelta(days=1)
    view = seen(FORECASTS, tick(24), forecast("town", 0, 100.0, day=tomorrow))
    row = accuracy(view, "town", "day's")
    assert (row.today_hours, row.held_hours) == (0, 2)
    assert view.from_date == DAY.isoformat()


def test_a_log_that_begins_within_the_day_knows_no_forecast_of_its_start():
    told = [*reference(), forecast("town", 0, *[100.0] * HOURS), tick(8)]
    volumes = company(told).desk.markets["west"].days[DAY].volumes
    assert np.isnan(volumes.foreseen[AT_DAY]).all()
    assert np.isfinite(volumes.foreseen[AT_INTERVAL, 0]).tolist() == [
        hour == 8 for hour in range(HOURS)
    ]


def test_a_plant_that_does_as_it_is_told_has_no_forecast_to_hold_against():
    assert {row.resource for row in seen(FORECASTS).forecasts} == {ALL_LOADS, "town"}


# Plants and loads --------------------------------------------------------------------------------


DAY_OF_ALL: list[AnyMessage] = [
    *reference(),
    whole_day(town=30.0, plant=10.0),
    tick(0),
    *day_ahead(NODE=50.0, ZONE=40.0, HUB=45.0),
]


def test_what_a_plant_brings_is_what_was_expected_until_real_time_differs():
    row = brought(seen(DAY_OF_ALL), "plant")
    assert (row.scheduled_mwh, row.mwh) == (240.0, 240.0)
    assert (row.expected_usd, row.value_usd, row.difference_usd) == (12_000.0, 12_000.0, 0.0)


def test_real_time_settles_what_is_off_the_schedule():
    """Nothing made in an hour at 200 $/MWh: 10 MWh are bought back for $2,000."""
    off = [
        schedule(Run.FMM, 9, plant=[10.0]),
        schedule(Run.RTD, 9, plant=[0.0]),
        price(Run.RTD, 9, NODE=200.0),
    ]
    row = brought(seen(DAY_OF_ALL, off), "plant")
    assert (row.scheduled_mwh, row.mwh) == (240.0, 230.0)
    assert (row.expected_usd, row.value_usd, row.difference_usd) == (12_000.0, 10_000.0, -2_000.0)


def test_a_plant_left_out_of_the_schedule_of_its_market_is_scheduled_0():
    """Its 10 MW are sold at day-ahead prices for want of others; none of it was expected."""
    told = [forecast("plant", 0, *[10.0] * HOURS), whole_day(town=30.0), tick(0)]
    view = seen(reference(), told, day_ahead(NODE=50.0, ZONE=40.0, HUB=45.0))
    row, together = brought(view, "plant"), brought(view, "all")

    assert (row.scheduled_mwh, row.mwh) == (0.0, 240.0)
    assert (row.expected_usd, row.value_usd, row.difference_usd) == (0.0, 12_000.0, 12_000.0)
    assert (together.scheduled_mwh, together.expected_usd) == (-720.0, -28_800.0)


def test_a_load_is_a_cost_and_all_together_are_the_sum():
    view = seen(DAY_OF_ALL)
    town, together = brought(view, "town"), brought(view, "all")
    assert (town.scheduled_mwh, town.expected_usd) == (-720.0, -28_800.0)
    assert together.expected_usd == 12_000.0 - 28_800.0
    assert together.value_usd == brought(view, "plant").value_usd + town.value_usd


def test_a_contract_on_the_output_takes_its_price_from_the_margin():
    ppa = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE")
    row = brought(seen(DAY_OF_ALL, ppa), "plant")
    assert (row.contract_usd, row.margin_usd) == (120 * 32.0, 12_000.0 - 120 * 32.0)


def test_the_captured_price_is_weighted_with_the_output():
    prices = [price(Run.DA, hour, NODE=80.0 if hour < 12 else 40.0) for hour in range(HOURS)]
    shape = schedule(Run.DA, 0, plant=[100.0] * 12 + [400.0] * 12, town=[0.0] * HOURS)
    row = brought(seen(reference(), shape, tick(0), prices), "plant")
    assert (row.weighted_price, row.capture_rate) == (48.0, 0.8)


def test_a_storage_unit_captures_no_price_and_has_a_value():
    battery = resource("battery", "NODE", ResourceKind.STORAGE)
    told = schedule(Run.DA, 0, battery=[-10.0] * 12 + [10.0] * 12)
    prices = [price(Run.DA, hour, NODE=20.0 if hour < 12 else 60.0) for hour in range(HOURS)]
    row = brought(seen(reference(), battery, told, tick(0), prices), "battery")
    assert row.value_usd == 120 * 40.0
    assert math.isnan(row.weighted_price)


@pytest.mark.parametrize(
    "missing",
    [
        [*reference(), tick(0), *day_ahead(NODE=50.0)],  # nothing of the plant
        [*reference(), schedule(Run.DA, 0, plant=[10.0] * 20), tick(0), *day_ahead(NODE=50.0)],
        [*reference(), whole_day(plant=10.0), tick(0)],  # no price, and no curve
    ],
)
def test_what_is_not_known_of_a_plant_is_never_zero(missing: list[Message]):
    row = brought(seen(missing), "plant")
    assert math.isnan(row.expected_usd)
    assert math.isnan(row.value_usd)
    assert math.isnan(row.difference_usd)


def test_what_a_contract_pays_for_output_that_is_not_known_is_not_known():
    """Twelve hours are forecast: the contract over the day was told as paying for no more."""
    told = [*reference(), forecast("plant", 0, *[10.0] * 12), tick(0)]
    whole = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE")
    morning = trade(0.5, 32.0, 0, 12, product="ppa", resource="plant", location="NODE")

    for name in ("plant", "all"):
        assert math.isnan(brought(seen(told, whole), name).contract_usd)
        assert brought(seen(told, morning), name).contract_usd == 60 * 32.0
        assert brought(seen(told), name).contract_usd == 0.0


@settings(max_examples=8, deadline=None, derandomize=True)
@given(logs())
def test_plants_and_loads_of_a_row_are_worth_what_its_legs_are(messages: list[AnyMessage]):
    folded = company(messages)
    for market in folded.desk.markets.values():
        if market.today is None:
            continue
        day, table = market.days[market.today], market.tables.resources
        for row, members in table.members.items():
            place = int(market.tables.rows.location[row])
            marks = day.prices.marks(np.array([place]), slice(None))[:, 0]
            legs = day.legs.volumes[:, row]
            whole = np.where(legs == 0.0, 0.0, legs * marks).sum() * day.hours_per_interval
            parts = sum(value_of(day, member, place) for member in members)
            assert parts == pytest.approx(whole, rel=1e-9, abs=1e-6, nan_ok=True)


# Sources -----------------------------------------------------------------------------------------


def test_the_supply_of_a_day_is_told_by_source_and_adds_up_to_the_load():
    """720 MWh of load: 240 from the plant, half under a contract, 48 bought, the rest the ISO's."""
    told = [
        *DAY_OF_ALL,
        trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE", trade="P",
              counterparty="CP-09"),
        trade(2.0, 45.0, 0, HOURS, trade="B"),
        trade(9.0, 45.0, 0, HOURS, trade="S", product="swap"),
    ]  # fmt: skip
    view = seen(told)
    assert sources(view) == {
        ("west", "market"): 432.0,
        ("own thermal", "own"): 120.0,
        ("CP-09", "ppa"): 120.0,
        ("CP-01", "contract"): 48.0,
    }
    assert view.load_mwh == 720.0
    shares = [432 / 720, 120 / 720, 120 / 720, 48 / 720]
    assert [row.share for row in view.sources] == pytest.approx(shares)
    assert view.concentration == pytest.approx(sum(share**2 for share in shares))


def test_a_contract_takes_its_share_of_the_output_of_its_own_hours():
    """A plant makes 10 MWh in each of the first twelve hours and nothing afterwards."""
    morning = schedule(Run.DA, 0, plant=[10.0] * 12 + [0.0] * 12, town=[30.0] * HOURS)
    terms = {"product": "ppa", "resource": "plant", "location": "NODE"}
    half = trade(0.5, 32.0, 0, 12, trade="P", counterparty="CP-09", **terms)
    shares = (0.25,) * 6 + (0.0,) * 18
    shaped = trade(0.0, 32.0, 0, HOURS, trade="S", counterparty="CP-08", profile_mw=shares, **terms)
    found = sources(seen(reference(), morning, tick(0), half, shaped))
    assert {name: found[name, "ppa"] for name in ("CP-09", "CP-08")} == {"CP-09": 60, "CP-08": 15}
    assert found["own thermal", "own"] == 120.0 - 60.0 - 15.0


def test_a_share_of_a_plant_that_is_sold_stays_its_own_and_is_a_sale():
    """4,800 MWh of load, 2,400 from the plant; 40 % of it sold, or in the morning half bought."""
    volumes = [forecast("town", 0, *[200.0] * HOURS), forecast("plant", 0, *[100.0] * HOURS)]
    terms = {"product": "ppa", "resource": "plant", "location": "NODE", "trade": "P"}
    view = seen(reference(), volumes, tick(0), trade(-0.4, 32.0, 0, HOURS, **terms))
    assert sources(view) == {("own thermal", "own"): 2400.0, ("west", "market"): 3360.0}
    assert (view.load_mwh, view.sold_mwh) == (4800.0, 960.0)

    shares = (0.5,) * 12 + (-0.25,) * 12
    shaped = trade(0.0, 32.0, 0, HOURS, profile_mw=shares, **terms)
    view = seen(reference(), volumes, tick(0), shaped)
    assert sources(view) == {
        ("own thermal", "own"): 1800.0,
        ("CP-01", "ppa"): 600.0,
        ("west", "market"): 2700.0,
    }
    assert view.sold_mwh == 300.0


def test_what_is_sold_is_supplied_too_and_a_surplus_goes_to_the_market():
    sold = trade(-5.0, 45.0, 0, HOURS)
    view = seen(DAY_OF_ALL, sold, trade(40.0, 45.0, 0, HOURS, trade="B", counterparty="CP-02"))
    assert sources(view) == {("CP-02", "contract"): 960.0, ("own thermal", "own"): 240.0}
    assert view.sold_mwh == 120.0 + (1_200.0 - 720.0 - 120.0)


def test_a_contract_counts_for_the_hours_of_the_day_in_which_it_delivers():
    yesterday = DAY - timedelta(days=1)
    told: list[Trade] = [
        trade(1.0, 45.0, 12, HOURS, trade="A", day=yesterday),  # until noon
        trade(1.0, 45.0, 0, HOURS, trade="B", block=Block.ON_PEAK),  # 16 hours
        trade(0.0, 45.0, 9, 3, trade="C", profile_mw=[4.0, -1.0, 2.0]),
    ]
    view = seen(DAY_OF_ALL, told)
    assert sources(view)["CP-01", "contract"] == 12.0 + 16.0 + 6.0
    assert view.sold_mwh == 1.0


def test_a_cancelled_contract_supplies_nothing():
    bought = trade(2.0, 45.0, 0, HOURS)
    cancelled = trade(2.0, 45.0, 0, HOURS, version=2, action=TradeAction.CANCEL)
    view = seen(DAY_OF_ALL, bought, cancelled)
    assert ("CP-01", "contract") not in sources(view)


def test_a_resource_of_which_nothing_is_known_is_named():
    assert seen(reference(), tick(8)).unknown == ["town", "plant"]
    assert seen(DAY_OF_ALL).unknown == []


def test_very_many_sources_are_told_as_the_largest_and_the_others():
    many = [
        trade(1.0 + number, 45.0, 0, 1, trade=f"T{number}", counterparty=f"CP-{number:02}")
        for number in range(60)
    ]
    view = seen(DAY_OF_ALL, many)
    assert len(view.sources) == SHOWN
    assert view.sources[-1].source == "22 others"  # of 60 contracts and the plant
    assert sum(row.share for row in view.sources) == pytest.approx(1.0)
    assert view.concentration < sum(row.share**2 for row in view.sources)


def test_without_any_source_concentration_is_not_known():
    view = seen(reference(), tick(8))
    assert view.sources == []
    assert math.isnan(view.concentration)


# Deliveries --------------------------------------------------------------------------------------


def delivery(view: PerformanceView) -> DeliveryRow:
    (row,) = view.deliveries
    return row


def test_a_contract_on_a_plant_is_held_to_the_schedule_in_the_hours_that_are_metered():
    ppa = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE")
    waiting = delivery(seen(DAY_OF_ALL, ppa))
    assert math.isnan(waiting.ratio)

    row = delivery(seen(DAY_OF_ALL, ppa, meter("plant", 0, 8.0, 10.0)))
    assert (row.contract, row.counterparty, row.by, row.through) == (
        "blotter/T1", "CP-01", "plant", "plant",
    )  # fmt: skip
    assert (row.contracted_mwh, row.delivered_mwh, row.ratio) == (10.0, 9.0, 0.9)


def test_a_contract_on_a_plant_left_out_of_the_schedule_should_deliver_nothing():
    ppa = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE")
    told = [*reference(), whole_day(town=30.0), tick(0)]
    row = delivery(seen(told, ppa, meter("plant", 0, 8.0, 10.0)))
    assert (row.contracted_mwh, row.delivered_mwh) == (0.0, 9.0)
    assert math.isnan(row.ratio)


def test_a_contract_that_ists_deliver_is_held_to_what_they_nominate():
    bought = trade(10.0, 45.0, 9, 2)
    ists = [
        contract("ist", 10.0, 0.0, 9, 1, delivers="blotter/T1", trade="I1"),
        contract("ist", 5.0, 0.0, 10, 1, delivers="blotter/T1", trade="I2"),
    ]
    row = delivery(seen(DAY_OF_ALL, bought, ists))
    assert (row.by, row.through) == ("IST", "2 ISTs")
    assert (row.contracted_mwh, row.delivered_mwh, row.ratio) == (20.0, 15.0, 0.75)


def test_a_contract_of_another_day_is_not_delivered_today():
    tomorrow = DAY + timedelta(days=1)
    ppa = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE", day=tomorrow)
    assert seen(DAY_OF_ALL, ppa).deliveries == []


# Restored, shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(6, len(FORECASTS)))
def test_a_restored_company_foresaw_what_the_one_that_went_on_did(cut: int):
    restored = Company.restore(company(FORECASTS[:cut]).snapshot())
    for message in FORECASTS[cut:]:
        restored.apply(message, restored.position + 1)
    assert restored.snapshot() == company(FORECASTS).snapshot()
    assert repr(performance_view(restored.desk)) == repr(seen(FORECASTS))


def test_a_state_from_before_forecasts_were_kept_can_be_gone_on_from():
    folded = company(FORECASTS[:7])
    volumes = folded.desk.markets["west"].days[DAY].volumes
    saved = volumes.snapshot()
    del saved["foreseen"], saved["begun"]
    volumes.restore(saved)
    assert np.isnan(volumes.foreseen).all()
    folded.apply(Tick(at_ns=at(2)), folded.position + 1)
    assert volumes.foreseen[AT_INTERVAL, 0, 2] == 100.0


def test_the_view_is_shown_anew_once_an_interval():
    folded = company(DAY_OF_ALL)
    folded.changed_views()
    folded.apply(tick(1), folded.position + 1)
    assert "performance" in folded.changed_views()


def test_the_report_tells_what_the_view_does():
    ppa = trade(0.5, 32.0, 0, HOURS, product="ppa", resource="plant", location="NODE")
    folded = company(DAY_OF_ALL, ppa, meter("plant", 0, 8.0))
    costs, contracts, forecasts, supply = REPORTS["performance"](folded).tables
    (plant,) = [row for row in costs.rows if row[1] == "plant"]
    assert plant[3:8] == (240.0, 238.0, 12_000.0, 11_900.0, -100.0)
    assert [row[0] for row in contracts.rows] == ["blotter/T1"]
    assert {row[2] for row in forecasts.rows} == set(HORIZONS)
    assert sum(row[3] for row in supply.rows if isinstance(row[3], float)) == pytest.approx(1.0)
    assert "Load 720.0 MWh" in supply.notes[0]


def test_the_report_says_which_day_of_each_market_it_is_about():
    """At ten in the evening at the Pacific an eastern day has begun."""
    east = Market(market="east", time_zone="America/New_York")
    folded = company(reference(), east, tick(22))
    costs, *_ = REPORTS["performance"](folded).tables
    assert costs.notes[-1] == "Running days, here and below: west 2026-07-15, east 2026-07-16."


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=9))
def test_concentration_is_between_that_of_equals_and_one(mwh: list[float]):
    assert 1 / len(mwh) - 1e-9 <= concentration(mwh) <= 1.0 + 1e-9


def test_what_was_foreseen_is_no_part_of_the_state_that_is_hashed():
    one, other = company(FORECASTS[:7]), company(FORECASTS[:7])
    volumes = other.desk.markets["west"].days[DAY].volumes
    volumes.foreseen[AT_DAY] = 7.0
    assert BusinessState().digest(one.desk) == BusinessState().digest(other.desk)
