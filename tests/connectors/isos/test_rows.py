"""A row with one bad cell is left out whole, in every form whose rows have several."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from connectors.isos import MARKETS
from state.wire import encode
from tests.connectors.isos.written import lines

Form = Callable[[list[tuple[object, object]]], bytes]

OUTLOOK = "outlook/history/20260814/demand.csv"


class Rows(NamedTuple):
    """Two sound rows, and a third whose last cell is bad."""

    market: str
    report: str
    rows: tuple[str, str, str]
    where: str = "body"


TABLES = {
    "caiso outlook": Rows(
        "caiso", "OUTLOOK", ("10:05,1,2,3", "10:10,4,5,6", "10:15,7,8,x"), OUTLOOK
    ),
    "ercot load": Rows(
        "ercot",
        "SEVEN_DAY",
        ("08/14/2026,1:00,1,2,3,N", "08/14/2026,2:00,4,5,9,N", "08/14/2026,3:00,6,7,x,N"),
    ),
    "ercot solar": Rows(
        "ercot",
        "SOLAR",
        ("08/14/2026,1,1,2,3,N", "08/14/2026,2,4,5,6,N", "08/14/2026,3,7,8,x,N"),
    ),
    "nyiso isolf": Rows(
        "nyiso",
        "ISOLF",
        (
            "08/14/2026 01:00,1,2,3",
            "08/14/2026 02:00,4,5,9",
            "08/14/2026 03:00,6,7,x",
        ),
    ),
    "spp load": Rows(
        "spp",
        "STLF",
        (
            "x,08/14/2026 10:05:00,1,2",
            "x,08/14/2026 10:10:00,3,4",
            "x,08/14/2026 10:15:00,5,x",
        ),
    ),
    "spp mix": Rows(
        "spp",
        "GENMIX",
        (
            "2026-08-14T10:05:00Z,1,2,3,4,5,6",
            "2026-08-14T10:10:00Z,1,2,3,4,5,6",
            "2026-08-14T10:15:00Z,1,2,3,4,5,x",
        ),
    ),
}


def parsed(market: str, body: bytes, where: str) -> tuple[list[bytes], int]:
    """Return the messages, and how many rows were rejected."""
    found = MARKETS[market].parse(body, received_at_ns=0, where=where)
    return [encode(message) for message in found.messages], len(found.rejected)


@pytest.mark.parametrize("form", TABLES)
def test_a_row_of_a_table_with_one_bad_cell_is_left_out_whole(form: str):
    market, report, rows, where = TABLES[form]
    sound, none = parsed(market, lines(report, *rows[:2]), where)

    assert (len(sound) > 0, none) == (True, 0)
    assert parsed(market, lines(report, *rows), where) == (sound, 1)


def pjm(hours: list[tuple[object, object]]) -> bytes:
    """Return hourly prices of both markets in one feed: of the day ahead, and real-time."""
    items = [
        {
            "datetime_beginning_utc": f"2026-08-14T{10 + hour}:00:00",
            "pnode_name": "A",
            "total_lmp_da": ahead,
            "total_lmp_rt": real,
        }
        for hour, (ahead, real) in enumerate(hours)
    ]
    return json.dumps({"items": items, "totalRows": len(items)}).encode()


def ercot_demand(hours: list[tuple[object, object]]) -> bytes:
    items = [
        {
            "epoch": (1_786_680_000 + 3600 * hour) * 1000,
            "timestamp": f"2026-08-14 {4 + hour:02}:00:00+0000",
            "systemLoad": load,
            "dayAheadForecast": forecast,
        }
        for hour, (load, forecast) in enumerate(hours)
    ]
    return json.dumps({"currentDay": {"data": items}}).encode()


def ercot_fuels(slots: list[tuple[object, object]]) -> bytes:
    stamps = {
        f"2026-08-14 10:{5 * slot:02}:00-0500": {"Wind": {"gen": wind}, "Solar": {"gen": solar}}
        for slot, (wind, solar) in enumerate(slots)
    }
    return json.dumps({"data": {"2026-08-14": stamps}, "types": ["Wind", "Solar"]}).encode()


@pytest.mark.parametrize(
    ("market", "form"),
    [("pjm", pjm), ("ercot", ercot_demand), ("ercot", ercot_fuels)],
    ids=["pjm both markets", "ercot demand", "ercot fuel mix"],
)
def test_an_item_with_one_bad_cell_is_left_out_whole(market: str, form: Form):
    sound, none = parsed(market, form([(1.5, 2.5), (3.5, 4.5)]), "body")

    assert (len(sound) > 0, none) == (True, 0)
    assert parsed(market, form([(1.5, 2.5), (3.5, 4.5), (5.5, "x")]), "body") == (sound, 1)
