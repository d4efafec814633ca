"""Compiled loops: warmed when the product is installed, the same bits as plain Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.market.hour_loops import spread_by_hub, spread_over_lines
from state.market.lines import RunLines
from state.risk.historical import tail_size, value_at_risk
from state.risk.tail import first_tails, follow_tail, follow_tails
from tests.state.compiled_loops import compiled_functions

AFTER_WARMING = """
import json
from msgspec.structs import replace
from tests.state.compiled_loops import compiled_functions, loaded
from state import warm
from state.company import Company

loops = list(compiled_functions())
inner = {name for loop in loops for name in loop.py_func.__code__.co_names}
assert loops
warm.load_loops()
idle = {loop.__name__ for loop in loops if not loop.signatures} - inner
before, hourly = loaded(), Company("hourly")
coarse = {"Market": "settlement_seconds", "PricePublication": "interval_seconds"}
for position, message in enumerate(warm.miniature(), start=1):
    name = coarse.get(type(message).__name__)
    hourly.apply(replace(message, **{name: 3600}) if name else message, position)
hourly.views()
print(json.dumps({"idle": sorted(idle), "late": sorted(loaded() - before)}))
"""


def test_the_miniature_log_needs_every_compiled_loop_and_a_market_by_the_hour_needs_no_other():
    """In a process of its own: here, other tests have used the loops before."""
    ended = subprocess.run(
        [sys.executable, "-c", AFTER_WARMING],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ended.stdout) == {"idle": [], "late": []}


def copied_core(folder: Path) -> Path:
    """Copy the core to where no loop can be kept: a file is where each folder for them would be."""
    core = folder / "state"
    shutil.copytree(
        Path(__file__).parents[2] / "state", core, ignore=shutil.ignore_patterns("__pycache__")
    )
    for module in list(core.rglob("__init__.py")):
        (module.parent / "__pycache__").touch()
    return folder


COMPILED_HERE = """
import numpy as np
from state.compiled import ArrayTable, floats_1, loops_are_kept, loops_can_be_kept, note_loops_kept

note_loops_kept()
table = ArrayTable(["f1"])
table.lay([np.array([1.0, 2.0])])
print(floats_1(table.numbers, 0)[1], loops_can_be_kept(), loops_are_kept())
"""


@pytest.mark.parametrize(
    ("home", "said"), [("nowhere", "2.0 False False"), ("own", "2.0 True False")]
)
def test_a_loop_is_compiled_where_its_folder_cannot_be_written(
    tmp_path: Path, home: str, said: str
):
    core = copied_core(tmp_path / "read-only")
    (tmp_path / "nowhere").touch()
    surroundings = {
        "PATH": os.defpath,
        "HOME": str(tmp_path / home),
        "PYTHONPATH": str(core),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ended = subprocess.run(
        [sys.executable, "-c", COMPILED_HERE],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == said


def test_no_loop_reorders_sums():
    loops = list(compiled_functions())

    assert loops
    assert not any(loop.targetoptions.get("fastmath") for loop in loops)


@pytest.mark.parametrize(("scenarios", "confidence"), [(500, 0.95), (500, 0.99), (3000, 0.95)])
def test_the_tail_is_that_of_a_sorted_vector(scenarios: int, confidence: float):
    pnl = np.random.default_rng(scenarios).normal(size=(3, scenarios))
    k = tail_size(scenarios, confidence)
    worst = np.sort(pnl, axis=1)[:, :k]

    var, es = value_at_risk(pnl, confidence=confidence)

    assert var.tolist() == (-worst[:, -1]).tolist()
    np.testing.assert_allclose(es, -worst.mean(axis=1), rtol=1e-14)


@settings(deadline=None)  # the first call of a loop loads it from disk, or compiles it
@given(st.data())
def test_a_tail_is_the_same_wherever_it_begins(data: st.DataObject):
    """Few distinct values, so that many scenarios are level with the tail's edge."""
    scenarios = data.draw(st.integers(1, 40))
    k = data.draw(st.integers(1, scenarios))
    value = st.integers(-3, 3).map(float)
    pnl = np.array([data.draw(st.lists(value, min_size=scenarios, max_size=scenarios))])
    begun = np.array([data.draw(st.permutations(range(scenarios)))[:k]])
    found, anew = np.empty((2, 1)), np.empty((2, 1))

    follow_tails(pnl, begun, *found)
    follow_tails(pnl, first_tails((1,), k), *anew)

    assert found.tobytes() == anew.tobytes()
    assert pnl[0, begun[0]].tolist() == np.sort(pnl[0])[:k].tolist()
    assert len(set(begun[0].tolist())) == k


def test_a_compiled_loop_gives_the_bits_of_the_same_python():
    pnl = np.random.default_rng(3).normal(size=(4, 200))
    room = np.empty(10), np.zeros(200, dtype=np.bool_)

    compiled = [follow_tail(row, np.arange(10), *room) for row in pnl]
    plain = [follow_tail.py_func(row, np.arange(10), *room) for row in pnl]

    assert np.array(compiled).tobytes() == np.array(plain).tobytes()


def test_sums_by_hub_are_those_of_each_hub_alone_and_add_up_to_those_by_book():
    draw = np.random.default_rng(5)
    lines, places, books, hubs = 300, 20, 4, 3
    columns = np.zeros((5, lines), dtype=np.int64)
    columns[:2] = draw.integers(0, [[books], [places]], (2, lines))
    mw, moved = draw.normal(size=lines), draw.normal(size=places)
    moved[::4] = 0.0
    rank = draw.integers(0, hubs, places)
    by_book, by_hub = np.zeros(books), np.zeros((hubs, books))
    told = np.array((np.arange(lines), columns[1], columns[0]), dtype=np.int32)
    of_run = RunLines(told, np.array([lines]))

    spread_by_hub(mw, *of_run.keys(rank * books), moved, by_book, by_hub.reshape(-1))

    for hub in range(hubs):
        own, here = np.zeros(books), np.where(rank == hub, moved, 0.0)
        spread_over_lines(mw, columns, lines, here[None], own)
        assert by_hub[hub].tobytes() == own.tobytes()
    assert by_book.tobytes() == (by_hub[0] + by_hub[1] + by_hub[2]).tobytes()


def test_a_loop_that_reads_beyond_an_array_fails_in_tests():
    pnl, tail = np.zeros((1, 3)), np.array([[0, 7]])

    with pytest.raises(IndexError):
        follow_tails(pnl, tail, np.zeros(1), np.zeros(1))
