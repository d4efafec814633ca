"""Simulated ISOs: a replay day, published in an ISO's own form at its own times.

What an engineer tries a configuration against, and what live feeds are proved against: no machine
needs to reach an ISO for either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from connectors.simulated.caiso import SimulatedCaiso
from connectors.simulated.nyiso import SimulatedNyiso
from connectors.simulated.published import PublishedDay
from connectors.simulated.spp import SimulatedSpp


class SimulatedMarket(Protocol):
    """Answers requests as a market would.

    Attributes:
        published: what the day has by when, and what of it was served.
    """

    published: PublishedDay

    def __init__(self, published: PublishedDay) -> None: ...

    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that the market does not know.

        Args:
            path: of the request.
            query: its parameters.
            now_ns: market time; what is published later is not there yet.
            wrong: publish prices that a later answer corrects.
        """
        ...

    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        ...


SIMULATED: dict[str, type[SimulatedMarket]] = {
    "caiso": SimulatedCaiso,
    "nyiso": SimulatedNyiso,
    "spp": SimulatedSpp,
}
"""Every market that can be simulated: a new one is one file and one line."""

__all__ = ["SIMULATED", "PublishedDay", "SimulatedMarket"]
