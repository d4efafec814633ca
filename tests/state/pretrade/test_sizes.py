"""The sizes that pass, against brute force: every lot booked and measured."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from state.limits.edges import Edge, measured
from state.pretrade.sizes import intervals, keep_linear, keep_share, keep_tail
from state.pretrade.verdict import decide, outcome_of
from state.risk.historical import tail_size, value_at_risk
from state.screens.checks_seen import LimitEffect, Outcome
from state.trading.decision import Decision

MOST_LOTS = 60
numbers = st.integers(-40, 40).map(lambda number: number / 4)


def _all() -> np.ndarray:
    return np.ones(MOST_LOTS + 1, dtype=np.bool_)


@settings(deadline=None)
@given(st.sampled_from(list(Edge)), numbers, numbers, st.integers(-20, 20), st.integers(0, 40))
def test_a_linear_limit_passes_the_lots_that_keep_it_or_improve_it(
    edge: Edge, value: float, per_lot: float, low: int, width: int
) -> None:
    low_edge, high = (-float(width), np.nan) if edge is Edge.LOSS else (float(low), low + width)
    bounds = (low_edge, float(high), -np.inf, np.inf)
    passing = _all()
    low_now, high_now, least, most = (np.array([number]) for number in bounds)
    now, lot = np.array([value]), np.array([per_lot])
    _, before = measured(edge.number, value, *bounds)
    room = np.array([min(0.0, before)])
    keep_linear(np.array([edge.number]), now, lot, low_now, high_now, least, most, room, passing)
    for lots in range(1, MOST_LOTS + 1):
        _, after = measured(edge.number, value + lots * per_lot, *bounds)
        expected = outcome_of(before, after) in {Outcome.KEPT, Outcome.IMPROVED}
        assert passing[lots] == expected


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.5, 6.0), st.sampled_from([0.95, 0.99, 0.6]))
def test_the_tail_passes_the_lots_whose_var_is_kept_or_improves(
    seed: int, ceiling: float, confidence: float
) -> None:
    drawn = np.random.default_rng(seed)
    pnl, per_lot = drawn.normal(size=100), drawn.normal(scale=0.2, size=100)
    k = tail_size(100, confidence)
    now = float(value_at_risk(pnl, confidence=confidence)[0])
    passing = _all()
    keep_tail(pnl, per_lot, k, max(ceiling, now), passing)
    for lots in range(1, MOST_LOTS + 1):
        after = float(value_at_risk(pnl + lots * per_lot, confidence=confidence)[0])
        kept = outcome_of(ceiling - now, ceiling - after) in {Outcome.KEPT, Outcome.IMPROVED}
        assert passing[lots] == kept


def test_var_is_not_convex_in_size_so_passing_sizes_can_have_a_gap() -> None:
    # The trade gains in the worst scenario and loses in another, which takes its place twice.
    pnl, per_lot = np.array([-10.0, 0.0, 4.0]), np.array([3.0, -4.0, 0.0])
    passing = _all()[:6]
    keep_tail(pnl, per_lot, 1, 10.0, passing)
    assert intervals(passing) == [(1, 2)]


@settings(deadline=None)
@given(
    own=st.integers(-50, 50),
    per_lot=st.sampled_from([-2, -1, 1, 3]),
    others=st.integers(0, 100),
    another=st.integers(0, 30),
    ceiling=st.floats(0.05, 0.9),
    is_own=st.booleans(),
)
def test_a_share_passes_the_lots_that_keep_it_or_improve_it(
    own: int, per_lot: int, others: int, another: int, ceiling: float, *, is_own: bool
) -> None:
    def share(lots: int) -> float:
        moved = abs(own + lots * per_lot)
        return (moved if is_own else another) / max(others + another + moved, 20)

    passing = _all()
    part, part_per_lot = (own, per_lot) if is_own else (another, 0)
    keep_share(
        float(part),
        float(part_per_lot),
        float(own),
        float(per_lot),
        float(others + another),
        20.0,
        max(ceiling, share(0)) + 1e-12,
        passing,
    )
    for lots in range(1, MOST_LOTS + 1):
        assert passing[lots] == (share(lots) <= max(ceiling, share(0)) + 1e-12)


def test_an_amount_is_a_share_of_one() -> None:
    passing = _all()
    keep_share(-3.0, 1.0, -3.0, 1.0, -np.inf, 1.0, 4.0, passing)
    assert intervals(passing) == [(1, 7)]


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_intervals_cover_the_passing_lots_and_no_others(flags: list[bool]) -> None:
    covered = [
        lots for first, last in intervals(np.array(flags)) for lots in range(first, last + 1)
    ]
    assert sorted(covered) == [lots for lots, flag in enumerate(flags) if flag and lots]


def _effect(outcome: Outcome) -> LimitEffect:
    return LimitEffect(limit="var", clause="§1", policy="p 1", scope="firm", outcome=outcome)


def test_a_rejection_stands_over_no_decision_over_a_referral() -> None:
    kept, unknown = _effect(Outcome.KEPT), _effect(Outcome.UNKNOWN)
    referred, worse = _effect(Outcome.REFERRED), _effect(Outcome.WORSENED)
    assert decide([kept]) is Decision.ACCEPT
    assert decide([kept, referred]) is Decision.REFER
    assert decide([referred, unknown]) is Decision.NO_DECISION
    assert decide([unknown, worse]) is Decision.REJECT


def test_an_unknown_value_is_never_kept() -> None:
    assert outcome_of(float("nan"), 1.0) is Outcome.UNKNOWN
    assert outcome_of(1.0, float("nan")) is Outcome.UNKNOWN
