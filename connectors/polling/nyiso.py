"""NYISO's files as they are asked for: one a day and report, at either of its two hosts.

The files of the day grow; they are asked for on the condition that they did (Last-Modified). The
new host and the old one name them differently; the old one is asked after a fault of the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Daily, Running, local_day
from state.messages import Run

BASE_URL = "https://oasis-postings.prod.nysdi.com"
FALLBACK_URL = "http://mis.nyiso.com"
EVERY_SECONDS = 10.0
"""Between two requests from one address, whatever they are about."""

_ZONE = ZoneInfo("America/New_York")
_ALL = "NYISO"
"""The area of the whole market: it has a forecast, and no actual load of its own."""


class NyisoFeeds(MarketFeeds):
    """NYISO.

    Attributes:
        base_url: another one for a mirror, or a simulated NYISO.
        fallback_url: asked after faults of the first; left out it is NYISO's old host, beside
            another base address none.
        every_seconds: between two requests from this address, whatever they are about.
        areas: zones whose load is followed, in capitals; ``NYISO`` is all of them.
    """

    base_url: str = BASE_URL
    fallback_url: str | None = None
    every_seconds: Pace = EVERY_SECONDS
    areas: tuple[str, ...] = ()

    def asked(self) -> Sequence[Asked]:
        """Return both hosts as one."""
        other = self.fallback_url
        if other is None:
            other = FALLBACK_URL if self.base_url.rstrip("/") == BASE_URL else ""
        found = reports(self.locations, self.areas)
        return [Asked(self.base_url, self.every_seconds, found, fallback_url=other)]


class Posting(NamedTuple):
    """How the file of a day is called.

    Attributes:
        folder: at the new host.
        old_folder: at the old one.
        name: of the file, at both.
        days_before: so many days before the one it is asked for it bears the date of.
    """

    folder: str
    old_folder: str
    name: str
    days_before: int = 0

    def ask(self, first_ns: int, _: int) -> Question:
        """Return the request for the day in which a moment lies.

        >>> Posting("DAM_LBMP_ZONE", "damlbmp", "damlbmp_zone").ask(0, 0).fallback_path
        '/public/csv/damlbmp/19691231damlbmp_zone.csv'
        """
        day = _day_of(first_ns) - timedelta(days=self.days_before)
        path = f"/{self.folder}/CSV/{day:%Y/%m/%d}/{self.name}-{day:%Y%m%d}.csv"
        old = f"/public/csv/{self.old_folder}/{day:%Y%m%d}{self.name}.csv"
        return Question(path, {}, old)


def reports(locations: Sequence[str], areas: Sequence[str]) -> list[Report]:
    """Return what is followed live: zonal prices of two runs, load forecast and actual.

    Args:
        locations: zones, by the names NYISO has for them.
        areas: zones whose load is followed; none are where it is empty.
    """
    names, metered = frozenset(locations), frozenset(areas) - {_ALL}
    of_the_day = partial(Report, answer_of=_day_of, may_be_absent=True)
    found = [
        of_the_day(
            "nyiso/RTD", Run.RTD, names,
            Running(300, ahead_seconds=0, patience_seconds=600),
            Posting("RT_LBMP_ZONE", "realtime", "realtime_zone").ask,
            every_seconds=15, named="realtime_zone",
        ),
        of_the_day(
            "nyiso/DA", Run.DA, names,
            Daily(_ZONE, at=time(11), patience=timedelta(hours=2)),
            Posting("DAM_LBMP_ZONE", "damlbmp", "damlbmp_zone").ask,
            every_seconds=120, named="damlbmp_zone",
        ),
    ]  # fmt: skip
    if areas:
        found.append(
            of_the_day(
                "nyiso/load_day_ahead", "ISOLF", frozenset(areas),
                Daily(_ZONE, at=time(10), patience=timedelta(hours=2)),
                Posting("ISO_LF", "isolf", "isolf", days_before=1).ask, every_seconds=120,
                only_asked=True,
            )
        )  # fmt: skip
    if metered:
        found.append(
            of_the_day(
                "nyiso/load_actual", "ACTUAL", metered,
                Running(300, ahead_seconds=-360, patience_seconds=900),
                Posting("RT_ACTUAL_LOAD", "pal", "pal").ask, every_seconds=60,
            )
        )  # fmt: skip
    return found


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, _ZONE)
