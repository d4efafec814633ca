"""What moved between two positions of a real log, as a person asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.log.redis import RedisLog
from flows.commands import app
from flows.moved import explain_between, position_at
from flows.snapshots import Head, mark_of, write_snapshot
from state.errors import ConfigError, LogError
from state.messages import AnyMessage, Run
from tests.state.worked import at, company, curve, price, reference, tick, trade
from tests.stores import EmbeddedStore

MESSAGES: list[AnyMessage] = [
    *reference(),
    curve(50, 30, "2026-07"),
    tick(8),
    trade(10, 42, 12),
    tick(9),
    price(Run.DA, 12, HUB=57.0),
    trade(4, 60, 13, trade="T2"),
    tick(10),
]
FIRST_TICK = MESSAGES.index(tick(8)) + 1


@pytest.fixture
def run_log(client: redis.Redis, run_name: str) -> RedisLog:
    log = RedisLog(client, run_name)
    log.append(MESSAGES)
    return log


def asked(client: redis.Redis, run: str, snapshots: Path, **words: object) -> Any:
    given: dict[str, object] = {"since": None, "positions": (None, None), **words}
    return explain_between(client, run, company="company", snapshots=snapshots, **given)


@pytest.mark.usefixtures("run_log")
def test_two_positions_are_explained_exactly(client: redis.Redis, run_name: str, tmp_path: Path):
    told = asked(client, run_name, tmp_path, positions=(FIRST_TICK + 1, None))

    assert (told.from_position, told.to_position) == (FIRST_TICK + 1, len(MESSAGES))
    found = {moved.driver: (moved.usd.tolist(), moved.open_mwh) for moved in told.between.moved}
    # 10 MWh × (57 − 50); 4 MWh × (50 − 60); the first hour is no longer open at 9:00: nothing held.
    assert found == {"price DA": ([70.0, 0, 70.0], 0.0), "new deals": ([-40.0, 0, -40.0], 4.0)}
    assert told.between.total.usd.tolist() == [30.0, 0.0, 30.0]
    assert not told.between.unexplained_usd.any()
    assert [move.key for move in told.between.largest][1] == "trade/blotter/T2/1"


@pytest.mark.usefixtures("run_log")
def test_a_fold_from_a_snapshot_explains_the_same(
    client: redis.Redis, run_name: str, tmp_path: Path
):
    cut = FIRST_TICK + 1
    entry = RedisLog(client, run_name).entry(cut)
    assert entry is not None
    state = company(*MESSAGES[:cut]).snapshot()
    write_snapshot(tmp_path, Head(cut, mark_of(entry.body)), [state])

    whole = asked(client, run_name, tmp_path / "none", positions=(cut, None))
    resumed = asked(client, run_name, tmp_path, positions=(cut, None))

    assert [m.usd.tolist() for m in resumed.between.moved] == [
        m.usd.tolist() for m in whole.between.moved
    ]


def test_a_clock_time_is_the_last_tick_at_or_before_it(run_log: RedisLog):
    last = len(MESSAGES)
    assert position_at(run_log, at(9), last) == FIRST_TICK + 2
    assert position_at(run_log, at(9.9), last) == FIRST_TICK + 2
    assert position_at(run_log, at(10), last) == last
    with pytest.raises(LogError, match=r"begins after that moment \(2026-07-15 15:00:00 UTC\)"):
        position_at(run_log, at(7.9), last)


@pytest.mark.usefixtures("run_log")
def test_since_a_clock_time_is_market_local(client: redis.Redis, run_name: str, tmp_path: Path):
    told = asked(client, run_name, tmp_path, since="09:00")

    assert told.from_ns == at(9)
    assert told.time_zone == "America/Los_Angeles"
    assert told.between.total.usd[-1] == 30.0


def test_before_the_oldest_snapshot_of_a_trimmed_log_it_is_said_from_where_on_one_can_ask(
    client: redis.Redis, run_name: str, run_log: RedisLog, tmp_path: Path
):
    for cut in (FIRST_TICK + 1, FIRST_TICK + 2):
        entry = run_log.entry(cut)
        assert entry is not None
        state = company(*MESSAGES[:cut]).snapshot()
        write_snapshot(tmp_path, Head(cut, mark_of(entry.body)), [state])
    run_log.pass_reader("monitor", FIRST_TICK + 1)
    run_log.trim(FIRST_TICK + 1)

    told = asked(client, run_name, tmp_path, positions=(FIRST_TICK + 1, None))
    assert told.from_position == FIRST_TICK + 1
    for snapshots, remedy in (
        (tmp_path, f"snapshot is of {FIRST_TICK + 1}; ask for what came since then, or restore a"),
        (tmp_path / "none", "no snapshot of it is left; restore a backup of the log"),
    ):
        with pytest.raises(LogError, match=remedy):
            asked(client, run_name, snapshots, positions=(FIRST_TICK, None))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"since": "25:00"}, "'25:00' is no time of a day; write HH:MM"),
        ({"since": "11:00"}, "lies after the clock, 10:00:00 PDT"),
        ({"positions": (9, 9)}, "--from-position 9 is not before log position 9"),
    ],
)
@pytest.mark.usefixtures("run_log")
def test_what_cannot_be_explained_is_refused_with_its_remedy(
    client: redis.Redis, run_name: str, tmp_path: Path, words: dict[str, object], says: str
):
    with pytest.raises(ConfigError, match=says):
        asked(client, run_name, tmp_path, **words)


def test_the_command_prints_lines_or_one_record(
    run_log: RedisLog,
    run_name: str,
    shared_store: EmbeddedStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    assert run_log.last_position() == len(MESSAGES)
    monkeypatch.setenv("TIELINE_STORE_URL", shared_store.url)
    monkeypatch.setenv("TIELINE_COMPANY", "company")
    asked = ["explain", "--since", "09:00", "--run", run_name]

    assert app.invoke(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"From log position {FIRST_TICK + 2} (2026-07-15 09:00:00 PDT) "
        f"to {len(MESSAGES)} (2026-07-15 10:00:00 PDT)"
    )
    assert "price DA                          +70.00          +0.0            +0" in lines
    assert "book: +30.00 = new deals -40.00, price DA +70.00" in lines
    assert "west DA HUB on-peak: +70.00" in lines

    assert app.invoke([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["total"]["usd"] == {"book": 30.0, "other": 0.0, "firm": 30.0}
    assert told["unexplained_usd"]["firm"] == 0.0
    assert [part["driver"] for part in told["drivers"]] == ["new deals", "price DA"]


@pytest.mark.parametrize("words", [[], ["case-1", "--since", "09:00"]])
def test_one_question_at_a_time(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert app.invoke(["explain", *words]) == 3
    assert "name one of: a case, --since HH:MM, --from-position N" in capsys.readouterr().err
