"""A number that reads like another unit is named with what it reads like and what binds."""

from __future__ import annotations

from pathlib import Path

import pytest

from state.policy.lint import lint, lint_limits
from state.policy.load import load
from state.policy.load_risk import load_risk
from state.policy.remarks import Concern, Remark

POLICIES = Path(__file__).parents[3] / "policies"
SVCE = (POLICIES / "svce-2017-05-10.yaml").read_text(encoding="utf-8")
DESK = (POLICIES / "desk-limits.yaml").read_text(encoding="utf-8")
CREDIT = (POLICIES / "counterparty-limits.yaml").read_text(encoding="utf-8")

FEEDS = ("RTD", "FMM", "DA", "curve", "load_forecast")


def other_units(remarks: list[Remark]) -> list[Remark]:
    found = [each for each in remarks if each.rule == "another unit"]
    assert all(each.concern is Concern.CONTRADICTION for each in found)
    return found


@pytest.mark.parametrize(
    ("old", "new", "what", "holds"),
    [
        (
            "minimum: {value: 40}\n        maximum: {value: 60}\n      - id: nop-energy-fifth",
            "minimum: {value: 0.4}\n        maximum: {value: 60}\n      - id: nop-energy-fifth",
            "minimum is 0.4 %: it reads like a ratio, that is 40 %",
            "0.4 % binds as written",
        ),
        (
            "maximum: {value: 60}\n      - id: nop-energy-fifth",
            "maximum: {value: 6000}\n      - id: nop-energy-fifth",
            "maximum is 6000 %: it reads like a hundredfold, that is 60 %",
            "6000 % binds as written",
        ),
        (
            "{percent: 103.5, of",
            "{percent: 1.035, of",
            "obligation is 1.035 %: it reads like a ratio, that is 103.5 %",
            "1.035 % binds as written",
        ),
    ],
)
def test_a_percentage_that_reads_like_a_ratio_or_a_hundredfold_is_named(
    old: str, new: str, what: str, holds: str
):
    assert SVCE.count(old) == 1
    (found,) = other_units(lint(load_risk(SVCE.replace(old, new))))

    assert (found.at, found.what, found.holds) == ("§4.6 p. 8", what, holds)


@pytest.mark.parametrize(
    ("text", "old", "new", "id", "what"),
    [
        (DESK, "floor: 0.9\n    ceiling: 1.1", "floor: 0.9\n    ceiling: 110",
         "intraday-coverage", "ceiling is 110 in ratio: it reads like 110 %"),
        (DESK, "ceiling: 0.99 ", "ceiling: 99 ",
         "var-conditional-coverage", "ceiling is 99 in probability: it reads like 99 %"),
    ],
)  # fmt: skip
def test_a_ratio_that_reads_like_a_percentage_is_named_with_its_clause(
    text: str,
    old: str,
    new: str,
    id: str,  # noqa: A002 - as remarks call it
    what: str,
):
    assert text.count(old) == 1
    (found,) = other_units(lint_limits(load(text.replace(old, new)), FEEDS, {}))

    assert (found.id, found.what) == (id, what)
    assert found.at.startswith("desk limits §")


def test_a_number_of_a_scope_of_its_own_is_named_with_the_scope():
    text = CREDIT.replace("{scope: CP-11, ceiling: 0.", "{scope: CP-11, ceiling: 60.")
    assert text != CREDIT
    found = other_units(lint_limits(load(text), FEEDS, {}))

    assert found
    assert all(each.what.startswith("ceiling of CP-11 is 60") for each in found)


def test_the_shipped_policies_are_in_their_units():
    assert not other_units(lint(load_risk(SVCE)))
    assert not other_units(
        [*lint_limits(load(DESK), FEEDS, {}), *lint_limits(load(CREDIT), FEEDS, {})]
    )
