"""SPP's files as they are asked for: one an interval, one a day, by their names.

A real-time file is named after the end of its interval and lies in the folder of the day on which
the interval begins; both are Central time, and the repeated hour has a ``d`` behind it. Where an
interval is missing its file has 0 bytes for good: the others get their turn. The forecast of the
next minutes is a file every five minutes, which looks ten minutes ahead; the generation mix is one
file of the last two hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import model_validator

from connectors.isos.spp_volumes import AREA
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report, names_of
from connectors.polling.schedule import Daily, Running, local_day
from state.messages import Run, Series
from state.moments import SECOND_NS, from_ns

BASE_URL = "https://portal.spp.org"
EVERY_SECONDS = 10.0
"""Between two requests from one address, whatever they are about."""

_ZONE = ZoneInfo("America/Chicago")
_FOLDER = "/file-browser-api/download"
_AGAIN_SECONDS = 4 * 3600.0
"""So far back a file an interval is read again: each is a request."""
_FIVE_MINUTES = timedelta(minutes=5)
_FIVE_MINUTES_NS = 300 * SECOND_NS
_MIX_SECONDS = 7200.0
"""So far back the generation mix goes."""
_FORECAST_AT = time(9)
"""Of the day before: the hour whose mid-term forecast is taken for a day."""
_ACTUAL_AFTER = timedelta(hours=2)
"""So long after its begin an hour's load is in the file of the hour."""


