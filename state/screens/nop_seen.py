"""What the screens read of the net open positions."""

from __future__ import annotations

import msgspec

from state.screens.view import View


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


class NopView(View, kw_only=True, tag="nop"):
    """The four net open positions by period (risk policy §4), in the order of the policy.

    Attributes:
        today: market-local date; empty before the first tick.
        policy: label of the written policy whose tolerances bind; empty without one.
        ahead: what binds from ``roll`` on, the next date on which periods roll, with the
            position of now.
        var_usd: VaR of the unhedged open energy from the prompt month on (§1); NaN unknown.
        var_reason: why it is.
        var_basis: method, confidence, holding period and scenarios of it, in words.
        failures: which failure rates of contracts are known (§4.4), and what of the others.
    """

    today: str
    policy: str
    rows: list[NopRow]
    roll: str
    ahead: list[NopRow]
    var_usd: float
    var_reason: str
    oldest_input_ns: int
    failures: str = ""
    var_basis: str = ""
