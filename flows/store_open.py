"""A store for a command: the one that runs, or the run's own, started for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from flows.house import complain, house_specs
from flows.settings import Settings
from flows.store_reach import open_store, reach_store, store_missing
from flows.supervise import Supervisor


@contextmanager
def store_open(settings: Settings) -> Iterator[redis.Redis]:
    """Yield a client of the store of a run, whether its house runs or not.

    Args:
        settings: that name the run.

    Raises:
        LogError: an outside store does not answer.
        StartError: the embedded one did not come ready.
    """
    if not settings.embedded or not store_missing(settings):
        with reach_store(settings) as client:
            yield client
        return
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    specs = [spec for spec in house_specs(settings) if spec.name == "store"]
    supervisor = Supervisor(
        specs, pid_file=settings.run_dir / "store-alone.json", pass_lines=complain
    )
    try:
        supervisor.start()
        with open_store(settings) as client:
            yield client
    finally:
        supervisor.stop()
