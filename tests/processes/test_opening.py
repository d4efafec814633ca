"""A day from its saved opening goes on as the whole day does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from connectors.log.day_folder import local_moment_ns
from connectors.log.days import Day
from flows.fold import fold
from flows.settings import DEFAULT_START
from tests.processes.houses import Ending, replayed


def test_the_shipped_opening_is_what_a_fold_of_the_day_gives_now(evening: Path):
    day = Day.open(evening)
    shipped = (evening / day.manifest.openings[DEFAULT_START]).read_bytes()

    company, _ = fold(day, until_ns=local_moment_ns(day.manifest, DEFAULT_START))

    assert gzip.decompress(shipped) == company.snapshot()


@pytest.mark.processes
def test_from_the_shipped_opening_the_evening_ends_as_the_whole_day_does(
    evening: Path, undisturbed: Ending, tmp_path: Path
):
    manifest = Day.open(evening).manifest
    start_ns = local_moment_ns(manifest, DEFAULT_START)
    seconds_left = (manifest.to_ns - start_ns) // 1_000_000_000

    ended = replayed(evening, tmp_path, TIELINE_START_AT=DEFAULT_START)

    later = [change for change in undisturbed.changes if change[-1] > start_ns]
    assert seconds_left < ended.messages < undisturbed.messages / 2
    assert ended.digests == undisturbed.digests
    assert ended.changes == later
    assert later
