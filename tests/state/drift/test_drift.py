"""The full recompute against the running figures: none on random days, and one that is planted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, note
from msgspec.structs import replace

from benchmarks.trading_day import TradingDay
from benchmarks.workload import QUICK, new_company
from state.company import Company
from state.drift import rounds
from state.drift.compare import FIGURES, differences
from state.drift.holders import Holders
from state.drift.rounds import SHARE
from state.messages import AnyMessage, Policy, PricePublication, Run, Tick
from state.screens.limits_seen import LimitView
from tests.state.drift.day import POLICY, drifted, everything
from tests.state.strategies import examples, logs, told_in_words
from tests.state.worked import (
    company,
    contract,
    history,
    reference,
    tick,
    trade,
)


@examples(18)
@given(logs())
def test_no_random_day_drifts(messages: list[AnyMessage]):
    note(told_in_words(messages))
    folded, holders = Company("company"), Holders()
    for position, message in enumerate(messages, start=1):
        folded.apply(message, position)
        if isinstance(message, Tick):
            found = [one.text for one in differences(folded.desk) if one.relative > 1e-9]
            assert not found, "\n".join(found)
            assert told_by(folded, holders) == told_by(folded, Holders())


def told_by(folded: Company, holders: Holders) -> list[list[int]]:
    """Return contracts and lines of each book in each market, as they are found."""
    books = [range(book, book + 1) for book in range(len(folded.desk.books))]
    return [
        numbers.tolist()
        for market in folded.desk.markets.values()
        for own in books
        for numbers in (holders.contracts(market, own), holders.lines(market, own))
    ]


def test_a_certificate_whose_price_has_a_history_does_not_drift():
    held = contract("rec", 0.0, 0.0, 12, unit_kind="PCC1", vintage="2026", units=3.0)
    levels = {"rec:PCC1/curve/flat/2026": [1.0, 2.0, 105.0, 4.0]}

    folded = company([*reference(), history(levels), held, tick(12.5)])

    assert folded.desk.portfolio.pnl[1, 0].any()
    assert [one.text for one in differences(folded.desk) if one.relative > 1e-9] == []


@pytest.mark.parametrize("at_once", [1, 20_000])
def test_a_day_with_everything_does_not_drift_at_any_tick(
    monkeypatch: pytest.MonkeyPatch, at_once: int
):
    """Also when forward months are recomputed one by one, as those of many contracts are."""
    monkeypatch.setattr("state.drift.recomputed_forward._AT_ONCE", at_once)
    folded = company(everything())
    for number in (11.5, 24, 25, 48):
        folded.apply(tick(number), folded.position + 1)
        for found in differences(folded.desk):
            assert found.relative <= 1e-12, found.text


def test_a_recompute_sees_the_prices_that_came_since_the_one_before():
    day = TradingDay(replace(QUICK, publications=13, trades_between=1, ticks_between=1))
    folded = new_company(day)
    for message in itertools.chain(day.opening(), day.day()):
        folded.apply(message, folded.position + 1)
        if isinstance(message, PricePublication) and message.run is not Run.DA:
            found = [one.text for one in differences(folded.desk) if one.relative > 1e-9]
            assert not found, "\n".join(found)


def test_a_price_that_moved_without_a_message_is_found_in_the_next_round():
    day = TradingDay(replace(QUICK, publications=13, trades_between=1, ticks_between=1))
    folded = new_company(day)
    for message in itertools.chain(day.opening(), day.day()):
        folded.apply(message, folded.position + 1)
    differences(folded.desk)
    [market] = folded.desk.markets.values()
    ahead = list(market.days.values())[-1]
    ahead.prices.by_interval[0, 150] += 450.0

    found = [max(one.relative for one in differences(folded.desk)) for _ in range(2)]
    assert found[1] > 1e-6


def plant_position(folded: Company) -> None:
    _today(folded).legs.legs[0, 0, 20] += 1.0


def plant_open(folded: Company) -> None:
    _today(folded).legs.open[1, 21] -= 1.0


def plant_exposure(folded: Company) -> None:
    _today(folded).exposure[0, 0, 15] += 0.5


def plant_value(folded: Company) -> None:
    _today(folded).hourly.value_usd[0] += 1.0


def plant_realised(folded: Company) -> None:
    _today(folded).hourly.realised_usd[1] += 1.0


def plant_line(folded: Company) -> None:
    _today(folded).hourly.mw[15, 0] += 1.0


def plant_line_cost(folded: Company) -> None:
    _today(folded).hourly.cost[15, 0] += 1.0


def plant_line_exposure(folded: Company) -> None:
    _today(folded).hourly.weight[:, :, 15] += 0.01


def plant_firm_open(folded: Company) -> None:
    _today(folded).hourly.open_mw[20] += 1.0


def plant_firm_physical(folded: Company) -> None:
    _today(folded).hourly.physical_mw[2, 15] += 1.0


def plant_firm_scenario(folded: Company) -> None:
    folded.desk.portfolio.pnl[0, -1, 1] += 1.0


def plant_forward(folded: Company) -> None:
    forward = folded.desk.markets["west"].forward
    assert forward is not None
    forward.mwh[0, 1] += 1.0


def plant_scenario(folded: Company) -> None:
    folded.desk.portfolio.pnl[0, 0, 1] += 1.0


def _today(folded: Company):  # noqa: ANN202 - a day
    market = folded.desk.markets["west"]
    return next(iter(market.open_days()))[1]


PLANTED: list[tuple[str, Callable[[Company], None]]] = [
    ("position", plant_position),
    ("position", plant_open),
    ("exposure", plant_exposure),
    ("forward", plant_forward),
    ("value", plant_value),
    ("realised", plant_realised),
    ("scenario P&L", plant_scenario),
    ("position", plant_line),
    ("value", plant_line_cost),
    ("exposure", plant_line_exposure),
    ("position", plant_firm_open),
    ("position", plant_firm_physical),
    ("scenario P&L", plant_firm_scenario),
]


@pytest.mark.parametrize(("figure", "plant"), PLANTED)
def test_a_drift_is_an_alert_on_the_hour(figure: str, plant: Callable[[Company], None]):
    folded = company(everything())
    plant(folded)
    assert drifted(folded, 10.9) == []
    found = [one for one in drifted(folded, 11) if one.row.scope == figure]
    assert [one.change for one in found] == ["breached"]
    assert found[0].row.clause == "desk limits §9"
    assert found[0].row.headline.startswith(f"Drift of {figure} ")
    assert "kept " in found[0].row.cause
    assert "recomputed " in found[0].row.cause


@pytest.mark.parametrize("known", range(1, 6))
def test_a_company_that_has_hardly_begun_does_not_drift(known: int):
    """A market without a location, locations without a book, books without a position …"""
    policy = Policy(policy="desk-limits", version="1", source=POLICY)
    folded = company([*reference()[:known], policy], tick(0))
    assert [one for hour in (1, 24, 48) for one in drifted(folded, hour)] == []
    assert max(one.relative for one in differences(folded.desk)) == 0.0


def test_an_alert_says_where_and_both_values():
    folded = company(everything())
    plant_position(folded)
    row = next(one.row for one in drifted(folded, 11) if one.row.scope == "position")
    assert row.cause == (
        "position, DA leg, west 2026-07-15, book at ZONE, HE21 interval 1: kept 1.0, recomputed 0.0"
    )


def test_while_nothing_drifts_there_is_no_alert_and_every_figure_is_ok():
    folded = company(everything())
    assert [one for hour in (11, 12, 24, 25) for one in drifted(folded, hour)] == []
    view = folded.views()["limits"]
    assert isinstance(view, LimitView)
    states = {row.scope: row.state for row in view.rows if row.limit == "drift"}
    assert states == dict.fromkeys(FIGURES, "ok")


def test_without_a_limit_on_it_nothing_is_recomputed(monkeypatch: pytest.MonkeyPatch):
    asked: list[object] = []
    monkeypatch.setattr("state.drift.rounds.DriftRound.step", asked.append)
    folded = company(
        [one for one in everything() if not isinstance(one, Policy)], tick(11), tick(24)
    )
    assert folded.desk.controls.backtest.strikes
    assert asked == []


def test_a_large_book_is_gone_through_slice_by_slice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("state.drift.rounds.SLICE_US", 1.0)
    monkeypatch.setattr("state.drift.rounds.SHARE", 1.0)
    folded = company(everything())
    for second in range(1, 100):
        folded.apply(tick(10.5 + second / 3600), folded.position + 1)
    assert not folded.desk.controls.snapshot()["round"]["running"]
    folded.desk.portfolio.pnl[0, -1, 1] += 1.0  # the firm comes last
    told = drifted(folded, 11)
    saved = folded.desk.controls.snapshot()["round"]
    first_day = [0, "2026-07-15", 24]
    assert (told, saved["running"], saved["done"]) == ([], True, first_day)
    folded, copy = (Company.restore(folded.snapshot()) for _ in range(2))
    for second in range(1, 100):
        told += drifted(folded, 11 + second / 3600)
        copy.apply(tick(11 + second / 3600), copy.position + 1)
    assert [(one.row.scope, one.change) for one in told] == [("scenario P&L", "breached")]
    assert not folded.desk.controls.snapshot()["round"]["running"]
    assert copy.snapshot() == folded.snapshot()


def test_a_day_that_comes_while_a_round_is_under_way_lets_none_be_left_out(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("state.drift.rounds.SLICE_US", 1.0)
    monkeypatch.setattr("state.drift.rounds.SHARE", 1.0)
    seen: set[tuple[str, str, int]] = set()
    looked: dict[str, Callable[..., object]] = {
        name: getattr(rounds, name) for name in ("of_books_on", "of_hours")
    }

    def note(name: str, *args: Any) -> object:
        _, grid, part, *_ = args
        seen.update((name, str(grid.day.day), number) for number in part)
        return looked[name](*args)

    for name in looked:
        monkeypatch.setattr(rounds, name, partial(note, name))
    folded = company(everything())
    [market] = folded.desk.markets.values()
    held = [str(day) for day in market.days]
    folded.apply(tick(23.99), folded.position + 1)
    assert folded.desk.controls.snapshot()["round"]["running"]
    for second in range(1, 100):
        folded.apply(tick(24 + second / 3600), folded.position + 1)
    days = [str(day) for day in market.days]
    wanted = {("of_hours", day, hour) for day in days for hour in range(24)}
    wanted |= {("of_books_on", day, book) for day in held for book in (0, 1)}
    assert (len(days), len(held), wanted - seen) == (3, 2, set())


def test_slices_take_no_more_than_their_share_of_the_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("state.drift.rounds.SLICE_US", 1.0)
    folded = company(everything())
    for hundredth in range(200):
        folded.apply(tick(11 + hundredth / 100), folded.position + 1)
    assert not folded.desk.controls.snapshot()["round"]["running"]
    slices = []
    for second in range(3600):
        folded.apply(tick(13 + second / 3600), folded.position + 1)
        state = folded.desk.controls.snapshot()["round"]
        if not slices or slices[-1][1] != state["done"]:
            slices.append((second, state["done"]))
        if not state["running"]:
            break
    (begun, one), (later, other) = slices[:2]
    assert (begun, one < other) == (0, True)
    assert later >= 500.0 / SHARE / 1e6  # one of books is taken to cost 0.5 ms at least


def test_a_breach_outlives_the_beginning_of_the_next_round(monkeypatch: pytest.MonkeyPatch):
    folded = company(everything())
    folded.desk.portfolio.pnl[0, -1, 1] += 1.0
    assert [one.change for one in drifted(folded, 11)] == ["breached"]
    monkeypatch.setattr("state.drift.rounds.SLICE_US", 1.0)
    monkeypatch.setattr("state.drift.rounds.SHARE", 1.0)
    folded.desk.portfolio.pnl[0, -1, 1] -= 1.0
    assert drifted(folded, 12) == []
    changes = [one.change for at in range(1, 100) for one in drifted(folded, 12 + at / 3600)]
    assert changes == ["resolved"]


def test_certificates_with_a_risk_factor_do_not_drift():
    levels = {"rec:PCC1/curve/flat/2026": [17.0, 18.0, 16.5, 17.5]}
    deal = contract(
        "rec", 0, 0, 10, unit_kind="PCC1", vintage="2026", units=100.0, price_usd_per_unit=18.0
    )

    folded = company(reference(), history(levels), tick(8), deal, tick(9))

    assert folded.desk.portfolio.pnl[1, -1].any()
    assert max(one.relative for one in differences(folded.desk)) <= 1e-12


def test_what_is_exposed_on_a_day_that_closes_leaves_the_risk_with_it():
    levels = {
        f"HUB/{run}/HE{hour:02d}": [40.0, 45.0 + hour, 43.0] for run in Run for hour in range(1, 25)
    }
    unpriced = [trade(10, 40.0, 12, 2), contract("swap", 5, 30.0, 15, trade="S1")]
    folded = company(reference(), history(levels), tick(8), unpriced, tick(24))
    assert folded.desk.portfolio.pnl[0, -1].any()

    folded.apply(tick(24 * 16), folded.position + 1)

    assert not folded.desk.portfolio.pnl[0].round(6).any()
    assert max(one.relative for one in differences(folded.desk)) <= 1e-12
