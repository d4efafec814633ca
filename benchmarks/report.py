"""Figures as tables on a terminal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.alert import AlertRun
from benchmarks.checks import CheckRun
from benchmarks.core import Core
from benchmarks.feeds import FeedsRun
from benchmarks.figures import Bar, Machine, Spread
from benchmarks.gateway import GatewayRun
from benchmarks.latency import Latency
from benchmarks.live import LiveRun
from benchmarks.replay import Replay

Measured = CheckRun | Latency | Replay | Core | LiveRun | GatewayRun | AlertRun | FeedsRun


def show(measured: Measured, console: Console) -> None:
    """Print what was measured, and the machine it was measured on."""
    if isinstance(measured, Latency):
        _show_latency(measured, console)
    elif isinstance(measured, CheckRun):
        _show_checks(measured, console)
    elif isinstance(measured, GatewayRun):
        _show_gateway(measured, console)
    elif isinstance(measured, AlertRun):
        _show_alert(measured, console)
    elif isinstance(measured, FeedsRun):
        _show_feeds(measured, console)
    elif isinstance(measured, Replay):
        _show_replay(measured, console)
    elif isinstance(measured, LiveRun):
        _show_live(measured, console)
    else:
        _show_core(measured, console)
    console.print(machine_line(measured.machine), style="dim")


def _show_latency(measured: Latency, console: Console) -> None:
    start = measured.start_at or "its beginning"
    title = f"Latency: {measured.day} from {start}, {measured.minutes:g} min at 1x"
    parts = [
        ("trade in at the log to its effect in the store", measured.milliseconds),
        ("  of it until the log had acknowledged it", measured.append_milliseconds),
    ]
    rows = [_spread_row(name, part, 2) for name, part in parts]
    console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))
    console.print(
        f"{measured.snapshots} snapshots, {measured.snapshot_gap_seconds:.0f} s apart; slowest "
        f"next trade after one {measured.after_snapshot_milliseconds:.2f} ms\n"
        f"{measured.messages_a_second:.2f} messages a second; the store was looked at every "
        f"{measured.look_milliseconds:.2f} ms while a trade was under way"
    )


def _show_checks(measured: CheckRun, console: Console) -> None:
    size = measured.size
    title = (
        f"Checks: {size.trades:,} contracts with {size.counterparties:,} counterparties, "
        "the whole written policy"
    )
    rows = [
        _spread_row("in the core", measured.core_milliseconds, 2),
        _spread_row("append to answer in the store", measured.chain_milliseconds, 2),
    ]
    console.print(table(title, ("ms", "checks", "p50", "p90", "p99", "max"), rows))
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(measured.decisions.items()))
    console.print(
        f"{told}; {measured.limits:.0f} limits and clauses an answer, sizes in "
        f"{measured.sized:.0%} of them"
    )


def _show_gateway(measured: GatewayRun, console: Console) -> None:
    rows = [_spread_row("due to acknowledged, one a frame", measured.paced_milliseconds, 2)]
    title = f"Gateway: {measured.day}, 1,000 trades a second over one connection"
    console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))
    console.print(
        f"in frames of {measured.a_frame}: {measured.flood_trades:,} trades acknowledged in "
        f"{measured.flood_seconds:.1f} s, {measured.flood_rate:,.0f} a second; the monitor had "
        f"them {measured.catch_up_seconds:.1f} s later; none lost, none doubled"
    )


def _show_alert(measured: AlertRun, console: Console) -> None:
    rows = [
        _spread_row("due to its first alert at the webhook", measured.milliseconds, 2),
        _spread_row("due to acknowledged, all trades", measured.acknowledged_milliseconds, 2),
    ]
    title = f"Alert: {measured.day}, 500 trades a second over one connection"
    console.print(table(title, ("ms", "trades", "p50", "p90", "p99", "max"), rows))


def _show_feeds(measured: FeedsRun, console: Console) -> None:
    rows = [
        _spread_row("due to the log, beside a market that answers", measured.alone, 2),
        _spread_row("beside one that hangs", measured.hung, 2),
        _spread_row(f"beside a flood of {measured.flood:,} records", measured.flooded, 2),
    ]
    title = f"Feeds: {measured.day}, 50 deals a second by a Redis stream"
    console.print(table(title, ("ms", "deals", "p50", "p90", "p99", "max"), rows))


def _show_live(measured: LiveRun, console: Console) -> None:
    rows = [(run, f"{count:,}") for run, count in measured.served.items()]
    title = f"Live: {measured.market_minutes:,.0f} market minutes against a simulated CAISO"
    console.print(table(title, ("run", "intervals served"), rows))
    met = ", ".join(f"{count} {name}" for name, count in measured.faults.items() if count)
    console.print(
        f"{measured.requests:,} requests; faults: {met or 'none'}; {measured.lost} lost, "
        f"{measured.doubled} doubled, {measured.differs:.1e} from the day"
    )


def _show_replay(measured: Replay, console: Console) -> None:
    rows = [
        (name, f"{statistics.median(runs):.1f}", f"{min(runs):.1f} to {max(runs):.1f}")
        for name, runs in (
            ("whole process", measured.seconds),
            ("first message to last view", measured.flow_seconds),
        )
    ]
    title = f"Replay: {measured.day}, {len(measured.seconds)} runs at --speed max"
    console.print(table(title, ("s", "median", "range"), rows))
    rate = measured.messages_a_second
    console.print(f"{measured.messages:,} messages, {rate:,.0f} a second in the median run")


def _show_core(measured: Core, console: Console) -> None:
    title = f"Core: {measured.day}, µs by kind of message"
    head = ("kind", "count", "fold p50", "fold p99", "views p50", "views p99")
    rows = [
        (
            each.kind,
            f"{each.fold.count:,}",
            *(f"{part:,.0f}" for part in (each.fold.p50, each.fold.p99)),
            *(f"{part:,.0f}" for part in (each.frame.p50, each.frame.p99)),
        )
        for each in measured.kinds
    ]
    console.print(table(title, head, rows))
    snapshot = measured.snapshot_milliseconds
    console.print(
        f"plain loop: {measured.messages:,} messages in {statistics.median(measured.seconds):.2f}"
        f" s, {measured.messages_a_second:,.0f} a second\n"
        f"snapshot: {snapshot.p50:.1f} ms, at most {snapshot.max:.1f} ms, "
        f"{measured.snapshot_bytes / 1e6:.1f} MB"
    )


def show_bars(bars: Iterable[Bar], console: Console) -> None:
    """Print what was promised beside what was measured."""
    for bar in bars:
        console.print(bar.told(), style="green" if bar.held else "bold red")


def _spread_row(name: str, measured: Spread, digits: int) -> tuple[str, ...]:
    numbers = (measured.p50, measured.p90, measured.p99, measured.max)
    return (name, f"{measured.count:,}", *(f"{number:.{digits}f}" for number in numbers))


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Make a table whose first column names and whose others count."""
    made = Table(title=title, title_justify="left")
    for number, name in enumerate(head):
        made.add_column(name, justify="right" if number else "left")
    for row in rows:
        made.add_row(*row)
    return made


def machine_line(machine: Machine) -> str:
    """Say on what, and beside what load, figures were taken."""
    ahead = ", ahead of all other work" if machine.ahead else ""
    return (
        f"{machine.cores} cores, {machine.system}, Python {machine.python}{ahead}; "
        f"load {machine.load_before:.2f} before, {machine.load_after:.2f} after"
    )
