"""The contract of the log, over a real store."""

from __future__ import annotations

import pytest
import redis

from connectors.log.redis import DeadLetter, Fate, RedisLog, connect
from state.errors import LogError, UsageError
from state.keys import RunKeys
from state.messages import Action, ActionKind, Rejected, SettlesAt, Tick, Trade, TradeAction
from state.wire import decode
from tests.stores import EmbeddedStore


@pytest.fixture
def run_log(client: redis.Redis, run_name: str) -> RedisLog:
    return RedisLog(client, run_name)


def comment(name: str, text: str = "", received_at_ns: int = 0) -> Action:
    return Action(
        action=name,
        action_kind=ActionKind.COMMENT,
        case="c",
        actor="a",
        at_ns=1,
        text=text,
        received_at_ns=received_at_ns,
    )


def ticks(*seconds: int) -> list[Tick]:
    return [Tick(at_ns=second) for second in seconds]


def letter(name: str = "feed/1", reason: str = "mw: 'x' is no number") -> DeadLetter:
    rejected = Rejected(letter=name, feed="feed", reason=reason, received_at_ns=7)
    return DeadLetter(rejected, b"\x00raw")


def test_positions_are_dense_and_start_at_one(run_log: RedisLog) -> None:
    assert run_log.append(ticks(1, 2)) == [1, 2]
    assert run_log.append(ticks(3)) == [3]
    assert [entry.position for entry in run_log.read(0)] == [1, 2, 3]
    assert (run_log.first_position(), run_log.last_position()) == (1, 3)


def test_an_entry_comes_back_as_the_message_that_went_in(run_log: RedisLog) -> None:
    message = comment("a1", "näh", received_at_ns=5)
    run_log.append([message])
    assert decode(run_log.read(0)[0].body) == message


def test_equal_content_of_a_key_is_refused_whenever_it_was_received(run_log: RedisLog) -> None:
    assert run_log.append([comment("a1", received_at_ns=1)]) == [1]
    again = [comment("a1", received_at_ns=2), comment("a2"), comment("a2")]
    assert run_log.append(again) == [None, 2, None]


def test_a_b_a_is_two_corrections(run_log: RedisLog) -> None:
    versions = [comment("a1", text) for text in ("A", "B", "A")]
    assert run_log.append(versions) == [1, 2, 3]


def test_the_offset_moves_with_the_batch_also_when_all_of_it_is_duplicate(
    run_log: RedisLog,
) -> None:
    run_log.append([comment("a1")], source="day/x", offset=0)
    run_log.append([comment("a1")], source="day/x", offset=4)
    run_log.append([], source="day/x", offset=5)
    assert run_log.offsets() == {"day/x": 5}


def test_a_batch_repeated_after_its_answer_was_lost_has_no_effect(run_log: RedisLog) -> None:
    versions = [comment("a1", text) for text in ("A", "B", "A")]
    run_log.append(versions, source="day/x", offset=3)
    assert run_log.append(versions, source="day/x", offset=3) == [None, None, None]
    assert run_log.append(ticks(9), source="day/x", offset=2) == [None]
    assert run_log.last_position() == 3


def test_offsets_may_be_nanoseconds(run_log: RedisLog) -> None:
    second = 1_789_000_000_000_000_001
    run_log.append(ticks(1), source="clock", offset=second)
    assert run_log.append(ticks(2), source="clock", offset=second) == [None]
    assert run_log.append(ticks(2), source="clock", offset=second + 1) == [2]


def test_a_dead_letter_is_in_the_log_and_its_bytes_in_the_dead_stream(
    run_log: RedisLog, client: redis.Redis, run_name: str
) -> None:
    assert run_log.append([*ticks(1), letter(), *ticks(2)]) == [1, 2, 3]
    assert decode(run_log.read(1, 1)[0].body) == letter().rejected
    [(name, fields)] = client.xrange(RunKeys(run_name).dead)
    assert name == b"2-0"
    assert fields == {
        b"letter": b"feed/1",
        b"feed": b"feed",
        b"reason": b"mw: 'x' is no number",
        b"received_at_ns": b"7",
        b"raw": b"\x00raw",
    }


