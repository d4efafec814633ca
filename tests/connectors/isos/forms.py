"""A body of some 50 rows in every form that is read, made here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.connectors.isos.written import csv, lines, marked, miso_report, price_rows, row, spp_rows

START = datetime(2026, 8, 14, 10, tzinfo=UTC)
NAMES = ("A_NODE", "B_NODE")
LMP = {"LMP": 30.5, "MCE": 28, "MCC": 2, "MCL": 0.5}
ISONE_PRICES = {"A": (30.5, 28.0, 2.0, 0.5), "B": (31.0, 28.0, 2.0, 1.0)}


class Form(NamedTuple):
    """A body in a market's form.

    Attributes:
        where: what it is called.
        row_values: how many values a row has at most.
    """

    market: str
    body: bytes
    where: str = "body"
    row_values: int = 4

    @property
    def is_table(self) -> bool:
        return self.body[:1] not in b"{<"


def _every(count: int, minutes: int) -> list[datetime]:
    return [START + timedelta(minutes=minutes * step) for step in range(count)]


def _caiso(report: str, minutes: int) -> Form:
    nodes = {"A": LMP, "B": LMP | {"LMP": -5, "MCE": -7.5}}
    starts = _every(6, minutes)
    return Form(
        "caiso",
        csv(report, [each for at in starts for each in price_rows(report, nodes, start=at)]),
        row_values=1,
    )


def _caiso_area(report: str, column: str, **cells: str) -> Form:
    rows = [
        row(
            report,
            INTERVALSTARTTIME_GMT=f"{at:%Y-%m-%dT%H:%M:%S}-00:00",
            INTERVALENDTIME_GMT=f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}-00:00",
            MARKET_RUN_ID="DAM",
            MW=str(1000 + number),
            **{column: name},
            **cells,
        )
        for number, at in enumerate(_every(25, 60))
        for name in NAMES
    ]
    return Form("caiso", csv(report, rows))


def _quarters() -> list[str]:
    return [
        f"08/14/2026,{hour},{quarter},{name},HU,{hour}.5,N"
        for hour in range(1, 7)
        for quarter in (1, 2, 3, 4)
        for name in NAMES
    ]


def _hours(last: str, days: int = 2) -> list[str]:
    return [
        f"08/{14 + day}/2026,{hour:02}:00,{last.format(hour=hour)}"
        for day in range(days)
        for hour in range(1, 25)
    ]


def _sced(price: str) -> list[str]:
    return [f"{at:%m/%d/%Y %H:%M}:13,N,{name},{price}" for at in _every(25, 5) for name in NAMES]


def _nyiso(clock: str, minutes: int) -> list[str]:
    return [
        f'"{at:{clock}}","{name}",1,30.25,1.5,-2' for at in _every(24, minutes) for name in NAMES
    ]


def _isone_five_minute() -> bytes:
    names = "H,Local Time,Location ID,Location Name,Location Type,LMP,Energy Component,"
    rows = [
        f"D,{at:%m/%d/%Y %H:%M}:00,1,{name},HUB,30.5,28,2,0.5"
        for at in _every(24, 5)
        for name in NAMES
    ]
    every = ["C,Five-Minute LMPs", f"{names}Congestion Component,Marginal Loss Component", "H,x"]
    return "".join(f"{line}\n" for line in [*every, *rows, f"T,{len(rows)}"]).encode()


def _service_items() -> list[dict[str, object]]:
    return [
        {
            "BeginDate": f"{at:%Y-%m-%dT%H:%M:%S}-04:00",
            "Location": {"@LocId": "1", "$": name},
            "LmpTotal": 30.5,
            "EnergyComponent": 28,
            "CongestionComponent": 2,
            "LossComponent": 0.5,
        }
        for at in _every(25, 5)
        for name in NAMES
    ]


def _service_xml() -> bytes:
    items = "".join(
        f"<FiveMinLmp><BeginDate>{at:%Y-%m-%dT%H:%M:%S}-04:00</BeginDate>"
        f'<Location LocId="1">{name}</Location><LmpTotal>30.5</LmpTotal>'
        "<EnergyComponent>28</EnergyComponent><CongestionComponent>2</CongestionComponent>"
        "<LossComponent>0.5</LossComponent></FiveMinLmp>"
        for at in _every(12, 5)
        for name in NAMES
    )
    return f'<?xml version="1.0"?><FiveMinLmps xmlns="urn:x">{items}</FiveMinLmps>'.encode()


def _pjm_items() -> list[dict[str, object]]:
    return [
        {
            "datetime_beginning_utc": f"{at:%Y-%m-%dT%H:%M:%S}",
            "pnode_name": name,
            "total_lmp_rt": 30.5,
            "congestion_price_rt": 2,
            "marginal_loss_price_rt": 0.5,
        }
        for at in _every(25, 5)
        for name in NAMES
    ]


def _spp() -> bytes:
    prices = {"A_HUB": (12, -1, 3, 10), "B_HUB": (11, 1, 0, 10)}
    return csv("SPP", [each for at in _every(24, 5) for each in spp_rows(at, prices)])


def _demand_days() -> bytes:
    items = [
        {
            "epoch": int(at.timestamp()) * 1000,
            "timestamp": f"{at:%Y-%m-%d %H:%M:%S}+0000",
            "systemLoad": 50000.5,
        }
        for at in _every(24, 60)
    ]
    return json.dumps({"currentDay": {"data": items}}).encode()


_DAY = {"LMP": [30.5] * 24, "MCC": [2.0] * 24, "MLC": [1.0] * 24}
_ISONE_HOURS = [("08/14/2026", f"{hour:02}", ISONE_PRICES) for hour in range(1, 25)]

FORMS: dict[str, Form] = {
    "caiso PRC_LMP": _caiso("PRC_LMP", 60),
    "caiso PRC_RTPD_LMP": _caiso("PRC_RTPD_LMP", 15),
    "caiso PRC_INTVL_LMP": _caiso("PRC_INTVL_LMP", 5),
    "caiso SLD_FCST": _caiso_area("SLD_FCST", "TAC_AREA_NAME"),
    "caiso SLD_REN_FCST": _caiso_area("SLD_REN_FCST", "TRADING_HUB", RENEWABLE_TYPE="Solar"),
    "caiso outlook": Form(
        "caiso",
        lines("OUTLOOK", *(f"{at:%H:%M},21000,21100,21050" for at in _every(50, 5))),
        "outlook/history/20260814/demand.csv",
    ),
    "ercot RTM SPP": Form("ercot", lines("RTM_SPP", *_quarters())),
    "ercot DAM SPP": Form("ercot", lines("DAM_SPP", *_hours("HB_NORTH,{hour}.5,N"))),
    "ercot SCED": Form("ercot", lines("SCED", *_sced("40.5"))),
    "ercot SCED 2026": Form("ercot", lines("SCED_2026", *_sced("40.5,41"))),
    "ercot load": Form("ercot", lines("SEVEN_DAY", *_hours("10,20,30,N"))),
    "ercot wind": Form("ercot", lines("WIND", *_hours("5,9,6,7,1,2,3,9,N")), row_values=6),
    "ercot dashboard": Form("ercot", _demand_days()),
    "nyiso realtime": Form("nyiso", lines("LBMP", *_nyiso("%m/%d/%Y %H:%M:%S", 5))),
    "nyiso damlbmp": Form("nyiso", lines("LBMP", *_nyiso("%m/%d/%Y %H:%M", 60)), "damlbmp.csv"),
    "nyiso pal": Form(
        "nyiso",
        lines(
            "PAL",
            *(
                f'"{at:%m/%d/%Y %H:%M:%S}","EDT","{name}",1,1500.5'
                for at in _every(25, 5)
                for name in NAMES
            ),
        ),
    ),
    "nyiso isolf": Form(
        "nyiso", lines("ISOLF", *(f'"{at:%m/%d/%Y %H:%M}",10,20,30' for at in _every(48, 60)))
    ),
    "isone hourly": Form("isone", marked(*_ISONE_HOURS)),
    "isone five-minute": Form("isone", _isone_five_minute()),
    "isone JSON": Form(
        "isone", json.dumps({"FiveMinLmps": {"FiveMinLmp": _service_items()}}).encode()
    ),
    "isone XML": Form("isone", _service_xml()),
    "miso report": Form(
        "miso",
        miso_report("08/14/2026", {f"N{number}": _DAY for number in range(16)}),
        row_values=72,
    ),
    "miso JSON": Form(
        "miso",
        json.dumps(
            {
                "headers": ["INTERVAL", "CPNODE", "LMP", "MLC", "MCC"],
                "data": [
                    [f"{at:%Y-%m-%dT%H:%M:%S}", name, 30.5, 1, 2]
                    for at in _every(25, 5)
                    for name in NAMES
                ],
            }
        ).encode(),
    ),
    "pjm CSV": Form(
        "pjm",
        lines(
            "PJM_RT",
            *(
                f"{at:%-m/%-d/%Y %-I:%M:%S %p},8/14/2026 6:00:00 AM,1,{name},HUB,30.5,2,0.5"
                for at in _every(25, 5)
                for name in NAMES
            ),
        ),
    ),
    "pjm JSON": Form("pjm", json.dumps({"items": _pjm_items(), "totalRows": 50}).encode()),
    "spp LMP": Form("spp", _spp()),
    "spp load": Form(
        "spp", lines("STLF", *(f"x,{at:%m/%d/%Y %H:%M:%S},30000,29500" for at in _every(50, 5)))
    ),
}
"""Every form by its name."""
