"""When the step shows what came, by a clock that goes on when it is told."""

from __future__ import annotations

from datetime import datetime, tzinfo

import pytest

from flows.steps import REST_SECONDS, SHORTEST_LULL_SECONDS, _FoldLogic, _Pace
from state.screens.view import View
from state.wire import encode
from tests.flows.tally import Tabled, Tally
from tests.small_days import deal

FRAME_SECONDS = 0.004


class Clock:
    """Stands in for the time and for the date."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self, zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(self.seconds, zone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr("flows.steps.time", own)
    monkeypatch.setattr("flows.steps.datetime", own)
    return own


@pytest.fixture
def step(clock: Clock) -> _FoldLogic:
    """A step whose frames take four milliseconds, and a tenth of the time at most."""

    class Slow(Tally):
        def changed_views(
            self, *, tables: int | None = None, seldom: int | None = None
        ) -> dict[str, View]:
            clock.seconds += FRAME_SECONDS if seldom == 0 else 0.0
            return super().changed_views(tables=tables)

    return _FoldLogic(Slow("company"), lambda _state, _tick: None, _Pace(1000, 9.0, 1000.0))


@pytest.fixture
def tabled(clock: Clock) -> _FoldLogic:
    """A step whose frames take ten milliseconds, with a table of its own."""

    class Slow(Tabled):
        def changed_views(
            self, *, tables: int | None = None, seldom: int | None = None
        ) -> dict[str, View]:
            clock.seconds += 0.01 if seldom == 0 else 0.0
            return super().changed_views(tables=tables)

    return _FoldLogic(Slow("company"), lambda _state, _tick: None, _Pace(1000, 9.0, 0.1))


def is_shown(step: _FoldLogic, position: int) -> bool:
    return bool(step.on_batch([(position, encode(deal(position)))])[0])


def wakes_until_shown(step: _FoldLogic, clock: Clock) -> int:
    """Wake the step when it asks for it until it gives a frame; return how often that was."""
    for wake in range(1, 1000):
        at = step.notify_at()
        assert at is not None
        clock.seconds = max(clock.seconds, at.timestamp()) + 1e-6
        if step.on_notify()[0]:
            return wake
    return 1000


def test_pauses_between_batches_add_up_and_what_is_left_is_waited_for_once(
    step: _FoldLogic, clock: Clock
) -> None:
    assert is_shown(step, 1)  # the next is due in 36 ms, or after one without work
    for position in (2, 3, 4, 5):
        clock.seconds += 0.0003
        assert not is_shown(step, position)
    began = clock.seconds

    # 0.9 ms were pauses (none is what follows a frame), so that less is left than counts as one.
    assert wakes_until_shown(step, clock) <= 2
    assert clock.seconds - began < 2 * SHORTEST_LULL_SECONDS + FRAME_SECONDS


def test_no_frame_is_made_while_the_one_before_is_written(
    step: _FoldLogic, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.flows.test_steps_pauses.FRAME_SECONDS", 0.0005)
    assert is_shown(step, 1)
    written = clock.seconds + 0.001
    assert not is_shown(step, 2)

    wakes_until_shown(step, clock)
    assert clock.seconds - FRAME_SECONDS > written


def test_pauses_too_short_to_be_one_let_nothing_be_shown_before_it_is_due(
    step: _FoldLogic, clock: Clock
) -> None:
    assert is_shown(step, 1)
    due, position = clock.seconds + 9.0 * FRAME_SECONDS, 2
    while not is_shown(step, position):
        position += 1
        clock.seconds += 0.5 * SHORTEST_LULL_SECONDS

    assert clock.seconds - FRAME_SECONDS == pytest.approx(due, abs=SHORTEST_LULL_SECONDS)


def test_the_tables_of_a_lone_trade_follow_after_a_rest_however_long_frames_take(
    tabled: _FoldLogic, clock: Clock
) -> None:
    assert is_shown(tabled, 1)
    clock.seconds += 1.0
    entered = clock.seconds
    assert is_shown(tabled, 2)

    assert wakes_until_shown(tabled, clock) == 1
    assert clock.seconds - 0.01 - entered == pytest.approx(REST_SECONDS, abs=0.005)
