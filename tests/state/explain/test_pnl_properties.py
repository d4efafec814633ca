"""The explain under random logs of every kind of message: it leaves nothing over, ever."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.explain.pnl import PnlExplain
from state.explain.stretches import Flows
from state.explain.views import ExplainView
from state.market.valuation import value_usd
from state.messages import AnyMessage, FloatColumn, Tick
from state.risk.portfolio import TOTAL
from state.screens import screens
from state.wire import encode_state
from tests.state.explain.open_position import open_mwh
from tests.state.strategies import examples, fold, logs, told_in_words


def figures(company: Company) -> tuple[FloatColumn, float, FloatColumn]:
    """Value by book, open MWh and VaR by node, each computed anew from the state."""
    desk = company.desk
    value = np.zeros(len(desk.books))
    for market in desk.markets.values():
        value += value_usd(market)
    position = sum(open_mwh(market) for market in desk.markets.values())
    known = bool(desk.portfolio.scenarios.dates)
    nodes = len(desk.books) + 1
    var = desk.portfolio.figures()[0][TOTAL].copy() if known else np.zeros(nodes)
    return value, position, var


def moved(explain: PnlExplain) -> tuple[FloatColumn, float, FloatColumn]:
    """What the drivers say has moved since the explain began."""
    layout = explain.layout
    total = np.zeros(layout.width)
    for stretch in explain.stretches:
        total += np.add.reduce(stretch.flows.amounts, axis=0)
    return layout.by_book(total), float(total[-1]), total[layout.values : -1]


def close(ours: FloatColumn | float, theirs: FloatColumn | float) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-9, atol=1e-5))


@examples(15)
@given(logs(), st.floats(0, 1))
def test_drivers_sum_to_the_change_between_any_two_moments(
    messages: list[AnyMessage], share: float
):
    note(told_in_words(messages))
    first = next(i for i, one in enumerate(messages) if isinstance(one, Tick)) + 1
    cut = first + int(share * (len(messages) - first))
    note(f"from message {cut} on")
    company = fold(messages[:cut])
    begin = figures(company)
    # An explain of its own from here on; what it begins with is taken at a tick.
    explain = company.desk.pnl_explain = begun(company)

    for position, message in enumerate(messages[cut:], start=cut + 1):
        company.apply(message, position)

    for now, then, drivers in zip(figures(company), begin, moved(explain), strict=True):
        assert close(drivers, now - then)


def begun(company: Company) -> PnlExplain:
    explain = PnlExplain(keeps_points=False)
    explain.begin(company.desk, at_ns=company.tick_ns, position=company.position)
    return explain


@examples(6)
@given(logs())
def test_drivers_sum_to_pnl_today_and_nothing_is_unexplained(messages: list[AnyMessage]):
    note(told_in_words(messages))
    company = Company("company")
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
        if not company.tick_ns:
            continue
        view = screens.of_company(company, {"explain"})["explain"]
        assert isinstance(view, ExplainView)
        note(f"after message {position}: {view.drivers}")
        total, _, _ = company.desk.pnl()
        assert close(np.add.reduce(view.today_usd, axis=0), total)
        assert not view.unexplained_usd.any()
        assert "earlier today" not in view.drivers


def between(messages: list[AnyMessage], first: int, last: int) -> tuple[Flows[Any], Flows[Any]]:
    """What moved after one message up to and including another, folded anew."""
    company = fold(messages[:first])
    explain = company.desk.pnl_explain = begun(company)
    for position, message in enumerate(messages[first:last], start=first + 1):
        company.apply(message, position)
    return explain.stretches[0].flows, explain.stretches[0].splits


def by_key(flows: Flows[Any]) -> dict[Any, list[float]]:
    """The rows that moved anything."""
    rows = flows.rows.items()
    return {key: flows.amounts[row].tolist() for key, row in rows if flows.amounts[row].any()}


@examples(6)
@given(logs(), st.floats(0, 1), st.floats(0, 1))
def test_two_stretches_add_up_to_the_one_over_both_to_the_last_bit(
    messages: list[AnyMessage], one: float, other: float
):
    note(told_in_words(messages))
    first = next(i for i, each in enumerate(messages) if isinstance(each, Tick)) + 1
    left = len(messages) - first
    begin, middle = sorted((first + int(one * left), first + int(other * left)))
    note(f"after messages {begin}, {middle} and {len(messages)}")

    early = between(messages, begin, middle)
    late = between(messages, middle, len(messages))
    whole = between(messages, begin, len(messages))

    for sum_, part, expected in zip(early, late, whole, strict=True):
        sum_.merge(part)
        assert by_key(sum_) == by_key(expected)


@examples(15)
@given(logs())
def test_prices_by_hub_and_block_sum_to_the_drivers_of_their_runs(messages: list[AnyMessage]):
    note(told_in_words(messages))
    view = fold(messages).views()["explain"]
    assert isinstance(view, ExplainView)

    by_run: dict[str, float] = {}
    for split in view.splits:
        by_run[f"price {split.run}"] = by_run.get(f"price {split.run}", 0.0) + split.usd
        assert split.block, "a change of prices that no row shows"
    told = dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))
    for driver in {*by_run, *(name for name in told if name.startswith("price"))}:
        assert by_run.get(driver, 0.0) == told.get(driver, 0.0)


@examples(5)
@given(logs(), st.floats(0, 1))
def test_the_views_of_a_restored_company_are_those_of_one_that_went_on(
    messages: list[AnyMessage], share: float
):
    note(told_in_words(messages))
    cut = int(share * len(messages))
    undisturbed = fold(messages)
    restored = Company.restore(fold(messages[:cut]).snapshot())
    for position, message in enumerate(messages[cut:], start=cut + 1):
        restored.apply(message, position)

    for name in ("explain", "explain_points"):
        ours, theirs = restored.views()[name], undisturbed.views()[name]
        assert encode_state(ours) == encode_state(theirs)
