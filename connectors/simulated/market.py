"""What every simulated market is: a day's publications, and the answers to requests for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from connectors.simulated.published import PublishedDay


class SimulatedMarket(ABC):
    """Answers requests as a market would.

    Args:
        published: what the day has by when, and what of it was served.
    """

    def __init__(self, published: PublishedDay) -> None:
        self.published = published

    @abstractmethod
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that the market does not know.

        A file that will be there later is :class:`~connectors.simulated.faults.Absent` where the
        market says so by status 404.

        Args:
            path: of the request.
            query: its parameters.
            now_ns: market time; what is published later is not there yet.
            wrong: publish prices that a later answer corrects.
        """

    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        return {
            "base_url": base_url,
            "locations": sorted(self.published.locations),
            "areas": sorted(self.published.areas),
        }
