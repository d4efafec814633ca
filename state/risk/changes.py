"""From a history of factor levels and exposures to a sample of scenario P&L.

As everywhere, nothing missing is a zero: a factor that is absent too often is not covered, and a
date without a change of a covered factor is left out for every factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from state.arrays import Flags, Matrix
from state.errors import ConfigError
from state.risk.sample import Sample, Scaling

MISSING_ALLOWED = 0.05
"""A factor absent on a greater share of the dates is not covered."""

LARGEST_PNL = 1e150
"""Of a factor on a date: beyond it a square, and so a variance, is no number."""


class Changes(StrEnum):
    """What of a factor's history is taken to happen again."""

    ABSOLUTE = "absolute"
    """P(t) − P(t − h), $/MWh, times MWh: electricity prices go through zero."""

    RELATIVE = "relative"
    """P(t)/P(t − h) − 1, times money invested: prices must be positive."""


class Volatility(StrEnum):
    """Where the volatility of options and floors comes from that state none themselves."""

    STATED = "stated"
    """Nowhere: they are worth what they would pay."""

    HISTORY = "history"
    """The scenarios: how prices moved until they settled, and forward prices from day to day."""


@dataclass(frozen=True)
class Coverage:
    """A sample, and what it stands on.

    Attributes:
        sample: one part a covered factor, in the order of ``covered``.
        covered: names of the factors in it.
        uncovered: factors with an exposure and too little history, with the reason.
        first: number of the oldest date whose levels the window stands on.
        left_out: dates of the window without a change for some covered factor.
        history: how many changes of the window asked for the history has.
    """

    sample: Sample
    covered: tuple[str, ...]
    uncovered: dict[str, str]
    first: int
    left_out: tuple[str, ...]
    history: int


def changes_of(levels: Matrix, changes: Changes, *, days: int) -> Matrix:
    """Return changes over so many dates along the last axis, ``days`` fewer than levels.

    Raises:
        ConfigError: a relative change of a level that is not positive was asked for.

    >>> prices = np.array([[20.0, 25.0, 20.0]])
    >>> changes_of(prices, Changes.RELATIVE, days=1).tolist()
    [[0.25, -0.19999999999999996]]
    >>> changes_of(prices, Changes.ABSOLUTE, days=2).tolist()
    [[0.0]]
    """
    before, after = levels[..., :-days], levels[..., days:]
    if changes is Changes.ABSOLUTE:
        with np.errstate(over="ignore"):
            return np.asarray(after - before)
    if (levels <= 0.0).any():
        reason = "a level is not positive and has no relative change; take absolute changes"
        raise ConfigError(reason)
    with np.errstate(over="ignore"):
        return np.asarray(after / before - 1.0)


def sample_of(
    dates: Sequence[str],
    levels: Mapping[str, Matrix],
    exposures: Mapping[str, float],
    *,
    changes: Changes,
    window: int | None = None,
    holding_days: int = 1,
    scaling: Scaling = Scaling.OBSERVED,
) -> Coverage:
    """Make the scenario P&L of exposures from a history.

    Args:
        dates: ISO dates, ascending.
        levels: of each factor on each date, NaN where missing.
        exposures: MWh by factor for absolute changes, money for relative ones; every factor has
            levels.
        changes: which.
        window: take the last so many changes only; all when not given. A history that has fewer
            gives what it has, and the sample keeps what was asked for.
        holding_days: how long the exposures are held, in dates of the history.
        scaling: whether scenarios span the holding period or one date.

    Raises:
        ConfigError: as :func:`changes_of`, or a P&L is no number to measure by.
    """
    days = holding_days if scaling is Scaling.OBSERVED else 1
    first = 0 if window is None else max(0, len(dates) - days - window)
    named = list(exposures)
    held = np.array([levels[name][first:] for name in named]).reshape(len(named), -1)
    reasons = {name: _reason(row) for name, row in zip(named, held, strict=True)}
    covered = [place for place, name in enumerate(named) if not reasons[name]]
    amounts = np.array([exposures[named[place]] for place in covered])
    moved = changes_of(held[covered], changes, days=days)
    usable = np.full(moved.shape[1], bool(covered)) & ~np.isnan(moved).any(axis=0)
    dated = list(dates[first + days :])
    with np.errstate(over="ignore", invalid="ignore"):
        parts = np.ascontiguousarray(moved[:, usable] * amounts[:, None])
    sample = Sample(
        parts=parts,
        dates=_where(dated, usable),
        window=len(dated) if window is None else window,
        holding_days=holding_days,
        scaling=scaling,
    )
    _require_measurable(sample, [named[place] for place in covered])
    return Coverage(
        sample=sample,
        covered=tuple(named[place] for place in covered),
        uncovered={name: reason for name, reason in reasons.items() if reason},
        first=first,
        left_out=_where(dated, ~usable) if covered else (),
        history=len(dated),
    )


def _require_measurable(sample: Sample, factors: Sequence[str]) -> None:
    beyond = np.argwhere(~(np.abs(sample.parts) <= LARGEST_PNL))
    if len(beyond):
        row, at = beyond[0].tolist()
        reason = (
            f"the P&L of {factors[row]} on {sample.dates[at]} is {sample.parts[row, at]:g}, beyond "
            f"±{LARGEST_PNL:g}, which no variance can be made of; correct its exposure, or its "
            "levels on that date and before it"
        )
        raise ConfigError(reason)


def _reason(levels: Matrix) -> str:
    missing = int(np.isnan(levels).sum())
    if missing <= MISSING_ALLOWED * len(levels):
        return ""
    return f"missing on {missing} of {len(levels)} dates, at most {MISSING_ALLOWED:.0%} may be"


def _where(dates: Sequence[str], wanted: Flags) -> tuple[str, ...]:
    return tuple(day for day, is_wanted in zip(dates, wanted.tolist(), strict=True) if is_wanted)
