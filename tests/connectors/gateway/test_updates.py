"""What clients are told of the run's clock, by a steady clock that a test moves."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from connectors.gateway import forms
from connectors.gateway.looking import Look, Since
from connectors.gateway.updates import Subscription, Updates
from flows.gateway import run_time_ns
from tests.dashboards import handmade

NOTHING = Since([], [])


class Watched:
    """Updates of a run whose clock shows what a test says."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.next: Look | None = None
        self.client = Subscription(frozenset())
        self.updates = Updates(
            lambda: self.next,
            lambda after, until: NOTHING,  # noqa: ARG005
            run="r",
            stale_seconds=5.0,
            clock=lambda: self.seconds,
        )
        self.updates._clients.add(self.client)

    def show(self, position: int, **clock: Any) -> None:
        self.next = Look(position, {"clock": handmade.clock(**clock)}, NOTHING)
        asyncio.run(self.updates.look_once())
        self.next = None
        self.told()
        self.updates.watch_clock()

    def wait(self, seconds: float) -> list[tuple[bool, float]]:
        self.seconds += seconds
        self.updates.watch_clock()
        return self.told()

    def told(self) -> list[tuple[bool, float]]:
        kinds = forms.Change | forms.Standstill
        said = []
        while not self.client.waiting.empty():
            message = msgspec.json.decode(self.client.waiting.get_nowait(), type=kinds)
            if isinstance(message, forms.Standstill):
                said.append((message.stands, message.seconds))
        return said


def test_a_clock_that_stands_still_is_told_once_and_so_is_that_it_goes_on():
    watched = Watched()
    watched.show(1, tick_ns=1)

    assert watched.wait(5.0) == []
    assert watched.wait(1.0) == [(True, 6.0)]
    assert watched.wait(100.0) == []
    watched.next = Look(2, {"clock": handmade.clock(tick_ns=2)}, NOTHING)
    asyncio.run(watched.updates.look_once())
    assert watched.wait(0.0) == [(False, 0.0)]


@pytest.mark.parametrize("phase", ["paused", "ended"])
def test_a_run_that_is_paused_or_over_does_not_stand_still(phase: str):
    watched = Watched()
    watched.show(1, tick_ns=1, phase=phase)

    assert watched.wait(1000.0) == []


def test_what_comes_in_is_received_at_the_run_s_time_where_a_day_is_played_else_at_the_wall_s():
    watched = Watched()
    wall = lambda: 99  # noqa: E731
    assert run_time_ns(watched.updates, wall_ns=wall) == 99
    watched.show(1, tick_ns=7, day="")
    assert run_time_ns(watched.updates, wall_ns=wall) == 99
    watched.show(2, tick_ns=7, day="2026-09-08-caiso-scarcity")
    assert run_time_ns(watched.updates, wall_ns=wall) == 7


def test_a_change_says_between_which_positions_it_lies():
    watched = Watched()
    watched.show(3, tick_ns=1)
    watched.next = Look(8, {"clock": handmade.clock(tick_ns=2)}, NOTHING)
    asyncio.run(watched.updates.look_once())

    change = msgspec.json.decode(watched.client.waiting.get_nowait(), type=forms.Change)
    assert (change.after, change.position, set(change.views)) == (3, 8, {"clock"})


def test_a_view_drawn_again_at_a_position_is_told_to_who_resumes_from_it():
    """The monitor writes its tables after the figures, at the same position."""
    watched = Watched()
    watched.show(3, tick_ns=1)
    watched.next = Look(3, {"pnl": handmade.pnl()}, NOTHING)
    asyncio.run(watched.updates.look_once())

    snapshot = watched.updates._snapshot(watched.client, 3, NOTHING)
    assert "pnl" in snapshot.views
    watched.show(4, tick_ns=2)
    assert set(watched.updates._snapshot(watched.client, 4, NOTHING).views) == {"clock"}


def test_whoever_comes_first_finds_a_run_that_has_begun_since_the_last_look():
    watched = Watched()
    assert not asyncio.run(watched.updates.has_begun())
    watched.next = Look(7, {"clock": handmade.clock(tick_ns=1)}, NOTHING)
    assert asyncio.run(watched.updates.has_begun())
    assert watched.updates.position == 7
