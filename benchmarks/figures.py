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

    >>> Bar("p50", 3.2, 5.0, "ms").held
    True
    """

    name: str
    measured: float
    below: float
    unit: str

    @property
    def held(self) -> bool:
        """Whether the promise is kept; what was not measured (NaN) keeps none."""
        return self.measured < self.below


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
