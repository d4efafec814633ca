"""The commands as a person types them: real processes, a real store, a small day."""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from flows.commands import app
from flows.commands.up import prepare
from flows.days import find_day
from flows.settings import DEFAULT_DAY, PROCESSES, Settings
from flows.writable import require_writable_file
from tests.ports import house_ports
from tests.small_days import price_body, record_line, trade, write_day
from tests.typed import typed

ROOT = Path(__file__).parents[2]
TIELINE = [sys.executable, str(ROOT / "tieline.py")]
DESK = ROOT / "policies" / "desk-limits.yaml"
SECONDS_TO_START = 40


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Ten minutes with two publications, three trades and one row that is no number."""
    return write_day(
        tmp_path / "small",
        receipts={310.0: price_body(300, 31.5), 610.0: price_body(600, 900.0, bad_row=True)},
        records=[record_line(20 + n, trade(n)) for n in range(3)],
        last_second=660,
    )


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIELINE_")}
    return {**kept, "TIELINE_DATA_DIR": str(folder / "data"), "NO_COLOR": "1", **more}


def tieline(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TIELINE, *arguments],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# What is wrong is one line ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fly"], 3, "No such command 'fly'"),
        (["up", "--speed", "fast"], 3, "'--speed'"),
        (["replay"], 3, "Missing argument"),
        (["replay", "no-such-day"], 3, "no day 'no-such-day'"),
        (["replay", "no-such-day", "--speed", "0"], 3, "--speed 0: a number above 0, or max"),
        (["run", "sculptor"], 3, "'sculptor' is no process"),
        (["parse", "atlantis", "file"], 3, "'atlantis' is no market"),
        (["up", "--live", "caiso"], 3, "--live caiso needs --live-file FILE"),
        (["up", "--live", ""], 3, "'--live': names no market; name those to follow, or leave"),
        (["up", "--live", " ,"], 3, "setting live: names no market; name those to follow, or"),
        (["up", "--live", "caiso", "--day", "x"], 3, "--live and --day exclude each other"),
        (["up", "--live", "caiso", "--from", "10:00"], 3, "--live and --from exclude each other"),
        (["simulate", "atlantis"], 3, "no simulated 'atlantis'"),
        (["archive", "day"], 1, "there is no run 'live'"),
        (["up", "--from", "12:00"], 3, "or name the day by its folder and leave --from out"),
        (["up", "--config", "no.yaml"], 3, "cannot read the settings file no.yaml"),
        (["up", "--speed", "-1"], 3, "setting speed: Input should be greater than or equal to 0"),
        (["up", "--live", "caiso", "--live-file", "no.yaml"], 3, "name a YAML file of live feeds"),
        (["up", "--day", "no-such-day"], 3, "no day 'no-such-day'"),
        (["diff", "no-such-day", "--policy", str(DESK)], 3, "no day 'no-such-day'"),
        (["foresight", "no-such-day"], 3, "no day 'no-such-day'"),
        (["hedge", "--replayed", DEFAULT_DAY, "--until", "25:00"], 3, "'25:00' is no time of a"),
        (
            ["hedge", "--replayed", "2025-11-02-caiso-25-hours", "--until", "01:30"],
            3,
            "01:30 comes twice on 2025-11-02; write 01:30-07:00 or 01:30-08:00",
        ),
        (["up", "--day", "2026-03-08-caiso-23-hours", "--from", "02:30"], 3, "never comes on"),
        (["backfill", "caiso", "--from", "x", "--to", "y"], 3, "needs --live-file FILE"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path))
    assert app.invoke(arguments) == code

    out, err = capsys.readouterr()
    assert said in err
    assert err.startswith("tieline: ")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SPEED", "-1"), ("DASHBOARD_PORT", "0"), ("STAR_AT", "16:30"), ("SINKS", '[{"kind": "x"}]'),
     ("STORE_URL", "localhost:6379")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_wrong_usage(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(f"TIELINE_{setting}", value)
    monkeypatch.setenv("TIELINE_RUN", "x")

    assert app.invoke(["log", "show"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", DEFAULT_DAY, "--out", "{file}"],
        ["diff", DEFAULT_DAY, "--policy", str(DESK), "--out", "{file}/x.csv"],
        ["report", "nop", "--day", DEFAULT_DAY, "--out", "{file}/x.csv"],
        ["stress", "--replayed", DEFAULT_DAY, "--out", "{file}/x.json"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_day_is_played(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The day takes minutes, and its outcome would be lost."""

    def played(*_: object, **__: object) -> None:
        pytest.fail("the day was played first")

    file = tmp_path / "taken"
    file.write_text("mine", encoding="utf-8")
    monkeypatch.setattr("flows.replay.replay", played)
    monkeypatch.setattr("flows.diff.play", played)
    monkeypatch.setattr("flows.fold.fold", played)
    monkeypatch.setattr("flows.standing.company_of", played)

    done = typed(tmp_path, *(each.format(file=file) for each in arguments))

    assert done.returncode in {1, 2}
    assert str(file) in done.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_file_that_may_be_written_is_left_as_it_is_until_it_is(tmp_path: Path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("as it was", encoding="utf-8")

    require_writable_file(old)
    require_writable_file(new)

    assert old.read_text(encoding="utf-8") == "as it was"
    assert not new.exists()


def test_a_command_imports_no_other():
    """A house starts six processes, one after another: none waits for what it never does."""
    asks = """
import sys
from flows.commands.app import COMMANDS, invoke
invoke(["run", "nothing"])
print(*(name for name in COMMANDS if f"flows.commands.{name}" in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["run"]


@pytest.mark.parametrize("module", ["flows.courier", "flows.notify", "dashboards.app"])
def test_who_shows_or_tells_what_is_known_waits_for_no_compiler(module: str):
    asks = f"import sys, {module}; print('numba' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


def test_a_fault_of_ours_shows_its_traceback_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(*_: object, **__: object) -> None:
        reason = "wheel came off"
        raise ZeroDivisionError(reason)

    monkeypatch.setattr("flows.commands.replay.find_day", fail)
    assert app.invoke(["replay", "x"]) == 1
    assert "unexpected ZeroDivisionError: wheel came off" in capsys.readouterr().err

    monkeypatch.setenv("TIELINE_DEBUG", "1")
    app.invoke(["replay", "x"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk has no room (No space left"),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.csv"),
            "the disk has no room for a.csv",
        ),
        (
            OSError(errno.ENOSPC, "No space", "from", None, "to"),
            "the disk has no room for to (No sp",
        ),
        (redis.ConnectionError("away"), "the store does not answer (away); start it"),
        (
            redis.ResponseError("MISCONF no space"),
            "did not do what it was asked (MISCONF no space)",
        ),
    ],
)
def test_a_full_disk_and_a_store_that_refuses_are_told_in_words(
    fault: Exception, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("flows.commands.replay.find_day", mock.Mock(side_effect=fault))

    assert app.invoke(["replay", "x"]) == 1
    assert says in capsys.readouterr().err


def test_a_fault_at_the_end_of_a_file_is_told_and_no_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    cut = mock.Mock(side_effect=EOFError("ended before its end"))
    monkeypatch.setattr("flows.commands.replay.find_day", cut)

    assert app.invoke(["replay", "x"]) == 1
    assert "unexpected EOFError: ended before its end" in capsys.readouterr().err


# parse --------------------------------------------------------------------------------------


def test_no_command_at_all_is_answered_with_the_list_of_commands(
    capsys: pytest.CaptureFixture[str],
):
    assert app.invoke([]) == 3
    assert "\n  replay " in capsys.readouterr().out


def test_parse_says_of_what_is_no_file_what_to_name(tmp_path: Path):
    done = typed(tmp_path, "parse", "caiso", str(tmp_path), "no.csv")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{tmp_path} cannot be read (Is a directory); name a file that holds one body",
        "no.csv cannot be read (No such file or directory); name a file that holds one body",
    ]


def test_parse_prints_a_record_a_line_and_names_the_bad_row(tmp_path: Path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(price_body(300, 31.5))
    bad.write_bytes(price_body(600, 32.5, bad_row=True))

    fine = tieline(tmp_path, "parse", "spp", str(good))
    mixed = typed(tmp_path, "parse", "spp", str(good), str(bad))

    assert fine.returncode == 0
    assert [json.loads(line)["lmp"] for line in fine.stdout.splitlines()] == [[31.5, 31.5]]
    assert mixed.returncode == 1
    assert len(mixed.stdout.splitlines()) == 2
    assert "n/a" in mixed.stderr


def test_parse_reads_back_what_it_printed(tmp_path: Path):
    body, records = tmp_path / "body.csv", tmp_path / "records.jsonl"
    body.write_bytes(price_body(300, 31.5))
    records.write_text(typed(tmp_path, "parse", "spp", str(body)).stdout, encoding="utf-8")

    assert typed(tmp_path, "parse", "records", str(records)).stdout == records.read_text()


# replay -------------------------------------------------------------------------------------


def replayed(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = tieline(folder, "replay", *arguments, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else {"error": done.stderr}


@pytest.mark.processes
def test_a_replay_ends_with_its_files_and_proves_the_digest_it_found(tmp_path: Path, day: Path):
    code, first = replayed(tmp_path, str(day), "--out", str(tmp_path / "out"))

    assert code == 0
    # One payload cannot be read; three messages speak of a market the day never opened.
    assert first["dead_letters"] == 4
    assert first["messages"] > 660
    assert first["digest"]
    written = [json.loads(line) for line in (tmp_path / "out" / "states.jsonl").open()]
    assert {"clock", "cases", "feeds"} <= {line["view"] for line in written}
    assert json.loads((tmp_path / "out" / "digest.json").read_text())["digest"] == first["digest"]
    assert (tmp_path / "out" / "alerts.jsonl").exists()

    assert replayed(tmp_path, str(day), "--prove")[0] == 1, "nothing recorded, nothing proved"
    manifest = json.loads((day / "manifest.json").read_text())
    found = {name: first[name] for name in ("digest", "timing_digest")}
    (day / "manifest.json").write_text(json.dumps({**manifest, **found}))
    assert replayed(tmp_path, str(day), "--prove")[0] == 0


def test_a_replay_that_is_interrupted_says_so_by_its_exit_code_alone(
    tmp_path: Path, day: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in handled}
    monkeypatch.setattr(
        "flows.supervise.Supervisor.start", lambda _: signal.raise_signal(signal.SIGINT)
    )
    try:
        code = app.invoke(["replay", str(day), "--out", str(tmp_path / "out")])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert (code, capsys.readouterr().err) == (130, "")
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.processes
def test_a_replay_that_differs_names_the_first_message_at_which_it_does(tmp_path: Path, day: Path):
    code, recorded = replayed(tmp_path, str(day), "--record")
    assert code == 0
    records = day / "records.jsonl"
    lines = records.read_text().splitlines()
    bad = json.dumps({**json.loads(lines[1]), "body": "no trade at all"})
    records.write_text("\n".join([lines[0], bad, lines[2], ""]))

    code, differing = replayed(tmp_path, str(day), "--prove")

    assert code == 2
    assert differing["proved"] is False
    now, then = differing["timing_digest"], recorded["timing_digest"]
    assert differing["differs"][0] == f"timing digest is {now}, recorded is {then}"
    assert differing["differs"][-1].startswith("first at the tick of 00:00:22: rejected/")


@pytest.mark.processes
def test_a_replay_under_another_policy_leaves_the_day_alone(tmp_path: Path, day: Path):
    opening = (day / "opening.jsonl.gz").read_bytes()
    policy = ROOT / "policies" / "desk-limits.yaml"

    code, found = replayed(tmp_path, str(day), "--policy", str(policy), "--out", str(tmp_path))

    clock = next(line for line in (tmp_path / "states.jsonl").open() if '"clock"' in line)
    assert code == 0, found
    assert json.loads(clock)["policies"][0].startswith("desk-limits ")
    assert (day / "opening.jsonl.gz").read_bytes() == opening


def test_a_policy_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, day: Path):
    policy = tmp_path / "mine.yaml"
    policy.write_text("limits: [\n", encoding="utf-8")

    done = typed(tmp_path, "replay", str(day), "--policy", str(policy))

    assert done.returncode == 1
    assert done.stderr.startswith(f"tieline: {policy}: line 2: ")


@pytest.mark.parametrize(
    "damaged",
    [gzip.compress(b"{}")[:-9], gzip.compress(b"{}")[:10] + b"\xff" * 40, b"{}"],
    ids=["cut off", "spoilt", "not packed"],
)
def test_under_a_policy_an_opening_that_is_damaged_is_named(
    tmp_path: Path, day: Path, damaged: bytes
):
    opening, policy = day / "opening.jsonl.gz", ROOT / "policies" / "desk-limits.yaml"
    opening.write_bytes(damaged)

    done = typed(tmp_path, "replay", str(day), "--policy", str(policy))

    assert done.returncode == 1
    assert done.stderr.startswith(f"tieline: {opening} cannot be unpacked (")
    assert done.stderr.endswith("; make the day again\n")


# up -----------------------------------------------------------------------------------------


class House:
    """`tieline up` in a process group of its own, as a shell would start it."""

    def __init__(self, folder: Path, day: Path, *, speed: str = "1", **more: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*TIELINE, "up", "--day", str(day), "--speed", speed, "--json"],
            env=environment(folder, **more),
            stdout=subprocess.PIPE,
            stderr=(folder / "up.log").open("w"),
            text=True,
            start_new_session=True,
        )

    def announcement(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "up.log").read_text()
        said: dict[str, Any] = json.loads(line)
        return said

    def pids(self) -> dict[str, int]:
        path = self.folder / "data" / "run" / "processes.json"
        found: dict[str, int] = json.loads(path.read_text())
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def houses() -> Iterator[list[House]]:
    started: list[House] = []
    yield started
    for house in started:
        if house.process.poll() is None:
            house.process.kill()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def answers(address: str) -> int:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback
        return int(answer.status)


def dialled(gateway: dict[str, str]) -> ClientConnection:
    """Connect as the desk; again where the gateway has yet to see the run's first view."""
    token = (Path(gateway["tokens"]) / "desk.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            address = f"{gateway['address']}/trades"
            return connect(address, additional_headers=headers, compression=None)
        except InvalidStatus as refused:
            soon = b"connect again soon" in (refused.response.body or b"")
            if not soon or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def booked(gateway: dict[str, str]) -> str:
    """Send a trade with the token the house made for the desk."""
    with dialled(gateway) as trades:
        trades.send(json.dumps(trade(99) | {"product": "energy"}))
        [result] = json.loads(trades.recv(timeout=20))["results"]
    return str(result["outcome"])


def test_the_default_day_starts_before_its_evening_and_by_its_folder_at_midnight():
    by_name, _ = prepare(Settings(start_at="", day=DEFAULT_DAY))
    by_folder, _ = prepare(Settings(start_at="", day=str(find_day(DEFAULT_DAY))))

    assert (by_name.start_at, by_folder.start_at) == ("16:30", "")


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_until_it_is_stopped_and_leaves_nothing_behind(
    tmp_path: Path, day: Path, houses: list[House], number: signal.Signals
):
    house = House(tmp_path, day, **house_ports())
    houses.append(house)
    said = house.announcement()
    pids = house.pids()

    assert answers(said["sign_in"]["desk"]) == 200
    assert all(answers(address) == 200 for address in said["health"].values())
    assert set(pids) == {"supervisor", *PROCESSES}
    assert booked(said["gateway"]) == "appended"

    assert house.stop(number) == 0
    assert not [name for name, pid in pids.items() if is_alive(pid)]


@pytest.mark.processes
def test_nothing_outlives_a_house_that_is_killed(tmp_path: Path, day: Path, houses: list[House]):
    house = House(tmp_path, day, **house_ports())
    houses.append(house)
    house.announcement()
    pids = house.pids()

    house.process.kill()

    deadline = time.monotonic() + 10
    while left := [name for name, pid in pids.items() if name != "supervisor" and is_alive(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


@pytest.mark.processes
def test_a_process_that_is_killed_comes_back_under_a_new_pid(
    tmp_path: Path, day: Path, houses: list[House]
):
    house = House(tmp_path, day, **house_ports())
    houses.append(house)
    house.announcement()
    before, killed = house.pids(), ("store", "monitor", "ingest")

    for name in killed:
        os.kill(before[name], signal.SIGKILL)
    deadline = time.monotonic() + SECONDS_TO_START
    # One that is about to be started again has no pid for a moment.
    while any(house.pids().get(name) in (None, before[name]) for name in killed):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert house.stop() == 0


@pytest.mark.processes
def test_the_end_of_the_day_is_said_and_its_last_state_stays(
    tmp_path: Path, day: Path, houses: list[House]
):
    house = House(tmp_path, day, speed="3600", **house_ports())
    houses.append(house)
    said = house.announcement()

    assert house.announcement() == {"event": "day_over", "day": "small"}
    assert answers(said["sign_in"]["risk"]) == 200
    assert house.stop() == 0


@pytest.mark.processes
def test_two_houses_in_one_folder_are_one_too_many_and_a_later_one_is_fine(
    tmp_path: Path, day: Path, houses: list[House]
):
    first = House(tmp_path, day, **house_ports())
    houses.append(first)
    said = first.announcement()

    second = tieline(tmp_path, "up", "--day", str(day), **house_ports())
    assert second.returncode == 1
    assert f"(process {first.process.pid})" in second.stderr
    assert "TIELINE_DATA_DIR" in second.stderr

    first.stop()
    third = House(tmp_path, day, **house_ports())
    houses.append(third)
    assert third.announcement()["run"] != said["run"]
    assert third.stop() == 0


def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path, day: Path):
    ports = house_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(ports["TIELINE_DASHBOARD_PORT"])))
        taken.listen()

        refused = tieline(tmp_path, "up", "--day", str(day), **ports)

    assert refused.returncode == 1
    assert f"port {ports['TIELINE_DASHBOARD_PORT']} (the dashboard) is in use" in refused.stderr
    assert f"process {os.getpid()} (" in refused.stderr
    assert "TIELINE_DASHBOARD_PORT" in refused.stderr
    assert not list((tmp_path / "data").glob("runs/*"))


@pytest.mark.processes
def test_ctrl_c_at_a_terminal_ends_make_up_with_0(tmp_path: Path, day: Path):
    """`make` dies of a Ctrl-C it receives itself; the house takes the terminal over."""
    makefile = tmp_path / "Makefile"
    command = " ".join([*TIELINE, "up", "--day", str(day), "--json"])
    makefile.write_text(f"up:\n\t@exec {command}\n", encoding="utf-8")
    pid, terminal = pty.fork()
    if pid == 0:
        variables = environment(tmp_path, **house_ports())
        os.execvpe("make", ["make", "-f", str(makefile)], variables)  # noqa: S606 - as a shell does
    said = b""
    deadline = time.monotonic() + SECONDS_TO_START
    while b'"sign_in"' not in said:
        assert time.monotonic() < deadline, said.decode()
        said += os.read(terminal, 4096)

    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # the terminal closes with its last process
        while os.read(terminal, 4096):
            pass
    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
