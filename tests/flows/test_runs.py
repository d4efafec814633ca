"""Which run a command answers for: the one named, which must be there, or the one shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from connectors.log.redis import RedisLog
from flows.commands import app
from flows.runs import with_run
from flows.settings import Settings
from flows.signin import make_sign_in
from state.errors import ConfigError
from state.messages import Tick
from tests.stores import EmbeddedStore

PAST = ["--from", "2026-09-01", "--to", "2026-09-02", "--live-file"]


def house(data: Path, run: str) -> None:
    """Do what `tieline up` does for a run before it starts anything."""
    make_sign_in(Settings(data_dir=data, run=run))


def shown(data: Path) -> str:
    return with_run(Settings(data_dir=data)).run


def test_the_run_shown_is_that_of_the_last_house_whatever_is_made_beside_it(tmp_path: Path):
    house(tmp_path, "live")
    house(tmp_path, "evening")
    (tmp_path / "runs" / "record-my-day" / "store").mkdir(parents=True)
    assert shown(tmp_path) == "evening"

    house(tmp_path, "live")  # started again
    assert shown(tmp_path) == "live"


def test_without_a_house_there_is_no_run_to_show(tmp_path: Path):
    (tmp_path / "runs" / "record-my-day").mkdir(parents=True)

    with pytest.raises(ConfigError, match="there is no run; start one"):
        shown(tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        ["archive", "{}/day"],
        ["backfill", "caiso", *PAST, "{}/live.yaml"],
        ["log", "show"],
        ["log", "trim", "9"],
        ["explain", "T1"],
        ["hedge"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_run_that_is_not_there_is_named_with_those_that_are_and_nothing_is_made(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    data = tmp_path / "data"
    monkeypatch.setenv("TIELINE_DATA_DIR", str(data))
    house(data, "live")
    (data / "runs" / "record-my-day").mkdir()
    before = sorted(tmp_path.rglob("*"))

    assert app.invoke([part.format(tmp_path) for part in command] + ["--run", "lvie"]) == 1

    said = f"there is no run 'lvie' in {data}; there are live, record-my-day"
    assert capsys.readouterr().err == f"tieline: {said}\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_that_is_not_in_an_outside_store_is_refused_likewise(
    client: redis.Redis, run_name: str, shared_store: EmbeddedStore
):
    settings = Settings(store_url=shared_store.url, run=run_name)
    with pytest.raises(ConfigError, match=f"there is no run '{run_name}' in "):
        with_run(settings)

    RedisLog(client, run_name).append([Tick(at_ns=1)])

    assert with_run(settings).run == run_name
    with pytest.raises(ConfigError, match=rf"there are .*\b{run_name}\b"):
        with_run(settings.with_changes(run=f"{run_name}x"))


@pytest.mark.parametrize("path", ["../x", "a/b", "/x", ".", ".."])
@pytest.mark.parametrize("command", [["archive", "day"], ["log", "show"]])
def test_a_run_is_a_name_and_no_path(
    command: list[str],
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "data"))

    assert app.invoke([*command, "--run", path]) == 3

    said = f"setting run: must be a name, not a path, was '{path}'; correct what"
    assert said in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
