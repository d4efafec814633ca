"""A folder into which files are dropped: JSON records, one a line, or trades as CSV.

A file is taken once it is complete: it has its final name (``.jsonl``, ``.csv``) and has not grown
between two looks, so that a writer that does not rename is waited for. Its lines go into the log,
where what is no record becomes a dead letter; then it moves to ``done/`` beside it, with a report
that says of each line what became of it. A file of which a part was taken before a crash goes on
after that part.
"""

from __future__ import annotations

import contextlib
import csv
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from typing_extensions import override

from connectors.log.day_folder import LARGEST_BODY_BYTES
from connectors.log.recording import RecordedItem
from connectors.trades import Deal, Fate, Settled, TradeFeedOptions
from connectors.trades.csv_rows import rows_in
from connectors.trades.standing import Standing
from state.errors import ConfigError, ParseError
from state.messages import FeedNotice, FeedOutcome

REPORT = ".report.csv"
"""What is added to a file's name for the report on it."""

_LOOK_SECONDS = 0.2
_LINES_AT_A_TIME = 200
_FORMS = (".jsonl", ".csv")
_MOST_SHOWN_BYTES = 1_000
_BEFORE = "before a restart"


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


class _Taking:
    """A file that is being taken: what its lines became, and which is still awaited."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.awaited: set[str] = set()
        self.report: list[tuple[int, str, str]] = []


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
        self._taken = frozenset(each.item for each in recorded)
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._held: set[Path] = set()
        self._taking: dict[str, _Taking] = {}
        self._standing = Standing(name)
        self._stuck = False
        try:
            (folder / "done").mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"the drop folder {folder} cannot be made ({error.strerror}); name another"
            raise ConfigError(reason) from error

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield the lines of complete files, in order of their names, until the event is set."""
        while not stop.wait(_LOOK_SECONDS):
            for deals in self.look():
                for first in range(0, len(deals), _LINES_AT_A_TIME):
                    yield deals[first : first + _LINES_AT_A_TIME]

    def look(self) -> Iterator[list[Deal]]:
        """Look once; yield the lines of each file that is complete now."""
        outcome, detail = self.ask()
        if outcome is FeedOutcome.TRANSPORT:
            self._standing.fails(outcome, detail)
            return
        if not self._stuck:
            self._standing.answers()
        for path in self._complete():
            self._held.add(path)
            yield self._deals(path)

    def settle(self, settled: Sequence[Settled]) -> None:
        """Move a file away whose lines are all in the log, and say what they became."""
        self._standing.settle(settled)
        for each in settled:
            taking = self._taking.pop(each.deal.item, None)
            if taking is not None:
                number = int(each.deal.item.rpartition(" ")[2])
                taking.report.append((number, str(each.fate), each.reason))
                taking.awaited.discard(each.deal.item)
                if not taking.awaited:
                    self._put_away(taking)

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the folder, if it does not know it yet."""
        return self._standing.notice(now_ns)

    def ask(self) -> tuple[FeedOutcome, str]:
        """Look whether the folder is there, and what waits in it."""
        try:
            waiting = sum(path.suffix in _FORMS for path in self._folder.iterdir())
        except OSError as error:
            return FeedOutcome.TRANSPORT, f"the folder cannot be read ({error.strerror}); mend it"
        return FeedOutcome.DATA, f"{waiting} files wait in {self._folder}"

    def _complete(self) -> list[Path]:
        found = {}
        for path in sorted(self._folder.iterdir()):
            if path.suffix in _FORMS:
                with contextlib.suppress(FileNotFoundError):
                    found[path] = _version(path)
        settled = [path for path, mark in found.items() if self._sizes.get(path) == mark]
        self._sizes = found
        return [path for path in settled if path not in self._held]

    def _deals(self, path: Path) -> list[Deal]:
        """Return the lines of a file that were not taken before."""
        try:
            size, changed_ns = _version(path)
            if size > LARGEST_BODY_BYTES:
                return [self._unread(path, f"has {size:,} bytes; split it")]
            lines = _lines_of(path, path.read_bytes())
        except FileNotFoundError:  # taken between the look and now
            self._held.discard(path)
            return []
        except OSError as error:
            return [self._unread(path, f"cannot be read ({error.strerror})")]
        taking, deals = _Taking(path), []
        for number, body, raw, refusal in lines:
            item, where = f"{path.name}@{changed_ns} line {number}", f"{path.name} line {number}"
            why = f"{where}: {refusal}" if refusal else ""
            if item in self._taken:
                taking.report.append((number, Fate.TAKEN, _BEFORE))
            else:
                deals.append(Deal(self.name, body, where, item, raw, why))
                taking.awaited.add(item)
        self._taking |= dict.fromkeys(taking.awaited, taking)
        if not deals:
            self._put_away(taking)
        return deals

    def _unread(self, path: Path, why: str) -> Deal:
        """Return a refusal that says why a file is not taken; it stays where it is."""
        where = f"{path.name}, which {why}"
        return Deal(self.name, b"", where, refusal=f"the file {where}")

    def _put_away(self, taking: _Taking) -> None:
        """Finish with a file; one that cannot be moved stays, and is not taken again."""
        try:
            self._finish(taking)
        except OSError as error:
            self._stuck = True
            detail = f"{taking.path.name} cannot be moved to done ({error.strerror})"
            self._standing.fails(FeedOutcome.ERROR, f"{detail}; mend the folder and start again")

    def _finish(self, taking: _Taking) -> None:
        """Move a file to ``done/``, never over another of its name; write its report beside it."""
        path, done = taking.path, self._folder / "done"
        target, number = done / path.name, 1
        while target.exists():
            number += 1
            target = done / f"{path.stem}-{number}{path.suffix}"
        with (done / f"{target.name}{REPORT}").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "outcome", "reason"))
            writer.writerows(sorted(taking.report))
        with contextlib.suppress(FileNotFoundError):  # somebody else moved it
            path.rename(target)
        self._held.discard(path)


def _lines_of(path: Path, raw: bytes) -> list[_Line]:
    if path.suffix == ".csv":
        return _csv_lines(raw)
    numbered = [(n, line) for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    return [_Line(number, line.strip()) for number, line in numbered or [(1, b"")]]


def _csv_lines(raw: bytes) -> list[_Line]:
    try:
        lines = [_Line(row.number, row.body, row.raw, row.refusal) for row in rows_in(raw)]
    except ParseError as error:
        return [_Line(1, b"", raw[:_MOST_SHOWN_BYTES], str(error))]
    nothing = "there are no rows under the header; drop a file with one trade a row"
    return lines or [_Line(1, b"", raw[:_MOST_SHOWN_BYTES], nothing)]


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
