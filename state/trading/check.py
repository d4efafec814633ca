"""Everything the policy's section 5 says of one trade."""

from __future__ import annotations

from collections.abc import Mapping

from state.policy.risk_policy import RiskPolicy
from state.trading.answers import Answer
from state.trading.authority import authority
from state.trading.facts import TradeFacts
from state.trading.limits import trading_limits
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
    trader = traders.get(facts.trader)
    return (*authority(facts, policy, trader), *trading_limits(facts, policy, trader))
