"""The adapter between Bytewax and a state class."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator, Sequence

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.testing import TestingSink, TestingSource, run_main

from connectors.source import Feed, FeedSource
from flows.steps import REST_SECONDS, Numbered, fold_step
from state.blocks import StoredView
from state.messages import AnyMessage, RunPhase, RunStatus, Tick, Trade, TradeCheck
from state.screens.clock_seen import ClockView
from state.screens.view import View
from state.screens.views import Transition
from state.store import Frame, read_view
from state.wire import encode
from tests.flows.tally import Tabled, Tally
from tests.small_days import deal

pytestmark = pytest.mark.alone  # frames are held to their share of the time


def entries(*positions: int) -> list[tuple[str, Numbered]]:
    return [("company", (position, encode(Tick(at_ns=position)))) for position in positions]


def fold(
    inputs: list[tuple[str, Numbered]],
    state: Tally,
    *,
    batch: int = 3,
    every_ticks: int = 1000,
    frame_share: float = 1.0,
    tables_seconds: float = 0.0,
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
        frame_share=frame_share,
        tables_seconds=tables_seconds,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)
    return [frame for _, frame in out], kept


def clock_of(frame: Frame) -> ClockView:
    view = read_view(StoredView(frame.views["clock"], {}))
    assert isinstance(view, ClockView)
    return view


def test_a_batch_gives_one_frame_at_its_last_position_and_tables_at_the_end() -> None:
    frames, _ = fold(entries(1, 2, 3, 4, 5), Tally("company"))
    shown = [(frame.position, "cases" in frame.views) for frame in frames]
    assert shown == [(3, True), (5, False), (5, True)]
    assert clock_of(frames[-1]).tick_ns == 5


class Laborious(Tally):
    """A tally whose views take five milliseconds."""

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Take some time, then return the views."""
        time.sleep(0.0 if seldom != 0 else 0.005)
        return super().changed_views(tables=tables)


class Seldom(Tally):
    """A tally with two views that take long."""

    @property
    def seldom_next(self) -> str:
        """The dear view, if there was a message since one was shown last."""
        return "dear" if self._dear_shown != self.position else ""

    _dear_shown = 0
    seconds = 0.02

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the views, as many dear ones as are asked for."""
        views = super().changed_views(tables=tables)
        dear = ("dear", "dearer")[:seldom]
        if dear:
            self._dear_shown = self.position
        time.sleep(self.seconds * len(dear))
        return {**views, **dict.fromkeys(dear, views["clock"])}


def test_dear_views_wait_when_frames_fly_by_but_never_at_the_end_of_a_run() -> None:
    end = (101, encode(RunStatus(run="r", phase=RunPhase.ENDED, at_ns=1)))
    frames, _ = fold([*trades(100), ("company", end)], Seldom("company"), batch=1)

    assert [frame.position for frame in frames] == list(range(1, 102))
    shown = [(frame.position, set(frame.views) & {"dear", "dearer"}) for frame in frames]
    both = {"dear", "dearer"}
    assert [each for each in shown if each[1]] == [(1, both), (101, both)]


def test_dear_views_that_are_due_come_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.steps.SELDOM_SHARE", 1.0)
    monkeypatch.setattr("flows.steps.SELDOM_DELAY_SECONDS", 1.0)
    monkeypatch.setattr("flows.steps.SELDOM_PATIENCE_SECONDS", 0.0)
    frames, _ = fold(trades(9), Seldom("company"), batch=1)

    first, *later = [len(set(frame.views) & {"dear", "dearer"}) for frame in frames]
    assert first == 2
    assert max(later) == 1
    assert sum(later) >= 8


def test_dear_views_come_when_no_entry_has_come_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flows.steps.SELDOM_SHARE", 1.0)
    monkeypatch.setattr("flows.steps.SELDOM_DELAY_SECONDS", 1.0)
    out: list[tuple[str, Frame]] = []
    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, FeedSource({"log": in_two_parts(out, [])}, threading.Event())),
        restore=lambda: Seldom("company"),
        keep=lambda _state, _tick: None,
        every_ticks=1000,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)

    shown = [(frame.position, set(frame.views) & {"dear", "dearer"}) for _, frame in out]
    assert shown[0] == (1, {"dear", "dearer"})
    assert [each for each in shown[1:] if each[1]] == [(3, {"dear"})]


class Timed(Seldom):
    """Notes after what pause its dear views are asked for."""

    seconds = 0.2

    def __init__(self, company: str) -> None:
        super().__init__(company)
        self.pauses: list[float] = []
        self._came = 0.0

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        self._came = time.monotonic()
        return super().apply(message, position)

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the views."""
        if seldom != 0:
            self.pauses.append(time.monotonic() - self._came)
        return super().changed_views(tables=tables, seldom=seldom)


