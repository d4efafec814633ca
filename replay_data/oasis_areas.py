"""SLD_FCST and SLD_REN_FCST: load, wind and solar by area, as OASIS serves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from replay_data import oasis
from replay_data.records import LocalDay

LOAD_HEADER = (
    f"{oasis.TIMES}LOAD_TYPE,OPR_DT,OPR_HR,OPR_INTERVAL,MARKET_RUN_ID,TAC_AREA_NAME,LABEL,"
    "XML_DATA_ITEM,POS,MW,EXECUTION_TYPE,GROUP"
)
RENEWABLE_HEADER = (
    f"OPR_DT,OPR_HR,OPR_INTERVAL,{oasis.TIMES}TRADING_HUB,RENEWABLE_TYPE,LABEL,XML_DATA_ITEM,"
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
    return f"{oasis.gmt(start)},{oasis.gmt(start + 3_600_000_000_000)}", oasis.operating_hour(
        day, start
    )


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
    csv_name = oasis.file_name("SLD_FCST", market_run, 1, day, at_ns)
    return oasis.zipped(csv_name, "\n".join(rows) + "\n", day, at_ns)


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
    name = oasis.file_name("SLD_REN_FCST", "DAM", 1, day, at_ns)
    return oasis.zipped(name, "\n".join(rows) + "\n", day, at_ns)
