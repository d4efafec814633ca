"""How big a contract is, by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from state.calendar import MarketCalendar, local_date, local_midnight_ns
from state.contracts.size import (
    Sides,
    block_hours,
    net_mwh,
    notional_usd,
    peak_mw,
    shape_hours,
    shaped_hours,
    sides_mw,
    sides_mwh,
    sides_usd,
    volume_mwh,
)
from state.messages import Block, SettlesAt, Trade, TradeAction
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.product import Product

ZONE = "America/Los_Angeles"
CALENDAR = MarketCalendar(ZONE)


def trade(**terms: object) -> Trade:
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE)
    fixed: dict[str, object] = {
        "source": "s", "trade": "1", "version": 1, "action": TradeAction.NEW, "product": "energy",
        "market": "caiso", "book": "b", "counterparty": "c", "location": "hub",
        "delivery_start_ns": first_ns, "delivery_end_ns": first_ns + 24 * HOUR_NS,
        "quantity_mw": 5.0, "price_usd_per_mwh": 20.0, "settles_at": SettlesAt.DA,
    }  # fmt: skip
    return Trade(**{**fixed, **terms})


def test_notional_is_price_times_quantity_as_the_policy_s_footnote_has_it() -> None:
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE)
    one_hour = trade(delivery_end_ns=first_ns + HOUR_NS)
    assert notional_usd(one_hour, CALENDAR) == 100.0


def test_a_sale_is_as_big_as_a_purchase() -> None:
    assert volume_mwh(trade(quantity_mw=-5.0), CALENDAR) == volume_mwh(trade(), CALENDAR) == 120.0
    assert notional_usd(trade(price_usd_per_mwh=-20.0), CALENDAR) == 2400.0


@pytest.mark.parametrize(
    ("block", "hours"), [(Block.FLAT, 24), (Block.ON_PEAK, 16), (Block.OFF_PEAK, 8)]
)
def test_a_block_delivers_in_its_own_hours(block: Block, hours: int) -> None:
    assert volume_mwh(trade(block=block), CALENDAR) == 5.0 * hours


def test_what_was_delivered_before_a_moment_does_not_count() -> None:
    noon_ns = local_midnight_ns(date(2026, 9, 8), ZONE) + 12 * HOUR_NS + HOUR_NS // 2
    assert volume_mwh(trade(), CALENDAR, from_ns=noon_ns) == 5.0 * 11.5
    assert volume_mwh(trade(), CALENDAR, from_ns=noon_ns + 24 * HOUR_NS) == 0.0


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        (date(2026, 3, 8), date(2026, 3, 9), 23),  # clocks forward
        (date(2026, 11, 1), date(2026, 11, 2), 25),  # clocks back
        (date(2026, 1, 1), date(2027, 1, 1), 8760),
    ],
)
def test_hours_follow_the_clock(first: date, last: date, hours: int) -> None:
    edges = (local_midnight_ns(first, ZONE), local_midnight_ns(last, ZONE))
    assert block_hours(CALENDAR, Block.FLAT, *edges) == hours


def test_parts_of_a_block_sum_to_the_whole_wherever_it_is_cut() -> None:
    first_ns = local_midnight_ns(date(2026, 10, 30), ZONE)
    last_ns = local_midnight_ns(date(2026, 11, 3), ZONE)
    for block in Block:
        whole = block_hours(CALENDAR, block, first_ns, last_ns)
        for cut_ns in range(first_ns, last_ns, 7 * HOUR_NS // 4):
            parts = [(first_ns, cut_ns), (cut_ns, last_ns)]
            assert sum(block_hours(CALENDAR, block, *part) for part in parts) == whole


def test_a_shaped_contract_is_the_sum_of_its_hours() -> None:
    profile = np.array([1.0, -2.0, 4.0])
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE)
    shaped = trade(profile_mw=profile, delivery_end_ns=first_ns + 3 * HOUR_NS, product="shaped")
    assert volume_mwh(shaped, CALENDAR) == 7.0
    assert volume_mwh(shaped, CALENDAR, from_ns=first_ns + HOUR_NS) == 6.0
    assert peak_mw(shaped, CALENDAR) == 4.0


def test_a_shape_delivers_in_the_hours_of_its_block_alone() -> None:
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE) + 5 * HOUR_NS
    shaped = trade(
        profile_mw=np.array([-9.0, 5.0, 0.0, 3.0]),
        delivery_start_ns=first_ns,
        delivery_end_ns=first_ns + 4 * HOUR_NS,
        block=Block.ON_PEAK,
        product="shaped",
    )
    hours = [(begin_ns - first_ns, mw) for begin_ns, _, mw in shaped_hours(shaped, CALENDAR)]
    assert hours == [(HOUR_NS, 5.0), (3 * HOUR_NS, 3.0)]
    assert volume_mwh(shaped, CALENDAR) == 8.0


def test_a_share_of_an_output_has_the_volume_that_is_expected_of_it() -> None:
    share = trade(product="ppa", resource="SOLAR_1", quantity_mw=0.5)
    assert math.isnan(volume_mwh(share, CALENDAR))
    assert math.isnan(notional_usd(share, CALENDAR))
    assert volume_mwh(share, CALENDAR, expected_mwh=450.0) == 450.0
    assert notional_usd(share, CALENDAR, expected_mwh=450.0) == 9_000.0


def test_a_shape_that_begins_within_an_hour_has_its_parts_of_hours() -> None:
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE) + HOUR_NS // 4
    shaped = trade(
        profile_mw=np.array([4.0, 8.0]),
        delivery_start_ns=first_ns,
        delivery_end_ns=first_ns + 3 * HOUR_NS // 2,
        product="shaped",
    )
    assert notional_usd(shaped, CALENDAR) == (4.0 + 8.0 / 2) * 20.0


def test_an_hour_of_a_shape_that_a_block_begins_or_ends_in_counts_by_its_part() -> None:
    morning_ns = local_midnight_ns(date(2026, 9, 8), ZONE) + 11 * HOUR_NS // 2
    terms = {"profile_mw": np.array([10.0, -10.0]), "product": "shaped", "quantity_mw": 0.0}
    hours = {"delivery_start_ns": morning_ns, "delivery_end_ns": morning_ns + 2 * HOUR_NS}
    on_peak = trade(block=Block.ON_PEAK, **terms, **hours)
    off_peak = trade(block=Block.OFF_PEAK, **terms, **hours)
    assert (volume_mwh(on_peak, CALENDAR), net_mwh(on_peak, CALENDAR)) == (15.0, -5.0)
    assert (volume_mwh(off_peak, CALENDAR), net_mwh(off_peak, CALENDAR)) == (5.0, 5.0)
    seven_ns = morning_ns + 3 * HOUR_NS // 2
    assert volume_mwh(on_peak, CALENDAR, from_ns=seven_ns) == 5.0


@pytest.mark.parametrize(
    ("profile", "block", "mwh", "mw"),
    [
        ((5.0, 5.0, 5.0, -8.0), Block.FLAT, (15.0, 8.0), (5.0, 8.0)),
        ((5.0, 5.0, 5.0, -8.0), Block.ON_PEAK, (10.0, 8.0), (5.0, 8.0)),
        ((-90.0, 5.0, 5.0, -8.0), Block.ON_PEAK, (10.0, 8.0), (5.0, 8.0)),  # the first is off it
        ((-1.0, -2.0, 0.0, -3.0), Block.FLAT, (0.0, 6.0), (0.0, 3.0)),
        ((0.0, 0.0, 0.0, 0.0), Block.FLAT, (0.0, 0.0), (0.0, 0.0)),
    ],
)
def test_a_shape_has_the_hours_it_buys_in_on_one_side_and_those_it_sells_in_on_the_other(
    profile: tuple[float, ...], block: Block, mwh: Sides, mw: Sides
) -> None:
    first_ns = local_midnight_ns(date(2026, 9, 8), ZONE) + 5 * HOUR_NS
    hours = {"delivery_start_ns": first_ns, "delivery_end_ns": first_ns + 4 * HOUR_NS}
    shape = trade(
        product="shaped", quantity_mw=0.0, profile_mw=np.array(profile), block=block, **hours
    )
    assert sides_mwh(shape, CALENDAR) == mwh
    assert sides_mw(shape, CALENDAR) == mw
    assert sides_usd(shape, CALENDAR) == (mwh[0] * 20.0, mwh[1] * 20.0)
    assert net_mwh(shape, CALENDAR) == mwh[0] - mwh[1]


def test_a_contract_of_one_sign_has_one_side() -> None:
    assert sides_mwh(trade(quantity_mw=-5.0), CALENDAR) == (0.0, 120.0)
    assert sides_usd(trade(), CALENDAR) == (2400.0, 0.0)
    assert sides_mw(trade(quantity_mw=-5.0), CALENDAR) == (0.0, 5.0)
    share = trade(product="ppa", resource="SOLAR_1", quantity_mw=0.5)
    assert sides_mwh(share, CALENDAR, expected_mwh=450.0) == (450.0, 0.0)


@pytest.mark.parametrize("block", Block)
@pytest.mark.parametrize(
    "first",
    [date(2026, 3, 7), date(2026, 10, 31), date(2026, 12, 31), date(2026, 7, 4)],
)
@pytest.mark.parametrize("quarters", [0, 23])
def test_a_shape_delivers_what_its_hours_do_one_by_one(
    block: Block, first: date, quarters: int
) -> None:
    """Over clock changes, holidays, ends of months and years, and from within an hour on."""
    start_ns = local_midnight_ns(first, ZONE) + quarters * HOUR_NS // 4
    profile = np.array([float(hour % 5 - 1) for hour in range(60)])
    end_ns = start_ns + 59 * HOUR_NS + HOUR_NS // 2
    terms = {"profile_mw": profile, "product": "shaped", "quantity_mw": 0.0, "block": block}
    shaped = trade(delivery_start_ns=start_ns, delivery_end_ns=end_ns, **terms)
    by_month: dict[str, float] = {}
    for hour, mw in enumerate(profile):
        begin_ns = start_ns + hour * HOUR_NS
        for part_ns in range(begin_ns, min(begin_ns + HOUR_NS, end_ns), HOUR_NS // 4):
            hours = block_hours(CALENDAR, block, part_ns, part_ns + HOUR_NS // 4)
            month = f"{local_date(part_ns, ZONE):%Y-%m}"
            by_month[month] = by_month.get(month, 0.0) + mw * hours

    found = dict(shape_hours(shaped, CALENDAR).by_month(CALENDAR))

    if block is not Block.FLAT:  # whose hours are not cut where a month begins
        assert found == pytest.approx(by_month)
    assert net_mwh(shaped, CALENDAR) == pytest.approx(sum(by_month.values()))


@pytest.mark.parametrize("held", [product for product in PRODUCTS.values() if product.measure])
def test_what_is_held_has_no_mwh(held: Product) -> None:
    assert volume_mwh(trade(product=held.name), CALENDAR) == 0.0
