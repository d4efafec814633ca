"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings as YAML; TIELINE_… and options go before it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON lines.")]
Day = Annotated[str, typer.Argument(help="A shipped day's name, or a folder in the same form.")]
Run = Annotated[str | None, typer.Option("--run", help="The run; by default the one shown.")]
Replayed = Annotated[str, typer.Option(help="This day, folded here, instead of a run.")]
Live = Annotated[
    str | None, typer.Option("--live", help="Markets to follow live, separated by commas.")
]
LiveFile = Annotated[
    Path | None, typer.Option("--live-file", help="What a live run follows (docs/live.md).")
]
Until = Annotated[
    str, typer.Option(help="With --replayed: market-local HH:MM, else the day's end.")
]


def require_replayed(replayed: str, *, until: str) -> None:
    """Let a moment pass where a day is folded here.

    Raises:
        BadParameter: a run was meant, which stands where its log ends.
    """
    if until and not replayed:
        reason = "--until belongs to --replayed; a run stands where its log ends"
        raise typer.BadParameter(reason)
