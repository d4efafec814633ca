"""The house on one machine: a run of its own, the processes that serve it, and tidying up."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from flows.health import health_missing
from flows.processes import open_store, store_location
from flows.settings import PROCESSES, Settings
from flows.supervise import ProcessSpec
from state.store import StoreWriter

KEPT_RUNS = 3
"""How many replayed runs stay on disk, the running one included."""

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


def remove_old_runs(data_dir: Path, *, keep: int = KEPT_RUNS) -> list[str]:
    """Remove all but the newest folders of replayed runs; a live run is never touched.

    Returns:
        The names of the runs removed.
    """
    runs = [path for path in (data_dir / "runs").glob("*-*Z*") if path.is_dir()]
    old = sorted(runs, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def house_specs(settings: Settings) -> list[ProcessSpec]:
    """Return what to start, in order; an outside store is not ours to start."""
    names = [name for name in PROCESSES if name != "store" or settings.embedded]
    return [
        ProcessSpec(
            name=name,
            command=(sys.executable, str(FRONT_DOOR), "run", name),
            environment=settings.environment(),
            missing=_readiness(name, settings),
        )
        for name in names
    ]


def show_run(settings: Settings) -> None:
    """Make this the run the screens show."""
    with open_store(settings) as client:
        StoreWriter(client, settings.run).show()


def _readiness(name: str, settings: Settings) -> Callable[[], str]:
    if name == "store":
        return lambda: store_missing(settings)
    address = f"http://127.0.0.1:{settings.process_port(name)}/readyz"
    return lambda: health_missing(address)


def store_missing(settings: Settings) -> str:
    """Return why the store does not answer, empty when it does."""
    location, password = store_location(settings), settings.store_password()
    secret: dict[str, Any] = {"password": password} if password else {}
    try:
        with redis.Redis.from_url(location, protocol=2, socket_timeout=1.0, **secret) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return f"no answer: {type(error).__name__}"
    return ""
