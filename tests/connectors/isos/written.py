"""Bodies in the layout of the markets, with rows made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

HEADS = {
    "PRC_LMP": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,"
    "NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP",
    "PRC_RTPD_LMP": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE_ID_XML,NODE_ID,"
    "NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,PRC,OPR_INTERVAL,GROUP",
    "PRC_INTVL_LMP": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE_ID_XML,NODE_ID,"
    "NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,VALUE,OPR_INTERVAL,GROUP",
    "SLD_FCST": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,LOAD_TYPE,OPR_DT,OPR_HR,OPR_INTERVAL,"
    "MARKET_RUN_ID,TAC_AREA_NAME,LABEL,XML_DATA_ITEM,POS,MW,EXECUTION_TYPE,GROUP",
    "SLD_REN_FCST": "OPR_DT,OPR_HR,OPR_INTERVAL,INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,"
    "TRADING_HUB,RENEWABLE_TYPE,LABEL,XML_DATA_ITEM,MARKET_RUN_ID_POS,RENEW_POS,MW,MARKET_RUN_ID,"
    "GROUP",
    "SPP": "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC",
    "SPP_2026": "INTERVAL,GMTINTERVALEND,BAA,SETTLEMENT_LOCATION,PNODE,LMP,MLC,MCC,MEC",
}
RUNS = {
    "PRC_LMP": ("DAM", 60, "MW"),
    "PRC_RTPD_LMP": ("RTPD", 15, "PRC"),
    "PRC_INTVL_LMP": ("RTM", 5, "VALUE"),
}
NOON = datetime(2026, 8, 14, 19, tzinfo=UTC)


def row(report: str, **cells: object) -> str:
    """Write a row by the names of its columns; columns not named are as good as any."""
    return ",".join(
        str(cells.get(name.replace(" ", "_"), "1")) for name in HEADS[report].split(",")
    )


def price_rows(
    report: str, prices: dict[str, dict[str, object]], *, start: datetime = NOON, **cells: object
) -> list[str]:
    """Write a row for each node and LMP_TYPE: ``{"NODE-1": {"LMP": 30, "MCE": 28}}``."""
    run, minutes, value = RUNS[report]
    end = start + timedelta(minutes=minutes)
    return [
        row(
            report,
            **{
                "INTERVALSTARTTIME_GMT": f"{start:%Y-%m-%dT%H:%M:%S}-00:00",
                "INTERVALENDTIME_GMT": f"{end:%Y-%m-%dT%H:%M:%S}-00:00",
                "NODE": node,
                "MARKET_RUN_ID": run,
                "LMP_TYPE": lmp_type,
                "POS": "2.8",
                value: price,
            }
            | cells,
        )
        for node, of_node in prices.items()
        for lmp_type, price in of_node.items()
    ]


def spp_rows(
    end: datetime, prices: dict[str, tuple[object, object, object, object]], report: str = "SPP"
) -> list[str]:
    """Write a row for each settlement location: LMP, MLC, MCC, MEC."""
    gmt = f"{end:%m/%d/%Y %H:%M:%S}" if report == "SPP" else f"{end.month}/{end:%d/%Y %H:%M}"
    names = ("Settlement_Location", "GMTIntervalEnd")
    if report == "SPP_2026":
        names = ("SETTLEMENT_LOCATION", "GMTINTERVALEND")
    return [
        row(
            report,
            **{names[0]: location, names[1]: gmt},
            **dict(zip(("LMP", "MLC", "MCC", "MEC"), values, strict=True)),
        )
        for location, values in prices.items()
    ]


def csv(report: str, rows: Iterable[str]) -> bytes:
    """Write a bare CSV body."""
    return "".join(f"{line}\n" for line in (HEADS[report], *rows)).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    """Write a zip as OASIS does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()
