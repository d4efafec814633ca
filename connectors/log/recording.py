"""The recording of a live run: a day folder that is written as the log is.

What goes into the log is here first: bodies as they came, each once, with the headers of every
answer, and records in their JSON form. After a crash the recording may be ahead of the log by what
was never appended; :meth:`Recording.cut` takes that off again.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import msgspec

from connectors.log.day_folder import FORMAT, Manifest
from state.errors import LogError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD = "received_at,source,payload\n"
_FILES = ("receipts.csv", "records.jsonl", "answers.jsonl")


class _Line(msgspec.Struct):
    received_at: str


_received_at = msgspec.json.Decoder(_Line)


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
            (folder / "bodies").mkdir(mode=0o700, parents=True, exist_ok=True)
            self._receipts, self._records, self._answers = (
                (folder / name).open("a", encoding="utf-8") for name in _FILES
            )
        except OSError as error:
            reason = f"the recording {folder} cannot be written ({error.strerror}); mend the folder"
            raise LogError(reason) from error
        if not self._receipts.tell():
            self._receipts.write(_HEAD)
        self._until = folder / "until"

    def open_with(self, lines: bytes) -> None:
        """Keep the records that come before the first tick, as they came."""
        (self.folder / "opening.jsonl.gz").write_bytes(gzip.compress(lines, mtime=0))

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
            path.write_bytes(body)
        if is_read:
            self._receipts.write(f"{stamp(received_at_ns)},{source},{payload}\n")
        _write_line(self._answers, received_at=stamp(received_at_ns), payload=payload, **headers)

    def record(self, received_at_ns: int, source: str, body: bytes) -> None:
        """Keep a record: the object it is, or the text that should have been one."""
        try:
            msgspec.json.decode(body)
            content: object = msgspec.Raw(body)  # as it came, whatever is repeated in it
        except (msgspec.DecodeError, RecursionError):
            content = body.decode(errors="replace")
        _write_line(self._records, received_at=stamp(received_at_ns), source=source, body=content)

    def reached(self, at_ns: int) -> None:
        """Note up to which moment the log has everything."""
        self._until.write_text(f"{at_ns}\n", encoding="ascii")

    def flush(self) -> None:
        """Hand everything to the system; a process that dies now loses none of it."""
        for file in (self._receipts, self._records, self._answers):
            file.flush()

    def cut(self, after_ns: int) -> None:
        """Take off what is later than the log: it was never appended."""
        for file, name in zip((self._receipts, self._records, self._answers), _FILES, strict=True):
            file.flush()
            path = self.folder / name
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if _is_until(line, after_ns)]
            if len(kept) < len(lines):
                file.seek(0)
                file.truncate()
                file.writelines(kept)
                file.flush()

    def close(self) -> None:
        """Close the files."""
        for file in (self._receipts, self._records, self._answers):
            file.close()


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
    return (_EPOCH + timedelta(microseconds=at_ns // 1000)).isoformat(timespec="microseconds")


def _is_until(line: str, at_ns: int) -> bool:
    if line == _HEAD or not line.endswith("\n"):
        return line == _HEAD
    is_receipt = line[:1] != "{"
    text = line.partition(",")[0] if is_receipt else _received_at.decode(line).received_at
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 1000 <= at_ns


def _write_line(file: TextIO, **content: object) -> None:
    file.write(msgspec.json.encode(content).decode() + "\n")
