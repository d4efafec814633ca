"""The gateway's process killed again and again under a client that connects anew each time."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from dashboards.access import Role
from flows.tokens import new_entry
from tests.flows.gateways import FoldedRun, deal, dial, folded_run, said, trades_in
from tests.ports import free_port
from tests.processes.houses import TIELINE, environment
from tests.stores import EmbeddedStore
from tests.waiting import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.alone]

KILLS = 6
"""At least, and until one came between the log and its acknowledgement."""
A_FRAME = 20
UNANSWERED = 8


class Killable:
    """`tieline run gateway`, started again after each kill on the same port."""

    def __init__(self, run: FoldedRun, folder: Path) -> None:
        self.port = free_port()
        tokens = folder / "tokens.json"
        entry = new_entry("etrm-token", role=Role.DESK)
        tokens.write_text(json.dumps({"etrm": {"role": entry.role, "token": entry.token}}))
        self._lines = (folder / "gateway.log").open("w")
        self._environment = environment(
            folder,
            TIELINE_STORE_URL=run.store.url,
            TIELINE_RUN=run.run,
            TIELINE_GATEWAY_PORT=str(self.port),
            TIELINE_GATEWAY_TOKENS_FILE=str(tokens),
            TIELINE_METRICS_PORT="0",
        )
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*TIELINE, "run", "gateway"],
            env=self._environment,
            stdout=self._lines,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


class Feed:
    """A client that sends again, after each reconnection, what was not acknowledged."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._frames = (
            [deal(number) for number in range(start, start + A_FRAME)]
            for start in itertools.count(0, A_FRAME)
        )
        self._unanswered: deque[list[dict[str, Any]]] = deque()
        self.acknowledged: dict[str, int] = {}
        self.outcomes: list[str] = []
        self.connections = 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set() or self._unanswered:
            try:
                with dial(self._port, "/trades", "etrm-token") as trades:
                    self.connections += 1
                    self._send_again(trades)
                    self._go_on(trades)
            except (OSError, WebSocketException):
                time.sleep(0.05)

    def _send_again(self, trades: Any) -> None:
        for frame in self._unanswered:
            trades.send(json.dumps(frame))

    def _go_on(self, trades: Any) -> None:
        while not self.enough.is_set() or self._unanswered:
            while len(self._unanswered) < UNANSWERED and not self.enough.is_set():
                frame = next(self._frames)
                self._unanswered.append(frame)
                trades.send(json.dumps(frame))
            if self._unanswered:
                self._note(said(trades))

    def _note(self, told: dict[str, Any]) -> None:
        assert told["kind"] == "acknowledgement", told
        for result in told["results"]:
            self.outcomes.append(result["outcome"])
            self.acknowledged[result["trade"]] = result["position"]
        self._unanswered.popleft()


@pytest.fixture
def run(own_store: EmbeddedStore, tmp_path: Path) -> Iterator[FoldedRun]:
    with folded_run(own_store, uuid.uuid4().hex, tmp_path / "snapshots") as run:
        yield run


def test_no_acknowledged_trade_is_lost_and_none_is_doubled_however_often_it_is_killed(
    run: FoldedRun, tmp_path: Path
):
    killable, chance = Killable(run, tmp_path), random.Random(5)  # noqa: S311 - made up by a seed
    feed = Feed(killable.port)
    sending = threading.Thread(target=feed.run)
    sending.start()
    try:
        kills = 0
        while kills < KILLS or "repeated" not in feed.outcomes:
            kills += 1
            wait_for(lambda kills=kills: feed.connections >= kills)
            known = len(feed.acknowledged)
            wait_for(lambda known=known: len(feed.acknowledged) > known)
            time.sleep(chance.uniform(0.0, 0.3))
            killable.kill()
            killable.start()
        wait_for(lambda: feed.connections > kills)
        feed.enough.set()
        sending.join(60)
        assert not sending.is_alive()
        assert killable.stop() == 0
    finally:
        feed.enough.set()
        killable.process.kill()

    in_log = trades_in(run.log)
    assert all(len(positions) == 1 for positions in in_log.values()), "doubled"
    found = {key.removeprefix("trade/"): position for key, [position] in in_log.items()}
    assert feed.acknowledged == found, "lost, or told another position"
    assert set(feed.outcomes) <= {"appended", "repeated"}
    starts = [start for start in run.log.starts() if start["process"] == "gateway"]
    assert len(starts) == kills + 1
    run.settle()
    assert run.views.dead_letters() == []
