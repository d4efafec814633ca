"""``tieline record``: what a market published until a moment is a day that plays to its digest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from connectors.log.day_folder import read_manifest
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.simulated.faults import FaultPlan
from flows.archive import archive
from flows.commands.record import _not_made, record
from flows.commands.up import prepare_live
from flows.fold import fold
from flows.live import Live
from flows.live_opening import require_opening
from flows.settings import Settings, load_settings
from flows.simulate import Simulation
from state.errors import ConfigError, LogError, UsageError
from tests.flows.live_files import of_nobody, opening
from tests.stores import EmbeddedStore

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"
HOUR_NS, MINUTE_NS = 3600 * 10**9, 60 * 10**9


def test_a_market_is_recorded_until_a_moment_into_a_day_with_its_digest(
    shared_store: EmbeddedStore,
    run_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TIELINE_STORE_URL", shared_store.url)
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "var"))
    start_ns = read_manifest(SHIPPED / "manifest.json").from_ns + 8 * HOUR_NS
    simulation = Simulation.of(SHIPPED, speed=15.0, port=0, faults=FaultPlan(0), start_ns=start_ns)
    file, target = tmp_path / "live.yaml", tmp_path / run_name
    simulation.write_live_file(file, opening(tmp_path))
    until_ns = simulation.clock.now_ns() + 3 * MINUTE_NS  # 12 s: a busy machine takes some to begin
    until = datetime.fromtimestamp(until_ns // 10**9, UTC).isoformat()
    with simulation.server:
        assert record(target, live="caiso", live_file=file, until=until) == 0
    manifest = read_manifest(target / "manifest.json")
    company, _ = fold(Day.open(target))
    assert company.digest == manifest.digest
    assert (tmp_path / "var" / "runs" / f"record-{run_name}" / "made").exists()
    assert company.digest in capsys.readouterr().out
    assert until_ns - MINUTE_NS <= manifest.to_ns
    assert simulation.published.served
    assert (target / "receipts.csv").read_text(encoding="utf-8").count("caiso/RTD/") > 0
    with pytest.raises(ConfigError, match="is there already"):
        record(target, live="caiso", live_file=file, until=until)


def test_a_recording_of_a_name_of_which_a_day_was_made_is_a_run_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, run="record-day")
    for run in ("record-day", "record-day-2", "record-day-3"):
        begun = _not_made(settings)
        assert begun.run == run
        begun.run_dir.mkdir(parents=True)
        assert _not_made(settings).run == run
        (begun.run_dir / "made").touch()


def test_a_place_that_cannot_be_written_is_told_before_anything_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "var"))
    simulation = Simulation.of(SHIPPED, speed=60.0, port=0, faults=FaultPlan(0))
    file, place = tmp_path / "live.yaml", tmp_path / "file"
    simulation.write_live_file(file, opening(tmp_path))
    place.touch()
    with simulation.server, pytest.raises(FileExistsError, match=str(place)):
        record(place / "day", live="caiso", live_file=file)
    assert not (tmp_path / "var").exists()


def test_an_end_that_is_past_is_refused_before_a_run_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "var"))
    of_nobody(tmp_path)
    past = "2020-01-01T00:00:00Z"
    with pytest.raises(UsageError, match=r"--until 2020-01-01T.* is past: it is 2.* a later time"):
        record(tmp_path / "day", live="caiso", live_file=tmp_path / "live.yaml", until=past)
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, r"opening .*opening\.jsonl cannot be read .*name a file of records"),
        ("", r"no opening: there are no records in .*opening\.jsonl"),
        ('{"kind": "tick"', r"no opening: no line is a record; .*opening\.jsonl"),
    ],
)
def test_an_opening_that_is_none_is_told_before_a_run_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str | None, says: str
) -> None:
    monkeypatch.setenv("TIELINE_DATA_DIR", str(tmp_path / "var"))
    of_nobody(tmp_path)
    (tmp_path / "opening.jsonl").unlink()
    if body is not None:
        (tmp_path / "opening.jsonl").write_text(body, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        record(tmp_path / "day", live="caiso", live_file=tmp_path / "live.yaml")
    with pytest.raises(UsageError, match=says):
        prepare_live(load_settings(live="caiso", live_file=tmp_path / "live.yaml"))
    assert not (tmp_path / "var").exists()


def test_a_run_that_goes_on_needs_no_opening_any_more(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    file = of_nobody(tmp_path)
    live = Live(client, run_name, file, tmp_path / "recording")
    live._begin()
    live._recording.close()
    file.opening.unlink()
    require_opening(file, tmp_path / "recording")


def test_a_log_that_lost_what_was_recorded_is_refused_and_the_recording_left_as_it_is(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    file, folder = of_nobody(tmp_path), tmp_path / "recording"
    live = Live(client, run_name, file, folder)
    live._begin()
    live._recording.record(2 * 10**18, "inbox", b"{}")
    live._recording.close()
    kept = (folder / "records.jsonl").read_bytes()

    with pytest.raises(LogError, match=r"ends at position 0, but .* the store lost its tail"):
        Live(client, f"{run_name}-emptied", file, folder)._begin()
    assert (folder / "records.jsonl").read_bytes() == kept

    (folder / "until").unlink()
    Live(client, run_name, file, folder)._begin()
    assert (folder / "records.jsonl").read_bytes() == b""


def test_a_recording_without_a_second_is_no_day_and_says_so(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    live = Live(client, run_name, of_nobody(tmp_path), tmp_path / "recording")
    live._begin()
    live._recording.close()
    log = RedisLog(client, run_name)
    with pytest.raises(ConfigError, match="holds no second yet"):
        archive(tmp_path / "recording", tmp_path / "day", company="company", log=log)
    assert not (tmp_path / "day").exists()
