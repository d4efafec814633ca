"""Messages as the JSON records of a day folder, and market-local moments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from state.calendar import MarketCalendar, MarketDay
from state.messages import Message
from state.moments import from_ns, to_ns

_EMPTY: tuple[object, ...] = ("", None, [])


class Record(NamedTuple):
    """One line of ``records.jsonl`` or ``opening.jsonl.gz``.

    Attributes:
        body: the message as JSON values, or text when the source sent something else.
    """

    received_at_ns: int
    source: str
    body: dict[str, Any] | str


@dataclass(frozen=True)
class LocalDay:
    """A market-local date, its moments and its grid."""

    day: date
    time_zone: str
    settlement_seconds: int = 300

    @cached_property
    def zone(self) -> ZoneInfo:
        """The market's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def grid(self) -> MarketDay:
        """The date as hours and intervals."""
        calendar = MarketCalendar(self.time_zone)
        return MarketDay(calendar, self.day, settlement_seconds=self.settlement_seconds)

    def at(self, clock: str, days: int = 0) -> int:
        """Return the moment of a local clock time (``HH:MM``) on the date, or days later.

        >>> LocalDay(date(2026, 7, 14), "America/Los_Angeles").at("00:00")
        1784012400000000000
        """
        moment = datetime.combine(self.day + timedelta(days=days), time.fromisoformat(clock))
        return to_ns(moment.replace(tzinfo=self.zone))

    def next(self) -> LocalDay:
        """Return the day after."""
        return LocalDay(self.day + timedelta(days=1), self.time_zone, self.settlement_seconds)

    def iso(self, at_ns: int) -> str:
        """Write a moment with the market's offset, to the millisecond where it has one."""
        whole = at_ns % 1_000_000_000 == 0
        local = from_ns(at_ns).astimezone(self.zone)
        return local.isoformat(timespec="seconds" if whole else "milliseconds")


def _column(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return [None if np.isnan(item) else float(item) for item in value]
    reason = f"{type(value).__name__} has no JSON form"
    raise NotImplementedError(reason)


def body_of(message: Message, day: LocalDay) -> dict[str, Any]:
    """Return a message as the JSON body of a record: ``x_ns`` becomes ``x``, an ISO time."""
    return _body(msgspec.to_builtins(message, enc_hook=_column), day)


def _body(fields: dict[str, Any], day: LocalDay) -> dict[str, Any]:
    del fields["received_at_ns"]
    body: dict[str, Any] = {}
    for name, value in fields.items():
        if value in _EMPTY:
            continue
        if isinstance(value, dict):
            body[name] = _body(value, day)
        elif name.endswith("_ns"):
            several = isinstance(value, tuple | list)
            told = [day.iso(at_ns) for at_ns in value] if several else day.iso(value)
            body[name.removesuffix("_ns")] = told
        else:
            body[name] = value
    return body


def record(message: Message, source: str, at_ns: int, day: LocalDay) -> Record:
    """Return a message as a record received at a moment."""
    return Record(at_ns, source, body_of(message, day))


def line_of(item: Record, day: LocalDay) -> str:
    """Return the line of a record.

    >>> day = LocalDay(date(2026, 7, 14), "America/Los_Angeles")
    >>> line_of(Record(day.at("09:30"), "trades", "late fax"), day)
    '{"received_at":"2026-07-14T09:30:00-07:00","source":"trades","body":"late fax"}'
    """
    fields = {"received_at": day.iso(item.received_at_ns), "source": item.source}
    return json.dumps(fields | {"body": item.body}, separators=(",", ":"))
