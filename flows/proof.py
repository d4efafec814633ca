"""The recorded digest of a day, and where another result first parts from it.

A day that records its digest holds it in the manifest, and in ``digests.bin`` four bytes of the
chain after each tick, so that a difference has a time and a message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.log.day_folder import Manifest, amend_manifest, read_manifest
from connectors.log.days import Day
from flows.days import local_clock
from flows.fold import steps
from state.company import Company
from state.errors import ConfigError
from state.messages import Message, Tick

LINK_BYTES = 4
_LINKS = "digests.bin"
_MOST_NAMED = 3


class Link(NamedTuple):
    """The chain after one tick.

    Attributes:
        messages: what entered since the tick before, the tick itself last.
        digest, timing_digest: the two chains.
    """

    at_ns: int
    messages: list[Message]
    digest: str
    timing_digest: str

    @property
    def mark(self) -> bytes:
        """What is recorded of it."""
        both = f"{self.digest}/{self.timing_digest}".encode()
        return hashlib.blake2b(both, digest_size=LINK_BYTES).digest()


def links_of(day: Day) -> Iterator[Link]:
    """Fold a day in a plain loop and yield its chain tick by tick."""
    company = Company(day.manifest.company)
    since: list[Message] = []
    for _, message, _ in steps(day, company):
        since.append(message)
        if isinstance(message, Tick):
            yield Link(message.at_ns, since, company.digest, company.timing_digest)
            since = []


def require_recorded(folder: Path) -> Manifest:
    """Return the manifest of a day whose digest is recorded.

    Raises:
        ConfigError: it is not.
    """
    manifest = read_manifest(folder / "manifest.json")
    if not manifest.digest:
        reason = f"day {manifest.name} records no digest; replay it without --prove"
        raise ConfigError(reason)
    return manifest


def record(folder: Path, *, digest: str, timing_digest: str) -> None:
    """Record what the flow ended with, once a plain loop ends with the same.

    Raises:
        ConfigError: it does not; nothing is recorded.
    """
    marks = bytearray()
    last = None
    for last in links_of(Day.open(folder)):
        marks += last.mark
    if last is None or (last.digest, last.timing_digest) != (digest, timing_digest):
        reason = "the flow and a plain loop over the day end with different digests; report it"
        raise ConfigError(reason)
    (folder / _LINKS).write_bytes(marks)
    amend_manifest(folder, digest=digest, timing_digest=timing_digest)


def differences(folder: Path, *, digest: str, timing_digest: str) -> list[str]:
    """Compare digests with those recorded; what differs comes with the place where it began.

    Raises:
        ConfigError: the day records none.
    """
    manifest = require_recorded(folder)
    pairs = {
        "digest": (manifest.digest, digest),
        "timing digest": (manifest.timing_digest, timing_digest),
    }
    found = [
        f"{name} is {now}, recorded is {recorded}"
        for name, (recorded, now) in pairs.items()
        if recorded and recorded != now
    ]
    return [*found, first_difference(folder)] if found else []


def first_difference(folder: Path) -> str:
    """Name the first tick at which a plain loop parts from the record, and what entered then."""
    path = folder / _LINKS
    if not path.is_file():
        return f"{_LINKS} is not there, so nobody can say where the difference began"
    recorded, day = path.read_bytes(), Day.open(folder)
    for number, link in enumerate(links_of(day)):
        if link.mark != recorded[LINK_BYTES * number : LINK_BYTES * (number + 1)]:
            keys = [message.key for message in link.messages]
            more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
            clock = local_clock(day.manifest, link.at_ns)
            return f"first at the tick of {clock}: {', '.join(keys[:_MOST_NAMED])}{more}"
    return "a plain loop over the day agrees with the record: the flow differs from it; report it"
