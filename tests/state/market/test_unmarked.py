"""MWh that nothing marks are named."""

from datetime import date

import pytest

from state.company import Company
from state.messages import SettlesAt, Trade
from state.screens.screens import build
from tests.state.worked import company, curve, reference, tick, trade

AUGUST = trade(10, 30, 0, 24 * 30, day=date(2026, 8, 1), settles_at=SettlesAt.CURVE)
TODAY = trade(10, 30, 12, 2, trade="T2", settles_at=SettlesAt.RTD)


def said(of: Company) -> str:
    """Return what the firm's P&L says of itself."""
    view = build(of.desk, {"pnl"}, of.tick_ns)["pnl"]
    return next(row.estimated for row in view.books if row.book == "firm")


@pytest.mark.parametrize(
    ("deal", "words"),
    [(AUGUST, "7,200 forward MWh have no mark"), (TODAY, "some MWh have no mark")],
)
def test_mwh_without_a_mark_are_named_until_a_curve_marks_them(deal: Trade, words: str):
    held = company(*reference(), tick(8), deal, tick(9))
    before = said(held)
    held.apply(curve(40, 40, "2026-07", "2026-08"), held.position + 1)

    assert words in before  # 10 MW x 24 h x 30 days
    assert "no mark" not in said(held)


def test_what_is_sold_back_to_nothing_needs_no_mark():
    back = trade(-10, 30, 0, 24 * 30, day=date(2026, 8, 1), trade="T3", settles_at=SettlesAt.CURVE)

    assert "no mark" not in said(company(*reference(), tick(8), AUGUST, back, tick(9)))
