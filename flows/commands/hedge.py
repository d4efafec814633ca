"""``tieline hedge``: the smallest standard contracts that bring a net open position back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.commands.options import AsJson, Config, Replayed, Run, Until, require_replayed
from flows.commands.terminal import Terminal, printable
from flows.plain_json import plain

if TYPE_CHECKING:
    from state.screens.checks_seen import LimitEffect
    from state.screens.hedges_seen import HedgeAnswer, HedgeBlock

_WIDTH = 160
"""Characters of the table where nobody says how wide it may be."""
_COLUMNS = (
    "", "size", "what", "period", "at", "amount", "$ each", "cost $", "counterparty", "trader",
    "VaR $",
)  # fmt: skip
_NUMBERS = frozenset(("size", "amount", "$ each", "cost $", "VaR $"))
_WHOLE = {"energy": "load", "capacity": "what is required", "rps": "what is required"}
_PREFIX = {"capacity": "capacity "}
_UNITS = {"certificate": "certificates", "MW-month": "MW-months"}


def hedge(
    limit: Annotated[
        str, typer.Argument(help="Id of the tolerance; the first that is out if left out.")
    ] = "",
    *,
    period: Annotated[str, typer.Option(help="Its dates, as the position is labelled.")] = "",
    kind: Annotated[str, typer.Option(help="Of capacity or certificates, or the only block.")] = "",
    lot: Annotated[float, typer.Option(min=0.001, help="MW or certificates to a lot.")] = 1.0,
    book: Annotated[str, typer.Option(help="Which takes them; that of the largest load.")] = "",
    location: Annotated[str, typer.Option(help="Where; the hub of the largest load.")] = "",
    replayed: Replayed = "",
    until: Until = "",
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say which contracts bring a position back into its band; 0 they do or it is, 2 otherwise."""
    from flows.hedge import answered
    from flows.standing import company_of
    from state.messages import HedgeRequest

    require_replayed(replayed, until=until)
    request = HedgeRequest(
        request="command",
        limit=limit,
        period=period,
        unit_kind=kind,
        lot=lot,
        book=book,
        location=location,
    )
    answer = answered(company_of(replayed, until=until, run=run, config=config), request)
    terminal = Terminal(as_json=as_json)
    terminal.record({**plain(answer), "amount": answer.amount, "cost_usd": answer.cost_usd})
    _say(answer, terminal)
    return 0 if answer.passes else 2


def _say(answer: HedgeAnswer, terminal: Terminal) -> None:
    if answer.title:
        band = f"{answer.floor:.0%} to {answer.ceiling:.0%}"
        terminal.say(
            printable(
                f"{answer.title} {answer.kind + ' ' if answer.kind else ''}{answer.period}: "
                f"covered {_percent(answer.before)} of {_WHOLE.get(answer.nop, 'load')}, "
                f"allowed {band} ({answer.clause}, {answer.policy})"
            )
        )
    if answer.blocks:
        terminal.table(_table(answer.blocks), width=_WIDTH)
        terminal.say(
            f"together {answer.amount:,.10g} {_unit(answer)}, {_cost(answer.cost_usd)} "
            f"at the curve; covered then {_percent(answer.after)}"
        )
    if answer.complete and not answer.passes:
        terminal.say("referred: the Middle Office decides", style="bold red")
    if answer.reason:
        terminal.say(printable(answer.reason), style="green" if answer.complete else "bold red")
    for effect in answer.in_the_way:
        terminal.say(printable(_stopped_by(effect)))


def _table(blocks: list[HedgeBlock]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    for block in blocks:
        table.add_row(
            "buy" if block.size > 0 else "sell",
            f"{abs(block.size):,.10g}{'' if block.unit == 'certificate' else ' MW'}",
            f"{_PREFIX.get(block.product, '')}{block.kind.replace('_', '-')}",
            printable(block.period),
            printable(block.location),
            f"{abs(block.amount):,.10g} {_UNITS.get(block.unit, block.unit)}",
            f"{block.price_usd:,.2f}",
            f"{block.cost_usd:,.0f}",
            printable(block.counterparty),
            printable(block.trader),
            _risk(block.var_before_usd, block.var_after_usd),
        )
    return table


def _unit(answer: HedgeAnswer) -> str:
    unit = answer.blocks[0].unit
    return _UNITS.get(unit, unit)


def _risk(before: float, after: float) -> str:
    if math.isnan(before) or math.isnan(after):
        return "–"
    return f"{before:,.0f} to {after:,.0f}"


def _percent(ratio: float) -> str:
    return "–" if math.isnan(ratio) else f"{ratio:.1%}"


def _cost(usd: float) -> str:
    return f"${abs(usd):,.0f} {'paid' if usd >= 0 else 'received'}"


def _stopped_by(effect: LimitEffect) -> str:
    where = " ".join(part for part in (effect.limit, effect.scope, effect.period) if part)
    why = f": {effect.reason}" if effect.reason else ""
    return f"  {effect.outcome}: {where} ({effect.clause}, {effect.policy}){why}"
