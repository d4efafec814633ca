"""From a trade over the gateway to its alert at a webhook, while the desk trades on.

A house of the product's own processes plays a shipped day at its own pace. One client sends 500
trades a second, one a frame, each due at its moment whatever the answers take. Every so often one
of them loses more than a limit of the firm allows; the next of that kind cancels it, so that the
limit is kept again and the one after breaches it anew. Such a trade breaches limits of the desk's
own too, and an alert carries the position of what caused it: timed from when the trade was due
until the whole request of the first of its alerts was read at the webhook.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec
import redis
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.gateway import note, records
from benchmarks.house import HOUSE, at_its_own_pace, running, scratch
from benchmarks.report import machine_line, spread_row, table
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.sinks import read_options
from dashboards.access import Role
from flows.settings import Settings
from flows.store_reach import open_store
from flows.tokens import make_tokens
from state.errors import StateError
from state.messages import Policy
from state.store import StoreReader

RATE = 500.0
SECONDS = 120.0
A_LOSS_EVERY = 250
"""Trades; every second such one breaches, one a second."""

_WARM_SECONDS = 3.0
_LAST_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_SECRET = "of-the-benchmark-alone"  # noqa: S105 - signs what the benchmark itself receives
_LOSS_USD_PER_MWH = 200_000.0
_LOSS_MW = 1_000.0
_LIMIT = """
name: benchmark-alert
version: "1"
title: A limit that one trade breaches and its cancel keeps
limits:
  - id: loss-of-the-benchmark
    rule: stop_loss
    title: Loss that only the benchmark's own trades make
    clause: benchmark §1
    unit: $
    loss: 50000000
    warn_at: 0.9
    clear_at: 0.95
    materiality: critical
    scopes: [firm]
"""


class AlertRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        milliseconds: from a trade being due to the first of its alerts at the webhook.
        acknowledged_milliseconds: from a trade being due to its acknowledgement, of all trades.
        trades: that were sent.
    """

    day: str
    milliseconds: Spread
    acknowledged_milliseconds: Spread
    trades: int
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [
            Bar("trade to its first alert at the webhook, p50", self.milliseconds.p50, 15.0, "ms"),
            Bar("trade to its first alert at the webhook, p99", self.milliseconds.p99, 60.0, "ms"),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        rows = [
            spread_row("due to its first alert at the webhook", self.milliseconds),
            spread_row("due to acknowledged, all trades", self.acknowledged_milliseconds),
        ]
        title = f"Alert: {self.day}, 500 trades a second over one connection"
        console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))
        console.print(machine_line(self.machine), style="dim")


