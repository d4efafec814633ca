"""The tolerances of a written policy as limits: one a row, found again by the row's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from state.nop.whole import ratio
from state.periods import PERIODS, month_after
from state.policy.bands import Band
from state.policy.risk_policy import RiskPolicy
from state.policy.schema import Limit, LimitPolicy, Materiality, Provenance
from state.policy.tolerances import MONITORED, NopKind, Tolerance
from state.screens.nop_seen import NopRow

CAPACITY_KINDS = ("system", "flexible", "local")

AT_EDGE = 1.0
"""Utilisation at which a tolerance warns, and inside which a breach ends: the source sets none."""

_SURENESS = list(Provenance)
_MOST_MONTHS = 13
"""By when every period but those told by dates has rolled."""


def limits_of(policy: RiskPolicy) -> LimitPolicy:
    """Return the tolerances as limits of a policy of the same name and version.

    The source sets no mark at which to warn: only an edge does, and a surplus over a band without
    width.
    """
    return LimitPolicy(
        name=policy.name,
        version=policy.version,
        title=policy.title,
        limits=tuple(_limits(policy)),
    )


def _limits(policy: RiskPolicy) -> Iterator[Limit]:
    for table in policy.tolerances:
        if table.nop in MONITORED:
            continue
        for row in table.rows:
            sureness = [part.provenance for part in (row, row.minimum, row.maximum)]
            floor, ceiling = row.minimum.floor, row.maximum.ceiling
            if floor is None or ceiling is None:
                continue
            yield Limit(
                id=row.id,
                rule=f"nop_{table.nop}",
                title=f"{table.title}: {row.title}",
                clause=f"{policy.name.upper()} {row.at}",
                unit="ratio",
                floor=ratio(floor, 100.0),
                ceiling=ratio(ceiling, 100.0),
                warn_at=AT_EDGE,
                clear_at=AT_EDGE,
                materiality=Materiality.MATERIAL,
                provenance=max(sureness, key=_SURENESS.index),
                scopes=scopes_of(row, table.nop),
            )


def scopes_of(row: Tolerance, nop: NopKind) -> tuple[str, ...]:
    """Return the scopes of a row: one, of capacity one a kind it is for."""
    if nop is not NopKind.CAPACITY:
        return (scope_of(row.title, ""),)
    return tuple(scope_of(row.title, kind) for kind in row.kinds or CAPACITY_KINDS)


def scope_of(title: str, kind: str) -> str:
    """Return the scope of a row of a table and a kind of capacity.

    >>> scope_of("Prompt month +1", "local")
    'Prompt month +1: local'
    """
    return f"{title}: {kind}" if kind else title


def identity_of(row: NopRow) -> str:
    """Return the scope under which a row is held against its limit."""
    return scope_of(row.title, row.kind)


def ends_on(band: Band, today: date) -> date:
    """Return the first date on which a row is no more about the dates it is about today."""
    row = band.row
    if row.period is None:
        return band.span.end if row.dates and row.dates.last else date(today.year + 1, 1, 1)
    for months in range(1, _MOST_MONTHS):
        day = month_after(today, months)
        in_season = row.season is None or row.season.first <= day.month <= row.season.last
        if not in_season or band.span not in PERIODS[row.period].spans(day):
            return day
    return month_after(today, _MOST_MONTHS)
