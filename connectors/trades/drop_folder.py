"""A folder into which files are dropped: JSON records, one a line, or trades as CSV.

A file is taken once it is complete: it has its final name (``.jsonl``, ``.csv``) and has not grown
between two looks, so that a writer that does not rename is waited for. Its lines go into the log,
where what is no record becomes a dead letter; then it moves to ``done/`` beside it, with a report
that says of each line what became of it; one that was written to meanwhile is taken anew. A file of
which a part was taken before a crash goes on after that part.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from typing_extensions import override

from connectors.log.day_folder import LARGEST_BODY_BYTES
from connectors.log.recording import RecordedItem
from connectors.records import parse_record
from connectors.trades import Deal, Fate, Settled, TradeFeedOptions
from connectors.trades.csv_rows import rows_in
from connectors.trades.standing import Standing
from state.errors import ConfigError, ParseError
from state.messages import FeedNotice, FeedOutcome, Rejected

REPORT = ".report.csv"
"""What is added to a file's name for the report on it."""

_LOOK_SECONDS = 0.2
_LINES_AT_A_TIME = 200
_ROWS_AT_A_TIME = 100
_REST_SECONDS = 0.005
"""Between so many rows of a report: other feeds want the processor more."""

_LAST_SECONDS = 1.0
"""For reports that are owed when it is to stop; what is left is reported after a restart."""

_FORMS = (".jsonl", ".csv")
_MOST_SHOWN_BYTES = 1_000
_BEFORE = "before a restart"
_NO_ROWS = "there are no rows under the header; drop a file with one trade a row"


