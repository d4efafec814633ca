"""A folder for files of records: complete files once, half-written ones not yet."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from connectors.log.recording import RecordedItem
from connectors.trades import Deal, Fate, Settled
from connectors.trades.drop_folder import REPORT, DropFolder
from state.messages import FeedOutcome
from tests.connectors.trades.sources import deal


def looks(folder: DropFolder, count: int) -> list[Deal]:
    """Return what some looks find, one after the other."""
    never = threading.Event()
    return [deal for _ in range(count) for deals in folder.look(never) for deal in deals]


def settle(folder: DropFolder, settled: list[Settled]) -> None:
    """Tell what became of lines; the folder does what is due at its next look."""
    folder.settle(settled)
    assert looks(folder, 1) == []


def recorded(deals: list[Deal]) -> list[RecordedItem]:
    return [RecordedItem(deal.item, deal.body) for deal in deals]


def test_a_file_is_taken_when_it_has_not_grown_between_two_looks(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    file = tmp_path / "a.jsonl"
    file.write_text('{"kind": 1}\n')
    assert looks(folder, 1) == []
    file.write_text('{"kind": 1}\n{"kind": 2}\n')
    assert looks(folder, 1) == []
    found = looks(folder, 1)
    assert [line.body for line in found] == [b'{"kind": 1}', b'{"kind": 2}']
    assert [line.where for line in found] == ["a.jsonl line 1", "a.jsonl line 2"]
    assert looks(folder, 2) == []


def test_a_file_with_another_name_is_left_alone(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    (tmp_path / "a.jsonl.part").write_text("{}\n")
    assert looks(folder, 3) == []


def test_a_folder_says_when_its_newest_line_came(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    before = folder.notice(60 * 10**9)
    (tmp_path / "a.jsonl").write_text("one")
    folder.settle([Settled(deal, Fate.TAKEN) for deal in looks(folder, 2)])
    after = folder.notice(120 * 10**9)
    assert before is not None
    assert after is not None
    assert (before.newest_ns, after.newest_ns) == (0, 120 * 10**9)


def test_what_was_taken_moves_to_done_and_never_over_another(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    for text in ("one", "two"):
        (tmp_path / "a.jsonl").write_text(text)
        settle(folder, [Settled(deal, Fate.TAKEN) for deal in looks(folder, 2)])
    done = sorted((path.name, path.read_text()) for path in (tmp_path / "done").glob("*.jsonl"))
    assert done == [("a-2.jsonl", "two"), ("a.jsonl", "one")]


def test_an_empty_file_is_a_line_that_is_no_record(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    (tmp_path / "a.jsonl").write_text("")
    assert [(line.body, line.where) for line in looks(folder, 2)] == [(b"", "a.jsonl line 1")]


def test_the_folder_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert list(DropFolder(tmp_path / "in", "inbox").run(stop)) == []
    assert (tmp_path / "in" / "done").is_dir()


def test_a_file_that_was_taken_between_two_looks_is_no_fault(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    assert list(folder._deals(tmp_path / "gone.jsonl")) == []


def test_a_file_that_cannot_be_read_is_said_once_and_left(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, "inbox")
    (tmp_path / "a.jsonl").mkdir()
    found = looks(folder, 4)
    assert [(line.body, line.item) for line in found] == [(b"", "")]
    assert "cannot be read" in found[0].refusal


def test_a_file_of_which_a_part_was_taken_goes_on_after_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("1\n2\n3\n")
    first = looks(DropFolder(tmp_path, "inbox"), 2)
    again = looks(DropFolder(tmp_path, "inbox", recorded(first[:2])), 2)
    assert [line.body for line in again] == [b"3"]
    whole = DropFolder(tmp_path, "inbox", recorded(first))
    assert looks(whole, 2) == []
    assert (tmp_path / "done" / "a.jsonl").exists()


def test_another_file_of_the_same_name_is_taken_though_one_was_before(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("1\n")
    taken = recorded(looks(DropFolder(tmp_path, "inbox"), 2))
    os.utime(file, ns=(5, 5))
    assert len(looks(DropFolder(tmp_path, "inbox", taken), 2)) == 1


def test_lines_have_their_numbers_whatever_is_blank_between_them(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n1\n\n2\r\n\n")
    found = looks(DropFolder(tmp_path, "inbox"), 2)
    assert [(line.where, line.body) for line in found] == [
        ("a.jsonl line 2", b"1"),
        ("a.jsonl line 4", b"2"),
    ]


def test_a_file_that_is_too_large_is_said_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.drop_folder.LARGEST_BODY_BYTES", 3)
    (tmp_path / "a.jsonl").write_text("1234")
    [line] = looks(DropFolder(tmp_path, "inbox"), 3)
    assert line.refusal == "the file a.jsonl, which has 4 bytes; split it"


def test_a_report_beside_a_file_says_of_each_line_what_became_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(deal(1))}\n2\n3\n4\n")
    first = looks(DropFolder(tmp_path, "inbox"), 2)
    folder = DropFolder(tmp_path, "inbox", recorded(first[:1]))
    second, third, fourth = looks(folder, 2)
    settle(folder, [Settled(second, Fate.REFUSED, "no record"), Settled(third, Fate.TAKEN)])
    assert (tmp_path / "a.jsonl").exists(), "a line of it is not in the log yet"
    settle(folder, [Settled(fourth, Fate.REPEATED)])
    assert not (tmp_path / "a.jsonl").exists()
    assert (tmp_path / "done" / f"a.jsonl{REPORT}").read_text().splitlines() == [
        "line,outcome,reason",
        "1,taken,before a restart",
        "2,refused,no record",
        "3,taken,",
        "4,repeated,",
    ]


def test_a_file_that_cannot_be_moved_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("1\n")
    folder = DropFolder(tmp_path, "inbox")
    deals = looks(folder, 2)
    (tmp_path / "done").rmdir()
    folder.settle([Settled(deal, Fate.TAKEN) for deal in deals])
    assert looks(folder, 2) == []
    notice = folder.notice(0)
    assert notice is not None
    assert "a.jsonl cannot be moved to done" in notice.detail


def test_a_report_after_a_restart_says_refused_of_what_was_refused_before(tmp_path: Path) -> None:
    unknown = json.dumps(deal(2, colour="red"))
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(deal(1))}\n{unknown}\n3,4\nlast\n")
    first = looks(DropFolder(tmp_path, "inbox"), 2)
    rejected = {"kind": "rejected", "letter": "x/1", "feed": "x", "reason": "cut"}
    bodies = [first[0].body, first[1].body, b'"3,4"', json.dumps(rejected).encode()]
    before = [RecordedItem(one.item, body) for one, body in zip(first, bodies, strict=True)]
    assert looks(DropFolder(tmp_path, "inbox", before), 2) == []
    told = (tmp_path / "done" / f"a.jsonl{REPORT}").read_text().splitlines()[1:]
    assert told[0] == "1,taken,before a restart"
    assert told[1].startswith('2,refused,"before a restart: ')
    assert "colour" in told[1]
    assert told[2].startswith("3,refused,")
    assert told[3] == "4,refused,before a restart: cut"


def test_a_file_that_was_moved_back_is_taken_again(tmp_path: Path) -> None:
    file, done = tmp_path / "a.jsonl", tmp_path / "done" / "a.jsonl"
    file.write_text("1\n")
    folder = DropFolder(tmp_path, "inbox")
    deals = looks(folder, 2)
    settle(folder, [Settled(one, Fate.REFUSED, "unknown") for one in deals])
    done.rename(file)
    assert len(looks(DropFolder(tmp_path, "inbox", recorded(deals)), 2)) == 1


def test_a_file_that_is_written_to_while_it_is_taken_stays_and_is_taken_anew(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("1\n")
    folder = DropFolder(tmp_path, "inbox")
    deals = looks(folder, 2)
    file.write_text("1\n2\n")
    assert looks(folder, 2) == [], "what is not in the log yet is not told twice"
    folder.settle([Settled(one, Fate.TAKEN) for one in deals])
    again = looks(folder, 2)
    assert [one.body for one in again] == [b"1", b"2"]
    settle(folder, [Settled(one, Fate.TAKEN) for one in again])
    assert (tmp_path / "done" / "a.jsonl").read_text() == "1\n2\n"


def test_a_file_that_cannot_be_looked_at_stops_no_other_and_is_taken_once_it_can_be(
    tmp_path: Path,
) -> None:
    loop = tmp_path / "a.jsonl"
    loop.symlink_to(loop)
    (tmp_path / "b.jsonl").write_text("1\n")
    folder = DropFolder(tmp_path, "inbox")
    left, taken = looks(folder, 3)
    assert "a.jsonl, which cannot be read" in left.refusal
    assert taken.body == b"1"
    loop.unlink()
    loop.write_text("2\n")
    assert [one.body for one in looks(folder, 2)] == [b"2"]


def test_a_folder_that_goes_away_within_a_look_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DropFolder(tmp_path, "inbox")
    monkeypatch.setattr(folder, "ask", lambda: (FeedOutcome.DATA, ""))
    (tmp_path / "done").rmdir()
    tmp_path.rmdir()
    assert looks(folder, 1) == []
    notice = folder.notice(0)
    assert notice is not None
    assert notice.outcome is FeedOutcome.TRANSPORT
    tmp_path.mkdir()


def test_a_name_that_is_no_utf_8_is_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"m\xfc.jsonl")
    path.write_text("1\n")
    [left] = looks(DropFolder(tmp_path, "inbox"), 4)
    assert left.refusal == r"the file m\xfc.jsonl, which has a name that is no UTF-8; rename it"
    assert left.where.isascii()
    assert path.exists()


def test_lines_are_handed_over_some_at_a_time_and_a_file_is_over_with_the_last_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.drop_folder._LINES_AT_A_TIME", 2)
    file = tmp_path / "a.jsonl"
    file.write_text("1\n2\n3\n")
    folder = DropFolder(tmp_path, "inbox")
    assert looks(folder, 1) == []
    parts = folder.look(threading.Event())
    first = next(parts)
    folder.settle([Settled(one, Fate.TAKEN) for one in first])
    [second] = list(parts)
    assert [[one.body for one in part] for part in (first, second)] == [[b"1", b"2"], [b"3"]]
    assert looks(folder, 1) == []
    assert file.exists(), "its last line is not in the log yet"
    settle(folder, [Settled(one, Fate.TAKEN) for one in second])
    assert not file.exists()


def test_who_tells_what_became_of_lines_waits_for_no_report(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("1\n")
    folder = DropFolder(tmp_path, "inbox")
    folder.settle([Settled(one, Fate.TAKEN) for one in looks(folder, 2)])
    assert list((tmp_path / "done").iterdir()) == []
    stop = threading.Event()
    stop.set()
    assert list(folder.run(stop)) == []
    assert len(list((tmp_path / "done").iterdir())) == 2, "what was told before a stop is done"


def test_a_file_that_is_written_to_while_its_report_is_written_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.drop_folder._ROWS_AT_A_TIME", 1)
    file = tmp_path / "a.jsonl"
    file.write_text("1\n2\n")
    folder = DropFolder(tmp_path, "inbox")
    folder.settle([Settled(one, Fate.TAKEN) for one in looks(folder, 2)])
    folder._conclude()
    assert len(list((tmp_path / "done").iterdir())) == 1, "the report is begun"
    with file.open("a") as more:
        more.write("3\n")
    again = looks(folder, 3)
    assert [one.body for one in again] == [b"1", b"2", b"3"]
    assert list((tmp_path / "done").iterdir()) == []


def test_a_file_that_grew_while_others_came_first_waits_until_it_is_complete_again(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text("1\n")
    second.write_text("2\n")
    folder = DropFolder(tmp_path, "inbox")
    assert looks(folder, 1) == []
    parts = folder.look(threading.Event())
    assert [one.body for one in next(parts)] == [b"1"]
    second.write_text("2\nhalf of the th")
    assert list(parts) == []
    second.write_text("2\nhalf of the third\n")
    assert [one.body for one in looks(folder, 2)] == [b"2", b"half of the third"]


def test_a_stop_leaves_a_file_in_its_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.drop_folder._LINES_AT_A_TIME", 1)
    (tmp_path / "a.jsonl").write_text("1\n2\n")
    (tmp_path / "b.jsonl").write_text("3\n")
    folder, stop = DropFolder(tmp_path, "inbox"), threading.Event()
    assert looks(folder, 1) == []
    taken = []
    for part in folder.look(stop):
        taken += part
        stop.set()
    assert [one.body for one in taken] == [b"1"]
    rest = looks(DropFolder(tmp_path, "inbox", recorded(taken)), 2)
    assert [one.body for one in rest] == [b"2", b"3"]
