"""A live run against a simulated CAISO: what is published enters the log, once, come what may."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from benchmarks.live import follow

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"


@pytest.mark.parametrize("fault_every", [0, 1])
def test_a_live_run_holds_every_publication_once_and_its_archive_has_its_digests(
    client: redis.Redis, run_name: str, tmp_path: Path, fault_every: int
) -> None:
    found = follow(
        client, run_name, SHIPPED, tmp_path, market_minutes=12.0, fault_every=fault_every
    )
    assert found.served["RTD"] >= 1
    assert (found.lost, found.doubled) == (0, 0)
    assert found.digests_equal
    assert found.differs < 1e-9
    assert (sum(found.faults.values()) > 0) == (fault_every > 0)
