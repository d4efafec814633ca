"""What section 5 of a policy says of an award of convergence bids.

An award names no person and no counterparty: it is held to the lists of markets and instruments
(§5.3, §5.4) and to the row of its product (§5.6), whose $ are its value at risk.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np

from state.calendar import local_date
from state.messages import Award, AwardKind, SettlesAt
from state.moments import SECOND_NS
from state.policy.risk_policy import RiskPolicy
from state.products.convergence import PRODUCT_OF
from state.trading.answers import Answer
from state.trading.authority import listed
from state.trading.facts import TradeFacts
from state.trading.judgement import AREAS
from state.trading.limits import limits_of_size


def award_clauses(facts: TradeFacts, policy: RiskPolicy) -> list[Answer]:
    """Return every clause's answer to an award; nobody's authority is asked, as it names nobody."""
    return [
        *listed(facts, policy, None, "market"),
        *listed(facts, policy, None, "instrument"),
        *limits_of_size(facts, policy),
    ]


def awarded_ns(award: Award) -> list[int]:
    """Return the starts of the intervals for which MW were awarded."""
    numbers = np.flatnonzero(np.nan_to_num(award.mw))
    step_ns = award.interval_seconds * SECOND_NS
    return [award.interval_start_ns + int(number) * step_ns for number in numbers]


def facts_of_award(
    award: Award, time_zone: str, *, executed: date, var_usd: float = math.nan
) -> TradeFacts | None:
    """Return the facts of an award; None where nothing was awarded.

    Args:
        award: as it came.
        time_zone: of its market.
        executed: the market-local date of its arrival.
        var_usd: its value at risk; NaN if not known.
    """
    hours = np.flatnonzero(np.nan_to_num(award.mw))
    if not len(hours):
        return None
    first, last = (
        local_date(
            award.interval_start_ns + int(hour) * award.interval_seconds * SECOND_NS, time_zone
        )
        for hour in (hours[0], hours[-1])
    )
    bought = award.award_kind is AwardKind.VIRTUAL_DEMAND
    largest_mw = float(np.nanmax(award.mw))
    return TradeFacts(
        trader="",
        executed=executed,
        product=PRODUCT_OF[award.award_kind].name,
        venue="caiso",
        areas=AREAS.get(award.market),
        settles_at=SettlesAt.DA,
        agreement="",
        first=first,
        end=last + timedelta(days=1),
        quantity_mw=largest_mw if bought else -largest_mw,
        bought=bought,
        var_usd=var_usd,
    )
