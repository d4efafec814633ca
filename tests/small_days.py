"""Writes small day folders for tests, in the documented form."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.records import to_record
from state.messages import Books, LocationKind, Locations, Market, SettlesAt, Trade, TradeAction

START = datetime(2026, 8, 14, 5, tzinfo=UTC)
"""Midnight in Chicago."""

PLACES = Locations(
    market="spp",
    locations=("HUB_A", "NODE_B"),
    kinds=(LocationKind.HUB, LocationKind.NODE),
    hubs=("HUB_A", "HUB_A"),
)

_HEADER = "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC\n"


def at(seconds: float) -> str:
    """Return a moment of the day as written in its files."""
    return (START + timedelta(seconds=seconds)).isoformat()


def at_ns(seconds: float) -> int:
    """Return a moment of the day in nanoseconds."""
    return (int(START.timestamp()) * 1000 + round(seconds * 1000)) * 1_000_000


def price_body(end_seconds: int, lmp: float, *, bad_row: bool = False) -> bytes:
    """Return a real-time body as SPP publishes it."""
    end = (START + timedelta(seconds=end_seconds)).strftime("%m/%d/%Y %H:%M:%S")
    rows = [f"{end},{end},{name},P_{name},{lmp},0,0,{lmp}\n" for name in ("HUB_A", "NODE_B")]
    if bad_row:
        rows.append(f"{end},{end},NODE_C,P_C,n/a,0,0,1\n")
    return (_HEADER + "".join(rows)).encode()


def trade(number: int, quantity_mw: float = 5.0) -> dict[str, Any]:
    """Return a trade as a record."""
    return to_record(deal(number, quantity_mw))


def deal(number: int, quantity_mw: float = 5.0) -> Trade:
    """Return a trade of an hour."""
    return Trade(
        source="desk",
        trade=f"T{number}",
        version=1,
        action=TradeAction.NEW,
        product="energy",
        market="spp",
        book="B1",
        counterparty="CP-01",
        location="HUB_A",
        delivery_start_ns=at_ns(7200),
        delivery_end_ns=at_ns(10800),
        quantity_mw=quantity_mw,
        price_usd_per_mwh=30.0,
        settles_at=SettlesAt.RTD,
    )


def record_line(seconds: float, body: object, source: str = "trades") -> str:
    """Return a line of the records."""
    return json.dumps({"received_at": at(seconds), "source": source, "body": body})


def manifest(last_second: int, **changes: object) -> dict[str, object]:
    """Return the manifest of a day of some seconds."""
    return {
        "name": "small",
        "title": "a small day",
        "format": 1,
        "company": "company",
        "markets": ["spp"],
        "date": "2026-08-14",
        "time_zone": "America/Chicago",
        "from_ns": at_ns(0),
        "to_ns": at_ns(last_second),
        "openings": {},
        **changes,
    }


def write_day(
    folder: Path,
    *,
    last_second: int = 600,
    receipts: dict[float, bytes] | None = None,
    records: list[str] | None = None,
    **changes: object,
) -> Path:
    """Write a day: an opening, bodies by second of receipt, lines of records."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest(last_second, **changes)))
    opening = [
        to_record(Market(market="spp", time_zone="America/Chicago")),
        to_record(Books(company="company", books=("B1",), desks=("D1",))),
    ]
    with gzip.open(folder / "opening.jsonl.gz", "wt") as file:
        file.writelines(record_line(0, body, "opening") + "\n" for body in opening)
    bodies = receipts or {}
    with zipfile.ZipFile(folder / "payloads.zip", "w") as archive:
        for second, body in bodies.items():
            archive.writestr(f"spp/{second}.csv", body)
    lines = [f"{at(second)},spp,spp/{second}.csv" for second in bodies]
    (folder / "receipts.csv").write_text("\n".join(["received_at,source,payload", *lines, ""]))
    (folder / "records.jsonl").write_text("".join(line + "\n" for line in records or []))
    return folder
