from __future__ import annotations

from dataclasses import dataclass, field

from connectors.sinks import Notice
from flows.clock_watch import ClockWatch
from state.screens.clock_seen import ClockView

TICK_NS = 1_700_000_000_000_000_000
WALL_NS = 1_800_000_000_000_000_000


def clock(tick: int, phase: str = "started") -> ClockView:
    return ClockView(company="c", position=tick, tick_ns=TICK_NS + tick, run="live", phase=phase)


@dataclass
class Wall:
    """Looks once a second, five seconds of patience, a minute for the first tick."""

    at_s: int = 0
    watch: ClockWatch = field(
        default_factory=lambda: ClockWatch(
            "live", stale_after_seconds=5, first_after_seconds=60, now_s=0, wall_ns=WALL_NS
        )
    )

    def look(self, view: ClockView | None, *, reachable: bool = True) -> Notice | None:
        self.at_s += 1
        wall_ns = WALL_NS + self.at_s * 1_000_000_000
        return self.watch.look(view, reachable=reachable, now_s=self.at_s, wall_ns=wall_ns)

    def looks(
        self, seconds: int, view: ClockView | None, *, reachable: bool = True
    ) -> list[Notice]:
        found = [self.look(view, reachable=reachable) for _ in range(seconds)]
        return [notice for notice in found if notice is not None]


def test_a_clock_that_ticks_is_no_news():
    wall = Wall()
    assert [wall.look(clock(tick)) for tick in range(100)] == [None] * 100


def test_a_clock_that_stands_is_called_dead_once_and_alive_once():
    wall = Wall()
    wall.look(clock(7))
    assert wall.looks(5, clock(7)) == []
    (dead,) = wall.looks(3_600, clock(7))
    assert dead.change == "clock_dead"
    assert dead.headline.startswith("monitor clock is dead since 2027-01-15 08:00:01 UTC")
    assert "last tick is 2023-11-14 22:13:20 UTC" in dead.cause
    assert dead.at_ns == WALL_NS + 7_000_000_000
    (alive,) = wall.looks(10, clock(8))[:1]
    assert (alive.change, alive.case) == ("clock_alive", dead.case)
    assert (dead.key, alive.key) == (f"{dead.case}/1", f"{dead.case}/2")


def test_trades_that_move_the_position_do_not_make_a_standing_clock_alive():
    wall = Wall()
    views = [
        ClockView(company="c", position=position, tick_ns=TICK_NS, phase="started")
        for position in range(1, 20)
    ]
    notices = [notice for view in views if (notice := wall.look(view))]
    assert [notice.change for notice in notices] == ["clock_dead"]


def test_every_episode_has_a_name_of_its_own_that_a_restart_does_not_change():
    wall = Wall()
    (first,) = wall.looks(20, clock(1))
    wall.look(clock(2))
    (second,) = wall.looks(20, clock(2))
    assert first.case != second.case
    (again,) = Wall().looks(20, clock(2))
    assert again.key == second.key


def test_a_run_that_paused_or_ended_is_left_in_peace():
    for phase in ("paused", "ended"):
        wall = Wall()
        wall.look(clock(1))
        assert wall.looks(3_600, clock(1, phase)) == []
        assert wall.looks(3_600, None, reachable=False) == []


def test_a_resumed_run_is_watched_again():
    wall = Wall()
    wall.look(clock(1))
    wall.looks(600, clock(1, "paused"))
    assert wall.looks(5, clock(1, "resumed")) == []
    assert [notice.change for notice in wall.looks(5, clock(1, "resumed"))] == ["clock_dead"]


def test_a_run_that_ends_while_dead_is_not_left_dead():
    wall = Wall()
    wall.look(clock(1))
    wall.looks(20, clock(1))
    assert [notice.change for notice in wall.looks(5, clock(1, "ended"))] == ["clock_alive"]


def test_a_store_that_is_away_is_a_dead_clock_and_says_why():
    wall = Wall()
    wall.look(clock(1))
    (dead,) = wall.looks(20, None, reachable=False)
    assert "the store cannot be reached" in dead.cause
    assert wall.looks(20, None) == []
    (alive,) = wall.looks(1, clock(2))
    assert alive.change == "clock_alive"


def test_the_first_tick_is_waited_for_with_more_patience():
    wall = Wall()
    assert wall.looks(60, None) == []
    (dead,) = wall.looks(5, None)
    assert "has not written a tick" in dead.cause
