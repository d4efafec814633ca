"""Greenhouse-gas allowances against what is owed of them (risk policy §4.4).

An allowance may be surrendered for the emissions of its vintage's year and of every later one
(banking: 17 CCR §95922; which vintages may be surrendered: §95856), so that both sides add up over
the years. What is owed a company states by year; a year it states nothing of has no row, but for
the running one while anything is owed for a year before: that is surrendered after its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from state.messages import CompanyFigure
from state.nop.held import Holdings
from state.nop.one_row import row_of
from state.nop.rps import YEARS
from state.nop.whole import whole
from state.periods import PERIODS
from state.policy.tolerances import NopKind
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk


def allowances_by_year(desk: Desk, held: Holdings, today: date) -> Iterator[NopRow]:
    """Yield each year something is owed for: allowances of vintages up to it, t CO2e."""
    owed: dict[int, float] = {}
    for market in desk.markets.values():
        for period, tons in market.stated.of(CompanyFigure.GHG_OBLIGATION).items():
            owed[int(period)] = owed.get(int(period), 0.0) + tons
    for name in YEARS:
        [span] = PERIODS[name].spans(today)
        year = span.first.year
        years = sorted(each for each in owed if each <= year)
        if year not in owed and (year > today.year or not years):
            continue
        amount = whole(
            sum(
                tons
                for (_, vintage), tons in sorted(held.allowances.items())
                if int(vintage) <= years[-1]
            )
        )
        yield row_of(
            NopKind.GHG,
            PERIODS[name].title,
            span,
            unit="t CO2e",
            amounts=(whole(sum(owed[each] for each in years)), amount, amount),
            note=f"vintages to {years[-1]} against what is owed for {_told(years)}",
        )


def _told(years: list[int]) -> str:
    return f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
