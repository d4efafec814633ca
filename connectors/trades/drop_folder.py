"""A folder into which files of records are dropped: one JSON record a line.

A file is taken once it is complete: it has its final name (``.jsonl``) and has not grown between
two looks, so that a writer that does not rename is waited for. Its lines go into the log, where
what is no record becomes a dead letter; then it moves to ``done/`` beside it. A file of which a
part was taken before a crash goes on after that part.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from connectors.log.day_folder import LARGEST_BODY_BYTES
from state.errors import ConfigError

_LOOK_SECONDS = 0.2
_LINES_AT_A_TIME = 200


class Dropped(NamedTuple):
    """A line of a dropped file.

    Attributes:
        source: the folder's name for the feed.
        body: the line as it came.
        where: file and line, for errors.
        item: file, its version and line: what it is known by when it was taken before.
        last: whether the file ends with it; then it may be moved away.
        path: of the file.
    """

    source: str
    body: bytes
    where: str
    item: str
    last: bool
    path: Path


class DropFolder:
    """Watches one folder.

    Args:
        folder: made where it is missing.
        source: what its records come from, in dead letters.
        taken: items that are in the log already.

    Raises:
        ConfigError: the folder cannot be made.
    """

    def __init__(self, folder: Path, *, source: str, taken: frozenset[str] = frozenset()) -> None:
        self._folder, self._source, self._taken = folder, source, taken
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._held: set[Path] = set()
        try:
            (folder / "done").mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"the drop folder {folder} cannot be made ({error.strerror}); name another"
            raise ConfigError(reason) from error

    def run(self, stop: threading.Event) -> Iterator[Sequence[Dropped]]:
        """Yield the lines of complete files, in order of their names, until the event is set."""
        while not stop.wait(_LOOK_SECONDS):
            for path in self._complete():
                self._held.add(path)
                lines = self._lines(path)
                for first in range(0, len(lines), _LINES_AT_A_TIME):
                    yield lines[first : first + _LINES_AT_A_TIME]

    def taken(self, dropped: Dropped) -> None:
        """Move a file away whose lines are all in the log."""
        if dropped.last:
            self._move(dropped.path)

    def _move(self, path: Path) -> None:
        """Move a file to ``done/``, never over another of its name."""
        done = self._folder / "done"
        target, number = done / path.name, 1
        while target.exists():
            number += 1
            target = done / f"{path.stem}-{number}{path.suffix}"
        with contextlib.suppress(FileNotFoundError):  # somebody else moved it
            path.rename(target)
        self._held.discard(path)

    def _complete(self) -> list[Path]:
        found = {}
        for path in sorted(self._folder.glob("*.jsonl")):
            with contextlib.suppress(FileNotFoundError):
                found[path] = _version(path)
        settled = [path for path, mark in found.items() if self._sizes.get(path) == mark]
        self._sizes = found
        return [path for path in settled if path not in self._held]

    def _lines(self, path: Path) -> list[Dropped]:
        """Return the lines of a file that were not taken before."""
        try:
            size, changed_ns = _version(path)
            if size > LARGEST_BODY_BYTES:
                return [self._refused(path, f"has {size:,} bytes; split it")]
            raw = path.read_bytes()
        except FileNotFoundError:  # taken between the look and now
            self._held.discard(path)
            return []
        except OSError as error:
            return [self._refused(path, f"cannot be read ({error.strerror})")]
        numbered = [(n, line) for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
        numbered = numbered or [(1, b"")]
        lines = [
            Dropped(
                source=self._source,
                body=line.strip(),
                where=f"{path.name} line {number}",
                item=f"{path.name}@{changed_ns} line {number}",
                last=number == numbered[-1][0],
                path=path,
            )
            for number, line in numbered
        ]
        left = [line for line in lines if line.item not in self._taken]
        if not left:
            self._move(path)
        return left

    def _refused(self, path: Path, why: str) -> Dropped:
        """Return an empty line that says why a file is not taken; it stays where it is."""
        where = f"{path.name}, which {why}"
        return Dropped(self._source, b"", where, item="", last=False, path=path)


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
