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
    "RTM_SPP": "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,"
    "SettlementPointType,SettlementPointPrice,DSTFlag",
    "DAM_SPP": "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag",
    "SCED": "SCEDTimestamp,RepeatedHourFlag,SettlementPoint,LMP",
    "SCED_2026": "SCEDTimestamp,RepeatedHourFlag,SettlementPoint,CappedLMP,UncappedLMP",
    "SCED_BUS": "SCEDTimestamp,RepeatedHourFlag,ElectricalBus,CappedLMP,UncappedLMP",
    "SEVEN_DAY": "DeliveryDate,HourEnding,North,South,SystemTotal,DSTFlag    ",
    "DEMAND": "DeliveryDate,TimeEnding,Demand,DSTFlag",
    "ZONE_LOAD": "OperDay,HourEnding,NORTH,SOUTH,TOTAL,DSTFlag",
    "WIND": "DELIVERY_DATE,HOUR_ENDING,SYSTEM_WIDE_GEN,COP_HSL_SYSTEM_WIDE,STWPF_SYSTEM_WIDE,"
    "WGRPP_SYSTEM_WIDE,GEN_LZ_WEST,STWPF_LZ_WEST,WGRPP_LZ_WEST,SYSTEM_WIDE_HSL,DSTFlag",
    "SOLAR": "DELIVERY_DATE,HOUR_ENDING,SYSTEM_WIDE_GEN,STPPF_SYSTEM_WIDE,PVGRPP_SYSTEM_WIDE,"
    "DSTFlag",
    "RTM_CORRECTION": "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,"
    "SettlementPointType,SPPOriginal,SPPCorrected,PriceCorrectionTime,DSTFlag",
    "LBMP": "Time Stamp,Name,PTID,LBMP ($/MWHr),Marginal Cost Losses ($/MWHr),"
    "Marginal Cost Congestion ($/MWHr)",
    "PAL": "Time Stamp,Time Zone,Name,PTID,Load",
    "ISOLF": "Time Stamp,Capitl,Hud Vl,NYISO",
    "FUELS": "Time Stamp,Time Zone,Fuel Category,Gen MW",
    "ISONE": "H,Date,Hour Ending,Location ID,Location Name,Location Type,"
    "Locational Marginal Price,Energy Component,Congestion Component,Marginal Loss Component",
    "ISONE_5": "H,Local Time,Location ID,Location Name,Location Type,LMP,Energy Component,"
    "Congestion Component,Marginal Loss Component",
    "PJM_RT": "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,type,"
    "total_lmp_rt,congestion_price_rt,marginal_loss_price_rt",
    "PJM_DA": "datetime_beginning_utc,datetime_beginning_ept,pnode_name,system_energy_price_da,"
    "total_lmp_da,congestion_price_da,marginal_loss_price_da,row_is_current,version_nbr",
    "STLF": "Interval,GMTIntervalEnd,STLF,Actual",
    "MTLF": "Interval,GMTIntervalEnd,MTLF,Averaged Actual",
    "GENMIX": "GMT MKT Interval,Coal Market,Wind Market,Wind Self,Solar Market,Solar Self,Load",
    "CORRECTIONS": "TRADE_DATE,HOUR_ENDING,INTERVAL,MARKET,AFFECTED_AREA,CORRECTION_METHOD,"
    "CORRECTION_COUNT,ENERGY_TYPECODE,CORRECTION_REASON,REPORT_GENERATED",
    "OUTLOOK": "Time,Day ahead forecast,Hour ahead forecast,Current demand",
    "FUELSOURCE": "Time,Solar,Wind,Batteries",
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


def lines(report: str, *rows: str) -> bytes:
    """Write a bare CSV body of rows given as text."""
    return csv(report, rows)


def marked(*hours: tuple[str, str, dict[str, tuple[float, ...]]], title: str = "") -> bytes:
    """Write an ISO-NE report: of each hour its date, name and prices by location."""
    found = [
        f'"D","{day}","{hour}","321","{name}","HUB",' + ",".join(map(str, prices))
        for day, hour, of_hour in hours
        for name, prices in of_hour.items()
    ]
    names = ",".join(f'"{name}"' for name in HEADS["ISONE"].split(","))
    title = title or "Day-Ahead Energy Market Hourly LMP Report"
    return "".join(
        f"{line}\n"
        for line in (f'"C","{title}"', names, '"H","Date","HE"', *found, f'"T","{len(found)}"')
    ).encode()


def miso_report(day: str, nodes: dict[str, dict[str, list[float]]], *, title: str = "") -> bytes:
    """Write a MISO report: of each node and component its 24 hours."""
    title = title or "Day Ahead Market ExPost LMPs"
    head = ",".join(["Node", "Type", "Value", *(f"HE {hour}" for hour in range(1, 25))])
    rows = [
        ",".join([node, "Hub", value, *map(str, prices)])
        for node, values in nodes.items()
        for value, prices in values.items()
    ]
    note = ",,,All Hours-Ending are Eastern Standard Time (EST)"
    return "".join(f"{line}\n" for line in (title, day, "", note, head, *rows)).encode()
