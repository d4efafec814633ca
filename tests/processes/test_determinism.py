"""A day has one digest, wherever and however it is computed.

All of these play the whole shipped evening of scarcity, with the loops compiled at installation,
and once with loops compiled anew under another seed of hashing for no processor in particular
(``NUMBA_CPU_NAME``). They stand in one module, which one worker runs: what is compared with the
undisturbed day shares one replay of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.log.day_folder import local_moment_ns
from connectors.log.days import Day
from flows import ingest
from flows.days import SHIPPED, shipped_days
from flows.proof import require_recorded
from flows.settings import DEFAULT_START
from state.screens.clock_seen import ClockView
from state.store import StoreReader
from tests.ports import free_port
from tests.processes.houses import ROOT, Ending, environment, replayed
from tests.processes.plain_loop import features
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

PLAINEST = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(features()),
    "OPENBLAS_CORETYPE": "Prescott",
    "NUMBA_CPU_NAME": "generic",
}
"""A processor that has nothing but what numpy was built to rely on."""


def threads(count: int) -> dict[str, str]:
    return {"OPENBLAS_NUM_THREADS": str(count), "OMP_NUM_THREADS": str(count)}


def of_python(data: Path, *module: str, **variables: str) -> bytes:
    """Run a module in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment(data, **variables),
        stdout=subprocess.PIPE,
        timeout=1_200,
        check=True,
    )
    return ended.stdout


def plain_loop(day: Path, data: Path, *warm: str, **variables: str) -> dict[str, Any]:
    """Fold a day in a process of its own."""
    said = of_python(data, "tests.processes.plain_loop", str(day), *warm, **variables)
    ended: dict[str, Any] = json.loads(said)
    return ended


@pytest.mark.parametrize(("processor", "kept"), [({}, b"True"), (PLAINEST, b"False")])
def test_compiled_loops_are_known_to_be_kept_for_their_processor_alone(
    tmp_path: Path, processor: dict[str, str], kept: bytes
):
    of_python(tmp_path, "state.warm")
    asked = "from state.compiled import loops_are_kept; print(loops_are_kept())"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=environment(tmp_path, **processor),
        stdout=subprocess.PIPE,
        check=True,
    )

    assert said.stdout.strip() == kept


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
    first = free_port(2)
    addresses = f"127.0.0.1:{first};127.0.0.1:{first + 1}"
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
    assert [process.wait(240) for process in both] == [0, 0]

    reader = StoreReader(client, run_name)
    clock = reader.read_views(["clock"])["clock"]
    assert isinstance(clock, ClockView)
    assert (clock.digest, clock.timing_digest) == undisturbed.digests
    changes = [stored.transition for stored in reader.transitions(count=1_000_000)]
    assert [
        (each.case, each.sequence, each.change, each.at_ns) for each in changes
    ] == undisturbed.changes


def test_processor_seed_of_hashing_and_number_of_threads_make_no_difference(
    evening: Path, undisturbed: Ending, tmp_path: Path
):
    anew = {"NUMBA_CACHE_DIR": str(tmp_path / "loops"), **PLAINEST}
    elsewhere = plain_loop(evening, tmp_path, PYTHONHASHSEED="4242", **threads(4), **anew)

    assert elsewhere["features"] == []
    assert tuple(elsewhere["digests"]) == undisturbed.digests
    assert [tuple(change) for change in elsewhere["changes"]] == undisturbed.changes


def test_the_flow_ends_with_the_recorded_digest(evening: Path, undisturbed: Ending):
    recorded = require_recorded(evening)

    assert undisturbed.digests == (recorded.digest, recorded.timing_digest)


def test_from_the_shipped_opening_the_evening_ends_as_the_whole_day_does(
    evening: Path, undisturbed: Ending, tmp_path: Path
):
    manifest = Day.open(evening).manifest
    start_ns = local_moment_ns(manifest, DEFAULT_START)
    seconds_left = (manifest.to_ns - start_ns) // 1_000_000_000

    ended = replayed(evening, tmp_path, TIELINE_START_AT=DEFAULT_START)

    later = [change for change in undisturbed.changes if change[-1] > start_ns]
    assert seconds_left < ended.messages < undisturbed.messages / 2
    assert ended.digests == undisturbed.digests
    assert ended.changes == later
    assert later


@pytest.mark.parametrize("day", shipped_days())
def test_a_plain_loop_over_a_shipped_day_ends_with_its_recorded_digest(day: str, tmp_path: Path):
    """No message waits for a compiled loop: a monitor loads all of them before the first."""
    recorded = require_recorded(SHIPPED / day)

    ended = plain_loop(SHIPPED / day, tmp_path, "warm", PYTHONHASHSEED="1", **threads(1))

    assert ended["digests"] == [recorded.digest, recorded.timing_digest]
    assert ended["late"] == []
