"""CAISO's reports as they are asked for: OASIS SingleZip, one request in five seconds for all.

Today's Outlook is another host (:mod:`.caiso_outlook`). Advance runs come before their interval
begins (real-time dispatch some 2.5 minutes, fifteen minutes some 22.5), so that an interval may be
there with a negative age. Day-ahead results come about 13:00 local, sometimes hours late.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from connectors.isos.caiso_corrections import announced
from connectors.polling import caiso_outlook
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report, names_of
from connectors.polling.schedule import Daily, Running, TradeDays, day_ns, local_day
from state.messages import Run, Series
from state.moments import SECOND_NS, from_ns

BASE_URL = "https://oasis.caiso.com"
EVERY_SECONDS = 5.0
"""Between two requests from one address, whatever they are about."""

_ZONE = ZoneInfo("America/Los_Angeles")
_PATH, _GROUP_PATH = "/oasisapi/SingleZip", "/oasisapi/GroupZip"
_CORRECTED_SECONDS = 14 * 86_400.0
"""So far back corrections are looked for."""
_MOST_DAYS = 30

Renewables = Literal["day_ahead", "actual"]


class CaisoFeeds(MarketFeeds):
    """CAISO.

    Attributes:
        base_url: another one for a mirror, or a simulated CAISO.
        every_seconds: between two requests from this address, whatever they are about.
        areas: TAC areas whose load is followed.
        solar: trading hubs whose solar power is followed.
        wind: those whose wind power is.
        renewables: which of the two, forecast or what was.
        outlook: downloads of Today's Outlook that are followed.
        outlook_url: of their host.
        outlook_every_seconds: between two requests to it.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    areas: tuple[str, ...] = ()
    solar: tuple[str, ...] = ()
    wind: tuple[str, ...] = ()
    renewables: tuple[Renewables, ...] = ("day_ahead", "actual")
    outlook: tuple[caiso_outlook.Download, ...] = ()
    outlook_url: str = caiso_outlook.BASE_URL
    outlook_every_seconds: Pace = caiso_outlook.EVERY_SECONDS

    def asked(self) -> Sequence[Asked]:
        """Return OASIS, and the host of Today's Outlook where it is followed."""
        found = reports(self.locations, self.areas)
        if self.solar or self.wind:
            found += _renewables(self.solar, self.wind, self.renewables)
        hosts = [Asked(self.base_url, self.every_seconds, found)]
        if self.outlook:
            downloads = [caiso_outlook.report(one) for one in dict.fromkeys(self.outlook)]
            hosts.append(Asked(self.outlook_url, self.outlook_every_seconds, downloads))
        return hosts


class Oasis(NamedTuple):
    """How OASIS is asked for a report.

    Attributes:
        query: its ``queryname``.
        version: of its form.
        market_run: its ``market_run_id``.
        nodes: that are asked for; empty for all areas.
    """

    query: str
    version: int
    market_run: str
    nodes: str = ""

    def ask(self, first_ns: int, last_ns: int) -> Question:
        """Return the request for a stretch; OASIS refuses more than 31 days in one."""
        last_ns = min(last_ns, first_ns + _MOST_DAYS * 86_400 * SECOND_NS)
        query = {
            "resultformat": "6",
            "queryname": self.query,
            "version": str(self.version),
            "market_run_id": self.market_run,
            "startdatetime": _stamp(first_ns),
            "enddatetime": _stamp(last_ns),
        }
        return Question(_PATH, query | ({"node": self.nodes} if self.nodes else {}))


def ask_corrections(first_ns: int, _: int) -> Question:
    """Return the request for the corrections of the trade day of a moment, one a request."""
    midnight_ns, _ = day_ns(local_day(first_ns, _ZONE), _ZONE)
    query = {
        "resultformat": "6",
        "groupid": "PRC_CORR_GRP",
        "version": "1",
        "startdatetime": _stamp(midnight_ns),
    }
    return Question(_GROUP_PATH, query)


def reports(locations: Sequence[str], areas: Sequence[str]) -> list[Report]:
    """Return what is followed live: prices of three runs, corrections, load forecast and actual.

    Args:
        locations: price nodes and hubs, by the names OASIS has for them.
        areas: TAC areas whose load is followed; none are where it is empty.
    """
    nodes, names = ",".join(sorted(locations)), frozenset(locations)
    found = [
        Report(
            "caiso/RTD", Run.RTD, names,
            Running(300, ahead_seconds=150, patience_seconds=480),
            Oasis("PRC_INTVL_LMP", 3, "RTM", nodes).ask, every_seconds=15,
        ),
        Report(
            "caiso/FMM", Run.FMM, names,
            Running(900, ahead_seconds=1350, patience_seconds=1200),
            Oasis("PRC_RTPD_LMP", 3, "RTPD", nodes).ask, every_seconds=30,
        ),
        Report(
            "caiso/DA", Run.DA, names,
            Daily(_ZONE, at=time(13), patience=timedelta(hours=2)),
            Oasis("PRC_LMP", 12, "DAM", nodes).ask, every_seconds=120,
        ),
    ]  # fmt: skip
    found.append(
        Report(
            "caiso/corrections", "corrections", frozenset(),
            TradeDays(_ZONE, patience=timedelta(days=1)),
            ask_corrections, every_seconds=60, answer_of=lambda start_ns: start_ns,
            again_seconds=_CORRECTED_SECONDS, reread_seconds=3600,
            earlier_seconds=_CORRECTED_SECONDS, announced=announced,
        )
    )  # fmt: skip
    if areas:
        found += [
            Report(
                "caiso/load_day_ahead", "DAM", frozenset(areas),
                Daily(_ZONE, at=time(9, 10), patience=timedelta(hours=2)),
                Oasis("SLD_FCST", 1, "DAM").ask, every_seconds=120,
            ),
            Report(
                "caiso/load_actual", "ACTUAL", frozenset(areas),
                Running(3600, ahead_seconds=-3900, patience_seconds=3600),
                Oasis("SLD_FCST", 1, "ACTUAL").ask, every_seconds=300,
            ),
        ]  # fmt: skip
    return found


def _renewables(
    solar: Sequence[str], wind: Sequence[str], which: Sequence[Renewables]
) -> list[Report]:
    """Return forecast and actual of solar and wind power: one answer holds both."""
    names = names_of({Series.SOLAR: solar, Series.WIND: wind})
    both = partial(Report, names=names, series=(Series.SOLAR, Series.WIND))
    known = {
        "day_ahead": both(
            "caiso/renewables_day_ahead", "DAM",
            schedule=Daily(_ZONE, at=time(7), patience=timedelta(hours=3)),
            ask=Oasis("SLD_REN_FCST", 1, "DAM").ask, every_seconds=120,
        ),
        "actual": both(
            "caiso/renewables_actual", "ACTUAL",
            schedule=Running(3600, ahead_seconds=-3900, patience_seconds=3600),
            ask=Oasis("SLD_REN_FCST", 1, "ACTUAL").ask, every_seconds=300,
        ),
    }  # fmt: skip
    return [known[one] for one in dict.fromkeys(which)]


def _stamp(at_ns: int) -> str:
    return f"{from_ns(at_ns):%Y%m%dT%H:%M}-0000"
