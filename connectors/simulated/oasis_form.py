"""OASIS's own form: a CSV in a zip, one row a component and node, the hour as CAISO counts it."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from state.messages import AreaVolume, PricePublication, Series
from state.moments import SECOND_NS, from_ns

_ZONE = ZoneInfo("America/Los_Angeles")
_HOUR_SECONDS = 3600
_REPEATED_HOUR = 25
_TIMES = "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT"
_NODE = "NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS"
_COMPONENTS = (
    ("LMP", "LMP_PRC", "lmp"),
    ("MCE", "LMP_ENE_PRC", "energy"),
    ("MCC", "LMP_CONG_PRC", "congestion"),
    ("MCL", "LMP_LOSS_PRC", "loss"),
    ("MGHG", "LMP_GHG_PRC", "ghg"),
)
_LENGTHS = {"DAM": 3600, "RTPD": 900, "RTM": 300}
_CORRECTIONS_HEADER = (
    "TRADE_DATE,HOUR_ENDING,INTERVAL,MARKET,AFFECTED_AREA,CORRECTION_METHOD,CORRECTION_COUNT,"
    "ENERGY_TYPECODE,CORRECTION_REASON,REPORT_GENERATED"
)
_LOAD_HEADER = (
    f"{_TIMES},LOAD_TYPE,OPR_DT,OPR_HR,OPR_INTERVAL,MARKET_RUN_ID,TAC_AREA_NAME,LABEL,"
    "XML_DATA_ITEM,POS,MW,EXECUTION_TYPE,GROUP"
)
_RENEWABLES_HEADER = (
    f"OPR_DT,OPR_HR,OPR_INTERVAL,{_TIMES},TRADING_HUB,RENEWABLE_TYPE,LABEL,XML_DATA_ITEM,"
    "MARKET_RUN_ID_POS,RENEW_POS,MW,MARKET_RUN_ID,GROUP"
)
_RENEWABLE_RUNS = {
    "DAM": ("Renewable Forecast Day Ahead", "RENEW_FCST_DA_MW"),
    "ACTUAL": ("Renewable Actual", "RENEW_FCST_ACT_MW"),
}
_RENEWABLES = {Series.SOLAR: ("Solar", 2), Series.WIND: ("Wind", 1)}


class PriceForm(NamedTuple):
    """How a price report is written.

    Attributes:
        market_run: as OASIS calls it.
        value: the value's column.
    """

    market_run: str
    value: str

    @property
    def is_day_ahead(self) -> bool:
        """Whether it has no intervals within the hour; its columns are in another order then."""
        return self.market_run == "DAM"

    def csv(self, publications: Sequence[PricePublication]) -> str:
        """Return the CSV of some intervals, nodes in order."""
        order = (
            f"{_TIMES},OPR_DT,OPR_HR,OPR_INTERVAL,{_NODE},{self.value},GROUP"
            if self.is_day_ahead
            else f"{_TIMES},OPR_DT,OPR_HR,{_NODE},{self.value},OPR_INTERVAL,GROUP"
        )
        rows = [row for publication in publications for row in self._rows(publication)]
        return "\n".join([order, *rows]) + "\n"

    def _rows(self, publication: PricePublication) -> Iterator[str]:
        start_ns, seconds = publication.interval_start_ns, publication.interval_seconds
        day, hour, interval = _operating(start_ns, seconds)
        for group, (kind, item, attribute) in enumerate(_COMPONENTS, start=1):
            column = getattr(publication, attribute)
            for name, value in zip(publication.locations, column.tolist(), strict=False):
                node = f"{name},{name},{name},{self.market_run},{kind},{item},{name},ALL,1"
                times = f"{_gmt(start_ns)},{_gmt(start_ns + seconds * SECOND_NS)},{day}"
                if math.isnan(value):  # this node has no such component
                    continue
                if self.is_day_ahead:
                    yield f"{times},{hour},0,{node},{value!r},{group}"
                else:
                    yield f"{times},{hour:02d},{node},{value!r},{interval},{group}"


def load_csv(volumes: Sequence[AreaVolume]) -> str:
    """Return the CSV of SLD_FCST for some hours."""
    rows = [_LOAD_HEADER]
    for volume in volumes:
        start_ns = volume.interval_start_ns
        day, hour, _ = _operating(start_ns, volume.interval_seconds)
        times = f"{_gmt(start_ns)},{_gmt(start_ns + volume.interval_seconds * SECOND_NS)}"
        rows += [
            f"{times},0,{day},{hour},0,{volume.run},{area},Demand,SYS_FCST_MW,2,{mw!r},"
            f"{volume.run},{group}"
            for group, area, mw in _published(volume)
        ]
    return "\n".join(rows) + "\n"


def renewables_csv(volumes: Sequence[AreaVolume]) -> str:
    """Return the CSV of SLD_REN_FCST for some hours of solar and wind."""
    rows = [_RENEWABLES_HEADER]
    for volume in volumes:
        start_ns, seconds = volume.interval_start_ns, volume.interval_seconds
        day, hour, _ = _operating(start_ns, seconds)
        times = f"{_gmt(start_ns)},{_gmt(start_ns + seconds * SECOND_NS)}"
        kind, place = _RENEWABLES[volume.series]
        label, item = _RENEWABLE_RUNS[volume.run]
        rows += [
            f"{day},{hour},0,{times},{hub},{kind},{label},{item},1,{place},{mw!r},"
            f"{volume.run},{group}"
            for group, hub, mw in _published(volume)
        ]
    return "\n".join(rows) + "\n"


def _published(volume: AreaVolume) -> Iterator[tuple[int, str, float]]:
    """Yield the number, name and MW of each area of which something is published."""
    for group, (area, mw) in enumerate(zip(volume.areas, volume.mw.tolist(), strict=True), 1):
        if not math.isnan(mw):
            yield group, area, mw


def corrections_csv(rows: Sequence[tuple[str, int]], day_start_ns: int, now_ns: int) -> str:
    """Return the CSV of PRC_CORR_GRP for one trade day; without corrections it says so in a row.

    Args:
        rows: market and start of each interval that was corrected.
        day_start_ns: when the trade day begins.
        now_ns: of the report.
    """
    generated = f"{from_ns(now_ns).astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"
    if not rows:
        day = f"{from_ns(day_start_ns).astimezone(_ZONE):%Y-%m-%d}"
        return f"{_CORRECTIONS_HEADER}\n{day},,,,,,,,No records found for report.,{generated}\n"
    lines = [_CORRECTIONS_HEADER]
    for market, start_ns in rows:
        day, hour, interval = _operating(start_ns, _LENGTHS[market])
        place = f"{day},{hour},{'' if market == 'DAM' else interval},{market}"
        lines.append(f"{place},CAISO,Recalculated,1,LMP,Data input error,{generated}")
    return "\n".join(lines) + "\n"


def zipped(query: str, text: str, now_ns: int, *, suffix: str = "csv") -> bytes:
    """Return one member in a zip; its stamp is the moment of the download, local."""
    local = from_ns(now_ns).astimezone(_ZONE)
    member = zipfile.ZipInfo(
        f"{local:%Y%m%d}_{query}_{local:%Y%m%d_%H_%M_%S}.{suffix}", local.timetuple()[:6]
    )
    member.compress_type = zipfile.ZIP_DEFLATED
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(member, text)
    return body.getvalue()


def no_data(now_ns: int) -> bytes:
    """Return "no data yet" as OASIS says it: a zip of an XML error, with status 200."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<m:OASISReport xmlns:m="http://www.caiso.com/soa/OASISReport_v1.xsd"><m:MessagePayload>'
        "<m:RTO><m:name>CAISO</m:name><m:ERROR><m:ERR_CODE>1000</m:ERR_CODE>"
        "<m:ERR_DESC>No data returned for the specified selection</m:ERR_DESC></m:ERROR></m:RTO>"
        "</m:MessagePayload></m:OASISReport>\n"
    )
    return zipped("INVALID_REQUEST", text, now_ns, suffix="xml")


def _operating(start_ns: int, seconds: int) -> tuple[str, int, int]:
    """Return OPR_DT, OPR_HR and OPR_INTERVAL; the second of the repeated hours is hour 25."""
    local = from_ns(start_ns).astimezone(_ZONE)
    within = (start_ns // SECOND_NS) % _HOUR_SECONDS // seconds + 1
    return f"{local:%Y-%m-%d}", _REPEATED_HOUR if local.fold else local.hour + 1, within


def _gmt(at_ns: int) -> str:
    return f"{from_ns(at_ns):%Y-%m-%dT%H:%M:%S}-00:00"
