"""SPP: load beside its short- and mid-term forecasts, wind and solar of the generation mix."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from connectors.isos.columns import AreaPublication, Publications, area_volumes
from connectors.isos.parsed import Parsed
from connectors.isos.tables import (
    Column,
    Table,
    check_interval,
    name_in,
    number_in,
    optional,
    required,
    utc_ns_in,
)
from connectors.sense import MOST_MW
from state.messages import Series
from state.moments import SECOND_NS

GmtIn = Callable[[str, str], int]
"""The moment in a cell of GMT, by its column."""

AREA = "SPP"
"""Where there is no column that names the balancing area."""


class _Cell(NamedTuple):
    """What columns hold together: their sum is the MW of a series at a horizon."""

    series: Series
    run: str
    columns: tuple[Column, ...]


class VolumeReport(NamedTuple):
    """A report with one row an interval.

    Attributes:
        name: as SPP calls it.
        stamp: the column of its time in GMT.
        ends: whether that is the interval's end.
        seconds: length of the interval.
        cells: what is read of a row.
    """

    name: str
    stamp: Column
    ends: bool
    seconds: int
    cells: tuple[_Cell, ...]


_ACTUAL = optional("ACTUAL", "AVERAGED_ACTUAL", "ACTUAL_LOAD")
_END = required("GMTINTERVALEND")
_BALANCING_AREA = optional("BAA")
_SHORT_TERM = VolumeReport(
    "stlf-vs-actual",
    required("GMTINTERVALEND", "GMTINTERVAL"),
    ends=True,
    seconds=300,
    cells=(
        _Cell(Series.LOAD, "STLF", (required("STLF"),)),
        _Cell(Series.LOAD, "ACTUAL", (_ACTUAL,)),
    ),
)
_MID_TERM = VolumeReport(
    "mtlf-vs-actual",
    _END,
    ends=True,
    seconds=3600,
    cells=(
        _Cell(Series.LOAD, "MTLF", (required("MTLF"),)),
        _Cell(Series.LOAD, "ACTUAL", (_ACTUAL,)),
    ),
)
_MIX = VolumeReport(
    "GenMix",
    required("GMT_MKT_INTERVAL", "GMTTIME"),
    ends=False,
    seconds=300,
    cells=(
        _Cell(Series.WIND, "ACTUAL", (required("WIND_MARKET", "WIND"), optional("WIND_SELF"))),
        _Cell(Series.SOLAR, "ACTUAL", (required("SOLAR_MARKET", "SOLAR"), optional("SOLAR_SELF"))),
        _Cell(Series.LOAD, "ACTUAL", (optional("LOAD", "AVERAGE_ACTUAL_LOAD"),)),
    ),
)


def volume_report_of(header: tuple[str, ...]) -> VolumeReport | None:
    """Return the report of these columns (in capitals), None where it is none of load or fuels."""
    for report in (_SHORT_TERM, _MID_TERM, _MIX):
        wanted = [report.stamp, *(column for cell in report.cells for column in cell.columns)]
        if all(set(column.names) & set(header) for column in wanted if column.required):
            return report
    return None


def read_volumes(
    report: VolumeReport, table: Table, gmt_in: GmtIn, *, received_at_ns: int
) -> Parsed:
    """Gather the rows into one message an interval and series, over the balancing areas.

    Raises:
        NoDataYet: there is no row.
        ParseError: there are more rows than a report has.
    """
    publications = Publications[AreaPublication]()
    columns = [column for cell in report.cells for column in cell.columns]
    length_ns = report.seconds * SECOND_NS

    def take(stamp: str, area: str, *texts: str) -> None:
        at_ns = (utc_ns_in if "T" in stamp else gmt_in)(stamp, report.stamp.names[0])
        start_ns = at_ns - length_ns if report.ends else at_ns
        check_interval(start_ns, start_ns + length_ns, report.seconds)
        numbers = [  # all of the row before the first of them is put
            number_in(text, column.names[0], MOST_MW)
            for column, text in zip(columns, texts, strict=True)
        ]
        name = name_in(area, "BAA") if area else AREA
        mw = iter(numbers)
        for cell in report.cells:
            of = AreaPublication(start_ns, cell.series, cell.run, report.seconds)
            publications.put(of, "mw", name, _sum([next(mw) for _ in cell.columns]))

    rejected = table.read_columns([report.stamp, _BALANCING_AREA, *columns], take)
    return area_volumes(
        publications, rejected, market="spp", source=report.name, received_at_ns=received_at_ns
    )


def _sum(parts: list[float]) -> float:
    """Return what is published of a fuel; the first part must be there."""
    others = sum(part for part in parts[1:] if not math.isnan(part))
    return parts[0] + others
