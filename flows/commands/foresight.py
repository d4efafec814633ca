"""``tieline foresight``: what was said of a day's breaches ahead of them, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.commands.options import AsJson
from flows.commands.terminal import Terminal, printable

if TYPE_CHECKING:
    from connectors.log.day_folder import Manifest
    from flows.foresight import Foretold, Tally

_WIDTH = 140
"""Characters of the tables where nobody says how wide they may be."""


def foresight(
    day: Annotated[str, typer.Argument(help="A shipped day, or a folder in the same form.")],
    *,
    ahead: Annotated[
        int, typer.Option(min=1, max=240, help="Minutes before a breach at which to look.")
    ] = 30,
    as_json: AsJson = False,
) -> int:
    """Show, for every breach of a day, what time to breach was told before it."""
    from connectors.log.days import Day
    from flows.days import find_day
    from flows.foresight import said_on

    recorded = Day.open(find_day(day))
    said = said_on(recorded)
    breaches, tallies = said.foretold(ahead), said.tallies(ahead)
    terminal = Terminal(as_json=as_json)
    terminal.record(
        {
            "day": recorded.manifest.name,
            "ahead_minutes": ahead,
            "breaches": [_plain(each) for each in breaches],
            "limits": [
                {
                    "limit": each.limit,
                    "rows": each.rows,
                    "breaches": each.breaches,
                    "foretold": each.told,
                    "came": each.came,
                }
                for each in tallies
            ],
        }
    )
    terminal.table(_breaches(breaches, ahead, recorded.manifest), width=_WIDTH)
    terminal.table(_limits(tallies, ahead), width=_WIDTH)
    return 0


def _plain(each: Foretold) -> dict[str, object]:
    limit, scope, period = each.row
    told = bool(each.foretold_ns)
    return {
        "limit": limit,
        "scope": scope,
        "period": period,
        "actual_ns": each.actual_ns,
        "foretold_ns": each.foretold_ns if told else None,
        "error_minutes": each.error_minutes if told else None,
        "known_then": each.held,
        "lead_minutes": each.lead_minutes,
    }


def _breaches(breaches: list[Foretold], ahead: int, manifest: Manifest) -> Table:
    from flows.days import local_clock

    table = Table(box=None, pad_edge=False, title=f"Breaches, and what was told {ahead} min before")
    names = ("limit", "scope", "period", "breached at", "foretold", "error, min", "told for, min")
    for number, name in enumerate(names):
        table.add_column(name, justify="left" if number < len(names) - 4 else "right")
    for each in breaches:
        foretold, error = "none" if each.held else "not known", "–"
        if each.foretold_ns:
            foretold = local_clock(manifest, each.foretold_ns)
            error = f"{each.error_minutes:+.0f}"
        actual = local_clock(manifest, each.actual_ns)
        told = f"{each.lead_minutes:.0f}"
        table.add_row(*map(printable, each.row), actual, foretold, error, told)
    return table


def _limits(tallies: list[Tally], ahead: int) -> Table:
    title = f"Foretold within {ahead} min, minute by minute, and come within {2 * ahead} min"
    table = Table(box=None, pad_edge=False, title=title)
    for name in ("limit", "rows", "breaches", "foretold", "came"):
        table.add_column(name, justify="left" if name == "limit" else "right")
    for each in tallies:
        counts = (each.rows, each.breaches, each.told, each.came)
        table.add_row(printable(each.limit), *map(str, counts))
    return table
