"""Reads the read model out of the store; a view is decoded only when its bytes changed."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboards.hub import Reading
from state.blocks import StoredView
from state.errors import WireError
from state.explain.views import ShownView
from state.screens.views import Transition
from state.store import StoreReader, read_view, run_shown

MOST_TRANSITIONS = 2000
"""How many entries of the alert stream are kept for the histories of cases."""

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
        self._open(run)

    def _open(self, run: str) -> None:
        self._reader = StoreReader(self._store, run)
        self._seen: dict[str, StoredView] = {}
        self._newest_transition = "0-0"
        self._edition = (-1, -1)
        self._last = Reading(run=run, position=-1, views={})

    def read(self) -> Reading:
        """Read what changed since the last reading; the same reading when nothing did."""
        run = self._run or run_shown(self._store) or ""
        if run != self._last.run:
            self._open(run)
        edition = self._reader.edition()
        if edition != self._edition:
            self._last = self._read_all(run)
            self._edition = edition
        return self._last

    def _read_all(self, run: str) -> Reading:
        position, stored = self._reader.stored()
        views: dict[str, ShownView] = {}
        faults: dict[str, str] = {}
        for name, view in stored.items():
            try:
                views[name] = self._decoded(name, view)
            except WireError as error:
                faults[name] = str(error)
        self._seen = stored
        return Reading(
            run=run,
            position=position,
            views=views,
            faults=faults,
            transitions=self._transitions(),
            last_letter=next(iter(self._reader.dead_letters(1)), None),
        )

    def _decoded(self, name: str, stored: StoredView) -> ShownView:
        known = self._last.views.get(name)
        return known if known is not None and self._seen.get(name) == stored else read_view(stored)

    def _transitions(self) -> tuple[Transition, ...]:
        fresh = self._reader.transitions(self._newest_transition, MOST_TRANSITIONS)
        if not fresh:
            return self._last.transitions
        self._newest_transition = fresh[-1].id
        known = (*self._last.transitions, *(entry.transition for entry in fresh))
        return known[-MOST_TRANSITIONS:]
