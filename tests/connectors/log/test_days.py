"""Day folders: one order that never changes, and a clear line for everything wrong."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zipfile
from pathlib import Path

import pytest

from connectors.log.day_folder import amend_manifest
from connectors.log.days import Day, Item, Receipt, Record, play
from state.errors import ConfigError
from state.messages import Books, Market, Tick
from tests.small_days import at, at_ns, record_line, write_day


def name_of(item: Item) -> str:
    if isinstance(item, Tick):
        return f"tick {(item.at_ns - at_ns(0)) / 1e9:g}"
    return item.body.decode()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_day(
        tmp_path / "small",
        last_second=2,
        receipts={-5: b"early", 1: b"on the tick", 1.5: b"between", 9: b"late"},
        records=[record_line(1, "text as it came"), record_line(1.5, {"a": 1})],
    )


def test_a_folder_with_a_manifest_alone_is_no_day_of_nothing(small: Path) -> None:
    for name in ("receipts.csv", "records.jsonl", "opening.jsonl.gz"):
        (small / name).unlink()
    with pytest.raises(ConfigError, match="a manifest and nothing to play"):
        Day.open(small)
    (small / "records.jsonl").write_text(record_line(1, "text as it came"), encoding="utf-8")
    assert "text as it came" in [name_of(item) for item in Day.open(small).items()]


ORDER = [
    "early",
    "tick 0",
    "tick 1",
    "on the tick",
    "text as it came",
    "between",
    '{"a": 1}',
    "tick 2",
    "late",
]


def test_ticks_receipts_and_records_are_merged_in_this_order(small: Path) -> None:
    day = Day.open(small)
    assert [name_of(item) for item in day.items()] == ORDER
    assert len(day) == len(ORDER)


@pytest.mark.parametrize("offset", range(len(ORDER) + 2))
def test_a_day_goes_on_at_any_offset(small: Path, offset: int) -> None:
    rest = [name_of(item) for item in Day.open(small).items(offset)]
    assert rest == ORDER[offset:]


def test_an_item_says_where_it_came_from(small: Path) -> None:
    items = list(Day.open(small).items())
    assert items[3] == Receipt(at_ns(1), "spp", b"on the tick", "spp/1.csv")
    record = items[4]
    assert isinstance(record, Record)
    assert (record.source, record.received_at_ns) == ("trades", at_ns(1))
    assert record.where.endswith("records.jsonl line 1")


def test_the_opening_comes_as_messages(small: Path) -> None:
    market, books = Day.open(small).opening()
    assert isinstance(market, Market)
    assert isinstance(books, Books)
    assert market.received_at_ns == at_ns(0)


def test_payloads_may_be_plain_files(small: Path) -> None:
    with zipfile.ZipFile(small / "payloads.zip") as archive:
        archive.extractall(small)
    (small / "payloads.zip").unlink()
    assert [name_of(item) for item in Day.open(small).items()] == ORDER


def test_a_start_in_the_middle_goes_on_after_its_tick(tmp_path: Path) -> None:
    folder = write_day(
        tmp_path, last_second=61, receipts={60: b"at"}, openings={"00:01": "openings/0001.state.gz"}
    )
    (folder / "openings").mkdir()
    (folder / "openings" / "0001.state.gz").write_bytes(gzip.compress(b"saved"))
    day = Day.open(folder)
    opening = day.saved_opening("00:01")
    assert (opening.at_ns, opening.state) == (at_ns(60), b"saved")
    rest = day.items(day.offset_after(opening.at_ns))
    assert [name_of(item) for item in rest] == ["at", "tick 61"]


def test_a_start_without_a_saved_state_names_those_there_are(tmp_path: Path) -> None:
    day = Day.open(write_day(tmp_path, openings={"16:30": "openings/1630.state"}))
    with pytest.raises(ConfigError, match="cannot start at 12:00; it can at its beginning, 16:30"):
        day.saved_opening("12:00")
    with pytest.raises(ConfigError, match=r"1630.state cannot be read \(.*No such file"):
        day.saved_opening("16:30")


@pytest.mark.alone
def test_speed_zero_plays_without_pauses(tmp_path: Path) -> None:
    day = Day.open(write_day(tmp_path, last_second=3600))
    began = time.monotonic()
    played = list(play(day, start_offset=0, speed=0, stop=threading.Event()))
    assert time.monotonic() - began < 1
    assert [offset for offset, _ in played] == list(range(1, 3602))


@pytest.mark.alone
def test_a_day_is_played_at_its_speed(tmp_path: Path) -> None:
    day = Day.open(write_day(tmp_path, last_second=30))
    began = time.monotonic()
    list(play(day, start_offset=10, speed=50, stop=threading.Event()))
    assert 0.35 < time.monotonic() - began < 1


@pytest.mark.alone
def test_a_stop_ends_the_play_in_the_middle_of_a_pause(tmp_path: Path) -> None:
    day = Day.open(write_day(tmp_path, last_second=30))
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    played = list(play(day, start_offset=0, speed=0.1, stop=stop))
    assert len(played) == 1
    assert time.monotonic() - began < 2


def write_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "format 2 is not known, this release reads 1"),
        ({"from_ns": "soon"}, r"Expected `int`, got `str` - at `\$.from_ns`"),
        ({"from_ns": 5, "to_ns": 4}, "from_ns 5 must not be after to_ns 4"),
        ({"time_zone": "Mars/Base"}, "time_zone 'Mars/Base' is no IANA time zone"),
        ({"markets": []}, "line 2: source 'spp' is none of the day's markets"),
    ],
)
def test_a_wrong_manifest_is_one_clear_line(
    small: Path, changes: dict[str, object], says: str
) -> None:
    write_manifest(small, **changes)
    with pytest.raises(ConfigError, match=says):
        Day.open(small)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("manifest.json", "{", "manifest.json: .*; correct the manifest"),
        ("receipts.csv", "time,source\n", "line 1: the columns must be received_at,source,payload"),
        ("receipts.csv", "received_at,source,payload\na,b\n", "line 2: 2 values, must be 3"),
        (
            "receipts.csv",
            "received_at,source,payload\n2026-08-14T05:00:00,spp,spp/1.csv\n",
            "line 2: received_at '2026-08-14T05:00:00' is no ISO-8601 time with an offset",
        ),
        (
            "receipts.csv",
            f"received_at,source,payload\n{at(2)},spp,spp/1.csv\n{at(1)},spp,spp/1.csv\n",
            "line 3 is earlier than the line before it",
        ),
        (
            "receipts.csv",
            f"received_at,source,payload\n{at(1)},spp,spp/77.csv\n",
            "line 2: payload 'spp/77.csv' is missing",
        ),
        (
            "receipts.csv",
            f"received_at,source,payload\n{at(1)},spp,../secret\n",
            "'../secret' leads out of the day folder",
        ),
        ("records.jsonl", "not json\n", "records.jsonl line 1: .*a record has received_at"),
        ("records.jsonl", '{"source": "x", "body": {}}\n', "missing required field `received_at`"),
        ("opening.jsonl.gz", "plain", "opening.jsonl.gz cannot be unpacked"),
        ("payloads.zip", "PK", "payloads.zip cannot be opened"),
    ],
)
def test_a_wrong_file_is_one_clear_line(small: Path, file: str, text: str, says: str) -> None:
    (small / file).write_text(text)
    with pytest.raises(ConfigError, match=says):
        Day.open(small).opening()


def test_a_link_out_of_the_folder_is_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (small / "link").symlink_to(tmp_path / "secret")
    (small / "receipts.csv").write_text(f"received_at,source,payload\n{at(1)},spp,link\n")
    with pytest.raises(ConfigError, match="leads out of the day folder"):
        Day.open(small)


def test_a_payload_of_absurd_size_is_refused_unread(small: Path) -> None:
    with zipfile.ZipFile(small / "payloads.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for second in (-5, 1, 1.5):
            archive.writestr(f"spp/{second}.csv", b"")
        archive.writestr("spp/9.csv", bytes(65_000_000))
    with pytest.raises(ConfigError, match="has 65,000,000 bytes, too many"):
        Day.open(small)


def test_a_wrong_record_of_the_opening_starts_nothing(small: Path) -> None:
    with gzip.open(small / "opening.jsonl.gz", "wt") as file:
        file.write(record_line(0, {"kind": "nonsense"}))
    with pytest.raises(ConfigError, match=r"opening.jsonl.gz line 1: kind is 'nonsense'"):
        Day.open(small).opening()


def test_a_folder_that_is_not_there_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name a shipped day or a folder of your own"):
        Day.open(tmp_path / "nowhere")


def test_an_amended_manifest_keeps_what_else_stands_there_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"name": "Zürich", "digest": "old", "of_a_later_release": [1]}')

    amend_manifest(tmp_path, digest="new", openings={"16:30": "a"})

    text = path.read_text(encoding="utf-8")
    assert list(json.loads(text).items()) == [
        ("name", "Zürich"),
        ("digest", "new"),
        ("of_a_later_release", [1]),
        ("openings", {"16:30": "a"}),
    ]
    assert "Zürich" in text
