"""The one source: a feed in a thread, its batches in order, its end and its errors."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.testing import TestingSink, cluster_main, run_main

from connectors import source
from connectors.source import Feed, FeedSource
from tests.waiting import wait_for


def flow_of(feeds: dict[str, Feed[int]], out: list[int], stop: threading.Event) -> Dataflow:
    flow = Dataflow("test")
    op.output("out", op.input("feeds", flow, FeedSource(feeds, stop)), TestingSink(out))
    return flow


def count_to(last: int) -> Feed[int]:
    def feed(stop: threading.Event) -> Iterator[Sequence[int]]:
        del stop
        for start in range(0, last, 7):
            yield list(range(start, min(start + 7, last)))

    return feed


@pytest.mark.parametrize("workers", [1, 2])
def test_every_batch_arrives_once_and_in_order(workers: int) -> None:
    out: list[int] = []
    flow = flow_of({"a": count_to(5000)}, out, threading.Event())
    cluster_main(flow, [], 0, worker_count_per_proc=workers)
    assert out == list(range(5000))


def test_an_error_of_the_feed_arrives_after_what_came_before_it() -> None:
    def feed(stop: threading.Event) -> Iterator[Sequence[int]]:
        yield from count_to(1000)(stop)
        reason = "schema changed"
        raise ValueError(reason)

    out: list[int] = []
    with pytest.raises(BytewaxRuntimeError) as caught:
        run_main(flow_of({"a": feed}, out, threading.Event()))
    assert "schema changed" in str(caught.value.__cause__)
    assert out == list(range(1000))


def test_a_feed_runs_no_further_ahead_than_its_inbox() -> None:
    """With nobody to empty it, the inbox takes eight batches and the feed waits with the ninth."""
    yielded: list[int] = []

    def feed(stop: threading.Event) -> Iterator[Sequence[int]]:
        del stop
        for number in range(1000):
            yielded.append(number)
            yield [number]

    stop = threading.Event()
    FeedSource({"a": feed}, stop).build_part("feeds", "a", None)
    time.sleep(0.2)
    stop.set()
    assert len(yielded) == 9


def test_a_stop_ends_the_flow_and_delivers_what_has_arrived() -> None:
    stop = threading.Event()
    out: list[int] = []

    def feed(stop: threading.Event) -> Iterator[Sequence[int]]:
        number = 0
        while not stop.wait(0.001):
            yield [number]
            number += 1

    def stop_when_some_have_arrived() -> None:
        wait_for(lambda: len(out) > 10)
        stop.set()

    threading.Thread(target=stop_when_some_have_arrived, daemon=True).start()
    run_main(flow_of({"a": feed}, out, stop))
    assert len(out) > 10
    assert out == list(range(len(out)))


def test_a_feed_that_hangs_is_given_up_when_the_flow_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "GRACE_SECONDS", 0.1)
    released, stop, out = threading.Event(), threading.Event(), list[int]()

    def hanging(stop: threading.Event) -> Iterator[Sequence[int]]:
        del stop
        yield [1]
        released.wait(60)

    threading.Timer(0.2, stop.set).start()
    run_main(flow_of({"hanging": hanging}, out, stop))
    released.set()
    assert out == [1]


def test_a_feed_that_floods_hands_over_a_turn_at_a_time_and_loses_nothing() -> None:
    def flood(stop: threading.Event) -> Iterator[Sequence[int]]:
        del stop
        yield range(7)
        yield range(7, 10)

    flooding = FeedSource({"flood": flood}, threading.Event(), turn=4)
    part = flooding.build_part("feeds", "flood", None)
    turns: list[list[int]] = []
    with contextlib.suppress(StopIteration):
        while True:
            turns.append(list(part.next_batch()))
    assert [number for turn in turns for number in turn] == list(range(10))
    assert max(map(len, turns)) <= 4


@pytest.mark.parametrize("batch_size", [1, 5])
def test_a_feed_that_floods_rests_between_turns_and_one_that_does_not_never(
    batch_size: int,
) -> None:
    """A rest of an hour, so that no clock decides."""

    def flood(stop: threading.Event) -> Iterator[Sequence[int]]:
        del stop
        yield from (range(at, at + batch_size) for at in range(0, 5, batch_size))

    rest = timedelta(hours=1)
    flooding = FeedSource({"flood": flood}, threading.Event(), turn=4, rest=rest)
    part = flooding.build_part("feeds", "flood", None)
    assert isinstance(part, source._FeedPartition)
    while part._end is None:
        time.sleep(0.001)
    batch, awake = part.next_batch(), part.next_awake()
    assert batch == [0, 1, 2, 3]
    assert awake is not None
    assert awake > datetime.now(UTC) + rest / 2
    assert part.next_batch() == [4]
    assert part.next_awake() is None


@pytest.mark.alone
def test_a_sleeping_feed_holds_up_no_other() -> None:
    """The pitfall this source exists for: with a sleeping source the median was 749 ms."""
    delays: list[float] = []

    def fast(stop: threading.Event) -> Iterator[Sequence[float]]:
        while not stop.wait(0.005):
            yield [time.monotonic()]

    def sleeping(stop: threading.Event) -> Iterator[Sequence[float]]:
        stop.wait(60)
        yield from ()

    stop = threading.Event()
    threading.Timer(1.5, stop.set).start()
    flow = Dataflow("test")
    items = op.input("feeds", flow, FeedSource({"fast": fast, "sleeping": sleeping}, stop))
    measured = op.inspect("seen", items, lambda _, sent: delays.append(time.monotonic() - sent))
    op.output("out", measured, TestingSink([]))
    run_main(flow, epoch_interval=timedelta(seconds=0.5))
    assert sorted(delays)[len(delays) // 2] < 0.05