def test_a_short_pause_is_no_rest_for_a_dear_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer one is, and may come of a processor that others use."""
    monkeypatch.setattr("flows.steps.SELDOM_SHARE", 1.0)
    monkeypatch.setattr("flows.steps.SELDOM_DELAY_SECONDS", 1.0)
    company = Timed("company")
    out: list[tuple[str, Frame]] = []

    def feed(stop: threading.Event) -> Iterator[list[tuple[str, Numbered]]]:
        for item in trades(25):
            yield [item]
            stop.wait(0.04)
        stop.wait(0.5)

    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, FeedSource({"log": feed}, threading.Event())),
        restore=lambda: company,
        keep=lambda _state, _tick: None,
        every_ticks=1000,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)

    tables = [frame.position for _, frame in out if "cases" in frame.views]
    dear = [frame.position for _, frame in out if "dear" in frame.views]
    assert len(tables) > 2, "the pauses are rests for tables"
    assert dear[0] == out[0][1].position, "the first frame has everything"
    assert dear[-1] == 25
    assert min(company.pauses[1:]) > 0.1


def in_two_parts(out: list[tuple[str, Frame]], ended: list[int]) -> Feed[tuple[str, Numbered]]:
    """Return a feed of a trade, two more after its frame, and half a second of rest."""

    def feed(stop: threading.Event) -> Iterator[list[tuple[str, Numbered]]]:
        first, *others = trades(3)
        yield [first]
        while not out:
            stop.wait(0.001)
        yield others
        stop.wait(0.5)
        ended.append(len(out))

    return feed


def trades(count: int) -> list[tuple[str, Numbered]]:
    return [("company", (at, encode(deal(at)))) for at in range(1, count + 1)]


def test_while_frames_are_dear_what_comes_is_folded_and_shown_together() -> None:
    frames, _ = fold(trades(200), Laborious("company"), batch=1, frame_share=0.2)

    # The first comes alone and is shown at once; the others wait for their share of the time.
    assert frames[0].position == 1
    assert len(frames) < 20
    assert frames[-1].position == 200


def test_no_transition_is_lost_or_moved_when_frames_are_put_together() -> None:
    alone, _ = fold(trades(50), Tally("company"), batch=1)
    together, _ = fold(trades(50), Laborious("company"), batch=1, frame_share=0.1)

    assert len(together) < len(alone)
    assert [each for frame in together for each in frame.transitions] == [
        each for frame in alone for each in frame.transitions
    ]
    assert together[-1].views == alone[-1].views


def test_who_asks_before_a_trade_waits_for_no_share_of_the_time_and_for_no_table() -> None:
    check = encode(TradeCheck(check="c", candidate=deal(1)))
    asked = [*trades(60), ("company", (61, check)), ("company", (62, encode(deal(62))))]
    frames, _ = fold(asked, LaboriousTabling("company"), batch=1, frame_share=0.01)

    shown = {frame.position: "cases" in frame.views for frame in frames}
    assert {at: shown[at] for at in (1, 61, 62)} == {1: True, 61: False, 62: True}


class Tabling(Tally):
    """A tally with ever more tables."""

    @property
    def tables_wait(self) -> bool:
        """There always are tables."""
        return True


class LaboriousTabling(Laborious, Tabling):
    """The same, laborious."""


class Hindered(Tabling):
    """A tally with ever more tables, whose eleventh message takes long on a clock of its own."""

    now_s = 0.0

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        """Count a message, the eleventh slowly."""
        self.now_s += 0.2 if position == 11 else 0.06
        return super().apply(message, position)

    def monotonic(self) -> float:
        """The clock, as the step asks for it."""
        return self.now_s


def test_what_waited_for_a_long_batch_does_not_wait_for_a_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flows.steps.HURRY_SECONDS", 0.15)
    # From 0.4 s after the first frame on, one table is due every 0.05 s; after a long batch no
    # sooner than 0.4 s later.
    hindered = Hindered("company")
    monkeypatch.setattr("flows.steps.time", hindered)
    frames, _ = fold(trades(13), hindered, batch=1, tables_seconds=0.4)

    shown = {frame.position: "cases" in frame.views for frame in frames if frame.position > 7}
    assert shown == {at: at != 11 for at in range(8, 14)}


def test_what_waits_is_shown_when_its_time_has_come_without_another_entry() -> None:
    moments: list[float] = []
    out: list[tuple[str, Frame]] = []
    source = FeedSource({"log": lambda stop: slowly(trades(3), stop, moments)}, threading.Event())
    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, source),
        restore=lambda: Laborious("company"),
        keep=lambda _state, _tick: None,
        every_ticks=1000,
        frame_share=0.2,
        tables_seconds=0.0,
    )
    op.output("out", op.map("note", frames, lambda item: note(item, moments)), TestingSink(out))
    run_main(flow)

    ended, *framed = moments[-1:] + moments[:-1]
    assert out[-1][1].position == 3
    assert framed[-1] < ended


def test_while_the_fold_keeps_up_frames_take_the_time_it_leaves() -> None:
    out: list[tuple[str, Frame]] = []
    source = FeedSource({"log": lambda stop: slowly(trades(60), stop, [])}, threading.Event())
    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, source),
        restore=lambda: Laborious("company"),
        keep=lambda _state, _tick: None,
        every_ticks=1000,
        frame_share=0.02,
        tables_seconds=0.0,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)

    # By their share of the time alone one frame of 5 ms would come every 250 ms.
    assert len(out) > 5
    assert out[-1][1].position == 60


def test_tables_come_less_often_than_figures_but_the_last_ones_are_never_lost() -> None:
    frames, _ = fold(trades(50), Tally("company"), batch=1, tables_seconds=1000.0)

    assert [frame.position for frame in frames] == [*range(1, 51), 50]
    assert all("clock" in frame.views for frame in frames)
    assert [at for at, frame in enumerate(frames) if "cases" in frame.views] == [0, 50]
    # What is announced does not wait for tables.
    assert [len(frame.transitions) for frame in frames] == [1] * 50 + [0]


def test_tables_that_wait_are_shown_when_their_time_has_come_without_another_entry() -> None:
    out: list[tuple[str, Frame]] = []
    ended: list[int] = []

    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, FeedSource({"log": in_two_parts(out, ended)}, threading.Event())),
        restore=lambda: Tally("company"),
        keep=lambda _state, _tick: None,
        every_ticks=1000,
        tables_seconds=0.1,
    )
    op.output("out", frames, TestingSink(out))
    run_main(flow)

    shown = [(frame.position, "cases" in frame.views) for _, frame in out]
    assert shown == [(1, True), (3, False), (3, True)]
    assert ended == [3]


def test_a_lone_trade_is_answered_with_figures_and_its_tables_follow_all_at_once() -> None:
    out: list[tuple[str, Frame]] = []
    moments: list[float] = []
    fed: list[float] = []

    def feed(stop: threading.Event) -> Iterator[list[tuple[str, Numbered]]]:
        for item, frames in zip(trades(3), (1, 3, 5), strict=True):
            fed.append(time.monotonic())
            yield [item]
            while len(moments) < frames and time.monotonic() < fed[-1] + 10.0:
                stop.wait(0.01)

    flow = Dataflow("test")
    frames = fold_step(
        "company",
        op.input("in", flow, FeedSource({"log": feed}, threading.Event())),
        restore=lambda: Tabled("company"),
        keep=lambda _state, _tick: None,
        every_ticks=1000,
    )
    op.output("out", op.map("note", frames, lambda item: note(item, moments)), TestingSink(out))
    run_main(flow)

    shown = [(frame.position, frame.views.keys() - {"clock"}) for _, frame in out]
    tables = {"cases", "limits"}
    assert shown == [(1, tables), (2, set()), (2, tables), (3, set()), (3, tables)]
    waited = [moments[2] - fed[1], moments[4] - fed[2]]
    assert min(waited) >= REST_SECONDS


def slowly(
    items: list[tuple[str, Numbered]], stop: threading.Event, moments: list[float]
) -> Iterator[list[tuple[str, Numbered]]]:
    """Yield items one by one, then wait a while before the end."""
    for item in items:
        yield [item]
        stop.wait(0.002)
    stop.wait(0.5)
    moments.append(time.monotonic())


def note(item: tuple[str, Frame], moments: list[float]) -> tuple[str, Frame]:
    moments.append(time.monotonic())
    return item


def test_batches_of_any_size_end_the_same() -> None:
    ends = [fold(entries(*range(1, 20)), Tally("c"), batch=n)[0][-1].views for n in (1, 4, 19)]
    assert ends[0] == ends[1] == ends[2]


class Picky(Tally):
    """Takes so many deals together at most, and counts how often it was asked."""

    most = 1
    asked = 0

    def apply_deals(self, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
        self.asked += 1
        return [self.apply(deal, position + at) for at, deal in enumerate(deals[: self.most])]


def test_deals_that_do_not_go_together_are_tried_ever_more_seldom_until_they_do() -> None:
    state, alone = Picky("company"), Tally("company")
    fold(trades(2000)[:1500], state, batch=500)
    in_vain, state.most = state.asked, 50
    fold(trades(4000)[1500:], state, batch=500)
    fold(trades(4000), alone, batch=1)

    assert in_vain < 20
    assert 10 < state.asked - in_vain < 100  # each of them takes fifty
    assert state.digest == alone.digest


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


class Keeping(Tally):
    """Keeps as many objects of a message as a book does of a contract."""

    def __init__(self, company: str) -> None:
        super().__init__(company)
        self.kept: list[object] = []

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        self.kept += [[position] for _ in range(20)]
        return super().apply(message, position)


@pytest.fixture
def collector_of_a_monitor() -> Iterator[None]:
    """Let the collector look as often as it does where nobody asks for less, as tests do."""
    asked = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*asked)


@pytest.mark.usefixtures("collector_of_a_monitor")
def test_what_an_opening_brings_is_set_aside_before_the_first_tick() -> None:
    state = Keeping("company")
    fold(trades(10_000), state, batch=500)
    left = {id(each) for each in gc.get_objects()}
    aside = sum(id(each) not in left for each in state.kept)
    assert aside > 0.8 * len(state.kept)


def test_an_unreadable_entry_moves_the_position_on() -> None:
    broken = ("company", (2, b"\x01garbage"))
    state = Tally("company")
    frames, _ = fold([*entries(1), broken, *entries(3)], state)
    assert [frame.position for frame in frames] == [3]
    assert state.counts == {"Tick": 2, "skipped": 1}
