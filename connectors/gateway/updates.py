"""``/updates``: a snapshot, then every change, to each client as far as it may see.

One reader serves all clients. A message is made once for all who see the same books, and waits
in each client's own bounded queue; whoever lets that fill up is cut off, and no one else waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from connectors.gateway import forms
from connectors.gateway.filtered import Shown, alerts_of, refused_of, view_of
from connectors.gateway.looking import Look, Looking, Since
from connectors.gateway.sending import cut_off, send
from connectors.gateway.shapes import shaped
from state.errors import TielineError
from state.screens.clock_seen import ClockView

LOOK_SECONDS = 0.05
"""Between two looks at the store; what changed in between goes out as one message."""

IDLE_LOOK_SECONDS = 0.2
"""While no client is there; the run's time is read from it all the same."""

MOST_WAITING = 64
"""Messages that one client may leave unread beyond what the network holds."""

_PAUSED = ("paused", "ended")

log = structlog.get_logger()


@dataclass(eq=False)
class Subscription:
    """What one client sees, and what waits for it.

    Attributes:
        books: of its filter; empty for the whole company.
        overflowed: set when too much waits; it gets nothing more.
    """

    books: frozenset[str]
    waiting: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: bytes) -> None:
        """Let a message wait, or note that too many do."""
        try:
            self.waiting.put_nowait(message)
        except asyncio.QueueFull:
            self.overflowed.set()


