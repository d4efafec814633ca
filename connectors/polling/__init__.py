"""Live feeds by polling: no ISO pushes its prices, so Tieline asks, politely and in time.

A poller asks one source for one report: when the next of it is due (:mod:`.grid`), through the
one bucket of its host (:mod:`.host`). What an answer is told from what it holds
(:mod:`.outcomes`), and what the log should know of the feed is a message.
"""

from __future__ import annotations

from connectors.polling.caiso import CaisoFeeds
from connectors.polling.followed import MarketFeeds
from connectors.polling.nyiso import NyisoFeeds
from connectors.polling.spp import SppFeeds

FOLLOWED: dict[str, type[MarketFeeds]] = {
    "caiso": CaisoFeeds,
    "nyiso": NyisoFeeds,
    "spp": SppFeeds,
}
"""The section of every market that can be followed live: a new one is one file and one line."""

__all__ = ["FOLLOWED", "MarketFeeds"]
