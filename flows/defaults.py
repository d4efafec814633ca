"""What comes into force in a live run whose opening does not bring its own."""

from __future__ import annotations

from flows.days import SHIPPED
from flows.policy_file import read_policy
from flows.settings import Settings
from flows.stress_file import DEFAULT_FILE, read_scenarios
from state.messages import Policy, StressScenarios

FEED_LIMITS = SHIPPED.parent / "policies" / "feed-limits.yaml"
"""What a market's own figures must satisfy among themselves."""


def defaults_of(settings: Settings) -> tuple[StressScenarios | Policy, ...]:
    """Return the stress scenarios and the limits of feeds.

    Raises:
        ConfigError: a file of them cannot be read, or says something it may not.
    """
    limits, source = read_policy(FEED_LIMITS)
    return (
        read_scenarios(settings.stress_file or DEFAULT_FILE),
        Policy(policy=limits.name, version=limits.version, source=source),
    )