class Updates:
    """Reads the read model and tells clients what changed.

    Args:
        look: what changed since it was called last; called in a thread.
        between: what was told after one position, up to another; likewise.
        run: the run's name.
        stale_seconds: how long the clock may stand still before clients are told.
        clock: steady seconds.
    """

    def __init__(
        self,
        look: Looking,
        between: Callable[[int, int], Since],
        *,
        run: str,
        stale_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._look = look
        self._between = between
        self._run = run
        self._stale_seconds = stale_seconds
        self._clock = clock
        self._views: dict[str, Shown] = {}
        self._changed_at: dict[str, int] = {}
        self._clients: set[Subscription] = set()
        self._tick: tuple[int, float] = (0, clock())
        self._stands = False
        self._looking = asyncio.Lock()
        self.position = 0

    @property
    def run_clock(self) -> ClockView | None:
        """Where the fold stands; None before its first view."""
        view = self._views.get("clock")
        return view if isinstance(view, ClockView) else None

    async def keep_looking(self) -> None:
        """Look again and again until cancelled; a store that is away is waited for."""
        failing = False
        while True:
            try:
                await self.look_once()
                failing = False
            except (redis.RedisError, OSError, TielineError) as error:
                if not failing:
                    log.warning("updates.failed", reason=f"{type(error).__name__}: {error}")
                failing = True
            except Exception:  # the clients are told that nothing moves, and trades go on
                if not failing:
                    log.exception("updates.failed")
                failing = True
            await asyncio.sleep(LOOK_SECONDS if self._clients else IDLE_LOOK_SECONDS)

    async def keep_watching(self) -> None:
        """Watch the run's clock until cancelled, also while the store does not answer."""
        while True:
            self.watch_clock()
            await asyncio.sleep(LOOK_SECONDS)

    async def look_once(self) -> None:
        """Look, and tell the clients when something changed."""
        async with self._looking:
            look = await asyncio.to_thread(self._look)
            if look is not None:
                self._take(look)

    async def has_begun(self) -> bool:
        """Say whether the run has a read model, by a look of one's own where it had none yet."""
        if not self.position:
            with contextlib.suppress(redis.RedisError, OSError, TielineError):
                await self.look_once()
        return bool(self.position)

    def _take(self, look: Look) -> None:
        before, self.position = self.position, look.position
        self._views.update(look.views)
        self._changed_at.update(dict.fromkeys(look.views, look.position))
        messages: dict[frozenset[str], bytes] = {}
        for client in tuple(self._clients):
            if client.books not in messages:
                messages[client.books] = forms.encode(_change(look, before, client.books))
            self._tell(client, messages[client.books])

    async def serve(
        self, connection: ServerConnection, books: frozenset[str], after: int | None
    ) -> None:
        """Send a snapshot, then every change, until the client goes or falls behind.

        Args:
            connection: of the client.
            books: of its filter; empty for the whole company.
            after: a position the client has been told of before; None to begin.
        """
        client = Subscription(books)
        told = Since([], []) if after is None else await self._told_after(after)
        client.put(forms.encode(self._snapshot(client, after, told)))
        if self._stands:
            client.put(self._standstill())
        self._clients.add(client)
        try:
            await self._pass_on(connection, client)
        finally:
            self._clients.discard(client)

    async def _told_after(self, after: int) -> Since:
        """Read it up to exactly where the views stand."""
        while True:
            until = self.position
            told = await asyncio.to_thread(self._between, after, until)
            if until == self.position:
                return told

    async def _pass_on(self, connection: ServerConnection, client: Subscription) -> None:
        ends: list[asyncio.Task[Any]] = [
            asyncio.create_task(_send_all(connection, client)),
            asyncio.create_task(_refuse_all(connection)),
            asyncio.create_task(client.overflowed.wait()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
            found = await asyncio.gather(*ends, return_exceptions=True)
        for error in found:
            if isinstance(error, Exception) and not isinstance(error, ConnectionClosed):
                raise error
        if client.overflowed.is_set():
            reason = f"{MOST_WAITING} messages wait unread; read faster and resume by position"
            await cut_off(connection, reason)

    def _tell(self, client: Subscription, message: bytes) -> None:
        client.put(message)
        if client.overflowed.is_set():
            self._clients.discard(client)

    def _snapshot(self, client: Subscription, after: int | None, told: Since) -> forms.Snapshot:
        # A view may be drawn again at a position that was told of before: so that one is sent too.
        known = -1 if after is None else after
        views = {
            name: view for name, view in self._views.items() if self._changed_at[name] >= known
        }
        return forms.Snapshot(
            run=self._run,
            position=self.position,
            after=after,
            books=sorted(client.books),
            views=_shaped(views, client.books),
            alerts=[shaped(each) for each in alerts_of(told.alerts, client.books)],
            refused=refused_of(told.refused, client.books),
        )

    def watch_clock(self) -> None:
        """Tell the clients when the run's clock stands still, and when it goes on."""
        clock = self.run_clock
        if clock is None:
            return
        if clock.tick_ns != self._tick[0] or clock.phase in _PAUSED:
            self._tick = (clock.tick_ns, self._clock())
        stands = self._clock() - self._tick[1] > self._stale_seconds
        if stands != self._stands:
            self._stands = stands
            for client in tuple(self._clients):
                self._tell(client, self._standstill())

    def _standstill(self) -> bytes:
        seconds = self._clock() - self._tick[1]
        told = forms.Standstill(position=self.position, stands=self._stands, seconds=seconds)
        return forms.encode(told)


async def _send_all(connection: ServerConnection, client: Subscription) -> None:
    while True:
        await send(connection, await client.waiting.get())


async def _refuse_all(connection: ServerConnection) -> None:
    """Wait for the client's end; there is nothing to be said to us here."""
    async for _ in connection:
        await cut_off(connection, "send nothing to /updates; trades go to /trades")


def _change(look: Look, before: int, books: frozenset[str]) -> forms.Change:
    return forms.Change(
        after=before,
        position=look.position,
        views=_shaped(look.views, books),
        alerts=[shaped(each) for each in alerts_of(look.since.alerts, books)],
        refused=refused_of(look.since.refused, books),
    )


def _shaped(views: dict[str, Shown], books: frozenset[str]) -> dict[str, Any]:
    return {name: shaped(view_of(view, books)) for name, view in views.items()}
