"""Everything the policy's section 5 says of one trade."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

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
    return (*_authority(facts, policy, trader), *trading_limits(facts, policy, trader))


_Known = tuple[RiskPolicy, Trader | None, list[Answer]]
_KNOWN: dict[Hashable, _Known] = {}
_MOST_KNOWN = 4096


def _authority(facts: TradeFacts, policy: RiskPolicy, trader: Trader | None) -> list[Answer]:
    """Answer who may trade what: of trades alike but for their size, once.

    Trades come by the thousand a second, and most differ in price and MW alone.
    """
    key = (
        policy.label, facts.trader, facts.product, facts.unit_kind, facts.venue, facts.areas,
        facts.settles_at, facts.agreement, facts.board_approved, facts.first, facts.end,
    )  # fmt: skip
    known = _KNOWN.get(key)
    if known is None or known[0] is not policy or known[1] is not trader:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[key] = policy, trader, authority(facts, policy, trader)
    return known[2]
