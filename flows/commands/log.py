"""``tieline log``: what a run's log holds, its dead letters, a copy, and a safe trim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.log.copies import copy_files
from connectors.log.redis import RedisLog
from flows.commands.options import AsJson, Config, Run
from flows.commands.terminal import Terminal, printable
from flows.runs import with_run
from flows.settings import load_settings
from flows.store_reach import reach_store
from state.errors import UsageError
from state.store import StoreReader

app = typer.Typer(help="What a run's log holds; its dead letters; a copy; a safe trim.")


@app.command()
def show(*, run: Run = None, config: Config = None, as_json: AsJson = False) -> int:
    """Show where the log begins and ends, who has read how far, and what went in."""
    settings = with_run(load_settings(config, run=run))
    client = reach_store(settings)
    run_log = RedisLog(client, settings.run)
    facts: dict[str, object] = {
        "run": settings.run,
        "first_position": run_log.first_position(),
        "last_position": run_log.last_position(),
        "view_position": StoreReader(client, settings.run).position(),
        "readers": run_log.readers(),
        "offsets": run_log.offsets(),
        "starts": len(run_log.starts()),
    }
    terminal = Terminal(as_json=as_json)
    terminal.record(facts)
    for name, value in facts.items():
        terminal.say(f"{name:<16}{value}")
    return 0


@app.command()
def dead(
    *,
    count: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """List payloads that could not become messages, and why; 2 when there are any."""
    settings = with_run(load_settings(config, run=run))
    letters = StoreReader(reach_store(settings), settings.run).dead_letters(count)
    terminal = Terminal(as_json=as_json)
    for letter in letters:
        terminal.record({**letter._asdict(), "raw": letter.raw.decode(errors="replace")})
        terminal.say(printable(f"{letter.letter}  {letter.feed}  {letter.reason}"))
    return 2 if letters else 0


@app.command()
def copy(
    folder: Annotated[Path, typer.Argument(help="Gets the files; made when missing.")],
    *,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Copy the append-only files of a run's own store while it is written to."""
    settings = with_run(load_settings(config, run=run))
    if not settings.embedded:
        reason = f"the store is {settings.store_address()}; copy its files where it runs"
        raise UsageError(reason)
    copied = copy_files(reach_store(settings), settings.run_dir / "store", folder)
    terminal = Terminal(as_json=as_json)
    terminal.record({"run": settings.run, "copied": str(copied)})
    terminal.say(f"{copied} is a copy of the log of {settings.run}; docs/log.md restores it")
    return 0


@app.command()
def trim(
    keep_from: Annotated[int, typer.Argument(min=1, help="Keep this position and all after it.")],
    *,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Remove entries below a position, but none that a reader still needs."""
    settings = with_run(load_settings(config, run=run))
    removed = RedisLog(reach_store(settings), settings.run).trim(keep_from)
    terminal = Terminal(as_json=as_json)
    terminal.record({"removed": removed})
    terminal.say(f"{removed:,} entries removed")
    return 0
