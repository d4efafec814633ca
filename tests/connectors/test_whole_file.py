"""What is written whole: what stood there stays until the new is there."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from connectors.whole_file import write_whole


def test_a_file_takes_the_place_of_another_with_its_rights_and_through_a_link(tmp_path: Path):
    file, link = tmp_path / "report.csv", tmp_path / "newest.csv"
    file.write_bytes(b"old")
    file.chmod(0o600)
    link.symlink_to(file)

    write_whole(link, b"new")

    assert link.is_symlink()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o600)
    assert {path.name for path in tmp_path.iterdir()} == {"report.csv", "newest.csv"}


def test_on_a_full_disk_what_stood_there_stays_and_no_part_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "manifest.json"
    file.write_bytes(b"old")

    def half(path: Path, body: bytes) -> int:
        with path.open("wb") as kept:
            kept.write(body[: len(body) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"new")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("manifest.json", b"old")
    ]


def test_what_is_no_file_is_written_as_it_is(tmp_path: Path):
    write_whole(Path("/dev/null"), b"new")

    assert Path("/dev/null").is_char_device()
    assert not list(tmp_path.iterdir())
