"""Contracts enter a day all at once as they would one by one."""

from __future__ import annotations

import numpy as np
import pytest

from state.company import Company
from state.contracts import entry as contract_entry
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.messages import Block, Run, SettlesAt, Trade, TradeAction
from state.wire import encode_state
from tests.state import worked

SETTLES = (SettlesAt.DA, SettlesAt.FMM, SettlesAt.RTD, SettlesAt.CURVE)


def drawn(count: int) -> list[Trade]:
    """Contracts of whole hours of three days, of every block and run, some amended or cancelled."""
    draw = np.random.default_rng(11)
    trades: list[Trade] = []
    for number in range(count):
        version = 1 + number % 2
        trades.append(
            worked.trade(
                float(np.round(draw.normal(), 3)),
                float(np.round(draw.normal(40.0, 9.0), 2)),
                int(draw.integers(-12, 30)),
                int(draw.integers(1, 30)),
                trade=f"T{draw.integers(0, count // 2)}",
                version=version,
                action=TradeAction.CANCEL if not number % 13 else TradeAction.NEW,
                location=str(draw.choice(["HUB", "NODE"])),
                product=str(draw.choice(["energy", "swap"])),
                settles_at=SETTLES[draw.integers(0, 4)],
                block=list(Block)[draw.integers(0, 3)],
            )
        )
    return trades


def opened(trades: list[Trade]) -> Company:
    company = Company("company")
    prices = (
        worked.price(Run.DA, 12, HUB=40.0, NODE=41.0),
        worked.price(Run.RTD, 12, HUB=45.0, NODE=43.0),
    )
    messages = [*worked.reference(), *prices, *trades, worked.tick(12.5)]
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
    return company


def one_by_one(market: MarketBook, day: DeliveryDay) -> None:
    for trade in market.contracts.trades.live():
        periods = market.covered.days_of(trade.delivery_start_ns, trade.delivery_end_ns)
        for held, hours in periods:
            if held is day:
                contract_entry._enter_day(market, day, trade, 1.0, hours)


def test_a_day_is_opened_to_the_same_bits_as_one_contract_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
):
    trades = drawn(200)
    at_once = opened(trades).desk
    monkeypatch.setattr(contract_entry, "enter_all", one_by_one)
    singly = opened(trades).desk

    market, expected = at_once.markets["west"], singly.markets["west"]
    assert market.tables.lines.snapshot() == expected.tables.lines.snapshot()
    for date, day in market.days.items():
        assert encode_state(day.snapshot()) == encode_state(expected.days[date].snapshot())
    for figures, wanted in zip(
        at_once.portfolio.figures(), singly.portfolio.figures(), strict=True
    ):
        np.testing.assert_allclose(figures, wanted, rtol=1e-9)


def test_a_contract_of_the_grid_makes_no_row_beyond_it():
    forward = opened([worked.trade(5.0, 40.0, 0, 48)]).desk.markets["west"].forward

    assert forward is not None
    assert not forward.keys
