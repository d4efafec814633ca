"""Figures as tables on a terminal: what all parts of the benchmark say in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Bar, Machine, Spread


def show_bars(bars: Iterable[Bar], console: Console) -> None:
    """Print what was promised beside what was measured."""
    for bar in bars:
        console.print(bar.told(), style="green" if bar.held else "bold red")


def spread_row(name: str, measured: Spread) -> tuple[str, ...]:
    """Return a row of a table: a name, the count and the quantiles of a sample."""
    numbers = (measured.p50, measured.p90, measured.p99, measured.max)
    return (name, f"{measured.count:,}", *(f"{number:.2f}" for number in numbers))


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Make a table whose first column names and whose others count."""
    made = Table(title=title, title_justify="left")
    for number, name in enumerate(head):
        made.add_column(name, justify="right" if number else "left")
    for row in rows:
        made.add_row(*row)
    return made


def many(value: float) -> str:
    """Write a number without decimals.

    >>> many(61234.5), many(1.4)
    ('61,234', '1')
    """
    return f"{value:,.0f}"


def short(value: float) -> str:
    """Write a number with three digits at least where it has them.

    >>> short(1234.5), short(0.12345)
    ('1,234', '0.123')
    """
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def machine_line(machine: Machine) -> str:
    """Say on what, and beside what load, figures were taken."""
    ahead = ", ahead of all other work" if machine.ahead else ""
    return (
        f"{machine.cores} cores, {machine.system}, Python {machine.python}{ahead}; "
        f"load {machine.load_before:.2f} before, {machine.load_after:.2f} after"
    )
