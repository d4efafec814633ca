"""The monitor's sink writes what differs, and everything when it cannot know what is shown."""

from __future__ import annotations

import redis

from connectors.sinks.store import StoreSink
from state.keys import RunKeys
from state.store import Frame, StoreWriter


def sink_of(client: redis.Redis, run: str):
    return StoreSink(lambda: StoreWriter(client, run)).build("store", 0, 1)


def frame(position: int, **views: bytes):
    return ("company", Frame(position, views, []))


def test_a_view_that_is_shown_already_is_not_written_again(client: redis.Redis, run_name: str):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view

    sink.write_batch([frame(1, pnl=b"a", risk=b"r")])
    client.hset(view, "risk", b"marker")
    sink.write_batch([frame(2, pnl=b"b", risk=b"r")])

    stored = client.hgetall(view)
    assert stored == {b"position": b"2", b"pnl": b"b", b"risk": b"marker"}


def test_a_view_that_changes_and_changes_back_is_written_each_time(
    client: redis.Redis, run_name: str
):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view

    for position, content in ((1, b"a"), (2, b"b"), (3, b"a")):
        sink.write_batch([frame(position, pnl=content)])
        assert client.hget(view, "pnl") == content


def test_after_a_restart_nothing_is_taken_for_shown_until_a_frame_was_written(
    client: redis.Redis, run_name: str
):
    view = RunKeys(run_name).view
    sink_of(client, run_name).write_batch([frame(5, pnl=b"of 5", risk=b"r")])
    restarted = sink_of(client, run_name)

    restarted.write_batch([frame(4, pnl=b"of 4"), frame(6, pnl=b"of 4")])

    assert client.hget(view, "pnl") == b"of 4"
    assert client.hget(view, "risk") == b"r"


def test_a_refused_frame_makes_the_sink_forget_what_it_thought_was_shown(
    client: redis.Redis, run_name: str
):
    sink, view = sink_of(client, run_name), RunKeys(run_name).view
    sink.write_batch([frame(1, pnl=b"a")])
    sink_of(client, run_name).write_batch([frame(5, pnl=b"b")])

    sink.write_batch([frame(4, risk=b"r"), frame(6, pnl=b"a")])

    assert client.hget(view, "pnl") == b"a"
