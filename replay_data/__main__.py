"""Writes the shipped days, and calibrates the price model: ``python -m replay_data``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import msgspec

from replay_data.calibration import HOURLY_2024, TABLES, make_tables, misses, read_hourly
from replay_data.days import ROOT, DayMaker, history
from replay_data.stories import STORIES, story_named


def _data() -> Path:
    return Path(os.environ.get("TIELINE_REALDATA", ROOT.parent.parent / "shared" / "data"))


def _write(names: list[str], root: Path) -> int:
    for name in names or [story.name for story in STORIES]:
        folder = DayMaker(story_named(name)).write(root)
        size = sum(item.stat().st_size for item in folder.iterdir() if item.is_file())
        print(f"{folder.name}: {size / 1e6:.2f} MB")  # noqa: T201 - the command's answer
    return 0


def _calibrate(*, keep: bool) -> int:
    data = _data()
    if not (data / HOURLY_2024).exists():
        print(f"no {HOURLY_2024} in {data}; set TIELINE_REALDATA", file=sys.stderr)  # noqa: T201
        return 1
    if keep:
        TABLES.write_bytes(msgspec.json.encode(make_tables(data)) + b"\n")
    found = history()
    for miss in misses(read_hourly(data / HOURLY_2024), found.da, found.rtd):
        print(miss)  # noqa: T201 - the command's answer
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m replay_data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="write days, all of them by default")
    write.add_argument("day", nargs="*", metavar="DAY")
    write.add_argument("--to", type=Path, default=ROOT, help="folder to write into")
    calibrate = commands.add_parser("calibrate", help="compare the history with the real files")
    calibrate.add_argument("--keep", action="store_true", help="rewrite the tables first")
    chosen = parser.parse_args(arguments)
    names = [story.name for story in STORIES]
    unknown = [name for name in getattr(chosen, "day", []) if name not in names]
    if unknown:
        parser.error(f"there is no day {unknown[0]}; the days are {', '.join(names)}")
    if chosen.command == "write":
        return _write(chosen.day, chosen.to)
    return _calibrate(keep=chosen.keep)


if __name__ == "__main__":
    sys.exit(main())
