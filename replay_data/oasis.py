"""OASIS bodies exactly as CAISO serves them: one CSV in a zip, headers and quirks included.

The value's column differs by report, rows come split by ``LMP_TYPE`` and out of order, the hour
is zero-padded in real time and not day-ahead, the repeated hour is ``OPR_HR`` 25.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from replay_data.locations import Place
from replay_data.prices import CENTI_MILLS, RunPrices
from replay_data.records import LocalDay
from state.calendar import from_ns
from state.messages import LocationKind, Run

_ITEMS = {
    "LMP": "LMP_PRC",
    "MCC": "LMP_CONG_PRC",
    "MCE": "LMP_ENE_PRC",
    "MCL": "LMP_LOSS_PRC",
    "MGHG": "LMP_GHG_PRC",
}
_TIMES = "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,"
_NODE = "NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,"

NO_DATA = """<?xml version="1.0" encoding="UTF-8"?>
<m:OASISReport xmlns:m="http://www.caiso.com/soa/OASISReport_v1.xsd">
<m:MessageHeader>
\t<m:TimeDate>{stamp}</m:TimeDate>
\t<m:Source>OASIS</m:Source>
\t<m:Version>v20131201</m:Version>
</m:MessageHeader>
<m:MessagePayload>
<m:RTO>
<m:name>CAISO</m:name>
<m:ERROR>
<m:ERR_CODE>1000</m:ERR_CODE>
<m:ERR_DESC>No data returned for the specified selection</m:ERR_DESC>
</m:ERROR>

