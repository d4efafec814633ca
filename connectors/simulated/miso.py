"""A simulated MISO: the public API's newest interval and load, and the market reports of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from typing_extensions import override

from connectors.polling.miso import CURRENT, LOAD, REPORTS, ZONE
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.miso_form import (
    ABSENT,
    five_minute_json,
    hourly,
    load_json,
    report_csv,
)
from connectors.simulated.published import Series, prices_of, volumes_of
from state.messages import PricePublication
from state.moments import from_ns, to_ns

_DAY_AHEAD, _REAL_TIME = Series("price", "DA"), Series("price", "RTD")
_LOAD, _FORECAST = Series("load", "ACTUAL"), Series("load", "MTLF")
_HOUR, _SLOT = 3600, 300
_TITLES = {
    "da_expost_lmp": "Day Ahead Market ExPost LMPs",
    "da_exante_lmp": "Day Ahead Market ExAnte LMPs",
    "rt_lmp_prelim": "Real Time Market LMPs (Preliminary)",
    "rt_lmp_final": "Real Time Market LMPs",
}
_DAYS_AFTER = {"rt_lmp_prelim": 1, "rt_lmp_final": 6}


class SimulatedMiso(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that MISO does not know."""
        del query
        if path == CURRENT:
            newest = self.published.newest_start(_REAL_TIME, now_ns)
            found = self.published.newest(_REAL_TIME, newest, newest + 1, now_ns, wrong=wrong)
            return five_minute_json(prices_of(found))
        if path == LOAD:
            return self._load(now_ns)
        text, _, report = path.removeprefix(REPORTS).removesuffix(".csv").partition("_")
        day = _day_of(text)
        if not path.startswith(REPORTS) or report not in _TITLES or day is None:
            return None
        prices = self._hours_of(day, report, now_ns, wrong=wrong)
        return report_csv(_TITLES[report], day, prices) if prices else ABSENT

    def _load(self, now_ns: int) -> bytes:
        """Return the load of a day so far, which is that of its newest interval."""
        newest_ns = self.published.newest_start(_LOAD, now_ns, seconds=_SLOT) or now_ns
        stretch = _stretch_of(from_ns(newest_ns).astimezone(ZONE).date())
        actuals, forecasts = (
            volumes_of(self.published.newest(series, *stretch, now_ns, seconds=seconds))
            for series, seconds in ((_LOAD, _SLOT), (_FORECAST, _HOUR))
        )
        return load_json(newest_ns, actuals, forecasts)

    def _hours_of(
        self, day: date, report: str, now_ns: int, *, wrong: bool
    ) -> list[PricePublication]:
        first, last = _stretch_of(day)
        after = _DAYS_AFTER.get(report)
        if after is None:
            return prices_of(self.published.newest(_DAY_AHEAD, first, last, now_ns, wrong=wrong))
        if from_ns(now_ns).astimezone(ZONE).date() < day + timedelta(days=after):
            return []
        found = self.published.newest(_REAL_TIME, first, last, now_ns, wrong=wrong)
        return hourly(prices_of(found))

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        return {
            "base_url": base_url,
            "reports_url": base_url,
            "locations": sorted(self.published.locations),
            "load": self.published.has(_LOAD, _SLOT),
        }


def _stretch_of(day: date) -> tuple[int, int]:
    first, last = (
        to_ns(datetime(one.year, one.month, one.day, tzinfo=ZONE).astimezone(UTC))
        for one in (day, day + timedelta(days=1))
    )
    return first, last


def _day_of(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=ZONE).date()
    except ValueError:
        return None
