"""``tieline explain ALERT``: the messages and the arithmetic behind a case."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.records import to_record
from flows.commands.options import AsJson, Config, Run
from flows.commands.terminal import Terminal, printable
from flows.house import reach_store
from flows.processes import with_run
from flows.replay import plain
from flows.settings import load_settings
from state.views import Transition

if TYPE_CHECKING:
    from flows.explain import Explanation


def explain(
    alert: Annotated[str, typer.Argument(help="A case's id, or the beginning of one.")],
    *,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say what is behind a case: messages and arithmetic."""
    from flows.explain import explain_case  # noqa: PLC0415 - imports the whole core

    settings = with_run(load_settings(config, run=run))
    explanation = explain_case(
        reach_store(settings),
        settings.run,
        alert,
        company=settings.company,
        snapshots=settings.run_dir / "snapshots",
    )
    terminal = Terminal(as_json=as_json)
    terminal.record(_as_record(explanation))
    for line in _lines(explanation):
        terminal.say(printable(line))
    return 0


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
    return [
        f"{last.case}: {row.headline}",
        f"limit {row.limit} ({row.clause}, {row.policy}), scope {row.scope}, period {row.period}",
        f"{'passive' if row.passive else 'active'}; cause: {row.cause}",
        "",
        *(_line(each.transition) for each in explanation.transitions),
        "",
        f"As it stood at log position {told.position}, when it {told.change}:",
        *explanation.arithmetic,
    ]


def _line(transition: Transition) -> str:
    moment = dt.datetime.fromtimestamp(transition.at_ns / 1e9, dt.UTC)
    row = transition.row
    return (
        f"{moment:%Y-%m-%d %H:%M:%S} UTC  {transition.change:<12} {row.value_text} against "
        f"{row.limit_text}  (log position {transition.position})"
    )
