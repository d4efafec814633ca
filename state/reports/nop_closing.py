"""How net open positions are closed: the strategies found for them, and what was executed (§7)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from state.alerts.frozen import message_behind
from state.contracts.execution import traded_ns
from state.duties.calls import NOP
from state.messages import Trade
from state.reports.heading import local_text
from state.reports.table import Column, Table, Value
from state.reports.transactions import sized
from state.reports.wording import transaction_text
from state.trading.decision import Decision

if TYPE_CHECKING:
    from state.company import Company
    from state.screens.cases_seen import CaseRow
    from state.screens.hedges_seen import HedgeAnswer, HedgeBlock

_STRATEGIES = (
    Column("Type"),
    Column("Period"),
    Column("Dates"),
    Column("Asked"),
    Column("Coverage then", "%", 1),
    Column("Coverage with it", "%", 1),
    Column("Contracts"),
    Column("Cost at the marks", "$"),
    Column("Clause"),
    Column("Remark"),
)
_EXECUTED = (
    Column("Position"),
    Column("Dates"),
    Column("Clause"),
    Column("Contract"),
    Column("Executed"),
    Column("Counterparty"),
    Column("Transaction"),
    Column("Volume (+ bought)", "MWh"),
    Column("Value", "$"),
    Column("State of the case"),
)


def strategies(company: Company) -> Table:
    """Return the newest way out that was found for each position somebody asked about."""
    newest: dict[tuple[str, str, str], HedgeAnswer] = {}
    for answer in reversed(company.desk.hedges.answers):
        newest.setdefault((answer.limit, answer.kind, answer.period), answer)
    return Table(
        "Strategies for closing the NOP",
        _STRATEGIES,
        tuple(_strategy(company, newest[key]) for key in sorted(newest)),
        "No way out was asked for.",
        ("The smallest standard contracts that pass every limit; docs/hedging.md.",),
    )


def executed(company: Company) -> Table:
    """Return the transactions that brought a position nearer to a tolerance it was out of."""
    return Table(
        "Transactions required by tolerance exceedances",
        _EXECUTED,
        tuple(
            row
            for case in company.desk.alerts.cases()
            if company.desk.alerts.figure_of(case.limit).startswith(NOP)
            for row in _executed(company, case)
        ),
        "None was executed while a position was out of its tolerance.",
        ("Of those executed on one day for one position the first; cases that are held.",),
    )


def _strategy(company: Company, answer: HedgeAnswer) -> tuple[Value, ...]:
    told = [answer.reason] if answer.reason else []
    if any(block.decision == Decision.REFER for block in answer.blocks):
        told.append("the Middle Office decides")
    return (
        f"{answer.nop} {answer.kind}".strip(),
        answer.title,
        answer.period,
        local_text(company, answer.asked_ns),
        100.0 * answer.before,
        100.0 * answer.after,
        "; ".join(map(_block, answer.blocks)) or "none",
        answer.cost_usd if answer.blocks else math.nan,
        answer.clause,
        "; ".join(told),
    )


def _block(block: HedgeBlock) -> str:
    """Write one contract of a strategy."""
    side = "buy" if block.size > 0.0 else "sell"
    unit = "" if block.unit == "certificate" else " MW"
    what = f"{block.kind.replace('_', '-')} {block.product}"
    return (
        f"{side} {abs(block.size):,.12g}{unit} {what} {block.period} at {block.location} "
        f"with {block.counterparty}"
    )


def _executed(company: Company, case: CaseRow) -> Iterator[tuple[Value, ...]]:
    table = company.desk.alerts.tables[case.limit]
    for key in dict.fromkeys(duty.about for duty in case.duties):
        trade = message_behind(company.desk, key)
        if not isinstance(trade, Trade) or key == case.cause_key:
            continue
        size = sized(company.desk.markets[trade.market], trade)
        yield (
            table.limit.title,
            case.period,
            case.clause,
            trade.identity,
            local_text(company, traded_ns(trade)),
            trade.counterparty,
            transaction_text(trade),
            size.bought_mwh - size.sold_mwh,
            size.usd,
            f"{case.condition}, {case.status}",
        )
