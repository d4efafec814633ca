"""Rows of the views of credit and of holdings."""

from __future__ import annotations

import msgspec


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


class NopRow(msgspec.Struct, kw_only=True):
    """A net open position of one kind over one period (``state.nop``); NaN is not known.

    Attributes:
        nop: ``energy``, ``capacity``, ``rps``, ``carbon_free`` or ``ghg``.
        title: the period as the policy names it.
        kind: of capacity; empty for all others.
        period: its dates on the day.
        unit: of ``supply``, ``firm`` and ``obligation``.
        obligation: what must be covered.
        firm: supply without options, ``supply``: as expected.
        firm_coverage, coverage: the same by obligation; tolerances bind ``coverage``.
        open: supply − obligation, + long.
        obligation_mw, supply_mw: of energy, in the mean of the period's hours.
        fixed: MWh of the load of energy whose cost is fixed, in money or by delivery.
        effectiveness: share of the variance of energy's P&L that hedges take away.
        fixed_revenue: MWh of the load of energy that are sold at a fixed price.
        customers: served in the period's last month, as stated.
        customers_change: the same against the running month, a ratio.
        on_peak_mw, off_peak_mw: energy open in the hours of each block, + long.
        blocks: the standard blocks that would close it.
        value_usd: of the energy open, at the curve.
        rate_usd_per_mwh: what closing it at the curve adds to each MWh of load.
        note: what the figure is made of, or why its value is not known.
        floor, ceiling: tolerances as ratios; NaN where the policy sets none.
        headroom: to the nearest edge, negative in breach.
        state: ``ok``, ``warn``, ``breach``, ``unknown``, ``not_applicable`` or ``no_limit``.
        reason: why it is unknown.
        limit: the tolerance's name; empty without one.
        clause: where the policy says it.
        begins: ISO date of the period's first day.
        ends: ISO date from which the row is about other dates; empty without a limit.
        waived_until_ns: until when a breach is let be; 0 where it is not.
    """

    nop: str
    title: str
    kind: str
    period: str
    unit: str
    obligation: float
    firm: float
    supply: float
    firm_coverage: float
    coverage: float
    open: float
    obligation_mw: float
    supply_mw: float
    fixed: float
    effectiveness: float
    fixed_revenue: float
    customers: float
    customers_change: float
    on_peak_mw: float
    off_peak_mw: float
    blocks: str
    value_usd: float
    rate_usd_per_mwh: float
    note: str
    floor: float
    ceiling: float
    headroom: float
    state: str
    reason: str
    limit: str
    clause: str
    begins: str
    ends: str
    waived_until_ns: int = 0
