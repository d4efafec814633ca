"""`tieline bench`: what it runs, what it says, what it writes, and when it fails."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest

from benchmarks import bars, child, command, flow, growth, plot
from benchmarks.chain import ChainRun
from benchmarks.core import IDLE_TICK, PUBLICATION, CoreRun, Cost
from benchmarks.figures import Machine, Spread
from benchmarks.figures_of import TOLERANCE, Difference
from benchmarks.flow import BATCH, ONE, FlowRun
from benchmarks.growth import Growth, Point, shortened
from benchmarks.peers.peer import PeerRun
from benchmarks.rounds import Rounds
from benchmarks.rounds_taken import Round
from benchmarks.workload import FULL, QUICK, Size
from flows.commands import app
from flows.commands.bench import require_benchmarks
from state.errors import ConfigError, StateError

MACHINE = Machine(2, "3.11", "Linux", ahead=False, load_before=0.0, load_after=0.0)
BASE = shortened(FULL)
NEAR = Difference(0.0, 0.0, 0.0, 0.0)


def cost(kind: str, p50: float, p99: float) -> Cost:
    return Cost(kind, Spread(10, p50, p50, p99, p99), 1.0)


def core_run(
    name: str, *, rate: float = 60_000.0, trade: float = 10.0, mb: float = 500.0
) -> CoreRun:
    costs = [
        cost("trade", trade, 40.0),
        cost(PUBLICATION[name], 200.0, 600.0),
        cost(IDLE_TICK, 2.0, 5.0),
    ]
    return CoreRun(name, FULL, 1.0, costs, 100, rate, rate, 100.0, mb, 20.0, 30.0, NEAR, MACHINE)


def flow_run(name: str, at_once: int, rate: float) -> FlowRun:
    late = Spread(10, 1.0, 1.0, 1.0, 1.0)
    return FlowRun(name, FULL, at_once, 100, rate, late, 1, 100.0, NEAR, MACHINE)


def peer_run(name: str, rate: float) -> PeerRun:
    late = Spread(10, 1.0, 1.0, 1.0, 1.0)
    return PeerRun(name, "1.0", late, late, rate, 1.0, 100.0, 0.0, MACHINE)


def chain_run(p99: float) -> ChainRun:
    late = Spread(10, 5.0, 6.0, p99, p99)
    return ChainRun(FULL, 2_000.0, late, late, 100, 11_000.0, 1.0, 500.0, NEAR, MACHINE)


def a_round(*, core: float = 60_000.0, polars: float = 50.0, p99: float = 20.0) -> Round:
    return Round(
        core={name: core_run(name, rate=core) for name in PUBLICATION},
        flow={
            f"W1/{ONE}": flow_run("W1", ONE, 21_000.0),
            f"W1/{BATCH}": flow_run("W1", BATCH, 81_000.0),
        },
        chain=chain_run(p99),
        peers={"Polars": peer_run("Polars", polars), "C loop": peer_run("C loop", 150_000.0)},
    )


def held(found: list[bars.Bar]) -> dict[str, bool]:
    return {bar.name: bar.held for bar in found}


def test_every_bar_of_a_round_is_held_by_what_holds_it():
    found = held(Rounds(FULL, [a_round()] * 3, {}).bars())

    assert len(found) == 16
    assert all(found.values()), found


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        (a_round(core=49_000.0), "W1, core"),
        (a_round(core=40_000.0), "W1, the C loop against the core"),
        (a_round(polars=61.0), "W1, core against Polars"),
        (a_round(p99=25.0), "W2, trade to store at 2,000/s, p99"),
    ],
)
def test_a_bar_that_most_rounds_miss_is_missed_and_one_bad_round_of_three_misses_none(
    missing: Round, name: str
):
    assert held(Rounds(FULL, [a_round(), missing, a_round()], {}).bars())[name]
    assert not held(Rounds(FULL, [missing, missing, a_round()], {}).bars())[name]


def test_a_ratio_is_taken_within_each_round():
    slow, fast = a_round(core=10_000.0, polars=10.0), a_round(core=90_000.0, polars=90.0)
    rounds = Rounds(FULL, [slow, fast, fast], {})

    assert rounds.times_as_fast("Polars") == 1_000.0
    assert math.isnan(rounds.times_as_fast("Pathway"))


def test_what_was_not_measured_has_no_bar():
    only = Rounds(FULL, [Round(core={"W1": core_run("W1")})], {"Polars": "not installed"})

    assert all(name.startswith("W1, core") for name in held(only.bars()))


def point(dimension: str, value: int, *, trade: float = 10.0, mb: float = 500.0) -> Point:
    core = {name: core_run(name, trade=trade, mb=mb) for name in PUBLICATION}
    return Point(dimension, value, core, {})


def test_growth_is_held_to_its_bars_where_the_points_are_there():
    few, wide = point("trades", 100_000), point("nodes", 20_000)
    good = Growth(BASE, [few, point("trades", 1_000_000, trade=12.9), wide])
    bad = Growth(BASE, [few, point("trades", 1_000_000, trade=13.1, mb=1_001.0), wide])

    assert all(held(good.bars()).values())
    assert len(good.bars()) == 6
    assert sum(not bar.held for bar in bad.bars()) == 3
    assert Growth(QUICK, good.points).bars() == []
    assert Growth(BASE, [point("trades", 100)]).bars() == []


def test_a_growth_step_changes_one_dimension_and_the_base_is_measured_once(
    monkeypatch: pytest.MonkeyPatch,
):
    asked: list[Size] = []

    def answer(part: str, name: str, size: Size, kind: type) -> object:
        del kind
        if name == "W1":
            asked.append(size)
        return core_run(name) if part == "core" else peer_run(name, 1.0)

    monkeypatch.setattr(child, "measure", answer)
    measured = growth.measure(FULL, growth.STEPS, say=lambda _what: None)

    assert len(measured.points) == 12
    assert len(asked) == len(set(asked)) == 9
    assert {size.publications for size in asked} == {growth.PUBLICATIONS}
    assert measured.point("nodes", 20_000).value == 20_000


@pytest.mark.processes
@pytest.mark.parametrize(
    "name", [f"{name}/{at_once}" for name in PUBLICATION for at_once in (ONE, BATCH)]
)
def test_the_flow_gives_the_figures_of_a_recompute_one_by_one_and_in_batches(name: str):
    measured = child.measure("flow", name, QUICK, FlowRun)

    assert measured.difference.most <= TOLERANCE
    assert measured.entries_at_once == int(name[3:])
    entries = 288 if name.startswith("W1") else 570
    assert measured.milliseconds.count == -(-entries // measured.entries_at_once)
    assert measured.frame_bytes > 1_000


@pytest.mark.processes
def test_the_chain_stores_the_figures_of_a_recompute():
    measured = child.measure("chain", "W2/100", QUICK, ChainRun)

    assert measured.difference.most <= TOLERANCE
    assert measured.rate == 100.0
    assert measured.trade_milliseconds.count > 50
    assert measured.sustained_events > 100
    assert 0.0 < measured.sustained_a_second < 1e6


@pytest.mark.processes
def test_the_quick_size_of_the_command_is_measured_shown_and_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    out, picture = tmp_path / "bench.json", tmp_path / "bench.svg"
    wanted = ["core", "growth", "--quick", "--runs", "1", "--books", "4"]

    code = app.invoke(["bench", *wanted, "--out", str(out), "--plot", str(picture)])

    told = capfd.readouterr().out
    written = json.loads(out.read_text())
    assert code == 0, told
    assert "no bars: they are stated for the full size" in told
    assert written["rounds"]["size"]["books"] == 4
    assert set(written["rounds"]["rounds"][0]["core"]) == {"W1", "W2"}
    assert [each["value"] for each in written["growth"]["points"]] == [100, 200]
    assert written["bars"] == []
    assert "Events a second under W1" in told or "<svg" in picture.read_text()


def test_a_missed_bar_is_exit_code_2_and_stands_in_the_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    reason = "duckdb is not installed: pip install '.[peers]' in a checkout"
    slow = Rounds(FULL, [a_round(core=1_000.0)], {"DuckDB": reason})
    monkeypatch.setattr("benchmarks.rounds.measure", lambda *_args, **_kwargs: slow)

    assert app.invoke(["bench", "core"]) == 2
    shown = capsys.readouterr().out
    assert "W1, core: 1,000 events/s, must be at least 50,000: MISSED" in shown
    assert f"left out: DuckDB: {reason}" in shown
    assert app.invoke(["bench", "core", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["bars"]
    assert {each["held"] for each in told} == {True, False}


def test_a_picture_of_nothing_or_of_an_unknown_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(ConfigError, match="nothing to draw"):
        plot.draw(None, None, tmp_path / "a.svg")

    assert app.invoke(["bench", "core", "--plot", "figures.txt"]) == 3
    assert "must end in one of" in capsys.readouterr().err


def test_an_equal_picture_is_drawn_of_equal_figures(tmp_path: Path):
    rounds, grown = Rounds(FULL, [a_round()], {}), Growth(BASE, [point("nodes", 500)])
    for name in ("a.svg", "b.svg"):
        plot.draw(rounds, grown, tmp_path / name)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_an_installed_package_without_the_tree_says_where_the_benchmarks_are(tmp_path: Path):
    with pytest.raises(ConfigError, match="in the source tree"):
        require_benchmarks(tmp_path)


def test_a_flow_that_refuses_a_message_is_no_measurement():
    with pytest.raises(StateError, match="2 messages were refused, the first: unknown book"):
        flow.require_none_refused(["unknown book", "unknown node"])


def test_every_part_of_the_command_is_known_to_what_runs_it():
    from flows.commands.bench import BenchPart  # noqa: PLC0415 - beside its use

    assert {part.value for part in BenchPart} == {*command.Part, *command.ALONE}


def test_the_growth_of_the_bars_is_among_the_steps():
    assert {100_000, 1_000_000} <= set(growth.STEPS["trades"])
    assert 20_000 in growth.STEPS["nodes"]
    assert all(msgspec.structs.asdict(FULL)[name] in steps for name, steps in growth.STEPS.items())
