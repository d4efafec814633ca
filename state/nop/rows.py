"""The four net open positions by period, as they stand on a date: what is held, what is owed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from state.limits.edges import Edge, measured
from state.messages import ResourceKind
from state.nop.energy import Energy, MarketEnergy, covered_over, energy_over
from state.nop.sales import retail_sales
from state.nop.tolerances import CAPACITY_KINDS, ends_on
from state.periods import PERIODS, Span, month_after
from state.policy.bands import Band, bands_on
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind, Tolerance
from state.screens.exposure_rows import NopRow

if TYPE_CHECKING:
    from state.desk import Desk

MONITORED = ("prompt_month", "prompt_quarter", "balance_of_year", "prompt_calendar_year",
             "years_2_to_5")  # fmt: skip
"""The periods of §4.5."""

TO_CLOSE = ("remaining_quarters", "year_after_next_12_months", "five_years_after_next_12_months")
"""Those of §4.3 that are in no other list."""

_BAND = Edge.BAND.number

_NO_OBLIGATION = 115.0
"""Percent of peak load that is required where a row names no obligation: as in the other rows."""


@dataclass(frozen=True)
class Holdings:
    """What is held that is no energy, over all books and markets.

    Attributes:
        capacity_mw: by kind and delivery month.
        certificates: by category and vintage.
    """

    capacity_mw: dict[tuple[str, str], float]
    certificates: dict[tuple[str, str], float]


def holdings_of(desk: Desk) -> Holdings:
    """Add up what the books hold."""
    found: dict[str, dict[tuple[str, str], float]] = {"capacity": {}, "rec": {}}
    for market in desk.markets.values():
        for (_, product, kind, period), held in market.certificates.holdings.items():
            if product in found:
                own = found[product]
                own[kind, period] = own.get((kind, period), 0.0) + held.quantity
    return Holdings(found["capacity"], found["rec"])


def peak_load_mw(desk: Desk) -> tuple[float, str]:
    """Return the peak consumption of all loads by their records, and why it is not known."""
    total = 0.0
    for market in desk.markets.values():
        for record in market.tables.resources.records:
            if record.resource_kind is ResourceKind.LOAD:
                if not record.capacity_mw > 0.0:
                    return math.nan, f"no peak consumption of {record.resource} is recorded"
                total += record.capacity_mw
    return total, ""


def rows_on(
    desk: Desk, markets: Sequence[MarketEnergy], policy: RiskPolicy | None, today: date
) -> list[NopRow]:
    """Return every position on a date, with and without a tolerance, kind by kind.

    Args:
        desk: whose.
        markets: energy of each market.
        policy: whose tolerances bind; None binds nothing.
        today: the market-local date.
    """
    limited = [] if policy is None else limited_on(desk, markets, policy, today)
    energy = [row for row in limited if row.nop == NopKind.ENERGY]
    known = {(row.begins, row.period) for row in energy}
    more = [
        _energy(markets, span, None, name, today)
        for name in (*MONITORED, *TO_CLOSE)
        for span in PERIODS[name].spans(today)
        if (span.first.isoformat(), span.label) not in known
    ]
    clean = [
        _carbon_free(name, span, markets)
        for name in MONITORED
        for span in PERIODS[name].spans(today)
    ]
    return [*energy, *more, *(row for row in limited if row.nop != NopKind.ENERGY), *clean]


def limited_on(
    desk: Desk, markets: Sequence[MarketEnergy], policy: RiskPolicy, today: date
) -> list[NopRow]:
    """Return the positions that a tolerance binds on a date, in the order of the policy."""
    return held_to(desk, markets, bands_on(policy, today), today)


def covered_on(
    desk: Desk, markets: Sequence[MarketEnergy], bands: Sequence[Band], today: date
) -> list[NopRow]:
    """Return the positions that some tolerances bind, in their order, as far as limits read them.

    What energy is worth, and the blocks that close it, are left out.
    """
    return held_to(desk, markets, bands, today, over=_covered)


def _covered(markets: Sequence[MarketEnergy], span: Span) -> Energy:
    found = covered_over(markets, span)
    return Energy(found.load, found.firm, found.expected, reason=found.reason)


def held_to(
    desk: Desk,
    markets: Sequence[MarketEnergy],
    bands: Sequence[Band],
    today: date,
    *,
    over: Callable[[Sequence[MarketEnergy], Span], Energy] = energy_over,
) -> list[NopRow]:
    """Return the positions that some tolerances bind, in their order.

    Args:
        desk: whose.
        markets: energy of each market.
        bands: the tolerances.
        today: the market-local date.
        over: returns the energy of a period.
    """
    rows: list[NopRow] = []
    held = holdings_of(desk)
    peak = peak_load_mw(desk)
    for band in bands:
        if band.nop is NopKind.ENERGY:
            rows.append(_energy(markets, band.span, band, "", today, over))
        elif band.nop is NopKind.CAPACITY:
            rows += [
                _capacity(band, kind, held, peak, today)
                for kind in band.row.kinds or CAPACITY_KINDS
            ]
        elif band.nop is NopKind.RPS:
            rows.append(_rps(band, held, markets, today))
    return rows


# Energy ----------------------------------------------------------------------------------------


def _energy(
    markets: Sequence[MarketEnergy],
    span: Span,
    band: Band | None,
    name: str,
    today: date,
    over: Callable[[Sequence[MarketEnergy], Span], Energy] = energy_over,
) -> NopRow:
    found = over(markets, span) if markets else Energy(load=0.0, firm=0.0, expected=0.0)
    title = PERIODS[name].title if band is None else band.row.title
    return _row(
        NopKind.ENERGY,
        title,
        span,
        unit="MWh",
        amounts=(found.load, found.firm, found.expected),
        energy=found,
        band=band,
        reason=found.reason,
        note=_note(found),
        today=today,
    )


def _note(found: Energy) -> str:
    left = f"{found.undelivered:,.0f} MWh less by failure rates" if found.undelivered else ""
    return "; ".join(filter(None, (found.unmarked, left)))


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


def _carbon_free(name: str, span: Span, markets: Sequence[MarketEnergy]) -> NopRow:
    found = energy_over(markets, span) if markets else Energy(load=0.0, carbon_free=0.0)
    clean = found.carbon_free
    return _row(
        NopKind.CARBON_FREE,
        PERIODS[name].title,
        span,
        unit="MWh",
        amounts=(found.load, clean, clean),
        reason=found.reason,
    )


# Capacity and certificates -----------------------------------------------------------------------


def _capacity(
    band: Band, kind: str, held: Holdings, peak: tuple[float, str], today: date
) -> NopRow:
    peak_mw, reason = peak
    required = _percent_of_peak(band.row, kind) * peak_mw / 100.0
    by_month = [(held.capacity_mw.get((kind, month), 0.0), month) for month in band.span.months]
    amount, month = by_month[0]
    if required > 0.0:
        amount, month = min(by_month, key=lambda each: _headroom(band, each[0] / required))
    return _row(
        NopKind.CAPACITY,
        band.row.title,
        band.span,
        unit="MW",
        kind=kind,
        amounts=(required, amount, amount),
        band=band,
        reason=reason,
        note=f"in {month}",
        today=today,
    )


def _percent_of_peak(row: Tolerance, kind: str) -> float:
    """Return what a row requires, as a percentage of peak load."""
    for part in row.obligation:
        if not part.kinds or kind in part.kinds:
            of_peak = part.of != "obligation"
            return part.percent if of_peak else part.percent * _NO_OBLIGATION / 100.0
    return _NO_OBLIGATION


def _rps(band: Band, held: Holdings, markets: Sequence[MarketEnergy], today: date) -> NopRow:
    """Hold certificates of every vintage from the first year an obligation counts."""
    span, required, reason = band.span, 0.0, ""
    vintages = vintages_of(band)
    first, last = vintages[0], vintages[-1]
    for part in band.row.obligation:
        begin, end = part.years or (span.first.year, last)
        for year in range(begin, end + 1):
            sales, missing = retail_sales(markets, year)
            reason, required = reason or missing, required + part.percent * sales / 100.0
    by_kind: dict[str, float] = {}
    for (kind, vintage), quantity in held.certificates.items():
        if first <= int(vintage) <= last:
            by_kind[kind] = by_kind.get(kind, 0.0) + quantity
    amount = float(sum(by_kind[kind] for kind in sorted(by_kind)))
    made_of = ", ".join(f"{kind} {by_kind[kind]:,.0f}" for kind in sorted(by_kind))
    return _row(
        NopKind.RPS,
        band.row.title,
        span,
        unit="MWh",
        amounts=(required, amount, amount),
        band=band,
        reason=reason,
        note=f"vintages {first} to {last}: {made_of or 'none'}",
        today=today,
    )


def vintages_of(band: Band) -> range:
    """Return the vintages that count: from the first year a row's obligation does to its end."""
    first, last = band.span.first.year, band.span.end.year - 1
    begins = (part.years[0] for part in band.row.obligation if part.years)
    return range(min(first, *begins, first), last + 1)


