"""Writing a folder orders what arrives, and keeps what was recorded of the same contents."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from replay_data.folder import Contents, write_folder
from replay_data.publications import Receipt
from replay_data.records import LocalDay, Record

DAY = LocalDay(date(2026, 7, 14), "America/Los_Angeles")
MANIFEST: dict[str, Any] = {"name": "mine", "openings": {}, "digest": "", "timing_digest": ""}


def contents(text: str = "first") -> Contents:
    records = [Record(DAY.at(clock), "trades", text) for clock in ("10:00", "09:00")]
    receipts = [Receipt(DAY.at(clock), "caiso", clock, b"body") for clock in ("08:05", "08:00")]
    return Contents([], receipts, records)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder whose digest and opening were recorded."""
    folder = tmp_path / "mine"
    write_folder(folder, MANIFEST, DAY, contents())
    manifest = MANIFEST | {"digest": "abc", "openings": {"16:30": "openings/1630.state"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "openings").mkdir()
    (folder / "openings" / "1630.state").write_bytes(b"state")
    (folder / "digests.bin").write_bytes(b"links")
    return folder


def test_receipts_and_records_are_ascending(recorded: Path):
    receipts = (recorded / "receipts.csv").read_text().splitlines()
    assert [line.split(",")[2] for line in receipts] == ["payload", "08:00", "08:05"]
    records = (recorded / "records.jsonl").read_text().splitlines()
    assert [json.loads(line)["received_at"][11:16] for line in records] == ["09:00", "10:00"]


def test_writing_the_same_contents_keeps_what_was_recorded(recorded: Path):
    write_folder(recorded, MANIFEST | {"title": "new"}, DAY, contents())
    manifest = json.loads((recorded / "manifest.json").read_text())
    assert (manifest["digest"], manifest["title"]) == ("abc", "new")
    assert (recorded / "openings" / "1630.state").exists()
    assert (recorded / "digests.bin").exists()


def test_writing_other_contents_drops_what_was_recorded(recorded: Path):
    write_folder(recorded, MANIFEST, DAY, contents("second"))
    manifest = json.loads((recorded / "manifest.json").read_text())
    assert (manifest["digest"], manifest["openings"]) == ("", {})
    assert not (recorded / "openings" / "1630.state").exists()
    assert not (recorded / "digests.bin").exists()
