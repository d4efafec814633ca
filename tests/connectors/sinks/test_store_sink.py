"""The monitor's sink writes what differs, and everything when it cannot know what is shown."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.sinks.store import MOST_WAITING, StoreSink
from state.keys import RunKeys
from state.store import Frame, StoreWriter


def sink_of(client: redis.Redis, run: str):
    return StoreSink(lambda: StoreWriter(client, run)).build("store", 0, 1)


def frame(position: int, **views: bytes):
    return ("company", Frame(position, views, [(position, 0, b"t%d" % position)]))


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 10.0
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.001)


def written(client: redis.Redis, run: str, sink: Any, *frames: Any) -> None:
    """Hand frames over, and wait until the store has the last of them."""
    last = str(frames[-1][1].position).encode()
    sink.write_batch(list(frames))
    wait_until(lambda: client.hget(RunKeys(run).view, "position") == last)


class SlowWriter:
    """A store that takes a write only when it is let."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.frames: list[Frame] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self._failure = failure

    def write(self, frame: Frame) -> bool:
        self.began.set()
        assert self.go_on.wait(10.0)
        if self._failure is not None:
            raise self._failure
        self.frames.append(frame)
        return True


def busy(writer: SlowWriter):
    """Return a sink that is writing its first frame."""
    sink = StoreSink(lambda: writer).build("store", 0, 1)
    sink.write_batch([frame(1, pnl=b"a", risk=b"r")])
    assert writer.began.wait(10.0)
    return sink


def test_a_view_that_is_shown_already_is_not_written_again(client: redis.Redis, run_name: str):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view

    written(client, run_name, sink, frame(1, pnl=b"a", risk=b"r"))
    client.hset(view, "risk", b"marker")
    written(client, run_name, sink, frame(2, pnl=b"b", risk=b"r"))

    stored = client.hgetall(view)
    assert stored == {b"position": b"2", b"writes": b"2", b"pnl": b"b", b"risk": b"marker"}


def test_a_view_that_changes_and_changes_back_is_written_each_time(
    client: redis.Redis, run_name: str
):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view

    for position, content in ((1, b"a"), (2, b"b"), (3, b"a")):
        written(client, run_name, sink, frame(position, pnl=content))
        assert client.hget(view, "pnl") == content


def test_after_a_restart_nothing_is_taken_for_shown_until_a_frame_was_written(
    client: redis.Redis, run_name: str
):
    view = RunKeys(run_name).view
    written(client, run_name, sink_of(client, run_name), frame(5, pnl=b"of 5", risk=b"r"))
    restarted = sink_of(client, run_name)

    written(client, run_name, restarted, frame(4, pnl=b"of 4"), frame(6, pnl=b"of 4"))

    assert client.hget(view, "pnl") == b"of 4"
    assert client.hget(view, "risk") == b"r"


def test_a_refused_frame_makes_the_sink_forget_what_it_thought_was_shown(
    client: redis.Redis, run_name: str
):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view
    written(client, run_name, sink, frame(1, pnl=b"a"))
    written(client, run_name, sink_of(client, run_name), frame(5, pnl=b"b"))

    sink.write_batch([frame(4, risk=b"r")])
    wait_until(lambda: not sink._shown)
    written(client, run_name, sink, frame(6, pnl=b"a"))

    assert client.hget(view, "pnl") == b"a"


def test_views_of_refused_frames_are_written_with_the_first_that_is_not(
    client: redis.Redis, run_name: str
):
    # Of the process before, the store may hold views older than its position.
    view = RunKeys(run_name).view
    written(client, run_name, sink_of(client, run_name), frame(5, risk=b"of 3"))
    restarted = sink_of(client, run_name)

    restarted.write_batch([frame(4, risk=b"of 4", pnl=b"of 4")])
    written(client, run_name, restarted, frame(6, pnl=b"of 6"))

    assert client.hget(view, "risk") == b"of 4"
    assert client.hget(view, "pnl") == b"of 6"


def test_the_fold_goes_on_during_a_write_and_what_came_meanwhile_is_written_as_one():
    writer = SlowWriter()
    sink = busy(writer)

    sink.write_batch([frame(2, pnl=b"b")])
    sink.write_batch([frame(3, risk=b"s"), frame(4, pnl=b"c")])
    writer.go_on.set()
    sink.close()

    news = [(each.position, each.views, each.transitions) for each in writer.frames]
    assert news == [
        (1, {"pnl": b"a", "risk": b"r"}, [(1, 0, b"t1")]),
        (4, {"pnl": b"c", "risk": b"s"}, [(2, 0, b"t2"), (3, 0, b"t3"), (4, 0, b"t4")]),
    ]


def test_the_fold_waits_when_too_many_frames_wait_for_the_disk():
    writer = SlowWriter()
    sink = busy(writer)
    sink.write_batch([frame(number) for number in range(2, MOST_WAITING + 2)])

    late = threading.Thread(target=sink.write_batch, args=([frame(99)],))
    late.start()
    late.join(0.05)
    assert late.is_alive()
    writer.go_on.set()
    late.join(10.0)
    sink.close()

    assert writer.frames[-1].position == 99


@pytest.mark.parametrize("at_end", [False, True])
def test_a_store_that_cannot_be_written_stops_the_flow(*, at_end: bool):
    writer = SlowWriter(redis.ConnectionError("gone"))
    sink = busy(writer)
    writer.go_on.set()
    sink._thread.join(10.0)

    with pytest.raises(redis.ConnectionError, match="gone"):
        sink.close() if at_end else sink.write_batch([frame(2)])


FLOW = """
import sys, threading, time
import bytewax.operators as op
from bytewax.dataflow import Dataflow
from connectors.sinks.store import StoreSink
from connectors.source import FeedSource
from flows.running import run_flow
from state.store import Frame

class Away:
    def write(self, frame):
        raise OSError("the store is away")

def feed(stop):
    yield [("company", Frame(1, {}, []))]
    time.sleep(0.2)
    if sys.argv[1] == "the feed fails too":
        raise OSError("the log is away")
    if sys.argv[1] == "more is written":
        yield [("company", Frame(2, {}, []))]
        time.sleep(0.2)

source = FeedSource({"log": feed}, threading.Event())
flow = Dataflow("monitor")
entries = op.input("log", flow, source)
op.output("store", entries, StoreSink(Away, lambda: source.has_failed))
run_flow(flow)
"""


@pytest.mark.parametrize("how", ["the feed fails too", "more is written", "the day ends"])
def test_a_store_that_is_away_ends_the_flow_by_its_error_and_aborts_no_process(how: str):
    ended = subprocess.run(
        [sys.executable, "-c", FLOW, how],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "OSError: the " in ended.stderr
