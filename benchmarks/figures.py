"""What a benchmark states: spreads of samples, the machine they were taken on, the bars."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence

import msgspec
import numpy as np

from state.errors import ConfigError

_PRIORITY = 5
_MANY = 1_000.0


class Spread(msgspec.Struct, frozen=True):
    """A sample in four quantiles, in the unit of the sample.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0]).p50
    3.0
    """

    count: int
    p50: float
    p90: float
    p99: float
    max: float


class Machine(msgspec.Struct, frozen=True):
    """Where and beside what a figure was taken.

    Attributes:
        cores: this process may use.
        ahead: whether the benchmark ran before all other work (:func:`get_ahead`).
        load_before, load_after: runnable processes, mean of a minute, the benchmark's included.
    """

    cores: int
    python: str
    system: str
    ahead: bool
    load_before: float
    load_after: float


class Bar(msgspec.Struct, frozen=True):
    """A promise, and what was measured against it.

    Attributes:
        edge: what must not be reached; with ``at_least``, what must be.
        at_least: whether more is better.

    >>> Bar("p50", 3.2, 5.0, "ms").held, Bar("rate", 3.2, 5.0, "/s", at_least=True).held
    (True, False)
    """

    name: str
    measured: float
    edge: float
    unit: str
    at_least: bool = False

    @property
    def held(self) -> bool:
        """Whether the promise is kept; what was not measured (NaN) keeps none."""
        return self.measured >= self.edge if self.at_least else self.measured < self.edge

    def told(self) -> str:
        """Say it in a line.

        >>> Bar("trade, p50", 17.25, 18.0, "µs").told()
        'trade, p50: 17.2 µs, must be below 18: held'
        """
        must = "at least" if self.at_least else "below"
        verdict = "held" if self.held else "MISSED"
        measured = (
            f"{self.measured:,.0f}" if abs(self.measured) >= _MANY else f"{self.measured:.3g}"
        )
        return f"{self.name}: {measured} {self.unit}, must be {must} {self.edge:,g}: {verdict}"


def spread(samples: Sequence[float]) -> Spread:
    """Return the quantiles of a sample.

    A quantile is the least sample that at least that share of the samples does not exceed, so
    that it is always one that was measured.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        reason = "no samples: nothing was measured"
        raise ValueError(reason)
    shares = np.quantile(samples, (0.5, 0.9, 0.99, 1.0), method="inverted_cdf")
    return Spread(len(samples), *(float(each) for each in shares))


def rate(count: int, seconds: Sequence[float]) -> float:
    """Return the median rate of several runs over the same count.

    >>> rate(100, [1.0, 2.0, 50.0])
    50.0
    """
    return count / statistics.median(seconds)


def machine(load_before: float) -> Machine:
    """Describe this machine as it is now."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        ahead=os.sched_getscheduler(0) == os.SCHED_RR,
        load_before=round(load_before, 2),
        load_after=round(load(), 2),
    )


def load() -> float:
    """Return the load of the last minute."""
    return os.getloadavg()[0]


def get_ahead() -> None:
    """Run this process and what it starts before all ordinary work of a shared machine.

    Disks, caches and memory stay shared. Linux only.

    Raises:
        ConfigError: this user may not.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except PermissionError as error:
        reason = "--ahead needs the right to real-time priorities (root, or CAP_SYS_NICE)"
        raise ConfigError(reason) from error
