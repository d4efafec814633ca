"""Trades through the gateway: how soon and how many are acknowledged, and whether all arrive.

A house of the product's own processes plays a shipped day at its own pace. One client, in this
process, sends over one connection:

- *paced*: a thousand trades a second, one a frame, each due at its moment whatever the answers
  take; timed from when it was due until its acknowledgement was read.
- *flood*: frames of many, a few of them unanswered at a time, for half a minute.

Afterwards the monitor folds what waits, and the log is held against the acknowledgements.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.house import HOUSE, at_its_own_pace, running, scratch
from benchmarks.report import machine_line, spread_row, table
from benchmarks.trades import trades
from connectors.gateway.forms import Acknowledgement, TradeFate
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.records import to_record
from dashboards.access import Role
from flows.settings import Settings
from flows.store_reach import open_store
from flows.tokens import make_tokens
from state.errors import StateError
from state.messages import Trade
from state.screens.clock_seen import ClockView
from state.store import StoreReader
from state.wire import decode

RATE = 1_000.0
PACED_SECONDS = 15.0
FLOOD_SECONDS = 30.0
A_FRAME = 250
UNANSWERED = 12

_WARM_SECONDS = 3.0
_CATCH_UP_SECONDS = 900.0
_LOOK_SECONDS = 0.1
_READ = 5_000
_SEED = 20260909


class GatewayRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        paced_milliseconds: of the paced trades, from due to acknowledged.
        flood_trades, flood_seconds: acknowledged in the flood, and how long it took.
        catch_up_seconds: until the read model showed all of it, after the last acknowledgement.
    """

    day: str
    paced_milliseconds: Spread
    a_frame: int
    flood_trades: int
    flood_seconds: float
    catch_up_seconds: float
    machine: Machine

    @property
    def flood_rate(self) -> float:
        """Trades acknowledged a second in the flood."""
        return self.flood_trades / self.flood_seconds

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [
            Bar("acknowledged at 1,000 a second, p99", self.paced_milliseconds.p99, 20.0, "ms"),
            Bar("acknowledged in frames", self.flood_rate, 15_000.0, "/s", at_least=True),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        rows = [spread_row("due to acknowledged, one a frame", self.paced_milliseconds)]
        title = f"Gateway: {self.day}, 1,000 trades a second over one connection"
        console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))
        console.print(
            f"in frames of {self.a_frame}: {self.flood_trades:,} trades acknowledged in "
            f"{self.flood_seconds:.1f} s, {self.flood_rate:,.0f} a second; the monitor had "
            f"them {self.catch_up_seconds:.1f} s later; none lost, none doubled"
        )
        console.print(machine_line(self.machine), style="dim")


def measure(folder: Path) -> GatewayRun:
    """Measure over a day at its own pace.

    Raises:
        StateError: a trade was refused, lost or doubled, or a process died.
    """
    day = Day.open(folder)
    settings = at_its_own_pace(
        day, folder, gateway_frames_per_second=1e6, gateway_trades_per_second=1e6
    )
    with scratch() as data_dir:
        settings = settings.with_changes(data_dir=data_dir)
        settings.run_dir.mkdir(parents=True)
        token = make_tokens(settings)[Role.DESK].read_text("ascii")
        with running(settings, processes=(*HOUSE, "gateway")), open_store(settings) as client:
            time.sleep(_WARM_SECONDS)
            return asyncio.run(_measure(day, settings, client, token))


async def _measure(day: Day, settings: Settings, client: redis.Redis, token: str) -> GatewayRun:
    load_before = load()
    reader = StoreReader(client, settings.run)
    made = records(day, reader)
    known: dict[str, int] = {}
    async with connect(
        f"{settings.gateway_address}/trades",
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
    ) as connection:
        paced = await _paced(connection, made, known)
        before = len(known)
        seconds = await _flood(connection, made, known)
    return GatewayRun(
        day=day.manifest.name,
        paced_milliseconds=spread(paced),
        a_frame=A_FRAME,
        flood_trades=len(known) - before,
        flood_seconds=seconds,
        catch_up_seconds=_caught_up(client, settings.run, reader),
        machine=_checked(client, settings.run, known, load_before),
    )


