"""A live run against a simulated CAISO, held against the day that it publishes."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import redis
from rich.console import Console

from benchmarks.figures import Bar, Machine, load, machine
from benchmarks.figures_of import relative
from benchmarks.house import running, scratch
from benchmarks.report import machine_line, table
from connectors.log.day_folder import read_manifest
from connectors.log.days import Day, Record
from connectors.log.redis import RedisLog
from connectors.simulated.faults import Fault, FaultPlan
from connectors.simulated.published import Series
from flows.archive import archive
from flows.fold import fold
from flows.live import Live
from flows.live_file import read_live_file
from flows.settings import Settings
from flows.simulate import Simulation
from flows.store_reach import open_store
from state.arrays import Floats
from state.company import Company
from state.errors import StateError
from state.messages import AnyMessage, PricePublication, Tick
from state.moments import MINUTE_NS, SECOND_NS
from state.wire import content_digest, decode

SPEED = 60.0
"""Market seconds per wall second."""

_AFTER_NS = 90 * SECOND_NS
_END_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_MOST_MESSAGES = 10_000_000
_SETTLE_NS = 70 * MINUTE_NS
"""Before the end of a run with faults these stop, so that what was wrong is read again."""

_KINDS = tuple(kind for kind in Fault if kind is not Fault.SILENT)


class LiveRun(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        market_minutes: that were followed.
        requests: that were asked.
        faults: how many requests met each fault.
        served: intervals that some answer held, by run.
        lost: of them, those the log does not hold.
        doubled: messages of the log that say what the one before them of their key said.
        differs: the largest relative difference of prices, open position, value and realised P&L
            from the day's own at the same tick.
        digests_equal: whether the archive of the run folds to the digests of its log.
    """

    market_minutes: float
    requests: int
    faults: dict[str, int]
    served: dict[str, int]
    lost: int
    doubled: int
    differs: float
    digests_equal: bool
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [
            Bar("publications lost", self.lost, 1, ""),
            Bar("messages doubled", self.doubled, 1, ""),
            Bar("difference from the day", self.differs, 1e-9, "relative"),
            Bar("archive with the digests of the log", self.digests_equal, 1, "", at_least=True),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        rows = [(run, f"{count:,}") for run, count in self.served.items()]
        title = f"Live: {self.market_minutes:,.0f} market minutes against a simulated CAISO"
        console.print(table(title, ("run", "intervals served"), rows))
        met = ", ".join(f"{count} {name}" for name, count in self.faults.items() if count)
        console.print(
            f"{self.requests:,} requests; faults: {met or 'none'}; {self.lost} lost, "
            f"{self.doubled} doubled, {self.differs:.1e} from the day"
        )
        console.print(machine_line(self.machine), style="dim")


def measure(folder: Path, *, minutes: float, fault_every: int) -> LiveRun:
    """Follow a simulated market for some wall minutes at :data:`SPEED`.

    Args:
        folder: of the day.
        minutes: of the wall clock.
        fault_every: one request in so many meets a fault; 0 for none.
    """
    with scratch() as place:
        settings = Settings(run="live", data_dir=place, metrics_port=0)
        settings.run_dir.mkdir(parents=True)
        with running(settings, processes=("store",)), open_store(settings) as client:
            market = minutes * SPEED
            return follow(
                client, "live", folder, place, market_minutes=market, fault_every=fault_every
            )


def follow(
    client: redis.Redis,
    run: str,
    folder: Path,
    place: Path,
    *,
    market_minutes: float,
    fault_every: int,
) -> LiveRun:
    """Follow a simulated market into a run of a store, and hold its log against the day.

    Args:
        client: of the store.
        run: without a log yet.
        folder: of the day.
        place: for the recording and what else is written.
        market_minutes: for how long.
        fault_every: one request in so many meets a fault; 0 for none.
    """
    load_before, faults = load(), FaultPlan(fault_every, _KINDS)
    cut = _shortened(folder, place / "cut", market_minutes)
    simulation = Simulation.of(cut, speed=SPEED, port=0, faults=faults)
    _until(simulation, client, run, place, market_minutes)
    log = RedisLog(client, run)
    messages = [decode(entry.body) for entry in log.read(0, _MOST_MESSAGES)]
    name = simulation.day.manifest.company
    recorded = archive(place / "recording", place / "day", company=name, log=log)
    company, (day, _) = _folded(name, messages), fold(Day.open(recorded))
    own, _ = fold(simulation.day, until_ns=max(_ticks(messages)))
    served = simulation.published.served
    return LiveRun(
        market_minutes=market_minutes,
        requests=simulation.server.requests,
        faults={str(kind): count for kind, count in faults.met.items()},
        served={series.run: len(found) for series, found in served.items() if _is_price(series)},
        lost=_lost(simulation, messages),
        doubled=_doubled(messages),
        differs=_differs(company, own),
        digests_equal=(company.digest, company.timing_digest) == (day.digest, day.timing_digest),
        machine=machine(load_before),
    )


def _shortened(folder: Path, target: Path, minutes: float) -> Path:
    """Return a day of which nothing comes after some minutes, though its clock goes on."""
    shutil.copytree(folder, target)
    manifest = read_manifest(folder / "manifest.json")
    until_ns = manifest.from_ns + int(minutes * MINUTE_NS)
    receipts = (folder / "receipts.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in receipts[1:] if _at_ns(line.partition(",")[0]) <= until_ns]
    (target / "receipts.csv").write_text("".join([receipts[0], *kept]), encoding="utf-8")
    records = (folder / "records.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line for line in records if _at_ns(msgspec.json.decode(line)["received_at"]) <= until_ns
    ]
    (target / "records.jsonl").write_text("".join(kept), encoding="utf-8")
    return target


def _at_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1e6) * 1000


def _until(
    simulation: Simulation, client: redis.Redis, run: str, place: Path, market_minutes: float
) -> None:
    """Follow the market until all it publishes is in the log; faults stop before the end."""
    simulation.write_live_file(place / "live.yaml", simulation.day_folder / "opening.jsonl.gz")
    stop = threading.Event()
    live = Live(
        client, run, read_live_file(place / "live.yaml", (simulation.market,)), place / "recording"
    )
    following = threading.Thread(target=live.run, args=(stop,), daemon=True)
    dropping = threading.Thread(
        target=simulation.drop_records, args=(place / "inbox", stop), daemon=True
    )
    end_ns = simulation.clock.market_ns + int(market_minutes * MINUTE_NS)
    with simulation.server:
        following.start()
        dropping.start()
        settle_ns = min(_SETTLE_NS, int(market_minutes * MINUTE_NS / 2))
        simulation.clock.wait_until(end_ns - settle_ns, stop)
        simulation.server.faults.stop()
        simulation.clock.wait_until(end_ns + _AFTER_NS, stop)
        _await_all(simulation, place / "inbox")
        stop.set()
        following.join(_END_SECONDS)
    if following.is_alive():
        reason = "the live run did not end when it was asked to"
        raise StateError(reason)


def _await_all(simulation: Simulation, inbox: Path) -> None:
    """Wait until what the day has published was asked for, and every record was taken."""
    published = simulation.published.prices()
    records = sum(isinstance(item, Record) for item in simulation.day.items())
    until = time.monotonic() + _END_SECONDS
    while time.monotonic() < until:
        served = simulation.published.served
        here = {key: {start for start, _ in served.get(key, ())} for key in published}
        taken = len(list((inbox / "done").glob("*.jsonl")))
        if taken == records and all(published[key] <= here[key] for key in published):
            break
        time.sleep(_LOOK_SECONDS)
    time.sleep(_LOOK_SECONDS)  # for what was served and is not appended yet


def _folded(name: str, messages: Iterable[AnyMessage]) -> Company:
    company = Company(name)
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
    return company


def _ticks(messages: Sequence[AnyMessage]) -> list[int]:
    return [one.at_ns for one in messages if isinstance(one, Tick)]


def _lost(simulation: Simulation, messages: Sequence[AnyMessage]) -> int:
    prices = [one for one in messages if isinstance(one, PricePublication)]
    held = {(one.run, one.interval_start_ns) for one in prices}
    return sum(
        (series.run, start) not in held
        for series, served in simulation.published.served.items()
        for start, _ in served
        if _is_price(series)
    )


def _is_price(series: Series) -> bool:
    return series.what == "price"


def _doubled(messages: Sequence[AnyMessage]) -> int:
    seen: dict[str, bytes] = {}
    doubled = 0
    for message in messages:
        digest = content_digest(message)
        doubled += seen.get(message.key) == digest
        seen[message.key] = digest
    return doubled


def _differs(live: Company, own: Company) -> float:
    pairs = list(zip(_figures(live), _figures(own), strict=True))
    return max(relative(one, other) for one, other in pairs)


def _figures(company: Company) -> Iterator[Floats]:
    desk = company.desk
    yield desk.value_usd()
    yield from desk.pnl()[:2]
    for market in desk.markets.values():
        for _, day in market.open_days():
            yield day.rows_open_mw
            yield day.hourly.open_mw
            yield np.nan_to_num(day.prices.by_interval)
