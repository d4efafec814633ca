"""``tieline replay DAY``: a day through the real flow; alerts, states and digest to files."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from flows import logs, proof
from flows import replay as player
from flows.commands.options import AsJson, Config, Day
from flows.commands.progress import reporting
from flows.commands.terminal import Terminal
from flows.days import find_day
from flows.openings import save_opening
from flows.settings import Settings, load_settings
from flows.writable import require_writable_folder


def replay(
    day: Day,
    *,
    speed: Annotated[str, typer.Option(help="Market seconds per second, or max.")] = "max",
    policy: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Instead of the day's own.")
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Compare with the recorded digest; 2 if it differs.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--record", help="Write the digest into the day (maintainers).")
    ] = False,
    opening: Annotated[
        list[str] | None,
        typer.Option(help="With --record: also save the state at HH:MM, for up --from."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for alerts, states and digest.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Play a whole day through the real flow, in a store of its own."""
    if (prove or keep) and policy:
        reason = "--prove and --record are about the day's own policy; leave --policy out"
        raise typer.BadParameter(reason)
    settings = load_settings(config, speed=_speed(speed))
    logs.configure("replay", least=logging.ERROR)
    folder = find_day(day)
    if prove:
        proof.require_recorded(folder)
    if out:
        require_writable_folder(out)
    terminal = Terminal(as_json=as_json)
    outcome = _play(folder, policy, settings, terminal)
    if out:
        for path in player.write_outcome(outcome, out):
            terminal.say(f"wrote {path}")
    digests = {"digest": outcome.digest, "timing_digest": outcome.timing_digest}
    if keep:
        proof.record(folder, **digests)
        for start_at in opening or ():
            terminal.say(f"wrote {save_opening(folder, start_at)}")
        terminal.say(f"recorded in {folder}; the changelog needs a line with the reason")
    found = proof.differences(folder, **digests) if prove else []
    _tell(outcome, found, terminal, proved=prove)
    return 2 if found else 0


def _play(
    folder: Path, policy: Path | None, settings: Settings, terminal: Terminal
) -> player.Outcome:
    with tempfile.TemporaryDirectory(prefix="tieline-day-") as scratch:
        played = player.with_policy(folder, policy, Path(scratch)) if policy else folder
        with reporting(played, terminal) as report:
            return player.replay(played, settings=settings, report=report)


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        reason = f"--speed {text}: a number above 0, or max"
        raise typer.BadParameter(reason)
    return speed


def _tell(outcome: player.Outcome, found: list[str], terminal: Terminal, *, proved: bool) -> None:
    summary = {**outcome.summary(), **({"proved": not found, "differs": found} if proved else {})}
    terminal.record(summary)
    rate = outcome.messages / outcome.seconds if outcome.seconds else 0.0
    terminal.say(
        f"{outcome.day}: {outcome.messages:,} messages in {outcome.seconds:.1f} s "
        f"({rate:,.0f}/s), {len(outcome.transitions)} alert transitions, "
        f"{outcome.dead_letters} dead letters"
    )
    terminal.say(f"digest {outcome.digest}")
    for line in found:
        terminal.say(f"DIFFERS: {line}", style="bold red")
    if proved and not found:
        terminal.say("proved: the recorded digest", style="green")
