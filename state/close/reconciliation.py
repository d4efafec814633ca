"""Our contracts of a trade date against the trade system's totals, by book.

A contract belongs to the date on which it was executed, on the clock of the company's first
market; one that does not say so, to the date on which its version that counts came. Cancelled
contracts count in neither. The largest difference is an alarm where a limit says what is too much
(rules ``reconciled_contracts``, ``reconciled_volume``, ``reconciled_value``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.calendar import local_midnight_ns
from state.contracts.size import notional_usd, volume_mwh
from state.contracts.trades import counts
from state.limits.reading import Reading
from state.limits.reconciliation import TOTALS
from state.limits.rule import Rule
from state.market.book import CORRECTION_DAYS
from state.messages import FloatColumn, Trade, TradeTotals
from state.nop.whole import whole

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

Sums = tuple[float, float, float]
"""Contracts, MWh and $."""


class Compared(NamedTuple):
    """One book on one trade date: what we hold, and what the trade system counts.

    Attributes:
        unsized: contracts on a plant's output among ours, which have no MWh and $ of their own.
    """

    book: str
    ours: Sums
    theirs: Sums
    unsized: int

    @property
    def differences(self) -> Sums:
        """Ours less theirs, in whole millionths: what is at a tolerance is inside it."""
        contracts, mwh, usd = (whole(a - b) for a, b in zip(self.ours, self.theirs, strict=True))
        return contracts, mwh, usd


def compared(desk: Desk, totals: TradeTotals) -> list[Compared]:
    """Return every book that either side counts a contract of, by name."""
    ours: dict[str, list[tuple[float, float]]] = {}
    for market, trade in contracts_of(desk, totals.source, totals.date):
        size = volume_mwh(trade, market.calendar), notional_usd(trade, market.calendar)
        ours.setdefault(trade.book, []).append(size)
    columns = (totals.contracts, totals.volume_mwh, totals.value_usd)
    theirs = dict(zip(totals.books, zip(*(c.tolist() for c in columns), strict=True), strict=True))
    found = []
    for book in sorted({*ours, *theirs}):
        sizes = ours.get(book, [])
        sized = [size for size in sizes if not math.isnan(size[1])]
        mwh, usd = (math.fsum(size[each] for size in sized) for each in range(2))
        told = theirs.get(book, (0.0, 0.0, 0.0))
        own = float(len(sizes)), mwh, usd
        found.append(Compared(book, own, told, len(sizes) - len(sized)))
    return found


def contracts_of(desk: Desk, source: str, told: str) -> Iterator[tuple[MarketBook, Trade]]:
    """Go through the contracts of a trade system and an ISO trade date that count."""
    day = date.fromisoformat(told)
    begin_ns = local_midnight_ns(day, desk.time_zone)
    end_ns = local_midnight_ns(day + timedelta(days=1), desk.time_zone)
    for market in desk.markets.values():
        columns = market.contracts.trades.columns
        if not len(columns):
            continue
        rows = columns.rows
        told_ns = np.where(rows["executed_ns"] != 0, rows["executed_ns"], rows["received_ns"])
        own = columns.of_form(lambda form: form.source == source and counts(form))
        wanted = own & (begin_ns <= told_ns) & (told_ns < end_ns)
        for trade in columns.trades(np.flatnonzero(wanted)):
            yield market, trade


def readings_of(
    desk: Desk, told: Iterable[TradeTotals], dates: Collection[str]
) -> Iterator[tuple[str, Reading]]:
    """Yield some dates with their differences, without the sign, one reading a figure.

    A book that was read and is on neither side any more differs by nothing: both sides agree.

    Args:
        desk: whose.
        told: totals of the trade systems.
        dates: which of them to read.
    """
    read: dict[str, set[str]] = {}
    for totals in told:
        if totals.date in dates:
            found = compared(desk, totals)
            scopes = tuple(scope_of(totals, each.book) for each in found)
            read.setdefault(totals.date, set()).update(scopes)
            for number, rule in enumerate(TOTALS):
                apart = np.array([abs(each.differences[number]) for each in found])
                yield totals.date, _reading(desk, rule, totals.date, scopes, apart)
    for day, seen in read.items():
        for rule in TOTALS:
            left = tuple(sorted(_held(desk, rule, day) - seen))
            if left:
                yield day, _reading(desk, rule, day, left, np.zeros(len(left)))


def _held(desk: Desk, rule: Rule, day: str) -> set[str]:
    """Return the scopes in which limits hold a figure of a date."""
    return {
        scope
        for table in desk.alerts.on_figure(rule.figure)
        for scope, period in zip(table.scopes, table.periods, strict=True)
        if period == day
    }


def _reading(
    desk: Desk, rule: Rule, day: str, scopes: tuple[str, ...], values: FloatColumn
) -> Reading:
    """Return what limits read: as long as corrections are taken; then the cases expire."""
    count, begins = len(scopes), date.fromisoformat(day)
    until = begins + timedelta(days=CORRECTION_DAYS + 1)
    return Reading(
        figure=rule.figure,
        unit=rule.unit,
        scopes=scopes,
        periods=(day,) * count,
        period_starts_ns=(local_midnight_ns(begins, desk.time_zone),) * count,
        period_ends_ns=(local_midnight_ns(until, desk.time_zone),) * count,
        values=values,
        unknown=("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=("",) * count,
    )


def scope_of(totals: TradeTotals, book: str) -> str:
    """Return the scope under which a book's differences are held: the system and the book."""
    return f"{totals.source} {book}"
