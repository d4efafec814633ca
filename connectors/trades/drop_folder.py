"""A folder into which files of records are dropped: one JSON record a line.

A file is taken once it is complete: it has its final name (``.jsonl``) and has not grown between
two looks, so that a writer that does not rename is waited for. What was taken moves to ``done/``
beside it, with how many records it held in the log; the lines themselves go into the log, where
what is no record becomes a dead letter.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from state.errors import ConfigError

_LOOK_SECONDS = 0.2
_LINES_AT_A_TIME = 200


class Dropped(NamedTuple):
    """A line of a dropped file.

    Attributes:
        source: the folder's name for the feed.
        body: the line as it came.
        where: file and line, for errors.
        last: whether the file ends with it; then it may be moved away.
        path: of the file.
    """

    source: str
    body: bytes
    where: str
    last: bool
    path: Path


class DropFolder:
    """Watches one folder.

    Args:
        folder: made where it is missing.
        source: what its records come from, in dead letters.

    Raises:
        ConfigError: the folder cannot be made.
    """

    def __init__(self, folder: Path, *, source: str) -> None:
        self._folder, self._source = folder, source
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._held: set[Path] = set()
        try:
            (folder / "done").mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"the drop folder {folder} cannot be made ({error.strerror}); name another"
            raise ConfigError(reason) from error

    def run(self, stop: threading.Event) -> Iterator[Sequence[Dropped]]:
        """Yield the lines of complete files, oldest file first, until the event is set."""
        while not stop.wait(_LOOK_SECONDS):
            for path in self._complete():
                self._held.add(path)
                lines = self._lines(path)
                for first in range(0, len(lines), _LINES_AT_A_TIME):
                    yield lines[first : first + _LINES_AT_A_TIME]

    def taken(self, dropped: Dropped) -> None:
        """Move a file away whose lines are all in the log; the same name is never overwritten."""
        if not dropped.last:
            return
        done = self._folder / "done"
        target, number = done / dropped.path.name, 1
        while target.exists():
            number += 1
            target = done / f"{dropped.path.stem}-{number}{dropped.path.suffix}"
        dropped.path.rename(target)
        self._held.discard(dropped.path)

    def _complete(self) -> list[Path]:
        found = {}
        for path in sorted(self._folder.glob("*.jsonl")):
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
        settled = [path for path, mark in found.items() if self._sizes.get(path) == mark]
        self._sizes = found
        return [path for path in settled if path not in self._held]

    def _lines(self, path: Path) -> list[Dropped]:
        try:
            raw = path.read_bytes()
        except FileNotFoundError:  # taken between the look and now
            self._held.discard(path)
            return []
        except OSError as error:
            where = f"{path.name}, which cannot be read ({error.strerror})"
            return [Dropped(self._source, b"", where, last=False, path=path)]
        bodies = [line for line in raw.split(b"\n") if line.strip()] or [b""]
        return [
            Dropped(self._source, body, f"{path.name} line {number}", number == len(bodies), path)
            for number, body in enumerate(bodies, start=1)
        ]
