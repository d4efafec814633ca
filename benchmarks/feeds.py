"""Whether one feed that hangs or floods delays another, in a live run.

Deals come by a Redis stream, fifty a second; each is timed from when it was due until the log holds
it. Beside them a simulated CAISO answers as it should; then not at all; then as it should again,
while records by the ten thousand are dropped into the inbox.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis
import yaml
from rich.console import Console

from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.house import running, scratch
from benchmarks.report import machine_line, spread_row, table
from benchmarks.trades import trades
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.records import to_record
from connectors.simulated.faults import Fault, FaultPlan
from flows.settings import Settings
from flows.simulate import Simulation
from flows.store_reach import open_store, store_location
from state.errors import StateError
from state.messages import Trade
from state.wire import decode

RATE = 50.0
SECONDS = 20.0
_WARM_SECONDS = 3.0
_LAST_SECONDS = 20.0
_FLOOD_LINES = 10_000
_FLOOD_SECONDS = 0.5
_LOOK_SECONDS = 0.0005
_AT_ONCE = 5_000
_LIKES = 500
_OURS = b"of-the-benchmark"
_FLOOD = b"of no kind there is"
_STREAM = "deals"


class FeedsRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        alone: milliseconds from due to the log, beside a market that answers.
        hung: likewise, beside one that does not.
        flooded: likewise, beside a folder that floods.
        flood: records of it that the log took meanwhile.
    """

    day: str
    alone: Spread
    hung: Spread
    flooded: Spread
    flood: int
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [
            Bar("p99 beside a feed that hangs", self.hung.p99 / self.alone.p99, 1.5, "times"),
            Bar("p99 beside one that floods", self.flooded.p99 / self.alone.p99, 1.5, "times"),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        rows = [
            spread_row("due to the log, beside a market that answers", self.alone),
            spread_row("beside one that hangs", self.hung),
            spread_row(f"beside a flood of {self.flood:,} records", self.flooded),
        ]
        title = f"Feeds: {self.day}, 50 deals a second by a Redis stream"
        console.print(table(title, ("ms", "deals", "p50", "p90", "p99", "max"), rows))
        console.print(machine_line(self.machine), style="dim")


def measure(folder: Path, *, seconds: float = SECONDS) -> FeedsRun:
    """Measure three times, one after the other, each in a house of its own.

    Raises:
        StateError: a deal never came into the log, or nothing of the flood.
    """
    load_before = load()
    alone, _ = _timed(folder, seconds)
    hung, _ = _timed(folder, seconds, faults=FaultPlan(1, [Fault.SILENT]))
    flooded, flood = _timed(folder, seconds, is_flooded=True)
    if not flood:
        reason = "the log took no record of the flood"
        raise StateError(reason)
    return FeedsRun(
        day=folder.name,
        alone=spread(alone),
        hung=spread(hung),
        flooded=spread(flooded),
        flood=flood,
        machine=machine(load_before),
    )


def _timed(
    folder: Path, seconds: float, *, faults: FaultPlan | None = None, is_flooded: bool = False
) -> tuple[list[float], int]:
    """Return the milliseconds of each deal, and how many others the log took."""
    simulation = Simulation.of(folder, speed=1.0, port=0, faults=faults or FaultPlan(0))
    stop = threading.Event()
    with scratch() as place:
        settings = Settings(
            run="feeds",
            data_dir=place,
            metrics_port=0,
            live=simulation.market,
            live_file=place / "live.yaml",
        )
        settings.run_dir.mkdir(parents=True)
        simulation.write_live_file(place / "live.yaml", folder / "opening.jsonl.gz")
        _with_deals(place / "live.yaml", settings)
        house = running(settings, processes=("store", "ingest"))
        with simulation.server, house, open_store(settings) as client:
            _until_begun(client)
            if is_flooded:
                threading.Thread(target=_flood, args=(place, stop), daemon=True).start()
            try:
                return _send_and_see(client, settings.run, folder, seconds)
            finally:
                stop.set()


def _with_deals(path: Path, settings: Settings) -> None:
    content = yaml.safe_load(path.read_text("utf-8"))
    stream = {"name": "deals", "kind": "redis", "url": store_location(settings), "stream": _STREAM}
    content["trades"] = [{**stream, "group": "tieline", "consumer": "one"}]
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def _until_begun(client: redis.Redis) -> None:
    until = time.monotonic() + _LAST_SECONDS
    while not client.exists(_STREAM):  # the group makes the stream
        if time.monotonic() > until:
            reason = "the live run did not begin"
            raise StateError(reason)
        time.sleep(0.05)


def _flood(place: Path, stop: threading.Event) -> None:
    """Drop ten thousand records every half second."""
    inbox = place / "inbox"
    inbox.mkdir(exist_ok=True)
    lines = b'{"kind": "%s"}\n' % _FLOOD * _FLOOD_LINES
    for number in itertools.takewhile(lambda _: not stop.wait(_FLOOD_SECONDS), itertools.count()):
        part = inbox / f"{number:06d}.part"
        part.write_bytes(lines)
        part.rename(part.with_suffix(".jsonl"))


def _send_and_see(
    client: redis.Redis, run: str, folder: Path, seconds: float
) -> tuple[list[float], int]:
    due: dict[str, float] = {}
    took: list[float] = []
    others, seen = 0, threading.Event()
    count = int((_WARM_SECONDS + seconds) * RATE)

    def look() -> None:
        nonlocal others
        log, after = RedisLog(client, run), RedisLog(client, run).last_position()
        until = time.monotonic() + _WARM_SECONDS + seconds + _LAST_SECONDS
        while len(took) < count and time.monotonic() < until:
            found = log.read(after, _AT_ONCE)
            now = time.monotonic()
            for entry in found:
                after = entry.position
                if _FLOOD in entry.body:
                    others += 1
                if _OURS not in entry.body:
                    continue
                message = decode(entry.body)
                if isinstance(message, Trade) and message.trade in due:
                    took.append((now - due[message.trade]) * 1e3)
            if not found:
                time.sleep(_LOOK_SECONDS)
        seen.set()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    begin = time.monotonic()
    for number, record in zip(range(count), _deals(folder), strict=False):
        at = begin + number / RATE
        with contextlib.suppress(ValueError):
            time.sleep(at - time.monotonic())
        due[str(record["trade"])] = at
        client.xadd(_STREAM, {"record": json.dumps(record)})
    seen.wait(_LAST_SECONDS)
    if len(took) < count:
        reason = f"{count - len(took)} of {count} deals never came into the log"
        raise StateError(reason)
    return took[int(_WARM_SECONDS * RATE) :], others


def _deals(folder: Path) -> Iterator[dict[str, object]]:
    day = Day.open(folder)
    likes = [
        to_record(trade)
        for trade in itertools.islice(trades(day, tick_ns=day.manifest.from_ns, seed=1), _LIKES)
    ]
    for number, like in enumerate(itertools.cycle(likes)):
        yield {**like, "source": _OURS.decode(), "trade": str(number)}
