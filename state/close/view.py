"""The close of a day as screens and the report show it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from state.close.closes import Closes, Struck
from state.close.figures import DayFigures, widened
from state.close.reconciliation import Compared, compared, scope_of
from state.limits.reconciliation import TOTALS
from state.messages import FIRM, CloseStep, FloatColumn, TradeTotals
from state.screens.close_seen import (
    CloseRow,
    CloseStepRow,
    CloseView,
    DetailRow,
    ReconciledRow,
    RecordRow,
)

if TYPE_CHECKING:
    from state.desk import Desk

FIGURES = (("pnl", "$"), ("value", "$"), ("open", "MWh"), ("var", "$"))
"""Name and unit of each column of :class:`DayFigures`."""

_SETS = ("flash", "official", "now")

DETAILS_SHOWN = 100
"""Of how many details that differ a screen is told; the report tells all."""

_RECONCILED = ("contracts", "volume", "value")


def days_of(closes: Closes) -> list[str]:
    """Return the dates that somebody closed, and the last one that ended, newest first."""
    ended = [max(closes.flash)] if closes.flash else []
    reconciled = {*(day for _, day in closes.totals), *(key[2] for key in closes.records.held)}
    return sorted({*closes.steps, *ended, *reconciled}, reverse=True)


def close_view(desk: Desk) -> CloseView:
    """Show the last day that somebody closed or that ended; before there is one, today."""
    first = desk.first_market
    today = "" if first is None or first.today is None else first.today.isoformat()
    shown = [*days_of(desk.closes), today][0]
    return close_of(desk, shown, most=DETAILS_SHOWN) if shown else _empty("")


def close_of(desk: Desk, day: str, *, most: int | None = None) -> CloseView:
    """Show the close of a day, and of the details that differ so many at the most."""
    closes = desk.closes
    flash, official = closes.flash.get(day), closes.official.get(day)
    shown = _empty(day)
    shown.state = state_of(closes, day)
    shown.flash_ns = 0 if flash is None else flash.at_ns
    if official is not None:
        shown.locked_ns, shown.locked_position = official.at_ns, official.position
    shown.rows = _rows(desk, day, flash, official)
    shown.steps = [
        CloseStepRow(step=str(each.step), actor=each.actor, at_ns=each.at_ns, comment=each.comment)
        for each in closes.steps.get(day, ())
    ]
    shown.reconciled = [
        row
        for (_, date), totals in sorted(closes.totals.items())
        if date == day
        for each in compared(desk, totals)
        for row in _reconciled(desk, totals, each)
    ]
    _add_records(desk, shown, most)
    return shown


def _add_records(desk: Desk, shown: CloseView, most: int | None) -> None:
    records = desk.closes.records
    for key in sorted(key for key in records.held if key[2] == shown.date):
        system, source, _, counterparty = key
        left = None if most is None else most - len(shown.details)
        found = islice(records.mismatches(desk, key), left)
        shown.details += [DetailRow(system=system, **each._asdict()) for each in found]
        shown.records.append(
            RecordRow(
                system=system,
                source=source,
                counterparty=counterparty,
                compared=records.compared(key),
                differing=len(records.differing[key]),
            )
        )


def _empty(day: str) -> CloseView:
    return CloseView(
        date=day, state="open", flash_ns=0, locked_ns=0, locked_position=0, rows=[], steps=[],
        reconciled=[], records=[], details=[],
    )  # fmt: skip


def state_of(closes: Closes, day: str) -> str:
    """Return how far the close of a day is."""
    if closes.is_signed_off(day):
        return "signed off"
    if day in closes.official:
        return "locked"
    steps = closes.steps.get(day)
    return "reopened" if steps and steps[-1].step is CloseStep.REOPEN else "open"


def _rows(desk: Desk, day: str, flash: Struck | None, official: Struck | None) -> list[CloseRow]:
    books = len(desk.books)
    now = desk.closes.known(desk, day)
    untold = _untold([flash and flash.figures, official and official.figures, now], books)
    rows = []
    for number, (figure, unit) in enumerate(FIGURES):
        columns = [_column(struck, number, books) for struck in (flash, official)]
        for node, book in enumerate((*desk.books, FIRM)):
            before, locked, known = (float(each[node]) for each in (*columns, now[number]))
            rows.append(
                CloseRow(
                    book=book,
                    figure=figure,
                    unit=unit,
                    flash=before,
                    official=locked,
                    now=known,
                    difference=known - locked,
                    unknown=untold[node] if figure == "pnl" else "",
                )
            )
    return rows


def _untold(sets: list[DayFigures | None], books: int) -> list[str]:
    """Say of each book and of the firm which P&L is not known, and why."""
    named: list[dict[str, list[str]]] = [{} for _ in range(books + 1)]
    for name, figures in zip(_SETS, sets, strict=True):
        *own, firm = (figures and figures.untold) or ("",)
        for node, words in (*enumerate(own), (books, firm)):
            if words:
                named[node].setdefault(words, []).append(name)
    return [
        "; ".join(f"not known ({', '.join(names)}): {words}" for words, names in each.items())
        for each in named
    ]


def _column(struck: Struck | None, number: int, books: int) -> FloatColumn:
    if struck is None:
        return np.full(books + 1, np.nan)
    return widened(struck.figures[:4][number], books)


def _reconciled(desk: Desk, totals: TradeTotals, found: Compared) -> list[ReconciledRow]:
    rows, of = [], (scope_of(totals, found.book), totals.date)
    for number, (figure, rule) in enumerate(zip(_RECONCILED, TOTALS, strict=True)):
        difference = found.differences[number]
        rows.append(
            ReconciledRow(
                source=totals.source,
                book=found.book,
                figure=figure,
                unit=rule.unit,
                ours=found.ours[number],
                theirs=found.theirs[number],
                difference=difference,
                unsized=found.unsized,
                state=_state(desk, rule.figure, of, difference),
            )
        )
    return rows


def _state(desk: Desk, figure: str, of: tuple[str, str], difference: float) -> str:
    """Say whether two sides agree; without a limit on it, every difference is one.

    Args:
        desk: whose.
        figure: that limits read.
        of: scope and date.
        difference: ours less theirs.
    """
    if not difference:
        return "agrees"
    marks, limits = desk.alerts.marks(figure, of[0]), desk.alerts.on_figure(figure)
    inside = bool(marks) and abs(difference) <= marks[-1]
    # A breach ends inside the tolerance, not at it.
    held = any(desk.alerts.standing((each.limit.id, *of)) == "breach" for each in limits)
    return "within tolerance" if inside and not held else "differs"
