"""A simulated NYISO: answers for the files of its new host with what a day had published by then.

A file of today without rows yet has its header alone; one of a day to come is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from typing_extensions import override

from connectors.polling.schedule import day_ns
from connectors.simulated.faults import Absent
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.nyiso_form import (
    ZONE,
    day_ahead_csv,
    forecast_csv,
    load_csv,
    real_time_csv,
)
from connectors.simulated.published import Series, prices_of, volumes_of

_FILE = re.compile(
    r"/(\w+)/CSV/(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)/(\w+)-(?P<day>\d{8})\.csv", re.ASCII
)
_FORECAST_DAYS = 6
_PRICES = {
    ("RT_LBMP_ZONE", "realtime_zone"): (Series("price", "RTD"), real_time_csv),
    ("DAM_LBMP_ZONE", "damlbmp_zone"): (Series("price", "DA"), day_ahead_csv),
}
_LOADS = {
    ("RT_ACTUAL_LOAD", "pal"): (Series("load", "ACTUAL"), load_csv, 1),
    ("ISO_LF", "isolf"): (Series("load", "ISOLF"), forecast_csv, _FORECAST_DAYS),
}


class SimulatedNyiso(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the file of a path, None for no such path."""
        del query
        found = _FILE.fullmatch(path)
        if found is None or found["y"] + found["m"] + found["d"] != found["day"]:
            return None
        try:
            day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            return None
        first_ns, last_ns = day_ns(day, ZONE)
        report = (found[1], found[5])
        if report in _PRICES:
            series, price_form = _PRICES[report]
            prices = prices_of(
                self.published.newest(series, first_ns, last_ns, now_ns, wrong=wrong)
            )
            return price_form(prices) if prices or first_ns <= now_ns else Absent()
        if report in _LOADS:
            if first_ns > now_ns:
                return Absent()
            series, load_form, days = _LOADS[report]
            then_ns = now_ns if days == 1 else min(now_ns, last_ns - 1)  # its forecast stands
            _, last_ns = day_ns(day + timedelta(days=days - 1), ZONE)
            return load_form(volumes_of(self.published.newest(series, first_ns, last_ns, then_ns)))
        return None
