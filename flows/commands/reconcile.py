"""``tieline reconcile``: our contracts against what other systems hold of them, one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson, Config, Replayed, Run, Until, require_replayed
from flows.commands.terminal import Terminal, printable
from flows.plain_json import plain

if TYPE_CHECKING:
    from state.screens.close_seen import CloseView, DetailRow, ReconciledRow

_AGREES = "agrees"


def reconcile(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Records of totals or details, as JSON."),
    ] = None,
    *,
    replayed: Replayed = "",
    until: Until = "",
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Compare contracts with a file, or with what came into the log; 0 all agree, 2 otherwise."""
    from flows.reconcile import reconciled, told_in
    from flows.standing import company_of

    require_replayed(replayed, until=until)
    told = [] if file is None else told_in(file)
    views = reconciled(company_of(replayed, until=until, run=run, config=config), told)
    terminal = Terminal(as_json=as_json)
    for view in views:
        answer = plain(view)
        parts = ("date", "records", "reconciled", "details")
        terminal.record({name: answer[name] for name in parts})
        for line in _lines(view):
            terminal.say(printable(line))
    return 2 if any(map(_differs, views)) else 0


def _differs(view: CloseView) -> bool:
    return bool(view.details) or any(row.state != _AGREES for row in view.reconciled)


def _lines(view: CloseView) -> list[str]:
    told = [
        f"{view.date}  {each.system} {each.counterparty}".rstrip()
        + f": {each.compared - each.differing} of {each.compared} contracts of {each.source} agree"
        for each in view.records
    ]
    agree = sum(row.state == _AGREES for row in view.reconciled)
    if view.reconciled:
        told.append(f"{view.date}  {agree} of {len(view.reconciled)} totals agree")
    totals = [_total(row) for row in view.reconciled if row.state != _AGREES]
    return [*told, *totals, *map(_detail, view.details)]


def _total(row: ReconciledRow) -> str:
    return (
        f"  {row.book} {row.figure}: ours {row.ours:,.2f} {row.unit}, "
        f"{row.source} {row.theirs:,.2f}, {row.difference:+,.2f}, {row.state}"
    )


def _detail(row: DetailRow) -> str:
    return f"  {row.trade} {row.detail}: ours {row.ours}, {row.system} {row.theirs}"
