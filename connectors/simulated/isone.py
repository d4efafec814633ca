"""A simulated ISO-NE: the web services' real time, day-ahead and load, in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.polling.isone import SERVICES
from connectors.polling.isone_csv import BLOCK_HOURS, FOLDER
from connectors.polling.schedule import clock_ns, day_ns, local_hour
from connectors.simulated.faults import Absent
from connectors.simulated.isone_csv_form import day_ahead_csv, five_minute_csv
from connectors.simulated.isone_form import ZONE, forecast_json, load_json, prices_json
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.published import Series, prices_of, volumes_of
from state.moments import HOUR_NS, to_ns

_FINAL_AFTER_NS = 48 * HOUR_NS
_DAY = r"(\d{8})"
_FIVE_MINUTE = re.compile(rf"{SERVICES}/fiveminutelmp/(prelim|final)/day/{_DAY}/starthour/(\d\d)")
_DAY_AHEAD = re.compile(rf"{SERVICES}/hourlylmp/da/final/day/{_DAY}")
_LOADS = re.compile(rf"{SERVICES}/(hourlysysload|hourlyloadforecast)/day/{_DAY}")
_FILES = re.compile(
    rf"{FOLDER}(?:5min-rt-prelim/lmp_5min_{_DAY}_(\d\d)-\d\d|da-lmp/WW_DALMP_ISO_{_DAY})\.csv"
)
_ACTUAL, _FORECAST = Series("load", "ACTUAL"), Series("load", "FORECAST")
_HOUR = 3600
_EVER_NS = 2**62


class SimulatedIsone(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that the web services do not know."""
        del query
        path = path.removesuffix(".json")
        file = _FILES.fullmatch(path)
        if file is not None:
            return self._file(file, now_ns, wrong=wrong)
        load = _LOADS.fullmatch(path)
        if load is not None:
            return self._load(load[1], _day_of(load[2]), now_ns)
        real_time, day_ahead = _FIVE_MINUTE.fullmatch(path), _DAY_AHEAD.fullmatch(path)
        if real_time is not None:
            item, series = "FiveMinLmp", Series("price", "RTD")
            first_ns, last_ns = _hour_ns(_day_of(real_time[2]), int(real_time[3]), ZONE)
            if real_time[1] == "final":
                last_ns = min(last_ns, now_ns - _FINAL_AFTER_NS)
        elif day_ahead is not None:
            item, series = "HourlyLmp", Series("price", "DA")
            first_ns, last_ns = day_ns(_day_of(day_ahead[1]), ZONE)
        else:
            return None
        found = self.published.newest(series, first_ns, last_ns, now_ns, wrong=wrong)
        return prices_json(item, prices_of(found))

    def _file(self, file: re.Match[str], now_ns: int, *, wrong: bool) -> bytes:
        """Return a CSV report; one without an interval is absent."""
        day = _day_of(file[1] or file[3])
        series, stretch = Series("price", "DA"), day_ns(day, ZONE)
        form = day_ahead_csv
        if file[1]:
            hours = int(file[2]), int(file[2]) + BLOCK_HOURS
            first_ns, last_ns = (clock_ns(day, hour, ZONE) for hour in hours)
            series, stretch, form = Series("price", "RTD"), (first_ns, last_ns), five_minute_csv
        whole = self.published.there(series, *stretch, _EVER_NS)
        if not whole or len(self.published.there(series, *stretch, now_ns)) < len(whole):
            return Absent()  # a file comes whole
        return form(day, prices_of(self.published.newest(series, *stretch, now_ns, wrong=wrong)))

    def _load(self, service: str, day: date, now_ns: int) -> bytes:
        is_actual = service == "hourlysysload"
        series = _ACTUAL if is_actual else _FORECAST
        found = self.published.newest(series, *day_ns(day, ZONE), now_ns, seconds=_HOUR)
        return load_json(volumes_of(found)) if is_actual else forecast_json(found)

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        day = self.published
        load = any(day.has(series, _HOUR) for series in (_ACTUAL, _FORECAST))
        hosts = {"base_url": base_url, "reports_url": base_url}
        return {**hosts, "locations": sorted(day.locations), "load": load}


def _day_of(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=ZONE).date()


def _hour_ns(day: date, hour: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return where an hour of the local clock begins and ends: two long, or none, twice a year."""
    begins = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hour)
    first_ns = to_ns(begins)
    if local_hour(first_ns, zone) != (day, hour):
        return first_ns, first_ns
    return first_ns, to_ns(begins.replace(fold=1)) + HOUR_NS
