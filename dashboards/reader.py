"""Reads the read model out of the store; a view is decoded only when its bytes changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboards.frame import DeadLetter
from dashboards.hub import Reading
from state.errors import WireError
from state.keys import RUN_SHOWN, RunKeys
from state.views import AnyView
from state.wire import decode_state

_TIMEOUT_SECONDS = 1.0


def connect(store_url: str) -> redis.Redis:
    """Return a client that says at once when the store is away: a screen must show it."""
    return redis.Redis.from_url(
        store_url,
        protocol=2,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class ViewReader:
    """Reads the views of a run.

    Args:
        store: a client as :func:`connect` makes it.
        run: the run's name; empty for the one the store says is shown.
    """

    def __init__(self, store: redis.Redis, run: str = "") -> None:
        self._store = store
        self._run = run
        self._seen: dict[str, bytes] = {}
        self._last = Reading(run=run, position=-1, views={})

    def read(self) -> Reading:
        """Read what changed since the last reading; the same reading when nothing did."""
        run = self._run or self._run_shown()
        position = cast("bytes | None", self._store.hget(RunKeys(run).view, "position"))
        if run != self._last.run:
            self._seen = {}
        elif int(position or 0) == self._last.position:
            return self._last
        self._last = self._read_views(run)
        return self._last

    def _run_shown(self) -> str:
        return cast("bytes", self._store.get(RUN_SHOWN) or b"live").decode()

    def _read_views(self, run: str) -> Reading:
        raw = cast("dict[bytes, bytes]", self._store.hgetall(RunKeys(run).view))
        stored = {name.decode(): body for name, body in raw.items()}
        position = int(stored.pop("position", b"0"))
        views: dict[str, AnyView] = {}
        faults: dict[str, str] = {}
        for name, body in stored.items():
            try:
                views[name] = self._decoded(name, body)
            except (WireError, msgspec.ValidationError) as error:
                faults[name] = str(error)
        self._seen = stored
        return Reading(
            run=run,
            position=position,
            views=views,
            faults=faults,
            last_letter=self._last_letter(run),
        )

    def _decoded(self, name: str, body: bytes) -> AnyView:
        known = self._last.views.get(name)
        if known is not None and self._seen.get(name) == body:
            return known
        return cast("AnyView", msgspec.convert(decode_state(body), AnyView))

    def _last_letter(self, run: str) -> DeadLetter | None:
        newest = self._store.xrevrange(RunKeys(run).dead, count=1)
        return _letter(cast("list[tuple[bytes, Mapping[bytes, bytes]]]", newest))


def _letter(entries: list[tuple[bytes, Mapping[bytes, bytes]]]) -> DeadLetter | None:
    if not entries:
        return None
    fields = entries[0][1]
    return DeadLetter(
        feed=fields.get(b"feed", b"").decode(errors="replace"),
        reason=fields.get(b"reason", b"").decode(errors="replace"),
        received_at_ns=int(fields.get(b"received_at_ns", b"0")),
    )
