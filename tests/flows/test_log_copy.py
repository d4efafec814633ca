"""``tieline log copy``: of the store of a run here, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.log.redis import RedisLog
from flows.commands import app
from state.messages import Tick
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes


def test_the_command_copies_the_files_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path))
    copied = tmp_path / "backup"
    with EmbeddedStore(tmp_path / "runs" / "r" / "store") as store:
        RedisLog(store.client(), "r").append([Tick(at_ns=1)])
        assert app.invoke(["log", "copy", str(copied), "--run", "r"]) == 0

    assert str(copied / "appendonlydir") in capsys.readouterr().out
    with EmbeddedStore(copied) as restored:
        assert RedisLog(restored.client(), "r").last_position() == 1


def test_the_files_of_a_store_elsewhere_are_not_ours_to_copy(
    own_store: EmbeddedStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    RedisLog(own_store.client(), "r").append([Tick(at_ns=1)])
    monkeypatch.setenv("TIELINE_STORE_URL", own_store.url)

    assert app.invoke(["log", "copy", str(tmp_path / "backup"), "--run", "r"]) == 3

    assert "copy its files where it runs" in capsys.readouterr().err
    assert not (tmp_path / "backup").exists()
