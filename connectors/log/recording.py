"""The recording of a live run: a day folder that is written as the log is.

What ingest puts into the log is here first: bodies as they came, each once, with the headers of
every answer, and records in their JSON form. After a crash the recording may be ahead of the log by
what was never appended; :meth:`Recording.cut` takes that off again. What others append (the
gateway, screens, commands) is not here: the log has it, and an archive takes it from there.
"""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from connectors.log.day_folder import FORMAT, OPENING, Manifest
from connectors.whole_file import write_whole
from state.errors import LogError
from state.moments import from_ns, to_ns

_HEAD = "received_at,source,payload\n"
_FILES = ("receipts.csv", "records.jsonl", "answers.jsonl")
_UNTIL = "until"
_LINE_ENDS = frozenset(b"\r\n")


class RecordedItem(NamedTuple):
    """A record whose source can tell it again.

    Attributes:
        item: by what its source knows it.
        body: the record, or in quotes the text that is none.
    """

    item: str
    body: bytes


class _Line(msgspec.Struct):
    received_at: str
    item: str = ""
    source: str = ""
    body: msgspec.Raw = msgspec.Raw()


class _Notice(msgspec.Struct, tag_field="kind", tag="feed_notice"):
    feed: str
    missing_from: str = ""


_line = msgspec.json.Decoder(_Line)
_notice = msgspec.json.Decoder(_Notice)


class Recording:
    """Writes the day folder of a live run.

    Args:
        folder: made where it is missing; goes on where there is one.

    Raises:
        LogError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._receipts, self._records, self._answers = (
                (folder / name).open("a", encoding="utf-8", newline="\n") for name in _FILES
            )
        except OSError as error:
            reason = f"the recording {folder} cannot be written ({error.strerror}); mend the folder"
            raise LogError(reason) from error
        if not self._receipts.tell():
            self._receipts.write(_HEAD)
            self._receipts.flush()  # an archive of a run without any answer reads it

    def open_with(self, lines: bytes) -> None:
        """Keep the records that come before the first tick, as they came."""
        (self.folder / OPENING).write_bytes(gzip.compress(lines, mtime=0))

    def receipt(
        self,
        received_at_ns: int,
        source: str,
        payload: str,
        body: bytes,
        headers: Mapping[str, str | int],
        *,
        is_read: bool,
    ) -> None:
        """Keep an answer; one whose body nobody read is no receipt, and plays no part later."""
        path = self.folder / payload
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, body)
        if is_read:
            self._receipts.write(f"{stamp(received_at_ns)},{source},{payload}\n")
        _write_line(self._answers, received_at=stamp(received_at_ns), payload=payload, **headers)

    def record(
        self, received_at_ns: int, source: str, body: bytes, item: str = "", raw: bytes = b""
    ) -> None:
        """Keep a record: the object it is, or the text that should have been one.

        Args:
            received_at_ns: its stamp.
            source: what it came from.
            body: the record, as it came or as it was translated.
            item: by what its source knows it, if it can tell.
            raw: as it came, where it was translated.
        """
        content: object = body.decode(errors="replace")  # a text is read back as it was
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            msgspec.json.decode(body)
            if not _LINE_ENDS & set(body):
                content = msgspec.Raw(body)  # whatever is repeated in it
        known = {"item": item} if item else {}
        if raw:
            known["raw"] = raw.decode(errors="backslashreplace")
        at = stamp(received_at_ns)
        _write_line(self._records, received_at=at, source=source, body=content, **known)

    def items(self) -> dict[str, list[RecordedItem]]:
        """Return by source, in order, what is recorded, and after :meth:`cut` is in the log."""
        found: dict[str, list[RecordedItem]] = {}
        with (self.folder / "records.jsonl").open("rb") as lines:
            for line in map(_line.decode, lines):
                if line.item:
                    item = RecordedItem(line.item, bytes(line.body))
                    found.setdefault(line.source, []).append(item)
        return found

    def bodies(self, feed: str) -> Iterator[bytes]:
        """Yield the bodies of a feed that were read, each once, as far as they are at hand."""
        with (self.folder / "receipts.csv").open(encoding="utf-8") as lines:
            payloads = (line.rstrip("\n").rpartition(",")[2] for line in lines)
            of_the_feed = dict.fromkeys(one for one in payloads if one.startswith(f"{feed}/"))
        for payload in of_the_feed:
            with contextlib.suppress(FileNotFoundError):
                yield (self.folder / payload).read_bytes()

    def lacked(self) -> dict[str, int]:
        """Return from when on each feed lacked intervals when it was last told of, by feed."""
        found: dict[str, int] = {}
        with (self.folder / "records.jsonl").open("rb") as lines:
            for line in map(_line.decode, lines):
                if line.source != "feeds":
                    continue
                with contextlib.suppress(msgspec.ValidationError):  # a trade feed of that name
                    notice = _notice.decode(line.body)
                    found[notice.feed] = _ns_of(notice.missing_from)
        return {feed: at_ns for feed, at_ns in found.items() if at_ns}

    def reached(self, at_ns: int, position: int) -> None:
        """Note up to which moment the log has everything, and where its last entry lies."""
        write_whole(self.folder / _UNTIL, f"{at_ns} {position}\n".encode())

    def flush(self) -> None:
        """Hand everything to the system; a process that dies now loses none of it."""
        for file in (self._receipts, self._records, self._answers):
            file.flush()

    def cut(self, after_ns: int) -> None:
        """Take off what is later than the log: it was never appended."""
        for file, name in zip((self._receipts, self._records, self._answers), _FILES, strict=True):
            file.flush()
            with (self.folder / name).open("rb+") as whole:
                whole.truncate(sum(map(len, lines_until(whole, after_ns))))

    def close(self) -> None:
        """Close the files."""
        for file in (self._receipts, self._records, self._answers):
            file.close()


class Recorded(NamedTuple):
    """What can be said of a recording without playing it.

    Attributes:
        until_ns: up to which moment the log has everything of it.
        position: where the last entry of it lies in the log.
    """

    until_ns: int
    position: int


def has_begun(folder: Path) -> bool:
    """Say whether a folder holds a recording of which something was appended."""
    return (folder / OPENING).is_file() and (folder / _UNTIL).is_file()


def recorded(folder: Path) -> Recorded | None:
    """Look at the recording in a folder; None where there is none, or nothing was appended.

    Raises:
        LogError: how far it goes cannot be read.
    """
    if not has_begun(folder):
        return None
    path = folder / _UNTIL
    try:
        until_ns, position = map(int, path.read_bytes().split())
    except ValueError as error:
        reason = f"{path} is damaged; start the live run for a moment: it writes that file anew"
        raise LogError(reason) from error
    return Recorded(until_ns, position)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a recording a day: from now on it can be played."""
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def manifest_of(name: str, **facts: object) -> Manifest:
    """Return the manifest of a recorded day."""
    return msgspec.convert(
        {"name": name, "format": FORMAT, "source": "recorded live", **facts}, Manifest
    )


