"""ERCOT: load, wind and solar, actual and forecast, of MIS documents and of the dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from connectors.isos.columns import (
    AreaPublication,
    Publications,
    VolumeCell,
    area_volumes,
    put_row,
)
from connectors.isos.items import json_items, json_object, member_of
from connectors.isos.local_time import date_in, hour_ending_in, hour_start_ns
from connectors.isos.parsed import Parsed, RejectedRow
from connectors.isos.tables import (
    Column,
    Rejections,
    Table,
    choice_in,
    optional,
    required,
    utc_ns_in,
)
from state.errors import ParseError
from state.messages import Series
from state.moments import HOUR_NS, SECOND_NS

ZONE = "America/Chicago"
_FLAG = required("DSTFlag")
_HOUR = 3600
_SLOT_NS = 300 * SECOND_NS
_GENERATED = re.compile(
    r"(?:(ACTUAL|GEN|STWPF|STPPF|WGRPP|PVGRPP)_([A-Z0-9_]+)|(SYSTEM_WIDE)_GEN)", re.ASCII
)
_SERIES = {
    "STWPF": Series.WIND,
    "WGRPP": Series.WIND,
    "STPPF": Series.SOLAR,
    "PVGRPP": Series.SOLAR,
}
_NO_AREAS = {"DeliveryDate", "HourEnding", "OperDay", "DSTFlag", "Model", "InUseFlag"}
_TIME_ENDING = re.compile(r"(\d\d):(\d\d)", re.ASCII)
_DAY_MINUTES = 1440


class Cell(NamedTuple):
    """What a column of a report holds: whose MW, of what, at which horizon."""

    series: Series
    run: str
    area: str


class VolumeForm(NamedTuple):
    """A report with one row an interval and one column an area.

    Attributes:
        name: as ERCOT calls it.
        day, hour: columns that tell the interval.
        cells: what the other columns hold, by their names; the rest is not read.
        seconds: length of the interval.
    """

    name: str
    day: str
    hour: str
    cells: dict[str, Cell]
    seconds: int = _HOUR

    def read(self, table: Table, received_at_ns: int) -> Parsed:
        """Gather the rows of each interval, series and run into one message."""
        publications = Publications[AreaPublication]()
        values = list(self.cells.items())
        columns: list[Column] = [_FLAG, optional("InUseFlag"), required(self.day)]
        columns += [required(self.hour), *(required(name) for name, _ in values)]

        def take(flag: str, in_use: str, day: str, hour: str, *cells: str) -> None:
            if in_use.strip() == "N":
                return
            repeated = choice_in(flag.strip(), "DSTFlag", ("N", "Y")) == "Y"
            start_ns = self._start_ns(day, hour, repeated=repeated)
            put_row(publications, _row(values, cells, start_ns, self.seconds))

        rejected = table.read_columns(columns, take)
        return area_volumes(
            publications,
            rejected,
            market="ercot",
            source=self.name,
            received_at_ns=received_at_ns,
        )

    def _start_ns(self, day: str, ending: str, *, repeated: bool) -> int:
        of_day = date_in(day, self.day)
        if self.seconds == _HOUR:
            return hour_start_ns(of_day, hour_ending_in(ending, self.hour), ZONE, repeated=repeated)
        minutes = _minutes_in(ending, self.hour) - self.seconds // 60
        hour_ns = hour_start_ns(of_day, minutes // 60 + 1, ZONE, repeated=repeated)
        return hour_ns + minutes % 60 * 60 * SECOND_NS


def _row(
    columns: Iterable[tuple[str, Cell]], texts: Iterable[str], start_ns: int, seconds: int
) -> Iterator[VolumeCell]:
    for (column, cell), mw in zip(columns, texts, strict=True):
        of = AreaPublication(start_ns, cell.series, cell.run, seconds)
        yield VolumeCell(of, cell.area, mw, column)


def _minutes_in(text: str, column: str) -> int:
    """Return the end of a quarter of an hour in minutes of the day, ``24:00`` being the last."""
    parts = _TIME_ENDING.fullmatch(text)
    minutes = int(parts[1]) * 60 + int(parts[2]) if parts else 0
    if not 0 < minutes <= _DAY_MINUTES or minutes % 15:
        what = f"{column} is {text[:40]!r}, no end of a quarter of an hour from 00:15 to 24:00"
        raise ParseError(what, remedy="the row is left out; compare it with the report")
    return minutes


def volume_report_of(header: tuple[str, ...]) -> VolumeForm | None:
    """Return the report that has these columns, None where it is none of load, wind or solar."""
    columns = set(header)
    if {"DELIVERY_DATE", "HOUR_ENDING", "DSTFlag"} <= columns:
        return _generation_form(header)
    if {"DeliveryDate", "TimeEnding", "Demand", "DSTFlag"} <= columns:
        demand = {"Demand": Cell(Series.LOAD, "ACTUAL", "SystemTotal")}
        name = "NP6-235-CD system-wide demand"
        return VolumeForm(name, "DeliveryDate", "TimeEnding", demand, seconds=900)
    if {"DeliveryDate", "HourEnding", "SystemTotal", "DSTFlag"} <= columns:
        cells = _zones(header, "7DA")
        return VolumeForm("seven-day load forecast", "DeliveryDate", "HourEnding", cells)
    if {"OperDay", "HourEnding", "TOTAL", "DSTFlag"} <= columns:
        return VolumeForm("actual load by zone", "OperDay", "HourEnding", _zones(header, "ACTUAL"))
    return None


def _zones(header: tuple[str, ...], run: str) -> dict[str, Cell]:
    areas = {"TOTAL": "SystemTotal"}
    return {
        name: Cell(Series.LOAD, run, areas.get(name, name))
        for name in header
        if name not in _NO_AREAS
    }


def _generation_form(header: tuple[str, ...]) -> VolumeForm | None:
    """Return the report of wind or of solar, told by the name of its forecast."""
    found = [(name, match) for name in header if (match := _GENERATED.fullmatch(name))]
    series = next((_SERIES[match[1]] for _, match in found if match[1] in _SERIES), None)
    if series is None:
        return None
    cells = {}
    for name, match in found:
        run = match[1] if match[1] in _SERIES else "ACTUAL"
        cells[name] = Cell(series, run, match[2] or match[3])
    return VolumeForm(f"hourly {series}", "DELIVERY_DATE", "HOUR_ENDING", cells)


# Dashboards ---------------------------------------------------------------------------------

_DAYS = ("previousDay", "currentDay", "nextDay")
DASHBOARD_MEMBERS = (*_DAYS, "data", "types")
"""The members that the dashboards read here are told by."""

_DEMAND = {
    "systemLoad": Cell(Series.LOAD, "ACTUAL", "SystemTotal"),
    "currentLoadForecast": Cell(Series.LOAD, "CURRENT", "SystemTotal"),
    "dayAheadForecast": Cell(Series.LOAD, "DAM", "SystemTotal"),
}
_FUELS = {"Wind": Series.WIND, "Solar": Series.SOLAR}


def is_dashboard(members: Mapping[str, object]) -> bool:
    """Say whether an answer is one of the dashboards that are read."""
    return "currentDay" in members or {"data", "types"} <= set(members)


def dashboard_volumes(
    members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str
) -> Parsed:
    """Read system-wide-demand or fuel-mix.

    Raises:
        NoDataYet: there is no figure in it.
        ParseError: it cannot be read.
    """
    if "currentDay" in members:
        return _demand(members, received_at_ns=received_at_ns, where=where)
    return _fuel_mix(members, received_at_ns=received_at_ns, where=where)


def _demand(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    publications = Publications[AreaPublication]()
    rejected: list[RejectedRow] = []
    columns = [required("epoch"), required("timestamp"), *(optional(name) for name in _DEMAND)]

    def take(epoch: str, stamp: str, *cells: str) -> None:
        end_ns = _epoch_ns(epoch)
        if utc_ns_in(stamp, "timestamp") != end_ns:
            what = f"epoch is {epoch[:40]!r}, and timestamp {stamp[:40]!r} is another moment"
            raise ParseError(what, remedy="the item is left out; ask again")
        put_row(publications, _row(_DEMAND.items(), cells, end_ns - HOUR_NS, _HOUR))

    for day in _DAYS:
        text = member_of(members, day, "data", where=where)
        if text:
            items = json_items(text, where=f"{day} of {where}")
            rejected += items.read_columns(columns, take)
    return area_volumes(
        publications,
        rejected,
        market="ercot",
        source="dashboard system-wide-demand",
        received_at_ns=received_at_ns,
    )


def _epoch_ns(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len("1732431600000"):
        at_ns = int(text) * 1_000_000
        if at_ns % HOUR_NS == 0:
            return at_ns
    what = f"epoch is {text[:40]!r}, no end of an hour in milliseconds"
    raise ParseError(what, remedy="the item is left out; ask again")


def _fuel_mix(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    """Read wind and solar; stamps lie seconds off the grid, and an interval may have two."""
    publications = Publications[AreaPublication]()
    rejected = Rejections(where, "stamp")
    for number, (stamp, fuels) in enumerate(_stamps(members, where), start=1):
        try:
            at_ns = utc_ns_in(stamp, "stamp")
            start_ns = (at_ns + _SLOT_NS // 2) // _SLOT_NS * _SLOT_NS
            row = [
                VolumeCell(
                    AreaPublication(start_ns, series, "ACTUAL", 300, at_ns),
                    "SYSTEM_WIDE",
                    member_of(fuels, fuel, "gen", where=where),
                    fuel,
                )
                for fuel, series in _FUELS.items()
            ]
            put_row(publications, row)
        except ParseError as error:
            rejected.add(error, number, stamp.encode())
    return area_volumes(
        publications,
        rejected.rows,
        market="ercot",
        source="dashboard fuel-mix",
        received_at_ns=received_at_ns,
    )


def _stamps(
    members: dict[str, msgspec.Raw], where: str
) -> Iterator[tuple[str, dict[str, msgspec.Raw]]]:
    days = json_object(bytes(members["data"]).decode(), where=where)
    for raw_day in days.values():
        stamps = json_object(bytes(raw_day).decode(), where=where)
        for stamp, raw_fuels in stamps.items():
            yield stamp, json_object(bytes(raw_fuels).decode(), where=where)
