"""Contracts that fail to deliver: their rate by record, and the supply that is counted (§4.4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest

from state.company import Company
from state.messages import ContractDelivery, ProductTrade, Run, TradeAction, TradeCheck
from state.nop.watch import nop_view
from state.screens.views import Transition
from tests.state.nop.company import Following, block_trade
from tests.state.nop.volumes import amounts, anew, kept
from tests.state.worked import contract, curve, price, trade

JUNE = date(2026, 6, 15)
JULY = date(2026, 7, 1), date(2026, 8, 1)
HOURS = 31 * 24


def record(contract: str, due_mwh: float, mwh: float, month: str = "2026-05") -> ContractDelivery:
    return ContractDelivery(
        market="west", contract=f"blotter/{contract}", month=month, due_mwh=due_mwh,
        delivered_mwh=mwh,
    )  # fmt: skip


def house() -> Following:
    """A load of 100 MW, 40 MW bought of CP-01 under each of two contracts, 20 MW of CP-02."""
    desk = Following(JUNE)
    desk.apply(
        block_trade(40.0, *JULY, trade="A"),
        block_trade(40.0, *JULY, trade="B"),
        block_trade(20.0, *JULY, trade="C", counterparty="CP-02"),
    )
    return desk


def supply(desk: Following) -> tuple[float, float]:
    """Mean MW of firm and of expected supply in July."""
    row = desk.row("Prompt month")
    return row.firm / HOURS, row.supply / HOURS


def refused(desk: Following, message: ContractDelivery) -> str:
    desk.apply(message)
    return " ".join(reason for _, reason in desk.company.refusals())


def test_without_a_record_no_rate_is_known_and_that_is_said():
    desk = house()

    assert supply(desk) == (100.0, 100.0)
    told = nop_view(desk.company.desk).failures
    assert told == "no contract's failure rate is known, and 0 is counted"


def test_a_contract_that_failed_lessens_its_own_supply_and_that_of_its_counterparty():
    desk = house()
    desk.apply(record("A", 100.0, 90.0), record("A", 100.0, 100.0, "2026-04"))

    # 10 of 200 MWh: 5 % of 40 MW under A, and of 40 MW under B, which has no record of its own.
    assert supply(desk) == pytest.approx((96.0, 96.0))
    assert desk.row("Prompt month").note.endswith("2,976 MWh less by failure rates")
    told = nop_view(desk.company.desk).failures
    assert told.startswith("failure rates: blotter/A 5.0%, CP-01 5.0%; of all others not known")


def test_a_shape_of_both_signs_is_bought_in_its_own_hours_alone():
    desk, half = Following(JUNE), HOURS // 2
    both = block_trade(0.0, *JULY, trade="A", profile_mw=np.array([30.0, -30.0] * half))
    desk.apply(both, record("A", 100.0, 50.0))

    # 30 MW are bought in every other hour, of which half fails; the sales are whole.
    assert supply(desk) == pytest.approx((-7.5, -7.5))
    assert amounts(kept(desk)) == amounts(anew(desk))
    desk.apply(msgspec.structs.replace(both, version=2, action=TradeAction.CANCEL))
    assert supply(desk) == (0.0, 0.0)


def test_a_contract_with_a_record_of_its_own_keeps_its_own_rate():
    desk = house()
    desk.apply(record("A", 100.0, 80.0), record("B", 300.0, 300.0))

    # A 20 % of 40 MW; B nothing; a third contract of CP-01 would have 20 of 400 MWh, 5 %.
    assert supply(desk) == pytest.approx((92.0, 92.0))
    desk.apply(block_trade(20.0, *JULY, trade="D"))
    assert supply(desk) == pytest.approx((111.0, 111.0))
    desk.apply(block_trade(30.0, *JULY, trade="A", version=2))
    assert supply(desk) == pytest.approx((103.0, 103.0))
    assert amounts(kept(desk)) == amounts(anew(desk))


def test_a_later_record_of_the_same_month_takes_the_place_of_the_first():
    desk = house()
    desk.apply(record("C", 100.0, 50.0))
    assert supply(desk)[0] == pytest.approx(90.0)

    desk.apply(record("C", 100.0, 100.0))
    assert supply(desk)[0] == pytest.approx(100.0)


def test_what_is_sold_and_a_financial_hedge_do_not_fail():
    desk = house()
    desk.apply(
        block_trade(-30.0, *JULY, trade="sold"),
        block_trade(9.0, *JULY, trade="swap", product="swap"),
    )
    desk.apply(record("A", 100.0, 50.0))

    assert supply(desk) == pytest.approx((70.0 - 40.0, 70.0 - 40.0))


def unit(mw: float = 40.0, **terms: Any) -> ProductTrade:
    """A unit that is sure to be called in July: its delta is its MW."""
    words = {"trade": "U", "strike_usd_per_mwh": 40.0, **terms}
    return contract("dispatchable", mw, 2.0, 0, HOURS, day=JULY[0], **words)


def with_a_unit(today: date = JUNE) -> Following:
    desk = Following(today)
    desk.apply(curve(60.0, 60.0, "2026-07"), unit())
    return desk


def test_a_unit_at_call_counts_with_what_its_supplier_does_not_fail_to():
    desk = with_a_unit()
    assert supply(desk) == (0.0, 40.0)
    desk.apply(record("U", 100.0, 90.0))

    assert supply(desk) == pytest.approx((0.0, 36.0))
    assert desk.row("Prompt month").note.endswith("2,976 MWh less by failure rates")
    desk.apply(unit(10.0, trade="V"), unit(-8.0, trade="sold"))
    assert supply(desk) == pytest.approx((0.0, 36.0 + 9.0 - 8.0))
    desk.apply(unit(20.0, version=2), unit(trade="V", version=2, action=TradeAction.CANCEL))
    assert supply(desk) == pytest.approx((0.0, 18.0 - 8.0))


def test_a_unit_at_call_fails_where_as_much_of_its_terms_is_sold():
    desk = with_a_unit()
    desk.apply(unit(-40.0, trade="sold", counterparty="CP-02"), record("U", 100.0, 90.0))

    assert supply(desk) == pytest.approx((0.0, -4.0))


def test_a_unit_at_call_fails_on_the_first_day_of_the_month_too_on_its_eve():
    desk = with_a_unit(date(2026, 6, 29))
    desk.apply(record("U", 100.0, 90.0))
    desk.tick_on(date(2026, 6, 30))
    assert supply(desk) == pytest.approx((0.0, 36.0))

    desk.apply(price(Run.DA, 0, day=JULY[0], HUB=10.0))
    assert supply(desk)[1] * HOURS == pytest.approx(36.0 * (HOURS - 1))


def test_a_check_of_a_unit_at_call_counts_what_its_supplier_does_not_fail_to():
    desk = with_a_unit()
    desk.apply(record("U", 100.0, 90.0))
    more = unit(50.0, trade="more", trader="ann", volatility_usd_per_mwh=20.0)
    desk.apply(TradeCheck(check="c", candidate=more, areas=("WECC",)))
    answer = desk.company.desk.checks.answers[-1]
    (effect,) = (one for one in answer.effects if one.limit == "nop-energy-prompt-month")
    desk.apply(more)
    restored = Company.restore(desk.company.snapshot())

    assert effect.after == desk.row("Prompt month").coverage
    rows = (str(nop_view(one.desk).rows) for one in (desk.company, restored))
    assert next(rows) == next(rows)


def test_a_position_that_a_failure_takes_out_of_tolerance_is_a_case_with_the_record_as_cause():
    desk = house()
    found: list[Transition] = desk.apply(record("A", 100.0, 70.0))

    (change,) = (one for one in found if one.row.limit == "nop-energy-prompt-month")
    assert (change.change, change.row.cause_key, change.row.passive) == (
        "reopened",
        "contract_delivery/west/blotter/A/2026-05",
        True,
    )
    assert change.row.cause == "contract blotter/A delivered 70 of 100 MWh in 2026-05"


def test_a_check_counts_what_the_supplier_is_expected_to_deliver():
    desk = house()
    desk.apply(record("A", 100.0, 90.0))
    more = block_trade(10.0, *JULY, trade="more", trader="ann")
    desk.apply(TradeCheck(check="c", candidate=more, areas=("WECC",)))
    answer = desk.company.desk.checks.answers[-1]
    (effect,) = (one for one in answer.effects if one.limit == "nop-energy-prompt-month")
    desk.apply(more)

    assert effect.after == desk.row("Prompt month").coverage
    assert effect.after == pytest.approx(0.92 + 0.09)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (record("nobody", 1.0, 1.0), "contract 'blotter/nobody' is unknown"),
        (record("A", 0.0, 0.0), "due_mwh 0 is not above 0"),
        (record("A", 10.0, 11.0), "delivered_mwh 11 is not between 0 and due_mwh 10"),
        (record("A", 10.0, 5.0, "May"), "month 'May' is no YYYY-MM"),
    ],
)
def test_a_record_that_cannot_be_says_what_is_wrong_and_moves_nothing(
    record: ContractDelivery, reason: str
):
    desk = house()

    assert reason in refused(desk, record)
    assert supply(desk) == (100.0, 100.0)


def test_part_days_shapes_and_many_contracts_are_added_up_as_one_by_one():
    desk = house()
    desk.apply(record("A", 100.0, 90.0))
    for number in range(4):
        hours = (40.25, 31.5, 24.0 * 50, 7.0)[number]
        desk.apply(
            trade(1.5 * number - 2.0, 40.0, 24.0 * 20 + 6.25, hours, day=JUNE, trade=f"T{number}")
        )
    desk.apply(
        trade(0.0, 40.0, 24.0 * 20, 4, day=JUNE, trade="shaped", profile_mw=(3.0, -2.0, 5.5, 0.25))
    )

    assert amounts(kept(desk)) == amounts(anew(desk))
    assert kept(desk).undelivered_mwh().any()


@pytest.mark.parametrize("cut", range(4))
def test_failure_rates_go_on_where_they_were(cut: int):
    messages = [
        record("A", 100.0, 90.0),
        block_trade(7.0, *JULY, trade="D"),
        record("C", 50.0, 10.0),
        record("A", 100.0, 100.0),
    ]
    whole, parted = house(), house()
    for message in messages:
        whole.apply(message)
    for message in messages[:cut]:
        parted.apply(message)
    parted.company = Company.restore(parted.company.snapshot())
    for message in messages[cut:]:
        parted.apply(message)

    assert parted.company.snapshot() == whole.company.snapshot()
    assert supply(parted) == supply(whole)
