"""The benchmark of feeds beside each other times real deals through a real live run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import feeds

DAY = Path(__file__).parents[1] / "replay_data" / "2026-09-08-caiso-scarcity"


@pytest.mark.alone
def test_every_deal_of_every_run_is_timed_and_the_flood_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "_WARM_SECONDS", 0.2)
    found = feeds.measure(DAY, seconds=1.0)
    assert (found.alone.count, found.hung.count, found.flooded.count) == (50, 50, 50)
    assert found.flood > 0
    assert [bar.edge for bar in found.bars()] == [1.5, 1.5]
