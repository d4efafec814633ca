"""``tieline explain``: what is behind a case, or what moved the figures since a moment."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.records import to_record
from flows.commands.moved import lines_of, record_of
from flows.commands.options import AsJson, Config, Run
from flows.commands.terminal import Terminal, printable
from flows.plain_json import plain
from flows.runs import with_run
from flows.settings import Settings, load_settings
from flows.store_reach import reach_store
from state.screens.cases_seen import stands
from state.screens.views import Transition

if TYPE_CHECKING:
    from flows.explain import Explanation

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="HH:MM", help="What moved since then, in market time."),
]
FromPosition = Annotated[
    int | None,
    typer.Option("--from-position", min=1, help="What moved after this log position."),
]
ToPosition = Annotated[
    int | None,
    typer.Option("--to-position", min=1, help="Until this one; by default the newest."),
]


def explain(
    alert: Annotated[
        str | None, typer.Argument(help="A case's id, or the beginning of one.")
    ] = None,
    *,
    since: Since = None,
    from_position: FromPosition = None,
    to_position: ToPosition = None,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say what is behind a case, or what moved P&L, position and VaR since a moment."""
    chosen = [alert, since, from_position]
    if sum(choice is not None for choice in chosen) != 1:
        reason = "name one of: a case, --since HH:MM, --from-position N"
        raise typer.BadParameter(reason)
    settings = with_run(load_settings(config, run=run))
    terminal = Terminal(as_json=as_json)
    if alert is not None:
        _explain_case(settings, alert, terminal)
    else:
        _explain_moves(settings, since, (from_position, to_position), terminal)
    return 0


def _explain_case(settings: Settings, alert: str, terminal: Terminal) -> None:
    from flows.explain import explain_case

    explanation = explain_case(
        reach_store(settings),
        settings.run,
        alert,
        company=settings.company,
        snapshots=settings.run_dir / "snapshots",
    )
    terminal.record(_as_record(explanation))
    for line in _lines(explanation):
        terminal.say(printable(line))


def _explain_moves(
    settings: Settings,
    since: str | None,
    positions: tuple[int | None, int | None],
    terminal: Terminal,
) -> None:
    from flows.moved import explain_between

    stretch = explain_between(
        reach_store(settings),
        settings.run,
        since=since,
        positions=positions,
        company=settings.company,
        snapshots=settings.run_dir / "snapshots",
    )
    terminal.record(record_of(stretch))
    for line in lines_of(stretch):
        terminal.say(printable(line))


def _as_record(explanation: Explanation) -> dict[str, object]:
    return {
        "case": explanation.transitions[0].transition.case,
        "transitions": [plain(each.transition) for each in explanation.transitions],
        "explained_position": explanation.told.position,
        "cause": None if explanation.cause is None else to_record(explanation.cause),
        "arithmetic": explanation.arithmetic,
    }


def _lines(explanation: Explanation) -> list[str]:
    last = explanation.transitions[-1].transition
    row, told = last.row, explanation.told
    scope = f", scope {row.scope}" if row.scope else ""
    return [
        f"{last.case}: {row.headline}",
        f"limit {row.limit} ({row.clause}, {row.policy}){scope}, period {row.period}",
        f"{'passive' if row.passive else 'active'}; cause: {row.cause}",
        *([row.waiver.words] if row.waiver else []),
        "",
        *(_line(each.transition) for each in explanation.transitions),
        "",
        f"As it stood at log position {told.position}, when it {told.change}:",
        *explanation.arithmetic,
    ]


def _line(transition: Transition) -> str:
    moment = dt.datetime.fromtimestamp(transition.at_ns / 1e9, dt.UTC)
    return (
        f"{moment:%Y-%m-%d %H:%M:%S} UTC  {transition.change:<12} {stands(transition.row)}"
        f"  (log position {transition.position})"
    )
