"""A live run with a trade feed of every kind: stopped, gone on with, archived."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
import yaml

from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.trades import FEEDS
from flows.archive import archive
from flows.feed_check import trade_findings
from flows.fold import fold
from flows.live import Live
from flows.live_file import LiveFile, read_live_file
from state.company import Company
from state.errors import ConfigError
from state.messages import AnyMessage, FeedNotice, FeedOutcome, Rejected, Tick, Trade
from state.wire import decode
from tests.connectors.trades.conftest import source_of
from tests.connectors.trades.sources import Source, deal
from tests.stores import EmbeddedStore
from tests.waiting import wait_for

pytestmark = pytest.mark.alone

OPENING = {
    "kind": "market", "market": "caiso", "time_zone": "America/Los_Angeles",
    "settlement_seconds": 300, "runs": ["DA", "FMM", "RTD"],
}  # fmt: skip


def live_file(folder: Path, sources: list[Source]) -> LiveFile:
    trades = [
        source.options().model_dump(mode="json", exclude_unset=True) | {"kind": source.kind}
        for source in sources
    ]
    now_ns = time.time_ns()
    content = {
        "opening": str(folder / "opening.jsonl"),
        "clock": {"market_ns": now_ns, "wall_ns": now_ns, "speed": 60.0},
        "trades": trades,
    }
    (folder / "opening.jsonl").write_text(json.dumps(OPENING) + "\n")
    (folder / "live.yaml").write_text(yaml.safe_dump(content))
    return read_live_file(folder / "live.yaml", ())


def sent_by(messages: list[AnyMessage]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in messages:
        if isinstance(one, Trade):
            kind, _, number = one.trade.partition("-")
            found.setdefault(kind, []).append(number)
    return found


@pytest.fixture
def sources(
    client: redis.Redis, shared_store: EmbeddedStore, run_name: str, tmp_path: Path
) -> Iterator[list[Source]]:
    """A source of each kind."""
    with ExitStack() as stack:
        made = []
        for kind in FEEDS:
            place = tmp_path / kind
            place.mkdir()
            made.append(source_of(kind, place, client, shared_store, run_name))
            stack.callback(made[-1].close)
        yield made


@contextmanager
def following(client: redis.Redis, run: str, file: LiveFile, folder: Path) -> Iterator[None]:
    stop = threading.Event()
    live = Live(client, run, file, folder)
    thread = threading.Thread(target=live.run, args=(stop,), daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(30.0)
    assert not thread.is_alive()


def send(sources: list[Source], numbers: range) -> None:
    for source in sources:
        wait_for(source.is_followed, 30.0)
        source.send([deal(0, trade=f"{source.kind}-{number}") for number in numbers])


def held(client: redis.Redis, run: str) -> list[AnyMessage]:
    return [decode(entry.body) for entry in RedisLog(client, run).read(0, 100_000)]


def answering(messages: list[AnyMessage]) -> set[str]:
    """Return the feeds of which the log was told that they answer."""
    notices = (one for one in messages if isinstance(one, FeedNotice))
    return {one.feed for one in notices if one.outcome is FeedOutcome.DATA}


def count(client: redis.Redis, run: str, kind: type) -> int:
    return sum(isinstance(one, kind) for one in held(client, run))


def test_every_kind_of_feed_fills_the_log_once_across_a_stop_and_archives_to_its_digests(
    client: redis.Redis, run_name: str, sources: list[Source], tmp_path: Path
) -> None:
    file = live_file(tmp_path, sources)
    assert {one.state for one in trade_findings(file)} == {"ok"}
    for first in (1, 4):
        before = count(client, run_name, Rejected) if first > 1 else 0
        with following(client, run_name, file, tmp_path / "recording"):
            send(sources, range(first, first + 3))
            for source in sources:
                source.nonsense()
            wanted = before + len(sources)
            wait_for(lambda wanted=wanted: count(client, run_name, Rejected) == wanted)
            wait_for(
                lambda: answering(held(client, run_name)) == {f"trades/{kind}" for kind in FEEDS}
            )
    messages = held(client, run_name)
    numbers = [str(number) for number in range(1, 7)]
    assert sent_by(messages) == dict.fromkeys(FEEDS, numbers)
    assert any(isinstance(one, Tick) for one in messages)
    company = Company("company")
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
    log = RedisLog(client, run_name)
    day = archive(tmp_path / "recording", tmp_path / "day", company="company", log=log)
    again, _ = fold(Day.open(day))
    assert (again.digest, again.timing_digest) == (company.digest, company.timing_digest)


def test_a_kill_in_the_middle_loses_no_deal_and_doubles_none(
    client: redis.Redis,
    shared_store: EmbeddedStore,
    run_name: str,
    sources: list[Source],
    tmp_path: Path,
) -> None:
    file = live_file(tmp_path, sources)
    arguments = (shared_store.url, run_name, str(tmp_path / "live.yaml"), str(tmp_path / "log"))
    command = (sys.executable, "-m", "tests.flows.live_process", *arguments)
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        send(sources, range(1, 4))
        wait_for(lambda: count(client, run_name, Trade) >= 3 * len(sources), 30.0)
        send(sources, range(4, 101))
        wait_for(lambda: count(client, run_name, Trade) >= 20 * len(sources), 30.0)
        process.kill()
    with following(client, run_name, file, tmp_path / "log"):
        send(sources, range(101, 104))
        wait_for(lambda: count(client, run_name, Trade) >= 103 * len(sources), 30.0)
    numbers = [str(number) for number in range(1, 104)]
    assert sent_by(held(client, run_name)) == dict.fromkeys(FEEDS, numbers)


@pytest.mark.parametrize(
    ("trades", "says"),
    [
        ({"kind": "folder"}, "a list of trade feeds"),
        ([{"kind": "kafka"}], "kind 'kafka' is unknown"),
        ([{"kind": "folder"}], "trades 'folder': folder: Field required"),
        ([{"kind": "folder", "folder": "a"}, {"kind": "folder", "folder": "b"}], "two feeds"),
    ],
)
def test_what_is_wrong_with_a_trade_feed_is_one_line(
    tmp_path: Path, trades: object, says: str
) -> None:
    (tmp_path / "live.yaml").write_text(yaml.safe_dump({"opening": "o", "trades": trades}))
    with pytest.raises(ConfigError, match=says):
        read_live_file(tmp_path / "live.yaml", ())


def test_paths_of_a_feed_lie_beside_the_file_and_one_that_cannot_open_fails_its_check(
    tmp_path: Path,
) -> None:
    stream = {"kind": "websocket", "url": "ws://127.0.0.1:9/", "token_file": "token"}
    (tmp_path / "live.yaml").write_text(yaml.safe_dump({"opening": "o", "trades": [stream]}))
    [found] = trade_findings(read_live_file(tmp_path / "live.yaml", ()))
    assert (found.subject, found.state) == ("trades/websocket", "fail")
    assert str(tmp_path / "token") in found.says
