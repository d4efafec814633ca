"""The markets whose reports Tieline reads: a new one is one file and one line here."""

from __future__ import annotations

from connectors.isos import caiso, ercot, isone, miso, nyiso, pjm, spp
from connectors.isos.parsed import Feed, Parse, Parsed, RejectedRow

MARKETS: dict[str, Feed] = {
    market.FEED.name: market.FEED for market in (caiso, ercot, isone, miso, nyiso, pjm, spp)
}
"""Every market by its name; ``MARKETS["caiso"].parse(body, received_at_ns=…, where=…)``."""

__all__ = ["MARKETS", "Feed", "Parse", "Parsed", "RejectedRow"]
