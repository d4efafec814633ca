"""The processes of a house: how each is started, and what is passed on of what it prints."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from flows.health import Health
from flows.house import (
    FRONT_DOOR,
    complain,
    house_specs,
    note_replayed,
    process_spec,
    remove_old_runs,
)
from flows.settings import Settings
from tests.ports import free_port


def test_a_process_is_a_command_of_the_front_door_with_the_settings_of_its_house(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, run="evening")

    spec = process_spec("monitor", settings, "--until-ended")

    assert spec.command == (sys.executable, str(FRONT_DOOR), "run", "monitor", "--until-ended")
    assert spec.environment["TIELINE_RUN"] == "evening"
    assert not spec.missing()


@pytest.mark.parametrize(
    ("process", "line", "is_told"),
    [
        ("ingest", '{"level": "error", "event": "feed.failed"}', True),
        ("store", '{"level": "warning", "event": "store.unsafe"}', True),
        ("ingest", '{"level": "info", "event": "feed.read", "kind": "error"}', False),
        ("ingest", "ValueError: of a process that died", True),
        ("store", "7:M 28 Nov 2026 14:22:44.117 * Ready to accept connections", False),
        ("store", "7:M 28 Nov 2026 14:22:44.117 # Write error: no space left on device", True),
    ],
)
def test_what_went_wrong_is_passed_on_and_ordinary_news_is_not(
    process: str, line: str, capsys: pytest.CaptureFixture[str], *, is_told: bool
):
    complain(process, line)

    assert capsys.readouterr().err == (f"{process}: {line}\n" if is_told else "")


def test_only_runs_that_played_a_day_are_removed_whatever_the_others_are_called(tmp_path: Path):
    live = ("caiso-20261127T1700Z", "desk-Zurich", "record-AZ-monday")
    played = [f"2026-09-08-caiso-scarcity-20261127T17000{number}Z" for number in range(5)]
    for name in (*live, *played):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for age, name in enumerate(played):
        settings = Settings(data_dir=tmp_path, run=name)
        note_replayed(settings)
        os.utime(settings.run_dir, (1_000 + age, 1_000 + age))

    assert sorted(remove_old_runs(tmp_path, keep=3)) == played[:2]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == sorted(
        (*live, *played[2:])
    )


def may_be_bound(host: str) -> bool:
    """Say whether this machine has an address: not each has one of IPv6."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


@pytest.mark.parametrize(
    "host",
    [*filter(may_be_bound, ("127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"))],  # noqa: S104
)
def test_a_process_is_asked_for_its_health_where_it_answers(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # none of its business
    settings = Settings(
        data_dir=tmp_path, run="evening", metrics_host=host, metrics_port=free_port(row=8)
    )
    [ingest] = [spec for spec in house_specs(settings) if spec.name == "ingest"]
    reasons = ["no opening yet", ""]
    port = settings.process_port("ingest")
    server = Health("ingest", port, missing=lambda: reasons.pop(0), host=host).start()
    try:
        assert (ingest.missing(), ingest.missing()) == ("no opening yet", "")
    finally:
        server.shutdown()
        server.server_close()
