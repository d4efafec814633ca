"""A run that is folded, and a gateway to it, for tests over real sockets."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from websockets.sync.client import ClientConnection, connect

from connectors.gateway.address import Address
from connectors.gateway.callers import Callers, digest_of
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from dashboards.access import Role
from flows import gateway, monitor
from flows.days import SHIPPED
from flows.gateway import Orders
from flows.settings import DEFAULT_DAY
from flows.tokens import MAY, Caller
from state.company import Company
from state.messages import RunPhase, RunStatus, Tick, Trade
from state.store import StoreReader
from state.wire import decode
from tests.stores import EmbeddedStore
from tests.waiting import wait_for

DAY = Day.open(SHIPPED / DEFAULT_DAY)
SECOND_NS = 10**9
BOOK = "load-serving"
ORIGIN = "https://desk.example.net"


def callers() -> Callers:
    """Return a caller a role, whose token is its name, and one of a book alone."""
    of_role = {digest_of(role.value): Caller(role.value, role.value, MAY[role]) for role in Role}
    one = Caller("one-book", "desk", MAY[Role.DESK], frozenset({BOOK}))
    return Callers(of_role | {digest_of("one-book"): one})


@dataclass
class FoldedRun:
    """A run in a store, from the shipped evening's opening, that a thread folds."""

    store: EmbeddedStore
    run: str
    snapshots: Path
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.client = self.store.client()
        self.log = RedisLog(self.client, self.run)
        self.views = StoreReader(self.client, self.run)
        opening = DAY.saved_opening("16:30")
        self.tick_ns = opening.at_ns
        started = RunStatus(
            run=self.run,
            phase=RunPhase.STARTED,
            at_ns=opening.at_ns,
            day=DAY.manifest.name,
            received_at_ns=opening.at_ns,
        )
        self.log.append([opening, started])
        self.tick()
        folded = monitor.Monitored(
            run=self.run,
            company=DAY.manifest.company,
            fold=Company,
            snapshots=self.snapshots,
            every_ticks=10**9,
        )
        self.folding = threading.Thread(
            target=monitor.run, args=(self.store.client(), folded), kwargs={"stop": self.stop}
        )
        self.folding.start()
        self.settle()

    def tick(self) -> int:
        """Let a second pass; return the tick's position."""
        self.tick_ns += SECOND_NS
        [position] = self.log.append([Tick(at_ns=self.tick_ns, received_at_ns=self.tick_ns)])
        assert position is not None
        return position

    def settle(self) -> int:
        """Wait until the read model shows all of the log; return where it stands."""
        wait_for(lambda: self.views.position() == self.log.last_position())
        return self.views.position()

    def close(self) -> None:
        self.stop.set()
        self.folding.join()
        self.client.close()


class Served:
    """A gateway in a thread of its own.

    Args:
        client: of its store.
        orders: what it works with; port 0 takes any.
    """

    def __init__(self, client: redis.Redis, orders: Orders) -> None:
        self._client = client
        self._orders = orders
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(20)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with gateway.serving(self._client, self._orders) as server:
            self.port = int(server.sockets[0].getsockname()[1])
            self._ready.set()
            await self._over.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
        assert not self._thread.is_alive()


def orders(run: str, **changes: Any) -> Orders:
    address = Address("127.0.0.1", 0, origins=(ORIGIN,))
    return Orders(**({"run": run, "address": address, "callers": callers()} | changes))


def dial(port: int, path: str, token: str = "desk", **options: Any) -> ClientConnection:  # noqa: S107
    """Connect as somebody; compression off as the gateway has it."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return connect(
        f"ws://127.0.0.1:{port}{path}",
        additional_headers=headers,
        compression=None,
        max_size=None,
        **options,
    )


def said(connection: ClientConnection, timeout: float = 20.0) -> dict[str, Any]:
    """Return the next message."""
    found: dict[str, Any] = json.loads(connection.recv(timeout=timeout))
    return found


def asked(connection: ClientConnection, frame: object) -> dict[str, Any]:
    """Send a frame and return its answer."""
    connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
    return said(connection)


def deal(number: int, **changes: Any) -> dict[str, Any]:
    """Return the record of a trade of the evening."""
    return {
        "kind": "trade",
        "source": "etrm",
        "trade": f"G-{number}",
        "version": 1,
        "action": "new",
        "product": "energy",
        "market": "caiso",
        "book": BOOK,
        "counterparty": "CP-01",
        "location": "TH_SP15_GEN-APND",
        "delivery_start": "2026-09-09T03:00:00Z",
        "delivery_end": "2026-09-09T04:00:00Z",
        "quantity_mw": 1.0,
        "price_usd_per_mwh": 60.0,
        "settles_at": "RTD",
        **changes,
    }


@contextmanager
def folded_run(store: EmbeddedStore, run: str, folder: Path) -> Iterator[FoldedRun]:
    run_of = FoldedRun(store, run, folder)
    try:
        yield run_of
    finally:
        run_of.close()


def trades_in(log: RedisLog) -> dict[str, list[int]]:
    """Return the positions of each version of a trade in the log."""
    found: dict[str, list[int]] = {}
    position = 0
    while entries := log.read(position, 5000):
        for position, body in entries:
            message = decode(body)
            if isinstance(message, Trade):
                found.setdefault(message.key, []).append(position)
    return found
