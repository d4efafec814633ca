"""NYISO: actual load and its forecast by zone, and wind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from connectors.isos.columns import (
    AreaPublication,
    Publications,
    VolumeCell,
    area_volumes,
    put_mw,
    put_row,
)
from connectors.isos.local_time import wall_in
from connectors.isos.parsed import Parsed
from connectors.isos.tables import Table, TakeCells, check_interval, choice_in, name_in, required
from state.messages import Series
from state.moments import HOUR_NS, SECOND_NS, to_ns

UtcOfStamp = Callable[[datetime, str], int]
"""The moment of a wall time in the next row of a name."""

_SLOT_NS = 300 * SECOND_NS
_OFFSETS = {"EST": timedelta(hours=-5), "EDT": timedelta(hours=-4)}
_STAMP, _ZONE_NAME = required("Time Stamp"), required("Time Zone")
_ALL = "NYISO"


class VolumeReport(NamedTuple):
    """A report of MW.

    Attributes:
        name: as NYISO calls it.
        columns: of the header.
        in_local_time: whether its stamps have no zone beside them.
    """

    name: str
    columns: tuple[str, ...]
    in_local_time: bool = False

    def read(self, table: Table, utc_of: UtcOfStamp, received_at_ns: int) -> Parsed:
        """Gather the rows of each interval into one message."""
        publications = Publications[AreaPublication]()
        if self.name == "isolf":
            zones = [name for name in table.header if name != "Time Stamp"]
            columns = [_STAMP, *(required(name) for name in zones)]
            take = _forecast_taker(publications, zones, utc_of)
        else:
            columns = [_STAMP, _ZONE_NAME, *(required(name) for name in self.columns[2:])]
            take = _load_taker(publications) if self.name == "pal" else _fuel_taker(publications)
        rejected = table.read_columns(columns, take)
        return area_volumes(
            publications,
            rejected,
            market="nyiso",
            source=self.name,
            received_at_ns=received_at_ns,
        )


_PAL = VolumeReport("pal", ("Time Stamp", "Time Zone", "Name", "Load"))
_FUELS = (
    VolumeReport("rtfuelmix", ("Time Stamp", "Time Zone", "Fuel Category", "Gen MW")),
    VolumeReport("rtfuelmix", ("Time Stamp", "Time Zone", "Fuel Category", "Gen MWh")),
)


def volume_report_of(header: tuple[str, ...]) -> VolumeReport | None:
    """Return the report that has these columns, None where it is none of these."""
    for report in (_PAL, *_FUELS):
        if set(report.columns) <= set(header):
            return report
    if header[0] == "Time Stamp" and _ALL in header:
        return VolumeReport("isolf", header, in_local_time=True)
    return None


def _publication(at_ns: int, series: Series) -> AreaPublication:
    """Return the 5 minutes of a reading; an extra one within them comes after the regular."""
    start_ns = at_ns // _SLOT_NS * _SLOT_NS
    return AreaPublication(start_ns, series, "ACTUAL", 300, at_ns - start_ns)


def _zoned_ns(stamp: str, zone: str) -> int:
    offset = _OFFSETS[choice_in(zone, "Time Zone", tuple(_OFFSETS))]
    return to_ns(wall_in(stamp, "Time Stamp").replace(tzinfo=timezone(offset)))


def _load_taker(publications: Publications[AreaPublication]) -> TakeCells:
    def take(stamp: str, zone: str, name: str, load: str) -> None:
        of = _publication(_zoned_ns(stamp, zone), Series.LOAD)
        put_mw(publications, of, name_in(name, "Name"), load, "Load")

    return take


def _fuel_taker(publications: Publications[AreaPublication]) -> TakeCells:
    def take(stamp: str, zone: str, fuel: str, mw: str) -> None:
        of = _publication(_zoned_ns(stamp, zone), Series.WIND)
        if name_in(fuel, "Fuel Category") == "Wind":
            put_mw(publications, of, _ALL, mw, "Gen MW")

    return take


def _forecast_taker(
    publications: Publications[AreaPublication], zones: list[str], utc_of: UtcOfStamp
) -> TakeCells:
    def take(stamp: str, *cells: str) -> None:
        start_ns = utc_of(wall_in(stamp, "Time Stamp"), "")
        check_interval(start_ns, start_ns + HOUR_NS, 3600)
        of = AreaPublication(start_ns, Series.LOAD, "ISOLF", 3600)
        # The forecast writes Capitl where everything else writes CAPITL.
        row = (
            VolumeCell(of, name_in(zone, "zone").upper(), mw, zone)
            for zone, mw in zip(zones, cells, strict=True)
        )
        put_row(publications, row)

    return take
