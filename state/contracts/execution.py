"""When a contract was executed, as it says or as it came."""

from __future__ import annotations

from state.messages import Trade


def executed_by(trade: Trade, at_ns: int) -> int:
    """Return when a contract that is here was executed: it cannot have been later than now.

    Args:
        trade: the contract; of one that does not say when, now.
        at_ns: the clock.
    """
    return min(trade.executed_at_ns or at_ns, at_ns)


def traded_ns(trade: Trade) -> int:
    """Return when a contract was executed; of one that does not say, when this version came."""
    return trade.executed_at_ns or trade.received_at_ns
