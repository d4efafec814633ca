"""A deal-capture stream: numbered frames, gaps, snapshots, tokens, and what is no frame."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import msgspec
import pytest

from connectors.log.recording import RecordedItem
from connectors.trades import read_options
from connectors.trades.deal_stream import Gap, Got, Order, stream_schema
from state.errors import ConfigError, ParseError
from state.messages import FeedOutcome
from tests.connectors.trades.following import Following, names, opened
from tests.connectors.trades.sources import NOW, StreamSource, deal
from tests.waiting import wait_for

ROOT = Path(__file__).parents[3]


def frame(sequence: int, *deals: object, **more: object) -> bytes:
    content = {"kind": "deals", "sequence": sequence, "sent_at": NOW, "deals": deals, **more}
    return json.dumps(content).encode()


def beat(sequence: int) -> bytes:
    return json.dumps({"kind": "heartbeat", "sequence": sequence, "sent_at": NOW}).encode()


def take(order: Order, raw: bytes) -> list[str]:
    got = order.take(raw)
    assert isinstance(got, Got)
    return names(got.deals)


def test_a_frame_that_is_missing_is_a_gap_and_only_the_snapshot_closes_it() -> None:
    order = Order("x")
    assert order.question() == b'{"kind":"subscribe","after":null}'
    assert take(order, frame(7, deal(1), snapshot=True)) == ["D-1"]
    assert take(order, frame(8, deal(2))) == ["D-2"]
    assert take(order, frame(8, deal(2))) == []
    assert order.question() == b'{"kind":"subscribe","after":8}'
    with pytest.raises(Gap):
        order.take(frame(10, deal(4)))
    assert order.question() == b'{"kind":"subscribe","after":null}'
    assert take(order, frame(11, deal(5))) == []
    assert take(order, frame(11, deal(3), snapshot=True, more=True)) == ["D-3"]
    assert order.after is None
    assert take(order, frame(11, deal(4), deal(5), snapshot=True)) == ["D-4", "D-5"]
    assert order.after == 11


@pytest.mark.parametrize("told", [12, 3])
def test_a_heartbeat_tells_of_frames_that_never_came_and_of_a_stream_begun_anew(told: int) -> None:
    order = Order("x", [RecordedItem("to 5", b"")])
    take(order, beat(5))
    with pytest.raises(Gap):
        order.take(beat(told))


def test_a_snapshot_that_is_not_whole_in_the_log_is_asked_for_again() -> None:
    order = Order("x")
    got = order.take(frame(3, deal(1), snapshot=True, more=True))
    assert isinstance(got, Got)
    assert [one.item for one in got.deals] == [""]
    assert Order("x", [RecordedItem(one.item, one.body) for one in got.deals]).after is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"kind":"tick"}',
        frame(2, deal(1), colour="red"),
        frame(-1, deal(1)),
        frame(2, deal(1)).replace(NOW.encode(), b"yesterday"),
        b"[" * 100_000,
    ],
)
def test_a_frame_that_is_none_changes_nothing(raw: bytes) -> None:
    order = Order("x", [RecordedItem("to 1", b"")])
    with pytest.raises((msgspec.DecodeError, ParseError, RecursionError)):
        order.take(raw)
    assert order.after == 1


def test_a_lost_frame_is_made_good_and_every_deal_is_there(tmp_path: Path) -> None:
    source = StreamSource(tmp_path)
    source.lost = {2}
    with Following(opened(source)) as following:
        wait_for(source.is_followed)
        source.send([deal(1), deal(2), deal(3)])
        wait_for(lambda: {"D-1", "D-2", "D-3"} <= set(names(following.came)))
    source.close()
    assert source.asked == [None, None]


def test_a_stream_that_is_taken_slowly_is_not_held_for_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = StreamSource(tmp_path)
    source.send([deal(1)])
    feed, stop = opened(source), threading.Event()
    monkeypatch.setattr(type(feed), "_patience_seconds", 0.2)
    taking = feed.run(stop)
    assert names(next(taking)) == ["D-1"]
    source.send([deal(2)])
    time.sleep(0.3)
    assert names(next(taking)) == ["D-2"]
    stop.set()
    assert list(taking) == []
    source.close()
    assert source.asked == [None]


def test_a_token_that_is_refused_is_said_and_a_redirect_is_not_followed(tmp_path: Path) -> None:
    source, other = StreamSource(tmp_path), StreamSource(tmp_path)
    source.moved_to = f"ws://127.0.0.1:{other.port}/deals"
    outcome, detail = opened(source).ask()
    assert (outcome, "302" in detail or "redirects" in detail) == (FeedOutcome.ERROR, True)
    assert other.asked == []
    source.token_file.write_text("another")
    outcome, detail = opened(source).ask()
    assert outcome is FeedOutcome.ERROR
    assert detail == "127.0.0.1 answered with status 401: the token is refused"
    other.close()
    source.close()
    assert opened(source).ask() == (
        FeedOutcome.TRANSPORT,
        "127.0.0.1 gave no answer (ConnectionRefusedError)",
    )


def test_nonsense_breaks_the_connection_and_its_bytes_are_kept(tmp_path: Path) -> None:
    source = StreamSource(tmp_path)
    with Following(opened(source)) as following:
        wait_for(source.is_followed)
        source.say("<html>")
        wait_for(lambda: following.came)
        source.send([deal(1)])
        wait_for(lambda: len(following.came) == 2)
    source.close()
    assert following.came[0].raw == b"<html>"
    assert "a frame is none of a stream" in following.came[0].refusal


def test_an_empty_frame_is_nonsense_too_and_the_client_waits_ever_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = []

    def noted(count: int, **_: float) -> float:
        faults.append(count)
        return 0.01

    monkeypatch.setattr("connectors.trades.pause_seconds", noted)
    source = StreamSource(tmp_path)
    source.first = [frame(3, deal(1), snapshot=True, more=True).decode(), ""]
    with Following(opened(source)) as following:
        wait_for(lambda: len(faults) >= 3)
    source.close()
    assert faults[:3] == [1, 2, 3]
    refused = [one for one in following.came if one.refusal]
    assert {one.raw for one in refused} == {b""}


def test_the_schema_in_the_documents_is_that_of_the_frames() -> None:
    kept = (ROOT / "docs" / "deal-stream.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == stream_schema()


def test_a_token_leaves_this_machine_encrypted_or_by_leave() -> None:
    plain = {"kind": "websocket", "url": "ws://capture.example.net/deals"}
    with pytest.raises(ConfigError, match="url must be wss://"):
        read_options(plain)
    assert read_options({**plain, "allow_plain": True}).name == "websocket"
