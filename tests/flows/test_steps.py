"""The adapter between Bytewax and a state class."""

from __future__ import annotations

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.testing import TestingSink, TestingSource, run_main

from flows.steps import Numbered, fold_step
from state.messages import Tick
from state.store import Frame, read_view
from state.views import ClockView
from state.wire import encode
from tests.flows.tally import Tally


def entries(*positions: int) -> list[tuple[str, Numbered]]:
    return [("company", (position, encode(Tick(at_ns=position)))) for position in positions]


def fold(
    inputs: list[tuple[str, Numbered]], state: Tally, *, batch: int = 3, every_ticks: int = 1000
) -> tuple[list[Frame], list[int]]:
    """Return the frames that come out, and the positions at which snapshots were taken."""
    out: list[tuple[str, Frame]] = []
    kept: list[int] = []
    flow = Dataflow("test")
    stream = op.input("in", flow, TestingSource(inputs, batch_size=batch))
    frames = fold_step(
        "company",
        stream,
        restore=lambda: state,
        keep=lambda tally, _tick: kept.append(tally.position),
        every_ticks=every_ticks,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)
    return [frame for _, frame in out], kept


def clock_of(frame: Frame) -> ClockView:
    view = read_view(frame.views["clock"])
    assert isinstance(view, ClockView)
    return view


def test_a_batch_gives_one_frame_at_its_last_position() -> None:
    frames, _ = fold(entries(1, 2, 3, 4, 5), Tally("company"))
    assert [frame.position for frame in frames] == [3, 5]
    assert clock_of(frames[-1]).tick_ns == 5


def test_batches_of_any_size_end_the_same() -> None:
    ends = [fold(entries(*range(1, 20)), Tally("c"), batch=n)[0][-1].views for n in (1, 4, 19)]
    assert ends[0] == ends[1] == ends[2]


def test_what_the_state_has_seen_before_has_no_effect() -> None:
    state = Tally("company")
    fold(entries(1, 2, 3), state)
    digest = state.digest
    frames, _ = fold(entries(1, 2, 3), state)
    assert (frames, state.digest) == ([], digest)
    frames, _ = fold(entries(2, 3, 4), state)
    assert [frame.position for frame in frames] == [4]


def test_a_gap_stops_the_flow() -> None:
    with pytest.raises(BytewaxRuntimeError) as caught:
        fold(entries(1, 2, 4), Tally("company"))
    assert "log position 4 follows 2: entries are missing" in chain(caught.value)


def chain(error: BaseException | None) -> str:
    """Return the texts of an error and all its causes."""
    texts = []
    while error is not None:
        texts.append(str(error))
        error = error.__cause__
    return " / ".join(texts)


def test_snapshots_are_taken_at_a_tick_inside_a_batch_too() -> None:
    _, kept = fold(entries(*range(1, 12)), Tally("company"), batch=8, every_ticks=3)
    assert kept == [3, 6, 9]


def test_an_unreadable_entry_moves_the_position_on() -> None:
    broken = ("company", (2, b"\x01garbage"))
    state = Tally("company")
    frames, _ = fold([*entries(1), broken, *entries(3)], state)
    assert [frame.position for frame in frames] == [3]
    assert state.counts == {"Tick": 2, "skipped": 1}
