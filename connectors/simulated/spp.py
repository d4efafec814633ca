"""A simulated SPP: answers for files of its portal with what a replay day had published by then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from connectors.simulated.faults import Absent
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.published import (
    Series,
    local_day_ns,
    moment_ns,
    prices_of,
    volumes_of,
)
from connectors.simulated.spp_form import ZONE, day_ahead_csv, mid_term_csv, real_time_csv

_FOLDER = "/file-browser-api/download/"
_FILES = {
    "rtbm-lmp-by-location": r"/(?P<y>\d{4})/(?P<m>\d\d)/By_Interval/(?P<d>\d\d)/"
    r"RTBM-LMP-SL-(?P<stamp>\d{12})(?P<again>d?)\.csv",
    "da-lmp-by-settlement-location": r"/(?P<y>\d{4})/(?P<m>\d\d)/By_Day/"
    r"DA-LMP-SL-(?P<stamp>\d{8}0100)(?P<again>)\.csv",
    "mtlf-vs-actual": r"/(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)/"
    r"OP-MTLF-(?P<stamp>\d{10}00)(?P<again>d?)\.csv",
}
_FORECAST, _ACTUAL = Series("load", "MTLF"), Series("load", "ACTUAL")
_HOUR_NS = 3600 * 10**9
_DAY_NS = 24 * _HOUR_NS
_STANDS_NS = 3 * _HOUR_NS
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
        start = stamp if report != "rtbm-lmp-by-location" else _begin(stamp)
        if (parts["y"], parts["m"]) != (f"{start:%Y}", f"{start:%m}"):
            return None
        if parts.get("d", f"{start:%d}") != f"{start:%d}":
            return None
        return self._file(report, start, now_ns, wrong=wrong)

    def _file(self, report: str, start: datetime, now_ns: int, *, wrong: bool) -> bytes:
        at_ns = moment_ns(start.astimezone(UTC))
        if report == "mtlf-vs-actual":
            return self._mid_term(at_ns, now_ns)
        if report == "rtbm-lmp-by-location":
            series, stretch, form = Series("price", "RTD"), (at_ns, at_ns + 1), real_time_csv
        else:
            series, form = Series("price", "DA"), day_ahead_csv
            stretch = local_day_ns(start.date(), ZONE)
        found = prices_of(self.published.newest(series, *stretch, now_ns, wrong=wrong))
        return form(found) if found else b""

    def _mid_term(self, at_ns: int, now_ns: int) -> bytes:
        if at_ns > now_ns:
            return Absent()
        then_ns = min(now_ns, at_ns + _STANDS_NS)
        to_come = self.published.newest(_FORECAST, at_ns, at_ns + 7 * _DAY_NS, then_ns)
        over = self.published.newest(_ACTUAL, at_ns - _DAY_NS, at_ns, then_ns)
        return mid_term_csv(volumes_of(to_come), volumes_of(over))


def _begin(end: datetime) -> datetime:
    """Return when the interval begins whose file is named after its end."""
    return (end - _FIVE_MINUTES).replace(fold=end.fold)  # by the wall clock, as it is named
