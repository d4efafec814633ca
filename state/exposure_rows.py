"""Rows of the views of credit and of holdings."""

from __future__ import annotations

import msgspec


class CreditRow(msgspec.Struct, kw_only=True):
    """What one counterparty would owe if it failed now, $ (``state.credit``).

    Attributes:
        exposure_usd: receivables + mark-to-market, never below 0.
        uncovered_usd: what of it is beyond the collateral held.
        suspended: why no new contract may be made (risk policy §6.5); empty if one may.
        suspension_case: the case that suspended it; lifting names it.
        limits: ``title: value of limit, headroom, state`` of each credit limit, the worst first.
    """

    counterparty: str
    netting: bool
    contracts: int
    receivables_usd: float
    mtm_usd: float
    exposure_usd: float
    collateral_usd: float
    uncovered_usd: float
    suspended: str = ""
    suspension_case: str = ""
    limits: list[str] = []


class HoldingRow(msgspec.Struct, kw_only=True):
    """A position that is no energy, in its product's own unit (``state.certificates``)."""

    market: str
    book: str
    product: str
    unit_kind: str
    period: str
    quantity: float
    measure: str
    mark_usd_per_unit: float
    value_usd: float
