"""Snapshots of the monitor's state: whole or not at all, the newest three kept.

A snapshot is written by a forked child, as the store writes its own: the child has the state as it
stood at that moment, whatever its size, and the fold goes on at once; only pages that one of the
two touches meanwhile are copied. The child encodes, writes and leaves: it logs nothing, imports
nothing, takes no lock that a thread of the monitor might have held when it was forked, lets go of
the monitor's port and connections, ends when the monitor has ended, and is killed by an alarm of
its own if it does not come to an end.

A snapshot is named by its log position and holds a mark of the entry at that position, so that
it is never taken for the state of another log.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import structlog

if TYPE_CHECKING:
    from connectors.log.redis import RedisLog

KEPT = 3
"""How many snapshots stay; a damaged newest one costs no more than the time between two."""

_MAGIC = b"tieline1"
_DIGEST_BYTES = 16
_HEAD_BYTES = len(_MAGIC) + 2 * _DIGEST_BYTES

MOST_SECONDS = 300.0
"""A child that takes longer has come to a stop, and is killed."""

SYNC_BYTES = 1 << 20
"""So much is written before it goes to the disk: the log's own sync waits for no more than that."""

_REST_SHARE = 2.0
_LONGEST_REST_SECONDS = 0.1
_NICE = 5
_STREAMS = (0, 1, 2)
_LONGEST_REASON = 500
_STOPPED = ("ended by SIGINT", "ended by SIGTERM")  # as its monitor was: nobody has to act

_WAIT_WRITE_WAIT = 1 | 2 | 4
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ESPIPE, errno.EPERM)
"""Errors of a system that cannot write back a part; any other says that some of it is lost."""

_write_back = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
if _write_back is not None:
    _write_back.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)

Pieces = Callable[[], Iterable[bytes]]
"""Makes the encoded state, piece by piece."""

log = structlog.get_logger()


class Head(NamedTuple):
    """Where in which log a state stands.

    Attributes:
        position: log position of the last entry applied.
        mark: :func:`mark_of` the entry at that position.
    """

    position: int
    mark: bytes


class Snapshot(NamedTuple):
    """A state and where in which log it stands, as in :class:`Head`."""

    position: int
    mark: bytes
    state: bytes

    def is_of(self, run_log: RedisLog) -> bool:
        """Whether a log holds, at its position, the very entry that it was taken after."""
        entry = run_log.entry(self.position)
        return entry is not None and mark_of(entry.body) == self.mark


def mark_of(body: bytes) -> bytes:
    """Return what an entry is recognised by."""
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()


def whole_snapshots(directory: Path) -> Iterator[Snapshot]:
    """Yield the snapshots of a folder, newest first; a damaged one is skipped and logged."""
    for path in reversed(_files(directory)):
        snapshot = _read(path)
        if snapshot is None:
            log.warning("snapshot.damaged", file=path.name)
        else:
            yield snapshot


class _Child(NamedTuple):
    """A process that writes a snapshot; what it says into its pipe is why it failed."""

    process: int
    position: int
    pipe: int


