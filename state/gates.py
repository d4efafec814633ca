"""When the markets close for bids: the next gate closure of each, told from the run's own time.

Only what is known is here. A market's other gates, and the days on which it moves one, are not;
the sources are named with each gate, and a market without a known gate has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from state.moments import HOUR_NS, MINUTE_NS, from_ns, to_ns

_EASTERN, _CENTRAL, _PACIFIC = (
    ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago", "Los_Angeles")
)


class DailyGate(NamedTuple):
    """A market of whole days, closed at a time of the day before.

    Attributes:
        name: as desks say it.
        at: local time of ``zone``, which need not be that of the market's hours.
        source: where it is said.
    """

    name: str
    at: time
    zone: ZoneInfo
    source: str

    def closes_ns(self, now_ns: int) -> int:
        """Return the first closure at or after a moment."""
        day = from_ns(now_ns).astimezone(self.zone).date()
        today_ns = to_ns(datetime.combine(day, self.at, tzinfo=self.zone))
        if today_ns >= now_ns:
            return today_ns
        return to_ns(datetime.combine(day + timedelta(days=1), self.at, tzinfo=self.zone))


class HourlyGate(NamedTuple):
    """A market of single hours, each closed some minutes before it begins.

    Attributes:
        name: as desks say it.
        minutes: before the hour.
        source: where it is said.
    """

    name: str
    minutes: int
    source: str

    def closes_ns(self, now_ns: int) -> int:
        """Return the first closure at or after a moment."""
        ahead_ns = self.minutes * MINUTE_NS
        return -(-(now_ns + ahead_ns) // HOUR_NS) * HOUR_NS - ahead_ns


GATES: dict[str, tuple[DailyGate | HourlyGate, ...]] = {
    "caiso": (
        DailyGate("DAM", time(10), _PACIFIC, "general knowledge; no public text was at hand"),
        HourlyGate("RTM", 75, "BPM for Market Operations 2.3.2"),
    ),
    "ercot": (DailyGate("DAM", time(10), _CENTRAL, "Nodal Protocols 4.1.1, timeline"),),
    "isone": (DailyGate("DAM", time(10, 30), _EASTERN, "tariff filing of 2020-07-27"),),
    "miso": (
        DailyGate("DAM", time(10, 30), _EASTERN, "MISO knowledge base KA-01016, KA-01025"),
        HourlyGate("RTM", 30, "MISO, Real-Time and Operating Reserves Market"),
    ),
    "nyiso": (DailyGate("DAM", time(5), _EASTERN, "Market Services Tariff 4.2.1.1"),),
    "pjm": (HourlyGate("RTM", 65, "PJM Inside Lines, intraday offers of 2017-11-01"),),
}
"""The gates of each market that are known, day-ahead first."""


class Closure(NamedTuple):
    """The next time a gate closes.

    Attributes:
        gate: which.
        closes_ns: when; at that very moment it is still this one.
    """

    market: str
    gate: DailyGate | HourlyGate
    closes_ns: int


def next_closures(market: str, now_ns: int) -> Sequence[Closure]:
    """Return the next closure of each known gate of a market.

    At 08:50 in California the day-ahead market closes at 10:00 and that of the hour from 11:00,
    75 minutes before it, at 09:45:

    >>> now_ns = to_ns(datetime(2026, 7, 14, 8, 50, tzinfo=_PACIFIC))
    >>> [(c.gate.name, (c.closes_ns - now_ns) // MINUTE_NS) for c in next_closures("caiso", now_ns)]
    [('DAM', 70), ('RTM', 55)]
    """
    return [Closure(market, gate, gate.closes_ns(now_ns)) for gate in GATES.get(market, ())]
