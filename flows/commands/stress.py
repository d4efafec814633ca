"""``tieline stress``: what the book as it stands gains or loses under scenarios."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.whole_file import write_whole
from flows.commands.options import AsJson, Config, Replayed, Run, Until, require_replayed
from flows.commands.terminal import Terminal, printable
from flows.days import find_day
from flows.plain_json import plain
from flows.writable import require_writable_file
from state.moments import from_ns

if TYPE_CHECKING:
    from state.screens.stress_seen import StressRow, StressView


def stress(
    *,
    scenario: Annotated[str, typer.Option(help="Only the scenario of this id.")] = "",
    day: Annotated[str, typer.Option(help="A day whose prices are the scenario.")] = "",
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Scenarios as YAML.")
    ] = None,
    replayed: Replayed = "",
    until: Until = "",
    out: Annotated[Path | None, typer.Option(help="File for the answer as JSON.")] = None,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Revalue the book under the scenarios in force, a file's, or any day's prices."""
    from flows.standing import company_of
    from flows.stress import scenarios_for
    from flows.stress import stress as revalued

    _check_options(scenario, day=day, file=file, replayed=replayed, until=until)
    if out:
        require_writable_file(out)
    company = company_of(replayed, until=until, run=run, config=config)
    folder = find_day(day) if day else None
    scenarios, labels = scenarios_for(company, file=file, day=folder, named=scenario)
    view = revalued(company, scenarios, labels)
    terminal = Terminal(as_json=as_json)
    answer = plain(view)
    if out:
        write_whole(out, (json.dumps(answer, ensure_ascii=False, indent=2) + "\n").encode())
        terminal.say(f"wrote {out}")
    terminal.record(answer)
    for line in _lines(view):
        terminal.say(printable(line))
    return 0


def _check_options(
    scenario: str, *, day: str, file: Path | None, replayed: str, until: str
) -> None:
    if day and (file or scenario):
        reason = "--day is a scenario of its own; leave --file and --scenario out"
        raise typer.BadParameter(reason)
    require_replayed(replayed, until=until)


def _lines(view: StressView) -> list[str]:
    at = f"{from_ns(view.struck_ns):%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"{', '.join(view.scenarios)}: the book as of {at}, $ gained (+) or lost (-)", ""]
    width = max((len(row.scenario) for row in view.rows), default=0)
    for row in view.rows:
        total, near, far = row.total_usd[-1], row.intraday_usd[-1], row.forward_usd[-1]
        lines.append(
            f"{row.scenario:<{width}}  firm {total:>+15,.0f}   "
            f"intraday {near:>+15,.0f}   forward {far:>+15,.0f}"
        )
    for row in view.rows:
        lines += ["", f"{row.title}: {row.text}", *_books(view, row), *_origins(row)]
    return lines


def _books(view: StressView, row: StressRow) -> list[str]:
    width = max(map(len, view.nodes))
    pairs = zip(view.nodes, row.intraday_usd, row.forward_usd, strict=True)
    return [
        f"  {node:<{width}}  {near + far:>+15,.0f}   intraday {near:>+15,.0f}   "
        f"forward {far:>+15,.0f}"
        for node, near, far in pairs
        if near or far or node == view.nodes[-1]
    ]


def _origins(row: StressRow) -> list[str]:
    lines = [f"  {each.place} {each.period}: {each.usd:+,.0f}" for each in row.contributions]
    if row.open_after_mwh != row.open_before_mwh:
        before, after = row.open_before_mwh, row.open_after_mwh
        lines.append(f"  open position {before:+,.1f} MWh becomes {after:+,.1f} MWh")
    lines += [
        f"  coverage {each.period} {each.before:.1%} becomes {each.after:.1%}"
        for each in row.coverage
    ]
    return [*lines, *(f"  not reached: {each}" for each in row.unreached)]
