"""What a report is: titled tables of texts and numbers, with their units; and its two forms."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from html import escape

Value = str | float

_AMOUNTS = ("$", "MW", "unit of the figure")
_DECIMALS_OF_AMOUNTS = 6
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet evaluates, in the width of East Asia too."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: what it holds.
        unit: of its numbers; empty for texts.
        decimals: of its numbers on the page; CSV has them to 15 digits, money and energy to a
            millionth.
    """

    name: str
    unit: str = ""
    decimals: int = 0

    @property
    def heading(self) -> str:
        """The name with the unit.

        >>> Column("Notional", "$").heading
        'Notional, $'
        """
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def is_amount(self) -> bool:
        """Whether its numbers are money or energy, which nobody counts beyond a millionth."""
        return any(unit in self.unit for unit in _AMOUNTS)


@dataclass(frozen=True)
class Table:
    """Rows under a title.

    Attributes:
        empty: what is said where there is no row.
        notes: what one must know to read it.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    empty: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A report as of a moment.

    Attributes:
        name: on the command line and in file names.
        title: what it is.
        clause: where the policy asks for it.
        company: whose.
        as_of: the moment, market-local, with its zone.
        position: log position it was made at.
        policies: labels of the policies in force.
    """

    name: str
    title: str
    clause: str
    company: str
    as_of: str
    position: int
    policies: tuple[str, ...]
    tables: tuple[Table, ...]


def as_csv(report: Report) -> str:
    """Return a report as CSV: a line of headings a table, numbers to 15 digits, unknown ones empty.

    Money and energy have six decimals at most: what follows is what sums of floats leave. What one
    must know to read a table follows it, a line each.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heading = report.title, report.company, report.as_of, f"position {report.position}"
    writer.writerow(map(_plain, heading))
    for table in report.tables:
        writer.writerow([])
        writer.writerow([table.title])
        writer.writerow([column.heading for column in table.columns])
        for row in table.rows:
            pairs = zip(table.columns, row, strict=True)
            writer.writerow([_plain(value, is_amount=one.is_amount) for one, value in pairs])
        writer.writerows([_plain(note)] for note in table.notes)
    return text.getvalue()


def _plain(value: Value, *, is_amount: bool = False) -> str:
    """Write a value for a spreadsheet; a text that it would take for a formula stays a text.

    >>> _plain(float("nan")), _plain(1500.25), _plain("=1+1")
    ('', '1500.25', "'=1+1")
    >>> _plain(0.1 + 0.2 - 0.3), _plain(0.1 + 0.2 - 0.3, is_amount=True), _plain(-0.0)
    ('5.55111512312578e-17', '0', '0')
    """
    if isinstance(value, str):
        # A carriage return alone would end the row: it is not quoted, as a line feed is.
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        # A spreadsheet may trim a text before it looks.
        return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
    if math.isnan(value):
        return ""
    # A zero more turns −0 into 0.
    return f"{(round(value, _DECIMALS_OF_AMOUNTS) if is_amount else value) + 0.0:.15g}"


def as_html(report: Report) -> str:
    """Return a report as one page without scripts; every foreign text is escaped."""
    policies = ", ".join(report.policies) or "none"
    head = f"{report.company} as of {report.as_of}, log position {report.position}"
    body = "\n".join(_table_html(table) for table in report.tables)
    return _PAGE.format(
        title=escape(report.title),
        head=escape(head),
        clause=escape(report.clause),
        policies=escape(policies),
        body=body,
    )


def _table_html(table: Table) -> str:
    notes = "".join(f"<p class=note>{escape(note)}</p>" for note in table.notes)
    if not table.rows:
        return f"<h2>{escape(table.title)}</h2>\n<p>{escape(table.empty)}</p>{notes}"
    headings = "".join(
        f"<th{_side(column)}>{escape(column.heading)}</th>" for column in table.columns
    )
    rows = "\n".join(f"<tr>{_cells(table, row)}</tr>" for row in table.rows)
    return (
        f"<h2>{escape(table.title)}</h2>\n<table>\n<thead><tr>{headings}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>{notes}"
    )


def _cells(table: Table, row: tuple[Value, ...]) -> str:
    pairs = zip(table.columns, row, strict=True)
    return "".join(f"<td{_side(column)}>{_shown(value, column)}</td>" for column, value in pairs)


def _side(column: Column) -> str:
    return " class=number" if column.unit else ""


def _shown(value: Value, column: Column) -> str:
    """Write a value for the page: thousands apart, a minus sign but of 0, a dash for unknown.

    >>> [_shown(value, Column("P&L", "$")) for value in (-1234.5, -0.4, float("nan"))]
    ['−1,234', '0', '–']
    """
    if isinstance(value, str):
        return escape(value)
    if math.isnan(value):
        return "–"
    return f"{round(value, column.decimals) + 0.0:,.{column.decimals}f}".replace("-", "−")


_PAGE = """<!doctype html>
<html lang=en>
<meta charset=utf-8>
<title>{title}</title>
<style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem }}
body {{ color: #1b1f24; background: #ffffff }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem }}
th, td {{ border-bottom: 1px solid #d0d7de }}
.number {{ text-align: right; white-space: nowrap }}
.note, .head {{ color: #57606a }}
h2 {{ margin: 2rem 0 .5rem; font-size: 1.1rem }}
</style>
<h1>{title}</h1>
<p class=head>{head}<br>{clause}; policies in force: {policies}</p>
{body}
</html>
"""
