"""SPP's own forms: a CSV an interval or a day, each time in Central time and in GMT.

Real-time files bear the header of before 2026 and times with seconds, day-ahead files the header
of 2026 and times without, as the files that were read here do; both have four decimals there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.simulated.published import cell, column_of
from state.messages import AreaVolume, PricePublication
from state.moments import from_ns

ZONE = ZoneInfo("America/Chicago")
_REAL_TIME = "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC"
_DAY_AHEAD = "INTERVAL,GMTINTERVALEND,BAA,SETTLEMENT_LOCATION,PNODE,LMP,MLC,MCC,MEC"
_MID_TERM = "Interval,GMTIntervalEnd,BAA,MTLF,Averaged Actual"
_SHORT_TERM = "Interval,GMTInterval,BAA,STLF,Actual"
_MIX = "GMT MKT Interval,Coal Market,Wind Market,Wind Self,Solar Market,Solar Self"
_COMPONENTS = ("lmp", "loss", "congestion", "energy")
_BALANCING_AREA = "SPP"


def real_time_csv(publications: Sequence[PricePublication]) -> bytes:
    """Return RTBM-LMP-SL of an interval."""
    rows = [
        f"{_long(local)},{_long(gmt)},{name},{name},{values}"
        for publication in publications
        for local, gmt in (_ends(publication),)
        for name, values in _priced(publication)
    ]
    return _text(_REAL_TIME, rows)


def day_ahead_csv(publications: Sequence[PricePublication]) -> bytes:
    """Return DA-LMP-SL of a day."""
    rows = [
        f"{_short(local)},{_short(gmt)},{_BALANCING_AREA},{name},{name},{values}"
        for publication in publications
        for local, gmt in (_ends(publication),)
        for name, values in _priced(publication)
    ]
    return _text(_DAY_AHEAD, rows)


def mid_term_csv(forecasts: Sequence[AreaVolume], actuals: Sequence[AreaVolume]) -> bytes:
    """Return mtlf-vs-actual: the load of hours that are over, the forecast of those to come."""
    rows = [f"{hour},,{mw}" for volume in actuals for hour, mw in _hours(volume)]
    rows += [f"{hour},{mw}," for volume in forecasts for hour, mw in _hours(volume)]
    return _text(_MID_TERM, rows)


def short_term_csv(forecasts: Sequence[AreaVolume], actuals: Sequence[AreaVolume]) -> bytes:
    """Return stlf-vs-actual: forecast and load of the minutes around a moment."""
    known = {row: mw for volume in actuals for row, mw in _hours(volume)}
    rows = {row: mw for volume in forecasts for row, mw in _hours(volume)}
    lines = [f"{row},{rows.get(row, '')},{known.get(row, '')}" for row in {**rows, **known}]
    return _text(_SHORT_TERM, lines)


def mix_csv(winds: Sequence[AreaVolume], suns: Sequence[AreaVolume], area: str) -> bytes:
    """Return GenMix: wind and solar of an area; none of the other fuels is known."""
    by_start = [
        {one.interval_start_ns: dict(zip(one.areas, one.mw.tolist(), strict=True)) for one in each}
        for each in (winds, suns)
    ]
    rows = [
        f"{from_ns(start_ns):%Y-%m-%dT%H:%M:%SZ},,{wind},,{sun},"
        for start_ns in sorted({start for each in by_start for start in each})
        for wind, sun in ((cell(each.get(start_ns, {}).get(area, math.nan)) for each in by_start),)
    ]
    return _text(_MIX, rows)


def _hours(volume: AreaVolume) -> list[tuple[str, str]]:
    local, gmt = _ends(volume)
    rows = zip(volume.areas, volume.mw.tolist(), strict=True)
    return [(f"{_long(local)},{_long(gmt)},{area}", cell(mw)) for area, mw in rows]


def _ends(message: PricePublication | AreaVolume) -> tuple[datetime, datetime]:
    """Return the interval's end as its file says it: by the local clock of its begin, and GMT."""
    start, length = from_ns(message.interval_start_ns), timedelta(seconds=message.interval_seconds)
    return start.astimezone(ZONE).replace(tzinfo=None) + length, start + length


def _priced(publication: PricePublication) -> list[tuple[str, str]]:
    columns = [column_of(publication, name) for name in _COMPONENTS]
    rows = zip(publication.locations, *columns, strict=True)
    return [(name, ",".join(map(cell, values))) for name, *values in rows]


def _text(header: str, rows: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def _long(at: datetime) -> str:
    return f"{at:%m/%d/%Y %H:%M:%S}"


def _short(at: datetime) -> str:
    return f"{at.month}/{at.day}/{at.year} {at.hour}:{at:%M}"
