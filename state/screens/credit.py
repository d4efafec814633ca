"""Views of what counterparties owe and of what is held that is no energy."""

from __future__ import annotations

import math

from state.credit.limits import CREDIT_FIGURES
from state.credit.potential import Potential, potentials
from state.credit.unmarked import left_out_of
from state.desk import Desk
from state.market.book import MarketBook
from state.products import PRODUCTS
from state.screens.exposure_rows import CreditRow, CreditUse, HoldingRow
from state.screens.exposure_views import CreditView, HoldingView

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


def holding_view(desk: Desk) -> HoldingView:
    """Show what is held, by book, product, kind and period."""
    rows = [row for market in desk.markets.values() for row in _rows(desk, market)]
    rows.sort(key=lambda row: (row.book, row.product, row.unit_kind, row.period))
    return HoldingView(rows=rows)


def _rows(desk: Desk, market: MarketBook) -> list[HoldingRow]:
    found = []
    for (book, product, kind, period), held in market.certificates.holdings.items():
        mark = market.certificates.marks.get((product, kind, period), math.nan)
        if held.quantity or held.cost_usd:
            row = HoldingRow(
                market=market.market.market,
                book=desk.books[book],
                product=product,
                unit_kind=kind,
                period=period,
                quantity=held.quantity,
                measure=PRODUCTS[product].measure,
                mark_usd_per_unit=mark,
                value_usd=held.quantity * mark - held.cost_usd,
            )
            found.append(row)
    return found
