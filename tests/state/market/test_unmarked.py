"""MWh that nothing marks are named, and P&L that they are part of is not known."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import numpy as np
import pytest

from state.company import Company
from state.limits.instances import Instance
from state.market.unmarked import unmarked_by_book
from state.messages import Policy, Run, SettlesAt, Trade, TradeCheck
from state.pretrade.check import answer_to
from state.screens.checks_seen import Outcome
from state.screens.pnl_seen import PnlCurveView, PnlView
from state.screens.screens import build
from tests.state.oracle.unmarked import looked_at
from tests.state.worked import (
    DAY,
    ResourceKind,
    company,
    curve,
    forecast,
    price,
    reference,
    resource,
    tick,
    trade,
)

POLICY = Policy(
    policy="limits",
    version="1",
    source="""
name: limits
version: "1"
title: a stop-loss, whatever the age of prices
limits:
  - id: stop-loss
    rule: stop_loss
    title: loss
    clause: "§1"
    unit: $
    loss: 150000
    warn_at: 0.8
    clear_at: 0.95
    materiality: minor
""",
)
AUGUST = trade(10, 30, 0, 24 * 30, day=date(2026, 8, 1), settles_at=SettlesAt.CURVE)
TODAY = trade(10, 30, 12, 2, trade="T2", settles_at=SettlesAt.RTD)
NEXT = DAY + timedelta(days=1)
TOMORROW = trade(10_000, 30, 12, day=NEXT, trade="T4")
PRICES = [price(Run.DA, hour, NEXT, HUB=31, NODE=31) for hour in range(24)]


def said(of: Company) -> str:
    """Return what the firm's P&L says of itself."""
    view = build(of.desk, {"pnl"}, of.tick_ns)["pnl"]
    return next(row.estimated for row in view.books if row.book == "firm")


def unknown(of: Company) -> dict[str, str]:
    view = build(of.desk, {"pnl"}, of.tick_ns)["pnl"]
    assert isinstance(view, PnlView)
    return {row.book: row.unknown for row in view.books}


def curve_of(of: Company, book: str) -> list[tuple[float, float]]:
    """Return total and realised P&L of a book at each point of the day's curve."""
    view = build(of.desk, {"pnl_curve"}, of.tick_ns)["pnl_curve"]
    assert isinstance(view, PnlCurveView)
    row = view.books.index(book)
    return list(zip(view.total[row].tolist(), view.realised[row].tolist(), strict=True))


def stop_losses(of: Company) -> dict[str, Instance]:
    tables = of.desk.alerts.on_figure("pnl_today")
    found = (table.instance(row) for table in tables for row in range(len(table)))
    return {one.scope: one for one in found}


@pytest.mark.parametrize(
    ("deal", "words"),
    [
        (AUGUST, "7,200 forward MWh have no mark"),
        (TODAY, "not known: 20 MWh have no mark, most of them at HUB on 2026-07-15"),
    ],
)
def test_mwh_without_a_mark_are_named_until_a_curve_marks_them(deal: Trade, words: str):
    held = company(*reference(), tick(8), deal, tick(9))
    before = said(held)
    held.apply(curve(40, 40, "2026-07", "2026-08"), held.position + 1)

    assert words in before  # 10 MW x 24 h x 30 days
    assert "no mark" not in said(held)


def test_a_location_without_a_hub_is_valued_by_its_own_curve_on_every_day():
    """As beyond tomorrow: at midnight the day after becomes tomorrow, and its P&L stays known."""
    block = trade(10, 30, 12, 1, day=DAY + timedelta(days=2), location="LONELY")
    marks = msgspec.structs.replace(curve(40, 35, "2026-07"), hubs=("LONELY",) * 2)
    held = company(*reference(), marks, tick(8), block)
    for day in range(3):
        held.apply(tick(9, DAY + timedelta(days=day)), held.position + 1)

        assert held.desk.value_usd()[0] == 100.0  # 10 MW x 1 h x (40 - 30) $/MWh
        assert set(unknown(held).values()) == {""}


def test_what_is_sold_back_to_nothing_needs_no_mark():
    back = trade(-10, 30, 0, 24 * 30, day=date(2026, 8, 1), trade="T3", settles_at=SettlesAt.CURVE)

    assert "no mark" not in said(company(*reference(), tick(8), AUGUST, back, tick(9)))


def test_a_stop_loss_is_unknown_by_mwh_without_a_mark_and_binds_on_what_they_are_worth():
    """Their cost, $300,000 of a book that may lose $150,000, is no loss."""
    held = company(*reference(), POLICY, tick(8), TOMORROW)
    before, shown = stop_losses(held), unknown(held)
    for message in PRICES:
        held.apply(message, held.position + 1)
    after = stop_losses(held)

    assert (before["book"].state, before["firm"].state) == ("unknown", "unknown")
    assert before["book"].standing == "ok"
    why = "10,000 MWh have no mark, most of them at HUB on 2026-07-16"
    assert before["book"].reason == why
    assert before["other"].state == "ok"
    assert shown == {"book": why, "other": "", "firm": why}
    assert set(unknown(held).values()) == {""}
    assert (after["book"].state, after["book"].value) == ("ok", 10_000.0)


