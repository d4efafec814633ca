"""One thread that appends for all clients: what came while the log wrote goes out together."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from connectors.log.redis import Placed
from state.errors import TielineError
from state.messages import Message

LARGEST_APPEND = 500
"""Messages a call, as ingest appends them: fewer wait more often for the disk, and during more the
store serves nobody else."""

MOST_WAITING = 20_000
"""Messages that wait for the log; more are refused."""

log = structlog.get_logger()


class NotAppendedError(TielineError):
    """Says why the log did not take messages, and what to do."""


class _Parcel(NamedTuple):
    messages: Sequence[Message]
    placed: asyncio.Future[list[Placed]]
    loop: asyncio.AbstractEventLoop


class Appender:
    """Appends messages whose keys take one content, in the order in which they came.

    Args:
        append: :meth:`connectors.log.redis.RedisLog.append_once`.
    """

    def __init__(self, append: Callable[[Sequence[Message]], list[Placed]]) -> None:
        self._append = append
        self._changed = threading.Condition()
        self._parcels: deque[_Parcel] = deque()
        self._waiting = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="appender", daemon=True)
        self._thread.start()

    def put(self, messages: Sequence[Message]) -> asyncio.Future[list[Placed]]:
        """Hand messages over; the future is done when the log has them on disk.

        Raises:
            NotAppendedError: too many wait already, or the gateway is closing.
        """
        loop = asyncio.get_running_loop()
        parcel = _Parcel(messages, loop.create_future(), loop)
        with self._changed:
            if self._closed:
                reason = "the gateway is closing; connect again and send it then"
                raise NotAppendedError(reason)
            if self._waiting + len(messages) > MOST_WAITING:
                reason = (
                    f"{self._waiting:,} messages wait for the log, at most {MOST_WAITING:,} may; "
                    "send it again when earlier ones are acknowledged"
                )
                raise NotAppendedError(reason)
            self._waiting += len(messages)
            self._parcels.append(parcel)
            self._changed.notify()
        return parcel.placed

    def close(self) -> None:
        """Append what waits and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while parcels := self._next():
            messages = [message for parcel in parcels for message in parcel.messages]
            try:
                placed = self._append(messages)
            except Exception as error:  # noqa: BLE001 - whatever it was, the clients must know
                log.warning("append.failed", reason=type(error).__name__, messages=len(messages))
                self._tell(parcels, error)
            else:
                self._hand_out(parcels, placed)

    def _next(self) -> list[_Parcel]:
        """Wait for parcels and return as many as go into one call; none when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._parcels or self._closed)
            taken: list[_Parcel] = []
            size = 0
            while self._parcels:
                length = len(self._parcels[0].messages)
                if taken and size + length > LARGEST_APPEND:
                    break
                taken.append(self._parcels.popleft())
                size += length
            self._waiting -= size
            return taken

    def _hand_out(self, parcels: Sequence[_Parcel], placed: Sequence[Placed]) -> None:
        start = 0
        for parcel in parcels:
            end = start + len(parcel.messages)
            _resolve(parcel, placed[start:end])
            start = end

    def _tell(self, parcels: Sequence[_Parcel], error: Exception) -> None:
        reason = (
            f"the log did not answer ({type(error).__name__}), so it is not known whether it has "
            "this; send it again: what it has is told its position, nothing is doubled"
        )
        for parcel in parcels:
            _resolve(parcel, NotAppendedError(reason))


def _resolve(parcel: _Parcel, outcome: Sequence[Placed] | NotAppendedError) -> None:
    def settle() -> None:
        if parcel.placed.done():  # its connection is gone
            return
        if isinstance(outcome, NotAppendedError):
            parcel.placed.set_exception(outcome)
        else:
            parcel.placed.set_result(list(outcome))

    if not parcel.loop.is_closed():
        parcel.loop.call_soon_threadsafe(settle)
