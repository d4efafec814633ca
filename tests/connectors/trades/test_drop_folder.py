"""A folder for files of records: complete files once, half-written ones not yet."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from connectors.trades.drop_folder import DropFolder, Dropped


def looks(folder: DropFolder, count: int) -> list[Dropped]:
    """Return what some looks find, one after the other."""
    found: list[Dropped] = []
    for _ in range(count):
        for path in folder._complete():
            folder._held.add(path)
            found.extend(folder._lines(path))
    return found


def test_a_file_is_taken_when_it_has_not_grown_between_two_looks(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    file = tmp_path / "a.jsonl"
    file.write_text('{"kind": 1}\n')
    assert looks(folder, 1) == []
    file.write_text('{"kind": 1}\n{"kind": 2}\n')
    assert looks(folder, 1) == []
    found = looks(folder, 1)
    assert [line.body for line in found] == [b'{"kind": 1}', b'{"kind": 2}']
    assert [line.where for line in found] == ["a.jsonl line 1", "a.jsonl line 2"]
    assert [line.last for line in found] == [False, True]
    assert looks(folder, 2) == []


def test_a_file_with_another_name_is_left_alone(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    (tmp_path / "a.jsonl.part").write_text("{}\n")
    assert looks(folder, 3) == []


def test_what_was_taken_moves_to_done_and_never_over_another(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    for text in ("one", "two"):
        (tmp_path / "a.jsonl").write_text(text)
        folder.taken(looks(folder, 2)[-1])
    done = sorted((path.name, path.read_text()) for path in (tmp_path / "done").iterdir())
    assert done == [("a-2.jsonl", "two"), ("a.jsonl", "one")]


def test_an_empty_file_is_a_line_that_is_no_record(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    (tmp_path / "a.jsonl").write_text("")
    assert [(line.body, line.last) for line in looks(folder, 2)] == [(b"", True)]


def test_the_folder_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert list(DropFolder(tmp_path / "in", source="inbox").run(stop)) == []
    assert (tmp_path / "in" / "done").is_dir()


def test_a_file_that_was_taken_between_two_looks_is_no_fault(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    assert folder._lines(tmp_path / "gone.jsonl") == []


def test_a_file_that_cannot_be_read_is_said_once_and_left(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, source="inbox")
    (tmp_path / "a.jsonl").mkdir()
    found = looks(folder, 4)
    assert [(line.body, line.last) for line in found] == [(b"", False)]
    assert "cannot be read" in found[0].where


def test_a_file_of_which_a_part_was_taken_goes_on_after_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("1\n2\n3\n")
    first = looks(DropFolder(tmp_path, source="inbox"), 2)
    taken = frozenset(line.item for line in first[:2])
    again = looks(DropFolder(tmp_path, source="inbox", taken=taken), 2)
    assert [(line.body, line.last) for line in again] == [(b"3", True)]
    whole = DropFolder(tmp_path, source="inbox", taken=frozenset(line.item for line in first))
    assert looks(whole, 2) == []
    assert (tmp_path / "done" / "a.jsonl").exists()


def test_another_file_of_the_same_name_is_taken_though_one_was_before(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("1\n")
    taken = frozenset(line.item for line in looks(DropFolder(tmp_path, source="inbox"), 2))
    os.utime(file, ns=(5, 5))
    assert len(looks(DropFolder(tmp_path, source="inbox", taken=taken), 2)) == 1


def test_lines_have_their_numbers_whatever_is_blank_between_them(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n1\n\n2\r\n\n")
    found = looks(DropFolder(tmp_path, source="inbox"), 2)
    assert [(line.where, line.body) for line in found] == [
        ("a.jsonl line 2", b"1"),
        ("a.jsonl line 4", b"2"),
    ]
    assert [line.last for line in found] == [False, True]


def test_a_file_that_is_too_large_is_said_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.drop_folder.LARGEST_BODY_BYTES", 3)
    (tmp_path / "a.jsonl").write_text("1234")
    [line] = looks(DropFolder(tmp_path, source="inbox"), 3)
    assert line.where == "a.jsonl, which has 4 bytes; split it"
