"""Which market a message speaks of: its own, or that of its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.messages import (
    AnyMessage,
    Forecast,
    MeterValues,
    Outage,
    StateOfCharge,
    VolumeOutlook,
)

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

OF_A_RESOURCE = (Forecast, MeterValues, Outage, StateOfCharge, VolumeOutlook)
"""Messages that name a resource and no market."""


def market_of(desk: Desk, message: AnyMessage) -> MarketBook | None:
    """Return the market a message speaks of, None when it is unknown."""
    if isinstance(message, OF_A_RESOURCE):
        return resource_market(desk, message.resource)
    return desk.markets.get(getattr(message, "market", ""))


def resource_market(desk: Desk, resource: str) -> MarketBook | None:
    """Return the market a resource lies in."""
    holders = (m for m in desk.markets.values() if resource in m.tables.resources.index)
    return next(holders, None)
