"""The saved opening of a day is what a fold of the day gives."""

from __future__ import annotations

import gzip
from pathlib import Path

from connectors.log.day_folder import local_moment_ns
from connectors.log.days import Day
from flows.fold import fold
from flows.settings import DEFAULT_START


def test_the_shipped_opening_is_what_a_fold_of_the_day_gives_now(evening: Path):
    day = Day.open(evening)
    shipped = (evening / day.manifest.openings[DEFAULT_START]).read_bytes()

    company, _ = fold(day, until_ns=local_moment_ns(day.manifest, DEFAULT_START))

    assert gzip.decompress(shipped) == company.snapshot()
