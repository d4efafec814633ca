"""At which values a ceiling turns: where it warns, and where it breaks."""

from __future__ import annotations

from collections.abc import Iterable

from state.policy.schema import Limit


def marks_of(limits: Iterable[Limit], scope: str) -> list[float]:
    """Return the values at which the ceilings of a scope warn and break, ascending.

    Args:
        limits: on one figure.
        scope: of which they hold.
    """
    ceilings = (
        (limit.warn_at, limit.edges_of(scope).ceiling) for limit in limits if limit.binds(scope)
    )
    known = [(warn_at, high) for warn_at, high in ceilings if high is not None]
    return sorted({mark for warn_at, high in known for mark in (warn_at * high, high)})
