"""The pre-trade check under the whole written policy, in the core and through log and flow.

W2's contracts held with a thousand counterparties, each with credit limits of its own; then
trades like those of the day are asked about, with the sizes of them that pass, and booked. A
check is timed in the core as the message it is, and in a house of the product's own processes
from just before its append to the first look at which its answer is in the store.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
from rich.console import Console

from benchmarks.chain import OPENING_AT_ONCE, PROCESSES, Chain, settings_of
from benchmarks.core import require_accepted
from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.house import running, scratch
from benchmarks.report import machine_line, spread_row, table
from benchmarks.trading_day import TradingDay
from benchmarks.workload import FULL, Size, new_company
from flows.memory import settle_memory, sweep
from flows.store_reach import open_store
from state.messages import AnyMessage, Tick, Trade, TradeCheck
from state.screens.checks_seen import CheckAnswer
from state.warm import load_loops

COUNTERPARTIES = 1_000
CHECKS = 2_000
"""So many that twenty of them make the slowest hundredth."""

_PAUSE_SECONDS = 0.05
"""Before each check of the chain: the desk is not asked while a trade is being booked."""

_WARM = 50
_TICKS = 2


class CheckRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        core_milliseconds: of a check in the core, with the sizes that pass.
        chain_milliseconds: from just before its append until its answer is in the store.
        decisions: how many checks were decided so.
        limits: mean number of limits and clauses an answer lists.
        sized: share of the answers that say which sizes pass.
    """

    size: Size
    core_milliseconds: Spread
    chain_milliseconds: Spread
    decisions: dict[str, int]
    limits: float
    sized: float
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it; nothing of fewer contracts than that."""
        if self.size.trades < FULL.trades:
            return []
        return [
            Bar("check in the core, p99", self.core_milliseconds.p99, 2.0, "ms"),
            Bar("check through log and flow, p99", self.chain_milliseconds.p99, 15.0, "ms"),
        ]

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        size = self.size
        title = (
            f"Checks: {size.trades:,} contracts with {size.counterparties:,} counterparties, "
            "the whole written policy"
        )
        rows = [
            spread_row("in the core", self.core_milliseconds),
            spread_row("append to answer in the store", self.chain_milliseconds),
        ]
        console.print(table(title, ("ms", "checks", "p50", "p90", "p99", "max"), rows))
        told = ", ".join(f"{count:,} {name}" for name, count in sorted(self.decisions.items()))
        console.print(
            f"{told}; {self.limits:.0f} limits and clauses an answer, sizes in "
            f"{self.sized:.0%} of them"
        )
        console.print(machine_line(self.machine), style="dim")


def checked_size(size: Size) -> Size:
    """Return a size with the whole policy in force, and a day long enough for every check."""
    steps = -(-(CHECKS + _WARM) // max(1, size.trades_between))
    return msgspec.structs.replace(
        size, policy=True, counterparties=COUNTERPARTIES, publications=steps, ticks_between=_TICKS
    )


def measure(size: Size) -> CheckRun:
    """Ask about trades of W2 and book them, one after the other.

    Raises:
        StateError: a message was refused, or a process died.
    """
    load_before, workload = load(), TradingDay(checked_size(size))
    took, answers = asked_in_the_core(workload)
    return CheckRun(
        size=workload.size,
        core_milliseconds=spread(took[_WARM:]),
        chain_milliseconds=spread(_through_the_chain(workload)[_WARM:]),
        decisions=dict(Counter(answer.decision for answer in answers)),
        limits=sum(len(answer.effects) for answer in answers) / len(answers),
        sized=sum(bool(answer.sizes) for answer in answers) / len(answers),
        machine=machine(load_before),
    )


def check_of(trade: Trade) -> TradeCheck:
    """Return the question about a trade, in lots of one MW."""
    name = f"C-{trade.trade}"
    return TradeCheck(check=name, candidate=trade, lot=1.0, areas=("WECC", "California"))


def _asked_day(workload: TradingDay) -> Iterator[AnyMessage]:
    """Yield the day with a check before each trade."""
    for message in workload.day():
        if isinstance(message, Trade):
            yield check_of(message)
        yield message


def asked_in_the_core(workload: TradingDay) -> tuple[list[float], list[CheckAnswer]]:
    """Fold the day; return the milliseconds and the answers of its checks."""
    company = new_company(workload)
    load_loops()
    for message in workload.opening():
        company.apply(message, company.position + 1)
    settle_memory()
    took: list[float] = []
    answers: list[CheckAnswer] = []
    for message in _asked_day(workload):
        position, began = company.position + 1, time.perf_counter()
        company.apply(message, position)
        if isinstance(message, TradeCheck):
            took.append((time.perf_counter() - began) * 1e3)
            answers.append(company.desk.checks.answers[-1])
        elif isinstance(message, Tick):
            sweep()  # as a monitor does
    require_accepted(company)
    return took, answers


def _through_the_chain(workload: TradingDay) -> list[float]:
    """Send the day, each check when all before it is in the store; return their milliseconds."""
    with scratch() as data_dir:
        settings = settings_of(data_dir)
        with running(settings, processes=PROCESSES) as supervisor, open_store(settings) as client:
            chain = Chain(client, settings.run, supervisor)
            chain.append_all(workload.opening(), OPENING_AT_ONCE)
            took = []
            for asked, messages in itertools.groupby(
                _asked_day(workload), lambda message: isinstance(message, TradeCheck)
            ):
                if asked:
                    time.sleep(_PAUSE_SECONDS)
                    took += [chain.answer_seconds(message) * 1e3 for message in messages]
                else:
                    chain.append_all(messages, OPENING_AT_ONCE)
            chain.require_accepted()
    return took
