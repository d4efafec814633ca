"""docs/days.md does what it says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.log.days import Day, Receipt
from replay_data import oasis
from replay_data.days import ROOT, caiso_prices
from replay_data.records import LocalDay
from replay_data.stories import STORIES
from state.messages import Books, Market, Run
from tests.replay_data.document import DOCUMENT, code
from tests.replay_data.shipped import SCARCITY

DAY = LocalDay(date(2026, 3, 8), "America/Los_Angeles")


def test_the_documented_function_writes_a_day_that_opens(tmp_path: Path):
    prices = caiso_prices()
    table = oasis.PriceTable(Run.DA, DAY, prices.places, prices.on(DAY, Run.DA))
    name, body = table.body(range(23), DAY.at("00:00"))
    (tmp_path / name).write_bytes(body)
    documented = code()
    received = datetime(2026, 3, 8, 12, tzinfo=UTC)
    bodies = [(received, "caiso", tmp_path / name)]
    folder = tmp_path / "mine"
    documented["make_day"](folder, DAY.day, DAY.time_zone, bodies, documented["OPENING"])

    day = Day.open(folder)

    market, _, books = day.opening()
    assert isinstance(market, Market)
    assert isinstance(books, Books)
    assert [item.body for item in day.items() if isinstance(item, Receipt)] == [body]
    assert len(day) == 23 * 3600 + 1 + 1


def test_every_shipped_day_is_in_the_table():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"| `{story.name}` |" in text for story in STORIES)


def test_the_example_record_is_one_of_the_scarcity_evening():
    lines = (ROOT / SCARCITY / "records.jsonl").read_text().splitlines()
    (outage,) = (line for line in lines if json.loads(line)["source"] == "outages")
    assert outage in DOCUMENT.read_text(encoding="utf-8")


def test_the_example_receipt_is_one_of_the_scarcity_evening():
    first = (ROOT / SCARCITY / "receipts.csv").read_text().splitlines()[1]
    assert first in DOCUMENT.read_text(encoding="utf-8")
