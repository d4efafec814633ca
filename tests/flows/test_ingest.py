"""From a day folder to the log, through the real flow and a real store."""

from __future__ import annotations

import gzip
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest
import redis

from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.records import to_record
from flows import ingest
from flows.ingest import Played
from flows.stress_file import DEFAULT_FILE, read_scenarios
from state.errors import ConfigError
from state.messages import (
    AnyMessage,
    Opening,
    PricePublication,
    Rejected,
    RunPhase,
    RunStatus,
    StressScenarios,
    Tick,
    Trade,
)
from state.store import StoreReader
from state.wire import decode
from tests.small_days import at_ns, price_body, record_line, trade, write_day

LAST_SECOND = 600


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A hostile little day: good, empty, damaged and repeated bodies, good and bad trades."""
    folder = write_day(
        tmp_path / "day",
        last_second=LAST_SECOND,
        receipts={
            10: price_body(300, 31.5),
            20: b"Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC\n",
            30: b"PK\x03\x04 cut",
            40: price_body(300, 31.5),
            310: price_body(600, 40.0, bad_row=True),
        },
        records=[
            record_line(5, trade(1)),
            record_line(6, {**trade(2), "quantity_mw": "five"}),
            record_line(7, "{cut off"),
            record_line(8, trade(1)),
            record_line(9, trade(3)),
        ],
    )
    return Day.open(folder)


def messages(run_log: RedisLog) -> list[AnyMessage]:
    return [decode(entry.body) for entry in run_log.read(0, 10**6)]


def bodies(client: redis.Redis, run_name: str) -> list[bytes]:
    return [entry.body for entry in RedisLog(client, run_name).read(0, 10**6)]


def play(client: redis.Redis, run_name: str, day: Day, **changes: object) -> list[AnyMessage]:
    played = Played(run_name, day, speed=0, until_ended=True, **changes)
    ingest.run(client, played)
    return messages(RedisLog(client, run_name))


def test_a_whole_day_is_in_the_log_in_its_order(
    client: redis.Redis, run_name: str, day: Day
) -> None:
    log = play(client, run_name, day)
    kinds = Counter(type(message).__name__ for message in log)
    assert kinds == {
        "RunStatus": 2,
        "Market": 1,
        "Books": 1,
        "Tick": LAST_SECOND + 1,
        "PricePublication": 2,
        "Trade": 2,
        "Rejected": 4,
    }
    assert [type(message).__name__ for message in log[:4]] == [
        "RunStatus",
        "Market",
        "Books",
        "Tick",
    ]
    times = [message.received_at_ns for message in log]
    assert times == sorted(times)


def test_stress_scenarios_of_the_product_follow_the_opening(
    client: redis.Redis, run_name: str, day: Day
) -> None:
    log = play(client, run_name, day, scenarios=read_scenarios(DEFAULT_FILE))
    told = [(number, m) for number, m in enumerate(log) if isinstance(m, StressScenarios)]
    assert [number for number, _ in told] == [3]
    assert told[0][1].source == DEFAULT_FILE.read_text(encoding="utf-8")
    assert told[0][1].received_at_ns == at_ns(0)


def test_a_day_with_stress_scenarios_of_its_own_keeps_them(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    folder = write_day(tmp_path / "own")
    opening = folder / "opening.jsonl.gz"
    own = StressScenarios(scenarios="own", version="7", source="scenarios: []\n")
    line = record_line(0, to_record(own), "opening") + "\n"
    opening.write_bytes(gzip.compress(gzip.decompress(opening.read_bytes()) + line.encode()))
    log = play(client, run_name, Day.open(folder), scenarios=read_scenarios(DEFAULT_FILE))
    assert [m.version for m in log if isinstance(m, StressScenarios)] == ["7"]


def test_the_run_says_when_it_began_and_ended(client: redis.Redis, run_name: str, day: Day) -> None:
    log = play(client, run_name, day)
    first, last = log[0], log[-1]
    assert isinstance(first, RunStatus)
    assert isinstance(last, RunStatus)
    assert (first.phase, first.at_ns, first.run) == (RunPhase.STARTED, at_ns(0), run_name)
    assert (last.phase, last.at_ns, last.day) == (RunPhase.ENDED, at_ns(LAST_SECOND), "small")


def test_a_price_arrives_as_it_was_published(client: redis.Redis, run_name: str, day: Day) -> None:
    prices = [m for m in play(client, run_name, day) if isinstance(m, PricePublication)]
    assert prices[0].locations == ("HUB_A", "NODE_B")
    assert prices[0].lmp.tolist() == [31.5, 31.5]
    assert prices[1].received_at_ns == at_ns(310)


def test_what_cannot_be_parsed_is_a_dead_letter_with_its_bytes_and_reason(
    client: redis.Redis, run_name: str, day: Day
) -> None:
    rejected = [m for m in play(client, run_name, day) if isinstance(m, Rejected)]
    letters = StoreReader(client, run_name).dead_letters()[::-1]
    assert [letter.letter for letter in letters] == [message.letter for message in rejected]
    wrong_type, cut_record, cut_body, bad_row = letters
    assert "quantity_mw is 'five', expected a number" in wrong_type.reason
    assert (cut_record.feed, cut_record.raw) == ("trades", b"{cut off")
    assert (cut_body.feed, cut_body.raw) == ("spp", b"PK\x03\x04 cut")
    assert "LMP" in bad_row.reason
    assert b"NODE_C" in bad_row.raw
    assert b"HUB_A" not in bad_row.raw


def test_a_restart_at_any_offset_gives_the_same_log(
    client: redis.Redis, run_name: str, day: Day
) -> None:
    """The play is cut off at growing distances; what is cut off is never lost nor repeated."""
    play(client, run_name, day)
    cut = run_name + "cut"
    run_log = RedisLog(client, cut)
    played = Played(cut, day, speed=0)
    while True:
        before = ingest.begin(run_log, played)
        sink = ingest.LogSink(run_log, played.source).build("log", 0, 1)
        parcels = [
            ingest.translate(ingest.Numbered(offset, item))
            for offset, item in enumerate(day.items(before), start=before + 1)
        ]
        if not parcels:
            break
        sink.write_batch(parcels[: 1 + before % 37])
    assert bodies(client, cut)[1:] == bodies(client, run_name)[1:-1]


def test_a_large_batch_is_appended_in_pieces_that_tear_no_item_apart() -> None:
    def parcel(offset: int, entries: int) -> ingest.Parcel:
        return ingest.Parcel(offset, [Tick(at_ns=n) for n in range(entries)])

    sizes = [300, 200, 1, 499, 0, 800, 5]
    parcels = [parcel(offset, size) for offset, size in enumerate(sizes)]
    groups = [[len(part.entries) for part in group] for group in ingest._groups(parcels)]
    assert groups == [[300, 200], [1, 499, 0], [800], [5]]


def test_a_second_play_of_a_day_that_has_ended_adds_nothing(
    client: redis.Redis, run_name: str, day: Day
) -> None:
    play(client, run_name, day)
    once = bodies(client, run_name)
    play(client, run_name, day)
    assert bodies(client, run_name) == once
    offsets = [start["offset"] for start in RedisLog(client, run_name).starts()]
    assert offsets == ["0", str(len(day) + 1)]


def test_a_start_in_the_middle_brings_the_state_saved_then(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    folder = write_day(
        tmp_path / "day",
        last_second=90,
        records=[record_line(30, trade(1)), record_line(80, trade(2))],
        openings={"00:01": "0001.state.gz"},
    )
    (folder / "0001.state.gz").write_bytes(gzip.compress(b"saved"))
    opening, started, first, *rest = play(client, run_name, Day.open(folder), start_at="00:01")
    assert isinstance(opening, Opening)
    assert opening.state == b"saved"
    assert isinstance(started, RunStatus)
    assert isinstance(first, Tick)
    assert first.at_ns == at_ns(61)
    assert [m.trade for m in rest if isinstance(m, Trade)] == ["T2"]


def test_another_day_is_refused_in_a_run_that_has_one(
    client: redis.Redis, run_name: str, day: Day, tmp_path: Path
) -> None:
    play(client, run_name, day)
    other = Day.open(write_day(tmp_path / "other", name="other"))
    with pytest.raises(ConfigError, match="holds day/small; choose another run"):
        play(client, run_name, other)


def test_a_market_without_a_parser_is_refused_before_anything_starts(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    day = Day.open(write_day(tmp_path / "day", markets=["atlantis"]))
    with pytest.raises(ConfigError, match="market 'atlantis', which has no parser; known: caiso"):
        play(client, run_name, day)
    assert RedisLog(client, run_name).last_position() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_play_cleanly_and_a_restart_goes_on(
    client: redis.Redis, run_name: str, day: Day, number: signal.Signals
) -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
    ingest.run(client, Played(run_name, day, speed=100))
    run_log = RedisLog(client, run_name)
    played = run_log.offsets()["day/small"]
    assert 20 < played < 100
    log = play(client, run_name, day)
    assert [m.at_ns for m in log if isinstance(m, Tick)] == [
        at_ns(second) for second in range(LAST_SECOND + 1)
    ]
