"""The processes of a house: how each is started, and what is passed on of what it prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from flows.house import FRONT_DOOR, complain, note_replayed, process_spec, remove_old_runs
from flows.settings import Settings


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
        ("store", "1:M Ready to accept connections", False),
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
