"""The explain under random logs of every kind of message: it leaves nothing over, ever."""

from __future__ import annotations

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.messages import AnyMessage, FloatColumn, Tick
from state.pnl_explain import PnlExplain
from state.repricing import open_mwh
from state.risk.portfolio import TOTAL
from state.valuation import value_usd
from tests.state.strategies import logs, told_in_words
from tests.state.test_company_properties import examples, fold


def figures(company: Company) -> tuple[FloatColumn, float, FloatColumn]:
    """Value by book, open MWh and VaR by node, each computed anew from the state."""
    desk = company.desk
    value = np.zeros(len(desk.books))
    for market in desk.markets.values():
        value += value_usd(market)
    position = sum(open_mwh(market) for market in desk.markets.values())
    known = bool(desk.portfolio.scenarios.dates)
    nodes = len(desk.books) + 1
    return value, position, desk.portfolio.figures()[0][TOTAL] if known else np.zeros(nodes)


def moved(explain: PnlExplain) -> tuple[FloatColumn, float, FloatColumn]:
    """What the drivers say has moved since the explain began."""
    layout = explain.layout
    total = np.zeros(layout.width)
    for stretch in explain.stretches:
        total += np.add.reduce(stretch.flows.amounts, axis=0)
    return layout.by_book(total), float(total[-1]), total[layout.values : -1]


def close(ours: FloatColumn | float, theirs: FloatColumn | float) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-9, atol=1e-5))


@examples(25)
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

    wider = len(company.desk.books) - len(begin[0])
    assert wider == 0
    for now, then, drivers in zip(figures(company), begin, moved(explain), strict=True):
        assert close(drivers, now - then)


def begun(company: Company) -> PnlExplain:
    explain = PnlExplain(keeps_points=False)
    explain.begin(company.desk, at_ns=company.tick_ns, position=company.position)
    return explain


@examples(25)
@given(logs())
def test_drivers_sum_to_pnl_today_and_nothing_is_unexplained(messages: list[AnyMessage]):
    note(told_in_words(messages))
    company = Company("company")
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
        if not company.tick_ns:
            continue
        view = company.views()["explain"]
        note(f"after message {position}: {view.drivers}")
        total, _, _ = company.desk.pnl()
        assert close(np.add.reduce(view.today_usd, axis=0), total)
        assert not view.unexplained_usd.any()
        assert "earlier today" not in view.drivers
