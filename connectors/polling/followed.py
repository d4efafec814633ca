"""A market as it is followed live: the section it has in the file of feeds, and whom to ask."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from connectors.polling.report import Report


class Asked(NamedTuple):
    """A host, and what is asked of it.

    Attributes:
        base_url: ``https://oasis.caiso.com``; nothing beside it is ever asked.
        every_seconds: between two requests, whatever they are about.
        reports: that share this pace.
        headers: sent with every request; they may hold a secret and are never shown.
        fallback_url: another host with the same reports, asked after faults of the first.
    """

    base_url: str
    every_seconds: float
    reports: Sequence[Report]
    headers: Mapping[str, str] = {}
    fallback_url: str = ""


class MarketFeeds(BaseModel):
    """The section of one market.

    Attributes:
        locations: price nodes and hubs, by the names the market has for them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    locations: Annotated[tuple[str, ...], Field(min_length=1)]

    @abstractmethod
    def asked(self) -> Sequence[Asked]:
        """Return the hosts to ask, each with its reports."""


Pace = Annotated[float, Field(ge=0.1, le=3600)]
"""Seconds between two requests to a host."""
