"""Metrics of a run, read from the store when somebody asks for them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import redis
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from connectors.log.redis import RedisLog
from state.keys import RunKeys
from state.screens.cases_seen import CaseView
from state.screens.clock_seen import ClockView
from state.screens.feeds_seen import FeedView
from state.store import StoreReader

Gauges = Iterator[GaugeMetricFamily]


class RunMetrics(Collector):
    """What the store knows of one run, as gauges.

    Args:
        client: answers in bytes, and says at once when the store is away.
        run: the run's name.
    """

    def __init__(self, client: redis.Redis, run: str) -> None:
        self._client = client
        self._keys = RunKeys(run)
        self._log = RedisLog(client, run)
        self._reader = StoreReader(client, run)

    def collect(self) -> Gauges:
        """Read the store once; one that cannot be reached is itself a figure."""
        try:
            figures = [*self._streams(), *self._views(), *self._heartbeats()]
        except redis.RedisError:
            yield _gauge("store_reachable", "1 when the store answers.", 0)
            return
        yield _gauge("store_reachable", "1 when the store answers.", 1)
        yield from figures

    def _streams(self) -> Gauges:
        written, shown = self._log.last_position(), self._reader.position()
        yield _gauge("log_position", "Position of the newest message in the log.", written)
        yield _gauge("view_position", "Log position of the newest view.", shown)
        yield _gauge("log_lag_messages", "Messages not yet in the views.", written - shown)
        dead = int(self._client.xlen(self._keys.dead))
        yield _gauge("dead_letters", "Payloads that could not become messages.", dead)
        alerts = int(self._client.xlen(self._keys.alerts))
        yield _gauge("alert_transitions", "Entries of the alert stream.", alerts)

    def _views(self) -> Gauges:
        views = self._reader.read_views(["clock", "feeds", "cases"])
        if isinstance(clock := views.get("clock"), ClockView):
            tick = clock.tick_ns / 1e9
            yield _gauge("tick_timestamp_seconds", "Market time of the last tick.", tick)
        if isinstance(feeds := views.get("feeds"), FeedView):
            yield _labelled(
                "feed_age_seconds",
                "Age of a feed's newest interval at the last tick.",
                "feed",
                {row.feed: row.age_seconds for row in feeds.feeds},
            )
        if isinstance(cases := views.get("cases"), CaseView):
            severities = Counter(row.severity for row in cases.cases if row.status != "closed")
            yield _labelled("open_cases", "Cases not closed.", "severity", severities)

    def _heartbeats(self) -> Gauges:
        now = time.time_ns()
        beats = self._reader.heartbeats()
        yield _labelled(
            "heartbeat_age_seconds",
            "Time since a process last gave a sign of life.",
            "process",
            {process: (now - at_ns) / 1e9 for process, at_ns in sorted(beats.items())},
        )


def register_run(client: redis.Redis, run: str) -> None:
    """Add the run's metrics to what this process serves."""
    REGISTRY.register(RunMetrics(client, run))


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tieline_{name}", meaning, value=value)


def _labelled(
    name: str, meaning: str, label: str, values: dict[str, float] | Counter[str]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"tieline_{name}", meaning, labels=[label])
    for key, value in values.items():
        gauge.add_metric([key], value)
    return gauge