def test_the_curve_of_the_day_has_a_gap_while_pnl_is_not_known():
    held = company(*reference(), tick(8), TOMORROW)
    for message in (tick(9), *PRICES, tick(10)):
        held.apply(message, held.position + 1)
    again = Company.restore(held.snapshot())

    begun, without, with_marks = ((0.0, 0.0), (np.nan, np.nan), (10_000.0, 0.0))
    np.testing.assert_equal(curve_of(held, "book"), [begun, without, with_marks])
    np.testing.assert_equal(curve_of(again, "firm"), [begun, without, with_marks])
    assert curve_of(held, "other") == [(0.0, 0.0)] * 3


def test_the_day_whose_midnight_had_mwh_without_a_mark_has_no_known_pnl():
    """It would count what they are worth and not what they cost, which counts before."""
    begun = [tick(0, NEXT - timedelta(days=1)), TOMORROW, tick(0, NEXT), *PRICES, tick(14, NEXT)]
    held = company(*reference(), POLICY, *begun)
    of_day = stop_losses(held)["book"]
    again = Company.restore(held.snapshot())
    again.apply(tick(0, NEXT + timedelta(days=1)), again.position + 1)

    assert of_day.state == "unknown"
    assert of_day.reason == "10,000 MWh had no mark at midnight, from when it counts"
    assert said(Company.restore(held.snapshot())) == said(held) == f"not known: {of_day.reason}"
    assert stop_losses(again)["book"].state == "ok"


def test_mwh_without_a_mark_are_those_of_a_look_at_every_interval_of_lines_and_rows():
    half_hours = reference(settlement_seconds=900)
    half_hours += [resource("sun", "LONELY", ResourceKind.SOLAR, book="other"), POLICY]
    deals = [
        trade(10, 30, 12, 2, trade="A", location="LONELY"),
        trade(-4, 30, 13, 2, trade="B", location="LONELY", settles_at=SettlesAt.RTD),
        trade(7, 30, 12.5, 1.25, trade="C", location="LONELY", settles_at=SettlesAt.FMM),
        trade(3, 30, 11, 24, trade="D", book="other", product="swap"),
    ]
    volumes = [forecast("sun", hour, 8.0, 6.0, seconds=900) for hour in (12, 13, 20)]
    published = [
        price(Run.DA, 12, LONELY=40, HUB=40),
        price(Run.RTD, 13.25, seconds=900, LONELY=40),
        price(Run.FMM, 13.5, seconds=900, LONELY=40),
        curve(40, 40, "2026-07"),
        price(Run.DA, 13, LONELY=40),
    ]
    held, seen = company(*half_hours, tick(8)), set()
    for message in (*deals, *volumes, *published):
        held.apply(message, held.position + 1)
        [market] = held.desk.markets.values()
        found = unmarked_by_book(market)
        np.testing.assert_allclose(found, looked_at(market), rtol=1e-12)
        seen.add(found.tobytes())

    assert len(seen) > 8


def test_a_trade_without_a_mark_gets_no_decision_and_one_of_another_book_no_line_for_it():
    held = company(*reference(), POLICY, curve(40, 40, "2026-07"), tick(8))
    lonely = trade(10, 30, 12, trade="L", location="LONELY")

    def asked(deal: Trade) -> dict[str, Outcome]:
        answer = answer_to(held.desk, TradeCheck(check="c", candidate=deal), [], at_ns=held.tick_ns)
        return {each.scope: each.outcome for each in answer.effects if each.limit == "stop-loss"}

    assert asked(lonely)["book"] is Outcome.UNKNOWN
    held.apply(lonely, held.position + 1)
    effects = asked(trade(10, 30, 12, trade="M", book="other"))
    assert effects == {"other": Outcome.KEPT, "firm": Outcome.UNKNOWN}


def test_a_check_that_takes_out_what_has_no_mark_says_what_booking_leaves():
    held = company(*reference(), POLICY, tick(8), TOMORROW)
    less = msgspec.structs.replace(TOMORROW, quantity_mw=10.0, version=2)
    check = TradeCheck(check="c", candidate=less)
    told = {
        each.reason
        for each in answer_to(held.desk, check, [], at_ns=held.tick_ns).effects
        if each.limit == "stop-loss"
    }
    held.apply(less, held.position + 1)

    assert unmarked_by_book(held.desk.markets["west"])[0] == 10.0
    assert told == {"10 MWh have no mark, most of them at HUB on 2026-07-16"}
