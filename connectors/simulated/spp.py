"""A simulated SPP: answers for files of its portal with what a replay day had published by then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from connectors.isos.spp_volumes import AREA
from connectors.polling.schedule import day_ns
from connectors.simulated.faults import Absent
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.published import Series, prices_of, volumes_of
from connectors.simulated.spp_form import (
    ZONE,
    day_ahead_csv,
    mid_term_csv,
    mix_csv,
    real_time_csv,
    short_term_csv,
)
from state.moments import HOUR_NS, MINUTE_NS, to_ns

_FOLDER = "/file-browser-api/download/"
_FILES = {
    "rtbm-lmp-by-location": r"/(?P<y>\d{4})/(?P<m>\d\d)/By_Interval/(?P<d>\d\d)/"
    r"RTBM-LMP-SL-(?P<stamp>\d{12})(?P<again>d?)\.csv",
    "da-lmp-by-settlement-location": r"/(?P<y>\d{4})/(?P<m>\d\d)/By_Day/"
    r"DA-LMP-SL-(?P<stamp>\d{8}0100)(?P<again>)\.csv",
    "mtlf-vs-actual": r"/(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)/"
    r"OP-MTLF-(?P<stamp>\d{10}00)(?P<again>d?)\.csv",
    "stlf-vs-actual": r"/(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)/(?P<hour>\d\d)/"
    r"OP-STLF-(?P<stamp>\d{12})(?P<again>d?)\.csv",
}
_MIX = (f"{_FOLDER}generation-mix-historical", f"/{AREA}/GenMix2Hour_{AREA}.csv")
_WIND, _SOLAR = Series("wind", "ACTUAL"), Series("solar", "ACTUAL")
_SHORT_TERM, _SLOT = Series("load", "STLF"), 300
_NAMED_BY_THEIR_END = ("rtbm-lmp-by-location", "stlf-vs-actual")
_FORECAST, _ACTUAL = Series("load", "MTLF"), Series("load", "ACTUAL")
_HOUR = 3600
_DAY_NS = 24 * HOUR_NS
_STANDS_NS = 3 * HOUR_NS
"""So late a file of an hour comes at most; after that it changes no more."""
_FIVE_MINUTES = timedelta(minutes=5)


class SimulatedSpp(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the file of a path, None for no such path.

        One of an hour to come is absent; one whose values are not there yet has 0 bytes.
        """
        report = path.removeprefix(_FOLDER)
        if (path, query.get("path")) == _MIX:
            return self._mix(now_ns)
        found = re.fullmatch(_FILES.get(report, "(?!)"), query.get("path", ""), re.ASCII)
        if found is None or not path.startswith(_FOLDER):
            return None
        parts = found.groupdict()
        try:
            stamp = datetime.strptime(parts["stamp"], "%Y%m%d%H%M").replace(
                tzinfo=ZONE, fold=int(parts["again"] == "d")
            )
        except ValueError:
            return None
        start = stamp if report not in _NAMED_BY_THEIR_END else _begin(stamp)
        folder = stamp if report == "stlf-vs-actual" else start
        of = zip(("y", "m", "d"), f"{folder:%Y %m %d}".split(), strict=True)
        own = {**dict(of), "hour": f"{(folder.hour + 1) % 24:02}"}
        if any(parts.get(part, name) != name for part, name in own.items()):
            return None
        return self._file(report, start, now_ns, wrong=wrong)

    def _file(self, report: str, start: datetime, now_ns: int, *, wrong: bool) -> bytes:
        at_ns = to_ns(start.astimezone(UTC))
        if report == "mtlf-vs-actual":
            return self._mid_term(at_ns, now_ns)
        if report == "stlf-vs-actual":
            return self._short_term(at_ns + 5 * MINUTE_NS, now_ns)
        if report == "rtbm-lmp-by-location":
            series, stretch, form = Series("price", "RTD"), (at_ns, at_ns + 1), real_time_csv
        else:
            series, form = Series("price", "DA"), day_ahead_csv
            stretch = day_ns(start.date(), ZONE)
        found = prices_of(self.published.newest(series, *stretch, now_ns, wrong=wrong))
        return form(found) if found else b""

    def _mid_term(self, at_ns: int, now_ns: int) -> bytes:
        if at_ns > now_ns:
            return Absent()
        then_ns = min(now_ns, at_ns + _STANDS_NS)
        to_come = self.published.newest(_FORECAST, at_ns, at_ns + 7 * _DAY_NS, then_ns)
        over = self.published.newest(_ACTUAL, at_ns - _DAY_NS, at_ns, then_ns, seconds=_HOUR)
        return mid_term_csv(volumes_of(to_come), volumes_of(over))

    def _short_term(self, at_ns: int, now_ns: int) -> bytes:
        """Return the file of a moment: the intervals that end within ten minutes of it."""
        if at_ns > now_ns:
            return Absent()
        stretch = at_ns - 15 * MINUTE_NS, at_ns + 6 * MINUTE_NS
        then_ns = min(now_ns, at_ns + 15 * MINUTE_NS)
        forecasts, actuals = (
            volumes_of(self.published.newest(series, *stretch, then_ns, seconds=_SLOT))
            for series in (_SHORT_TERM, _ACTUAL)
        )
        return short_term_csv(forecasts, actuals)

    def _mix(self, now_ns: int) -> bytes:
        newest = [
            self.published.newest_start(one, now_ns, seconds=_SLOT) for one in (_WIND, _SOLAR)
        ]
        last_ns = max(newest) + 1
        winds, suns = (
            volumes_of(
                self.published.newest(one, last_ns - 2 * HOUR_NS, last_ns, now_ns, seconds=_SLOT)
            )
            for one in (_WIND, _SOLAR)
        )
        return mix_csv(winds, suns, AREA)

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        day = self.published
        return {
            **super().section(base_url),
            "short_term": day.has(_SHORT_TERM, _SLOT) and bool(day.areas),
            "generation_mix": day.has(_WIND, _SLOT) or day.has(_SOLAR, _SLOT),
        }


def _begin(end: datetime) -> datetime:
    """Return when the interval begins whose file is named after its end."""
    return (end - _FIVE_MINUTES).replace(fold=end.fold)  # by the wall clock, as it is named
