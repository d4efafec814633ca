"""A simulated MISO: the public API's newest interval, and the market reports of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from typing_extensions import override

from connectors.polling.miso import CURRENT, REPORTS, ZONE
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.miso_form import ABSENT, five_minute_json, hourly, report_csv
from connectors.simulated.published import Series, moment, moment_ns, prices_of
from state.messages import PricePublication

_DAY_AHEAD, _REAL_TIME = Series("price", "DA"), Series("price", "RTD")
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
        text, _, report = path.removeprefix(REPORTS).removesuffix(".csv").partition("_")
        day = _day_of(text)
        if not path.startswith(REPORTS) or report not in _TITLES or day is None:
            return None
        prices = self._hours_of(day, report, now_ns, wrong=wrong)
        return report_csv(_TITLES[report], day, prices) if prices else ABSENT

    def _hours_of(
        self, day: date, report: str, now_ns: int, *, wrong: bool
    ) -> list[PricePublication]:
        first, last = (
            moment_ns(datetime(one.year, one.month, one.day, tzinfo=ZONE).astimezone(UTC))
            for one in (day, day + timedelta(days=1))
        )
        after = _DAYS_AFTER.get(report)
        if after is None:
            return prices_of(self.published.newest(_DAY_AHEAD, first, last, now_ns, wrong=wrong))
        if moment(now_ns).astimezone(ZONE).date() < day + timedelta(days=after):
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
        }


def _day_of(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=ZONE).date()
    except ValueError:
        return None
