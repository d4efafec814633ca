"""The files of a day folder, read and checked; ``docs/architecture.md`` describes them.

Whatever is wrong is one :class:`~state.errors.ConfigError` before anything starts.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import zipfile
import zlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from connectors.log.clock_time import moment_on
from connectors.whole_file import write_whole
from state.errors import ConfigError
from state.moments import from_ns, to_ns

FORMAT = 1
"""Version of the day folder this release reads."""

OPENING = "opening.jsonl.gz"
"""The file of what comes before the first tick."""

LARGEST_BODY_BYTES = 64_000_000
"""A payload above this is refused unread."""

_RECEIPT_COLUMNS = ["received_at", "source", "payload"]


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """What a day says of itself.

    Attributes:
        markets: the registered markets whose bodies are in it.
        from_ns: its first tick, UTC nanoseconds.
        to_ns: its last tick.
        openings: market-local ``HH:MM`` to the saved state from which a replay may start then.
        digest: what a fold over the whole day ends with, empty when not recorded.
        timing_digest: the same for effects of timing.
    """

    name: str
    format: int
    company: str
    markets: tuple[str, ...]
    time_zone: str
    from_ns: int
    to_ns: int
    title: str = ""
    date: str = ""
    seed: int | None = None
    generator: str = ""
    source: str = ""
    openings: dict[str, str] = {}
    digest: str = ""
    timing_digest: str = ""
    notes: msgspec.Raw = msgspec.Raw(b"null")


class ReceiptLine(NamedTuple):
    """One line of ``receipts.csv``."""

    received_at_ns: int
    source: str
    payload: str


class RecordLine(NamedTuple):
    """One line of ``records.jsonl`` or of the opening.

    Attributes:
        received_at_ns: its place among the others; its message's time of receipt, unless that is
            told besides.
        body: the message in JSON, or the text as it came.
        where: file and line, for errors.
        own_ns: the message's own time of receipt; None where it is the line's.
    """

    received_at_ns: int
    source: str
    body: bytes
    where: str
    own_ns: int | None = None


class _Line(msgspec.Struct, frozen=True):
    received_at: str
    source: str
    body: msgspec.Raw
    own_received_at_ns: int | None = None


class Payloads:
    """The raw bodies of a day, in ``payloads.zip`` or as plain files of the folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._zip = _open_zip(root / "payloads.zip")
        self._members = {} if self._zip is None else _sizes(self._zip)

    def size(self, name: str) -> int | None:
        """Return a body's size in bytes, None where there is no such body.

        Raises:
            ConfigError: it is not in the archive, and the name leads out of the folder.
        """
        if name in self._members:
            return self._members[name]
        path = inside(self._root, name, self._root / "receipts.csv")
        return path.stat().st_size if path.is_file() else None

    def read(self, name: str) -> bytes:
        """Return a body, byte for byte as it was received.

        Raises:
            ConfigError: the archive is damaged, or the file has gone.
        """
        try:
            if self._zip is not None and name in self._members:
                return self._zip.read(name)
            return (self._root / name).read_bytes()
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            reason = f"payload {name!r} of {self._root} cannot be read ({error}); mend the day"
            raise ConfigError(reason) from error


