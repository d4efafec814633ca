"""The product's own commands on a shipped day, as processes that a test may kill."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from connectors.log.embedded import store_url
from connectors.log.redis import RedisLog, connect
from flows.plain_json import plain
from state.screens.clock_seen import ClockView
from state.store import StoredTransition, StoreReader
from tests.ports import house_ports
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
TIELINE = (sys.executable, str(ROOT / "tieline.py"))
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Ending:
    """What a day ended with.

    Attributes:
        messages: entries of the log.
        views: by name, as plain values.
        alerts: the whole alert stream, each entry with its id.
    """

    digest: str
    timing_digest: str
    messages: int
    views: dict[str, Any]
    alerts: list[dict[str, Any]]

    @property
    def digests(self) -> tuple[str, str]:
        return self.digest, self.timing_digest

    @property
    def changes(self) -> list[tuple[str, int, str, int]]:
        """Return what people hear of: case, sequence, change, and when."""
        return [
            (alert["case"], alert["sequence"], alert["change"], alert["at_ns"])
            for alert in self.alerts
        ]


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return this environment with no other settings than these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIELINE_")}
    return kept | {"TIELINE_DATA_DIR": str(data), "NO_COLOR": "1"} | settings


def replayed(day: Path, folder: Path, **settings: str) -> Ending:
    """Play a day with `tieline replay`, as fast as it goes."""
    out = folder / "out"
    subprocess.run(
        [*TIELINE, "replay", str(day), "--json", "--out", str(out)],
        env=environment(folder / "data", **settings),
        stdout=subprocess.DEVNULL,
        timeout=300,
        check=True,
    )
    [summary] = _lines(out / "digest.json")
    return Ending(
        digest=summary["digest"],
        timing_digest=summary["timing_digest"],
        messages=summary["messages"],
        views={each.pop("view"): each for each in _lines(out / "states.jsonl")},
        alerts=_lines(out / "alerts.jsonl"),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class House:
    """`tieline up` on a day, with its run's log and read model at hand.

    Args:
        folder: of its data and its lines.
        day: the folder played, from its beginning.
        speed: market seconds a second.
        settings: more of them, as environment variables.
    """

    def __init__(self, folder: Path, day: Path, *, speed: float, **settings: str) -> None:
        self.data = folder / "data"
        self.lines = folder / "up.log"
        with self.lines.open("w") as lines:
            self.process = subprocess.Popen(
                [*TIELINE, "up", "--day", str(day), "--speed", str(speed), "--json"],
                env=environment(self.data, **(house_ports() | settings)),
                stdout=subprocess.PIPE,
                stderr=lines,
                text=True,
                start_new_session=True,
            )

    def wait_until_up(self) -> None:
        """Wait for the announcement, and connect to the run's store."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.lines.read_text()
        self.announced: dict[str, Any] = json.loads(line)
        self.run = str(self.announced["run"])
        self.run_dir = self.data / "runs" / self.run
        self.client = connect(store_url(self.run_dir / "store"))
        self.log = RedisLog(self.client, self.run)
        self.views = StoreReader(self.client, self.run)

    def pids(self) -> dict[str, int]:
        path = self.data / "run" / "processes.json"
        found: dict[str, int] = json.loads(path.read_text("utf-8"))
        return found

    def snapshots(self) -> set[int]:
        """Return the positions of the snapshots that are there."""
        return {int(path.stem) for path in (self.run_dir / "snapshots").glob("*.state")}

    def starts(self, process: str) -> list[dict[str, str]]:
        return [start for start in self.log.starts() if start["process"] == process]

    def clock(self) -> ClockView:
        clock = self.views.read_views(["clock"])["clock"]
        assert isinstance(clock, ClockView)
        return clock

    def is_at_work(self, process: str) -> bool:
        """Whether a process runs that has come as far as to say where it begins."""
        pid = self.pids()[process]
        if not is_alive(pid):
            return False
        if process == "store":
            return _answers(self.run_dir / "store")
        return bool(starts := self.starts(process)) and int(starts[-1]["pid"]) == pid

    def kill(self, process: str) -> None:
        """End a process that is at work without warning, and see that it is gone."""
        pid = self.pids()[process]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(pid))

    def ending(self) -> Ending:
        clock = self.clock()
        views = {name: plain(view) for name, view in self.views.read_views().items()}
        return Ending(
            digest=clock.digest,
            timing_digest=clock.timing_digest,
            messages=self.log.last_position(),
            views={name: json.loads(json.dumps(view)) for name, view in views.items()},
            alerts=[{"id": each.id, **plain(each.transition)} for each in self.transitions()],
        )

    def transitions(self) -> list[StoredTransition]:
        return self.views.transitions(count=1_000_000)

    def stop(self) -> int:
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def abandon(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _answers(store: Path) -> bool:
    try:
        with redis.Redis.from_url(store_url(store), socket_timeout=1.0, retry=None) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
