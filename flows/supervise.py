"""Keep the processes of the house running, and leave none behind.

Each process runs in a session of its own and dies with the supervisor (``flows/owned.py``), may
be killed at any time and is started again with a growing pause; its lines pass through the
supervisor's log under its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import structlog

from connectors.whole_file import write_whole
from flows.logs import pass_on
from flows.owned import OWNER
from state.errors import ConfigError, TielineError

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
CRASHES_OF_A_LOOP = 10
LONG_LIFE_SECONDS = 60.0
"""Who lived so long before it died is in no loop, however long its starts take."""

STOP_SECONDS = 8.0
POLL_SECONDS = 0.05
MEANWHILE_SECONDS = 1.0
SMALL_PAGES = {"NUMPY_MADVISE_HUGEPAGE": "0"}
"""Of Linux's large pages a part that nothing is written to takes memory too; and to clear them
costs a message that waits for room in an array three times as long."""

log = structlog.get_logger()


class StartError(TielineError):
    """Says which process did not come ready, and what it said last."""


@dataclass(frozen=True)
class ProcessSpec:
    """What to start, and how to know that it works.

    Attributes:
        missing: why the process is not ready yet; empty when it is.
        ready_seconds: how long it may take.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    missing: Callable[[], str]
    ready_seconds: float = 30.0


@dataclass
class _Child:
    """One process through all its starts."""

    spec: ProcessSpec
    running: subprocess.Popen[str] | None = None
    starts: int = 0
    finished: bool = False
    due: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    launched: float = 0.0
    short_lives: int = 0
    last_words: str = ""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    reader: threading.Thread | None = None