def amend_manifest(folder: Path, **facts: object) -> None:
    """Write facts into the manifest of a day; what else stands there stays, in its order."""
    path = folder / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes(), type=dict[str, Any]) | facts
    write_whole(path, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        ConfigError: it is missing, no JSON, of another format, or its times are wrong.
    """
    try:
        manifest = msgspec.json.decode(_read(path), type=Manifest)
    except msgspec.DecodeError as error:
        reason = f"{path}: {error}; correct the manifest"
        raise ConfigError(reason) from error
    if manifest.format != FORMAT:
        reason = (
            f"{path}: format {manifest.format} is not known, this release reads {FORMAT}; "
            "upgrade Tieline or make the day again"
        )
        raise ConfigError(reason)
    if not 0 < manifest.from_ns <= manifest.to_ns:
        reason = f"{path}: from_ns {manifest.from_ns} must not be after to_ns {manifest.to_ns}"
        raise ConfigError(reason)
    _require_zone(manifest.time_zone, path)
    return manifest


def read_receipts(path: Path, markets: Collection[str]) -> list[ReceiptLine]:
    """Read the receipts; a day without any needs no file.

    Raises:
        ConfigError: a line is wrong; says which.
    """
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(_read(path).decode("utf-8").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        reason = f"{path} is no CSV file ({error}); make the day again"
        raise ConfigError(reason) from error
    if not rows or rows[0] != _RECEIPT_COLUMNS:
        reason = f"{path} line 1: the columns must be {','.join(_RECEIPT_COLUMNS)}"
        raise ConfigError(reason)
    lines = [_receipt(row, f"{path} line {n}") for n, row in enumerate(rows[1:], 2)]
    for number, line in enumerate(lines, 2):
        if line.source not in markets:
            reason = (
                f"{path} line {number}: source {line.source!r} is none of the day's markets "
                f"({', '.join(markets)}); correct it or add it to manifest.json"
            )
            raise ConfigError(reason)
    _require_ascending([line.received_at_ns for line in lines], path, first_line=2)
    return lines


def read_records(path: Path) -> list[RecordLine]:
    """Read the records, in order; a day without any needs no file.

    Raises:
        ConfigError: a line is no record, or earlier than the one before it.
    """
    if not path.exists():
        return []
    lines = _records(_read(path), path)
    _require_ascending([line.received_at_ns for line in lines], path, first_line=1)
    return lines


def read_opening(path: Path) -> list[RecordLine]:
    """Read the records that come before the first tick; a day without any needs no file.

    Raises:
        ConfigError: the file is damaged or a line is no record.
    """
    return _records(unpack_opening(path), path) if path.exists() else []


def unpack_opening(path: Path) -> bytes:
    """Return the lines of an opening as they are written.

    Raises:
        ConfigError: the file is not there or damaged.
    """
    try:
        return gzip.decompress(_read(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = f"{path} cannot be unpacked ({error}); make the day again"
        raise ConfigError(reason) from error


def local_moment_ns(manifest: Manifest, clock: str) -> int:
    """Return a market-local ``HH:MM`` of the day in nanoseconds.

    Raises:
        UsageError: it is no such time, never comes on the day, or comes twice.
    """
    start = from_ns(manifest.from_ns)
    zone = ZoneInfo(manifest.time_zone)
    return to_ns(moment_on(start.astimezone(zone).date(), clock, zone))


def inside(root: Path, name: str, named_in: Path) -> Path:
    """Return a path of the folder.

    Raises:
        ConfigError: the name leads out of the folder.
    """
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        reason = f"{named_in}: {name!r} leads out of the day folder; name a file inside it"
        raise ConfigError(reason)
    return path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror}); add the file or name another day"
        raise ConfigError(reason) from error


def _open_zip(path: Path) -> zipfile.ZipFile | None:
    if not path.exists():
        return None
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        reason = f"{path} cannot be opened ({error}); make the day again"
        raise ConfigError(reason) from error


def _sizes(archive: zipfile.ZipFile) -> dict[str, int]:
    return {member.filename: member.file_size for member in archive.infolist()}


def _receipt(row: list[str], where: str) -> ReceiptLine:
    if len(row) != len(_RECEIPT_COLUMNS):
        reason = f"{where}: {len(row)} values, must be {len(_RECEIPT_COLUMNS)}"
        raise ConfigError(reason)
    return ReceiptLine(_time(row[0], where), row[1], row[2])


def _records(text: bytes, path: Path) -> list[RecordLine]:
    return [
        _record(line, f"{path} line {number}") for number, line in enumerate(text.splitlines(), 1)
    ]


def _record(text: bytes, where: str) -> RecordLine:
    try:
        line = msgspec.json.decode(text, type=_Line)
        body = bytes(line.body)
        if body.startswith(b'"'):
            body = msgspec.json.decode(body, type=str).encode()
    except (msgspec.DecodeError, RecursionError) as error:
        reason = f"{where}: {error}; a record has received_at, source and body"
        raise ConfigError(reason) from error
    at_ns = _time(line.received_at, where)
    return RecordLine(at_ns, line.source, body, where, line.own_received_at_ns)


def _time(text: str, where: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        reason = f"{where}: received_at {text!r} is no ISO-8601 time with an offset; correct it"
        raise ConfigError(reason)
    return to_ns(moment)


def _require_ascending(times: list[int], path: Path, *, first_line: int) -> None:
    for number, (before, after) in enumerate(itertools.pairwise(times), first_line + 1):
        if after < before:
            reason = f"{path} line {number} is earlier than the line before it; sort the file"
            raise ConfigError(reason)


def _require_zone(name: str, path: Path) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        reason = f"{path}: time_zone {name!r} is no IANA time zone; correct the manifest"
        raise ConfigError(reason) from error
