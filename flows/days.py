"""Find a day to replay: one of the shipped days by name, or any folder in the same form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.log.day_folder import Manifest, local_moment_ns
from state.errors import UsageError

SHIPPED = Path(__file__).resolve().parents[1] / "replay_data"
_MANIFEST = "manifest.json"


def shipped_days() -> list[str]:
    """Return the names of the days that come with the product."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{_MANIFEST}"))


def find_day(day: str) -> Path:
    """Return the folder of a day named or given as a path.

    Raises:
        UsageError: there is none; the shipped days are listed.
    """
    for folder in (Path(day), SHIPPED / day):
        if (folder / _MANIFEST).is_file():
            return folder.resolve()
    shipped = ", ".join(shipped_days()) or "none"
    reason = f"no day {day!r}: neither a folder with {_MANIFEST} nor a shipped day ({shipped})"
    raise UsageError(reason)


def check_start(manifest: Manifest, start_at: str) -> None:
    """Check that a replay may start at a market-local HH:MM; empty is the day's beginning.

    Raises:
        UsageError: the day has no such time, or no opening for it.
    """
    if not start_at:
        return
    local_moment_ns(manifest, start_at)
    if start_at not in manifest.openings:
        known = ", ".join(sorted(manifest.openings)) or "none"
        reason = (
            f"day {manifest.name} cannot start at {start_at}: openings are saved for {known}; "
            "name one of them, or name the day by its folder and leave --from out to start at its "
            "beginning"
        )
        raise UsageError(reason)


def local_clock(manifest: Manifest, at_ns: int) -> str:
    """Return a moment as the market's wall clock shows it."""
    moment = dt.datetime.fromtimestamp(at_ns // 1_000_000_000, ZoneInfo(manifest.time_zone))
    return moment.strftime("%H:%M:%S")
