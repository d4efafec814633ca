"""Which products count in the net open position of energy, and which fix its cost beside it."""

from __future__ import annotations

from state.products import PRODUCTS

_FIXED_FOR_FLOATING = frozenset(("swap", "cfd"))


def is_physical(product: str) -> bool:
    """Say whether contracts in a product count in the net open position of energy."""
    known = PRODUCTS[product]
    return not (known.financial or known.as_generated or known.measure)


def fixes_price(product: str) -> bool:
    """Say whether contracts in a product turn a floating price into a fixed one, in money only."""
    return product in _FIXED_FOR_FLOATING
