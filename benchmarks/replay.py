"""A full day as fast as possible, as a whole process: ``tieline replay DAY --speed max``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console

from benchmarks.figures import Bar, Machine, load, machine, rate
from benchmarks.report import machine_line, table
from flows.house import FRONT_DOOR
from state.errors import StateError


class Replay(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        seconds: of each run, the start of every process and the store included.
        flow_seconds: of each run, from its first message to its last view alone.
        messages: of the day.
    """

    day: str
    seconds: list[float]
    flow_seconds: list[float]
    messages: int
    digest: str
    machine: Machine

    @property
    def messages_a_second(self) -> float:
        """Return the rate of the median run, the starts left out."""
        return rate(self.messages, self.flow_seconds)

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [Bar("full day, whole process", statistics.median(self.seconds), 30.0, "s")]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        rows = [
            (name, f"{statistics.median(runs):.1f}", f"{min(runs):.1f} to {max(runs):.1f}")
            for name, runs in (
                ("whole process", self.seconds),
                ("first message to last view", self.flow_seconds),
            )
        ]
        title = f"Replay: {self.day}, {len(self.seconds)} runs at --speed max"
        console.print(table(title, ("s", "median", "range"), rows))
        console.print(
            f"{self.messages:,} messages, {self.messages_a_second:,.0f} a second in the median run"
        )
        console.print(machine_line(self.machine), style="dim")


class _Told(msgspec.Struct):
    """What the command prints."""

    day: str
    digest: str
    messages: int
    seconds: float


class _Run(NamedTuple):
    told: _Told
    seconds: float


def measure(folder: Path, *, runs: int) -> Replay:
    """Replay a day several times.

    Raises:
        StateError: a replay failed, or two of them ended differently.
    """
    load_before = load()
    done = [_run(folder) for _ in range(runs)]
    first = done[0].told
    if any(run.told.digest != first.digest for run in done):
        reason = f"replays of {first.day} ended with different digests; nothing else matters then"
        raise StateError(reason)
    return Replay(
        day=first.day,
        seconds=[run.seconds for run in done],
        flow_seconds=[run.told.seconds for run in done],
        messages=first.messages,
        digest=first.digest,
        machine=machine(load_before),
    )


def _run(folder: Path) -> _Run:
    command = [sys.executable, str(FRONT_DOOR), "replay", str(folder), "--speed", "max", "--json"]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, check=False)
    seconds = time.monotonic() - began
    if ended.returncode:
        reason = f"tieline replay failed ({ended.returncode}): {ended.stderr.decode().strip()}"
        raise StateError(reason)
    return _Run(msgspec.json.decode(ended.stdout, type=_Told), seconds)
