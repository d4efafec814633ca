"""The form of Today's Outlook: a row a stamp, which ends its five minutes, and a column a series.

A day has a row for the midnight at either end. In spring the hour that is skipped is there, empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.simulated.published import cell
from state.messages import AreaVolume
from state.moments import SECOND_NS, from_ns

_ZONE = ZoneInfo("America/Los_Angeles")
_SLOT = timedelta(minutes=5)
_SLOT_NS = 300 * SECOND_NS


def outlook_csv(
    area: str, day_ns: tuple[int, int], columns: Mapping[str, Sequence[AreaVolume]]
) -> bytes:
    """Return a download; what is not published is an empty cell.

    Args:
        area: whose figures are taken.
        day_ns: where the day begins and ends.
        columns: the five-minute figures by their titles.
    """
    values = [
        {one.interval_start_ns + _SLOT_NS: _of(area, one) for one in volumes}
        for volumes in columns.values()
    ]
    lines = [",".join(["Time", *columns])]
    for stamp, end_ns in _stamps(*day_ns):
        lines.append(",".join([stamp, *(column.get(end_ns, "") for column in values)]))
    return ("\n".join(lines) + "\n").encode()


def _of(area: str, volume: AreaVolume) -> str:
    return cell(dict(zip(volume.areas, volume.mw.tolist(), strict=True)).get(area, float("nan")))


@lru_cache(maxsize=4)
def _stamps(first_ns: int, last_ns: int) -> tuple[tuple[str, int], ...]:
    return tuple(_each_stamp(first_ns, last_ns))


def _each_stamp(first_ns: int, last_ns: int) -> Iterator[tuple[str, int]]:
    """Yield each stamp with its moment, 0 for one that the clock skips."""
    expected = from_ns(first_ns).astimezone(_ZONE).replace(tzinfo=None)
    for end_ns in range(first_ns, last_ns + 1, _SLOT_NS):
        wall = from_ns(end_ns).astimezone(_ZONE).replace(tzinfo=None)
        while expected < wall:
            yield f"{expected:%H:%M}", 0
            expected += _SLOT
        yield f"{wall:%H:%M}", end_ns
        expected = wall + _SLOT
