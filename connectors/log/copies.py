"""A copy of the embedded store's append-only files, made while it is written to."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import redis

from connectors.log.embedded import GROWTH_PERCENT
from state.errors import ConfigError

_FILES = "appendonlydir"
_GROWTH, _NEVER = "auto-aof-rewrite-percentage", 0
_POLL_SECONDS = 0.05


def copy_files(client: redis.Redis, store: Path, out: Path) -> Path:
    """Copy the append-only files, exact to the last write before, and return where they are.

    Files that are written anew meanwhile would not belong together: none begins to be, and what
    is under way is waited for.

    Args:
        client: of the embedded store.
        store: its folder.
        out: made when missing, for its owner alone.

    Raises:
        ConfigError: there is a copy already, or it cannot be written.
    """
    copied = out / _FILES
    if copied.exists():
        reason = f"{copied} exists and is not overwritten; name another folder"
        raise ConfigError(reason)
    client.config_set(_GROWTH, _NEVER)
    try:
        while _is_rewritten(client):
            time.sleep(_POLL_SECONDS)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = out / f"{_FILES}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(store / _FILES, part)
        part.replace(copied)
    except OSError as error:
        reason = f"cannot copy to {out}: {error}; name a folder with room that can be written"
        raise ConfigError(reason) from error
    finally:
        client.config_set(_GROWTH, GROWTH_PERCENT)
    return copied


def _is_rewritten(client: redis.Redis) -> bool:
    state = client.info("persistence")
    return bool(state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"])
