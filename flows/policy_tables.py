"""A policy as tables for people: every row with its clause and page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from rich.table import Table

from state.periods import PERIODS
from state.policy.cells import Cell, Part
from state.policy.risk_policy import Duty, RiskPolicy
from state.policy.schema import Edges, Limit, LimitPolicy, Provenance
from state.policy.tolerances import Obligation, Tolerance, ToleranceTable
from state.policy.wording import (
    cell_words,
    deadline_words,
    obligation_words,
    reach_words,
    who_words,
)

LEGEND = "~ likely, ? unknown: of several candidates the most restrictive binds; see `policy lint`"
_NUMBERS = {"clause", "minimum", "maximum", "buy $", "buy MW", "sell $", "sell MW"}
_SURE = {Provenance.CERTAIN: "", Provenance.LIKELY: " ~", Provenance.UNKNOWN: " ?"}


def tables_of(policy: RiskPolicy, *, on: date | None = None) -> Iterator[Table]:
    """Yield a written policy as tables.

    Args:
        policy: the policy.
        on: the date on which periods are shown; without it only their names.
    """
    for table in policy.tolerances:
        yield _tolerances(table, on)
    for products in dict.fromkeys(limit.products for limit in policy.trading_limits):
        yield _trading_limits(policy, products)
    for title, entries in (
        ("Approved markets", policy.markets),
        ("Approved instruments", policy.instruments),
        ("Approved agreements", policy.agreements),
    ):
        rows = [(each.title, reach_words(each), _at(each)) for each in entries]
        yield _table(title, ("approved", "reaches", "clause"), rows)
    yield _table(
        "Credit limits of each counterparty",
        ("limit", "unit", "clause"),
        [(each.title, ", ".join(each.units), _at(each)) for each in policy.credit_limits],
    )
    yield _table("Duties", ("who", "does", "by when", "clause"), [*map(_duty, policy.duties)])
    yield _table(
        "Prohibited", ("what", "clause"), [(each.what, _at(each)) for each in policy.prohibitions]
    )
    yield _vocabularies(policy, on)
    yield _table(
        "Lists",
        ("list", "items", "clause"),
        [(each.title, "; ".join(each.items), _at(each)) for each in policy.lists],
    )
    yield _table(
        "Figures without a limit",
        ("figure", "clause"),
        [(each.title, _at(each)) for each in policy.figures],
    )


def table_of_limits(policy: LimitPolicy) -> Table:
    """Return the limits of a file of limits, with the numbers of scopes that have their own."""
    rows = [
        (limit.id, limit.title, f"{_edges(limit)}{_SURE[limit.provenance]}", limit.clause)
        for limit in policy.limits
    ]
    return _table(policy.title, ("limit", "what", "number", "clause"), rows)


def _edges(limit: Limit) -> str:
    own = [(each.scope, limit.edges_of(each.scope)) for each in limit.own]
    texts = [f"{scope} {_numbers(edges)}".strip() for scope, edges in [("", limit), *own]]
    return f"{'; '.join(text for text in texts if text)} {limit.unit}"


def _numbers(edges: Edges) -> str:
    given = (edges.floor, edges.ceiling, edges.loss)
    return " to ".join(f"{number:,.10g}" for number in given if number is not None)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(
        title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold"
    )
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in _NUMBERS)
    for row in rows:
        table.add_row(*row)
    return table


def _at(part: Part) -> str:
    return f"{part.at}{_SURE[part.provenance]}"


def _cell(cell: Cell, bound: Callable[[Cell], float | None], unit: str = "") -> str:
    return f"{cell_words(cell, bound)}{'' if cell.says else unit}{_SURE[cell.provenance]}"


def _ceiling(cell: Cell) -> float | None:
    return cell.ceiling


def _floor(cell: Cell) -> float | None:
    return cell.floor


def _tolerances(table: ToleranceTable, on: date | None) -> Table:
    rows = [
        (
            row.title,
            _period(row, on),
            _cell(row.minimum, _floor, " %"),
            _cell(row.maximum, _ceiling, " %"),
            " + ".join(map(_obligation, row.obligation)) or "n/a",
            _at(row),
        )
        for row in table.rows
    ]
    title = f"{table.title}, % of {table.of}"
    return _table(title, ("period", "is", "minimum", "maximum", "obligation", "clause"), rows)


def _period(row: Tolerance, on: date | None) -> str:
    if row.dates is not None:
        return f"{row.dates.first} to {row.dates.last or 'further'}"
    if on is None or row.period is None:
        return ""
    if row.season and not row.season.first <= on.month <= row.season.last:
        return "not in force"
    return _span(row.period, on)


def _span(name: str, on: date) -> str:
    return ", ".join(span.label for span in PERIODS[name].spans(on)) or "empty"


def _obligation(part: Obligation) -> str:
    return f"{obligation_words(part)}{_SURE[part.provenance]}"


def _trading_limits(policy: RiskPolicy, products: tuple[str, ...]) -> Table:
    titles = [each.title for each in policy.traded_products if each.id in products]
    var = any(each.measure == "var" for each in policy.traded_products if each.id in products)
    measure = f"VaR {policy.measures.var_confidence:.0%}" if var else "notional"
    rows = [
        (
            f"{limit.title}: {limit.length}",
            *(
                _cell(cell, _ceiling)
                for side in (limit.purchases, limit.sales)
                for cell in (side.usd, side.mw)
            ),
            _at(limit),
        )
        for limit in policy.trading_limits
        if limit.products == products
    ]
    columns = ("horizon: length", "buy $", "buy MW", "sell $", "sell MW", "clause")
    return _table(f"Trading limits, {measure}: {', '.join(titles)}", columns, rows)


def _duty(duty: Duty) -> tuple[str, ...]:
    does = f"{duty.does} (Tieline sees to it)" if duty.monitor else duty.does
    return (who_words(duty), does, deadline_words(duty), _at(duty))


def _vocabularies(policy: RiskPolicy, on: date | None) -> Table:
    rows = [
        (
            each.use,
            "; ".join(
                PERIODS[name].title + (f" = {_span(name, on)}" if on else "")
                for name in each.periods
            ),
            _at(each),
        )
        for each in policy.vocabularies
    ]
    return _table("Periods", ("use", "periods", "clause"), rows)
