"""Everything the policy's section 5 says of one trade."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from state.policy.risk_policy import RiskPolicy
from state.trading.answers import Answer, failing
from state.trading.authority import authority
from state.trading.facts import TradeFacts
from state.trading.limits import Row, row_for, sizes
from state.trading.traders import Trader


def clauses(
    facts: TradeFacts, policy: RiskPolicy, traders: Mapping[str, Trader]
) -> tuple[Answer, ...]:
    """Return every clause's answer: authority first, then the trading limits.

    Pure, and without an exception: what is unknown is rejected by the clause that asks for it, and
    a number that is not known (NaN) is answered ``unknown``.

    Args:
        facts: of the trade.
        policy: in force.
        traders: the records of §5.2 by the name trades carry.
    """
    alike = alike_of(facts, policy, traders.get(facts.trader))
    return (*alike.answers, *sizes(facts, alike.row, alike.trader))


class Alike(NamedTuple):
    """What is said of trades alike but for price, MW and open position, whatever these are.

    Attributes:
        policy, trader: that say so.
        answers: who may trade what, and who may trade under the row.
        failed: those that do not pass.
        row: of the trading limits that they fall under; None where there is none.
    """

    policy: RiskPolicy
    trader: Trader | None
    answers: list[Answer]
    failed: list[Answer]
    row: Row | None


_KNOWN: dict[Hashable, Alike] = {}
_MOST_KNOWN = 4096


def alike_of(facts: TradeFacts, policy: RiskPolicy, trader: Trader | None) -> Alike:
    """Return what is said of all trades like one, found once.

    Trades come by the thousand a second, and most differ in price and MW alone.

    Args:
        facts: of the trade.
        policy: in force.
        trader: the record of ``facts.trader``; None where there is none.
    """
    key = (
        policy.label, facts.trader, facts.product, facts.unit_kind, facts.venue, facts.areas,
        facts.settles_at, facts.agreement, facts.board_approved, facts.first, facts.end,
        facts.executed,
    )  # fmt: skip
    known = _KNOWN.get(key)
    if known is None or known.policy is not policy or known.trader is not trader:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        row, said = row_for(facts, policy, trader)
        answers = [*authority(facts, policy, trader), said]
        known = _KNOWN[key] = Alike(policy, trader, answers, failing(answers), row)
    return known
