"""The workloads of the benchmark: what they hold, and that the product's figures of them hold."""

from __future__ import annotations

import itertools
from collections import Counter

import msgspec
import numpy as np
import pytest

from benchmarks import checks, child, core
from benchmarks.core import END_TICK, IDLE_TICK, WORKLOADS, CoreRun, kind_of
from benchmarks.figures_of import TOLERANCE, Figures, difference
from benchmarks.trading_day import TradingDay
from benchmarks.workload import FULL, QUICK, TRADE_HOURS, Size, Workload, open_company
from state.errors import StateError
from state.messages import PricePublication, Tick, Trade
from state.moments import HOUR_NS, SECOND_NS
from state.wire import encode

BOTH = pytest.mark.parametrize("name", ["W1", "W2"])


def replaced(size: Size = QUICK, **fields: int) -> Size:
    return msgspec.structs.replace(size, **fields)


def messages(workload: Workload) -> list[bytes]:
    return [encode(each) for each in itertools.chain(workload.opening(), workload.day())]


@BOTH
def test_a_workload_says_the_same_whenever_it_is_asked_and_another_seed_says_otherwise(name: str):
    workload = WORKLOADS[name](QUICK)

    assert messages(workload) == messages(workload) == messages(WORKLOADS[name](QUICK))
    assert messages(workload) != messages(WORKLOADS[name](replaced(seed=1)))


@BOTH
def test_the_full_size_is_that_of_the_bars(name: str):
    workload = WORKLOADS[name](replaced(FULL, trades=1_000, ticks_between=2))
    opening, day = list(workload.opening()), list(workload.day())
    prices = [each for each in day if isinstance(each, PricePublication)]
    main = [each for each in prices if each.run == ("DA" if name == "W1" else "RTD")]
    lengths = Counter(
        (each.delivery_end_ns - each.delivery_start_ns) // HOUR_NS
        for each in day
        if isinstance(each, Trade)
    )

    assert Size(books=50, nodes=2_000, trades=100_000, scenarios=500) == FULL
    assert len([each for each in main if len(each.lmp) == 2_000]) >= 288
    assert sum(lengths.values()) == 57_600
    assert lengths[1] / 57_600 == pytest.approx(0.4, abs=0.01)
    assert lengths[24] / 57_600 == pytest.approx(0.1, abs=0.01)
    assert set(TRADE_HOURS.tolist()) <= set(lengths)
    assert sum(isinstance(each, Trade) for each in opening) == 1_000
    assert isinstance(opening[-1], Tick)


def test_a_tick_has_nothing_due_right_after_another_and_inside_an_interval():
    boundary = Tick(at_ns=300 * SECOND_NS)
    inside = Tick(at_ns=301 * SECOND_NS)

    assert kind_of(boundary, last_was_tick=True) == END_TICK
    assert kind_of(inside, last_was_tick=True) == IDLE_TICK
    assert kind_of(inside, last_was_tick=False) not in {END_TICK, IDLE_TICK}


@BOTH
def test_the_core_shows_the_figures_of_a_recompute_from_scratch(name: str):
    measured = child.measure("core", name, replaced(ticks_between=20), CoreRun)

    assert measured.difference.most <= TOLERANCE
    assert measured.cost("trade").microseconds.count == 240
    assert measured.events >= 264
    assert 0.0 < measured.events_a_second < 1e7
    assert measured.memory_mb > 10.0
    if name == "W2":
        assert measured.cost(IDLE_TICK).microseconds.count > 100


@BOTH
def test_the_core_shows_the_figures_of_a_recompute_over_more_scenarios_than_the_shipped_window(
    name: str,
):
    measured = child.measure("core", name, replaced(scenarios=620, publications=2), CoreRun)

    assert measured.difference.most <= TOLERANCE


def test_the_core_shows_the_figures_of_a_recompute_with_the_whole_written_policy_in_force():
    workload = WORKLOADS["W2"](replaced(policy=True, counterparties=20))
    company = open_company(workload)
    for message in workload.day():
        company.apply(message, company.position + 1)

    core.require_accepted(company)
    assert core.require_equal(company, workload).most <= TOLERANCE
    rows = Counter(row.limit.partition("-")[0] for row in company.desk.alerts.rows(most=10_000))
    assert rows["credit"] == 9 * 20
    assert rows["nop"] > 0


def test_a_check_before_each_trade_of_w2_is_answered_in_the_core_by_every_clause():
    workload = TradingDay(checks.checked_size(replaced(publications=1)))
    took, answers = checks.asked_in_the_core(workload)

    assert len(took) == len(answers) == workload.size.publications * QUICK.trades_between
    assert not any(answer.reason for answer in answers)
    assert {"accept", "reject"} <= {answer.decision for answer in answers}
    clauses = {effect.clause.split(" p.")[0] for answer in answers for effect in answer.effects}
    assert {"§5.2", "§5.3", "§5.4", "§5.5", "§5.6", "§6.3"} <= clauses


@BOTH
def test_every_figure_of_a_workload_is_at_work(name: str):
    """A comparison of zeros would hold for any engine."""
    company = open_company(WORKLOADS[name](QUICK))
    days = {"W1": ["position/w1/2026-09-09"], "W2": ["position/w2/2026-09-08"]}
    figures = core.product_figures(company, days=days[name])

    assert np.abs(figures.value_usd).min() > 1.0
    assert (figures.open_mw != 0.0).mean() > 0.9
    assert figures.var_usd[0].min() > 1.0
    assert (figures.es_usd[0] > figures.var_usd[0]).any()


@BOTH
def test_a_core_that_counts_a_trade_twice_is_caught(name: str):
    workload = WORKLOADS[name](QUICK)
    company = open_company(workload)
    core.time_messages(company, workload)
    trade = next(each for each in workload.day() if isinstance(each, Trade))
    again = msgspec.structs.replace(trade, trade="again")
    if name == "W2":  # one that is not delivered yet
        later = {"delivery_start_ns": trade.delivery_start_ns + 24 * HOUR_NS}
        again = msgspec.structs.replace(
            again, delivery_end_ns=trade.delivery_end_ns + 24 * HOUR_NS, **later
        )
    core.require_equal(company, workload)
    company.apply(again, company.position + 1)

    with pytest.raises(StateError, match="differ from a recompute"):
        core.require_equal(company, workload)


def test_a_core_that_refuses_a_message_is_caught():
    workload = WORKLOADS["W1"](QUICK)
    company = open_company(workload)
    trade = next(each for each in workload.day() if isinstance(each, Trade))
    company.apply(msgspec.structs.replace(trade, book="none"), company.position + 1)

    with pytest.raises(StateError, match=r"1 messages were refused.*'none' is unknown"):
        core.require_accepted(company)


def test_a_figure_that_is_not_a_number_is_no_agreement():
    one = Figures(*(np.ones(2) for _ in range(4)))
    lacking = msgspec.structs.replace(one, var_usd=np.array([1.0, np.nan]))

    assert difference(one, one).most == 0.0
    assert not difference(lacking, one).most <= TOLERANCE


def test_a_measurement_that_fails_says_why():
    with pytest.raises(StateError, match="core W3 failed"):
        child.measure("core", "W3", QUICK, CoreRun)