</m:RTO>
</m:MessagePayload>
</m:OASISReport>"""

THROTTLED = (
    b"<html><body><p>CAISO Acceptable Use Policy Violation. "
    b"Please retry your request after 5 seconds.</p></body></html>\n"
)


class PriceReport(NamedTuple):
    """How one price report is written.

    Attributes:
        components: ``LMP_TYPE`` values in the order in which the report lists them.
        fixed_decimals: whether values keep all five decimals.
    """

    query: str
    market_run: str
    version: int
    value: str
    components: tuple[str, ...]
    fixed_decimals: bool
    position: int


REPORTS = {
    Run.DA: PriceReport("PRC_LMP", "DAM", 12, "MW", ("LMP", "MCC", "MCE", "MCL"), False, 1),  # noqa: FBT003 - a field
    Run.FMM: PriceReport(
        "PRC_RTPD_LMP", "RTPD", 3, "PRC", ("LMP", "MCC", "MCE", "MCL", "MGHG"), False, 1  # noqa: FBT003 - a field
    ),
    Run.RTD: PriceReport(
        "PRC_INTVL_LMP", "RTM", 3, "VALUE", ("MCC", "MCE", "MCL", "LMP"), True, 0  # noqa: FBT003 - a field
    ),
}


def gmt(at_ns: int) -> str:
    """Write a moment as OASIS does.

    >>> gmt(1_572_771_600_000_000_000)
    '2019-11-03T09:00:00-00:00'
    """
    return from_ns(at_ns).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def operating_hour(day: LocalDay, at_ns: int) -> int:
    """Return ``OPR_HR``: the hour ending, 25 for the second of the repeated hours."""
    hour = (at_ns - day.grid.start_ns) // 3_600_000_000_000
    clock = from_ns(at_ns).astimezone(day.zone)
    return 25 if clock.fold and day.grid.hours == 25 else clock.hour + 1 if hour >= 0 else 0  # noqa: PLR2004


def _value(amount: int, *, fixed: bool) -> str:
    text = f"{amount // CENTI_MILLS if amount >= 0 else -(-amount // CENTI_MILLS)}"
    sign = "-" if amount < 0 and text == "0" else ""
    decimals = f"{abs(amount) % CENTI_MILLS:05d}"
    decimals = decimals if fixed else decimals.rstrip("0")
    return f"{sign}{text}.{decimals}" if decimals else text


def _component(prices: RunPrices, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    if name == "MCE":
        return np.broadcast_to(prices.energy, prices.congestion.shape)
    if name == "MGHG":
        return np.zeros_like(prices.congestion)
    return {"LMP": prices.lmp, "MCC": prices.congestion, "MCL": prices.loss}[name]


def _header(run: Run, value: str) -> str:
    if run is Run.DA:
        return f"{_TIMES}OPR_DT,OPR_HR,OPR_INTERVAL,{_NODE}{value},GROUP"
    return f"{_TIMES}OPR_DT,OPR_HR,{_NODE}{value},OPR_INTERVAL,GROUP"


class _Row(NamedTuple):
    """What a row says besides its value."""

    start_ns: int
    end_ns: int
    hour: int
    interval: int


def _stretch(run: Run, day: LocalDay, prices: RunPrices, index: int) -> _Row:
    start = prices.interval_start_ns(index)
    end = start + prices.interval_seconds * 1_000_000_000
    within = (start - day.grid.start_ns) % 3_600_000_000_000 // (prices.interval_seconds * 10**9)
    return _Row(start, end, operating_hour(day, start), 0 if run is Run.DA else within + 1)


def price_rows(
    run: Run, day: LocalDay, places: tuple[Place, ...], prices: RunPrices, intervals: Sequence[int]
) -> list[str]:
    """Return the CSV rows of some intervals, grouped and disordered as OASIS serves them."""
    report = REPORTS[run]
    stretches = [_stretch(run, day, prices, index) for index in intervals]
    seed = [int(prices.start_ns // 10**9), len(places), *list(intervals)[:1]]
    generator = np.random.Generator(np.random.PCG64(seed))
    rows = []
    group = 0
    for component in report.components:
        values = _component(prices, component)
        for number in generator.permutation(len(places)):
            group += 1
            for position in generator.permutation(len(stretches)):
                text = _value(int(values[number, intervals[position]]), fixed=report.fixed_decimals)
                rows.append(
                    _price_row(run, day, places[number], component, stretches[position], text, group)
                )
    return rows


def _price_row(  # noqa: PLR0913 - a row has that many parts
    run: Run, day: LocalDay, place: Place, component: str, stretch: _Row, value: str, group: int
) -> str:
    report = REPORTS[run]
    kind = "ALL" if place.kind is LocationKind.NODE else "ALL_APNODES"
    name = place.name
    node = (
        f"{name},{name},{name},{report.market_run},{component},{_ITEMS[component]},"
        f"{name},{kind},{report.position}"
    )
    times = f"{gmt(stretch.start_ns)},{gmt(stretch.end_ns)},{day.day.isoformat()}"
    if run is Run.DA:
        return f"{times},{stretch.hour},0,{node},{value},{group}"
    return f"{times},{stretch.hour:02d},{node},{value},{stretch.interval},{group}"


def file_name(query: str, market_run: str, version: int, day: LocalDay, published_ns: int) -> str:
    """Return the name of the CSV inside the zip; the stamp is local."""
    last = day.day + timedelta(days=1)
    stamp = from_ns(published_ns).astimezone(day.zone).strftime("%Y%m%d_%H_%M_%S")
    return f"{day.day:%Y%m%d}_{last:%Y%m%d}_{query}_{market_run}_{stamp}_v{version}.csv"


def price_body(
    run: Run,
    day: LocalDay,
    places: tuple[Place, ...],
    prices: RunPrices,
    intervals: Sequence[int],
    published_ns: int,
) -> tuple[str, bytes]:
    """Return file name and zip of a price publication over some intervals of a day."""
    report = REPORTS[run]
    rows = [_header(run, report.value), *price_rows(run, day, places, prices, intervals)]
    name = file_name(report.query, report.market_run, report.version, day, published_ns)
    return zipped(name, "\n".join(rows) + "\n", day, published_ns)


def zipped(name: str, text: str, day: LocalDay, published_ns: int) -> tuple[str, bytes]:
    """Put one CSV or XML into a zip as OASIS does; the time in it is the publication's."""
    body = io.BytesIO()
    local = from_ns(published_ns).astimezone(day.zone)
    member = zipfile.ZipInfo(name, local.timetuple()[:6])
    member.create_system = 0
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(member, text, compresslevel=9)
    return name.replace(".csv", ".zip").replace(".xml", ".zip"), body.getvalue()


