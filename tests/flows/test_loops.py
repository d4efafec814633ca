"""What is compiled is compiled before a house starts, once, and never while it starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flows import loops
from flows.commands import app
from flows.loops import keep_loops
from flows.supervise import StartError
from tests.ports import house_ports
from tests.small_days import write_day


def compile_by(program: str, monkeypatch: pytest.MonkeyPatch, *, kept: bool = False) -> None:
    monkeypatch.setattr(loops, "loops_are_kept", lambda: kept)
    monkeypatch.setattr(loops, "COMMAND", (sys.executable, "-c", program))


@pytest.mark.parametrize("kept", [False, True])
def test_loops_are_compiled_where_they_are_not_kept_and_only_there(
    kept: bool,  # noqa: FBT001 - drawn
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    mark, said = tmp_path / "compiled", list[str]()
    compile_by(f"open({str(mark)!r}, 'w')", monkeypatch, kept=kept)

    assert keep_loops(tmp_path, said.append)

    assert mark.exists() is not kept
    assert bool(said) is not kept


def test_loops_that_cannot_be_compiled_are_tried_once_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    compile_by("raise SystemExit('no room on the disk')", monkeypatch)

    with pytest.raises(StartError, match="cannot be compiled; mend what its own lines above say"):
        keep_loops(tmp_path, lambda _: None)

    assert "loops: no room on the disk" in capfd.readouterr().err


def test_a_house_that_may_keep_no_loops_is_told_to_name_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    compile_by("", monkeypatch)
    monkeypatch.setattr(loops, "loops_can_be_kept", lambda: False)

    with pytest.raises(StartError, match="name a folder to write in NUMBA_CACHE_DIR"):
        keep_loops(tmp_path, lambda _: None)


def test_a_house_starts_nothing_before_its_loops_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    compile_by("raise SystemExit('no room on the disk')", monkeypatch)
    for name, value in (house_ports() | {"TIELINE_DATA_DIR": str(tmp_path / "data")}).items():
        monkeypatch.setenv(name, value)

    assert app.invoke(["up", "--day", str(write_day(tmp_path / "small"))]) == 1

    told = capsys.readouterr().err
    assert "compiling what makes it fast, once for this version" in told
    assert "the loops cannot be compiled" in told
    assert not (tmp_path / "data" / "runs").exists()