def test_a_dead_letter_is_known_by_its_name_alone(
    run_log: RedisLog, client: redis.Redis, run_name: str
) -> None:
    run_log.append([letter()])
    assert run_log.append([letter(reason="worded better"), letter("feed/2")]) == [None, 2]
    assert client.xlen(RunKeys(run_name).dead) == 2


def test_a_blocking_read_returns_what_is_there_or_nothing_after_its_time(
    run_log: RedisLog,
) -> None:
    assert run_log.read(0, block_seconds=0.01) == []
    run_log.append(ticks(1))
    assert [entry.position for entry in run_log.read(0, block_seconds=5)] == [1]


def test_a_trim_goes_no_further_than_the_slowest_reader(run_log: RedisLog) -> None:
    run_log.append(ticks(*range(1, 11)))
    run_log.pass_reader("monitor", 6)
    run_log.pass_reader("archive", 4)
    assert run_log.trim(keep_from=9) == 3
    assert run_log.first_position() == 4
    run_log.pass_reader("archive", 10)
    assert run_log.trim(keep_from=5) == 1
    assert run_log.first_position() == 5


def test_positions_go_on_after_a_trim_of_everything_read(run_log: RedisLog) -> None:
    run_log.append(ticks(1, 2, 3))
    run_log.pass_reader("monitor", 3)
    run_log.trim(keep_from=4)
    assert run_log.append(ticks(4)) == [4]


def test_a_trim_beyond_the_end_is_a_slip_and_removes_nothing(run_log: RedisLog) -> None:
    run_log.append(ticks(1, 2, 3))
    run_log.pass_reader("monitor", 3)
    with pytest.raises(LogError, match="the log ends at 3, before position 100"):
        run_log.trim(keep_from=100)
    assert run_log.first_position() == 1


def test_a_trim_is_refused_while_no_reader_is_known(run_log: RedisLog) -> None:
    run_log.append(ticks(1, 2))
    with pytest.raises(LogError, match="let the monitor take a snapshot"):
        run_log.trim(keep_from=2)
    assert run_log.first_position() == 1


def test_a_lost_head_is_an_error_for_the_one_who_needs_it(
    run_log: RedisLog, client: redis.Redis, run_name: str
) -> None:
    run_log.append(ticks(1, 2, 3, 4))
    client.xtrim(RunKeys(run_name).log, minid="3-0", approximate=False)
    run_log.require_head(2)
    with pytest.raises(LogError, match="begins at position 3, but 2 has not been read"):
        run_log.require_head(1)
    with pytest.raises(LogError, match="restore it from a backup"):
        run_log.read(1)


def test_a_lost_tail_is_an_error(run_log: RedisLog) -> None:
    run_log.append(ticks(1, 2))
    run_log.require_tail(2)
    with pytest.raises(LogError, match="ends at position 2, but 3 was read"):
        run_log.require_tail(3)


def test_runs_share_nothing(client: redis.Redis, run_name: str) -> None:
    RedisLog(client, run_name).append([comment("a1")], source="s", offset=3)
    other = RedisLog(client, run_name + "x")
    assert other.append([comment("a1")]) == [1]
    assert other.offsets() == {}


def test_starts_are_recorded_in_order(run_log: RedisLog) -> None:
    run_log.record_start("ingest", offset=0)
    run_log.record_start("monitor", position=12)
    first, second = run_log.starts()
    assert (first["process"], first["offset"]) == ("ingest", "0")
    assert (second["process"], second["position"]) == ("monitor", "12")
    assert run_log.has_started("monitor")
    assert not run_log.has_started("gateway")


