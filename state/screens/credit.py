"""The view of what counterparties owe."""

from __future__ import annotations

import math

from state.credit.limits import CREDIT_FIGURES
from state.credit.potential import Potential, potentials
from state.credit.unmarked import left_out_of
from state.desk import Desk
from state.screens.credit_seen import CreditRow, CreditUse, CreditView

_UNKNOWN = Potential(math.nan, {})
_MOST_NAMED = 5


def credit_view(desk: Desk) -> CreditView:
    """Show every counterparty: the suspended, then the largest exposure beyond collateral."""
    limits, potential, left_out = _limits_by_counterparty(desk), _potential(desk), left_out_of(desk)
    rows = [
        CreditRow(
            counterparty=one.counterparty,
            netting=one.netting,
            contracts=one.contracts,
            receivables_usd=one.receivables_usd,
            mtm_usd=one.mtm_usd,
            exposure_usd=one.exposure_usd,
            collateral_usd=one.collateral_usd,
            uncovered_usd=one.uncovered_usd,
            suspended=desk.credit_limits.suspensions.reason(one.counterparty),
            suspension_case=desk.credit_limits.suspensions.case_of(one.counterparty),
            limits=limits.get(one.counterparty, []),
            potential_usd=one.exposure_usd + potential.get(one.counterparty, _UNKNOWN).usd,
            not_covered=_named(potential.get(one.counterparty, _UNKNOWN)),
            left_out=left_out.get(one.counterparty, []),
        )
        for one in desk.credit.exposures(list(desk.markets.values()))
    ]
    rows.sort(
        key=lambda row: (
            not row.suspended,
            -row.uncovered_usd,
            -row.exposure_usd,
            row.counterparty,
        )
    )
    held = [min(market.days).isoformat() for market in desk.markets.values() if market.days]
    received = [
        record.received_ns
        for name, record in desk.feeds.records.items()
        if name.rpartition("/")[2] in {"RTD", "curve"}
    ]
    return CreditView(
        rows=rows,
        receivables_from=min(held, default=""),
        oldest_input_ns=min(received, default=0),
    )


def _potential(desk: Desk) -> dict[str, Potential]:
    # In a large house it takes as long as the exposures themselves; who sets no limits spares it.
    return potentials(desk) if desk.credit_limits.in_force else {}


def _named(potential: Potential) -> list[str]:
    """Name what no scenario moves, the largest first."""
    amounts = sorted(potential.missing.items(), key=lambda each: (-each[1], each[0]))
    named = [f"{factor}: {amount:,.10g}" for factor, amount in amounts[:_MOST_NAMED]]
    more = len(amounts) - len(named)
    return [*named, *([f"and {more} more"] if more else [])]


def _limits_by_counterparty(desk: Desk) -> dict[str, list[CreditUse]]:
    found: dict[str, list[CreditUse]] = {}
    if not desk.credit_limits.in_force:
        return found
    for row in desk.alerts.rows(desk.alerts.total):
        if row.figure in CREDIT_FIGURES:
            use = CreditUse(
                figure=row.figure,
                title=row.title,
                clause=row.clause,
                utilisation=row.utilisation,
                state=row.state,
                value=row.value_text,
                limit=row.limit_text,
                headroom=row.headroom_text,
                waived_until_ns=row.waived_until_ns,
            )
            found.setdefault(row.scope, []).append(use)
    return found
