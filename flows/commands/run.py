"""``tieline run NAME``: one process of the house, as a container or the supervisor starts it."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.options import Config
from flows.settings import PROCESSES, load_settings


def run(
    name: Annotated[str, typer.Argument(help=" | ".join(PROCESSES))],
    *,
    until_ended: Annotated[
        bool, typer.Option("--until-ended", help="Ingest and monitor: end with the day.")
    ] = False,
    config: Config = None,
) -> int:
    """Run one process of the house."""
    if name not in PROCESSES:
        reason = f"{name!r} is no process; one of {', '.join(PROCESSES)}"
        raise typer.BadParameter(reason)
    settings = load_settings(config)
    from flows.processes import run_process

    return run_process(name, settings, until_ended=until_ended)
