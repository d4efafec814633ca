"""ISO-NE's CSV reports as they are asked for: a day of day-ahead prices, four hours of real time.

They need no account and hold every location. A file of real time is there once its hours of the
local clock are over; when exactly is not published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.polling.report import Question, Report
from connectors.polling.schedule import Blocks, Daily, local_day, local_hour
from state.messages import Run
from state.moments import HOUR_NS

FOLDER = "/static-transform/csv/histRpts/"
BLOCK_HOURS = 4

_ZONE = ZoneInfo("America/New_York")


def reports(locations: Sequence[str]) -> list[Report]:
    """Return what is followed: prices of two runs."""
    names = frozenset(locations)
    return [
        Report(
            "isone/RTD", Run.RTD, names,
            Blocks(
                _ZONE, hours=BLOCK_HOURS, step_seconds=300,
                after=timedelta(minutes=30), patience=timedelta(hours=4),
            ),
            lambda first_ns, _: _block(*_block_of(first_ns)), every_seconds=300,
            answer_of=_block_of, may_be_absent=True,
        ),
        Report(
            "isone/DA", Run.DA, names,
            Daily(_ZONE, at=time(13), patience=timedelta(hours=2)),
            lambda first_ns, _: _day(local_day(first_ns, _ZONE)), every_seconds=120,
            answer_of=lambda start_ns: local_day(start_ns, _ZONE), may_be_absent=True,
        ),
    ]  # fmt: skip


def _block(day: date, hour: int) -> Question:
    name = f"lmp_5min_{day:%Y%m%d}_{hour:02}-{hour + BLOCK_HOURS:02}.csv"
    return Question(f"{FOLDER}5min-rt-prelim/{name}", {})


def _day(day: date) -> Question:
    return Question(f"{FOLDER}da-lmp/WW_DALMP_ISO_{day:%Y%m%d}.csv", {})


def _block_of(start_ns: int) -> tuple[date, int]:
    return _block_from(start_ns // HOUR_NS)


@lru_cache(maxsize=1000)
def _block_from(hours: int) -> tuple[date, int]:
    day, hour = local_hour(hours * HOUR_NS, _ZONE)
    return day, hour // BLOCK_HOURS * BLOCK_HOURS
