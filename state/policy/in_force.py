"""Whether a policy may come into force beside those that are: by name, by version, by risk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from state.policy.documents import AnyPolicy
from state.policy.schema import LimitPolicy
from state.policy.stress import StressFile


def conflict(
    policy: AnyPolicy, source: str, in_force: Mapping[str, AnyPolicy], texts: Mapping[str, str]
) -> str:
    """Say why a policy cannot come into force; empty if it can.

    A version has one text for ever: cases cite it, and long after another took its place.

    Args:
        policy: that is to come.
        source: its text.
        in_force: by name.
        texts: by label, the digest of what is and was in force.
    """
    if isinstance(policy, StressFile):
        return f"{policy.label} is a file of stress scenarios; send it as stress_scenarios"
    known = in_force.get(policy.name, policy)
    if type(known) is not type(policy):
        return f"policy {policy.name} is in force in another form; give it another name"
    if texts.get(policy.label, text_digest(source)) != text_digest(source):
        return (
            f"policy {policy.label} came again with another text; what is in force stays, send the "
            "change under another version: raise `version` in the file"
        )
    if isinstance(policy, LimitPolicy) and policy.risk is not None:
        limits = (one for one in in_force.values() if isinstance(one, LimitPolicy))
        for other in limits:
            if other.name != policy.name and other.risk is not None:
                return f"policy {other.label} says how VaR is struck; leave risk out of one of them"
    return ""


def taken_id(policy: LimitPolicy, in_force: Iterable[LimitPolicy]) -> str:
    """Say which limit of a policy has its id in another one in force; empty if none has."""
    ids = {limit.id for limit in policy.limits}
    for other in in_force:
        taken = sorted(ids & {limit.id for limit in other.limits})
        if other.name != policy.name and taken:
            return f"limit {taken[0]} of {policy.label} is also in {other.label}; rename it"
    return ""


def text_digest(source: str) -> str:
    """Hash the text of a policy."""
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()
