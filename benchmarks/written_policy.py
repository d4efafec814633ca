"""The whole written policy over W2: tolerances, trading limits, lists, credit of everyone.

The messages that bring it into force, and the records it asks for. Its numbers are far from what
the workload does, so that what is measured is what holding to them costs, not cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from state.limits.credit import RULES, SUSPENDED
from state.messages import AnyMessage, Block, Policy, TraderRecord, VolumeOutlook
from state.policy.load_risk import load_risk

SVCE = Path(__file__).resolve().parents[1] / "policies" / "svce-2017-05-10.yaml"
AGREEMENT = "EEI"

_YEARS = 6
_FAR = {"$": 1e12, "MW": 1e9, "MWh": 1e9, "ratio": 0.9, "count": 0.0}


def written_policy() -> Policy:
    """Return the message that brings the shipped risk policy into force."""
    return Policy(policy="svce", version="1", source=SVCE.read_text(encoding="utf-8"))


def credit_policy(counterparties: Sequence[str]) -> Policy:
    """Return every credit limit of §6.3, and §6.5, with numbers of its own for everyone."""
    lines = ["name: credit", 'version: "1"', "title: credit limits", "limits:"]
    for rule in RULES:
        name, most = rule.name.replace("_", "-"), _FAR[rule.unit]
        clause = "§6.5" if rule is SUSPENDED else "§6.3"
        lines.append(
            f"  - {{id: {name}, rule: {rule.name}, title: {name}, clause: {clause}, unit: "
            f"{rule.unit}, ceiling: {most:.6f}, warn_at: 0.9, clear_at: 0.95, materiality: minor"
        )
        own = ", ".join(f"{{scope: {each}, ceiling: {most:.6f}}}" for each in counterparties)
        lines[-1] += f", own: [{own}]}}"
    return Policy(policy="credit", version="1", source="\n".join(lines))


def outlooks(mw: dict[str, float], first: date) -> Iterator[VolumeOutlook]:
    """Yield what resources are expected to use or make in every month the tolerances reach.

    Args:
        mw: by resource.
        first: a date of the first month.
    """
    months = months_from(first)
    for name, level in mw.items():
        yield VolumeOutlook(
            resource=name,
            months=months,
            blocks=(Block.FLAT,) * len(months),
            mw=np.full(len(months), level),
        )


def months_from(first: date) -> tuple[str, ...]:
    """Return every month the tolerances reach, from that of a date on.

    >>> months_from(date(2026, 9, 8))[0], months_from(date(2026, 9, 8))[-1]
    ('2026-09', '2031-12')
    """
    years = range(first.year, first.year + _YEARS)
    every = (f"{year}-{month:02d}" for year in years for month in range(1, 13))
    return tuple(month for month in every if month >= f"{first:%Y-%m}")


def traders(names: Sequence[str]) -> Iterator[TraderRecord]:
    """Yield the records of people who may trade everything the policy approves."""
    policy = load_risk(SVCE.read_text(encoding="utf-8"))
    for name in names:
        yield TraderRecord(
            trader=name,
            role="authorized-personnel",
            authorised=True,
            experience="verified",
            under_investigation=False,
            was_investigated=False,
            has_read_policies=True,
            markets=tuple(each.id for each in policy.markets),
            instruments=tuple(each.id for each in policy.instruments),
            months=120,
        )


def in_force(
    counterparties: Sequence[str], people: Sequence[str], mw: dict[str, float], first: date
) -> list[AnyMessage]:
    """Return all messages that bring it into force, the records of counterparties aside."""
    policies = written_policy(), credit_policy(counterparties)
    return [*policies, *traders(people), *outlooks(mw, first)]
