"""The recording of a live run: what is appended can be played, what is not is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.log.day_folder import read_receipts, read_records
from connectors.log.recording import Recording, has_begun, lines_until
from connectors.log.recording import recorded as looked_at
from state.errors import LogError

SECOND_NS = 10**9
HEADERS: dict[str, str | int] = {"status": 200}


def recorded(folder: Path) -> Recording:
    recording = Recording(folder)
    for second in (1, 2, 3):
        at_ns = second * SECOND_NS
        recording.receipt(at_ns, "caiso", f"caiso/RTD/{second % 2}", b"body", HEADERS, is_read=True)
        recording.record(at_ns + 1000, "inbox", b'{"kind": "tick", "at": "1970-01-01T00:00:01Z"}')
    recording.flush()
    return recording


def test_a_body_that_comes_twice_is_kept_once_and_told_twice(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    receipts = read_receipts(tmp_path / "receipts.csv", ["caiso"])
    assert [line.payload for line in receipts] == ["caiso/RTD/1", "caiso/RTD/0", "caiso/RTD/1"]
    assert len(list((tmp_path / "caiso" / "RTD").iterdir())) == 2


def test_an_answer_that_nobody_read_is_kept_and_is_no_receipt(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.receipt(SECOND_NS, "caiso", "caiso/RTD/x", b"<html>", {"status": 503}, is_read=False)
    recording.close()
    assert read_receipts(tmp_path / "receipts.csv", ["caiso"]) == []
    assert '"status":503' in (tmp_path / "answers.jsonl").read_text(encoding="utf-8")
    assert (tmp_path / "caiso" / "RTD" / "x").read_bytes() == b"<html>"


def test_what_is_later_than_the_log_is_cut_off_and_the_recording_goes_on(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    recording = Recording(tmp_path)
    recording.cut(2 * SECOND_NS)
    recording.receipt(4 * SECOND_NS, "caiso", "caiso/RTD/4", b"body", HEADERS, is_read=True)
    recording.close()
    receipts = read_receipts(tmp_path / "receipts.csv", ["caiso"])
    assert [line.received_at_ns // SECOND_NS for line in receipts] == [1, 2, 4]
    records = read_records(tmp_path / "records.jsonl")
    assert [line.received_at_ns for line in records] == [SECOND_NS + 1000]


def test_a_line_that_was_cut_by_a_crash_is_cut_off(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    with (tmp_path / "records.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"received_at": "1970-01-01T00:00:0')
    recording = Recording(tmp_path)
    recording.cut(9 * SECOND_NS)
    recording.close()
    assert len(read_records(tmp_path / "records.jsonl")) == 3


def test_text_that_is_no_record_is_kept_as_it_came(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.record(SECOND_NS, "inbox", b"{cut off")
    recording.close()
    assert [line.body for line in read_records(tmp_path / "records.jsonl")] == [b"{cut off"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind": "tick"}\r',
        b'{"text": "one\xe2\x80\xa8line"}',
        b'{"text": "\xff"}',
        "no\u0085record".encode(),
        b'{"a":\r1}',
    ],
)
def test_whatever_a_line_holds_it_is_one_line_that_is_cut_and_read_again(
    tmp_path: Path, body: bytes
) -> None:
    recording = Recording(tmp_path)
    recording.record(SECOND_NS, "inbox", body, item="a")
    recording.record(2 * SECOND_NS, "inbox", body, item="b")
    recording.cut(SECOND_NS)
    assert [one.item for one in recording.items()["inbox"]] == ["a"]
    recording.close()
    [line] = read_records(tmp_path / "records.jsonl")
    assert line.body == body.decode(errors="replace").encode()


def test_up_to_where_the_log_has_everything_is_told_once_something_was_appended(
    tmp_path: Path,
) -> None:
    recording = Recording(tmp_path)
    assert looked_at(tmp_path) is None
    recording.open_with(b"")
    assert looked_at(tmp_path) is None
    recording.reached(5 * SECOND_NS, 7)
    assert looked_at(tmp_path) == (5 * SECOND_NS, 7)
    recording.close()


def test_what_a_feed_lacked_is_read_from_notices_whatever_other_records_hold(
    tmp_path: Path,
) -> None:
    recording = Recording(tmp_path)
    notice = b'{"kind":"feed_notice","feed":"caiso/RTD","missing_from":"1970-01-01T00:00:02+00:00"}'
    recording.record(SECOND_NS, "feeds", notice)
    for source in ("inbox", "feeds"):  # a trade feed may have that name
        recording.record(2 * SECOND_NS, source, b'{"kind":"trade","source":"feeds"}', item="a:1")
        recording.record(2 * SECOND_NS, source, b'no record of "source":"feeds"')
    recording.flush()
    assert recording.lacked() == {"caiso/RTD": 2 * SECOND_NS}
    recording.close()


@pytest.mark.parametrize("content", [b"", b"soon", b"1 2 3"])
def test_what_is_damaged_of_where_it_goes_to_is_told_and_written_anew(
    tmp_path: Path, content: bytes
) -> None:
    recording = Recording(tmp_path)
    recording.open_with(b"")
    (tmp_path / "until").write_bytes(content)
    with pytest.raises(LogError, match="until is damaged; start the live run for a moment"):
        looked_at(tmp_path)

    assert has_begun(tmp_path)
    recording.reached(SECOND_NS, 4)
    recording.close()
    assert looked_at(tmp_path) == (SECOND_NS, 4)


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"{garbage\n", b'{"received_at":"soon"}\n', b"\xff\n"]
)
def test_a_damaged_line_is_shown_with_what_to_do(line: bytes) -> None:
    with pytest.raises(LogError, match=r"a line of the recording is damaged: .*; take it out: "):
        list(lines_until([line], SECOND_NS))
