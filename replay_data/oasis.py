"""OASIS bodies exactly as CAISO serves them: one CSV in a zip, headers and quirks included.

The value's column differs by report, rows come split by ``LMP_TYPE`` and out of order, the hour
is zero-padded in real time and not day-ahead, the repeated hour is ``OPR_HR`` 25.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from replay_data.locations import Place
from replay_data.prices import CENTI_MILLS, RunPrices
from replay_data.records import LocalDay
from state.messages import LocationKind, Run
from state.moments import from_ns

_ITEMS = {
    "LMP": "LMP_PRC",
    "MCC": "LMP_CONG_PRC",
    "MCE": "LMP_ENE_PRC",
    "MCL": "LMP_LOSS_PRC",
    "MGHG": "LMP_GHG_PRC",
}
TIMES = "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,"
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
        position: what the report writes under POS.
    """

    query: str
    market_run: str
    version: int
    value: str
    components: tuple[str, ...]
    position: int

    @property
    def fixed_decimals(self) -> bool:
        """Whether values keep all five decimals, as only PRC_INTVL_LMP does."""
        return self.value == "VALUE"


_DAY_AHEAD_TYPES = ("LMP", "MCC", "MCE", "MCL")
REPORTS = {
    Run.DA: PriceReport("PRC_LMP", "DAM", 12, "MW", _DAY_AHEAD_TYPES, 1),
    Run.FMM: PriceReport("PRC_RTPD_LMP", "RTPD", 3, "PRC", (*_DAY_AHEAD_TYPES, "MGHG"), 1),
    Run.RTD: PriceReport("PRC_INTVL_LMP", "RTM", 3, "VALUE", ("MCC", "MCE", "MCL", "LMP"), 0),
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
    return 25 if clock.fold and day.grid.hours == 25 else clock.hour + 1 if hour >= 0 else 0


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


def price_header(run: Run) -> str:
    """Return the header of a price report."""
    value = REPORTS[run].value
    if run is Run.DA:
        return f"{TIMES}OPR_DT,OPR_HR,OPR_INTERVAL,{_NODE}{value},GROUP"
    return f"{TIMES}OPR_DT,OPR_HR,{_NODE}{value},OPR_INTERVAL,GROUP"


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


class PriceTable(NamedTuple):
    """The prices of one run on one day, and the locations they are of."""

    run: Run
    day: LocalDay
    places: tuple[Place, ...]
    prices: RunPrices

    @property
    def report(self) -> PriceReport:
        """How the run is reported."""
        return REPORTS[self.run]

    def rows(self, intervals: Sequence[int]) -> list[str]:
        """Return the CSV rows of some intervals, grouped and disordered as OASIS serves them."""
        seed = [int(self.prices.start_ns // 10**9), len(self.places), *list(intervals)[:1]]
        generator = np.random.Generator(np.random.PCG64(seed))
        rows: list[str] = []
        for component in self.report.components:
            for number in generator.permutation(len(self.places)):
                group = len(rows) // len(intervals) + 1
                order = [intervals[position] for position in generator.permutation(len(intervals))]
                rows.extend(self._group(component, int(number), order, group))
        return rows

    def _group(
        self, component: str, number: int, intervals: list[int], group: int
    ) -> Iterator[str]:
        """Yield one component's rows at one place."""
        values = _component(self.prices, component)[number]
        node = self._node(component, self.places[number])
        for index in intervals:
            stretch = _stretch(self.run, self.day, self.prices, index)
            value = _value(int(values[index]), fixed=self.report.fixed_decimals)
            times = f"{gmt(stretch.start_ns)},{gmt(stretch.end_ns)},{self.day.day.isoformat()}"
            if self.run is Run.DA:
                yield f"{times},{stretch.hour},0,{node},{value},{group}"
            else:
                yield f"{times},{stretch.hour:02d},{node},{value},{stretch.interval},{group}"

    def _node(self, component: str, place: Place) -> str:
        kind = "ALL" if place.kind is LocationKind.NODE else "ALL_APNODES"
        name = place.name
        return (
            f"{name},{name},{name},{self.report.market_run},{component},{_ITEMS[component]},"
            f"{name},{kind},{self.report.position}"
        )

    def csv(self, intervals: Sequence[int]) -> str:
        """Return the CSV of some intervals."""
        return "\n".join([price_header(self.run), *self.rows(intervals)]) + "\n"

    def body(self, intervals: Sequence[int], published_ns: int) -> tuple[str, bytes]:
        """Return file name and zip of a publication over some intervals."""
        report = self.report
        name = file_name(report.query, report.market_run, report.version, self.day, published_ns)
        return zipped(name, self.csv(intervals), self.day, published_ns)


def file_name(query: str, market_run: str, version: int, day: LocalDay, published_ns: int) -> str:
    """Return the name of the CSV inside the zip; the stamp is local."""
    last = day.day + timedelta(days=1)
    stamp = from_ns(published_ns).astimezone(day.zone).strftime("%Y%m%d_%H_%M_%S")
    return f"{day.day:%Y%m%d}_{last:%Y%m%d}_{query}_{market_run}_{stamp}_v{version}.csv"


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
