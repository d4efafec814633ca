"""A trade that is asked about is held to the tolerances of the net open positions (§4.6)."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from state.messages import (
    Action,
    ActionKind,
    Counterparty,
    ProductTrade,
    ResourceKind,
    SettlesAt,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.moments import HOUR_NS
from state.nop.tolerances import identity_of
from state.nop.watch import nop_view
from state.periods import month_after
from state.pretrade.bounds import stops
from state.pretrade.check import answer_to
from state.pretrade.lots import passing_lots
from state.pretrade.positions import tolerances
from state.pretrade.situation import situation_of
from state.screens.checks_seen import CheckAnswer, Outcome
from state.screens.nop_seen import NopRow
from state.trading.decision import Decision
from tests.state.credit.samples import policy as credit_policy
from tests.state.nop.company import Following, block_trade, vet
from tests.state.strategies import examples
from tests.state.trading.samples import ANN
from tests.state.worked import at, contract, curve, resource

JUNE, AUGUST = date(2026, 6, 15), date(2026, 8, 15)
JULY = date(2026, 7, 1), date(2026, 8, 1)
Row = tuple[str, str, str]


def house(plant_mw: float, today: date = JUNE) -> Following:
    """A load of 100 MW, a plant, a counterparty and a trader."""
    desk = Following(today)
    desk.apply(credit_policy())
    vet(desk.company, Counterparty(counterparty="CP-01", name="CP-01", agreement="EEI"))
    desk.company.desk.traders["ann"] = ANN
    desk.plant(plant_mw)
    return desk


def check_of(one: Trade, *, lot: float = 0.0) -> TradeCheck:
    return TradeCheck(check="c", candidate=one, lot=lot, areas=("WECC",))


def asked(desk: Following, one: Trade, *, lot: float = 0.0) -> CheckAnswer:
    check = check_of(one, lot=lot)
    return answer_to(desk.company.desk, check, [], at_ns=desk.company.tick_ns)


def positions(desk: Following) -> dict[Row, NopRow]:
    rows = nop_view(desk.company.desk).rows
    return {(row.limit, identity_of(row), row.period): row for row in rows if row.limit}


def same(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))


blocks = st.builds(
    lambda mw, month, months, trade: block_trade(
        mw,
        date(2026, month, 1),
        date(2027, 1, 1) if month + months > 12 else date(2026, month + months, 1),
        trade=trade,
        trader="ann",
        settles_at=SettlesAt.CURVE,
    ),
    st.floats(-60.0, 60.0).filter(lambda mw: abs(mw) > 0.01),
    st.integers(7, 12),
    st.integers(1, 6),
    st.sampled_from(["T1", "T2"]),
)


def held(kind: str, amount: float, months: int) -> ProductTrade:
    """Certificates of 2017, or MW of capacity from October 2026 on."""
    first = date(2026, 10, 1)
    if kind == "rec":
        first = date(2017, 10, 1)
        terms = {"unit_kind": "PCC1", "vintage": "2017", "units": amount}
        return contract("rec", 0.0, 0.0, 0.0, 24, day=first, trade="R", **terms)
    hours = (at(0, month_after(first, months)) - at(0, first)) / HOUR_NS
    return contract("capacity", amount, 0, 0, hours, day=first, trade="C", unit_kind="system")


@examples(12)
@given(st.sampled_from([60.0, 88.0, 95.0, 104.0]), st.lists(blocks, min_size=1, max_size=4))
def test_booking_does_to_every_tolerance_to_the_bit_what_the_check_said(
    plant_mw: float, trades: list[Trade]
):
    desk = house(plant_mw)
    for version, one in enumerate(trades, start=1):
        booked = msgspec.structs.replace(one, version=version)
        before, answer = positions(desk), asked(desk, booked)
        desk.apply(booked)
        after = positions(desk)
        told = {(each.limit, each.scope, each.period): each for each in answer.effects}
        for name, row in after.items():
            effect = told.get(name)
            assert same(row.coverage, before[name].coverage if effect is None else effect.after)
            if effect is not None:
                assert same(row.headroom, effect.headroom_after)
        harmed = any(
            row.headroom < 0.0 and row.headroom < before[name].headroom
            for name, row in after.items()
        )
        if answer.decision == Decision.ACCEPT:
            assert not harmed
        if harmed:
            assert answer.decision == Decision.REJECT


@examples(12)
@given(st.sampled_from([80.0, 95.0, 104.0, 110.0]), blocks)
def test_the_sizes_that_pass_keep_every_tolerance_lot_by_lot(plant_mw: float, one: Trade):
    desk = house(plant_mw)
    one = msgspec.structs.replace(one, quantity_mw=float(round(one.quantity_mw)) or 1.0)
    answer = asked(desk, one, lot=4.0)
    passing = {lots for first, last in answer.sizes for lots in range(first, last + 1)}
    sign = 1.0 if one.quantity_mw > 0.0 else -1.0

    for lots in range(1, min(answer.looked_up_to, 40) + 1):
        sized = msgspec.structs.replace(one, quantity_mw=sign * 4.0 * lots)
        assert (lots in passing) == (asked(desk, sized).decision == Decision.ACCEPT), lots


def unit_at_call(mw: float) -> ProductTrade:
    hours = (at(0, JULY[1]) - at(0, JULY[0])) / HOUR_NS
    terms: dict[str, Any] = {"strike_usd_per_mwh": 50.0, "volatility_usd_per_mwh": 10.0}
    terms |= {"trader": "ann", "settles_at": SettlesAt.DA, "trade": "U"}
    return contract("dispatchable", mw, 4.0, 0, hours, day=JULY[0], **terms)


def test_the_delta_of_a_unit_at_call_is_held_to_the_tolerances_as_booking_does():
    desk = house(100.0)
    desk.apply(curve(50.0, 50.0, "2026-07"))
    answer = asked(desk, unit_at_call(50.0), lot=2.0)
    effect = next(one for one in answer.effects if one.limit == "nop-energy-prompt-month")
    desk.apply(unit_at_call(50.0))

    assert effect.outcome is Outcome.BREACHED
    assert effect.after == desk.row("Prompt month").coverage
    assert answer.largest < 50.0


def test_an_amendment_that_makes_a_hedge_physical_is_held_to_the_tolerances():
    desk, terms = house(100.0), {"trader": "ann", "settles_at": SettlesAt.CURVE}
    desk.apply(block_trade(50.0, *JULY, product="swap", **terms))
    physical = block_trade(50.0, *JULY, version=2, action=TradeAction.AMEND, **terms)
    answer = asked(desk, physical)
    effect = next(one for one in answer.effects if one.limit == "nop-energy-prompt-month")
    desk.apply(physical)

    assert (effect.before, effect.after) == (1.0, desk.row("Prompt month").coverage)
    assert answer.decision == Decision.REJECT


def test_a_sale_out_of_the_band_is_rejected_with_the_clause_and_a_purchase_back_passes():
    desk = house(95.0)
    july = (date(2026, 7, 1), date(2026, 8, 1))
    terms = {"trader": "ann", "settles_at": SettlesAt.CURVE}

    sold = asked(desk, block_trade(-20.0, *july, **terms))
    effect = next(one for one in sold.effects if one.limit == "nop-energy-prompt-month")

    assert sold.decision == Decision.REJECT
    assert (effect.clause, effect.policy) == ("SVCE §4.6 p. 8", "svce 2017-05-10")
    assert (effect.before, effect.after, effect.outcome) == (0.95, 0.75, Outcome.BREACHED)
    assert asked(desk, block_trade(10.0, *july, **terms)).decision == Decision.ACCEPT
    swap = asked(desk, block_trade(-20.0, *july, product="swap", **terms))
    assert not any(one.limit.startswith("nop-") for one in swap.effects)


def test_a_position_that_is_not_known_gives_no_decision():
    desk = house(95.0)
    desk.apply(resource("wind", "NODE", ResourceKind.WIND))
    one = block_trade(
        5.0, date(2026, 7, 1), date(2026, 8, 1), trader="ann", settles_at=SettlesAt.CURVE
    )

    answer = asked(desk, one)

    assert answer.decision == Decision.NO_DECISION
    assert any("no outlook of wind" in effect.reason for effect in answer.effects)


@pytest.mark.parametrize(
    ("kind", "amounts"), [("capacity", (40.0, 90.0, 260.0)), ("rec", (5e4, 9e4))]
)
def test_capacity_and_certificates_are_held_to_their_own(kind: str, amounts: tuple[float, ...]):
    desk = house(95.0, AUGUST if kind == "capacity" else date(2016, 12, 31))
    for version, amount in enumerate(amounts, start=1):
        one = msgspec.structs.replace(held(kind, amount, version), version=version)
        before, answer = positions(desk), asked(desk, one)
        told = {(each.limit, each.scope, each.period): each for each in answer.effects}
        desk.apply(one)
        moved = {
            name: row.coverage
            for name, row in positions(desk).items()
            if not same(row.coverage, before[name].coverage)
        }
        assert moved
        assert moved == {name: told[name].after for name in told if name[0].startswith("nop-")}
        assert answer.unit == ("MW" if kind == "capacity" else "certificates")


def test_sizes_of_capacity_follow_the_month_that_is_nearest_at_each_size():
    desk = house(95.0, AUGUST)
    desk.apply(msgspec.structs.replace(held("capacity", 250.0, 3), trade="D"))
    one = held("capacity", -30.0, 2)
    situation = situation_of(desk.company.desk, check_of(one), [], desk.company.tick_ns)
    bounds = [*tolerances(situation).bounds, *tolerances(situation).sizing]

    sizing = [bound for bound in bounds if bound.by_size]
    passing, unsure = passing_lots(situation, sizing, lots=60, share=1.0 / 30.0)
    harmless = []
    for lots in range(1, 61):
        at_size = msgspec.structs.replace(one, quantity_mw=-float(lots))
        checked = situation_of(desk.company.desk, check_of(at_size), [], desk.company.tick_ns)
        harmless.append(not any(stops(each.effect) for each in tolerances(checked).bounds))

    sure = [number for number in range(60) if not unsure[number + 1]]
    assert [bool(passing[number + 1]) for number in sure] == [harmless[number] for number in sure]
    assert len(set(harmless)) == 1 or any(harmless)


def test_sizes_of_capacity_count_months_that_move_the_row_at_a_larger_size_alone():
    """August, at 100 %, is the row's nearest month until October to December, at 85 %, fall."""
    desk = house(95.0)
    for name, mw, first in (("all", 230.0, 7), ("sold", -34.5, 10)):
        hours = (at(0, date(2027, 1, 1)) - at(0, date(2026, first, 1))) / HOUR_NS
        day = date(2026, first, 1)
        desk.apply(contract("capacity", mw, 0, 0, hours, day=day, trade=name, unit_kind="system"))
    of_row = "nop-capacity-balance-of-year"

    def sale(mw: float) -> Trade:
        return msgspec.structs.replace(held("capacity", -mw, 3), trader="ann", counterparty="CP-01")

    answer = asked(desk, sale(10.0), lot=1.0)
    alone = [asked(desk, sale(float(mw))) for mw in range(1, answer.looked_up_to + 1)]

    accepted = [mw for mw, one in enumerate(alone, start=1) if one.decision == Decision.ACCEPT]
    assert of_row not in {effect.limit for effect in answer.effects}
    assert answer.sizes == [(1, accepted[-1])]
    assert accepted == list(range(1, accepted[-1] + 1))
    assert len(accepted) < answer.looked_up_to


def test_a_waived_tolerance_shows_its_waiver_and_is_held_as_before():
    desk, sold = house(80.0), block_trade(-20.0, *JULY, trader="ann", trade="sold")
    before = asked(desk, sold)
    limit = "nop-energy-prompt-month"
    case = next(row for row in desk.company.desk.alerts.cases() if row.limit == limit)
    now_ns = desk.company.tick_ns
    desk.apply(
        Action(
            action="w", action_kind=ActionKind.WAIVE, case=case.case, actor="rita", at_ns=now_ns,
            text="a tender is out", approver="committee", until_ns=now_ns + HOUR_NS,
        )
    )  # fmt: skip
    after = asked(desk, sold)

    shown = next(effect for effect in after.effects if effect.limit == limit)
    assert shown.waiver is not None
    assert (shown.waiver.approver, shown.waiver.reason) == ("committee", "a tender is out")
    assert shown.waiver.until_ns == now_ns + HOUR_NS
    assert (shown.outcome, after.decision) == (Outcome.WORSENED, Decision.REJECT)
    assert [replace(one, waiver=None) for one in after.effects] == before.effects
