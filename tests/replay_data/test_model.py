"""The price model: it keeps the calibrated quantiles, remembers, and repeats itself exactly."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from replay_data.calibration import (
    CHECKED,
    HOURS,
    ZONES,
    Floats,
    HourOfZone,
    load_tables,
    misses,
    ranks,
)
from replay_data.days import caiso_forwards, caiso_prices, history
from replay_data.forwards import months_from
from replay_data.locations import NP15, SP15
from replay_data.model import FIRST_DATE, PriceHistory, Weather, simulate
from state.messages import Block, Run

STORY = date(2026, 1, 15)


@pytest.fixture(scope="module")
def plain() -> PriceHistory:
    return simulate(load_tables(), 7, {})


def quantiles_of(tables_row: list[float]) -> list[float]:
    """The checked quantiles of a table row."""
    probabilities = load_tables().probabilities
    return [tables_row[probabilities.index(probability)] for probability in CHECKED]


def outside(simulated: Floats, row: list[float]) -> int:
    """How many checked quantiles lie outside both 15 % and 5 dollars."""
    found = np.quantile(simulated, CHECKED)
    pairs = zip(found, quantiles_of(row), strict=True)
    return sum(abs(value - target) > max(5.0, 0.15 * abs(target)) for value, target in pairs)


@pytest.mark.parametrize("series", ["da", "rt", "spread"])
def test_the_history_keeps_the_quantiles_of_its_tables_in_every_hour(series: str):
    tables, found = load_tables(), history()
    simulated = {"da": found.da, "rt": found.rtd, "spread": found.rtd - found.da}[series]
    missed = sum(
        outside(simulated[zone, :, hour], getattr(tables, series)[zone][hour])
        for zone in range(len(ZONES))
        for hour in range(HOURS)
    )
    assert missed <= 3


def test_a_seed_gives_the_same_history_and_another_seed_another(plain: PriceHistory):
    again, other = (simulate(load_tables(), seed, {}) for seed in (7, 8))
    assert np.array_equal(plain.rtd, again.rtd)
    assert not np.array_equal(plain.rtd, other.rtd)


def test_prices_remember_the_hour_and_the_day_before(plain: PriceHistory):
    evening = ranks(plain.da[1, :, 19])
    day_before = np.corrcoef(evening[1:], evening[:-1])[0, 1]
    assert 0.8 < day_before < 0.95  # SCE's evening hours of 2024: 0.82 to 0.93
    assert np.corrcoef(evening, ranks(plain.da[1, :, 18]))[0, 1] > 0.8


def test_zones_move_together_and_not_alike(plain: PriceHistory):
    north, south = plain.da[0, :, 19], plain.da[1, :, 19]
    assert 0.7 < np.corrcoef(ranks(north), ranks(south))[0, 1] < 0.999


def test_spring_noon_is_lower_than_summer_noon(plain: PriceHistory):
    months = [(FIRST_DATE + timedelta(days=row)).month for row in range(plain.da.shape[1])]
    noon = plain.da[1, :, 12]
    assert np.median(noon[np.isin(months, (3, 4))]) < 0 < np.median(noon[np.isin(months, (7, 8))])


@pytest.mark.parametrize("heat", [-2.0, 2.0])
def test_a_story_sets_the_weather_of_its_date(heat: float):
    row = (STORY - FIRST_DATE).days
    pinned = simulate(load_tables(), 7, {STORY: Weather(heat, 0.0)})
    neutral = simulate(load_tables(), 7, {STORY: Weather(0.0, 0.0)})
    change = pinned.da[:, row] - neutral.da[:, row]
    assert (np.sign(heat) * change > 0).all()


def test_fmm_lies_nearer_to_rtd_than_day_ahead_does(plain: PriceHistory):
    assert np.abs(plain.rtd - plain.fmm).mean() < 0.5 * np.abs(plain.rtd - plain.da).mean()


def test_a_miss_names_zone_hour_series_and_both_values():
    days = np.array(["2024-01-01", "2024-01-02"])
    truth = {(ZONES[0], 10): HourOfZone(days, np.array([30.0, 40.0]), np.array([30.0, 40.0]))}
    simulated = np.full((1, 2, 24), 20.0)
    found = misses(truth, simulated, simulated)
    assert {(miss.zone, miss.hour, miss.series) for miss in found} == {
        (ZONES[0], 10, "DA"),
        (ZONES[0], 10, "RT"),
    }
    assert found[0].simulated == 20.0


def test_a_congested_hub_pair_has_a_spread():
    prices = caiso_prices()
    hourly = prices.hourly(Run.DA, 0, 1095)
    north, south = (prices.names.index(hub) for hub in (NP15, SP15))
    assert np.abs(hourly[north] - hourly[south]).mean() > 3


def test_far_months_move_less_than_near_ones():
    forwards = caiso_forwards()
    near, *_, far = months_from(date(2026, 9, 8))
    moves = [
        np.std(np.diff([forwards.level(1, Block.ON_PEAK, month, row) for row in range(900, 1000)]))
        for month in (near, far)
    ]
    assert moves[1] < 0.7 * moves[0]
