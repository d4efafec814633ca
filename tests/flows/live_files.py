"""Files of live runs: an opening, and a host that does not answer."""

from __future__ import annotations

from pathlib import Path

from connectors.records import to_json_line
from flows.defaults import defaults_of
from flows.live_file import LiveFile, read_live_file
from flows.settings import Settings


def opening(place: Path) -> Path:
    path = place / "opening.jsonl"
    path.write_text(to_json_line(defaults_of(Settings())[1]) + "\n", encoding="utf-8")
    return path


def of_nobody(place: Path) -> LiveFile:
    """Return a file of feeds, in real time, of a host that does not answer."""
    section = "caiso: {locations: [A], base_url: 'http://127.0.0.1:1'}"
    text = f"opening: {opening(place).name}\n{section}\n"
    (place / "live.yaml").write_text(text, encoding="utf-8")
    return read_live_file(place / "live.yaml", ("caiso",))
