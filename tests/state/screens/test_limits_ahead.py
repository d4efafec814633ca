"""What is ahead of a limit on the screen fits the state it is in, within the minute too."""

from __future__ import annotations

from state.company import Company
from state.messages import Policy, Run
from state.screens.limits_seen import LimitRow
from state.screens.screens import limit_view
from tests.state.worked import company, price, reference, tick

SPIKE = """\
name: test-limits
version: "1"
title: Limits of a test
limits:
  - {id: spike, rule: price_spike, title: A price, clause: §1, unit: $/MWh, ceiling: 100.0,
     warn_at: 0.8, clear_at: 0.95, materiality: material}
"""
MINUTE = 1 / 60


def drifting() -> Company:
    """A company that sees its price rise by 2 $/MWh a minute, from 10 to 22."""
    made = company(*reference(), Policy(policy="test-limits", version="1", source=SPIKE))
    for minute in range(7):
        for message in (price(Run.RTD, 8, HUB=10.0 + 2.0 * minute), tick(8 + minute * MINUTE)):
            made.apply(message, made.position + 1)
    return made


def row(made: Company) -> LimitRow:
    return next(row for row in limit_view(made.desk).rows if row.limit == "spike")


def test_of_a_limit_that_is_kept_warning_and_breach_are_ahead():
    seen = row(drifting())

    assert seen.state == "ok"
    assert 0 < seen.warn_due_ns < seen.breach_due_ns


def test_what_turns_within_a_minute_has_ahead_what_is_left_of_its_state():
    made = drifting()
    made.apply(price(Run.RTD, 8, HUB=90.0), made.position + 1)
    warned = row(made)
    made.apply(price(Run.RTD, 8, HUB=101.0), made.position + 1)
    broken = row(made)

    assert (warned.state, warned.warn_due_ns) == ("warn", 0)
    assert warned.breach_due_ns > 0
    assert (broken.state, broken.warn_due_ns, broken.breach_due_ns) == ("breach", 0, 0)
