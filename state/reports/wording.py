"""What kind of transaction a trade or an award is, in words."""

from __future__ import annotations

from state.contracts.size import signed_size_of
from state.limits.texts import NOT_KNOWN
from state.messages import Award, Trade


def transaction_text(message: Trade | Award | None) -> str:
    """Say it; what is not known is said to be."""
    if message is None:
        return NOT_KNOWN
    if isinstance(message, Award):
        return f"award of {message.award_kind.replace('_', ' ')}"
    side = "purchase" if signed_size_of(message) >= 0.0 else "sale"
    return f"{side} of {message.product.replace('_', ' ')}"
