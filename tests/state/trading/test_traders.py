"""Traders' records as messages: what becomes of them, and what is refused with its remedy."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from connectors.sense import refuse_nonsense
from state.company import Company
from state.errors import ParseError
from state.messages import EMPTY, TraderRecord
from tests.state.trading.samples import ANN, RECORD

OWN: dict[str, Any] = {
    "own_limits": ("limit-prompt-month", "limit-prompt-quarter"),
    "own_bought_usd": np.array([1e6, np.nan]),
    "own_bought_mw": np.array([np.nan, 10.0]),
    "own_sold_usd": np.array([np.nan, np.nan]),
    "own_sold_mw": np.array([0.0, np.nan]),
}


def told(*records: TraderRecord) -> Company:
    """A company to which the records came."""
    company = Company("company")
    for position, record in enumerate(records, start=1):
        company.apply(record, position)
    return company


def refusal(record: TraderRecord) -> str:
    """Why the core refuses a record."""
    company = told(record)
    assert not company.desk.traders
    return company.refusals()[0][1]


def test_a_record_makes_a_trader_with_every_fact():
    assert told(RECORD).desk.traders == {"ann": ANN}


def test_own_limits_hold_where_a_number_is_given_and_the_row_s_elsewhere():
    first, second = told(replace(RECORD, **OWN)).desk.traders["ann"].own
    assert (first.limit, second.limit) == OWN["own_limits"]
    assert first.of(bought=True, unit="usd") == 1e6
    assert first.of(bought=True, unit="mw") is None
    assert first.of(bought=False, unit="mw") == 0.0
    assert second.of(bought=True, unit="mw") == 10.0
    assert second.of(bought=False, unit="usd") is None


def test_a_later_record_replaces_the_whole_of_the_one_before():
    company = told(replace(RECORD, **OWN), replace(RECORD, authorised=False))
    (trader,) = company.desk.traders.values()
    assert not trader.authorised
    assert trader.own == ()


def test_traders_are_restored_with_the_company():
    company = told(replace(RECORD, **OWN))
    assert Company.restore(company.snapshot()).desk.traders == company.desk.traders


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"trader": " "}, "trader is empty; name one"),
        ({"months": 0}, "months 0 is not 1 to 600; correct it"),
        ({"months": 601}, "months 601 is not 1 to 600; correct it"),
        ({"role": ""}, "role '' is no id of a policy"),
        ({"markets": ("caiso", "Day ahead")}, "markets 'Day ahead' is no id of a policy"),
        ({"instruments": ("",)}, "instruments '' is no id of a policy"),
        ({"own_limits": ("limit-prompt-month",)}, "columns have different lengths"),
        (OWN | {"own_sold_mw": np.array([0.0, -1.0])}, "own_sold_mw is below 0"),
        (OWN | {"own_bought_usd": np.array([0.0, np.inf])}, "own_bought_usd holds inf"),
    ],
)
def test_a_malformed_record_is_refused_with_the_field(changes: dict[str, Any], says: str):
    assert says in refusal(replace(RECORD, **changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"months": 0}, "months"),
        ({"months": 601}, "months"),
        (OWN | {"own_limits": ("limit-prompt-month",) * 2}, "own_limits"),
        (OWN | {"own_bought_mw": EMPTY}, "own_bought_mw"),
        (OWN | {"own_sold_usd": np.array([-1.0, 0.0])}, "own_sold_usd"),
        ({"role": ""}, "role"),
    ],
)
def test_the_door_to_the_log_refuses_it_too(changes: dict[str, Any], field: str):
    refuse_nonsense(replace(RECORD, **OWN))
    with pytest.raises(ParseError, match=f"^{field} "):
        refuse_nonsense(replace(RECORD, **changes))
