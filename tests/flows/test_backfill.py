"""A stretch of the past is asked for into a live run, once, and goes on where it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import redis

from connectors.log.day_folder import read_manifest
from connectors.log.recording import Recording
from connectors.log.redis import RedisLog
from connectors.polling.backfill import Backfill, Progress, Request, Requests
from connectors.polling.caiso import reports
from connectors.polling.host import Host
from connectors.polling.schedule import day_ns, local_day
from connectors.records import to_json_line
from connectors.simulated.faults import Fault, FaultPlan
from flows.commands import backfill as command
from flows.live import Live, is_followed, requests_of
from flows.live_file import Clock, LiveFile, read_live_file
from flows.simulate import Simulation
from flows.supervise import write_lock
from state.errors import ConfigError
from state.messages import FeedNotice, FeedOutcome, PricePublication, RunStatus, Tick
from state.wire import decode
from tests.flows.live_files import of_nobody, opening
from tests.waiting import wait_for

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"
HOUR_NS = 3600 * 10**9
ZONE = ZoneInfo("America/Los_Angeles")


def simulated(place: Path, faults: FaultPlan | None = None) -> tuple[Simulation, LiveFile]:
    """Simulate the day eight hours after it began; a question every tenth of a second of it."""
    start_ns = read_manifest(SHIPPED / "manifest.json").from_ns + 8 * HOUR_NS
    simulation = Simulation.of(
        SHIPPED, speed=60.0, port=0, faults=faults or FaultPlan(0), start_ns=start_ns
    )
    simulation.write_live_file(place / "live.yaml", opening(place))
    return simulation, read_live_file(place / "live.yaml", ("caiso",))


def prices(client: redis.Redis, run: str) -> list[tuple[str, int]]:
    found = [decode(entry.body) for entry in RedisLog(client, run).read(0, 100_000)]
    return [(one.run, one.interval_start_ns) for one in found if isinstance(one, PricePublication)]


def test_a_stopped_run_gets_a_stretch_of_the_past_once_and_goes_on_where_it_was(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    simulation, file = simulated(tmp_path)
    from_ns = simulation.day.manifest.from_ns + 2 * HOUR_NS
    request = Request("caiso", from_ns, from_ns + 2 * HOUR_NS, ("caiso/RTD", "caiso/FMM"))
    requests = Requests(requests_of(tmp_path / "recording"))
    with simulation.server:
        requests.put(request)
        Live(client, run_name, file, tmp_path / "recording", only_backfill=True).run()
        assert requests.progress(request) == Progress(done=2, of=2, ended=True)
        first = prices(client, run_name)
        assert len(first) == len(set(first)) == 24 + 8
        assert {start for run, start in first if run == "RTD"} == set(
            range(from_ns, from_ns + 2 * HOUR_NS, 300 * 10**9)
        )

        requests.put(request)
        requests.note(request, Progress(done=1, of=2))
        asked = simulation.server.requests
        Live(client, run_name, file, tmp_path / "recording", only_backfill=True).run()
        assert simulation.server.requests == asked + 1
        assert prices(client, run_name) == first
        assert requests.open() == []


def test_a_run_goes_on_after_what_was_written_before_it_had_the_lock(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    simulation, file = simulated(tmp_path)
    from_ns = simulation.day.manifest.from_ns + 2 * HOUR_NS
    recording, stop = tmp_path / "recording", threading.Event()
    waiting = Live(client, run_name, file, recording)
    with simulation.server:
        Requests(requests_of(recording)).put(
            Request("caiso", from_ns, from_ns + HOUR_NS, ("caiso/FMM",))
        )
        Live(client, run_name, file, recording, only_backfill=True).run()
        before = (recording / "receipts.csv").read_text(encoding="utf-8")
        stop.set()
        waiting.run(stop)
    assert before.count("\n") == 2
    assert (recording / "receipts.csv").read_text(encoding="utf-8").startswith(before)
    entries = [decode(entry.body) for entry in RedisLog(client, run_name).read(0, 100_000)]
    ticks = [one.at_ns for one in entries if isinstance(one, Tick)]
    assert ticks == sorted(set(ticks))
    assert sum(isinstance(one, RunStatus) for one in entries) == 1


def test_a_run_that_goes_on_takes_a_request_up_beside_its_feeds(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    simulation, file = simulated(tmp_path)
    from_ns = simulation.day.manifest.from_ns + 2 * HOUR_NS
    request = Request("caiso", from_ns, from_ns + HOUR_NS, ("caiso/FMM",))
    recording, stop = tmp_path / "recording", threading.Event()
    live = Live(client, run_name, file, recording)
    requests = Requests(requests_of(recording))
    following = threading.Thread(target=live.run, args=(stop,), daemon=True)
    with simulation.server:
        following.start()
        wait_for(lambda: is_followed(recording))
        requests.put(request)
        wait_for(lambda: requests.progress(request).ended)
        stop.set()
        following.join(30.0)
    assert not is_followed(recording)
    asked_for = set(range(from_ns, from_ns + HOUR_NS, 900 * 10**9))
    assert asked_for <= {start for run, start in prices(client, run_name) if run == "FMM"}


def test_what_a_feed_lacked_when_a_run_stopped_is_asked_for_after_it(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    file, recording = of_nobody(tmp_path), tmp_path / "recording"
    now_ns = file.clock.clock().now_ns()
    first_ns = (now_ns // HOUR_NS - 5) * HOUR_NS
    for pass_on, lacking in (("caiso/RTD", first_ns), ("caiso/FMM", 0)):
        writer = Recording(recording)
        notice = FeedNotice(
            received_at_ns=now_ns,
            feed=pass_on,
            outcome=FeedOutcome.TRANSPORT,
            missing=int(lacking > 0),
            missing_from_ns=lacking,
        )
        writer.record(now_ns, "feeds", to_json_line(notice).encode())
        writer.close()
    live = Live(client, run_name, file, recording)
    with live._hosts(now_ns - HOUR_NS, []):
        grids = {poller.report.feed: poller._grid for poller in live._pollers}
    assert min(grids["caiso/RTD"].incomplete(now_ns)) == first_ns
    assert min(grids["caiso/FMM"].incomplete(now_ns)) >= now_ns - HOUR_NS


def test_a_local_day_of_a_report_is_one_question_and_nothing_ahead_is_asked_for(
    tmp_path: Path,
) -> None:
    noon_ns = day_ns(date(2026, 9, 8), ZONE)[0] + 12 * HOUR_NS
    clock = Clock(market_ns=noon_ns, wall_ns=time.time_ns()).clock()
    with Host("http://127.0.0.1:1", every_seconds=1, clock=clock) as host:
        found = Backfill(Requests(tmp_path), clock, [(host, reports(["A"], []))])
        first_ns, midnight_ns = day_ns(local_day(clock.now_ns(), ZONE), ZONE)
        request = Request("caiso", first_ns - 24 * HOUR_NS, midnight_ns + 24 * HOUR_NS)
        pieces = [(piece.poller.report.run, piece.first_ns) for piece in found.pieces(request)]
    before_ns = first_ns - 24 * HOUR_NS
    assert sorted(pieces) == sorted(
        (run, start) for run in ("DA", "FMM", "RTD") for start in (before_ns, first_ns)
    )


def test_hours_that_are_said_to_be_corrected_are_read_again_and_their_values_are_revisions(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    simulation, file = simulated(tmp_path, FaultPlan(1, [Fault.CORRECTED]))
    recording = tmp_path / "recording"
    from_ns = simulation.day.manifest.from_ns + 2 * HOUR_NS
    live = Live(client, run_name, file, recording)
    with simulation.server, live._hosts(*live._begin()):
        pollers = {poller.report.feed: poller for poller in live._pollers}
        corrections, now_ns = pollers["caiso/corrections"], simulation.clock.now_ns()
        today_ns, _ = day_ns(local_day(now_ns, ZONE), ZONE)
        assert len(corrections._grid.incomplete(now_ns)) == 14
        live.take([corrections.ask(today_ns, now_ns)])
        assert today_ns not in corrections._grid.incomplete(now_ns)  # nothing is an answer, too
        live.take([pollers["caiso/FMM"].ask(from_ns, from_ns + HOUR_NS // 4)])
        simulation.server.faults.stop()
        for _ in range(2):  # what is said twice is read again once
            live.take([corrections.ask(today_ns, now_ns)])
        requests = Requests(requests_of(recording))
        [request] = requests.open()
        to_ns = from_ns + HOUR_NS // 4
        assert request == Request("caiso", from_ns, to_ns, ("caiso/FMM",), of_correction=True)
        live._recording.close()
        Live(client, run_name, file, recording, only_backfill=True).run()
        assert not list(requests_of(recording).iterdir())  # nobody waits for it
        again = Live(client, run_name, file, recording)
        with again._hosts(*again._begin()):
            [corrections] = [one for one in again._pollers if one.report.announced]
            again.take([corrections.ask(today_ns, now_ns)])
        assert requests.open() == []  # it was said before the restart
    found = [decode(entry.body) for entry in RedisLog(client, run_name).read(0, 100_000)]
    wrong, right = [one for one in found if isinstance(one, PricePublication)]
    assert wrong.key == right.key
    assert np.allclose(wrong.lmp - right.lmp, 1.5)


def test_a_file_that_is_no_request_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"market": "nowhere"}', encoding="utf-8")
    assert Requests(tmp_path).open() == []
    assert (tmp_path / "x.refused").exists()


@pytest.mark.parametrize("note", [b"", b"{", b"\xff", b'{"done": "soon"}'])
def test_a_request_whose_progress_is_damaged_begins_anew(tmp_path: Path, note: bytes) -> None:
    requests, request = Requests(tmp_path), Request("caiso", 0, 1)
    requests.put(request)
    (tmp_path / f"{request.name}.progress").write_bytes(note)
    assert requests.open() == [request]
    assert requests.progress(request) == Progress()


def test_only_one_run_writes_a_recording(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    file = of_nobody(tmp_path)
    with (
        write_lock(tmp_path / "recording" / "lock"),
        pytest.raises(ConfigError, match="writes the recording"),
    ):
        Live(client, run_name, file, tmp_path / "recording").run()


@pytest.fixture
def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_name: str
) -> tuple[Requests, Callable[[], int]]:
    """The folder of requests of a live run, and the command that asks it for an hour."""
    of_nobody(tmp_path)
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("flows.commands.backfill._LOOK_SECONDS", 0.0)
    recording = tmp_path / "runs" / run_name / "recording"
    terms = {"start": "2026-09-08T10:00:00-07:00", "end": "2026-09-08T11:00:00-07:00"}
    file = tmp_path / "live.yaml"
    return (
        Requests(requests_of(recording)),
        lambda: command.backfill("caiso", **terms, live_file=file, run=run_name),
    )


def test_the_command_says_that_the_run_does_not_follow_the_market_and_keeps_the_request(
    asked: tuple[Requests, Callable[[], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, ask = asked

    def follows_another(_: Path) -> bool:
        for request in requests.open():
            requests.note(request, Progress(of_nobody=True))
        return True

    monkeypatch.setattr("flows.commands.backfill.is_followed", follows_another)
    with pytest.raises(ConfigError, match="does not follow caiso; the request is kept"):
        ask()
    assert len(requests.open()) == 1


def test_the_command_asks_itself_once_the_run_that_took_it_up_is_gone(
    asked: tuple[Requests, Callable[[], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, ask = asked
    follows = iter([True, True, *[False] * 9, True])  # ingest may come again

    def work_off(*_: object) -> None:
        [request] = requests.open()
        requests.note(request, Progress(done=2, of=2, ended=True))

    monkeypatch.setattr("flows.commands.backfill.is_followed", lambda _: next(follows, False))
    monkeypatch.setattr("flows.commands.backfill._ask", work_off)
    assert ask() == 0
    assert next(follows, None) is None


@pytest.mark.parametrize(
    ("progress", "code"),
    [
        (Progress(done=2, of=2, ended=True), 0),
        (Progress(done=2, of=2, failures=1, failed=("caiso/RTD",), ended=True), 1),
        (Progress(done=1, of=2), 1),
        (Progress(ended=True), None),
    ],
)
def test_the_command_ends_well_only_where_something_was_asked_and_all_came(
    asked: tuple[Requests, Callable[[], int]],
    monkeypatch: pytest.MonkeyPatch,
    progress: Progress,
    code: int | None,
) -> None:
    requests, ask = asked
    monkeypatch.setattr("flows.commands.backfill.is_followed", lambda _: False)
    monkeypatch.setattr(
        "flows.commands.backfill._ask",
        lambda *_: requests.note(requests.open()[0], progress),
    )
    if code is None:
        with pytest.raises(ConfigError, match="nothing to ask for"):
            ask()
    else:
        assert ask() == code


def test_a_stretch_up_to_a_moment_to_come_is_gone_on_with_by_the_same_command(
    tmp_path: Path,
) -> None:
    requests = Requests(tmp_path)
    now_ns = day_ns(date(2026, 9, 8), ZONE)[0] + HOUR_NS
    first, second = (
        command._request("caiso", "2026-09-07", "2026-09-09", now_ns=moment_ns)
        for moment_ns in (now_ns, now_ns + HOUR_NS)
    )
    requests.put(first)
    requests.note(first, Progress(done=1, of=2))

    requests.put(second)

    assert requests.open() == [first]
    assert requests.progress(second) == Progress(done=1, of=2)
    assert first.to_ns == now_ns