class Webhook:
    """Takes alerts in a thread of its own, and notes when each was whole.

    Attributes:
        came: by case and sequence, on the monotonic clock.
        port: on loopback.
    """

    def __init__(self) -> None:
        self.came: dict[tuple[str, int], float] = {}
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        opened = asyncio.start_server(self._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opened, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length:")[2].partition("\r\n")[0])
        content = msgspec.json.decode(await reader.readexactly(size))
        self.came.setdefault((content["case"], content["sequence"]), time.monotonic())
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


def measure(folder: Path, *, seconds: float = SECONDS) -> AlertRun:
    """Measure over a day at its own pace.

    Raises:
        StateError: a trade was refused, an alert never came, or a process died.
    """
    day = Day.open(folder)
    with Webhook() as webhook, scratch() as data_dir:
        settings = _settings(day, folder, data_dir, webhook.port)
        settings.run_dir.mkdir(parents=True)
        token = make_tokens(settings)[Role.DESK].read_text("ascii")
        house = running(settings, processes=(*HOUSE, "notify", "gateway"))
        with house, open_store(settings) as client:
            _bring_limit(client, settings.run)
            time.sleep(_WARM_SECONDS)
            return asyncio.run(_traded(day, settings, client, token, webhook, seconds))


def _settings(day: Day, folder: Path, data_dir: Path, port: int) -> Settings:
    sink = {
        "kind": "webhook",
        "url": f"http://127.0.0.1:{port}/",
        "secret": _SECRET,
        "changes": ["breached", "reopened"],
    }
    return at_its_own_pace(
        day,
        folder,
        data_dir=data_dir,
        sinks=(read_options(sink),),
        replay_reaches_outside=True,
    )


def _bring_limit(client: redis.Redis, run: str) -> None:
    policy = Policy(policy="benchmark-alert", version="1", source=_LIMIT)
    RedisLog(client, run).append([policy])


async def _traded(
    day: Day, settings: Settings, client: redis.Redis, token: str, webhook: Webhook, seconds: float
) -> AlertRun:
    load_before, reader = load(), StoreReader(client, settings.run)
    total = round(RATE * seconds)
    sent = list(itertools.islice(_with_losses(records(day, reader)), total))
    known: dict[str, int] = {}
    async with connect(
        f"{settings.gateway_address}/trades",
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
    ) as connection:
        due, took = await _paced(connection, sent, known)
    lost = {known[name]: moment for name, moment in due.items() if name in _losing(sent)}
    milliseconds = _alerts(reader, webhook, lost)
    return AlertRun(
        day=day.manifest.name,
        milliseconds=spread(milliseconds),
        acknowledged_milliseconds=spread(took),
        trades=total,
        machine=machine(load_before),
    )


def _with_losses(made: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Make of every so many-th trade one that loses, and of the next such one its cancel."""
    lost: dict[str, object] | None = None
    for number, record in enumerate(made, start=1):
        if number % A_LOSS_EVERY:
            yield record
        elif lost is None:
            lost = {
                **record, "quantity_mw": _LOSS_MW, "price_usd_per_mwh": _LOSS_USD_PER_MWH
            }  # fmt: skip
            yield lost
        else:
            yield {**lost, "version": 2, "action": "cancel"}
            lost = None


async def _paced(
    connection: ClientConnection, sent: list[dict[str, object]], known: dict[str, int]
) -> tuple[dict[str, float], list[float]]:
    """Send each when it is due; return when that was, and how long each acknowledgement took."""
    due: dict[str, float] = {}
    waiting: deque[float] = deque()
    took: list[float] = []

    async def read() -> None:
        for _ in sent:
            note(await connection.recv(decode=False), known)
            took.append((time.monotonic() - waiting.popleft()) * 1e3)

    reading = asyncio.create_task(read())
    began = time.monotonic()
    for number, record in enumerate(sent):
        moment = began + number / RATE
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        due[_name(record)] = moment
        waiting.append(moment)
        await connection.send(msgspec.json.encode(record))
    await reading
    return due, took


def _losing(sent: list[dict[str, object]]) -> frozenset[str]:
    losing = (one for one in sent if one["price_usd_per_mwh"] == _LOSS_USD_PER_MWH)
    return frozenset(_name(one) for one in losing if one["action"] == "new")


def _name(record: dict[str, object]) -> str:
    return f"{record['source']}/{record['trade']}/{record['version']}"


def _alerts(reader: StoreReader, webhook: Webhook, lost: dict[int, float]) -> list[float]:
    """Wait for the alerts of the trades that lost; return how long the first of each took.

    Raises:
        StateError: one of them never came.
    """
    caused: dict[tuple[str, int], int] = {}
    first: dict[int, float] = {}
    after, until = "0-0", time.monotonic() + _LAST_SECONDS
    while time.monotonic() < until:
        for stored in reader.transitions(after):
            transition, after = stored.transition, stored.id
            if transition.position in lost:
                caused[transition.case, transition.sequence] = transition.position
        for key, position in caused.items():
            if key in webhook.came:
                first[position] = min(webhook.came[key], first.get(position, math.inf))
        if len(first) == len(lost):
            return [(first[position] - moment) * 1e3 for position, moment in lost.items()]
        time.sleep(_LOOK_SECONDS)
    reason = f"of {len(lost)} trades that breached a limit only {len(first)} had an alert"
    raise StateError(reason)
