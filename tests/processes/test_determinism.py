"""A day has one digest, wherever and however it is computed.

All of these play the whole shipped evening of scarcity; every plain loop compiles what is compiled
anew, in a cache of its own, once for no processor in particular (``NUMBA_CPU_NAME``).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.log.days import Day
from flows import ingest
from flows.days import SHIPPED, shipped_days
from flows.proof import require_recorded
from state.screens.views import ClockView
from state.store import StoreReader
from tests.processes.houses import ROOT, Ending, environment, free_port, replayed
from tests.processes.plain_loop import features
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

PLAINEST = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(features()),
    "OPENBLAS_CORETYPE": "Prescott",
    "NUMBA_CPU_NAME": "generic",
}
"""A processor that has nothing but what numpy was built to rely on."""


def plain_loop(day: Path, folder: Path, **variables: str) -> dict[str, Any]:
    """Fold a day in a process of its own, with nothing cached."""
    caches = {"NUMBA_CACHE_DIR": str(folder / "numba")}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.processes.plain_loop", str(day)],
        cwd=ROOT,
        env=environment(folder / "data", **caches, **variables),
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def test_two_workers_end_as_one_does(evening: Path, undisturbed: Ending, tmp_path: Path):
    ended = replayed(evening, tmp_path, TIELINE_WORKERS="2")

    assert ended.digests == undisturbed.digests
    assert ended.alerts == undisturbed.alerts


def test_two_processes_end_as_one_does(
    evening: Path,
    undisturbed: Ending,
    client: redis.Redis,
    shared_store: EmbeddedStore,
    run_name: str,
    tmp_path: Path,
):
    day = Day.open(evening)
    ingest.run(client, ingest.Played(run_name, day, speed=0, until_ended=True))
    settings = {
        "TIELINE_STORE_URL": shared_store.url,
        "TIELINE_RUN": run_name,
        "TIELINE_COMPANY": day.manifest.company,
    }
    addresses = f"127.0.0.1:{free_port()};127.0.0.1:{free_port()}"
    command = (sys.executable, "-m", "bytewax.run", "flows.monitor:flow(until_ended=True)")
    both = [
        subprocess.Popen(
            [*command, "-i", number, "-a", addresses],
            cwd=ROOT,
            env=environment(tmp_path / number, **settings),
            stdout=subprocess.DEVNULL,
        )
        for number in ("0", "1")
    ]
    assert [process.wait(120) for process in both] == [0, 0]

    reader = StoreReader(client, run_name)
    clock = reader.read_views(["clock"])["clock"]
    assert isinstance(clock, ClockView)
    assert (clock.digest, clock.timing_digest) == undisturbed.digests
    changes = [stored.transition for stored in reader.transitions(count=1_000_000)]
    assert [
        (each.case, each.sequence, each.change, each.at_ns) for each in changes
    ] == undisturbed.changes


def test_a_plain_loop_on_a_plain_processor_ends_as_the_flow_does(
    evening: Path, undisturbed: Ending, tmp_path: Path
):
    if not features():
        pytest.skip("this processor has no feature that numpy could be told not to use")
    ended = plain_loop(evening, tmp_path, **PLAINEST)

    assert ended["features"] == []
    assert tuple(ended["digests"]) == undisturbed.digests
    assert [tuple(change) for change in ended["changes"]] == undisturbed.changes


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_number_of_threads_makes_no_difference(
    evening: Path, undisturbed: Ending, tmp_path: Path, threads: str
):
    ended = plain_loop(evening, tmp_path, OPENBLAS_NUM_THREADS=threads, OMP_NUM_THREADS=threads)

    assert tuple(ended["digests"]) == undisturbed.digests


def test_the_seed_of_hashing_makes_no_difference(
    evening: Path, undisturbed: Ending, tmp_path: Path
):
    runs = [plain_loop(evening, tmp_path, PYTHONHASHSEED=seed) for seed in ("1", "4242")]

    assert runs[0]["hash"] != runs[1]["hash"]
    assert [tuple(run["digests"]) for run in runs] == [undisturbed.digests] * 2


def test_the_flow_ends_with_the_recorded_digest(evening: Path, undisturbed: Ending):
    recorded = require_recorded(evening)

    assert undisturbed.digests == (recorded.digest, recorded.timing_digest)


@pytest.mark.parametrize("day", shipped_days())
def test_a_plain_loop_over_a_shipped_day_ends_with_its_recorded_digest(day: str, tmp_path: Path):
    recorded = require_recorded(SHIPPED / day)

    ended = plain_loop(SHIPPED / day, tmp_path)

    assert ended["digests"] == [recorded.digest, recorded.timing_digest]
