"""Stamps only grow, and every second has its tick before whatever comes after it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from connectors.clock import MarketClock
from flows.stamps import Stamps
from state.messages import Tick

SECOND_NS = 10**9


class Hands(MarketClock):
    """A clock that shows what it is told."""

    shown = 0

    def now_ns(self) -> int:
        return type(self).shown


@given(st.lists(st.tuples(st.integers(-(10**9), 3 * 10**9), st.booleans()), max_size=60))
def test_the_order_of_stamps_is_the_order_in_which_a_day_is_played(
    moves: list[tuple[int, bool]],
) -> None:
    Hands.shown = 1_000 * SECOND_NS + 1
    stamps = Stamps(Hands(), last_ns=0)
    given_first = stamps.begin()
    found: list[tuple[int, int]] = []
    for by, is_item in moves:
        Hands.shown = max(1, Hands.shown + by)
        ticks, stamp = stamps.next() if is_item else (list(stamps.ticks()), 0)
        found += [(tick.at_ns, 0) for tick in ticks]
        if is_item:
            found.append((stamp, 1))
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    ticks = [at for at, kind in found if kind == 0]
    first = given_first // SECOND_NS + 1
    assert ticks == [(first + number) * SECOND_NS for number in range(len(ticks))]
    assert all(at % 1_000 == 0 for at, _ in found)


def test_a_pause_of_the_process_has_its_ticks() -> None:
    Hands.shown = 5 * SECOND_NS
    stamps = Stamps(Hands(), last_ns=2 * SECOND_NS)
    assert list(itertools.islice(stamps.ticks(), 9)) == [
        Tick(at_ns=second * SECOND_NS, received_at_ns=second * SECOND_NS) for second in (3, 4, 5)
    ]


def test_a_second_that_is_full_of_stamps_ends_with_the_tick_of_the_next() -> None:
    Hands.shown = 2 * SECOND_NS - 1_000
    stamps = Stamps(Hands(), last_ns=2 * SECOND_NS - 1_000)
    ticks, stamp = stamps.next()
    assert [tick.at_ns for tick in ticks] == [2 * SECOND_NS]
    assert stamp == 2 * SECOND_NS + 1_000
    assert list(stamps.ticks()) == []
