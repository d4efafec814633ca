"""What ``tieline bench`` does: measure the parts asked for, show them, hold them to the bars."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import msgspec
from rich.console import Console

from benchmarks import alert, checks, day, feeds, gateway, growth, latency, live, replay, rounds
from benchmarks.chain import RATE
from benchmarks.figures import Bar, get_ahead
from benchmarks.growth import QUICK_STEPS, STEPS
from benchmarks.peers.registry import EXTRA
from benchmarks.report import show_bars
from benchmarks.rounds import Part, Say
from benchmarks.workload import FULL, QUICK, Size
from flows.days import find_day
from state.errors import ConfigError

_QUICK_RATE = 50.0
_WIDTH = 120


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        parts: of the rounds, and of :data:`ALONE`; all of the rounds and growth when empty.
        size: of the workloads; bars are held only at the full one.
        day, minutes: of the parts over a shipped day.
        fault_every: of live: one request in so many meets a fault; 0 for none.
        runs: rounds, and runs of replay and day.
        ahead: run before all other work of a shared machine.
        as_json: print JSON instead of tables.
        out, plot: files to write besides.
    """

    parts: tuple[str, ...]
    size: Size
    day: str
    minutes: float
    fault_every: int
    runs: int
    ahead: bool
    as_json: bool
    out: Path | None
    plot: Path | None


class Measured(Protocol):
    """What a part found: a struct, whose fields are its JSON."""

    def bars(self) -> list[Bar]:
        """Return what the product promises of it; nothing at a size of which it promises none."""

    def show(self, console: Console) -> None:
        """Print it."""


ALONE: dict[str, Callable[[Wanted, Say], Measured]] = {
    "growth": lambda wanted, say: growth.measure(wanted.size, _steps(wanted.size), say=say),
    "checks": lambda wanted, _: checks.measure(wanted.size),
    "day": lambda wanted, _: day.measure(find_day(wanted.day), runs=wanted.runs),
    "replay": lambda wanted, _: replay.measure(find_day(wanted.day), runs=wanted.runs),
    "latency": lambda wanted, _: latency.measure(find_day(wanted.day), minutes=wanted.minutes),
    "live": lambda wanted, _: live.measure(
        find_day(wanted.day), minutes=wanted.minutes, fault_every=wanted.fault_every
    ),
    "gateway": lambda wanted, _: gateway.measure(find_day(wanted.day)),
    "alert": lambda wanted, _: alert.measure(find_day(wanted.day)),
    "feeds": lambda wanted, _: feeds.measure(find_day(wanted.day)),
}
"""How each part that is no part of a round is measured, in the order in which they run."""


class Told(msgspec.Struct, frozen=True):
    """A bar as it is written down."""

    name: str
    measured: float
    edge: float
    at_least: bool
    unit: str
    held: bool


def execute(wanted: Wanted) -> bool:
    """Measure and print; say whether every bar was held.

    Raises:
        ConfigError: a part, a day or a file cannot be what was asked for.
        StateError: a measurement failed.
    """
    _require_plot(wanted)
    if wanted.ahead:
        get_ahead()
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    found: dict[str, Measured] = {}
    bars: list[Bar] = []
    for name, measured in _measured(wanted, _sayer()):
        found[name] = measured
        own = measured.bars()
        bars += own
        if not wanted.as_json:
            measured.show(console)
            show_bars(own, console)
    _write(wanted, found, bars)
    return all(bar.held for bar in bars)


def size_of(*, quick: bool, **changes: int | None) -> Size:
    """Return the full or the quick size, with what is named changed."""
    named = {name: value for name, value in changes.items() if value is not None}
    return msgspec.structs.replace(QUICK if quick else FULL, **named)


def _measured(wanted: Wanted, say: Say) -> Iterator[tuple[str, Measured]]:
    parts = wanted.parts or (*Part, "growth")
    of_rounds = [part for part in Part if part in parts]
    if of_rounds:
        rate = RATE if wanted.size == FULL else _QUICK_RATE
        yield "rounds", rounds.measure(of_rounds, wanted.size, runs=wanted.runs, rate=rate, say=say)
    for part, measure in ALONE.items():
        if part in parts:
            say(part)
            yield part, measure(wanted, say)


def _steps(size: Size) -> dict[str, tuple[int, ...]]:
    return QUICK_STEPS if size.trades <= QUICK.trades else STEPS


def _write(wanted: Wanted, found: dict[str, Measured], bars: Sequence[Bar]) -> None:
    told = [
        Told(bar.name, bar.measured, bar.edge, bar.at_least, bar.unit, bar.held) for bar in bars
    ]
    data = msgspec.json.encode({**found, "bars": told})
    text = msgspec.json.format(data).decode() + "\n"
    if wanted.as_json:
        sys.stdout.write(text)
    if wanted.out:
        wanted.out.write_text(text, encoding="utf-8")
    if wanted.plot:
        from benchmarks.plot import draw  # noqa: PLC0415 - its library is an extra

        draw(found.get("rounds"), found.get("growth"), wanted.plot)


def _require_plot(wanted: Wanted) -> None:
    """Refuse a plot that cannot be drawn before an hour is spent on its figures."""
    if wanted.plot is None:
        return
    if find_spec("matplotlib") is None:
        reason = f"--plot needs matplotlib: {EXTRA}"
        raise ConfigError(reason)
    from benchmarks.plot import require_format  # noqa: PLC0415 - its library is an extra

    require_format(wanted.plot)


def _sayer() -> Say:
    began = time.monotonic()
    console = Console(stderr=True)
    return lambda what: console.print(f"{time.monotonic() - began:6.0f} s  {what}", style="dim")
