"""The facts of a trade by hand: notional value, MW, dates and side, as the message gives them."""

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from state.calendar import MarketCalendar
from state.contracts.output import Output
from state.contracts.size import notional_usd
from state.messages import Block, ProductTrade, SettlesAt, Trade, TradeAction
from state.moments import to_ns
from state.trading.facts import Circumstances, facts_of
from tests.state.trading.samples import TODAY

CALENDAR = MarketCalendar("America/Los_Angeles")
AROUND = Circumstances(executed=TODAY, venue="bilateral", areas=("WECC",), agreement="EEI")


def local(*moment: int) -> int:
    return to_ns(datetime(*moment, tzinfo=CALENDAR.zone).astimezone(UTC))


def contract(**changes: Any) -> Trade:
    terms: dict[str, Any] = {
        "source": "desk", "trade": "T1", "version": 1, "action": TradeAction.NEW,
        "product": "energy", "market": "caiso", "book": "b", "counterparty": "c",
        "location": "TH_NP15_GEN-APND", "trader": "ann", "settles_at": SettlesAt.CURVE,
        "delivery_start_ns": local(2026, 3, 1), "delivery_end_ns": local(2026, 4, 1),
        "quantity_mw": 10.0, "price_usd_per_mwh": 40.0, **changes,
    }  # fmt: skip
    kind = ProductTrade if set(terms) - set(Trade.__struct_fields__) else Trade
    return kind(**terms)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        ({}, 743 * 10 * 40),  # March has 743 hours
        ({"block": Block.ON_PEAK}, 416 * 10 * 40),
        ({"block": Block.OFF_PEAK}, 327 * 10 * 40),
        ({"quantity_mw": -10.0}, 743 * 10 * 40),
        ({"price_usd_per_mwh": -40.0}, 743 * 10 * 40),
        (
            {"delivery_start_ns": local(2026, 11, 1), "delivery_end_ns": local(2026, 11, 2)},
            25 * 10 * 40,
        ),
        (
            {
                "delivery_start_ns": local(2026, 3, 9, 18),
                "delivery_end_ns": local(2026, 3, 11, 8),
                "block": Block.ON_PEAK,
            },
            (4 + 16 + 2) * 10 * 40,
        ),
        (
            {
                "delivery_start_ns": local(2026, 3, 9, 18, 15),
                "delivery_end_ns": local(2026, 3, 9, 18, 45),
            },
            0.5 * 10 * 40,
        ),
    ],
)
def test_notional_value_is_price_times_the_hours_of_the_block(changes: dict[str, Any], usd: float):
    assert notional_usd(contract(**changes), CALENDAR) == pytest.approx(usd, rel=1e-12)


def test_the_example_of_the_footnote_is_100_dollars():
    hour = {"delivery_start_ns": local(2026, 3, 9, 10), "delivery_end_ns": local(2026, 3, 9, 11)}

    assert notional_usd(contract(quantity_mw=5.0, price_usd_per_mwh=20.0, **hour), CALENDAR) == 100


def test_a_shape_of_both_signs_is_a_purchase_and_a_sale_each_of_its_own_hours():
    profile = np.array([5.0] * 10 + [-20.0] * 2 + [0.0] * 36)
    shaped = contract(
        product="shaped", profile_mw=profile, quantity_mw=0.0,
        delivery_start_ns=local(2026, 3, 9), delivery_end_ns=local(2026, 3, 11),
    )  # fmt: skip
    facts = facts_of(shaped, CALENDAR, AROUND)

    sold, bought = facts.sides
    assert (sold.bought, sold.quantity_mw, sold.notional_usd) == (False, -20.0, 40 * 40.0)
    assert (bought.bought, bought.quantity_mw, bought.notional_usd) == (True, 5.0, 50 * 40.0)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        ({"product": "rec", "unit_kind": "PCC1", "vintage": "2026", "units": -2000.0,
          "quantity_mw": 0.0, "price_usd_per_unit": 18.5}, 37_000.0),
        ({"product": "capacity", "unit_kind": "system", "quantity_mw": 25.0,
          "price_usd_per_unit": 3000.0}, 75_000.0),
        ({"product": "transmission", "unit_kind": "firm", "quantity_mw": -10.0,
          "price_usd_per_unit": 4.0}, 743 * 40.0),
        ({"product": "cfd", "price_adjustment_usd_per_mwh": -1.25}, 743 * 10 * 38.75),
    ],
)  # fmt: skip
def test_what_is_held_is_priced_in_its_own_unit(changes: dict[str, Any], usd: float):
    facts = facts_of(contract(**changes), CALENDAR, AROUND)

    assert facts.notional_usd == pytest.approx(usd, rel=1e-12)
    assert facts.bought == (changes.get("units", changes.get("quantity_mw", 1.0)) > 0)


def test_an_as_generated_contract_is_known_only_with_what_is_expected_of_its_resource():
    ppa = contract(product="ppa", resource="WIND_1", quantity_mw=0.5)
    around = Circumstances(
        executed=TODAY, venue="bilateral", areas=("WECC",), agreement="PPA", board_approved=True,
        output=Output(capacity_mw=150.0, expected_mwh=10_000.0),
    )  # fmt: skip
    facts, blind = facts_of(ppa, CALENDAR, around), facts_of(ppa, CALENDAR, AROUND)

    assert facts.notional_usd == 10_000 * 40
    assert facts.quantity_mw == 75.0
    assert math.isnan(blind.notional_usd)
    assert math.isnan(blind.quantity_mw)
    assert blind.bought


def test_delivery_dates_are_those_of_the_market_whatever_the_hour():
    facts = facts_of(
        contract(delivery_start_ns=local(2026, 3, 9, 23), delivery_end_ns=local(2026, 3, 11)),
        CALENDAR,
        AROUND,
    )

    assert (facts.first, facts.end) == (date(2026, 3, 9), date(2026, 3, 11))
    assert (facts.trader, facts.venue, facts.agreement) == ("ann", "bilateral", "EEI")
