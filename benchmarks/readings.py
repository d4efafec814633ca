"""What is read off a round: rates and times of the core, the flow and the chain."""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks.figures import Spread
from benchmarks.rounds_taken import Round

Figure = Callable[[Round], float]


def core_rate(workload: str) -> Figure:
    """Read how many events a second the core folds."""
    return lambda one: one.core[workload].events_a_second


def core_cost(workload: str, kind: str, share: str) -> Figure:
    """Read how many microseconds a kind of message takes, as ``p50``."""
    return lambda one: share_of(one.core[workload].cost(kind).microseconds, share)


def core_seconds(workload: str, kind: str) -> Figure:
    """Read how many seconds all messages of a kind take."""
    return lambda one: one.core[workload].cost(kind).seconds


def core_snapshot(workload: str) -> Figure:
    """Read how many milliseconds a snapshot stops the fold."""
    return lambda one: one.core[workload].snapshot_milliseconds


def flow_rate(name: str) -> Figure:
    """Read how many events a second pass through the flow."""
    return lambda one: one.flow[name].events_a_second


def flow_time(name: str, share: str) -> Figure:
    """Read how many milliseconds an entry is in the flow, as ``p50``."""
    return lambda one: share_of(one.flow[name].milliseconds, share)


def sustained(one: Round) -> float:
    """Read how many events a second the whole chain sustains; NaN where it was not measured."""
    return math.nan if one.chain is None else one.chain.sustained_a_second


def trade_to_store(share: str) -> Figure:
    """Read how many milliseconds a trade takes to the store, as ``p99``; NaN likewise."""
    return lambda one: share_of(one.chain.trade_milliseconds, share) if one.chain else math.nan


def share_of(measured: Spread, share: str) -> float:
    """Return a share of what was measured by its name."""
    return float(getattr(measured, share))
