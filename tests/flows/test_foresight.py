"""What was said of breaches ahead of them, beside what came."""

from __future__ import annotations

import math

from flows.foresight import Said, Tally
from state.moments import MINUTE_NS

ROW = ("stop-loss", "firm", "2026-09-08")
OTHER = ("stop-loss", "book", "2026-09-08")
BREACH_NS = 100 * MINUTE_NS + 30 * 10**9


def said(**told: int) -> Said:
    """What was told at minutes named ``m70`` …, of a row that is breached within minute 100."""
    return Said(
        told={int(name[1:]): {ROW: due * MINUTE_NS} for name, due in told.items()},
        known={ROW: set(range(60, 200)), OTHER: set(range(60, 200))},
        breaches={ROW: [BREACH_NS]},
    )


def test_the_error_is_what_was_foretold_that_long_before_less_what_came():
    (found,) = said(m70=112, m90=101).foretold(30)

    assert (found.row, found.actual_ns, found.held) == (ROW, BREACH_NS, True)
    assert found.error_minutes == 11.5


def test_nothing_foretold_is_no_error_and_a_row_not_held_then_is_told_apart():
    (silent,), (absent,) = said(m71=112).foretold(30), said().foretold(50)

    assert math.isnan(silent.error_minutes)
    assert (silent.held, absent.held) == (True, False)


def test_the_lead_begins_where_a_breach_is_told_without_a_break():
    (found,) = said(m80=200, m98=150, m99=130, m100=101).foretold(30)

    assert found.lead_minutes == 2.5


def test_what_was_foretold_came_if_the_row_was_breached_within_twice_the_time():
    foretold = said(m39=60, m41=60, m90=101, m91=200)
    foretold.told[90][OTHER] = 101 * MINUTE_NS

    (tally,) = foretold.tallies(30)

    assert tally == Tally("stop-loss", rows=2, breaches=1, told=4, came=2)