def test_a_start_of_another_life_is_none_of_this_process(
    run_log: RedisLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.log.redis._LIFE", "before")
    run_log.record_start("monitor", position=12)
    monkeypatch.undo()
    assert not run_log.has_started("monitor")


def test_a_store_that_evicts_is_refused(own_store: EmbeddedStore) -> None:
    client = own_store.client()
    run_log = RedisLog(client, "r")
    run_log.require_safe_store()
    client.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(LogError, match=r"allkeys-lru.*start it with maxmemory-policy noeviction"):
        run_log.require_safe_store()


def test_a_wrong_url_is_one_clear_line() -> None:
    with pytest.raises(UsageError, match="correct the setting store_url"):
        connect("http://somewhere")


def test_a_script_survives_that_the_store_forgot_it(run_log: RedisLog, client: redis.Redis) -> None:
    run_log.append(ticks(1))
    client.script_flush()
    assert run_log.append(ticks(2)) == [2]


def deal(version: int, quantity_mw: float = 5.0, received_at_ns: int = 0) -> Trade:
    return Trade(
        source="desk",
        trade="T1",
        version=version,
        action=TradeAction.NEW if version == 1 else TradeAction.AMEND,
        product="physical",
        market="spp",
        book="B1",
        counterparty="CP-01",
        location="HUB_A",
        delivery_start_ns=0,
        delivery_end_ns=3600 * 10**9,
        quantity_mw=quantity_mw,
        price_usd_per_mwh=30.0,
        settles_at=SettlesAt.RTD,
        received_at_ns=received_at_ns,
    )


def test_a_version_of_a_trade_sent_again_is_told_where_it_lies(run_log: RedisLog) -> None:
    run_log.append(ticks(1))
    first = run_log.append_once([deal(1), deal(2), deal(1, received_at_ns=7)])
    again = run_log.append_once([deal(2, received_at_ns=9), deal(3)])

    assert first == [(Fate.APPENDED, 2), (Fate.APPENDED, 3), (Fate.REPEATED, 2)]
    assert again == [(Fate.REPEATED, 3), (Fate.APPENDED, 4)]
    assert run_log.last_position() == 4


def test_a_version_of_a_trade_with_other_content_is_not_appended(run_log: RedisLog) -> None:
    run_log.append([deal(1)])
    placed = run_log.append_once([deal(1, quantity_mw=6.0), deal(1), deal(1, quantity_mw=7.0)])

    assert placed == [(Fate.CONFLICT, 1), (Fate.REPEATED, 1), (Fate.CONFLICT, 1)]
    assert run_log.last_position() == 1


def test_the_first_content_of_a_version_stays_the_first_whatever_a_source_appended_since(
    run_log: RedisLog,
) -> None:
    """A source of records may append a second content: the log keeps what came, in order."""
    run_log.append([deal(1)])
    assert run_log.append([deal(1, quantity_mw=6.0), deal(1, quantity_mw=7.0)]) == [2, 3]
    placed = run_log.append_once([deal(1), deal(1, quantity_mw=7.0), deal(1, quantity_mw=6.0)])

    assert placed == [(Fate.REPEATED, 1), (Fate.CONFLICT, 1), (Fate.CONFLICT, 1)]
    assert run_log.append([deal(1, quantity_mw=7.0)]) == [None]
    assert run_log.last_position() == 3


def test_a_log_that_kept_only_digests_still_refuses_repeats(
    client: redis.Redis, run_name: str, run_log: RedisLog
) -> None:
    run_log.append([deal(1), comment("a1")])
    seen = RunKeys(run_name).seen
    for key in (deal(1).key, comment("a1").key):
        stored = client.hget(seen, key)
        assert isinstance(stored, bytes)
        client.hset(seen, key, stored[:16])

    assert run_log.append_once([deal(1)]) == [(Fate.REPEATED, 0)]
    assert run_log.append([comment("a1")]) == [None]
    assert run_log.last_position() == 2
