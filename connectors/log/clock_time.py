"""A time of the day as people write it: ``16:30``; of an hour that comes twice ``01:30-08:00``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from state.errors import UsageError

FORM = "HH:MM, from 00:00 to 23:59"
_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)([+-]\d\d:[0-5]\d)?", re.ASCII)


def is_clock_time(text: str) -> bool:
    """Say whether a text has the form of a time of the day.

    >>> [is_clock_time(text) for text in ("01:30", "01:30-08:00", "24:00")]
    [True, True, False]
    """
    return _WRITTEN.fullmatch(text) is not None


def moment_on(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Return the moment of a time of a day.

    Raises:
        UsageError: it is no such time, never comes on the day, or comes twice; says what to write.
    """
    found = _WRITTEN.fullmatch(clock)
    if found is None:
        reason = f"{clock!r} is no time of a day; write {FORM}"
        raise UsageError(reason)
    local = datetime.combine(day, time(int(found[1]), int(found[2])))
    moments = _moments(local, zone)
    if not moments:
        after = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        reason = (
            f"{clock} never comes on {day}: clocks go forward over that hour; write another time, "
            f"as {after:%H:%M}"
        )
        raise UsageError(reason)
    meant = [each for each in moments if found[3] in (None, _written(each)[-6:])]
    if len(meant) != 1:
        says = "comes twice" if meant else "does not come"
        reason = f"{clock} {says} on {day}; write {' or '.join(map(_written, moments))}"
        raise UsageError(reason)
    return meant[0]


def _moments(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when a clock shows a time: once, twice as it goes back, or never."""
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = (moment.astimezone(zone) for moment in sorted(set(both)))
    return [moment for moment in shown if moment.replace(tzinfo=None) == local]


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes").partition("T")[2]
