"""``tieline simulate``: a market's own server, answering with a replay day at its own times."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from connectors.log.day_folder import OPENING
from connectors.simulated import SIMULATED
from connectors.simulated.faults import FaultPlan
from flows.days import find_day
from flows.running import stopped_by_signals
from flows.settings import DEFAULT_DAY
from flows.simulate import Simulation, read_map, told
from state.errors import UsageError


def simulate(
    market: Annotated[str, typer.Argument(help=" | ".join(SIMULATED))],
    *,
    day: Annotated[str, typer.Option(help="A shipped day, or a folder.")] = DEFAULT_DAY,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Market seconds a second.")] = 60.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8795,
    fault_every: Annotated[
        int, typer.Option(min=0, help="One request in so many meets a fault; 0 for none.")
    ] = 0,
    names: Annotated[
        Path | None,
        typer.Option("--map", help="YAML: the day's location → the market's, for another's day."),
    ] = None,
    live_file: Annotated[
        Path, typer.Option("--live-file", help="Where to write what `tieline up` follows.")
    ] = Path("simulated.yaml"),
) -> int:
    """Publish a replay day as a market would, until Ctrl-C; another market's day by a map."""
    if market not in SIMULATED:
        reason = f"no simulated {market!r}; one of {', '.join(SIMULATED)}"
        raise UsageError(reason)
    folder = find_day(day)
    simulation = Simulation.of(
        folder,
        market,
        speed=speed,
        port=port,
        faults=FaultPlan(fault_every),
        names=read_map(names) if names is not None else None,
    )
    simulation.write_live_file(live_file, folder / OPENING)
    stop = threading.Event()
    with stopped_by_signals(stop), simulation.server:
        sys.stdout.write(
            f"simulated {market} at {simulation.server.address}, {speed:g} times as fast\n"
            f"follow it: tieline up --live {market} --live-file {live_file}\n"
        )
        sys.stdout.flush()
        simulation.drop_records(live_file.resolve().parent / "inbox", stop)
        stop.wait()
    sys.stdout.write(f"{told(simulation)}\n")
    return 0
