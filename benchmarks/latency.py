"""Trade in at the log → its effect in the store, beside a real day at its own pace.

The day's receipts, records and ticks go through the real ingest and the real monitor over the
embedded store (on disk before every answer). Trades arrive at random moments, as a Poisson stream
does, on a connection of their own; a look at the store's position every few tenths of a
millisecond, only while a trade is under way, tells when its effect can be read.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis
from rich.console import Console

from benchmarks.appending import Appender, Sample, SnapshotWatch
from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.house import at_its_own_pace, running, scratch
from benchmarks.report import machine_line, spread_row, table
from benchmarks.trades import trades
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from flows.settings import Settings
from flows.store_reach import open_store
from flows.supervise import Supervisor
from state.errors import StateError
from state.screens.clock_seen import ClockView
from state.screens.feeds_seen import FeedView
from state.store import StoreReader

SNAPSHOTS = 6
"""Snapshots a run is long enough for; the promise speaks of five."""

TRADES_A_SECOND = 3.6
"""Mean of the stream: over 2,000 in ten minutes, many times what the day itself trades."""

_SEED = 20260908
_WARM_SECONDS = 10.0


class Latency(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        start_at: market-local time at which the day began, empty for its beginning.
        milliseconds: of all trades.
        append_milliseconds: the part of it until the log had acknowledged the trade.
        snapshots: written by the monitor meanwhile.
        snapshot_gap_seconds: median time between two; NaN with fewer.
        after_snapshot_milliseconds: the slowest of the trades that came next after a snapshot.
        look_milliseconds: median time between two looks at the store, the measure's resolution.
        messages_a_second: all that entered the log, the trades included.
    """

    day: str
    start_at: str
    minutes: float
    milliseconds: Spread
    append_milliseconds: Spread
    snapshots: int
    snapshot_gap_seconds: float
    after_snapshot_milliseconds: float
    look_milliseconds: float
    messages_a_second: float
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [
            Bar("trade to store, p50", self.milliseconds.p50, 5.0, "ms"),
            Bar("trade to store, p99", self.milliseconds.p99, 25.0, "ms"),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        start = self.start_at or "its beginning"
        title = f"Latency: {self.day} from {start}, {self.minutes:g} min at 1x"
        parts = [
            ("trade in at the log to its effect in the store", self.milliseconds),
            ("  of it until the log had acknowledged it", self.append_milliseconds),
        ]
        rows = [spread_row(name, part) for name, part in parts]
        console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))
        console.print(
            f"{self.snapshots} snapshots, {self.snapshot_gap_seconds:.0f} s apart; slowest "
            f"next trade after one {self.after_snapshot_milliseconds:.2f} ms\n"
            f"{self.messages_a_second:.2f} messages a second; the store was looked at every "
            f"{self.look_milliseconds:.2f} ms while a trade was under way"
        )
        console.print(machine_line(self.machine), style="dim")


def measure(folder: Path, *, minutes: float) -> Latency:
    """Measure over a day at its own pace, from 16:30 when the day has an opening for it.

    Args:
        folder: of the day.
        minutes: how long trades arrive.

    Raises:
        StateError: a trade was refused or had no effect, or a process died.
    """
    day = Day.open(folder)
    every = max(1, round(minutes * 60 / SNAPSHOTS))
    with scratch() as data_dir:
        settings = at_its_own_pace(day, folder, data_dir=data_dir, snapshot_every_ticks=every)
        with running(settings) as supervisor, open_store(settings) as client:
            return _measure(day, settings, client, supervisor, minutes)


def arrivals(seconds: float, *, seed: int) -> Iterator[float]:
    """Yield the moments of a Poisson stream, in seconds after its beginning.

    >>> moments = list(arrivals(600.0, seed=1))
    >>> moments == sorted(moments), moments[-1] < 600.0, len(moments) > 2000
    (True, True, True)
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    gaps = iter(lambda: chance.expovariate(TRADES_A_SECOND), None)
    return itertools.takewhile(lambda at: at < seconds, itertools.accumulate(gaps))


def _measure(
    day: Day, settings: Settings, client: redis.Redis, supervisor: Supervisor, minutes: float
) -> Latency:
    time.sleep(min(_WARM_SECONDS, minutes * 6))
    run_log, reader = RedisLog(client, settings.run), StoreReader(client, settings.run)
    start_ns, began, load_before = _tick_ns(reader), time.monotonic(), load()
    watch = SnapshotWatch(settings.run_dir / "snapshots")
    market = day.manifest.markets[0]
    appender = Appender(
        client,
        settings.run,
        moved=[f"position/{market}/{day.manifest.date}", "pnl"],
        clock=lambda: start_ns + int((time.monotonic() - began) * 1e9),
    )
    first = run_log.last_position()
    made = trades(day, tick_ns=start_ns, seed=_SEED)
    for due_after, trade in zip(arrivals(minutes * 60, seed=_SEED), made, strict=False):
        _tend(supervisor)
        watch.look()
        appender.send(trade, began + due_after)
    rate = (run_log.last_position() - first) / (time.monotonic() - began)
    _require_accepted(reader)
    samples = appender.samples
    return Latency(
        day=day.manifest.name,
        start_at=settings.start_at,
        minutes=minutes,
        milliseconds=spread([sample.total for sample in samples]),
        append_milliseconds=spread([sample.append for sample in samples]),
        snapshots=len(watch.seen),
        snapshot_gap_seconds=_median(watch.gaps_seconds()),
        after_snapshot_milliseconds=slowest_after(list(watch.seen), samples),
        look_milliseconds=_median(appender.looks),
        messages_a_second=rate,
        machine=machine(load_before),
    )


def slowest_after(snapshots: list[int], samples: list[Sample]) -> float:
    """Return the slowest, in ms, of the trades that came next after a snapshot; NaN for none.

    >>> slowest_after([10], [Sample(8, 9.0, 1.0), Sample(11, 4.0, 1.0), Sample(12, 5.0, 1.0)])
    4.0
    """
    next_ones = (
        next((sample.total for sample in samples if sample.position > snapshot), math.nan)
        for snapshot in snapshots
    )
    return max((total for total in next_ones if not math.isnan(total)), default=math.nan)


def _tend(supervisor: Supervisor) -> None:
    supervisor.tend()
    if supervisor.stopping or any(supervisor.restarts.values()):
        reason = "interrupted, or a process of the house died; nothing was measured"
        raise StateError(reason)


def _tick_ns(reader: StoreReader) -> int:
    clock = reader.read_views(["clock"]).get("clock")
    if not isinstance(clock, ClockView) or not clock.tick_ns:
        reason = "the monitor has written no tick yet; nothing can be traded"
        raise StateError(reason)
    return clock.tick_ns


def _require_accepted(reader: StoreReader) -> None:
    feeds = reader.read_views(["feeds"])["feeds"]
    rows = feeds.feeds if isinstance(feeds, FeedView) else []
    refused = [row for row in rows if row.feed.endswith("/trades") and row.rejected]
    if refused:
        reason = f"{refused[0].rejected} trades were refused: {refused[0].last_rejection}"
        raise StateError(reason)


def _median(samples: list[float]) -> float:
    return statistics.median(samples) if samples else math.nan
