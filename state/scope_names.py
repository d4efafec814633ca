"""The names that scopes of limits can have, as a house knows them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from state.drift.compare import FIGURES
from state.messages import FIRM

if TYPE_CHECKING:
    from state.desk import Desk

OF_EVERY_HOUSE: dict[str, Collection[str]] = {"figure": FIGURES}
"""What a file alone can be held to."""


def scope_names(desk: Desk) -> dict[str, Collection[str]]:
    """Return the names there are, by what they name; without what has not come yet."""
    markets = list(desk.markets.values())
    hubs = (market.tables.locations for market in markets)
    found: dict[str, Collection[str]] = {
        FIRM: [FIRM] if len(markets) == 1 else [f"{name}/{FIRM}" for name in desk.markets],
        "book": [*desk.books, FIRM] if desk.books else [],
        "hub": dict.fromkeys(table.names[hub] for table in hubs for hub in table.hubs),
        "counterparty": desk.counterparties,
    }
    return {**OF_EVERY_HOUSE, **{what: names for what, names in found.items() if names}}
