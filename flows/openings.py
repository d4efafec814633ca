"""Saved states from which a day may start later than midnight: what a fold up to there gives."""

from __future__ import annotations

import gzip
from pathlib import Path

from connectors.log.day_folder import amend_manifest, local_moment_ns
from connectors.log.days import Day
from flows.fold import fold

_LEVEL = 9


def save_opening(folder: Path, start_at: str) -> Path:
    """Fold a day up to a moment, and save the state beside it.

    Args:
        folder: of the day.
        start_at: market-local ``HH:MM``.

    Returns:
        The file written; the manifest names it.

    Raises:
        ConfigError: the day or the moment is wrong.
    """
    day = Day.open(folder)
    company, _ = fold(day, until_ns=local_moment_ns(day.manifest, start_at))
    name = f"openings/{start_at.replace(':', '')}.state.gz"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(company.snapshot(), _LEVEL, mtime=0))
    named = {**day.manifest.openings, start_at: name}
    amend_manifest(folder, openings=dict(sorted(named.items())))
    return path