class SnapshotWriter:
    """Lets snapshots be written, one at a time, while the fold goes on.

    Args:
        directory: made when missing, for its owner alone.
        written: called in a thread with the position of the oldest snapshot kept.
        pause_seconds: least time between two; a fast replay would write little else.
    """

    def __init__(
        self, directory: Path, written: Callable[[int], None], *, pause_seconds: float = 1.0
    ) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._written = written
        self._pause_seconds = pause_seconds
        self._due = 0.0
        self._changed = threading.Condition()
        self._child: _Child | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        self._thread.start()

    @property
    def due(self) -> bool:
        """Whether the pause after the last snapshot is over, and that snapshot is written."""
        return self._child is None and time.monotonic() >= self._due

    def take(self, head: Head, pieces: Pieces) -> None:
        """Let the state as it stands be written; returns as soon as the child has it.

        A machine without memory or processes to spare costs the snapshot, not the monitor.

        Args:
            head: where in which log it stands.
            pieces: makes the encoded state; called in the child.
        """
        self._due = time.monotonic() + self._pause_seconds
        try:
            child = _forked(self._directory, head, pieces)
        except OSError as error:
            log.warning("snapshot.failed", position=head.position, reason=str(error))
            return
        with self._changed:
            self._child = child
            self._changed.notify()

    def close(self) -> None:
        """Wait for the snapshot that is being written, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (child := self._next()) is not None:
            try:
                failure = _failure(child)
                if failure:
                    tell = log.info if failure in _STOPPED else log.warning
                    tell("snapshot.failed", position=child.position, reason=failure)
                    _drop_unfinished(self._directory)
                else:
                    self._written(_position(_files(self._directory)[0]))
            except Exception as error:  # noqa: BLE001 - the next snapshot may succeed
                log.warning("snapshot.failed", position=child.position, reason=str(error))
            self._child = None

    def _next(self) -> _Child | None:
        with self._changed:
            self._changed.wait_for(lambda: self._child is not None or self._closed)
            return self._child


def _forked(directory: Path, head: Head, pieces: Pieces) -> _Child:
    parent = os.getpid()
    reading, writing = os.pipe()
    try:
        process = os.fork()
        if not process:
            _write_and_leave(directory, head, _as_long_as(parent, pieces), writing)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return _Child(process, head.position, reading)


def _write_and_leave(directory: Path, head: Head, pieces: Iterable[bytes], pipe: int) -> NoReturn:
    """Write a snapshot in the child, and end it without a word to what the parent left open."""
    status = 1
    try:
        gc.disable()  # it would touch, and so copy, every object there is
        _step_back(pipe)
        write_snapshot(directory, head, pieces)
        status = 0
    except BaseException as error:  # noqa: BLE001 - told to the parent
        os.write(pipe, f"{type(error).__name__}: {error}".encode()[:_LONGEST_REASON])
    finally:
        os._exit(status)


def _step_back(pipe: int) -> None:
    """Let the parent go first, keep nothing open that is its own, and die when asked to."""
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(asked, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    for number in (int(each.name) for each in Path("/dev/fd").iterdir()):
        if number not in {*_STREAMS, pipe}:
            with contextlib.suppress(OSError):  # the listing itself was one of them
                os.close(number)
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(_NICE)


def _as_long_as(parent: int, pieces: Pieces) -> Iterator[bytes]:
    """Yield the pieces while the parent lives: the next one writes snapshots of its own."""
    for piece in pieces():
        if os.getppid() != parent:
            reason = "the monitor has ended"
            raise ProcessLookupError(reason)
        yield piece


def _failure(child: _Child) -> str:
    """Wait for a child; return why it failed, or an empty text."""
    reason = os.read(child.pipe, _LONGEST_REASON).decode(errors="replace")
    os.close(child.pipe)
    _, status = os.waitpid(child.process, 0)
    code = os.waitstatus_to_exitcode(status)
    ended = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
    return reason or (ended if code else "")


def write_snapshot(directory: Path, head: Head, pieces: Iterable[bytes]) -> None:
    """Write a snapshot durably under its position and drop all but the newest few."""
    _drop_unfinished(directory)
    path = directory / f"{head.position:020d}.state"
    fresh = path.with_suffix(f".{os.getpid()}.new")
    hashed = _hashed(head)
    with fresh.open("wb") as file:
        file.write(bytes(_HEAD_BYTES))
        synced = 0
        for part in _parts_of(pieces):
            hashed.update(part)
            file.write(part)
            if file.tell() - synced >= SYNC_BYTES:
                synced = _sync_and_rest(file, synced)
        file.seek(0)
        file.write(_MAGIC + hashed.digest() + head.mark)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_directory(directory)
    for old in _files(directory)[:-KEPT]:
        old.unlink(missing_ok=True)


def _drop_unfinished(directory: Path) -> None:
    """Delete what a child left that was killed, or that found no room."""
    for left in directory.glob("*.new"):
        left.unlink(missing_ok=True)


def _parts_of(pieces: Iterable[bytes]) -> Iterator[memoryview]:
    for piece in pieces:
        for start in range(0, len(piece), SYNC_BYTES):
            yield memoryview(piece)[start : start + SYNC_BYTES]


def _sync_and_rest(file: BufferedWriter, synced: int) -> int:
    """Bring what is written to the disk, then leave the disk to others; return where it ends.

    The log syncs each message on the same disk before it answers. Behind a hundred megabytes that
    are synced at the end it would wait for hundreds of milliseconds.
    """
    began = time.monotonic()
    file.flush()
    _bring_to_disk(file.fileno(), synced, file.tell())
    time.sleep(min((time.monotonic() - began) * _REST_SHARE, _LONGEST_REST_SECONDS))
    return file.tell()


def _bring_to_disk(descriptor: int, start: int, end: int) -> None:
    """Write a part back by itself, where the system can: a whole sync is one of the journal too.

    The log's own sync waits for that of the journal, many times as long as for a megabyte.
    """
    if _write_back is None:
        os.fsync(descriptor)
    elif _write_back(descriptor, start, end - start, _WAIT_WRITE_WAIT):
        failed = ctypes.get_errno()
        if failed not in _CANNOT:  # told once: the sync at the end would not know
            raise OSError(failed, os.strerror(failed))
        os.fsync(descriptor)


def _read(path: Path) -> Snapshot | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    mark = data[len(_MAGIC) + _DIGEST_BYTES : _HEAD_BYTES]
    head = Head(_position(path), mark)
    hashed = _hashed(head)
    hashed.update(memoryview(data)[_HEAD_BYTES:])
    whole = data.startswith(_MAGIC + hashed.digest()) and len(mark) == _DIGEST_BYTES
    return Snapshot(*head, data[_HEAD_BYTES:]) if whole else None


def _hashed(head: Head) -> hashlib.blake2b:
    hashed = hashlib.blake2b(b"%d/" % head.position, digest_size=_DIGEST_BYTES)
    hashed.update(head.mark)
    return hashed


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("[0-9]*.state"))


def _position(path: Path) -> int:
    return int(path.stem)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
