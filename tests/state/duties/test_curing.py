"""Only a contract that brings a net open position nearer to its tolerance is named as its cure."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from state.company import Company
from state.messages import AnyMessage, Trade, TradeAction
from state.moments import HOUR_NS
from tests.state.nop.company import Following, block_trade, outlook
from tests.state.worked import at, contract

TODAY = date(2026, 7, 15)
AUGUST = date(2026, 8, 1), date(2026, 9, 1)
ENERGY, CAPACITY = "nop-energy-prompt-month", "nop-capacity-prompt-month-1"
KIND = "system"
CURE = block_trade(20.0, *AUGUST, trade="cure")


def house(supply_mw: float = 50.0) -> Following:
    """A load of 100 MW, and a plant."""
    desk = Following(TODAY)
    desk.plant(supply_mw)
    return desk


def cured_by(company: Company, limit: str, scope: str = "") -> list[str]:
    """What is named as having cured a position, by name of the contract."""
    return [
        duty.about.split("/")[2]
        for case in company.desk.alerts.book.open_cases()
        for duty in case.row.duties
        if case.row.limit == limit and scope in case.row.scope
        if duty.duty == "duty-tell-executed"
    ]


def capacity(mw: float, kind: str, first: date, end: date) -> Trade:
    hours = (at(0, end) - at(0, first)) / HOUR_NS
    return contract("capacity", mw, 0.0, 0.0, hours, day=first, trade=kind, unit_kind=kind)


def of(trade: Trade, **changes: object) -> Trade:
    return msgspec.structs.replace(trade, **changes)


@pytest.mark.parametrize(
    "beside",
    [
        block_trade(10.0, *AUGUST, trade="swap", product="swap"),
        block_trade(-2.0, *AUGUST, trade="sale"),
        block_trade(10.0, date(2026, 7, 16), AUGUST[0], trade="before"),
        block_trade(10.0, AUGUST[1], date(2026, 10, 1), trade="after"),
        capacity(10.0, "system", *AUGUST),
    ],
    ids=lambda trade: trade.trade,
)
def test_what_does_not_bring_energy_nearer_is_no_cure_beside_one_that_does(beside: Trade):
    desk = house()
    desk.apply(of(beside, executed_at_ns=at(-60, TODAY)), CURE)
    assert cured_by(desk.company, ENERGY) == ["cure"]


@pytest.mark.parametrize(
    "cure",
    [
        CURE,
        block_trade(20.0, date(2026, 7, 20), date(2026, 8, 2), trade="cure"),
        block_trade(20.0, date(2026, 8, 31), date(2027, 1, 1), trade="cure"),
    ],
    ids=["its month", "its first day", "its last day"],
)
def test_whatever_delivers_in_the_period_of_what_is_short_cures_it(cure: Trade):
    desk = house()
    desk.apply(cure)
    assert cured_by(desk.company, ENERGY) == ["cure"]


def test_a_contract_cures_what_a_forecast_of_the_same_second_takes_farther_out():
    desk = house()
    delivers = contract(
        "ist", 5.0, 0.0, 0.0, 24 * 31, day=AUGUST[0], trade="way", delivers="blotter/cure"
    )
    desk.apply(CURE, delivers, outlook("plant", 20.0, desk.years))
    assert cured_by(desk.company, ENERGY) == ["cure"]


def test_capacity_of_a_month_that_is_not_the_nearest_to_its_limit_cures_nothing():
    desk = house()
    desk.hold("capacity", KIND, 60.0)
    for name, mw, month in (("less", -10.0, 10), ("more", 5.0, 11)):
        first = date(2026, month, 1)
        one = contract("capacity", mw, 0.0, 0.0, 24 * 30, day=first, trade=name, unit_kind=KIND)
        desk.company.apply(one, desk.company.position + 1)
    desk.apply()
    assert cured_by(desk.company, "nop-capacity-prompt-quarter", KIND) == [KIND]  # what is held


def test_a_sale_cures_what_is_long_and_a_purchase_does_not():
    desk = house(150.0)
    desk.apply(block_trade(2.0, *AUGUST, trade="bought"), of(CURE, quantity_mw=-20.0))
    assert cured_by(desk.company, ENERGY) == ["cure"]


def test_of_another_version_the_change_counts():
    desk = house()
    first = block_trade(30.0, *AUGUST, trade="first")
    desk.apply(first)
    less = of(first, version=2, action=TradeAction.AMEND, quantity_mw=20.0)
    desk.apply(of(less, executed_at_ns=at(-60, TODAY)), of(CURE, executed_at_ns=at(-90, TODAY)))
    assert cured_by(desk.company, ENERGY) == ["first", "cure"], "what is lessened cures nothing"


def test_capacity_is_cured_by_that_of_its_kind():
    desk = house()
    both = [capacity(50.0, kind, AUGUST[0], date(2027, 1, 1)) for kind in ("system", "local")]
    desk.apply(*both, CURE)
    assert cured_by(desk.company, CAPACITY, "system") == ["system"]
    assert cured_by(desk.company, CAPACITY, "local") == ["local"]
    assert cured_by(desk.company, CAPACITY, "flexible") == []


def test_contracts_before_the_next_tick_are_judged_alike_after_a_restart():
    one, other = house(), house()
    messages: list[AnyMessage] = [block_trade(-2.0, *AUGUST, trade="sale"), CURE]
    for message in messages:
        one.company.apply(message, one.company.position + 1)
        other.company.apply(message, other.company.position + 1)
    other.company = Company.restore(other.company.snapshot())
    assert len(one.apply()) == len(other.apply())
    assert cured_by(other.company, ENERGY) == ["cure"]
    assert one.company.snapshot() == other.company.snapshot()
