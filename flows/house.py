"""The house on one machine: a run of its own, the processes that serve it, and tidying up."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import redis

from flows.health import health_missing
from flows.logs import of_store
from flows.processes import listening_missing, screens_missing
from flows.settings import PROCESSES, Settings
from flows.store_reach import connect_once, open_store, store_missing
from flows.supervise import ProcessSpec
from state.errors import TielineError
from state.messages import RunPhase
from state.screens.clock_seen import ClockView
from state.store import StoreReader, StoreWriter

KEPT_RUNS = 3
"""How many replayed runs stay on disk, the running one included."""

_REPLAYED = "replayed"
"""The file in the folder of a run that plays a day."""

FRONT_DOOR = Path(__file__).resolve().parents[1] / "tieline.py"
"""The command line; every process of the house is one of its commands."""


def new_run(settings: Settings, day: str) -> Settings:
    """Name a fresh run of a replayed day; it gets a folder of its own."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    name, number = f"{day}-{stamp}", 1
    while settings.with_changes(run=name).run_dir.exists():
        number += 1
        name = f"{day}-{stamp}-{number}"
    return settings.with_changes(run=name)


def note_replayed(settings: Settings) -> None:
    """Note in a run's folder that it plays a day, so that it may go when it is old.

    A name tells nothing: a live run may be called anything.
    """
    (settings.run_dir / _REPLAYED).touch()


def remove_old_runs(data_dir: Path, *, keep: int = KEPT_RUNS) -> list[str]:
    """Remove all but the newest folders of replayed runs; a live run is never touched.

    Returns:
        The names of the runs removed.
    """
    runs = [path.parent for path in (data_dir / "runs").glob(f"*/{_REPLAYED}")]
    old = sorted(runs, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def house_specs(settings: Settings) -> list[ProcessSpec]:
    """Return what to start, in order; an outside store is not ours to start."""
    names = [name for name in PROCESSES if name != "store" or settings.embedded]
    return [process_spec(name, settings, missing=_readiness(name, settings)) for name in names]


def process_spec(
    name: str, settings: Settings, *options: str, missing: Callable[[], str] | None = None
) -> ProcessSpec:
    """Say how one process of a house is started: as a command of the front door.

    Args:
        name: after ``tieline run``.
        settings: that it is given.
        options: of the command.
        missing: returns why it is not ready yet, empty once it is; by default it is at once.
    """
    return ProcessSpec(
        name=name,
        command=(sys.executable, str(FRONT_DOOR), "run", name, *options),
        environment=settings.environment(),
        missing=missing or (lambda: ""),
    )


def complain(process: str, line: str) -> None:
    """Pass on what went wrong in a process; its ordinary news would disturb what is shown."""
    try:
        quiet = msgspec.json.decode(line, type=dict[str, Any])["level"] in {"debug", "info"}
    except (msgspec.DecodeError, KeyError):
        quiet = process == "store" and of_store(line)[0] < logging.WARNING
    if not quiet:
        sys.stderr.write(f"{process}: {line}\n")


def show_run(settings: Settings) -> None:
    """Make this the run the screens show."""
    with open_store(settings) as client:
        StoreWriter(client, settings.run).show()


def _readiness(name: str, settings: Settings) -> Callable[[], str]:
    if name == "store":
        return lambda: store_missing(settings)
    if settings.metrics_port:
        return lambda: health_missing(settings.health_address(name))
    if name == "dashboard":
        return lambda: screens_missing(settings)
    if name == "gateway":
        return lambda: listening_missing(settings)
    return lambda: ""  # without health there is nobody to ask; what dies is started again


class DayEnd:
    """Notices once that the replayed day is over.

    Args:
        settings: of the run.
        say: told when it is.
    """

    def __init__(self, settings: Settings, say: Callable[[], None]) -> None:
        self._reader = StoreReader(connect_once(settings), settings.run)
        self._say = say
        self._over = False

    def look(self) -> None:
        """Look at the run's clock; a store that is away is looked at again later."""
        if self._over:
            return
        with contextlib.suppress(redis.RedisError, TielineError):
            clock = self._reader.read_views(["clock"]).get("clock")
            if isinstance(clock, ClockView) and clock.phase == RunPhase.ENDED:
                self._over = True
                self._say()
