"""A simulated CAISO: answers OASIS requests with what a replay day had published by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.simulated.oasis_form import PriceForm, load_csv, no_data, zipped
from connectors.simulated.published import (
    PublishedDay,
    Series,
    moment_ns,
    prices_of,
    volumes_of,
)

PATH = "/oasisapi/SingleZip"

_PRICES = {
    ("PRC_LMP", "DAM"): (Series("price", "DA"), PriceForm("DAM", "MW")),
    ("PRC_RTPD_LMP", "RTPD"): (Series("price", "FMM"), PriceForm("RTPD", "PRC")),
    ("PRC_INTVL_LMP", "RTM"): (Series("price", "RTD"), PriceForm("RTM", "VALUE")),
}
_LOAD = "SLD_FCST"


class SimulatedCaiso:
    """Publishes a day.

    Args:
        published: what it has by when.
    """

    def __init__(self, published: PublishedDay) -> None:
        self.published = published

    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that OASIS does not know."""
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

    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        return {
            "base_url": base_url,
            "locations": sorted(self.published.locations),
            "areas": sorted(self.published.areas),
        }


def _moment_ns(text: str) -> int:
    return moment_ns(datetime.strptime(text, "%Y%m%dT%H:%M%z"))
