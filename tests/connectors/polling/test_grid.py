"""What a report should have published, against what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.polling.caiso import reports
from connectors.polling.grid import ExpectedGrid
from connectors.polling.report import Part, Report
from connectors.polling.schedule import Running

MINUTE_NS = 60 * 10**9
NODES = ("A", "B")
START = int(datetime(2026, 9, 8, 17, 0, tzinfo=UTC).timestamp()) * 10**9


def report(feed: str) -> Report:
    return next(one for one in reports(NODES, ("CA ISO-TAC",)) if one.feed == feed)


def part(start_ns: int, names: tuple[str, ...] = NODES, values: bytes = b"v") -> Part:
    return Part(start_ns, frozenset(names), values + start_ns.to_bytes(8, "big"))


def test_an_advance_run_is_due_before_its_interval_begins() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    grid.note([part(START)])
    assert grid.incomplete(START + MINUTE_NS) == []
    assert grid.incomplete(START + 3 * MINUTE_NS) == [START + 5 * MINUTE_NS]


def test_an_interval_without_one_of_its_locations_is_not_there() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    grid.note([part(START, ("A",))])
    assert grid.incomplete(START) == [START]
    grid.note([part(START, ("B",))])
    assert grid.incomplete(START) == []


def test_what_is_due_is_missing_only_after_the_report_s_patience() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    assert grid.missing(START + 5 * MINUTE_NS) == []
    assert grid.missing(START + 6 * MINUTE_NS) == [START]


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 8), 23), ((2026, 9, 9), 24), ((2026, 11, 1), 25)]
)
def test_a_day_ahead_has_the_hours_of_its_day(day: tuple[int, int, int], hours: int) -> None:
    midnight = datetime(*day, 8 if hours == 23 else 7, tzinfo=UTC)
    since_ns = int(midnight.timestamp()) * 10**9
    due = report("caiso/DA").schedule.due(since_ns, since_ns)
    assert len(due) == hours
    assert due[0] == since_ns


def test_tomorrow_is_due_at_one_in_the_afternoon_local_and_not_before() -> None:
    noon_ns = int(datetime(2026, 9, 8, 19, 59, tzinfo=UTC).timestamp()) * 10**9
    since_ns = noon_ns + 12 * 60 * MINUTE_NS
    assert report("caiso/DA").schedule.due(since_ns, noon_ns) == []
    assert len(report("caiso/DA").schedule.due(since_ns, noon_ns + MINUTE_NS)) == 23


def test_what_is_asked_for_reaches_from_the_oldest_gap_to_the_newest_due() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    grid.note([part(START + 5 * MINUTE_NS)])
    assert grid.wanted(START + 8 * MINUTE_NS) == (START, START + 15 * MINUTE_NS)


def test_once_an_hour_what_is_there_is_read_again_for_corrections() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    grid.note([part(START + 5 * MINUTE_NS * number) for number in range(13)])
    assert grid.wanted(START + 57 * MINUTE_NS) is None
    assert grid.wanted(START + 60 * MINUTE_NS) == (START, START + 65 * MINUTE_NS)
    assert grid.wanted(START + 61 * MINUTE_NS) == (START, START + 65 * MINUTE_NS)  # no answer yet
    grid.note([part(START)])
    assert grid.wanted(START + 62 * MINUTE_NS) is None


def test_nothing_is_asked_for_while_nothing_is_due_until_it_is_read_again() -> None:
    grid = ExpectedGrid(report("caiso/DA"), since_ns=START)
    due = report("caiso/DA").schedule.due(START, START)
    grid.note([part(start) for start in due])
    assert grid.wanted(START + 10 * MINUTE_NS) is None
    assert grid.wanted(START + 61 * MINUTE_NS) is not None


def test_the_very_same_values_under_new_stamps_are_frozen() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    same = [Part(START + 5 * MINUTE_NS * number, frozenset(NODES), b"same") for number in range(4)]
    grid.note(same[:3])
    assert not grid.is_frozen
    grid.note(same[3:])
    assert grid.is_frozen
    grid.note([part(START + 20 * MINUTE_NS)])
    assert not grid.is_frozen


def test_what_several_answers_hold_is_asked_for_in_turn_the_newest_first() -> None:
    by_hour = replace(report("caiso/RTD"), answer_of=lambda start_ns: start_ns // (60 * MINUTE_NS))
    grid = ExpectedGrid(by_hour, since_ns=START)
    now_ns = START + 125 * MINUTE_NS
    hours = [grid.wanted(now_ns) for _ in range(4)]
    newest = START + 120 * MINUTE_NS
    assert hours == [
        (newest, newest + 10 * MINUTE_NS),
        (START + 60 * MINUTE_NS, newest),
        (START, START + 60 * MINUTE_NS),
        (newest, newest + 10 * MINUTE_NS),
    ]


def test_a_source_of_its_newest_interval_alone_is_not_asked_for_what_was_missed() -> None:
    of_its_own = replace(report("caiso/RTD"), newest_only=True, answer_of=lambda start: start)
    grid = ExpectedGrid(of_its_own, since_ns=START)
    now_ns = START + 8 * MINUTE_NS
    grid.note([part(START + 5 * MINUTE_NS)])
    assert grid.wanted(now_ns) == (START + 10 * MINUTE_NS, START + 15 * MINUTE_NS)
    assert grid.missing(now_ns) == [START]
    grid.note([part(START + 10 * MINUTE_NS)])
    assert grid.wanted(now_ns) is None


def test_a_source_of_its_newest_answer_alone_is_asked_for_what_that_lacks_and_no_other() -> None:
    hour_ns = 60 * MINUTE_NS
    of_an_hour = replace(
        report("caiso/RTD"), newest_only=True, answer_of=lambda start: start // hour_ns
    )
    begin_ns = (START // hour_ns + 1) * hour_ns - 10 * MINUTE_NS
    grid = ExpectedGrid(of_an_hour, since_ns=begin_ns)
    before, lacks, newest = (begin_ns + at * MINUTE_NS for at in (5, 10, 15))
    grid.note([part(begin_ns), part(newest)])
    assert grid.wanted(newest) == (lacks, lacks + 5 * MINUTE_NS)
    grid.note([part(lacks)])
    assert grid.wanted(newest) is None
    assert before in grid.incomplete(newest)


def test_a_report_that_comes_days_later_is_still_expected_then() -> None:
    days = 5
    late = replace(
        report("caiso/RTD"),
        schedule=Running(300, ahead_seconds=-days * 86_400, patience_seconds=0),
        kept_seconds=(days + 1) * 86_400,
    )
    grid = ExpectedGrid(late, since_ns=START)
    assert grid.incomplete(START + days * 86_400 * 10**9) == [START]


def test_each_of_several_answers_is_read_again_and_one_does_not_stand_for_another() -> None:
    of_its_own = replace(report("caiso/RTD"), answer_of=lambda start_ns: start_ns)
    grid = ExpectedGrid(of_its_own, since_ns=START)
    starts = [START + 5 * MINUTE_NS * number for number in range(3)]
    for _ in starts:
        wanted = grid.wanted(START + 8 * MINUTE_NS)
        assert wanted is not None
        grid.note([part(wanted[0])])
    assert grid.wanted(START + 8 * MINUTE_NS) is None
    of_its_own_again = []
    later_ns = START + 68 * MINUTE_NS
    while len(of_its_own_again) < 20 and (wanted := grid.wanted(later_ns)):
        of_its_own_again.append(wanted[0])
        grid.note([part(wanted[0])])
    assert set(starts) < set(of_its_own_again)
    assert grid.wanted(later_ns) is None


def test_what_is_forgotten_brings_no_reading_again_forward() -> None:
    grid = ExpectedGrid(report("caiso/RTD"), since_ns=START)
    days = 4 * 24 * 60
    for minute in range(0, days + 120, 5):
        grid.note([part(START + minute * MINUTE_NS)])
    assert grid.wanted(START + days * MINUTE_NS) is not None
    grid.note([part(START + days * MINUTE_NS)])
    asked = [grid.wanted(START + (days + minute) * MINUTE_NS) for minute in (5, 15, 25, 35)]
    assert asked == [None] * 4


def test_what_a_file_knows_of_days_to_come_is_not_asked_for_before_it_is_due() -> None:
    by_hour = replace(report("caiso/RTD"), answer_of=lambda start_ns: start_ns // (60 * MINUTE_NS))
    grid = ExpectedGrid(by_hour, since_ns=START)
    grid.note([part(START), part(START + 48 * 60 * MINUTE_NS)])
    later_ns = START + 120 * MINUTE_NS
    asked = [grid.wanted(later_ns) for _ in range(8)]
    assert all(stretch is not None and stretch[0] < later_ns + 5 * MINUTE_NS for stretch in asked)


def test_what_is_read_again_has_every_second_turn_while_something_is_not_there() -> None:
    by_hour = replace(report("caiso/RTD"), answer_of=lambda start_ns: start_ns // (60 * MINUTE_NS))
    grid = ExpectedGrid(by_hour, since_ns=START)
    grid.note([part(START + 5 * MINUTE_NS * number) for number in range(36)])
    now_ns = START + 180 * MINUTE_NS
    hours = [stretch and (stretch[0] - START) // (60 * MINUTE_NS)
             for stretch in (grid.wanted(now_ns) for _ in range(6))]  # fmt: skip
    assert hours == [3, 2, 3, 1, 3, 0]
