"""When a limit is reached at the drift its value has now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.limits.foresight import Ahead, Foresight
from state.limits.foresight_loops import HORIZON_NS, LONGEST_GAP, mark_ahead
from state.limits.instances import Instances
from state.limits.reading import Reading
from state.limits.settling import KNOWN, UNKNOWN
from state.limits.standing import BREACH, WARN
from state.moments import MINUTE_NS
from state.policy.schema import Limit, Materiality
from state.wire import decode_state, encode_state

START_NS = 1_800_000_000 * 10**9 // MINUTE_NS * MINUTE_NS
BOOK = "book"


def limit(rule: str = "var", unit: str = "$", **edges: Any) -> Limit:
    return Limit(
        id=f"a-{rule}",
        rule=rule,
        title="a limit",
        clause="§1",
        unit=unit,
        warn_at=0.8,
        clear_at=0.95,
        materiality=Materiality.MINOR,
        **edges,
    )


def table(of: Limit, *, ends_ns: int = 0, rows: int = 1) -> Instances:
    made = Instances(of, "policy 1")
    reading = Reading(
        figure=made.rule.figure,
        unit=of.unit,
        scopes=tuple(f"{BOOK}{number}" for number in range(rows)),
        periods=("",) * rows,
        period_starts_ns=(0,) * rows,
        period_ends_ns=(ends_ns,) * rows,
        values=np.zeros(rows),
        unknown=("",) * rows,
        applicable=np.ones(rows, dtype=np.bool_),
        inputs=("",) * rows,
    )
    made.rows_of(reading, START_NS)
    made.overlay[:] = KNOWN
    return made


def followed(of: Instances, values: list[float], foresight: Foresight | None = None) -> Ahead:
    """Let a value be so, minute by minute; return what is ahead after the last."""
    seen = foresight or Foresight()
    for minute, value in enumerate(values):
        of.value[:] = value
        at_ns = START_NS + minute * MINUTE_NS
        assert seen.tick([of], at_ns - 10**9, at_ns)
    return seen.of(of.limit.id, f"{BOOK}0", "")


def at_minute(number: float) -> int:
    return START_NS + round(number * MINUTE_NS)


@pytest.mark.parametrize(
    ("edges", "values", "warn", "breach"),
    [
        ({"ceiling": 100.0}, [0, 2, 4, 6, 8, 10], 40, 50),
        ({"ceiling": 100.0}, [10, 8, 6, 4, 2, 0], None, None),
        ({"ceiling": 100.0}, [5, 5, 5, 5, 5, 5], None, None),
        ({"ceiling": 100.0}, [0, 2, 4, 6], None, None),  # too few to tell a drift
    ],
)
def test_a_value_on_a_line_to_a_ceiling_reaches_warn_and_limit_when_the_line_does(
    edges: dict[str, float], values: list[float], warn: int | None, breach: int | None
):
    wanted = Ahead(at_minute(warn) if warn else 0, at_minute(breach) if breach else 0)

    found = followed(table(limit(**edges)), values)

    assert found == pytest.approx(wanted, abs=1000)


@pytest.mark.parametrize(
    ("of", "rising", "warn", "breach"),
    [
        (limit(ceiling=100.0), True, 80.0, 100.0),
        (limit(ceiling=100.0), False, np.nan, np.nan),
        (limit("stop_loss", loss=100.0), False, -80.0, -100.0),
        (limit("stop_loss", loss=100.0), True, np.nan, np.nan),
        (limit("coverage", "ratio", floor=0.8), False, 1.0, 0.8),
        (limit("coverage", "ratio", floor=0.8), True, np.nan, np.nan),
        (limit("coverage", "ratio", floor=0.9, ceiling=1.1), False, 0.92, 0.9),
        (limit("coverage", "ratio", floor=0.9, ceiling=1.1), True, 1.08, 1.1),
        (limit("nop_energy", "ratio", floor=0.0, ceiling=0.5), True, 0.4, 0.5),
        (limit("nop_energy", "ratio", floor=0.0, ceiling=0.5), False, np.nan, np.nan),
        (limit("nop_energy", "ratio", floor=1.0, ceiling=1.0), False, 1.0, 1.0),
        (limit("nop_energy", "ratio", floor=1.0, ceiling=1.0), True, np.nan, np.nan),
    ],
)
def test_the_marks_ahead_are_those_of_the_side_a_value_moves_to(
    of: Limit, *, rising: bool, warn: float, breach: float
):
    row = table(of)
    bounds = (row.low[0], row.high[0], row.least[0], row.most[0])

    np.testing.assert_allclose(mark_ahead(row.edges[0], bounds, 0.8, rising), [warn, breach])


def test_of_a_warning_only_the_breach_is_ahead_and_of_a_breach_nothing():
    warned, broken = table(limit(ceiling=100.0)), table(limit(ceiling=100.0))
    warned.standing[:], broken.standing[:] = WARN, BREACH
    values = [82.0, 83, 84, 85, 86, 87]

    assert followed(warned, values) == pytest.approx(Ahead(0, at_minute(18)), abs=1000)
    assert followed(broken, values) == Ahead(0, 0)


def test_what_is_not_known_has_nothing_ahead():
    unknown = table(limit(ceiling=100.0))
    foresight = Foresight()
    followed(unknown, [0, 2, 4, 6, 8, 10], foresight)
    unknown.overlay[:] = UNKNOWN

    foresight.tick([unknown], at_minute(5), at_minute(6))

    assert foresight.ahead == {}


def test_a_crossing_after_the_period_or_the_horizon_is_none():
    ending = table(limit(ceiling=100.0), ends_ns=at_minute(45))
    slow = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    at_the_limit = table(limit(ceiling=100.0), ends_ns=at_minute(50))

    assert followed(at_the_limit, [0, 2, 4, 6, 8, 10]) == Ahead(at_minute(40), 0)
    at_the_limit.ends_ns[:] += 1
    assert followed(at_the_limit, [0, 2, 4, 6, 8, 10]) == Ahead(at_minute(40), at_minute(50))
    assert followed(ending, [0, 2, 4, 6, 8, 10]) == pytest.approx(Ahead(at_minute(40), 0), abs=1000)
    assert at_minute(1000) - START_NS > HORIZON_NS
    assert followed(table(limit(ceiling=100.0)), slow) == Ahead(0, 0)


def test_the_drift_is_that_of_weighted_least_squares():
    values = [3.0, 7.0, 1.0, 9.0, 12.0, 11.0, 18.0]
    weights = 0.9 ** np.arange(len(values) - 1, -1, -1)
    slope = np.polyfit(np.arange(len(values)), values, 1, w=np.sqrt(weights))[0]

    found = followed(table(limit(ceiling=100.0)), values)

    minutes = (found.breach_ns - at_minute(6)) / MINUTE_NS
    assert (100.0 - 18.0) / minutes == pytest.approx(slope)


def test_a_second_tick_of_a_minute_takes_no_sample():
    foresight, rows = Foresight(), table(limit(ceiling=100.0))
    followed(rows, [0, 2, 4, 6, 8, 10], foresight)

    assert not foresight.tick([rows], at_minute(5), at_minute(5) + 59 * 10**9)
    assert foresight.due_ns(at_minute(5) + 1) == at_minute(6)


def test_a_long_gap_is_the_end_of_what_was_known():
    foresight, rows = Foresight(), table(limit(ceiling=100.0))
    followed(rows, [0, 2, 4, 6, 8, 10], foresight)

    foresight.tick([rows], at_minute(5), at_minute(6 + LONGEST_GAP))

    assert foresight.ahead == {}


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12),
    cut=st.integers(0, 11),
    rows=st.integers(1, 3),
)
def test_restored_it_goes_on_bit_for_bit(values: list[float], cut: int, rows: int):
    whole, first, second = Foresight(), Foresight(), Foresight()
    of = table(limit("stop_loss", loss=100.0), rows=rows)
    for minute, value in enumerate(values):
        of.value[:] = value * np.arange(1, rows + 1)
        now = first if minute <= cut else second
        for each in (whole, now):
            each.tick([of], at_minute(minute) - 1, at_minute(minute))
        if minute == cut:
            second.restore(decode_state(encode_state(first.saved()))["foresight"])
    ended = second if len(values) > cut + 1 else first

    assert ended.ahead == whole.ahead
    assert encode_state(ended.saved()) == encode_state(whole.saved())


def test_nothing_is_ahead_of_a_limit_that_is_gone():
    foresight, rows = Foresight(), table(limit(ceiling=100.0))
    assert followed(rows, [0, 2, 4, 6, 8, 10], foresight).breach_ns > 0

    foresight.tick([], at_minute(5), at_minute(6))

    assert foresight.ahead == {}
    assert foresight.saved() == {}


def test_rows_that_come_and_go_keep_what_is_known_of_the_others():
    foresight = Foresight()
    one, two = table(limit(ceiling=100.0)), table(limit("stop_loss", loss=100.0))
    for minute in range(8):
        one.value[:], two.value[:] = 2.0 * minute, -3.0 * minute
        tables = [two, one] if minute == 3 else [one] if minute < 3 else [one, two]
        foresight.tick(tables, at_minute(minute) - 1, at_minute(minute))

    assert foresight.of("a-var", f"{BOOK}0", "").breach_ns == pytest.approx(at_minute(50), abs=1000)


def test_restored_it_lets_rows_go_that_are_there_no_more_as_it_would_have():
    whole, restored = Foresight(), Foresight()
    followed(table(limit(ceiling=100.0)), [10.0, 20.0, 30.0], whole)
    restored.restore(whole.saved()["foresight"])
    for each in (whole, restored):
        each.tick([], at_minute(2), at_minute(3))
    assert restored.saved() == whole.saved() == {}
