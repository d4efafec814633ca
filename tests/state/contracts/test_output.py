"""What an as-generated contract is expected to deliver, and the most it can, by hand."""

from __future__ import annotations

import math
from datetime import date

import msgspec
import numpy as np
import pytest

from state.contracts.output import output_of
from state.messages import AnyMessage, Block, ResourceKind, Trade, VolumeOutlook
from tests.state.worked import (
    DAY,
    at,
    company,
    forecast,
    outlook,
    reference,
    resource,
    tick,
    trade,
)

MONDAY, TOMORROW = date(2026, 7, 20), date(2026, 7, 16)
JULY, AUGUST = outlook("plant", "2026-07", 10, 4), outlook("plant", "2026-08", 20, 8)
NOVEMBER = outlook("plant", "2026-11", 10, 4)


def ppa(mw: float, hour: float, hours: float, day: date = DAY, **terms: object) -> Trade:
    return trade(
        mw, 30.0, hour, hours, product="ppa", resource="plant", location="NODE", day=day, **terms
    )


@pytest.mark.parametrize(
    ("told", "one", "mwh"),
    [
        ([forecast("plant", 12, 80)], ppa(0.5, 12, 1), 40.0),
        ([JULY], ppa(0.5, 12, 1), 5.0),  # on the days held an outlook is the least forecast
        ([JULY], ppa(0.5, 0, 24, MONDAY), 0.5 * (16 * 10 + 8 * 4)),
        ([JULY], ppa(0.5, 0, 24, MONDAY, block=Block.OFF_PEAK), 0.5 * 8 * 4),
        ([JULY], ppa(0.5, 6.5, 1, MONDAY), 5.0),
        ([JULY], ppa(0.0, 5, 3, MONDAY, profile_mw=(0.5, 0.25, 1.0)), 0.5 * 4 + 0.25 * 10 + 10),
        (
            [JULY],
            ppa(0.0, 5, 3, MONDAY, profile_mw=(0.5, 0.25, 1.0), block=Block.ON_PEAK),
            0.25 * 10 + 10,
        ),
        (
            [JULY, forecast("plant", 22, 60, 60, day=TOMORROW)],
            ppa(0.5, 22, 4, TOMORROW),
            0.5 * (60 + 60 + 4 + 4),
        ),
        ([JULY, AUGUST], ppa(0.5, 23, 2, date(2026, 7, 31)), 0.5 * (4 + 8)),
        ([JULY], ppa(0.0, 23, 2, date(2026, 7, 31), profile_mw=(1.0, 0.0)), 4.0),
        ([NOVEMBER], ppa(0.5, 0, 25, date(2026, 11, 1)), 0.5 * 25 * 4),  # Sunday, clocks back
    ],
)  # fmt: skip
def test_what_is_expected_is_the_share_of_the_resource_s_forecast_and_outlook(
    told: list[AnyMessage], one: Trade, mwh: float
) -> None:
    market = company(reference(), tick(8), told).desk.markets["west"]
    found = output_of(market, one)
    assert (found.expected_mwh, found.without_mwh) == (pytest.approx(mwh, rel=1e-12), "")
    assert (found.capacity_mw, found.without_capacity) == (200.0, "")


ON_PEAK_ALONE = VolumeOutlook(
    resource="plant", months=("2026-07",), blocks=(Block.ON_PEAK,), mw=np.array([10.0])
)


@pytest.mark.parametrize(
    ("told", "one", "missing"),
    [
        ([], ppa(0.5, 12, 1), "plant has no forecast for 2026-07-15; send one"),
        ([], ppa(0.5, 0, 1, MONDAY), "plant has no outlook for 2026-07; send one"),
        ([JULY], ppa(0.5, 23, 2, date(2026, 7, 31)), "plant has no outlook for 2026-08"),
        ([ON_PEAK_ALONE], ppa(0.5, 5, 2, MONDAY), "plant has no outlook for 2026-07"),
    ],
)
def test_what_is_foretold_in_part_is_not_known_and_what_is_missing_is_named(
    told: list[AnyMessage], one: Trade, missing: str
) -> None:
    found = output_of(company(reference(), tick(8), told).desk.markets["west"], one)
    assert math.isnan(found.expected_mwh)
    assert found.without_mwh.startswith(missing)


def test_a_resource_without_a_capacity_or_a_record_has_no_most_it_can_make() -> None:
    none = msgspec.structs.replace(resource("plant", "NODE", ResourceKind.THERMAL), capacity_mw=0.0)
    market = company(reference(), none, tick(8)).desk.markets["west"]
    for name in ("plant", "elsewhere"):
        found = output_of(market, msgspec.structs.replace(ppa(0.5, 12, 1), resource=name))
        assert math.isnan(found.capacity_mw)
        assert found.without_capacity.startswith(f"resource '{name}' has no capacity_mw above 0")


@pytest.mark.parametrize("profile", [(), tuple(number % 5 / 4 for number in range(96))])
def test_what_is_expected_before_and_after_any_moment_is_the_whole(
    profile: tuple[float, ...],
) -> None:
    told = [JULY, forecast("plant", 9, *range(60, 90))]
    market = company(reference(), tick(8), told).desk.markets["west"]
    one = ppa(0.5, 9, 96, profile_mw=profile)
    whole = output_of(market, one).expected_mwh
    for hour in (9, 17, 39, 40, 63, 100):
        cut_ns = one.delivery_start_ns + (hour - 9) * 3_600_000_000_000
        head = msgspec.structs.replace(
            one, delivery_end_ns=cut_ns, profile_mw=one.profile_mw[: hour - 9]
        )
        before = output_of(market, head).expected_mwh if hour > 9 else 0.0
        after = output_of(market, one, from_ns=cut_ns).expected_mwh
        assert before + after == pytest.approx(whole, rel=1e-12)


def test_of_the_interval_that_runs_what_is_left_of_it_is_still_to_come() -> None:
    told = [JULY, forecast("plant", 12, 60, 80)]
    market = company(reference(), tick(8), told).desk.markets["west"]
    left = output_of(market, ppa(0.5, 12, 2), from_ns=at(12.25)).expected_mwh
    assert left == 0.5 * (0.75 * 60 + 80)
