"""The peers of the benchmark: each keeps the right figures, and one that does not is caught."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from benchmarks import child
from benchmarks.figures_of import TOLERANCE
from benchmarks.marked_day import draw
from benchmarks.peers import drive, registry
from benchmarks.peers.numpy_full import NumpyFull
from benchmarks.peers.peer import PeerFigures, PeerRun, PeerTrade
from benchmarks.peers.registry import PEERS, PeerKind
from benchmarks.peers.streaming import Arrivals
from benchmarks.workload import QUICK
from state.errors import StateError

HERE = [name for name, kind in PEERS.items() if not kind.missing()]


def test_the_peers_that_always_run_are_here():
    assert {"C loop", "NumPy", "Polars", "pandas"} <= set(HERE)


@pytest.mark.processes
@pytest.mark.parametrize("name", HERE)
def test_a_peer_keeps_the_figures_of_a_recompute_from_scratch(name: str):
    size = msgspec.structs.replace(QUICK, publications=3, trades_between=7)
    measured = child.measure("peer", name, size, PeerRun)

    assert measured.off_by <= (1e-6 if PEERS[name].make().streams else TOLERANCE)
    assert measured.publication.count == 3
    assert 12 <= measured.trade.count <= 21
    assert measured.events_a_second > 1.0
    assert measured.memory_mb > 10.0


def test_a_peer_that_is_not_here_says_why_and_is_not_measured(monkeypatch: pytest.MonkeyPatch):
    absent = PeerKind("absent", "Absent", "no-such-engine", 1, 1)
    monkeypatch.setitem(registry.PEERS, "Absent", absent)

    assert "no-such-engine is not installed: pip install" in absent.missing()
    with pytest.raises(StateError, match="not installed"):
        drive.measure("Absent", QUICK)


class ForgetsATrade(NumpyFull):
    def trade(self, trade: PeerTrade) -> None:
        if self._count != QUICK.trades + 5:
            super().trade(trade)
        else:
            self._count += 1


class MissesAPrice(NumpyFull):
    def publish(self, hour: int, price: np.ndarray) -> None:
        super().publish(hour, np.append(price[:-1], 0.0))


class TakesTheNextScenario(NumpyFull):
    def figures(self) -> PeerFigures:
        var_usd = super().figures().var_usd.copy()
        var_usd[-1] *= 1.0 + 1e-8
        return super().figures()._replace(var_usd=var_usd)


class HasNoFigure(NumpyFull):
    def figures(self) -> PeerFigures:
        return super().figures()._replace(value_usd=np.full(QUICK.books, np.nan))


@pytest.mark.parametrize("wrong", [ForgetsATrade, MissesAPrice, TakesTheNextScenario, HasNoFigure])
def test_a_wrong_engine_is_caught(wrong: type[NumpyFull]):
    found = {}
    for kind in (NumpyFull, wrong):
        engine = kind()
        engine.load(draw(QUICK))
        sent = drive.Drive(engine, draw(QUICK))
        sent.run(drive._Share(3, 7, seconds=600.0))
        found[kind] = engine, sent.expected()

    drive.require_right("right", *found[NumpyFull])
    with pytest.raises(StateError, match="wrong: figures are off by"):
        drive.require_right("wrong", *found[wrong])


def test_figures_of_a_stream_have_arrived_only_when_all_are_the_expected_ones(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("benchmarks.peers.streaming.MOST_SECONDS", 0.1)
    expected = PeerFigures(np.ones((2, 3)), np.ones(2), np.ones(3))
    arrivals = Arrivals(2, 3)

    def all_but_one(figures: PeerFigures) -> None:
        for own in figures:
            own[...] = 1.0
        figures.var_usd[-1] = 1.001

    arrivals.note(all_but_one)
    with pytest.raises(StateError, match="did not arrive"):
        arrivals.wait(expected)
    arrivals.note(lambda figures: figures.var_usd.__setitem__(-1, 1.0))
    arrivals.wait(expected)