def stamp(at_ns: int) -> str:
    """Write a moment, to the microsecond, as the files of a day have it.

    >>> stamp(1_500_000)
    '1970-01-01T00:00:00.001500+00:00'
    """
    return from_ns(at_ns).isoformat(timespec="microseconds")


def lines_until(lines: Iterable[bytes], at_ns: int) -> Iterator[bytes]:
    """Yield the lines of a file of a recording that are whole and not later than a moment."""
    for line in lines:
        if not line.endswith(b"\n") or (line != _HEAD.encode() and at_ns_of(line) > at_ns):
            return
        yield line


def at_ns_of(line: bytes) -> int:
    """Return the stamp of a line of a recording.

    Raises:
        LogError: it has none.
    """
    is_receipt = line[:1] != b"{"
    try:
        text = line.partition(b",")[0].decode() if is_receipt else _line.decode(line).received_at
        return _ns_of(text)
    except (ValueError, msgspec.DecodeError) as error:
        reason = (
            f"a line of the recording is damaged: {line[:80]!r}; take it out: what it gave to the "
            "log is there, and an archive takes it from there"
        )
        raise LogError(reason) from error


def _ns_of(text: str) -> int:
    if not text:
        return 0
    return to_ns(datetime.fromisoformat(text))


def _write_line(file: TextIO, **content: object) -> None:
    file.write(msgspec.json.encode(content).decode() + "\n")
