"""A simulated CAISO: answers OASIS requests with what a replay day had published by then.

Today's Outlook has the five-minute figures of the day, where it has any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.isos.caiso_outlook import AREA
from connectors.polling import caiso_outlook as outlook
from connectors.polling.schedule import day_ns, local_day
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.oasis_form import (
    PriceForm,
    corrections_csv,
    load_csv,
    no_data,
    renewables_csv,
    zipped,
)
from connectors.simulated.outlook_form import outlook_csv
from connectors.simulated.published import Published, Series, prices_of, volumes_of
from state.messages import Series as Volume
from state.moments import to_ns

PATH, GROUP_PATH = "/oasisapi/SingleZip", "/oasisapi/GroupZip"
_CORRECTIONS = "PRC_CORR_GRP"
_ZONE = ZoneInfo("America/Los_Angeles")

_PRICES = {
    ("PRC_LMP", "DAM"): (Series("price", "DA"), PriceForm("DAM", "MW")),
    ("PRC_RTPD_LMP", "RTPD"): (Series("price", "FMM"), PriceForm("RTPD", "PRC")),
    ("PRC_INTVL_LMP", "RTM"): (Series("price", "RTD"), PriceForm("RTM", "VALUE")),
}
_PRICED = {series: form.market_run for series, form in _PRICES.values()}
_LOAD, _RENEWABLES = "SLD_FCST", "SLD_REN_FCST"
_RENEWABLE_RUNS = {"day_ahead": "DAM", "actual": "ACTUAL"}
_HOUR, _SLOT = 3600, 300
_HISTORY = re.compile(r"history/(20\d{6})", re.ASCII)
_DOWNLOADS = {
    "demand": {
        Series("load", "ACTUAL"): "Current demand",
        Series("load", "DAM"): "Day ahead forecast",
        Series("load", "HASP"): "Hour ahead forecast",
    },
    "fuelsource": {Series("solar", "ACTUAL"): "Solar", Series("wind", "ACTUAL"): "Wind"},
}
"""The columns of Today's Outlook, by the download."""


class SimulatedCaiso(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that OASIS does not know."""
        if path == GROUP_PATH:
            return self._corrections(query, now_ns)
        if path.startswith(outlook.PATH):
            return self._outlook(path.removeprefix(outlook.PATH), now_ns)
        name, run = query.get("queryname", ""), query.get("market_run_id", "")
        try:
            stretch = _moment_ns(query["startdatetime"]), _moment_ns(query["enddatetime"])
        except (KeyError, ValueError):
            return None
        price = _PRICES.get((name, run))
        if path != PATH or (price is None and name not in (_LOAD, _RENEWABLES)):
            return None
        if price is None:
            text = self._volumes(name, run, stretch, now_ns)
        else:
            found = self.published.newest(price[0], *stretch, now_ns, wrong=wrong)
            wanted = frozenset(query["node"].split(",")) if "node" in query else None
            text = price[1].csv(prices_of(found, wanted)) if found else ""
        return zipped(name, text, now_ns) if text else no_data(now_ns)

    def _volumes(self, name: str, run: str, stretch: tuple[int, int], now_ns: int) -> str:
        """Return the hours of load, or of solar and wind; empty without any."""
        kinds = ("load",) if name == _LOAD else ("solar", "wind")
        found: list[Published] = []
        for kind in kinds:
            found += self.published.newest(Series(kind, run), *stretch, now_ns, seconds=_HOUR)
        form = load_csv if name == _LOAD else renewables_csv
        return form(volumes_of(found)) if found else ""

    def _outlook(self, path: str, now_ns: int) -> bytes | None:
        """Return a download of Today's Outlook, which holds its day so far.

        The current one is of the day before until the first five minutes of its own are there.
        """
        when, _, name = path.rpartition("/")
        download = name.removesuffix(".csv")
        columns = _DOWNLOADS.get(download)
        if columns is None or name != f"{download}.csv":
            return None
        if when == "current":
            newest = (
                self.published.newest_start(one, now_ns, seconds=_SLOT)
                for one in columns
                if one.run == "ACTUAL"
            )
            day = local_day(max(newest) or now_ns, _ZONE)
        elif (named := _HISTORY.fullmatch(when)) is not None:
            day = datetime.strptime(named[1], "%Y%m%d").replace(tzinfo=_ZONE).date()
            if day >= local_day(now_ns, _ZONE):
                return None
        else:
            return None
        stretch = day_ns(day, _ZONE)
        found = {
            title: volumes_of(self.published.newest(one, *stretch, now_ns, seconds=_SLOT))
            for one, title in columns.items()
        }
        return outlook_csv(AREA, stretch, found)

    def _corrections(self, query: Mapping[str, str], now_ns: int) -> bytes | None:
        """Return what prices of a trade day were corrected by now."""
        try:
            at_ns = _moment_ns(query["startdatetime"])
        except (KeyError, ValueError):
            return None
        if query.get("groupid") != _CORRECTIONS:
            return None
        stretch = day_ns(local_day(at_ns, _ZONE), _ZONE)
        found = self.published.corrected(*stretch, now_ns)
        rows = [(_PRICED[series], start_ns) for series, start_ns in found if series in _PRICED]
        return zipped(_CORRECTIONS, corrections_csv(rows, stretch[0], now_ns), now_ns)

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        day = self.published
        found = super().section(base_url)
        solar, wind = (sorted(day.areas_of(one)) for one in (Volume.SOLAR, Volume.WIND))
        known = [
            which
            for which, run in _RENEWABLE_RUNS.items()
            if any(day.has(Series(kind, run), _HOUR) for kind in ("solar", "wind"))
        ]
        if known:
            found |= {"solar": solar, "wind": wind, "renewables": known}
        downloads = [
            download
            for download, columns in _DOWNLOADS.items()
            if any(day.has(one, _SLOT) for one in columns if one.run == "ACTUAL")
        ]
        if downloads:
            found |= {"outlook": downloads, "outlook_url": base_url}
        return found


def _moment_ns(text: str) -> int:
    return to_ns(datetime.strptime(text, "%Y%m%dT%H:%M%z"))
