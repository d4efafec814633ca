"""The supervisor with real processes: small programs that mark what happens to them."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from structlog.testing import capture_logs

from flows import supervise
from flows.supervise import ProcessSpec, StartError, Supervisor, write_lock
from state.errors import ConfigError

ROOT = Path(__file__).parents[2]

WELL_BEHAVED = """
import os, pathlib, signal, sys, time
from flows.owned import die_with_owner
die_with_owner()
marks = pathlib.Path(sys.argv[1]); name = sys.argv[2]
def stop(*_):
    with open(marks / "stops", "a") as file: file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
print("at work", flush=True)
(marks / name).write_text(str(os.getpid()))
while True: time.sleep(0.05)
"""
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WELL_BEHAVED.replace(
    "signal.signal(signal.SIGINT, stop)", ""
)
CRASHING = "import sys; print('cannot find my feet', flush=True); sys.exit(7)"
FINISHING = "import pathlib, sys; pathlib.Path(sys.argv[1], sys.argv[2]).touch()"

Start = Callable[..., Supervisor]


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    return tmp_path


def spec(marks: Path, name: str, program: str = WELL_BEHAVED, **changes: object) -> ProcessSpec:
    mark = marks / name
    settings: dict[str, object] = {
        "name": name,
        "command": (sys.executable, "-c", program, str(marks), name),
        "environment": {"PYTHONPATH": str(ROOT)},
        "missing": lambda: "" if mark.exists() and mark.read_text() else "no mark yet",
    }
    return ProcessSpec(**{**settings, **changes})


@pytest.fixture
def run(marks: Path) -> Iterator[Start]:
    running: list[Supervisor] = []

    def start(*specs: ProcessSpec) -> Supervisor:
        supervisor = Supervisor(specs, pid_file=marks / "run" / "processes.json")
        running.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in running:
        supervisor.stop()


def tend_until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        supervisor.tend()
        time.sleep(0.02)


def pids(marks: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((marks / "run" / "processes.json").read_text())
    return found


def pid_of(marks: Path, name: str) -> int:
    return pids(marks)[name]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_others_start_when_the_first_is_ready_and_what_follows_it_is_done(marks: Path):
    seen: list[tuple[bool, bool]] = []
    supervisor = Supervisor(
        [spec(marks, "store"), spec(marks, "reader")], pid_file=marks / "run" / "processes.json"
    )

    supervisor.start(
        then=lambda: seen.append(((marks / "store").exists(), "reader" in pids(marks)))
    )
    supervisor.stop()

    assert seen == [(True, False)]
    assert (marks / "reader").exists()


def test_a_killed_process_is_started_again_and_counted(marks: Path, run: Start):
    supervisor = run(spec(marks, "worker"))
    before = pid_of(marks, "worker")

    os.kill(before, signal.SIGKILL)
    tend_until(supervisor, lambda: pid_of(marks, "worker") != before)

    assert supervisor.restarts == {"worker": 1}


def test_a_process_that_ends_with_0_has_finished_and_is_not_started_again(marks: Path, run: Start):
    finished = spec(marks, "short", FINISHING, missing=lambda: "")
    supervisor = run(finished)

    tend_until(supervisor, lambda: supervisor.finished == {"short"})
    for _ in range(20):
        supervisor.tend()
        time.sleep(0.02)

    assert supervisor.restarts == {"short": 0}


def test_a_crash_loop_pauses_ever_longer_and_is_named(
    marks: Path, run: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervise, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_PAUSE_SECONDS", 0.05)
    with capture_logs() as lines:
        supervisor = run(spec(marks, "broken", CRASHING, missing=lambda: ""))
        tend_until(supervisor, lambda: any(line["event"] == "process.crash_loop" for line in lines))

    named = next(line for line in lines if line["event"] == "process.crash_loop")
    assert supervisor.last_words == {"broken": "cannot find my feet"}
    pauses = [line["restart_in"] for line in lines if line["event"] == "process.died"]
    assert named["process"] == "broken"
    assert named["last_line"] == "cannot find my feet"
    assert pauses[:4] == [0.01, 0.02, 0.04, 0.05]


@pytest.mark.parametrize(("seconds", "loops"), [(12.0, 2), (61.0, 0)])
def test_deaths_in_a_row_are_a_loop_however_long_each_start_takes(
    marks: Path, seconds: float, loops: int
):
    child = supervise._Child(spec(marks, "slow"))
    with capture_logs() as lines:
        for number in range(supervise.CRASHES_OF_A_LOOP + 1):
            child.launched = number * 100.0
            child.running = mock.Mock(returncode=7)
            supervise._note_death(child, child.launched + seconds)

    assert [line["event"] for line in lines].count("process.crash_loop") == loops


def test_a_process_that_never_comes_ready_is_named_with_its_last_words(marks: Path, run: Start):
    broken = spec(marks, "broken", CRASHING, missing=lambda: "no answer", ready_seconds=1.0)

    with pytest.raises(
        StartError, match=r"broken did not come ready \(no answer\); it said: [a-z ]+ my feet; `tie"
    ):
        run(broken)


def test_what_died_besides_is_named_since_the_rest_may_wait_for_it(marks: Path, run: Start):
    store = spec(marks, "store", CRASHING, missing=lambda: "")
    waiting = spec(marks, "reader", missing=lambda: "the store is away", ready_seconds=1.0)

    with pytest.raises(StartError, match="; store died too and said last: cannot find my feet; `"):
        run(store, waiting)


def test_a_full_disk_does_not_end_what_waits_for_room(
    marks: Path, run: Start, monkeypatch: pytest.MonkeyPatch
):
    full = mock.Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    supervisor = run(spec(marks, "store", CRASHING, missing=lambda: ""))
    monkeypatch.setattr(Path, "write_bytes", full)
    with capture_logs() as lines:
        tend_until(supervisor, lambda: supervisor.restarts == {"store": 1})

    assert [line["reason"] for line in lines if line["event"] == "pids.not_written"] == [
        "No space left on device"
    ]


def test_a_place_that_cannot_be_written_is_told_before_anything_is_waited_for(
    marks: Path, run: Start
):
    (marks / "run").touch()

    with pytest.raises(FileExistsError):
        run(spec(marks, "store", CRASHING, missing=lambda: "never"))


def test_lines_of_a_process_are_logged_under_its_name(marks: Path, run: Start):
    with capture_logs() as lines:
        supervisor = run(spec(marks, "talker"))
        tend_until(supervisor, lambda: bool(lines))

    assert {"event": "at work", "process": "talker", "log_level": "info"} in lines


def test_stop_asks_in_reverse_order_the_first_process_last(marks: Path, run: Start):
    supervisor = run(spec(marks, "store"), spec(marks, "monitor"), spec(marks, "screen"))
    started = [pid_of(marks, name) for name in ("store", "monitor", "screen")]

    supervisor.stop()

    assert (marks / "stops").read_text().split()[-1] == "store"
    assert not any(is_alive(pid) for pid in started)
    assert not (marks / "run" / "processes.json").exists()


def test_a_process_that_does_not_stop_is_killed(
    marks: Path, run: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervise, "STOP_SECONDS", 0.3)
    supervisor = run(spec(marks, "deaf", DEAF))
    pid = pid_of(marks, "deaf")

    supervisor.stop()

    assert not is_alive(pid)


def test_nothing_outlives_a_supervisor_that_is_killed(marks: Path):
    program = f"""
import sys
from pathlib import Path
from flows.supervise import ProcessSpec, Supervisor
marks = Path({str(marks)!r})
command = (sys.executable, "-c", {WELL_BEHAVED!r}, str(marks), "child")
one = ProcessSpec("child", command, {{}}, lambda: "" if (marks / "child").exists() else "no")
supervisor = Supervisor([one], pid_file=marks / "run" / "processes.json")
supervisor.start()
supervisor.watch()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 15
    while not ((marks / "child").exists() and (marks / "child").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child = int((marks / "child").read_text())

    parent.kill()
    parent.wait()

    while is_alive(child):
        assert time.monotonic() < deadline, "the child outlived its supervisor"
        time.sleep(0.02)


def test_a_second_up_in_one_data_folder_is_refused_with_the_holder_named(tmp_path: Path):
    with (
        write_lock(tmp_path / "up.lock"),
        pytest.raises(ConfigError, match=rf"process {os.getpid()}.*TIELINE_DATA_DIR"),
    ):
        write_lock(tmp_path / "up.lock")

    write_lock(tmp_path / "up.lock").close()
