"""The decision on a trade that is asked for, from what it would do to each limit.

Prohibitions reject whatever the size. Limits reject what would newly breach them or worsen a
breach; what improves passes. A limit whose value is not known gives no decision, never an
acceptance; what the policy neither allows nor forbids is referred to the Middle Office.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from state.screens.case_rows import Waiver
from state.trading.answers import Decision


class Outcome(StrEnum):
    """What a trade would do to one limit."""

    KEPT = "kept"
    IMPROVED = "improved"
    BREACHED = "breached"
    WORSENED = "worsened"
    UNKNOWN = "unknown"
    REFERRED = "referred"
    PROHIBITED = "prohibited"


_REJECTING = frozenset((Outcome.BREACHED, Outcome.WORSENED, Outcome.PROHIBITED))


class LimitEffect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One limit before and after a trade.

    Attributes:
        limit: its id.
        clause: where it is written.
        policy: label of the policy in force.
        scope: whose: a book, the firm, a counterparty, a trader.
        period: of the value; empty for none.
        unit: of values and headroom.
        before: the value now; NaN when it is not known.
        after: with the trade; NaN when it is not known.
        headroom_before: signed distance to the nearest edge, negative in breach.
        headroom_after: the same with the trade.
        outcome: what that means.
        reason: why it is unknown, prohibited or referred; empty otherwise.
        waiver: of the breach that is let be for a time; it changes no outcome.
    """

    limit: str
    clause: str
    policy: str
    scope: str
    period: str = ""
    unit: str = ""
    before: float = float("nan")
    after: float = float("nan")
    headroom_before: float = float("nan")
    headroom_after: float = float("nan")
    outcome: Outcome
    reason: str = ""
    waiver: Waiver | None = None


def outcome_of(headroom_before: float, headroom_after: float) -> Outcome:
    """Say what a change of headroom means; at the limit is inside.

    >>> outcome_of(5.0, 0.0).value, outcome_of(5.0, -1.0).value
    ('kept', 'breached')
    >>> outcome_of(-5.0, -4.0).value, outcome_of(-5.0, -6.0).value, outcome_of(-5.0, -5.0).value
    ('improved', 'worsened', 'kept')
    """
    if headroom_before != headroom_before or headroom_after != headroom_after:  # noqa: PLR0124 - NaN
        return Outcome.UNKNOWN
    if headroom_after >= 0.0:
        return Outcome.KEPT if headroom_before >= 0.0 else Outcome.IMPROVED
    if headroom_before >= 0.0:
        return Outcome.BREACHED
    if headroom_after == headroom_before:
        return Outcome.KEPT
    return Outcome.IMPROVED if headroom_after > headroom_before else Outcome.WORSENED


def decide(effects: Iterable[LimitEffect]) -> Decision:
    """Return the decision: a rejection over no decision over a referral over acceptance.

    >>> decide([]).value
    'accept'
    """
    outcomes = {effect.outcome for effect in effects}
    if outcomes & _REJECTING:
        return Decision.REJECT
    if Outcome.UNKNOWN in outcomes:
        return Decision.NO_DECISION
    return Decision.REFER if Outcome.REFERRED in outcomes else Decision.ACCEPT
