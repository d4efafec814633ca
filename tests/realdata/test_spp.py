"""Every file of SPP that is at hand, through its parser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import ParseError
from state.messages import Run
from state.moments import to_ns

pytestmark = pytest.mark.realdata

SPIKE, MISSING, AFTER = (f"RTBM-LMP-SL-2025033108{minute}.csv" for minute in (40, 45, 50))
DAY_AHEAD = "DA-LMP-SL-202606040100_SAMPLE_new_header.csv"
HIGHEST = 2271.76


def parse(folder: Path, name: str) -> Parsed:
    body = (folder / "spp" / name).read_bytes()
    return MARKETS["spp"].parse(body, received_at_ns=1, where=name)


def test_every_file_of_the_folder_is_accounted_for(real_data: Path):
    names = {path.name for path in (real_data / "spp").iterdir()}
    assert names == {SPIKE, MISSING, AFTER, DAY_AHEAD}


@pytest.mark.parametrize(("name", "minute"), [(SPIKE, 35), (AFTER, 45)])
def test_a_real_time_file_is_one_publication_of_1234_locations(
    real_data: Path, name: str, minute: int
):
    messages, rejected, _ = parse(real_data, name)
    assert rejected == []
    (price,) = messages
    assert (price.run, price.interval_seconds, len(price.locations)) == (Run.RTD, 300, 1234)
    assert price.interval_start_ns == to_ns(datetime(2025, 3, 31, 13, minute, tzinfo=UTC))
    assert {"SPPNORTH_HUB", "SPPSOUTH_HUB"} <= set(price.locations)
    total = price.energy + price.congestion + price.loss
    np.testing.assert_allclose(price.lmp, total, atol=0.01)
    assert not np.isnan(price.lmp).any()


def test_the_spike_keeps_its_height(real_data: Path):
    (price,) = parse(real_data, SPIKE).messages
    assert round(price.lmp.max(), 2) == HIGHEST


def test_the_missing_interval_is_refused_and_no_price(real_data: Path):
    with pytest.raises(ParseError, match="0 bytes"):
        parse(real_data, MISSING)


def test_the_header_of_2026_reads_as_day_ahead(real_data: Path):
    messages, rejected, _ = parse(real_data, DAY_AHEAD)
    assert rejected == []
    assert {(m.run, m.interval_seconds) for m in messages} == {(Run.DA, 3600)}
    assert messages[0].interval_start_ns == to_ns(datetime(2026, 6, 4, 5, tzinfo=UTC))
    assert messages[0].locations == ("AEC", "SPPNORTH_HUB", "SPPSOUTH_HUB")
    assert messages[0].lmp.tolist() == [16.9072, 11.7363, 12.6848]
    for price in messages:
        total = price.energy + price.congestion + price.loss
        np.testing.assert_allclose(price.lmp, total, atol=0.01)
