"""A day folder as a source: its receipts, records and ticks in one order that never changes.

The offset of an item is its index in the merged sequence (``docs/architecture.md``), so that a
player goes on exactly where it stopped.
"""

from __future__ import annotations

import gzip
import heapq
import itertools
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.log.day_folder import (
    LARGEST_BODY_BYTES,
    OPENING,
    Manifest,
    Payloads,
    RecordLine,
    inside,
    local_moment_ns,
    read_manifest,
    read_opening,
    read_receipts,
    read_records,
)
from connectors.records import parse_record
from state.errors import ConfigError, ParseError, UsageError
from state.messages import AnyMessage, Opening, Tick
from state.moments import SECOND_NS

_TICK, _RECEIPT, _RECORD = range(3)


class Receipt(NamedTuple):
    """A raw body as it came from a market.

    Attributes:
        source: the registered market.
        where: what to call the body in errors.
    """

    received_at_ns: int
    source: str
    body: bytes
    where: str


class Record(NamedTuple):
    """A message in JSON, or text that should have been one, from any other source.

    Attributes:
        received_at_ns: its place in the order of the day.
        own_ns: the message's own time of receipt, where another program gave it; None where it
            is that of its place.
    """

    received_at_ns: int
    source: str
    body: bytes
    where: str
    own_ns: int | None = None

    @property
    def stamp_ns(self) -> int:
        """The time of receipt of its message."""
        return self.received_at_ns if self.own_ns is None else self.own_ns


Item = Tick | Receipt | Record
"""What a day is a sequence of."""


class Day:
    """One day folder, checked; :meth:`open` makes it.

    Attributes:
        manifest: what the day says of itself.
    """

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self._root = root
        self._payloads = Payloads(root)
        self._receipts = read_receipts(root / "receipts.csv", manifest.markets)
        self._records = read_records(root / "records.jsonl")
        self._require_content()
        self._require_payloads()

    @classmethod
    def open(cls, path: Path) -> Day:
        """Open a folder and check everything that can be checked before playing.

        Raises:
            ConfigError: a file is missing or wrong; says which, where and the remedy.
        """
        if not path.is_dir():
            reason = f"there is no day folder {path}; name a shipped day or a folder of your own"
            raise UsageError(reason)
        return cls(path.resolve(), read_manifest(path / "manifest.json"))

    def _require_content(self) -> None:
        """Make sure there is something to play: each file may be missing, but not all of them.

        Raises:
            ConfigError: nothing is there.
        """
        if not (self._receipts or self._records or (self._root / OPENING).exists()):
            reason = (
                f"{self._root} has a manifest and nothing to play: no receipts.csv, records.jsonl "
                f"or {OPENING} with an entry; copy the whole folder, or make the day again"
            )
            raise ConfigError(reason)

    def __len__(self) -> int:
        return len(self._seconds()) + len(self._receipts) + len(self._records)

    def opening(self) -> list[AnyMessage]:
        """Return the messages that come before the first tick.

        Raises:
            ConfigError: one of them is wrong.
        """
        return [_message(line) for line in read_opening(self._root / OPENING)]

    def saved_opening(self, start_at: str) -> Opening:
        """Return the state saved at a moment; the day goes on after its tick.

        Args:
            start_at: market-local ``HH:MM``, one of the manifest's ``openings``.

        Raises:
            ConfigError: the day has no state saved at that moment, or it cannot be read.
        """
        name = self.manifest.openings.get(start_at)
        if name is None:
            known = ", ".join(("its beginning", *sorted(self.manifest.openings)))
            reason = f"day {self.manifest.name} cannot start at {start_at}; it can at {known}"
            raise UsageError(reason)
        path = inside(self._root, name, self._root / "manifest.json")
        try:
            state = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            reason = f"opening {path} cannot be read ({error}); make the day again"
            raise ConfigError(reason) from error
        at_ns = local_moment_ns(self.manifest, start_at)
        return Opening(at_ns=at_ns, received_at_ns=at_ns, state=state)

    def offset_after(self, tick_ns: int) -> int:
        """Return the offset of the first item after a tick."""
        before = itertools.takewhile(lambda item: item <= (tick_ns, _TICK, 0), self._order())
        return sum(1 for _ in before)

    def items(self, start_offset: int = 0) -> Iterator[Item]:
        """Yield the items from an offset on; a body is read when its turn comes."""
        for at_ns, kind, index in itertools.islice(self._order(), start_offset, None):
            if kind == _TICK:
                yield Tick(at_ns=at_ns, received_at_ns=at_ns)
            elif kind == _RECEIPT:
                yield self._receipt(index)
            else:
                yield Record(*self._records[index])

    def _receipt(self, index: int) -> Receipt:
        line = self._receipts[index]
        body = self._payloads.read(line.payload)
        return Receipt(line.received_at_ns, line.source, body, line.payload)

    def _order(self) -> Iterator[tuple[int, int, int]]:
        """Yield (time, kind, index within the kind) in merged order: ticks, receipts, records."""
        return heapq.merge(
            ((second * SECOND_NS, _TICK, 0) for second in self._seconds()),
            ((line.received_at_ns, _RECEIPT, n) for n, line in enumerate(self._receipts)),
            ((line.received_at_ns, _RECORD, n) for n, line in enumerate(self._records)),
        )

    def _seconds(self) -> range:
        first = -(-self.manifest.from_ns // SECOND_NS)
        return range(first, self.manifest.to_ns // SECOND_NS + 1)

    def _require_payloads(self) -> None:
        for number, line in enumerate(self._receipts, start=2):
            size = self._payloads.size(line.payload)
            if size is None or size > LARGEST_BODY_BYTES:
                fault = "is missing" if size is None else f"has {size:,} bytes, too many"
                reason = (
                    f"{self._root / 'receipts.csv'} line {number}: payload {line.payload!r} "
                    f"{fault}; add the file, or take the line out"
                )
                raise ConfigError(reason)


def play(
    day: Day, *, start_offset: int, speed: float, stop: threading.Event
) -> Iterator[tuple[int, Item]]:
    """Yield items with the offset of the item after each, every one when it is due.

    Args:
        day: the day to play.
        start_offset: of the first item, which is due at once.
        speed: market seconds per wall second; 0 plays as fast as possible.
        stop: ends the play when it is set.
    """
    start_wall = time.monotonic()
    start_ns: int | None = None
    for offset, item in enumerate(day.items(start_offset), start=start_offset + 1):
        start_ns = item.received_at_ns if start_ns is None else start_ns
        if speed > 0:
            due = start_wall + (item.received_at_ns - start_ns) / SECOND_NS / speed
            stop.wait(max(0.0, due - time.monotonic()))
        if stop.is_set():
            return
        yield offset, item


def _message(line: RecordLine) -> AnyMessage:
    try:
        return parse_record(line.body, received_at_ns=line.received_at_ns)
    except ParseError as error:
        reason = f"{line.where}: {error}"
        raise ConfigError(reason) from error
