"""``tieline check``: would a trade pass every limit, and which sizes of it would."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.commands.options import AsJson, Config, Replayed, Run, Until, require_replayed
from flows.commands.terminal import Terminal, printable
from flows.plain_json import plain
from state.errors import ParseError

if TYPE_CHECKING:
    from state.screens.checks_seen import CheckAnswer, LimitEffect

_ACCEPT = "accept"
_WIDTH = 160
"""Characters of the table where nobody says how wide it may be."""
_STYLES = {"kept": "green", "improved": "green", "referred": "yellow", "unknown": "yellow"}
_COLUMNS = ("limit", "scope", "period", "before", "after", "headroom", "becomes", "", "clause")


def check(
    trade: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A trade's record, as JSON.")
    ],
    *,
    lot: Annotated[
        float | None, typer.Option(min=0.0, help="Size of a lot, MW; 0 looks for no sizes.")
    ] = None,
    replayed: Replayed = "",
    until: Until = "",
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Hold a trade against every limit before it is done; 0 accepted, 2 otherwise."""
    from flows.check import answered, check_in, refused
    from flows.standing import company_of

    require_replayed(replayed, until=until)
    try:
        asked = check_in(trade, lot=lot)
    except ParseError as error:
        answer = refused(error)
    else:
        answer = answered(company_of(replayed, until=until, run=run, config=config), asked)
    terminal = Terminal(as_json=as_json)
    terminal.record({**plain(answer), "largest": answer.largest})
    _say(answer, terminal)
    return 0 if answer.decision == _ACCEPT else 2


def _say(answer: CheckAnswer, terminal: Terminal) -> None:
    words = answer.decision.replace("_", " ").upper()
    style = "bold green" if answer.decision == _ACCEPT else "bold red"
    terminal.say(printable(f"{words}  {answer.trade}".rstrip()), style=style)
    if answer.reason:
        terminal.say(printable(answer.reason))
    if answer.effects:
        terminal.table(_table(answer.effects), width=_WIDTH)
    if answer.looked_up_to:
        terminal.say(_sizes(answer))


def _sizes(answer: CheckAnswer) -> str:
    most, unit = f"{answer.looked_up_to * answer.lot:,.12g}", answer.unit
    if not answer.sizes:
        return f"no size up to {most} {unit} in lots of {answer.lot:g} passes"
    runs = [
        f"{first * answer.lot:,.12g} to {last * answer.lot:,.12g}" for first, last in answer.sizes
    ]
    return (
        f"largest size that passes {answer.largest:,.12g} {unit} (in lots of {answer.lot:g}, "
        f"up to {most}): {', '.join(runs)}"
    )


def _table(effects: list[LimitEffect]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in _COLUMNS[3:7] else "left")
    for effect in effects:
        numbers = (
            effect.before, effect.after, effect.headroom_before, effect.headroom_after,
        )  # fmt: skip
        table.add_row(
            *map(printable, (effect.limit, effect.scope, effect.period)),
            *(_number(number, effect.unit) for number in numbers),
            effect.outcome.value,
            printable(f"{effect.clause}, {effect.policy}"),
            style=_STYLES.get(effect.outcome.value, "red"),
        )
        if effect.reason:
            table.add_row("", "", printable(effect.reason))
        if effect.waiver:
            table.add_row("", "", printable(effect.waiver.words))
    return table


def _number(number: float, unit: str) -> str:
    if math.isnan(number):
        return "–"
    return f"{number:.1%}" if unit == "ratio" else f"{number:,.0f} {unit}"
