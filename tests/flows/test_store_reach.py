"""A store that does not answer is one line with its address, and what to do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis

from flows.commands import app
from tests.ports import free_port

Capture = pytest.CaptureFixture[str]

ROOT = Path(__file__).parents[2]
DESK = str(ROOT / "policies" / "desk-limits.yaml")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Name a store that nobody serves, with a password, and return its address."""
    address = f"127.0.0.1:{free_port()}/0"
    monkeypatch.setenv("TIELINE_STORE_URL", f"redis://desk:s3cret@{address}")
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "data"))
    return f"redis://{address}"


@pytest.mark.parametrize("run", ["", "evening"], ids=["the run shown", "a run by name"])
@pytest.mark.parametrize(
    "command",
    [
        ["stress"],
        ["hedge"],
        ["policy", "show"],
        ["policy", "load", DESK],
        ["log", "show"],
        ["log", "dead"],
        ["explain", "T1"],
        ["up"],
    ],
    ids=" ".join,
)
def test_a_command_says_at_once_which_store_does_not_answer(
    command: list[str], run: str, nobody: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    monkeypatch.setenv("TIELINE_RUN", run)
    begun = time.monotonic()

    code = app.invoke(command)

    said = capsys.readouterr().err
    assert code == 1
    assert said == (
        f"tieline: the store {nobody} does not answer (ConnectionError); "
        "start it, or correct the setting store_url\n"
    )
    assert time.monotonic() - begun < 20


def test_a_store_that_goes_away_at_work_is_no_unexpected_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    def gone(*_: object, **__: object) -> None:
        reason = "Error 111 connecting to 127.0.0.1:6399. Connection refused."
        raise redis.ConnectionError(reason)

    monkeypatch.setattr("flows.standing.company_of", gone)

    assert app.invoke(["policy", "show"]) == 1
    assert capsys.readouterr().err == (
        "tieline: the store does not answer (Error 111 connecting to 127.0.0.1:6399. "
        "Connection refused.); start it, or correct the setting store_url\n"
    )


def test_an_address_that_is_none_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    monkeypatch.setenv("TIELINE_STORE_URL", "localhost:6379")

    assert app.invoke(["stress"]) == 3
    assert "correct the setting store_url" in capsys.readouterr().err
