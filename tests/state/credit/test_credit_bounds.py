"""Between their bounds no share turns, and bounds that are kept are those found anew."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from state.credit import loops
from state.credit.loops import (
    AMOUNTS,
    FIGURES,
    MWH,
    PAYABLE,
    RECEIVABLE,
    enter,
    share_of,
    write_all,
    write_shares,
)
from state.limits import credit
from state.limits.rule import Rule
from tests.state.strategies import examples

COUNT = 4
MARKS = np.array([0.2, 0.3, 0.5, np.nan])
STEP = st.tuples(
    st.integers(0, COUNT - 1),
    st.sampled_from([-40.0, -5.0, 0.0, 1.0, 5.0, 40.0]),
    st.sampled_from([-30.0, 0.0, 0.5, 10.0]),
    st.booleans(),
)


@examples(60)
@given(st.lists(STEP, min_size=1, max_size=12))
def test_bounds_that_are_followed_have_the_bits_of_those_found_anew(steps: list[tuple]):
    amounts = np.zeros((AMOUNTS, COUNT))
    amounts[RECEIVABLE], amounts[MWH] = 100.0, [10.0, 20.0, 30.0, 40.0]
    netted, wholes = np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(4)
    figures, marks = np.zeros((FIGURES, COUNT)), np.repeat(MARKS[None, :, None], 2, 0) * np.ones(4)
    bounds, loose = np.zeros((2, 2)), np.ones(2, dtype=np.int8)
    write_all(amounts, netted, wholes, figures, marks, bounds, loose)
    for number, usd, mwh, ticks in steps:
        change = np.zeros(AMOUNTS)
        change[PAYABLE], change[MWH] = usd, mwh
        crossed = enter(amounts, netted, wholes, figures, marks, bounds, loose, number, change)
        if not (crossed or ticks):
            continue
        anew, shares = np.zeros((2, 2)), figures.copy()
        write_shares(wholes, shares, marks, anew, np.ones(2, dtype=np.int8))
        write_shares(wholes, figures, marks, bounds, loose)

        assert np.array_equal(bounds, anew)
        assert np.array_equal(figures, shares)
        assert not loose.any()


def test_each_row_of_the_figures_is_the_rule_it_is_named_after():
    rows = {
        name.removesuffix("_ROW"): row for name, row in vars(loops).items() if name.endswith("_ROW")
    }
    rules = {name: rule for name, rule in vars(credit).items() if isinstance(rule, Rule)}

    assert {name: credit.RULES[row] for name, row in rows.items()} == rules
    assert len(rows) == len(credit.RULES) == FIGURES


def test_who_has_nothing_has_no_share_of_nothing():
    assert (share_of(25.0, 100.0), share_of(0.0, 0.0), share_of(0.0, 100.0)) == (0.25, 0.0, 0.0)
