"""The net open position of renewable energy: certificates held against retail sales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from state.nop.energy import MarketEnergy
from state.nop.held import Holdings
from state.nop.one_row import row_of
from state.nop.sales import retail_sales
from state.nop.whole import whole
from state.periods import PERIODS
from state.policy.bands import Band
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import Dates, NopKind
from state.screens.nop_seen import NopRow

YEARS = ("running_calendar_year", "prompt_calendar_year", "second_calendar_year",
          "third_calendar_year", "fourth_calendar_year", "fifth_calendar_year")  # fmt: skip
"""Periods by themselves: a certificate has a year, and no month."""


def rps_within(band: Band, held: Holdings, markets: Sequence[MarketEnergy], today: date) -> NopRow:
    """Return what a tolerance binds: every vintage from the first year an obligation counts.

    Args:
        band: the tolerance.
        held: what is.
        markets: energy of each.
        today: the market-local date.
    """
    span, required, reason = band.span, 0.0, ""
    vintages = vintages_of(band)
    for part in band.row.obligation:
        begin, end = part.years or (span.first.year, vintages[-1])
        for year in range(begin, end + 1):
            sales, missing = retail_sales(markets, year)
            reason, required = reason or missing, required + part.percent * sales / 100.0
    amount, made_of = _held(held, vintages)
    return row_of(
        NopKind.RPS,
        band.row.title,
        span,
        unit="MWh",
        amounts=(whole(required), amount, amount),
        band=band,
        reason=reason,
        note=f"vintages {vintages[0]} to {vintages[-1]}: {made_of}",
        today=today,
    )


def rps_by_year(
    policy: RiskPolicy, held: Holdings, markets: Sequence[MarketEnergy], today: date
) -> Iterator[NopRow]:
    """Yield each year by itself: its vintage against what the policy asks of its retail sales."""
    for name in YEARS:
        [span] = PERIODS[name].spans(today)
        year = span.first.year
        percent = _percent_of(policy, year)
        if percent is None:
            continue
        sales, reason = retail_sales(markets, year)
        amount, made_of = _held(held, range(year, year + 1))
        yield row_of(
            NopKind.RPS,
            PERIODS[name].title,
            span,
            unit="MWh",
            amounts=(whole(percent * sales / 100.0), amount, amount),
            reason=reason,
            note=f"vintage {year}: {made_of}; {percent:g} % of its retail sales",
        )


def _percent_of(policy: RiskPolicy, year: int) -> float | None:
    """Return what is owed of the retail sales of a year, percent; None where nothing says so."""
    for table in policy.tolerances:
        for row in table.rows if table.nop is NopKind.RPS else ():
            for part in row.obligation:
                first, last = part.years or _years_of(row.dates)
                if first <= year <= last:
                    return part.percent
    return None


def _years_of(dates: Dates | None) -> tuple[int, int]:
    if dates is None:
        return 1, 0
    last = date.max if dates.last is None else date.fromisoformat(dates.last)
    return date.fromisoformat(dates.first).year, last.year


def _held(held: Holdings, vintages: range) -> tuple[float, str]:
    """Return certificates of some vintages, and what they are made of by category."""
    by_kind: dict[str, float] = {}
    for (kind, vintage), quantity in held.certificates.items():
        if int(vintage) in vintages:
            by_kind[kind] = by_kind.get(kind, 0.0) + quantity
    made_of = ", ".join(f"{kind} {by_kind[kind]:,.0f}" for kind in sorted(by_kind))
    return whole(sum(by_kind[kind] for kind in sorted(by_kind))), made_of or "none"


def vintages_of(band: Band) -> range:
    """Return the vintages that count: from the first year a row's obligation does to its end."""
    first, last = band.span.first.year, (band.span.end - timedelta(days=1)).year
    begins = (part.years[0] for part in band.row.obligation if part.years)
    return range(min(first, *begins, first), last + 1)
