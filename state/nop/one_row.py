"""One net open position over one period, held against its tolerance."""

from __future__ import annotations

import math
from datetime import date

from state.limits.edges import Edge, measured
from state.limits.standing import OK, STANDINGS, next_standing, pinned_standing
from state.nop.energy import Energy
from state.nop.tolerances import AT_EDGE, ends_on
from state.nop.whole import ratio
from state.periods import Span
from state.policy.bands import Band
from state.policy.tolerances import NopKind
from state.screens.nop_seen import NopRow

_BAND = Edge.BAND.number


def row_of(
    nop: NopKind,
    title: str,
    span: Span,
    *,
    unit: str,
    amounts: tuple[float, float, float],
    kind: str = "",
    energy: Energy | None = None,
    band: Band | None = None,
    reason: str = "",
    note: str = "",
    today: date | None = None,
) -> NopRow:
    """Return one position, held against its tolerance where one binds.

    Args:
        nop: which net open position.
        title: the period as the policy names it.
        span: its dates.
        unit: of the amounts.
        amounts: obligation, firm and expected supply.
        kind: of capacity.
        energy: of the period, where the position is of energy.
        band: the tolerance; None where none binds.
        reason: why it is not known.
        note: what it is made of.
        today: the market-local date, where a tolerance binds.
    """
    obligation, firm, supply = amounts
    coverage = ratio(supply, obligation)
    seen = Energy() if energy is None else energy
    return NopRow(
        nop=nop.value,
        title=title,
        kind=kind,
        period=span.label,
        unit=unit,
        obligation=obligation,
        firm=firm,
        supply=supply,
        firm_coverage=ratio(firm, obligation),
        coverage=coverage,
        open=supply - obligation,
        obligation_mw=seen.load_mw,
        supply_mw=seen.expected_mw,
        fixed=seen.fixed,
        effectiveness=seen.effectiveness,
        fixed_revenue=seen.fixed_revenue,
        customers=seen.customers,
        customers_change=seen.customers_change,
        on_peak_mw=seen.on_peak_mw,
        off_peak_mw=seen.off_peak_mw,
        blocks=blocks_to_close(seen.on_peak_mw, seen.off_peak_mw),
        value_usd=seen.value_usd,
        rate_usd_per_mwh=seen.rate_usd_per_mwh,
        note=note,
        floor=math.nan if band is None else ratio(band.floor, 100.0),
        ceiling=math.nan if band is None else ratio(band.ceiling, 100.0),
        headroom=math.nan if band is None else headroom_of(band, coverage),
        state=_state(band, coverage, obligation, reason),
        reason=reason,
        limit="" if band is None else band.row.id,
        clause="" if band is None else str(band.row.at),
        begins=span.first.isoformat(),
        ends="" if band is None or today is None else ends_on(band, today).isoformat(),
    )


def headroom_of(band: Band, coverage: float) -> float:
    """Return the headroom of a coverage to the nearest edge of a tolerance."""
    return _measured(band, coverage)[1]


def _measured(band: Band, coverage: float) -> tuple[float, float]:
    low, high = ratio(band.floor, 100.0), ratio(band.ceiling, 100.0)
    used, headroom = measured(_BAND, coverage, low, high, 0.0, math.inf)
    return float(used), float(headroom)


def _state(band: Band | None, coverage: float, obligation: float, reason: str) -> str:
    """Return the state in which a limit that held none before finds a coverage."""
    if reason:
        return "unknown"
    if obligation <= 0.0:
        return "not_applicable"
    if band is None:
        return "no_limit"
    if not math.isfinite(coverage):
        return "unknown"
    used, headroom = _measured(band, coverage)
    if band.floor == band.ceiling:
        standing = pinned_standing(coverage, ratio(band.ceiling, 100.0), headroom)
    else:
        standing = next_standing(OK, used, headroom, AT_EDGE, AT_EDGE)
    return STANDINGS[standing]


def blocks_to_close(on_peak_mw: float, off_peak_mw: float) -> str:
    """Write the standard blocks of whole MW that close a position, + long.

    >>> blocks_to_close(-12.4, 3.0)
    'buy 12 MW on-peak, sell 3 MW off-peak'
    """
    if math.isnan(on_peak_mw + off_peak_mw):
        return ""
    parts = [
        f"{'sell' if mw > 0 else 'buy'} {abs(round(mw)):,} MW {name}"
        for mw, name in ((on_peak_mw, "on-peak"), (off_peak_mw, "off-peak"))
        if round(mw)
    ]
    return ", ".join(parts) or "flat"