class FolderOptions(TradeFeedOptions):
    """A folder.

    Attributes:
        folder: made where it is missing.
    """

    kind: Literal["folder"] = "folder"
    folder: Path

    @override
    def open(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> DropFolder:
        return DropFolder(self.folder, feed, recorded)


class _Line(NamedTuple):
    """A line of a file: its number, what it holds and how it came, why it is no record."""

    number: int
    body: bytes
    raw: bytes = b""
    refusal: str = ""


class _Version(NamedTuple):
    """What tells a file from what it was before, or another of its name.

    A file that was moved has another moment of change, though it was not written to.
    """

    size: int
    written_ns: int
    changed_ns: int


_NO_VERSION = _Version(-1, 0, 0)
"""Of a file that cannot even be looked at."""


class _Taking:
    """A file that is being taken: what its lines became, and which is still awaited."""

    def __init__(self, path: Path, version: _Version) -> None:
        self.path, self.version = path, version
        self.is_read = False
        self.awaited: set[str] = set()
        self.report: list[tuple[int, str, str]] = []

    def is_over(self) -> bool:
        """Say whether the log has every line of it."""
        return self.is_read and not self.awaited


class DropFolder:
    """Watches one folder.

    Args:
        folder: made where it is missing.
        name: of the feed, in dead letters.
        recorded: what is in the log already.

    Raises:
        ConfigError: the folder cannot be made.
    """

    def __init__(self, folder: Path, name: str, recorded: Sequence[RecordedItem] = ()) -> None:
        self.name = name
        self._folder = folder
        self._seen: dict[Path, _Version] = {}
        self._held: set[Path] = set()
        self._unread: dict[Path, _Version] = {}
        self._taking: dict[str, _Taking] = {}
        self._over: deque[Iterator[None]] = deque()
        self._settled: queue.SimpleQueue[Sequence[Settled]] = queue.SimpleQueue()
        self._standing = Standing(name)
        self._stuck = False
        try:
            (folder / "done").mkdir(mode=0o700, parents=True, exist_ok=True)
            waiting = {path.name for path in folder.iterdir()}
        except OSError as error:
            reason = f"the drop folder {folder} cannot be made ({error.strerror}); name another"
            raise ConfigError(reason) from error
        items = (each for each in recorded if each.item.rpartition("@")[0] in waiting)
        self._taken = {each.item: each.body for each in items}

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield the lines of complete files, in order of their names, until the event is set."""
        while not stop.is_set():
            yield from self.look(stop)
            until = time.monotonic() + _LOOK_SECONDS
            while self._over and time.monotonic() < until and not stop.wait(_REST_SECONDS):
                self._go_on()
            stop.wait(max(0.0, until - time.monotonic()))
        self._conclude()
        until = time.monotonic() + _LAST_SECONDS
        while self._over and time.monotonic() < until:
            self._go_on()

    def look(self, stop: threading.Event) -> Iterator[list[Deal]]:
        """Look once; yield the lines of each file that is complete now, some at a time."""
        self._conclude()
        outcome, detail = self.ask()
        if outcome is FeedOutcome.TRANSPORT:
            self._standing.fails(outcome, detail)
            return
        try:
            complete = self._complete()
        except OSError as error:  # it went away just now
            self._standing.fails(FeedOutcome.TRANSPORT, _unreadable(error))
            return
        if not self._stuck:
            self._standing.answers()
        for path in complete:
            if stop.is_set():
                return
            if not self._is_as_seen(path):
                continue
            self._held.add(path)
            for deals in self._deals(path):
                yield deals
                if stop.is_set():
                    return
                self._conclude()
            self._go_on()

    def settle(self, settled: Sequence[Settled]) -> None:
        """Learn what became of lines; the folder's own thread does with their files what is due.

        A report of ten thousand lines would hold up whoever writes the log.
        """
        self._standing.settle(settled)
        self._settled.put(settled)

    def _conclude(self) -> None:
        """Note what became of lines, and go on with what is due for a file that is over."""
        with contextlib.suppress(queue.Empty):
            while True:
                for each in self._settled.get_nowait():
                    self._note(each)
        self._go_on()

    def _note(self, settled: Settled) -> None:
        item = settled.deal.item
        taking = self._taking.pop(item, None)
        if taking is None:
            return
        number = int(item.rpartition(" ")[2])
        taking.report.append((number, str(settled.fate), settled.reason))
        taking.awaited.discard(item)
        if taking.is_over():
            self._over.append(self._put_away(taking))

    def _go_on(self) -> None:
        """Write some rows of the first report that is owed."""
        if self._over and next(self._over[0], self._over) is self._over:
            self._over.popleft()

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the folder, if it does not know it yet."""
        return self._standing.notice(now_ns)

    def ask(self) -> tuple[FeedOutcome, str]:
        """Look whether the folder is there, and what waits in it."""
        try:
            waiting = sum(path.suffix in _FORMS for path in self._folder.iterdir())
        except OSError as error:
            return FeedOutcome.TRANSPORT, _unreadable(error)
        return FeedOutcome.DATA, f"{waiting} files wait in {self._folder}"

    def _complete(self) -> list[Path]:
        found = {}
        for path in sorted(self._folder.iterdir()):
            if path.suffix in _FORMS:
                with contextlib.suppress(FileNotFoundError):
                    found[path] = _look_at(path)
        settled = [path for path, version in found.items() if self._seen.get(path) == version]
        self._seen = found
        return [
            path
            for path in settled
            if path not in self._held and self._unread.get(path) != found[path]
        ]

    def _is_as_seen(self, path: Path) -> bool:
        """Say whether a file is still what it was at the look, when others have come before it."""
        try:
            return _look_at(path) == self._seen[path]
        except FileNotFoundError:
            return False

    def _deals(self, path: Path) -> Iterator[list[Deal]]:
        """Yield the lines of a file that were not taken before, some at a time."""
        try:
            path.name.encode()
            version = _version(path)
            if version.size > LARGEST_BODY_BYTES:
                yield [self._left(path, f"has {version.size:,} bytes; split it")]
                return
            raw = path.read_bytes()
        except UnicodeEncodeError:
            yield [self._left(path, "has a name that is no UTF-8; rename it")]
        except FileNotFoundError:  # taken between the look and now
            self._held.discard(path)
        except OSError as error:
            yield [self._left(path, f"cannot be read ({error.strerror})")]
        else:
            taking = _Taking(path, version)
            deals = self._of_lines(taking, _lines_of(path, raw))
            while part := list(itertools.islice(deals, _LINES_AT_A_TIME)):
                yield part
            taking.is_read = True
            if taking.is_over():
                self._over.append(self._put_away(taking))

    def _of_lines(self, taking: _Taking, lines: Iterable[_Line]) -> Iterator[Deal]:
        name, version = taking.path.name, taking.version
        told = f"{name}@{version.written_ns}.{version.changed_ns}"
        for number, body, raw, refusal in lines:
            item, where = f"{told} line {number}", f"{name} line {number}"
            why = f"{where}: {refusal}" if refusal else ""
            if item in self._taken:
                taking.report.append((number, *_fate_before(self._taken[item])))
            else:
                taking.awaited.add(item)
                self._taking[item] = taking
                yield Deal(self.name, body, where, item, raw, why)

    def _left(self, path: Path, why: str) -> Deal:
        """Return a refusal that says why a file is not taken; it stays until it changes."""
        self._held.discard(path)
        self._unread[path] = self._seen.get(path, _NO_VERSION)
        name = os.fsencode(path.name).decode(errors="backslashreplace")
        where = f"{name}, which {why}"
        return Deal(self.name, b"", where, refusal=f"the file {where}")

    def _put_away(self, taking: _Taking) -> Iterator[None]:
        """Finish with a file, a part at a time; one that cannot be moved stays, not taken again."""
        try:
            yield from self._finish(taking)
        except OSError as error:
            self._stuck = True
            detail = f"{taking.path.name} cannot be moved to done ({error.strerror})"
            self._standing.fails(FeedOutcome.ERROR, f"{detail}; mend the folder and start again")

    def _finish(self, taking: _Taking) -> Iterator[None]:
        """Write a file's report, and move it to ``done/``, never over another of its name.

        One that was written to since it was read stays, without a report: the next look takes it
        anew, and the log drops what it has of it.
        """
        path, done = taking.path, self._folder / "done"
        target, number = done / path.name, 1
        while target.exists():
            number += 1
            target = done / f"{path.stem}-{number}{path.suffix}"
        report = done / f"{target.name}{REPORT}"
        with report.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "outcome", "reason"))
            rows = sorted(taking.report)
            for first in range(0, len(rows), _ROWS_AT_A_TIME):
                if first:
                    yield
                writer.writerows(rows[first : first + _ROWS_AT_A_TIME])
        with contextlib.suppress(FileNotFoundError):  # somebody else moved it
            if _version(path) == taking.version:
                path.rename(target)
            else:
                report.unlink()
        self._held.discard(path)


