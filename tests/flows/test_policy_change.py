"""A policy changed while a run goes on, through the command and a monitor at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.log.redis import RedisLog
from flows import monitor
from flows.monitor import Monitored
from flows.policy_change import change_policy
from state.company import Company
from state.errors import ConfigError
from state.messages import Books, Market, Policy, RunPhase, RunStatus, Tick
from state.moments import SECOND_NS
from state.screens.clock_seen import ClockView
from state.store import StoreReader

POLICIES = Path(__file__).parents[2] / "policies"
DESK = (POLICIES / "desk-limits.yaml").read_text(encoding="utf-8")
DATA = (POLICIES / "data-limits.yaml").read_text(encoding="utf-8")
START_NS = 1_788_850_800 * SECOND_NS


@pytest.fixture
def at_work(client: redis.Redis, run_name: str, tmp_path: Path) -> Iterator[RedisLog]:
    """A monitor that follows a run with the desk's and the data limits in force."""
    run_log = RedisLog(client, run_name)
    run_log.append(
        [
            Market(market="caiso", time_zone="America/Los_Angeles"),
            Books(company="company", books=("load",), desks=("load",)),
            Policy(policy="desk-limits", version="1", source=DESK),
            Policy(policy="data-limits", version="1", source=DATA),
            Tick(at_ns=START_NS, received_at_ns=START_NS),
        ]
    )
    folding = Monitored(
        run=run_name,
        company="company",
        fold=Company,
        snapshots=tmp_path / "snapshots",
        every_ticks=100,
        pause_seconds=0.0,
        until_ended=True,
    )
    worker = threading.Thread(target=monitor.run, args=(client, folding))
    worker.start()
    yield run_log
    run_log.append([RunStatus(run=run_name, phase=RunPhase.ENDED, at_ns=START_NS)])
    worker.join(timeout=60)
    assert not worker.is_alive()


def in_force(client: redis.Redis, run: str) -> list[str]:
    view = StoreReader(client, run).read_views(["clock"])["clock"]
    assert isinstance(view, ClockView)
    return view.policies


def file_of(folder: Path, text: str) -> Path:
    path = folder / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_new_version_takes_the_place_of_the_one_before(
    client: redis.Redis, run_name: str, at_work: RedisLog, tmp_path: Path
) -> None:
    stricter = file_of(tmp_path, DESK.replace('version: "1"', 'version: "2"'))
    change = change_policy(client, run_name, stricter, wait_seconds=60)

    assert (change.label, change.read, change.refused) == ("desk-limits 2", True, "")
    assert change.position == at_work.last_position()
    assert in_force(client, run_name) == ["desk-limits 2", "data-limits 1"]
    assert change_policy(client, run_name, stricter).position == 0, "it is there already"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DESK.replace("floor: 0.9", "flor: 0.9").replace('version: "1"', 'version: "2"'), "flor"),
        (DESK + "limits: []\n", "limits"),
        (DESK.replace("floor: 0.9", "floor: 0.8"), "raise `version` in the file"),
        ("name: [", "line"),
        (DATA.replace("data-limits", "more").replace('version: "1"', 'version: "2"'),
         "is also in data-limits 1"),
    ],
)  # fmt: skip
def test_a_policy_with_an_error_leaves_what_is_in_force_untouched_and_raises_an_alert(
    client: redis.Redis, run_name: str, at_work: RedisLog, tmp_path: Path, text: str, says: str
) -> None:
    change = change_policy(client, run_name, file_of(tmp_path, text), wait_seconds=60)

    assert says in change.refused
    assert in_force(client, run_name) == ["desk-limits 1", "data-limits 1"]

    (position,) = at_work.append([Tick(at_ns=START_NS + SECOND_NS, received_at_ns=START_NS)])
    assert position is not None
    store = StoreReader(client, run_name)
    deadline = time.monotonic() + 60
    while store.position() < position:
        assert time.monotonic() < deadline
    found = [each.transition for each in store.transitions(count=100)]
    (alert,) = [each for each in found if each.row.limit == "dead-letters"]
    assert alert.change == "breached"
    assert (alert.row.clause, alert.row.policy) == ("data limits §3", "data-limits 1")
    assert alert.row.scope == "policy"


def test_a_file_that_cannot_be_read_is_not_sent(
    client: redis.Redis, run_name: str, at_work: RedisLog, tmp_path: Path
) -> None:
    before = at_work.last_position()
    with pytest.raises(ConfigError, match="nothing was sent"):
        change_policy(client, run_name, tmp_path)
    assert at_work.last_position() == before