# One row -----------------------------------------------------------------------------------------


def _row(
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
    obligation, firm, supply = amounts
    coverage = supply / obligation if obligation > 0.0 else math.nan
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
        firm_coverage=firm / obligation if obligation > 0.0 else math.nan,
        coverage=coverage,
        open=supply - obligation,
        on_peak_mw=seen.on_peak_mw,
        off_peak_mw=seen.off_peak_mw,
        blocks=blocks_to_close(seen.on_peak_mw, seen.off_peak_mw),
        value_usd=seen.value_usd,
        rate_usd_per_mwh=seen.rate_usd_per_mwh,
        note=note,
        floor=math.nan if band is None else band.floor / 100.0,
        ceiling=math.nan if band is None else band.ceiling / 100.0,
        headroom=math.nan if band is None else _headroom(band, coverage),
        state=_state(band, coverage, obligation, reason),
        reason=reason,
        limit="" if band is None else band.row.id,
        clause="" if band is None else str(band.row.at),
        begins=span.first.isoformat(),
        ends="" if band is None or today is None else ends_on(band, today).isoformat(),
    )


def _headroom(band: Band, ratio: float) -> float:
    low, high = band.floor / 100.0, band.ceiling / 100.0
    return float(measured(_BAND, ratio, low, high, 0.0, math.inf)[1])


def _state(band: Band | None, coverage: float, obligation: float, reason: str) -> str:
    if reason:
        return "unknown"
    if obligation <= 0.0:
        return "not_applicable"
    if band is None:
        return "no_limit"
    if _headroom(band, coverage) < 0.0:
        return "breach"
    return "warn" if band.floor == band.ceiling and coverage > band.ceiling / 100.0 else "ok"


def next_roll(today: date) -> date:
    """Return the next date on which periods roll: the first of the month."""
    return month_after(today, 1)
