"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def naming_markets(given: str | None) -> str | None:
    """Let markets to follow pass, or that nothing is said of them.

    Raises:
        BadParameter: they are said to be none.
    """
    if given == "":
        reason = "names no market; name those to follow, or leave it out to play a day"
        raise typer.BadParameter(reason)
    return given


Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings as YAML; TIELINE_… and options go before it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON lines.")]
Day = Annotated[str, typer.Argument(help="A shipped day's name, or a folder in the same form.")]
Run = Annotated[str | None, typer.Option("--run", help="The run; by default the one shown.")]
Replayed = Annotated[str, typer.Option(help="This day, folded here, instead of a run.")]
Live = Annotated[
    str | None,
    typer.Option(
        "--live", help="Markets to follow live, separated by commas.", callback=naming_markets
    ),
]
LiveFile = Annotated[
    Path | None, typer.Option("--live-file", help="What a live run follows (docs/live.md).")
]
Until = Annotated[
    str, typer.Option(help="With --replayed: market-local HH:MM, else the day's end.")
]


def named(name: str) -> str:
    """Let a name pass that a file of people, systems or books can hold.

    Raises:
        BadParameter: it is empty, is no UTF-8, or would not be read on one line as it is.
    """
    if not name.strip():
        reason = "a name must not be empty"
        raise typer.BadParameter(reason)
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        reason = f"{name!r} is not UTF-8; write the name in the terminal's encoding"
        raise typer.BadParameter(reason)
    if not name.isprintable() or name != name.strip():
        reason = (
            f"{name!r} has a blank at its end or a character that cannot be printed; leave it out"
        )
        raise typer.BadParameter(reason)
    return name


def all_named(names: list[str] | None) -> list[str] | None:
    """Let names pass each of which :func:`named` does."""
    return names and [named(name) for name in names]


def require_replayed(replayed: str, *, until: str) -> None:
    """Let a moment pass where a day is folded here.

    Raises:
        BadParameter: a run was meant, which stands where its log ends.
    """
    if until and not replayed:
        reason = "--until belongs to --replayed; a run stands where its log ends"
        raise typer.BadParameter(reason)
