"""Messages about days that are not held yet."""

from __future__ import annotations

from datetime import date
from typing import Any

from state.errors import WireError
from state.market.dated import Dated
from state.wire import decode, encode


class Waiting:
    """Keeps messages, in log order, until their day opens."""

    def __init__(self) -> None:
        self._of_day: dict[date, list[Dated]] = {}

    def add(self, day: date, message: Dated) -> None:
        """Let a message wait for a day."""
        self._of_day.setdefault(day, []).append(message)

    def take(self, day: date) -> list[Dated]:
        """Return what waits for a day, no longer kept here."""
        return self._of_day.pop(day, [])

    def forget_until(self, today: date) -> None:
        """Let go of what waits for a day that can open no more."""
        self._of_day = {day: held for day, held in self._of_day.items() if day > today}

    def snapshot(self) -> list[list[Any]]:
        """Return what :meth:`restore` needs."""
        return [
            [day.isoformat(), [encode(message) for message in messages]]
            for day, messages in self._of_day.items()
        ]

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over a snapshot.

        Raises:
            WireError: it holds what is about no interval.
        """
        for text, messages in saved:
            self._of_day[date.fromisoformat(text)] = [_dated(data) for data in messages]


def _dated(data: bytes) -> Dated:
    message = decode(data)
    if not isinstance(message, Dated):
        reason = f"saved state holds a {type(message).__name__} where a dated message belongs"
        raise WireError(reason)
    return message