def records(day: Day, reader: StoreReader) -> Iterator[dict[str, object]]:
    """Return records of trades like the desk's, each with a name of its own, ready to be sent."""
    clock = reader.read_views(["clock"])["clock"]
    tick_ns = clock.tick_ns if isinstance(clock, ClockView) else 0
    likes = [
        to_record(trade)
        for trade in itertools.islice(trades(day, tick_ns=tick_ns, seed=_SEED), _READ)
    ]
    numbered = enumerate(itertools.cycle(likes))
    return ({**like, "trade": f"G-{number}"} for number, like in numbered)


async def _paced(
    connection: ClientConnection, records: Iterator[dict[str, object]], known: dict[str, int]
) -> list[float]:
    due: deque[float] = deque()
    took: list[float] = []
    total = round(RATE * PACED_SECONDS)

    async def read() -> None:
        for _ in range(total):
            note(await connection.recv(decode=False), known)
            took.append((time.monotonic() - due.popleft()) * 1e3)

    reading = asyncio.create_task(read())
    began = time.monotonic()
    for number in range(total):
        moment = began + number / RATE
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        due.append(moment)
        await connection.send(msgspec.json.encode(next(records)))
    await reading
    return took


async def _flood(
    connection: ClientConnection, records: Iterator[dict[str, object]], known: dict[str, int]
) -> float:
    began, unanswered = time.monotonic(), 0
    while time.monotonic() - began < FLOOD_SECONDS or unanswered:
        while unanswered < UNANSWERED and time.monotonic() - began < FLOOD_SECONDS:
            frame = list(itertools.islice(records, A_FRAME))
            await connection.send(msgspec.json.encode(frame))
            unanswered += 1
        if unanswered:
            note(await connection.recv(decode=False), known)
            unanswered -= 1
    return time.monotonic() - began


_acknowledgement = msgspec.json.Decoder(Acknowledgement)


def note(told: bytes, known: dict[str, int]) -> None:
    """Note where an acknowledgement says that trades lie.

    Raises:
        StateError: one of them was not appended.
    """
    try:
        results = _acknowledgement.decode(told).results
    except msgspec.ValidationError as error:
        reason = f"a frame was refused: {told[:300].decode()}"
        raise StateError(reason) from error
    for result in results:
        if result.outcome is not TradeFate.APPENDED or result.position is None:
            reason = f"{result.trade} was {result.outcome}: {result.reason}"
            raise StateError(reason)
        known[result.trade] = result.position


def _caught_up(client: redis.Redis, run: str, reader: StoreReader) -> float:
    """Wait until the read model shows all that is in the log now; return the seconds."""
    began, last = time.monotonic(), RedisLog(client, run).last_position()
    while reader.position() < last:
        if time.monotonic() - began > _CATCH_UP_SECONDS:
            reason = f"the monitor stands at {reader.position()} of {last} after a quarter hour"
            raise StateError(reason)
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - began


def _checked(client: redis.Redis, run: str, known: dict[str, int], load_before: float) -> Machine:
    """Hold the log against what was acknowledged: each trade once, at the position told."""
    run_log, found, position = RedisLog(client, run), dict[str, int](), 0
    while entries := run_log.read(position, _READ):
        for entry in entries:
            message = decode(entry.body)
            if isinstance(message, Trade) and message.trade.startswith("G-"):
                name = f"{message.identity}/{message.version}"
                if name in found or known.get(name) != entry.position:
                    reason = f"{name} lies at {entry.position}, was told {known.get(name)}"
                    raise StateError(reason)
                found[name] = entry.position
        position = entries[-1].position
    if len(found) != len(known):
        reason = f"{len(known) - len(found):,} acknowledged trades are not in the log"
        raise StateError(reason)
    return machine(load_before)
