from __future__ import annotations

import datetime as dt
from datetime import date

import pytest

from dashboards.frame import Standing
from dashboards.tiles.shell import banner
from state.moments import SECOND_NS
from tests.dashboards.handmade import NOW_NS, ZONE, clock, evening, position
from tests.dashboards.scenes import frame_of

NOON = dt.datetime(2026, 11, 23, 12, 0, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("clock_words", "tick_age", "standing"),
    [
        ({}, 0.0, Standing.REPLAY),
        ({"day": ""}, 0.0, Standing.LIVE),
        ({"day": ""}, 10.1, Standing.STALE),
        ({}, 10.1, Standing.STALE),
        ({"phase": "paused"}, 99.0, Standing.PAUSED),
        ({"phase": "ended"}, 99.0, Standing.ENDED),
        ({"phase": "resumed"}, 0.0, Standing.REPLAY),
        ({"tick_ns": 0}, 99.0, Standing.WAITING),
    ],
)
def test_a_frame_knows_how_far_it_may_be_trusted(
    clock_words: dict[str, object], tick_age: float, standing: Standing
):
    frame = frame_of(evening(clock=clock(**clock_words)), tick_age_seconds=tick_age)
    assert frame.standing is standing


def test_an_empty_store_is_waited_for():
    frame = frame_of({})
    assert frame.standing is Standing.WAITING
    assert banner(frame, "UTC").startswith("Waiting for the first tick")


def test_a_store_out_of_reach_outweighs_everything_and_is_told_with_both_times():
    frame = frame_of(unreachable_since=NOON, read_at=NOON - dt.timedelta(seconds=2))
    assert frame.standing is Standing.UNREACHABLE
    sentence = banner(frame, ZONE)
    since, read = (moment.astimezone().strftime("%H:%M:%S") for moment in (NOON, frame.read_at))
    assert f"unreachable since {since}" in sentence
    assert f"last frame {read}" in sentence


def test_ages_are_told_in_run_time_and_go_on_while_the_clock_stands_still():
    received_ns = NOW_NS - 38 * SECOND_NS
    assert frame_of().age_of(received_ns) == "38 s"
    assert frame_of(tick_age_seconds=60.0).age_of(received_ns) == "98 s"


def test_ages_stop_when_the_run_has_ended():
    frame = frame_of(evening(clock=clock(phase="ended")), tick_age_seconds=60.0)
    assert frame.age_of(NOW_NS - 38 * SECOND_NS) == "38 s"


def test_days_begin_with_today_and_leave_yesterday_out():
    views = evening() | {"position/caiso/2026-07-13": position(date(2026, 7, 13), current=-1)}
    days = frame_of(views).days("caiso")
    assert [day.axis.date for day in days] == ["2026-07-14", "2026-07-15"]


def test_a_view_of_another_kind_under_a_name_is_not_shown():
    assert frame_of(evening(pnl=clock())).pnl is None


def test_a_day_that_is_over_and_was_not_written_again_is_not_today():
    over, today = position(current=23), position(date(2026, 7, 15), current=1)
    days = frame_of({"nop:over": over, "nop:today": today}).days("caiso")
    assert [day.axis.date for day in days] == ["2026-07-15"]
