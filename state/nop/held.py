"""What is held that is no energy: capacity by month, certificates and allowances by vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from state.nop.whole import whole

if TYPE_CHECKING:
    from state.desk import Desk


@dataclass(frozen=True)
class Holdings:
    """What is held that is no energy, over all books and markets.

    Attributes:
        capacity_mw: by kind and delivery month.
        certificates: by category and vintage.
        allowances: t CO2e, offsets among them, by kind and vintage.
    """

    capacity_mw: dict[tuple[str, str], float]
    certificates: dict[tuple[str, str], float]
    allowances: dict[tuple[str, str], float]


def holdings_of(desk: Desk) -> Holdings:
    """Add up what the books hold."""
    # Rounded once it is whole: the last bits of a sum depend on its order.
    found: dict[str, dict[tuple[str, str], float]] = {"capacity": {}, "rec": {}, "ghg": {}}
    for market in desk.markets.values():
        for (_, product, kind, period), held in market.certificates.holdings.items():
            if product in found:
                own = found[product]
                own[kind, period] = own.get((kind, period), 0.0) + held.quantity
    capacity, certificates, allowances = (
        {of: whole(quantity) for of, quantity in own.items()} for own in found.values()
    )
    return Holdings(capacity, certificates, allowances)
