"""Two rows on one thing are named with what comes of it; rows that only look alike are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from state.policy.lint import lint
from state.policy.load_risk import load_risk
from state.policy.remarks import Concern, Remark

SVCE = (Path(__file__).parents[3] / "policies" / "svce-2017-05-10.yaml").read_text(encoding="utf-8")


def twice(*changes: tuple[str, str]) -> list[Remark]:
    text = SVCE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return [each for each in lint(load_risk(text)) if each.rule.endswith("twice")]


def test_the_source_has_no_tolerance_twice():
    assert not twice()


def test_a_second_tolerance_on_a_period_is_named_with_both_bands():
    (found,) = twice(("period: second_calendar_year", "period: prompt_calendar_year"))

    assert (found.concern, found.rule) == (Concern.CONTRADICTION, "period twice")
    assert (found.at, found.id) == ("§4.6 p. 8", "nop-energy-second-calendar-year")
    assert found.what == (
        "nop-energy-prompt-calendar-year is about prompt calendar year too: "
        "70 to 90 %, and 80 to 105 % there"
    )
    assert found.holds == "both bind, each with a case of its own"


def test_bands_that_no_position_keeps_both_are_told_so():
    (found,) = twice(("period: fourth_calendar_year", "period: prompt_calendar_year"))

    assert found.holds.endswith("no position keeps both")


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (
            'last: "2018-12-31"',
            'last: "2019-01-15"',
            [("nop-rps-2019", "nop-rps-2018 is about 2019-01-01 to 2019-01-15 too")],
        ),
        (
            'first: "2018-01-01"',
            'first: "2017-12-31"',
            [("nop-rps-2018", "nop-rps-2017 is about 2017-12-31 to 2017-12-31 too")],
        ),
        (
            'first: "2020-01-01", last: "2020-12-31"',
            'first: "2021-02-01"',
            [("nop-rps-post-2020", "nop-rps-2020 is about 2021-02-01 on too")],
        ),
    ],
)
def test_tolerances_over_the_same_dates_are_named(old: str, new: str, names: list[tuple[str, str]]):
    found = twice((old, new))

    assert [(each.id, each.what.partition(":")[0]) for each in found] == names
    assert {each.rule for each in found} == {"dates twice"}


def holes(*changes: tuple[str, str]) -> list[Remark]:
    text = SVCE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return [each for each in lint(load_risk(text)) if each.rule == "dates without a row"]


def test_dates_that_follow_one_another_leave_no_hole():
    assert not holes()
    assert not holes(('last: "2018-12-31"', 'last: "2020-12-31"'))


def test_a_hole_between_the_dates_of_two_rows_is_named_with_its_dates():
    late, early = (
        ('first: "2019-01-01"', 'first: "2019-02-01"'),
        ('dates: {first: "2020-01-01", last: "2020-12-31"}',
         'dates: {first: "2020-01-01", last: "2020-12-30"}'),
    )  # fmt: skip
    found = holes(late, early)

    assert [each.what for each in found] == [
        "no tolerance for 2019-01-01 to 2019-01-31, between the dates of its rows",
        "no tolerance for 2020-12-31 to 2020-12-31, between the dates of its rows",
    ]
    assert {(each.concern, each.id, each.at) for each in found} == {
        (Concern.GAP, "nop-rps", "§4.6 p. 8")
    }


def test_rows_for_other_kinds_or_other_months_of_a_period_are_not_twice():
    assert len(twice(("season: {first: 8, last: 9}", "season: {first: 8, last: 10}"))) == 2
    (found,) = twice(
        ("period: balance_of_year\n        kinds: [local]",
         "period: balance_of_year\n        kinds: [local, system]"),
    )  # fmt: skip
    assert found.id == "nop-capacity-balance-of-year-local"