def _lines_of(path: Path, raw: bytes) -> Iterator[_Line]:
    """Yield the lines of a file; one without any is one line that is no record."""
    if path.suffix == ".csv":
        lines, nothing = _csv_lines(raw), _Line(1, b"", raw[:_MOST_SHOWN_BYTES], _NO_ROWS)
    else:
        lines, nothing = _json_lines(raw), _Line(1, b"")
    return itertools.chain([next(lines, nothing)], lines)


def _json_lines(raw: bytes) -> Iterator[_Line]:
    for number, line in enumerate(io.BytesIO(raw), 1):
        if line.strip():
            yield _Line(number, line.strip())


def _csv_lines(raw: bytes) -> Iterator[_Line]:
    try:
        for row in rows_in(raw):
            yield _Line(row.number, row.body, row.raw, row.refusal)
    except ParseError as error:
        yield _Line(1, b"", raw[:_MOST_SHOWN_BYTES], str(error))


def _version(path: Path) -> _Version:
    status = path.stat()
    return _Version(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _look_at(path: Path) -> _Version:
    """Return the version of a file, also of one that cannot be looked at: that is said later.

    Raises:
        FileNotFoundError: it is gone.
    """
    try:
        return _version(path)
    except FileNotFoundError:
        raise
    except OSError:
        return _NO_VERSION


def _unreadable(error: OSError) -> str:
    return f"the folder cannot be read ({error.strerror}); mend it"


def _fate_before(body: bytes) -> tuple[Fate, str]:
    """Return what became of a line that was recorded, and why."""
    reason = ""
    try:
        line = msgspec.json.decode(body, type=str).encode() if body[:1] == b'"' else body
        message = parse_record(line, received_at_ns=1)
        reason = message.reason if isinstance(message, Rejected) else ""
    except (msgspec.DecodeError, UnicodeError, ParseError) as error:
        reason = str(error)
    return (Fate.REFUSED, f"{_BEFORE}: {reason}") if reason else (Fate.TAKEN, _BEFORE)
