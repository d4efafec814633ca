"""Whole real files, cut at many places: what is left never says what the whole does not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.isos import MARKETS, Feed, Parsed
from flows.outcomes import outcome_of
from state.errors import ParseError
from tests.connectors.isos.values import values_of

pytestmark = pytest.mark.realdata

CUTS = 12
"""Of each file, and as many at the end of a row."""


def parsed_or_none(market: str, body: bytes, where: str) -> Parsed | None:
    try:
        return MARKETS[market].parse(body, received_at_ns=1, where=where)
    except ParseError:
        return None


def whole_files(folder: Path, market: str) -> Iterator[tuple[str, bytes, Parsed]]:
    for path in sorted((folder / market).glob("*")):
        body = path.read_bytes()
        parsed = parsed_or_none(market, body, path.name)
        if parsed is not None and parsed.messages:
            yield path.name, body, parsed


def lengths_of(name: str, body: bytes) -> tuple[list[int], list[int]]:
    """Return some lengths within rows and some at their ends, the same every time."""
    draw = random.Random(name)  # noqa: S311 - which cuts are tried
    ends = [at + 1 for at, byte in enumerate(body) if byte == ord("\n")][1:-1]
    within = [at for at in draw.choices(range(1, len(body)), k=CUTS) if at not in set(ends)]
    return within, draw.choices(ends, k=CUTS) if ends and body[:1] not in b"P{" else []


@pytest.mark.parametrize("market", ["caiso", "ercot", "isone", "nyiso", "spp"])
def test_a_cut_file_says_nothing_that_the_whole_does_not(real_data: Path, market: str):
    tried = 0
    for name, body, parsed in whole_files(real_data, market):
        whole = values_of(parsed)
        within, ends = lengths_of(name, body)
        for length in (*within, *ends):
            cut = parsed_or_none(market, body[:length], name)
            tried += 1
            if cut is None:
                continue
            assert values_of(cut).items() <= whole.items(), f"{name} cut at {length}"
            told = any("truncated" in row.reason for row in cut.rejected)
            assert told or length in ends, f"{name} cut at {length}"
    assert tried >= CUTS


def test_a_day_ahead_file_cut_at_a_rows_end_is_a_gap_and_never_whole(real_data: Path):
    name = "20191012_20191106_PRC_LMP_DAM_20200511_15_31_06_v1.csv"
    body = (real_data / "caiso" / name).read_bytes()
    feed = MARKETS["caiso"]
    assert not any("missing" in each or "not whole" in each for each in _quirks(feed, body))
    for length in lengths_of(name, body)[1]:
        quirks = _quirks(feed, body[:length])
        assert any("missing" in each or "not whole" in each for each in quirks)


def _quirks(feed: Feed, body: bytes) -> tuple[str, ...]:
    return outcome_of(feed, body, received_at_ns=1, where="body").quirks
