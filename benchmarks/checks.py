"""The pre-trade check under the whole written policy, in the core and through log and flow.

W2's contracts held with a thousand counterparties, each with credit limits of its own; then
trades like those of the day are asked about, with the sizes of them that pass, and booked. A
check is timed in the core as the message it is, and in a house of the product's own processes
from just before its append to the first look at which its answer is in the store.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import msgspec

from benchmarks.core_workload import require_accepted
from benchmarks.figures import Bar, Machine, Spread, load, machine, spread
from benchmarks.trading_day import TradingDay
from benchmarks.workload import Size, new_company
from benchmarks.written_policy import traders
from flows.snapshots import spare_from_collection
from state.company import Company
from state.messages import AnyMessage, Trade, TradeCheck
from state.pretrade.answer import CheckAnswer
from state.warm import load_loops

COUNTERPARTIES = 1_000
CHECKS = 2_000
"""So many that twenty of them make the slowest hundredth."""

_WARM = 50
_TRADERS = 4


class CheckRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        milliseconds: of a check in the core, with the sizes that pass.
        decisions: how many checks were decided so.
        limits: mean number of limits and clauses an answer lists.
        sized: share of the answers that say which sizes pass.
    """

    size: Size
    milliseconds: Spread
    decisions: dict[str, int]
    limits: float
    sized: float
    machine: Machine

    def bars(self) -> list[Bar]:
        """Return what the product promises of it."""
        return [Bar("check in the core, p99", self.milliseconds.p99, 2.0, "ms")]


def checked_size(size: Size) -> Size:
    """Return a size with the whole policy in force, in steps enough for every check."""
    count = -(-(CHECKS + _WARM) // max(1, size.trades_between))
    return msgspec.structs.replace(
        size, policy=True, counterparties=COUNTERPARTIES, publications=count
    )


def measure(size: Size) -> CheckRun:
    """Ask about trades of W2 and book them, one after the other, in the core.

    Raises:
        StateError: a message was refused.
    """
    load_before, workload = load(), TradingDay(checked_size(size))
    company = new_company(workload)
    load_loops()
    for message in workload.opening():
        company.apply(message, company.position + 1)
    company.desk.traders.update(traders([f"trader-{number}" for number in range(_TRADERS)]))
    spare_from_collection()
    took, answers = _asked(company, workload.day())
    require_accepted(company)
    return CheckRun(
        size=workload.size,
        milliseconds=spread(took[_WARM:]),
        decisions=dict(Counter(answer.decision for answer in answers)),
        limits=sum(len(answer.effects) for answer in answers) / len(answers),
        sized=sum(bool(answer.sizes) for answer in answers) / len(answers),
        machine=machine(load_before),
    )


def _asked(
    company: Company, messages: Iterator[AnyMessage]
) -> tuple[list[float], list[CheckAnswer]]:
    """Fold a day, each trade after a check of it; return milliseconds and answers of checks."""
    took: list[float] = []
    answers: list[CheckAnswer] = []
    for message in messages:
        if isinstance(message, Trade) and len(took) < CHECKS + _WARM:
            check, position = check_of(message, len(took)), company.position + 1
            began = time.perf_counter()
            company.apply(check, position)
            took.append((time.perf_counter() - began) * 1e3)
            answers.append(company.desk.checks.answers[-1])
        company.apply(message, company.position + 1)
    return took, answers


def check_of(trade: Trade, number: int) -> TradeCheck:
    """Return the question about a trade, lot by lot of one MW."""
    return TradeCheck(
        check=f"C{number:06d}", candidate=trade, lot=1.0, areas=("WECC", "California")
    )
