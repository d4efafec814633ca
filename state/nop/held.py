"""What is held that is no energy: capacity by month, certificates by vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from state.desk import Desk


@dataclass(frozen=True)
class Holdings:
    """What is held that is no energy, over all books and markets.

    Attributes:
        capacity_mw: by kind and delivery month.
        certificates: by category and vintage.
    """

    capacity_mw: dict[tuple[str, str], float]
    certificates: dict[tuple[str, str], float]


def holdings_of(desk: Desk) -> Holdings:
    """Add up what the books hold."""
    found: dict[str, dict[tuple[str, str], float]] = {"capacity": {}, "rec": {}}
    for market in desk.markets.values():
        for (_, product, kind, period), held in market.certificates.holdings.items():
            if product in found:
                own = found[product]
                own[kind, period] = own.get((kind, period), 0.0) + held.quantity
    return Holdings(found["capacity"], found["rec"])
