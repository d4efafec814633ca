"""Lists, documents and pages in a live run: recorded as they came, and played to the same state."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis
import yaml

from connectors.clock import MarketClock
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.simulated import SIMULATED
from connectors.simulated.faults import FaultPlan
from connectors.simulated.published import Published, PublishedDay
from connectors.simulated.server import SimulatedServer
from flows.archive import archive
from flows.fold import fold
from flows.live import Live
from flows.live_file import LiveFile, read_live_file
from state.company import Company
from state.messages import PricePublication, Run
from state.wire import decode

NOON_NS = 1_781_110_800 * 10**9
"""2026-06-10 12:00 in Texas."""
NAMES = ("HB_NORTH", "LZ_WEST/LZEW")
KEY = "0123456789abcdef"


def published(market: str, seconds: int) -> list[Published]:
    """Return three prices, the first of which is corrected."""
    starts = [NOON_NS + at * seconds * 10**9 for at in (-3, -2, -1, -3)]
    return [
        Published(
            NOON_NS + at * 10**9,
            PricePublication(
                market=market, run=Run.RTD, interval_start_ns=start_ns, interval_seconds=seconds,
                locations=NAMES, lmp=np.array([30.5 + at, -1.0 * at]),
            ),
        )
        for at, start_ns in enumerate(starts)
    ]  # fmt: skip


def file_of(folder: Path, clock: MarketClock, market: str, section: dict[str, Any]) -> LiveFile:
    opening = {
        "kind": "market", "market": market, "time_zone": "America/Chicago",
        "settlement_seconds": 300, "runs": ["DA", "RTD"],
    }  # fmt: skip
    (folder / "opening.jsonl").write_text(json.dumps(opening) + "\n")
    line = {name: getattr(clock, name) for name in ("market_ns", "wall_ns", "speed")}
    content = {"opening": "opening.jsonl", "clock": line, market: section}
    (folder / "live.yaml").write_text(yaml.safe_dump(content))
    return read_live_file(folder / "live.yaml", (market,))


def take_all(live: Live, answers: int) -> None:
    """Take so many answers of the first feed."""
    poller, stop = live._pollers[0], threading.Event()
    for batch, number in zip(poller.run(stop), range(1, answers + 1), strict=False):
        live.take(batch)
        if number == answers:
            stop.set()


@pytest.mark.parametrize(
    ("market", "seconds", "extra", "answers"),
    [
        ("ercot", 900, {}, 5),  # a list, three documents, the list of corrections
        ("pjm", 300, {"api_key_file": "key"}, 1),
    ],
)
def test_what_a_list_or_page_brings_is_played_again_to_the_same_digests(
    client: redis.Redis,
    run_name: str,
    tmp_path: Path,
    market: str,
    seconds: int,
    extra: dict[str, str],
    answers: int,
) -> None:
    (tmp_path / "key").write_text(KEY)
    clock = MarketClock(NOON_NS + 600 * 10**9, time.time_ns(), 60.0)
    simulated = SIMULATED[market](PublishedDay(market, published(market, seconds)))
    with SimulatedServer(simulated, clock, FaultPlan(0), 0) as server:
        section = {**simulated.section(server.address), "every_seconds": 0.1, **extra}
        file = file_of(tmp_path, clock, market, section)
        live = Live(client, run_name, file, tmp_path / "recording")
        _, known = live._begin()
        with live._hosts(NOON_NS - 3600 * 10**9, known):
            take_all(live, answers)
        live._recording.flush()
        assert server.requests == answers
    log = RedisLog(client, run_name)
    found = [decode(entry.body) for entry in log.read(0, 100_000)]
    prices = [one for one in found if isinstance(one, PricePublication)]
    assert sorted(price.lmp[0] for price in prices) == [31.5, 32.5, 33.5]
    answered = (tmp_path / "recording" / "answers.jsonl").read_text().splitlines()
    assert len(answered) == answers
    kept = b"".join(one.read_bytes() for one in tmp_path.rglob("recording/**/*") if one.is_file())
    assert KEY.encode() not in kept
    company = Company("company")
    for position, message in enumerate(found, start=1):
        company.apply(message, position)
    day = archive(tmp_path / "recording", tmp_path / "day", company="company", log=log)
    again, _ = fold(Day.open(day))
    assert (again.digest, again.timing_digest) == (company.digest, company.timing_digest)
