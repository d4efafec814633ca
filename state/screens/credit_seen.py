"""What the screens read of what counterparties would owe."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class CreditUse(msgspec.Struct, kw_only=True):
    """How far one credit limit of a counterparty is used.

    Attributes:
        figure: the rule's (``credit_owed``, …).
        title: of the limit.
        clause: where it is written.
        utilisation: 1.0 at the limit.
        state: ``ok``, ``warn``, ``breach`` or ``unknown``.
        value, limit, headroom: ready to read.
        waived_until_ns: until when a breach is let be; 0 where it is not.
    """

    figure: str
    title: str
    clause: str
    utilisation: float
    state: str
    value: str
    limit: str
    headroom: str
    waived_until_ns: int = 0


class CreditRow(msgspec.Struct, kw_only=True):
    """What one counterparty would owe if it failed now, $ (``state.credit.exposure``).

    Attributes:
        exposure_usd: receivables + mark-to-market, never below 0.
        uncovered_usd: what of it is beyond the collateral held.
        suspended: why no new contract may be made (risk policy §6.5); empty if one may.
        suspension_case: the case that suspended it; lifting names it.
        limits: its credit limits, the most used first.
        potential_usd: what it could owe within a day, at the VaR's confidence
            (``state.credit.potential``); NaN where no scenario moves anything of it.
        not_covered: factors that no scenario moves, with MWh or units: then it is incomplete.
        left_out: of exposure now, and of what it could owe with it: MWh without a mark, output
            without an outlook; then both are incomplete.
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
    limits: list[CreditUse] = []
    potential_usd: float = float("nan")
    not_covered: list[str] = []
    left_out: list[str] = []


class CreditView(View, kw_only=True, tag="credit"):
    """Current credit exposure, the largest beyond collateral first.

    Attributes:
        receivables_from: market-local date of the first delivery still counted as unpaid.
    """

    rows: list[CreditRow]
    receivables_from: str
    oldest_input_ns: int
