"""How many logs a test draws, and the company that folds one.

``TIELINE_THOROUGH=1`` draws many more logs, new ones at each run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from hypothesis import HealthCheck, settings

from state.company import Company
from state.messages import AnyMessage

THOROUGH = bool(os.environ.get("TIELINE_THOROUGH"))


def examples(usual: int) -> settings:
    """The same logs each time in the suite; many new ones when asked to be thorough."""
    return settings(
        max_examples=usual * 40 if THOROUGH else usual,
        derandomize=not THOROUGH,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def fold(messages: Iterable[AnyMessage]) -> Company:
    company = Company("company")
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
    return company
