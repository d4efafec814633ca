"""Every real file and its outcome, as docs/feeds.md shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.isos import MARKETS
from flows.outcomes import as_words, outcome_of

pytestmark = pytest.mark.realdata

DOCUMENT = Path(__file__).parents[2] / "docs" / "feeds.md"
NO_MARKETS = "no market's report: each of the seven refuses it"


def outcome_in_words(market: str, path: Path) -> str:
    received_at_ns = path.stat().st_mtime_ns
    return as_words(
        outcome_of(
            MARKETS[market], path.read_bytes(), received_at_ns=received_at_ns, where=path.name
        )
    )


def rows_of(folder: Path) -> list[str]:
    """Return a row of the table for each file: of a market, or refused by all of them."""
    rows = []
    for path in sorted(folder.glob("*/*")):
        if path.parent.name in MARKETS:
            words = outcome_in_words(path.parent.name, path)
        else:
            found = {outcome_in_words(market, path).partition(":")[0] for market in MARKETS}
            words = NO_MARKETS if found == {"refused"} else f"read by a market: {found}"
        rows.append(f"| {path.name} | {words} |")
    return rows


def test_the_document_has_every_real_file_with_its_outcome_and_no_other(real_data: Path):
    section = DOCUMENT.read_text(encoding="utf-8").split("## Real files")[1].split("\n## ")[0]
    written = [line for line in section.splitlines() if re.match(r"\| [^|]+\.\w{3,4} \|", line)]

    assert written == rows_of(real_data)
    assert written


@pytest.mark.parametrize("market", sorted(MARKETS))
def test_no_price_of_a_real_file_is_off_the_sum_of_its_components(real_data: Path, market: str):
    for path in (real_data / market).glob("*"):
        found = outcome_of(MARKETS[market], path.read_bytes(), received_at_ns=1, where=path.name)
        assert found.alarms == ()


@pytest.mark.parametrize("market", ["ercot", "isone", "nyiso"])
def test_all_rows_of_whole_files_are_used(real_data: Path, market: str):
    """Samples were cut by whoever kept them: without their last line end, or their total."""
    cut = {"pyiso_lmp_sample.csv", "WW_DALMP_ISO_20260317_HEAD_SAMPLE.csv"}
    for path in (real_data / market).glob("*"):
        found = outcome_of(MARKETS[market], path.read_bytes(), received_at_ns=1, where=path.name)
        assert found.rejected == (1 if path.name in cut else 0)