class SppFeeds(MarketFeeds):
    """SPP.

    Attributes:
        base_url: another one for a mirror, or a simulated SPP.
        every_seconds: between two requests from this address, whatever they are about.
        areas: balancing areas whose load is followed.
        short_term: whether the forecast of the next minutes is followed, too.
        generation_mix: whether solar and wind of the balancing area SPP are.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    areas: tuple[str, ...] = ()
    short_term: bool = False
    generation_mix: bool = False

    @model_validator(mode="after")
    def _names_areas(self) -> Self:
        if self.short_term and not self.areas:
            reason = "short_term follows the load of areas; name them in areas"
            raise ValueError(reason)
        return self

    def asked(self) -> Sequence[Asked]:
        """Return the portal."""
        found = reports(self.locations, self.areas)
        if self.short_term:
            found.append(_short_term(self.areas))
        if self.generation_mix:
            found.append(_generation_mix())
        return [Asked(self.base_url, self.every_seconds, found)]


def reports(locations: Sequence[str], areas: Sequence[str]) -> list[Report]:
    """Return what is followed live: prices of two runs, load forecast and actual.

    Args:
        locations: settlement locations.
        areas: balancing areas whose load is followed; none are where it is empty.
    """
    names = frozenset(locations)
    of_a_file = partial(Report, may_be_absent=True)
    found = [
        of_a_file(
            "spp/RTD", Run.RTD, names,
            Running(300, ahead_seconds=0, patience_seconds=600),
            ask_real_time, every_seconds=15, answer_of=_of_its_own, again_seconds=_AGAIN_SECONDS,
        ),
        of_a_file(
            "spp/DA", Run.DA, names,
            Daily(_ZONE, at=time(13), patience=timedelta(hours=2)),
            ask_day_ahead, every_seconds=120, answer_of=_day_of,
        ),
    ]  # fmt: skip
    if areas:
        found += [
            of_a_file(
                "spp/load_day_ahead", "MTLF", frozenset(areas),
                Daily(_ZONE, at=time(9, 10), patience=timedelta(hours=2)),
                _ask_forecast, every_seconds=120, answer_of=_day_of, only_asked=True,
            ),
            of_a_file(
                "spp/load_actual", "ACTUAL", frozenset(areas),
                Running(3600, ahead_seconds=-7800, patience_seconds=3600),
                _ask_actual, every_seconds=300, answer_of=_of_its_own, again_seconds=_AGAIN_SECONDS,
                only_asked=True,
            ),
        ]  # fmt: skip
    return found


def _short_term(areas: Sequence[str]) -> Report:
    """Return the forecast of each interval as of the last file before its begin."""
    return Report(
        "spp/load_short_term", "STLF", frozenset(areas),
        Running(300, ahead_seconds=180, patience_seconds=600),
        ask_short_term, every_seconds=60, answer_of=_of_its_own, again_seconds=0.0,
        may_be_absent=True, only_asked=True,
    )  # fmt: skip


def _generation_mix() -> Report:
    fuels = (Series.SOLAR, Series.WIND)
    return Report(
        "spp/generation_mix", "ACTUAL", names_of({fuel: [AREA] for fuel in fuels}),
        Running(300, ahead_seconds=-600, patience_seconds=1200),
        _ask_mix, every_seconds=120, may_be_absent=True, series=fuels, has_past=False,
        kept_seconds=_MIX_SECONDS, again_seconds=0.0,
    )  # fmt: skip


def ask_real_time(first_ns: int, _: int) -> Question:
    """Return the request for the interval that begins at a moment.

    >>> last_of_the_day = datetime(2026, 6, 11, 4, 55, tzinfo=UTC)
    >>> ask_real_time(int(last_of_the_day.timestamp()) * 10**9, 0).query["path"]
    '/2026/06/By_Interval/10/RTBM-LMP-SL-202606110000.csv'
    """
    start = _local(first_ns)
    end, repeated = start.replace(tzinfo=None) + _FIVE_MINUTES, "d" * start.fold
    name = f"RTBM-LMP-SL-{end:%Y%m%d%H%M}{repeated}.csv"
    return _question("rtbm-lmp-by-location", f"/{start:%Y/%m}/By_Interval/{start:%d}/{name}")


def ask_short_term(first_ns: int, _: int) -> Question:
    """Return the request for the forecast of the interval that begins at a moment.

    The file of five minutes before is named as the real-time prices that end then are; its folder
    is called after the hour to come.

    >>> midnight = datetime(2026, 6, 11, 5, 5, tzinfo=UTC)
    >>> ask_short_term(int(midnight.timestamp()) * 10**9, 0).query["path"]
    '/2026/06/11/01/OP-STLF-202606110000.csv'
    """
    before = _local(first_ns - 2 * _FIVE_MINUTES_NS)
    at, repeated = before.replace(tzinfo=None) + _FIVE_MINUTES, "d" * before.fold
    name = f"OP-STLF-{at:%Y%m%d%H%M}{repeated}.csv"
    return _question("stlf-vs-actual", f"/{at:%Y/%m/%d}/{(at.hour + 1) % 24:02}/{name}")


def _ask_mix(_: int, __: int) -> Question:
    path = f"/{AREA}/GenMix2Hour_{AREA}.csv"
    return _question("generation-mix-historical", path)


def ask_day_ahead(first_ns: int, _: int) -> Question:
    """Return the request for the day in which a moment lies."""
    day = _day_of(first_ns)
    name = f"DA-LMP-SL-{day:%Y%m%d}0100.csv"
    return _question("da-lmp-by-settlement-location", f"/{day:%Y/%m}/By_Day/{name}")


def _ask_forecast(first_ns: int, _: int) -> Question:
    before = _day_of(first_ns) - timedelta(days=1)
    return _mid_term(datetime.combine(before, _FORECAST_AT, tzinfo=_ZONE))


def _ask_actual(first_ns: int, _: int) -> Question:
    return _mid_term((_local(first_ns).astimezone(UTC) + _ACTUAL_AFTER).astimezone(_ZONE))


def _mid_term(at: datetime) -> Question:
    repeated = "d" * at.fold
    path = f"/{at:%Y/%m/%d}/OP-MTLF-{at:%Y%m%d%H}00{repeated}.csv"
    return _question("mtlf-vs-actual", path)


def _question(report: str, path: str) -> Question:
    return Question(f"{_FOLDER}/{report}", {"path": path})


def _of_its_own(start_ns: int) -> int:
    return start_ns


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, _ZONE)


def _local(at_ns: int) -> datetime:
    return from_ns(at_ns).astimezone(_ZONE)
