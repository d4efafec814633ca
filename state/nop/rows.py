"""The net open positions by period, as they stand on a date: what is held, what is owed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from state.nop.allowances import allowances_by_year
from state.nop.capacity import Required, capacity_over, capacity_within
from state.nop.customers import energy_and_customers_over
from state.nop.energy import Energy, MarketEnergy, covered_over, energy_over
from state.nop.held import holdings_of
from state.nop.one_row import row_of
from state.nop.rps import rps_by_year, rps_within
from state.nop.tolerances import CAPACITY_KINDS
from state.periods import PERIODS, Span, month_after
from state.policy.bands import Band, bands_on
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk

MONITORED = ("prompt_month", "prompt_quarter", "balance_of_year", "prompt_calendar_year",
             "years_2_to_5")  # fmt: skip
"""The periods of §4.5."""

TO_CLOSE = ("remaining_quarters", "year_after_next_12_months", "five_years_after_next_12_months")
"""Those of §4.3 that are in no other list."""


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
    bands = [] if policy is None else bands_on(policy, today)
    over, held = partial(energy_and_customers_over, desk, today=today), holdings_of(desk)
    limited = held_to(desk, markets, bands, today, over=over)
    found = {nop: [row for row in limited if row.nop == nop] for nop in NopKind}
    bound = {(row.nop, row.kind, row.begins, row.period) for row in limited}
    found[NopKind.ENERGY] += [
        _energy(markets, span, None, title, today, over)
        for title, span in _unbound(bound, (NopKind.ENERGY, ""), today)
    ]
    found[NopKind.CARBON_FREE] = [
        _carbon_free(PERIODS[name].title, span, markets)
        for name in MONITORED
        for span in PERIODS[name].spans(today)
    ]
    if policy is not None:  # what else is owed, only a policy says
        required = Required(desk)
        found[NopKind.CAPACITY] += [
            capacity_over(title, span, kind, held, required)
            for kind in CAPACITY_KINDS
            for title, span in _unbound(bound, (NopKind.CAPACITY, kind), today)
        ]
        found[NopKind.RPS] += rps_by_year(policy, held, markets, today)
    found[NopKind.GHG] = list(allowances_by_year(desk, held, today))
    return [row for nop in NopKind for row in found[nop]]


def _unbound(
    bound: set[tuple[str, str, str, str]], kind: tuple[str, str], today: date
) -> list[tuple[str, Span]]:
    """Return the periods of §4.3 and §4.5, by title, that no tolerance of a kind is about."""
    return [
        (PERIODS[name].title, span)
        for name in (*MONITORED, *TO_CLOSE)
        for span in PERIODS[name].spans(today)
        if (*kind, span.first.isoformat(), span.label) not in bound
    ]


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
    if all(band.nop is NopKind.ENERGY for band in bands):  # a trade moves these alone
        return [_energy(markets, band.span, band, "", today, over) for band in bands]
    held, required = holdings_of(desk), Required(desk)
    for band in bands:
        if band.nop is NopKind.ENERGY:
            rows.append(_energy(markets, band.span, band, "", today, over))
        elif band.nop is NopKind.CAPACITY:
            rows += [
                capacity_within(band, kind, held, required, today)
                for kind in band.row.kinds or CAPACITY_KINDS
            ]
        elif band.nop is NopKind.RPS:
            rows.append(rps_within(band, held, markets, today))
    return rows


def _energy(
    markets: Sequence[MarketEnergy],
    span: Span,
    band: Band | None,
    title: str,
    today: date,
    over: Callable[[Sequence[MarketEnergy], Span], Energy] = energy_over,
) -> NopRow:
    found = over(markets, span) if markets else Energy(load=0.0, firm=0.0, expected=0.0)
    return row_of(
        NopKind.ENERGY,
        title if band is None else band.row.title,
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
    hedges = f"effectiveness of hedges not known: {found.unshocked}" if found.unshocked else ""
    revenue = f"fixed revenue not known: {found.unstated}" if found.unstated else ""
    return "; ".join(filter(None, (found.unmarked, left, hedges, revenue)))


def _carbon_free(title: str, span: Span, markets: Sequence[MarketEnergy]) -> NopRow:
    found = energy_over(markets, span) if markets else Energy(load=0.0, carbon_free=0.0)
    clean = found.carbon_free
    return row_of(
        NopKind.CARBON_FREE,
        title,
        span,
        unit="MWh",
        amounts=(found.load, clean, clean),
        reason=found.reason,
    )


def next_roll(today: date) -> date:
    """Return the next date on which periods roll: the first of the month."""
    return month_after(today, 1)
