"""The read model over a real store: newer wins, repeated has no effect, reading is strict."""

from __future__ import annotations

import numpy as np
import pytest
import redis

from connectors.log.redis import DeadLetter, RedisLog
from state.blocks import StoredView
from state.errors import WireError
from state.keys import RunKeys
from state.messages import Rejected
from state.screens.cases_seen import CaseView
from state.screens.clock_seen import ClockView
from state.screens.prices_seen import PriceView
from state.screens.views import Transition
from state.store import (
    Frame,
    Refusal,
    StoredLetter,
    StoreReader,
    StoreWriter,
    encode_frame,
    read_view,
    run_shown,
)
from state.wire import encode_state
from tests.state.transitions import transition


@pytest.fixture
def writer(client: redis.Redis, run_name: str) -> StoreWriter:
    return StoreWriter(client, run_name)


@pytest.fixture
def reader(client: redis.Redis, run_name: str) -> StoreReader:
    return StoreReader(client, run_name)


def clock(position: int) -> ClockView:
    return ClockView(company="c", position=position, tick_ns=position)


def frame(position: int, *transitions: tuple[int, int, Transition]) -> Frame:
    return encode_frame(position, {"clock": clock(position)}, transitions)


def ids(reader: StoreReader, after: str = "0-0") -> list[str]:
    return [stored.id for stored in reader.transitions(after)]


def test_what_is_written_is_read(writer: StoreWriter, reader: StoreReader) -> None:
    assert (reader.position(), reader.read_views(), reader.transitions()) == (0, {}, [])
    assert writer.write(frame(5, (4, 0, transition("a", 4))))
    assert reader.position() == 5
    assert reader.read_views() == {"clock": clock(5)}
    [stored] = reader.transitions()
    assert (stored.id, stored.transition) == ("4-0", transition("a", 4))


def test_columns_and_matrices_come_back_bit_for_bit_and_read_only(
    writer: StoreWriter, reader: StoreReader
) -> None:
    column = np.array([1.5, np.nan, -0.0])
    matrix = np.arange(6.0).reshape(3, 2)
    view = PriceView(
        market="spp",
        time_zone="America/Chicago",
        locations=["A", "B", "C"],
        kinds=["hub", "node", "node"],
        da=column,
        fmm=column,
        rtd=column,
        spread=column,
        da_interval_ns=1,
        fmm_interval_ns=1,
        rtd_interval_ns=1,
        da_received_ns=1,
        fmm_received_ns=1,
        rtd_received_ns=1,
        rtd_history=matrix,
        rtd_newest=2,
    )
    writer.write(encode_frame(1, {"price/spp": view}, []))
    read = reader.read_views(["price/spp"])["price/spp"]
    assert isinstance(read, PriceView)
    assert read.da.tobytes() == column.tobytes()
    assert read.rtd_history.tolist() == matrix.tolist()
    assert not read.da.flags.writeable


@pytest.mark.parametrize("stored", [np.array([1, 2]), np.array([1.0], np.float32), [1.0], None])
def test_a_column_of_anything_but_float64_is_refused(stored: object) -> None:
    plain = {
        "type": "pnl_curve",
        "books": [],
        "at_ns": [],
        "total": stored,
        "realised": np.zeros((0, 0)),
    }
    with pytest.raises(WireError, match="total"):
        read_view(StoredView(encode_state(plain), {}))
    assert read_view(StoredView(encode_state({**plain, "total": np.zeros((1, 2))}), {}))


def test_a_write_that_is_older_has_no_effect(writer: StoreWriter, reader: StoreReader) -> None:
    writer.write(frame(5, (5, 0, transition("a", 5))))
    assert not writer.write(frame(3, (3, 1, transition("b", 3))))
    assert reader.position() == 5
    assert reader.read_views() == {"clock": clock(5)}
    assert ids(reader) == ["5-0"]


def test_more_views_of_the_same_position_are_written_but_no_transition_twice(
    writer: StoreWriter, reader: StoreReader
) -> None:
    change = (5, 0, transition("a", 5))
    writer.write(frame(5, change))
    assert writer.write(encode_frame(5, {"cases": CaseView(cases=[])}, [change]))
    assert reader.read_views() == {"cases": CaseView(cases=[]), "clock": clock(5)}
    assert ids(reader) == ["5-0"]


def test_transitions_already_in_the_stream_are_not_repeated_by_a_longer_batch(
    writer: StoreWriter, reader: StoreReader
) -> None:
    first = [(4, 0, transition("a", 4)), (4, 1, transition("b", 4))]
    writer.write(frame(5, *first))
    writer.write(frame(12, *first, (11, 0, transition("c", 11)), (11, 1, transition("d", 11))))
    assert ids(reader) == ["4-0", "4-1", "11-0", "11-1"]
    assert ids(reader, "4-0") == ["4-1", "11-0", "11-1"]


def test_views_not_in_a_frame_stay(writer: StoreWriter, reader: StoreReader) -> None:
    writer.write(encode_frame(1, {"clock": clock(1), "cases": CaseView(cases=[])}, []))
    writer.write(frame(2))
    assert reader.read_views() == {"cases": CaseView(cases=[]), "clock": clock(2)}
    assert reader.read_views(["clock", "nothing"]) == {"clock": clock(2)}
    assert reader.read_views([]) == {}


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x01\xc1",
        encode_state({"type": "nothing"}),
        encode_state({"type": "clock", "company": 5, "position": 1, "tick_ns": 1}),
        encode_state({"type": "position", "open_mw": [1.0]}),
    ],
)
def test_a_stored_value_of_another_form_is_refused(
    client: redis.Redis, reader: StoreReader, run_name: str, stored: bytes
) -> None:
    client.hset(RunKeys(run_name).view, "clock", stored)
    with pytest.raises(WireError):
        reader.read_views()


def test_dead_letters_come_newest_first(
    client: redis.Redis, reader: StoreReader, run_name: str
) -> None:
    for number in (1, 2, 3):
        rejected = Rejected(
            letter=f"spp/{number}", feed="spp", reason="LMP is 'x'", received_at_ns=number
        )
        RedisLog(client, run_name).append([DeadLetter(rejected, b"raw\xff")])
    newest, second = reader.dead_letters(2)
    assert newest == StoredLetter("spp/3", "spp", "LMP is 'x'", 3, b"raw\xff")
    assert second.letter == "spp/2"


def test_signs_of_life_and_the_run_shown(
    client: redis.Redis, writer: StoreWriter, reader: StoreReader, run_name: str
) -> None:
    writer.beat("monitor", 5)
    writer.beat("monitor", 6)
    assert reader.heartbeats() == {"monitor": 6}
    writer.show()
    assert run_shown(client) == run_name


def test_an_entry_the_core_refused_is_a_dead_letter_once_however_often_it_is_written(
    writer: StoreWriter, reader: StoreReader
) -> None:
    refused = Refusal(7, 0, "west/trades", "book 'B9' is unknown; send it first", 5, b"the entry")
    writer.write(encode_frame(7, {}, [(7, 0, transition("c", 7))], [refused]))
    writer.write(encode_frame(9, {}, [], [refused, refused._replace(position=9, number=1)]))
    letters = {letter.letter: letter for letter in reader.dead_letters()}
    assert sorted(letters) == ["log/7-0", "log/9-1"]
    assert letters["log/7-0"] == StoredLetter(
        "log/7-0", "west/trades", "book 'B9' is unknown; send it first", 5, b"the entry"
    )
    assert ids(reader) == ["7-0"]
