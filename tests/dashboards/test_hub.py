from __future__ import annotations

import pytest
import redis

from dashboards.frame import Frame, Standing
from dashboards.hub import Hub, Reading
from dashboards.reader import ViewReader, connect
from state.keys import RunKeys
from state.screens.prices_seen import PriceView
from state.store import StoreWriter, encode_frame
from tests.dashboards.handmade import (
    NOW_NS,
    HandmadeStore,
    case,
    clock,
    evening,
    pnl,
    prices,
    transition,
)
from tests.stores import EmbeddedStore


@pytest.fixture
def monitor(client: redis.Redis, run_name: str) -> HandmadeStore:
    store = HandmadeStore(client, run_name)
    store.write(evening())
    return store


@pytest.fixture
def reader(shared_store: EmbeddedStore, run_name: str, monitor: HandmadeStore) -> ViewReader:
    assert monitor
    return ViewReader(connect(shared_store.url), run_name)


class Scripted:
    """A source that gives what it is told, or fails."""

    def __init__(self) -> None:
        self.views = evening()
        self.away = False

    def read(self) -> Reading:
        if self.away:
            reason = "gone"
            raise redis.ConnectionError(reason)
        return Reading(run="scripted", position=1, views=self.views)


def test_all_views_are_read_as_they_were_written(reader: ViewReader):
    reading = reader.read()
    assert sorted(reading.views) == sorted(evening())
    assert reading.faults == {}
    assert reading.position == 1001


def test_views_that_follow_at_the_same_position_are_read_too(
    reader: ViewReader, client: redis.Redis, run_name: str
):
    before = reader.read()
    late = prices(rtd_newest=5)
    writer = StoreWriter(client, run_name)

    assert writer.write(encode_frame(before.position, {"price/caiso": late}, ()))

    read = reader.read()
    assert read.position == before.position
    shown = read.views["price/caiso"]
    assert isinstance(shown, PriceView)
    assert shown.rtd_newest == 5


def test_nothing_new_is_the_same_reading(reader: ViewReader):
    assert reader.read() is reader.read()


def test_only_a_view_whose_bytes_changed_is_decoded_anew(
    reader: ViewReader, monitor: HandmadeStore
):
    before = reader.read()
    monitor.write({"clock": clock(NOW_NS + 1)})
    after = reader.read()
    assert after.views["clock"] is not before.views["clock"]
    assert after.views["pnl"] is before.views["pnl"]


def test_a_view_that_cannot_be_read_is_named_and_the_others_go_on(
    reader: ViewReader, monitor: HandmadeStore, client: redis.Redis, run_name: str
):
    monitor.write({"pnl": pnl()})
    client.hset(RunKeys(run_name).view, "pnl", b"\x09nonsense")
    reading = reader.read()
    assert "pnl" not in reading.views
    assert "wire version 9" in reading.faults["pnl"]
    assert "prices" not in reading.faults
    assert "price/caiso" in reading.views


def test_the_run_that_the_store_shows_is_followed(
    shared_store: EmbeddedStore, client: redis.Redis, run_name: str, monitor: HandmadeStore
):
    reader = ViewReader(connect(shared_store.url))
    monitor.show()
    assert reader.read().run == run_name
    other = HandmadeStore(client, f"{run_name}-other")
    other.write({"clock": clock()})
    other.show()
    assert list(reader.read().views) == ["clock"]


def test_transitions_and_the_newest_dead_letter_come_along(
    reader: ViewReader, monitor: HandmadeStore
):
    monitor.bury("LMP is 'N/A'")
    monitor.write({"clock": clock()}, transition(case(), "breached", 1))
    first = reader.read()
    monitor.write({"clock": clock(NOW_NS + 1)}, transition(case(), "acknowledged", 2))
    second = reader.read()
    assert [change.change for change in first.transitions] == ["breached"]
    assert [change.change for change in second.transitions] == ["breached", "acknowledged"]
    assert second.last_letter is not None
    assert second.last_letter.reason == "LMP is 'N/A'"


def test_screens_get_the_newest_frame_until_they_leave():
    source, seen = Scripted(), list[Frame]()
    hub = Hub(source, stale_after_seconds=10)
    hub.join(seen.append)
    hub.poll()
    hub.leave(seen.append)
    source.views = evening()
    hub.poll()
    assert [frame.run for frame in seen] == ["scripted"]


def test_a_source_that_goes_away_keeps_the_last_frame_and_comes_back():
    source = Scripted()
    hub = Hub(source, stale_after_seconds=10)
    hub.poll()
    source.away = True
    hub.poll()
    since = hub.frame.unreachable_since
    hub.poll()
    assert hub.frame.standing is Standing.UNREACHABLE
    assert hub.frame.unreachable_since == since
    assert hub.frame.pnl is not None
    source.away = False
    hub.poll()
    assert hub.frame.standing is Standing.REPLAY
    assert hub.frame.unreachable_since is None


def test_a_screen_that_fails_does_not_keep_the_others_from_their_frame():
    seen = list[Frame]()

    def broken(_: Frame) -> None:
        reason = "document is gone"
        raise RuntimeError(reason)

    hub = Hub(Scripted(), stale_after_seconds=10)
    hub.join(broken)
    hub.join(seen.append)
    hub.poll()
    assert len(seen) == 1
