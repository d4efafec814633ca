"""The gateway as a process: trades and checks into the log, updates out of the read model.

It keeps nothing of its own, so that it may be killed at any time: what was acknowledged is in the
log, what was not is sent again by its client and told the position it has.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import redis
import structlog
from websockets.asyncio.server import Server

from connectors.gateway.address import Address
from connectors.gateway.appender import Appender
from connectors.gateway.callers import Callers
from connectors.gateway.checks import AnswerReader, ChecksIn
from connectors.gateway.door import Door, opened
from connectors.gateway.looking import Looker, since
from connectors.gateway.trades import TradesIn
from connectors.gateway.updates import Updates
from connectors.log.redis import RedisLog
from flows.memory import settle_memory
from flows.running import stopped_by_signals
from state.products import wrong_in_itself
from state.store import StoreReader

log = structlog.get_logger()


@dataclass(frozen=True)
class Orders:
    """What the gateway works with.

    Attributes:
        run: whose log is written, and whose read model is read.
        address: where it listens.
        callers: everybody with a token.
        frames_per_second, trades_per_second: what one connection may send.
        stale_seconds: how long the run's clock may stand still.
    """

    run: str
    address: Address
    callers: Callers
    frames_per_second: float = 2_000.0
    trades_per_second: float = 50_000.0
    stale_seconds: float = 5.0


def run(client: redis.Redis, orders: Orders, *, stop: threading.Event | None = None) -> None:
    """Serve until a stop is asked for, by SIGINT and SIGTERM too.

    Args:
        client: of the store.
        orders: what to do.
        stop: ends it when set.

    Raises:
        ConfigError: it cannot listen where it is told to.
        LogError: the store is unsafe to write a log to.
    """
    run_log = RedisLog(client, orders.run)
    run_log.require_safe_store()
    stop = stop or threading.Event()
    with stopped_by_signals(stop):
        run_log.record_start("gateway", position=run_log.last_position())
        settle_memory()
        asyncio.run(_until(stop, client, orders))


@asynccontextmanager
async def serving(client: redis.Redis, orders: Orders) -> AsyncIterator[Server]:
    """Serve for as long as the context is open; what waits for the log is written at its end."""
    updates = _updates(client, orders)
    appender = Appender(RedisLog(client, orders.run).append_once)
    now_ns = partial(run_time_ns, updates)
    door = Door(
        orders.callers,
        orders.address.origins,
        trades=TradesIn(
            appender,
            now_ns,
            wrong_in_itself,
            frames=orders.frames_per_second,
            trades=orders.trades_per_second,
            clock=time.monotonic,
        ),
        checks=ChecksIn(
            appender,
            AnswerReader(StoreReader(client, orders.run)),
            now_ns=now_ns,
            frames=orders.frames_per_second,
            clock=time.monotonic,
        ),
        updates=updates,
    )
    await updates.has_begun()
    tasks = [
        asyncio.create_task(updates.keep_looking()),
        asyncio.create_task(updates.keep_watching()),
    ]
    try:
        async with opened(orders.address, door) as server:
            yield server
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(appender.close)


def run_time_ns(updates: Updates, *, wall_ns: Callable[[], int] = time.time_ns) -> int:
    """Return the time of receipt of what comes now: a replayed day's own, else the wall's."""
    clock = updates.run_clock
    return clock.tick_ns if clock is not None and clock.day else wall_ns()


def _updates(client: redis.Redis, orders: Orders) -> Updates:
    reader = StoreReader(client, orders.run)
    return Updates(
        Looker(reader).look,
        partial(since, reader),
        run=orders.run,
        stale_seconds=orders.stale_seconds,
        clock=time.monotonic,
    )


async def _until(stop: threading.Event, client: redis.Redis, orders: Orders) -> None:
    async with serving(client, orders) as server:
        for listening in server.sockets:
            host, port = listening.getsockname()[:2]
            secured = orders.address.certificate is not None
            log.info("gateway.listening", host=host, port=port, tls=secured, run=orders.run)
        await asyncio.to_thread(stop.wait)
