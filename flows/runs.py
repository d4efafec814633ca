"""Which run a command means: the one it names, or the one the screens show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import redis

from flows.settings import Settings
from flows.signin import last_signed_into
from flows.store_reach import reach_store
from state.errors import ConfigError
from state.store import run_shown, runs_in


def with_run(
    settings: Settings, reach: Callable[[Settings], redis.Redis] = reach_store
) -> Settings:
    """Return settings that name a run: their own, or the one the screens show.

    Without a store of one's own, the run is that of the last `tieline up` in the data folder; a
    recording made beside the house has no screens and is never meant.

    Args:
        settings: with or without a run.
        reach: how the store is reached; a process waits for one that is away.

    Raises:
        ConfigError: there is none, or not the one named.
        LogError: the store does not answer.
    """
    if settings.run:
        if settings.embedded:
            require_folder(settings)
        else:
            _require_run(settings, runs_in(reach(settings)))
        return settings
    shown = last_signed_into(settings) if settings.embedded else run_shown(reach(settings))
    if not shown:
        reason = "there is no run; start one with `tieline up`, or name it with TIELINE_RUN"
        raise ConfigError(reason)
    return settings.with_changes(run=shown)


def require_folder(settings: Settings) -> None:
    """Refuse a run that has no folder here, before anything is made for it.

    Raises:
        ConfigError: naming the run, and those that have one.
    """
    folder = settings.data_dir / "runs"
    _require_run(settings, sorted(path.name for path in folder.glob("*") if path.is_dir()))


def _require_run(settings: Settings, there: Sequence[str]) -> None:
    if settings.run not in there:
        where = settings.store_address() or settings.data_dir
        others = f"there are {', '.join(there)}" if there else "there is none at all"
        reason = f"there is no run {settings.run!r} in {where}; {others}"
        raise ConfigError(reason)
