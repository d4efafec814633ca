"""The decision on a trade that is asked for, from what it would do to each limit.

Prohibitions reject whatever the size. Limits reject what would newly breach them or worsen a
breach; what improves passes. A limit whose value is not known gives no decision, never an
acceptance; what the policy neither allows nor forbids is referred to the Middle Office.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from state.screens.checks_seen import LimitEffect, Outcome
from state.trading.decision import Decision

_REJECTING = frozenset((Outcome.BREACHED, Outcome.WORSENED, Outcome.PROHIBITED))


def outcome_of(headroom_before: float, headroom_after: float) -> Outcome:
    """Say what a change of headroom means; at the limit is inside.

    >>> outcome_of(5.0, 0.0).value, outcome_of(5.0, -1.0).value
    ('kept', 'breached')
    >>> outcome_of(-5.0, -4.0).value, outcome_of(-5.0, -6.0).value, outcome_of(-5.0, -5.0).value
    ('improved', 'worsened', 'kept')
    """
    if math.isnan(headroom_before) or math.isnan(headroom_after):
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
