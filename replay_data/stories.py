"""The seven shipped days, as data."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from replay_data.dealing import Bet, ShortEvening
from replay_data.locations import SP15
from replay_data.model import Weather
from replay_data.operations import OutageStory
from replay_data.portfolio import TRADING_SP15, Surprise
from replay_data.prices import Spike


class Story(NamedTuple):
    """What makes a day the day it is.

    Attributes:
        weather: of the day and of the day after.
        under_policy: whether the written policy is in force (``replay_data/written_policy.py``).
        notes: shown before a replay starts.
    """

    name: str
    title: str
    day: date
    seed: int
    weather: tuple[Weather, Weather]
    notes: str
    spike: Spike | None = None
    surprise: Surprise | None = None
    outage: OutageStory | None = None
    short: ShortEvening | None = None
    bet: Bet | None = None
    scheduled_at: str = "13:01"
    with_spp: bool = False
    hostile: bool = False
    under_policy: bool = False


_EVENING = Spike(
    points=(
        *(("16:40", 0.0), ("17:05", 140.0), ("17:15", 420.0), ("17:19", 980.0)),
        *(("17:40", 1110.0), ("18:10", 1020.0), ("18:35", 1180.0), ("19:05", 1290.0)),
        *(("19:25", 1120.0), ("19:50", 1210.0), ("20:15", 1060.0), ("20:31", 990.0)),
        *(("20:36", 610.0), ("20:50", 330.0), ("21:20", 90.0), ("22:00", 0.0)),
    ),
    zone_weights=(0.82, 1.0, 1.05, 0.96),
)

STORIES = (
    Story(
        name="2025-11-02-caiso-25-hours",
        title="The 25-hour day: clocks go back, hour 02 comes twice",
        day=date(2025, 11, 2),
        seed=2501,
        weather=(Weather(0.1, 0.0), Weather(0.2, 0.0)),
        notes="A quiet autumn Sunday. OPR_HR 25 lies between 2 and 3; 300 RTD intervals.",
    ),
    Story(
        name="2026-03-08-caiso-23-hours",
        title="The 23-hour day: clocks go forward, there is no hour 03",
        day=date(2026, 3, 8),
        seed=2601,
        weather=(Weather(-0.2, 0.1), Weather(0.0, 0.0)),
        notes="A mild spring Sunday. No OPR_HR 3; 276 RTD intervals.",
    ),
    Story(
        name="2026-04-19-caiso-spring",
        title="A spring Sunday with negative prices at noon",
        day=date(2026, 4, 19),
        seed=2602,
        weather=(Weather(-0.7, -0.4), Weather(-0.5, -0.2)),
        notes="Much sun, little load: day-ahead and real time are below zero around noon.",
    ),
    Story(
        name="2026-06-10-caiso-spp",
        title="Two markets: CAISO and SPP, each by its own clock",
        day=date(2026, 6, 10),
        seed=2603,
        weather=(Weather(0.0, 0.0), Weather(0.1, 0.1)),
        notes="SPP has two settlements (no FMM) and America/Chicago; its day ends two hours early.",
        with_spp=True,
    ),
    Story(
        name="2026-07-14-caiso-summer",
        title="An ordinary summer day",
        day=date(2026, 7, 14),
        seed=2604,
        weather=(Weather(0.1, 0.0), Weather(0.15, 0.0)),
        notes="Forecasts nearly hold, prices stay in their range: little should alarm.",
        surprise=Surprise((("15:30", 0.0), ("17:10", 0.1), ("18:10", 0.05), ("19:00", 0.0))),
    ),
    Story(
        name="2026-08-05-caiso-hostile",
        title="The hostile day: corrections, gaps, garbage and bad trades",
        day=date(2026, 8, 5),
        seed=2605,
        weather=(Weather(0.2, 0.1), Weather(0.1, 0.0)),
        notes="Everything a feed does wrong, on one day; docs/days.md lists it.",
        scheduled_at="13:40",
        hostile=True,
    ),
    Story(
        name="2026-09-08-caiso-scarcity",
        title="Evening scarcity: RTD above $1,000 from 17:20 to 20:30",
        day=date(2026, 9, 8),
        seed=2606,
        weather=(Weather(1.2, 0.3), Weather(0.6, 0.0)),
        notes=(
            "A hot day. From 16:35 the load forecasts rise, at 16:52 a plant trips, from 17:20 "
            "RTD is above $1,000 at SP15 and lower in the north; a book is short the evening."
        ),
        spike=_EVENING,
        surprise=Surprise(
            (("14:00", 0.0), ("16:30", 0.03), ("18:00", 0.085), ("20:30", 0.09), ("23:00", 0.02))
        ),
        outage=OutageStory("THERMAL_1", "16:52", "16:50", "21:30", 55.0),
        short=ShortEvening(
            TRADING_SP15,
            SP15,
            "17:00",
            "21:00",
            (
                *(("09:35", 12.0, 118.0), ("10:50", 10.0, 124.0), ("11:40", 10.0, 121.5)),
                *(("13:25", 12.0, 135.0), ("14:30", 8.0, 142.0), ("15:50", 10.0, 155.0)),
            ),
        ),
        bet=Bet("17:35", TRADING_SP15, SP15, 215.0, 3),
        under_policy=True,
    ),
)


def story_named(name: str) -> Story:
    """Return a story by name.

    Raises:
        KeyError: there is none of that name.
    """
    return {story.name: story for story in STORIES}[name]
