"""Words of limits: units beside numbers, and no rounding that hides a breach."""

from typing import Any

import pytest

from state.limits import RULES
from state.limits.edges import Edge
from state.limits.texts import (
    NOT_KNOWN,
    amount,
    amount_beside,
    edge_amount,
    headline,
    limit_text,
    utilisation_text,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.861, "ratio", "86.1 %"),
        (-312000.4, "$", "-$312,000"),
        (1234.567, "$/MWh", "$1,234.57/MWh"),
        (-5.0, "$/MWh", "-$5.00/MWh"),
        (90.0, "s", "90 s"),
        (1200.0, "s", "20 min"),
        (108000.0, "s", "30 h"),
        (NAN, "$", NOT_KNOWN),
    ],
)
def test_an_amount_is_written_with_its_unit(value: float, unit: str, written: str):
    assert amount(value, unit) == written


def test_a_limit_keeps_only_the_decimals_it_has():
    assert edge_amount(1000.0, "$/MWh") == "$1,000/MWh"
    assert edge_amount(0.5, "$/MWh") == "$0.50/MWh"


def test_a_value_just_outside_never_reads_like_the_limit():
    assert amount_beside(0.8999, 0.9, "ratio") == "89.99 %"
    assert amount_beside(0.9, 0.9, "ratio") == "90.0 %"
    assert amount_beside(250000.4, 250000.0, "$") == "$250,000.4"


def test_utilisation_without_a_number_is_over_and_unknown_is_never_zero():
    assert utilisation_text(float("inf")) == "over"
    assert utilisation_text(NAN) == NOT_KNOWN


def test_a_limit_is_written_with_the_edges_it_has():
    assert limit_text(Edge.BAND, 0.9, 1.1, "ratio") == "90 % to 110 %"
    assert limit_text(Edge.FLOOR, 0.9, NAN, "ratio") == "90 %"
    assert limit_text(Edge.LOSS, -150000.0, NAN, "$") == "loss of $150,000"


HEADLINES = [
    ("coverage", "firm", "2026-09-08 HE19", 0.861, 0.9, 1.1, True,
     "Intraday coverage HE19 86.1 % < 90 %, SHORT (2026-09-08)"),
    ("coverage", "caiso/firm", "2026-09-08 HE02*", 1.12, 0.9, 1.1, True,
     "Intraday coverage of caiso HE02* 112.0 % > 110 %, LONG (2026-09-08)"),
    ("coverage", "firm", "2026-09-08 HE19", 0.91, 0.9, 1.1, False,
     "Intraday coverage HE19 91.0 % near 90 %, SHORT (2026-09-08)"),
    ("stop_loss", "retail", "2026-09-08", -312000.0, -150000.0, NAN, True,
     "P&L today of retail -$312,000 < -$150,000 (2026-09-08)"),
    ("var", "firm", "", 800000.0, NAN, 750000.0, True, "VaR of firm $800,000 > $750,000"),
    ("price_spike", "TH_SP15", "", 1234.5, NAN, 500.0, True,
     "RTD price at TH_SP15 $1,234.50/MWh > $500/MWh"),
    ("spread_spike", "TH_SP15", "", 200.0, NAN, 250.0, False,
     "RTD less DA price at TH_SP15 $200.00/MWh near $250/MWh"),
    ("feed_age", "caiso/RTD", "", 1200.0, NAN, 900.0, True,
     "Age of caiso/RTD 20 min > 15 min"),
]  # fmt: skip


@pytest.mark.parametrize("row", HEADLINES, ids=[row[-1] for row in HEADLINES])
def test_a_headline_says_what_how_much_and_against_which_limit(row: tuple[Any, ...]):
    rule, scope, period, value, low, high, outside, expected = row

    written = headline(RULES[rule], scope, period, value, low=low, high=high, outside=outside)

    assert written == expected
