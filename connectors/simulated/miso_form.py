"""MISO's own forms: columns as JSON with prices as texts; a row a node with a column an hour."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

import numpy as np
from msgspec import structs

from connectors.isos.miso import AREA
from connectors.polling.miso import ZONE
from connectors.simulated.faults import Absent
from connectors.simulated.published import cell
from state.messages import AreaVolume, FloatColumn, PricePublication
from state.moments import HOUR_NS, SECOND_NS, from_ns

ABSENT = Absent(
    b'<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code>'
    b"<Message>The specified blob does not exist.</Message></Error>"
)
"""What MISO's host of files says of one that is not there."""

_HOUR_SECONDS = 3600
_HEADERS = ("INTERVAL", "CPNODE", "LMP", "MLC", "MCC")
_VALUES = (("LMP", "lmp"), ("MCC", "congestion"), ("MLC", "loss"))


def five_minute_json(publications: Sequence[PricePublication]) -> bytes:
    """Return the answer of GetRealTimeFiveMinExPost: an interval is named by its end."""
    rows = []
    for publication in publications:
        end_ns = publication.interval_start_ns + publication.interval_seconds * SECOND_NS
        end = f"{from_ns(end_ns).astimezone(ZONE):%Y-%m-%dT%H:%M:%S}"
        columns = [_texts(publication, name) for name in ("lmp", "loss", "congestion")]
        rows += [[end, *row] for row in zip(publication.locations, *columns, strict=True)]
    return json.dumps({"headers": _HEADERS, "data": rows}, separators=(",", ":")).encode()


def load_json(
    newest_ns: int, actuals: Sequence[AreaVolume], forecasts: Sequence[AreaVolume]
) -> bytes:
    """Return the answer of RealTimeTotalLoad.

    Args:
        newest_ns: start of the newest interval, which names the day.
        actuals: the five minutes of that day.
        forecasts: its hours.
    """
    newest = from_ns(newest_ns).astimezone(ZONE)
    load = [{"Load": {"Time": f"{at:%H:%M}", "Value": mw}} for at, mw in _in_order(actuals)]
    hours = [
        {"Forecast": {"HourEnding": str(at.hour + 1), "LoadForecast": mw}}
        for at, mw in _in_order(forecasts)
    ]
    info = {
        "RefId": f"{newest:%d-%b-%Y} - Interval {newest:%H:%M} EST",
        "MediumTermLoadForecast": hours,
        "FiveMinTotalLoad": load,
    }
    return json.dumps({"LoadInfo": info}, separators=(",", ":")).encode()


def _in_order(volumes: Sequence[AreaVolume]) -> Iterator[tuple[datetime, str]]:
    for volume in volumes:
        values = dict(zip(volume.areas, volume.mw.tolist(), strict=True))
        if AREA in values:
            yield from_ns(volume.interval_start_ns).astimezone(ZONE), cell(values[AREA])


def report_csv(title: str, day: date, publications: Sequence[PricePublication]) -> bytes:
    """Return a market report; what is not published is an empty cell.

    Args:
        title: of the report.
        day: in Eastern standard time.
        publications: its hours; of some there may be none.
    """
    by_hour = {_hour_of(one): one for one in publications}
    nodes = sorted({name for one in publications for name in one.locations})
    lines = [
        title,
        f"{day:%m/%d/%Y}",
        "",
        ",,,All Hours-Ending are Eastern Standard Time (EST)",
        ",".join(["Node", "Type", "Value", *(f"HE {hour}" for hour in range(1, 25))]),
    ]
    cells = {
        (value, hour): dict(zip(one.locations, _texts(one, field), strict=True))
        for value, field in _VALUES
        for hour, one in by_hour.items()
    }
    for node in nodes:
        kind = "Hub" if node.endswith(".HUB") else "Gennode"
        for value, _ in _VALUES:
            own = [cells.get((value, hour), {}).get(node, "") for hour in range(24)]
            lines.append(",".join([node, kind, value, *own]))
    return ("\r\n".join(lines) + "\r\n").encode()


def hourly(publications: Sequence[PricePublication]) -> list[PricePublication]:
    """Return the means of the hours of which every interval is there, of all its nodes."""
    hours = groupby(publications, key=lambda one: one.interval_start_ns // HOUR_NS)
    return [_mean(found) for _, each in hours if _is_whole(found := list(each))]


def _is_whole(intervals: Sequence[PricePublication]) -> bool:
    seconds = sum(one.interval_seconds for one in intervals)
    return seconds == _HOUR_SECONDS and len({one.locations for one in intervals}) == 1


def _mean(intervals: Sequence[PricePublication]) -> PricePublication:
    means = {
        field: np.mean([getattr(one, field) for one in intervals], axis=0) for _, field in _VALUES
    }
    return structs.replace(intervals[0], interval_seconds=_HOUR_SECONDS, **means)


def _hour_of(publication: PricePublication) -> int:
    local = from_ns(publication.interval_start_ns).astimezone(ZONE)
    return local.hour


def _texts(publication: PricePublication, field: str) -> list[str]:
    column: FloatColumn = getattr(publication, field)
    if not len(column):
        return [""] * len(publication.locations)
    return ["" if math.isnan(value) else f"{value!r}" for value in column.tolist()]
