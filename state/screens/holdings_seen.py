"""What the screens read of what is held rather than delivered as energy."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class HoldingRow(msgspec.Struct, kw_only=True):
    """A position that is no energy, in its own unit (``state.contracts.certificates``)."""

    market: str
    book: str
    product: str
    unit_kind: str
    period: str
    quantity: float
    measure: str
    mark_usd_per_unit: float
    value_usd: float


class HoldingView(View, kw_only=True, tag="holding"):
    """What is held rather than delivered as energy; a row without a mark is out of value."""

    rows: list[HoldingRow]