def no_data_body(day: LocalDay, published_ns: int) -> tuple[str, bytes]:
    """Return "no data yet", which OASIS sends as a zip with status 200."""
    stamp = from_ns(published_ns).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return zipped("INVALID_REQUEST.xml", NO_DATA.format(stamp=stamp), day, published_ns)


# Load and renewable forecasts ---------------------------------------------------------------

LOAD_HEADER = (
    f"{_TIMES}LOAD_TYPE,OPR_DT,OPR_HR,OPR_INTERVAL,MARKET_RUN_ID,TAC_AREA_NAME,LABEL,"
    "XML_DATA_ITEM,POS,MW,EXECUTION_TYPE,GROUP"
)
RENEWABLE_HEADER = (
    f"OPR_DT,OPR_HR,OPR_INTERVAL,{_TIMES}TRADING_HUB,RENEWABLE_TYPE,LABEL,XML_DATA_ITEM,"
    "MARKET_RUN_ID_POS,RENEW_POS,MW,MARKET_RUN_ID,GROUP"
)
AREA_POSITIONS = {
    "PGE-TAC": "2.1",
    "SCE-TAC": "2.2",
    "SDGE-TAC": "2.4",
    "MWD-TAC": "2.3",
    "VEA-TAC": "2.5",
    "CA ISO-TAC": "2",
}
_LOAD_RUNS = {
    "DAM": ("1", "Demand Forecast Day Ahead", "SYS_FCST_DA_MW"),
    "ACTUAL": ("0", "Total Actual Hourly Integrated Load", "SYS_FCST_ACT_MW"),
}


class AreaHours(NamedTuple):
    """Mean MW by hour of the day for one area, or one (hub, technology)."""

    names: tuple[str, ...]
    mw: Sequence[float]


def _hour_stretch(day: LocalDay, hour: int) -> tuple[str, int]:
    start = day.grid.start_ns + hour * 3_600_000_000_000
    return f"{gmt(start)},{gmt(start + 3_600_000_000_000)}", operating_hour(day, start)


def _number(mw: float) -> str:
    return f"{mw:.2f}".rstrip("0").rstrip(".")


def load_body(
    market_run: str, day: LocalDay, areas: Sequence[AreaHours], hours: Sequence[int], at_ns: int
) -> tuple[str, bytes]:
    """Return an SLD_FCST body (``DAM`` or ``ACTUAL``) for some hours of a day."""
    kind, label, item = _LOAD_RUNS[market_run]
    generator = np.random.Generator(np.random.PCG64(at_ns // 10**9))
    rows = [LOAD_HEADER]
    for group, area in enumerate(areas, start=1):
        (name,) = area.names
        for hour in generator.permutation(hours):
            times, number = _hour_stretch(day, int(hour))
            rows.append(
                f"{times},{kind},{day.day},{number},0,{market_run},{name},{label},{item},"
                f"{AREA_POSITIONS[name]},{_number(area.mw[hour])},{market_run},{group}"
            )
    csv_name = file_name("SLD_FCST", market_run, 1, day, at_ns)
    return zipped(csv_name, "\n".join(rows) + "\n", day, at_ns)


def renewable_body(
    day: LocalDay, areas: Sequence[AreaHours], hours: Sequence[int], at_ns: int
) -> tuple[str, bytes]:
    """Return a day-ahead SLD_REN_FCST body."""
    generator = np.random.Generator(np.random.PCG64(at_ns // 10**9 + 1))
    rows = [RENEWABLE_HEADER]
    for group, area in enumerate(areas, start=1):
        hub, technology = area.names
        position = 2 if technology == "Solar" else 1
        for hour in generator.permutation(hours):
            times, number = _hour_stretch(day, int(hour))
            rows.append(
                f"{day.day},{number},0,{times},{hub},{technology},Renewable Forecast Day Ahead,"
                f"RENEW_FCST_DA_MW,1,{position},{_number(area.mw[hour])},DAM,{group}"
            )
    name = file_name("SLD_REN_FCST", "DAM", 1, day, at_ns)
    return zipped(name, "\n".join(rows) + "\n", day, at_ns)
