"""The product's own processes for a benchmark: embedded store, ingest and monitor."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.log.days import Day
from flows.house import complain, process_spec
from flows.processes import listening_missing
from flows.settings import DEFAULT_START, Settings
from flows.store_reach import open_store, store_missing
from flows.supervise import ProcessSpec, Supervisor
from state.store import StoreReader

HOUSE = ("store", "ingest", "monitor")
"""The processes that a day needs to be folded."""


@contextmanager
def running(settings: Settings, *, processes: tuple[str, ...] = HOUSE) -> Iterator[Supervisor]:
    """Run a house of its own in a folder that is removed afterwards.

    Args:
        settings: with a run, a day and the company of the day.
        processes: to start; without ingest nothing is in the log, and nothing is waited for.

    Raises:
        StartError: a process did not come ready.
    """
    supervisor = Supervisor(
        _specs(settings, processes),
        pid_file=settings.data_dir / "processes.json",
        pass_lines=complain,
    )
    supervisor.stop_on_signals()
    try:
        supervisor.start()
        yield supervisor
    finally:
        supervisor.stop()


def at_its_own_pace(day: Day, folder: Path, **changes: Any) -> Settings:
    """Return the settings of a house that plays a day as fast as it was.

    Args:
        day: which; it begins at the product's default start where it has that opening.
        folder: where it lies.
        changes: further settings.
    """
    return Settings(
        run="benchmark",
        day=str(folder),
        company=day.manifest.company,
        start_at=DEFAULT_START if DEFAULT_START in day.manifest.openings else "",
        speed=1.0,
        metrics_port=0,
        **changes,
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder for the store and the snapshots.

    It lies beside other temporary files: set ``TMPDIR`` to measure another disk.
    """
    with tempfile.TemporaryDirectory(prefix="tieline-bench-") as folder:
        yield Path(folder)


def _specs(settings: Settings, processes: tuple[str, ...]) -> list[ProcessSpec]:
    missing = {"store": lambda: store_missing(settings)}
    missing["gateway"] = lambda: listening_missing(settings)
    if "ingest" in processes:
        missing["monitor"] = lambda: _views_missing(settings)
    return [process_spec(name, settings, missing=missing.get(name)) for name in processes]


def _views_missing(settings: Settings) -> str:
    with open_store(settings) as client:
        written = StoreReader(client, settings.run).position()
    return "" if written else "no view has been written yet"
