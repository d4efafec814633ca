"""What ``tieline bench`` does: measure the parts asked for, show them, hold them to the bars."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks import alert, checks, core, feeds, gateway, growth, latency, live, replay, rounds
from benchmarks.bars import growth_bars, round_bars
from benchmarks.figures import Bar, get_ahead
from benchmarks.growth import QUICK_STEPS, STEPS, Growth
from benchmarks.peers.registry import EXTRA
from benchmarks.report import show, show_bars
from benchmarks.report_rounds import show_growth, show_rounds
from benchmarks.rounds import STANDARD_RATE, Part, Rounds, Say
from benchmarks.workload import FULL, QUICK, Size
from flows.days import find_day
from state.errors import ConfigError

ALONE = ("growth", "checks", "day", "replay", "latency", "live", "gateway", "alert", "feeds")
"""Parts that are no part of a round."""

_QUICK_RATE = 50.0
_WIDTH = 120

Measured = (
    Rounds
    | Growth
    | checks.CheckRun
    | core.Core
    | replay.Replay
    | latency.Latency
    | gateway.GatewayRun
    | alert.AlertRun
    | feeds.FeedsRun
    | live.LiveRun
)


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
        own = _bars(measured, wanted)
        bars += own
        if not wanted.as_json:
            _show(measured, own, console)
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
        rate = STANDARD_RATE if _is_full(wanted) else _QUICK_RATE
        yield "rounds", rounds.measure(of_rounds, wanted.size, runs=wanted.runs, rate=rate, say=say)
    for part in ALONE:
        if part in parts:
            say(part)
            yield part, _alone(part, wanted, say)


def _alone(part: str, wanted: Wanted, say: Say) -> Measured:
    if part == "growth":
        small = wanted.size.trades <= QUICK.trades
        return growth.measure(wanted.size, QUICK_STEPS if small else STEPS, say=say)
    if part == "checks":
        return checks.measure(wanted.size)
    return _over_a_day(part, wanted, find_day(wanted.day))


def _over_a_day(part: str, wanted: Wanted, folder: Path) -> Measured:
    if part == "latency":
        return latency.measure(folder, minutes=wanted.minutes)
    if part == "live":
        return live.measure(folder, minutes=wanted.minutes, fault_every=wanted.fault_every)
    if part in _TIMED:
        return _TIMED[part](folder)
    if part == "replay":
        return replay.measure(folder, runs=wanted.runs)
    return core.measure(folder, runs=wanted.runs)


_TIMED: dict[str, Callable[[Path], Measured]] = {
    "gateway": gateway.measure,
    "alert": alert.measure,
    "feeds": feeds.measure,
}


def _is_full(wanted: Wanted) -> bool:
    return wanted.size == FULL


def _bars(measured: Measured, wanted: Wanted) -> list[Bar]:
    match measured:
        case Rounds():
            return round_bars(measured) if _is_full(wanted) else []
        case Growth():
            return growth_bars(measured) if _is_full(wanted) else []
        case checks.CheckRun():
            return measured.bars() if wanted.size.trades >= FULL.trades else []
        case core.Core():
            return []
        case _:
            return measured.bars()


def _show(measured: Measured, bars: Sequence[Bar], console: Console) -> None:
    if isinstance(measured, Rounds):
        show_rounds(measured, console)
        if not bars:
            console.print("no bars: they are stated for the full size", style="dim")
    elif isinstance(measured, Growth):
        show_growth(measured, console)
    else:
        show(measured, console)
    show_bars(bars, console)


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