class Supervisor:
    """Starts processes, restarts those that die, stops them in reverse order.

    Args:
        specs: the processes; all others need the first.
        pid_file: where the process ids are written, for people and tests.
        pass_lines: takes a process's name and each line it prints.
    """

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        pid_file: Path,
        pass_lines: Callable[[str, str], None] = pass_on,
    ) -> None:
        self._pass_line = pass_lines
        self._children = [_Child(spec) for spec in specs]
        self._pid_file = pid_file
        self._stopping = threading.Event()
        self._has_noted = False

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        return {child.spec.name: max(0, child.starts - 1) for child in self._children}

    @property
    def last_words(self) -> dict[str, str]:
        """What each process said last before it died; empty of those that did not."""
        return {child.spec.name: child.last_words for child in self._children}

    @property
    def finished(self) -> set[str]:
        """The processes that ended of their own accord, with exit code 0."""
        return {child.spec.name for child in self._children if child.finished}

    def stop_on_signals(self) -> None:
        """Turn SIGINT, SIGTERM and SIGHUP into a request to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stopping.is_set()

    def start(self, then: Callable[[], None] | None = None) -> None:
        """Start the first process; when it is ready, start the others and wait for each.

        Args:
            then: what to do once the first is ready, before the others start.

        Raises:
            StartError: one did not come ready in its time.
        """
        first, rest = self._children[:1], self._children[1:]
        self._start_together(first)
        if then is not None and not self.stopping:
            then()
        self._start_together(rest)

    def watch(self, meanwhile: Callable[[], object] | None = None) -> None:
        """Keep everything running until a stop is asked for.

        Args:
            meanwhile: called about once a second; must not block for long.
        """
        due = time.monotonic()
        while not self._stopping.wait(POLL_SECONDS):
            self.tend()
            if meanwhile is not None and time.monotonic() >= due:
                meanwhile()
                due = time.monotonic() + MEANWHILE_SECONDS

    def stop(self) -> None:
        """Ask every process to stop, the first one last; kill what has not after 8 seconds."""
        first, rest = self._children[:1], self._children[1:]
        self._stop_together(list(reversed(rest)))
        self._stop_together(first)
        with contextlib.suppress(OSError):
            self._pid_file.unlink()

    def _start_together(self, children: Sequence[_Child]) -> None:
        if self.stopping:
            return
        for child in children:
            self._launch(child)
        for child in children:
            self._await_ready(child)

    def _launch(self, child: _Child) -> None:
        quiet = {"RUST_BACKTRACE": "0"}  # forty frames of Rust hide the line that matters
        own = {**os.environ, **quiet, **child.spec.environment, OWNER: str(os.getpid())}
        child.running = subprocess.Popen(  # noqa: S603 - the house's own commands
            child.spec.command,
            env=SMALL_PAGES | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        child.starts += 1
        child.launched = time.monotonic()
        child.reader = threading.Thread(
            target=_pass_lines, args=(child, self._pass_line), daemon=True
        )
        child.reader.start()
        self._write_pids()

    def _await_ready(self, child: _Child) -> None:
        deadline = time.monotonic() + child.spec.ready_seconds
        while missing := child.spec.missing():
            if time.monotonic() > deadline:
                raise StartError(self._start_failure(child, missing))
            if self._stopping.wait(POLL_SECONDS):
                return
            self.tend()
            if child.starts > CRASHES_OF_A_LOOP:
                raise StartError(self._start_failure(child, missing))

    def _start_failure(self, child: _Child, missing: str) -> str:
        """Say what did not come ready, what it said, and what died besides."""
        lines = list(dict.fromkeys(child.last_lines))  # each start of a loop says the same
        said = f"; it said: {' / '.join(lines)}" if lines else ""
        died = "".join(
            f"; {other.spec.name} died too and said last: {other.last_words}"
            for other in self._children
            if other is not child and other.short_lives
        )
        remedy = "`tieline doctor` says what stands in the way; on a busy machine, start again"
        return f"{child.spec.name} did not come ready ({missing}){said}{died}; {remedy}"

    def tend(self) -> None:
        """Look once after every process; start again what is due."""
        now = time.monotonic()
        for child in self._children:
            if child.running is not None and child.running.poll() is not None:
                _note_death(child, now)
            elif child.running is None and _should_start(child, now):
                self._launch(child)

    def _stop_together(self, children: Sequence[_Child]) -> None:
        for child in children:
            _signal(child, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            _await_end(child, deadline)

    def _write_pids(self) -> None:
        pids = {"supervisor": os.getpid()}
        for child in self._children:
            if child.running is not None:
                pids[child.spec.name] = child.running.pid
        try:
            self._pid_file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._pid_file, json.dumps(pids).encode())
            self._has_noted = True
        except OSError as error:
            if not self._has_noted:
                raise  # nothing runs yet that could wait for room
            log.warning("pids.not_written", file=str(self._pid_file), reason=error.strerror)


def _pass_lines(child: _Child, pass_line: Callable[[str, str], None]) -> None:
    stream: IO[str] | None = child.running.stdout if child.running else None
    if stream is None:
        return
    with contextlib.suppress(ValueError):
        for line in stream:
            text = line.rstrip()
            if text:
                child.last_lines.append(text)
                pass_line(child.spec.name, text)


def _should_start(child: _Child, now: float) -> bool:
    return child.starts > 0 and not child.finished and now >= child.due


def _note_death(child: _Child, now: float) -> None:
    """Plan the next start: soon after a long life, ever later in a crash loop.

    Exit code 0 is no death: the process has finished (a day is over).
    """
    code = child.running.returncode if child.running else None
    child.running = None
    if code == 0:
        child.finished = True
        log.info("process.finished", process=child.spec.name)
        return
    if now - child.launched >= LONG_LIFE_SECONDS:
        child.short_lives = 0
    child.short_lives += 1
    child.last_words = child.last_lines[-1] if child.last_lines else "nothing"
    alone = child.short_lives == 1
    child.pause = FIRST_PAUSE_SECONDS if alone else min(child.pause * 2, LONGEST_PAUSE_SECONDS)
    child.due = now + child.pause
    log.warning("process.died", process=child.spec.name, exit=code, restart_in=child.pause)
    if child.short_lives >= CRASHES_OF_A_LOOP:
        log.error(
            "process.crash_loop",
            process=child.spec.name,
            crashes_in_a_row=child.short_lives,
            last_line=child.last_words,
        )


def _signal(child: _Child, number: signal.Signals) -> None:
    if child.running is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.running.pid, number)


def _await_end(child: _Child, deadline: float) -> None:
    if child.running is None:
        return
    try:
        child.running.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.warning("process.killed", process=child.spec.name, after_seconds=STOP_SECONDS)
        _signal(child, signal.SIGKILL)
        child.running.wait()
    _signal(child, signal.SIGKILL)  # what it may have started itself
    if child.reader is not None:
        child.reader.join(timeout=1.0)


def write_lock(path: Path, who: str = "`tieline up` uses the data folder") -> IO[str]:
    """Take the lock of a folder; keep the returned file open as long as it is needed.

    Args:
        path: of the lock.
        who: holds it, and what for.

    Raises:
        ConfigError: another one holds it.
    """
    import fcntl  # noqa: PLC0415 - POSIX only, and only here

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        reason = (
            f"another {who} {path.parent} (process {holder}); stop it with Ctrl-C "
            "there, or choose another folder with TIELINE_DATA_DIR"
        )
        raise ConfigError(reason) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
