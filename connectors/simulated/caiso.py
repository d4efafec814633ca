"""A simulated CAISO: answers OASIS requests with what a replay day had published by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.polling.schedule import day_ns, local_day
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.oasis_form import (
    PriceForm,
    corrections_csv,
    load_csv,
    no_data,
    zipped,
)
from connectors.simulated.published import (
    Series,
    moment_ns,
    prices_of,
    volumes_of,
)

PATH, GROUP_PATH = "/oasisapi/SingleZip", "/oasisapi/GroupZip"
_CORRECTIONS = "PRC_CORR_GRP"
_ZONE = ZoneInfo("America/Los_Angeles")

_PRICES = {
    ("PRC_LMP", "DAM"): (Series("price", "DA"), PriceForm("DAM", "MW")),
    ("PRC_RTPD_LMP", "RTPD"): (Series("price", "FMM"), PriceForm("RTPD", "PRC")),
    ("PRC_INTVL_LMP", "RTM"): (Series("price", "RTD"), PriceForm("RTM", "VALUE")),
}
_PRICED = {series: form.market_run for series, form in _PRICES.values()}
_LOAD = "SLD_FCST"


class SimulatedCaiso(SimulatedMarket):
    """Publishes a day."""

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that OASIS does not know."""
        if path == GROUP_PATH:
            return self._corrections(query, now_ns)
        name, run = query.get("queryname", ""), query.get("market_run_id", "")
        try:
            stretch = _moment_ns(query["startdatetime"]), _moment_ns(query["enddatetime"])
        except (KeyError, ValueError):
            return None
        price = _PRICES.get((name, run))
        if path != PATH or (price is None and name != _LOAD):
            return None
        series = price[0] if price is not None else Series("load", run)
        found = self.published.newest(series, *stretch, now_ns, wrong=wrong)
        if not found:
            return no_data(now_ns)
        if price is None:
            return zipped(name, load_csv(volumes_of(found)), now_ns)
        wanted = frozenset(query["node"].split(",")) if "node" in query else None
        return zipped(name, price[1].csv(prices_of(found, wanted)), now_ns)

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


def _moment_ns(text: str) -> int:
    return moment_ns(datetime.strptime(text, "%Y%m%dT%H:%M%z"))
