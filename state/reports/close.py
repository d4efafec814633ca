"""Official close: flash, official and present figures of each day, and the reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.close.view import close_of, days_of
from state.reports.heading import heading, local_text
from state.reports.table import Column, Report, Table, Value

if TYPE_CHECKING:
    from state.company import Company
    from state.screens.close_seen import CloseRow, CloseView, DetailRow, ReconciledRow

_STEPS = (
    Column("Day"),
    Column("State"),
    Column("Step"),
    Column("By"),
    Column("At"),
    Column("Comment"),
)
_FIGURES = (
    Column("Day"),
    Column("Book"),
    Column("Figure"),
    Column("Flash", "$ or MWh"),
    Column("Official", "$ or MWh"),
    Column("Now", "$ or MWh"),
    Column("Since the lock", "$ or MWh"),
)
_RECONCILED = (
    Column("Trade date"),
    Column("Trade system"),
    Column("Book"),
    Column("Figure"),
    Column("Ours", "unit of the figure", 2),
    Column("Trade system's", "unit of the figure", 2),
    Column("Difference", "unit of the figure", 2),
    Column("State"),
)
_DETAILS = (
    Column("Trade date"),
    Column("Record of"),
    Column("Trade"),
    Column("Book"),
    Column("Detail"),
    Column("Ours"),
    Column("Theirs"),
)
_WORDS = {
    "pnl": "P&L of the day, $",
    "value": "Value, $",
    "open": "Open position, MWh (+ long)",
    "var": "VaR, $",
    "contracts": "Contracts",
    "volume": "Volume, MWh",
}
_NOTES = (
    "Flash: as of the first tick after the day's end. Official: as frozen by the lock, of a day "
    "that was over with what corrections had restated by then. Now: P&L and value with every "
    "correction since; open position and VaR look ahead and stay those of the day's end.",
    "VaR is not known where some exposure is not covered by the history.",
)


def report(company: Company) -> Report:
    """Return every day that somebody closed or reconciled, and the last that ended."""
    closes = [close_of(company.desk, day) for day in days_of(company.desk.closes)]
    tables = (
        Table(
            title="Close of the days",
            columns=_STEPS,
            rows=tuple(row for close in closes for row in _steps(company, close)),
            empty="No day has ended or was closed yet.",
        ),
        Table(
            title="Official beside flash figures",
            columns=_FIGURES,
            rows=tuple(_figure(close.date, row) for close in closes for row in close.rows),
            empty="No day has ended or was closed yet.",
            notes=(*_NOTES, *_untold(closes)),
        ),
        Table(
            title="Reconciliation with the trade system",
            columns=_RECONCILED,
            rows=tuple(_compared(close.date, row) for close in closes for row in close.reconciled),
            empty="The trade system sent no totals.",
            notes=_unsized(closes),
        ),
        Table(
            title="Contracts that other systems do not hold as we do",
            columns=_DETAILS,
            rows=tuple(_detail(close.date, row) for close in closes for row in close.details),
            empty=_no_difference(closes),
            notes=_counts(closes),
        ),
    )
    return heading(company, "close", "Official close", "policy §3.5", tables)


def _steps(company: Company, close: CloseView) -> list[tuple[Value, ...]]:
    if not close.steps:
        return [(close.date, close.state, "–", "", "", "")]
    return [
        (
            close.date,
            close.state,
            step.step.replace("_", "-"),
            step.actor,
            local_text(company, step.at_ns),
            step.comment,
        )
        for step in close.steps
    ]


def _figure(day: str, row: CloseRow) -> tuple[Value, ...]:
    return day, row.book, _WORDS[row.figure], row.flash, row.official, row.now, row.difference


def _untold(closes: list[CloseView]) -> tuple[str, ...]:
    """Say of which books and days P&L is not known, and why."""
    return tuple(
        f"{close.date}, {row.book}: P&L {row.unknown}."
        for close in closes
        for row in close.rows
        if row.unknown
    )


def _compared(day: str, row: ReconciledRow) -> tuple[Value, ...]:
    figure = "Value, $" if row.figure == "value" else _WORDS[row.figure]
    numbers = row.ours, row.theirs, row.difference
    return day, row.source, row.book, figure, *numbers, row.state


def _unsized(closes: list[CloseView]) -> tuple[str, ...]:
    """Say how many contracts have no size of their own, which the other side may count."""
    count = sum(row.unsized for close in closes for row in close.reconciled) // 3
    if not count:
        return ()
    return (f"{count} contracts on a plant's output count, without volume and value.",)


def _detail(day: str, row: DetailRow) -> tuple[Value, ...]:
    return day, row.system, row.trade, row.book, row.detail, row.ours, row.theirs


def _no_difference(closes: list[CloseView]) -> str:
    if any(close.records for close in closes):
        return "Every contract agrees in price, location, product, tenor and counterparty."
    return "No other system sent what it holds of contracts."


def _counts(closes: list[CloseView]) -> tuple[str, ...]:
    return tuple(
        f"{close.date}, {each.system}{f' ({each.counterparty} alone)' if each.counterparty else ''}"
        f": {each.compared} contracts of {each.source} compared, {each.differing} differ."
        for close in closes
        for each in close.records
    )
