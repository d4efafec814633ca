"""The simulated history against the real files it is calibrated to."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_data.calibration import (
    CHECKED,
    FIRST_REAL_HOUR,
    HOURLY_2024,
    HOURS,
    ZONES,
    HourOfZone,
    load_tables,
    make_tables,
    misses,
    read_hourly,
)
from replay_data.days import history
from replay_data.forwards import HISTORY_DATES
from replay_data.model import FIRST_DATE
from replay_data.stories import STORIES, Story

pytestmark = pytest.mark.realdata

DOCUMENT = Path(__file__).parents[2] / "docs" / "days.md"
CHECKS = len(ZONES) * (HOURS - FIRST_REAL_HOUR + 1) * 3 * len(CHECKED)


@pytest.fixture(scope="module")
def real(real_data: Path) -> dict[tuple[str, int], HourOfZone]:
    return read_hourly(real_data / HOURLY_2024)


def test_the_tables_are_those_of_the_real_files(real_data: Path):
    assert make_tables(real_data) == load_tables()


def test_every_quantile_is_within_15_percent_or_5_dollars_but_those_documented(
    real: dict[tuple[str, int], HourOfZone],
):
    found = misses(real, history().da, history().rtd)
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(found) <= CHECKS // 500
    for miss in found:
        row = f"| {miss.zone} | HE{miss.hour} | {miss.series} | {miss.probability:.0%} |"
        assert row in text, f"{row} is missing in docs/days.md"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_history_of_a_day_misses_at_most_2_percent(
    story: Story, real: dict[tuple[str, int], HourOfZone]
):
    stop = (story.day - FIRST_DATE).days
    dates = slice(stop - HISTORY_DATES, stop)
    found = misses(real, history().da[:, dates], history().rtd[:, dates])
    assert len(found) <= CHECKS * 0.02
