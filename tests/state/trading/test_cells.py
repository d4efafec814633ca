"""Every cell of the table of §5.6, by its product and side: at, just inside and just outside.

The cells are those of the policy file; what the source says they are is tested with the file
(``tests/state/policy/test_risk_policy.py``). The answers are those of the rule that checks ask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from state.messages import SettlesAt
from state.policy.cells import Cell, Words
from state.policy.schema import Provenance
from state.policy.trading_limits import TradedProduct, TradingLimit
from state.trading.answers import Answer, Verdict
from state.trading.facts import TradeFacts
from tests.state.trading.samples import POLICY, TODAY, answer, answers, severest, trade

DELIVERY = {
    "limit-real-time": (TODAY, date(2026, 3, 11)),
    "limit-day-ahead": (date(2026, 3, 11), date(2026, 3, 12)),
    "limit-balance-of-month": (date(2026, 3, 15), date(2026, 4, 1)),
    "limit-prompt-month": (date(2026, 4, 1), date(2026, 5, 1)),
    "limit-balance-of-year": (date(2026, 5, 1), date(2027, 1, 1)),
    "limit-36-months": (date(2027, 1, 1), date(2029, 3, 1)),
    "limit-60-months": (date(2027, 1, 1), date(2031, 3, 1)),
    "limit-caiso-energy": (date(2026, 3, 11), date(2026, 3, 12)),
    "limit-convergence-bids": (date(2026, 3, 11), date(2026, 3, 12)),
    "limit-crr-month": (date(2026, 4, 1), date(2026, 5, 1)),
    "limit-crr-quarter": (date(2026, 4, 1), date(2026, 7, 1)),
    "limit-crr-year": (date(2027, 1, 1), date(2028, 1, 1)),
    "limit-crr-long-term": (date(2028, 1, 1), date(2038, 1, 1)),
}
"""A delivery under each row."""

KINDS = {"capacity": "system", "transmission": "firm"}
IN_TERMS_OF = {"caiso": ("CAISO Tariff", SettlesAt.DA), "bilateral": ("EEI", SettlesAt.CURVE)}


@dataclass(frozen=True)
class Case:
    """One cell: a row's number for a side and a unit, as it binds one product of the table."""

    row: TradingLimit
    product: TradedProduct
    bought: bool
    unit: str

    @property
    def cell(self) -> Cell:
        side = self.row.purchases if self.bought else self.row.sales
        cell: Cell = side.usd if self.unit == "$" else side.mw
        return cell

    @property
    def check(self) -> str:
        return f"{'purchase' if self.bought else 'sale'} {self.unit}, {self.row.title}"

    def __str__(self) -> str:
        return (
            f"{self.row.id} {self.product.id} {'purchase' if self.bought else 'sale'} {self.unit}"
        )


CASES = [
    Case(row, product, bought, unit)
    for row in POLICY.trading_limits
    for product in POLICY.traded_products
    if product.id in row.products
    for bought in (True, False)
    for unit in ("$", "MW")
]
NUMBERS = [case for case in CASES if case.cell.says is None]
AS_NEEDED = [case for case in CASES if case.cell.says is Words.SCHEDULE_LOAD]
NOT_APPLICABLE = [case for case in CASES if case.cell.says is Words.NOT_APPLICABLE]


def facts(case: Case, number: float = 0.0, **more: Any) -> TradeFacts:
    """A trade under a cell that counts so much; all else of it is far inside."""
    sign, name = (1.0 if case.bought else -1.0), case.product.products[0]
    agreement, settles_at = IN_TERMS_OF[case.product.venues[0]]
    counted: dict[str, float] = {"quantity_mw": 0.0, "notional_usd": 0.0, "var_usd": 0.0}
    if case.unit == "MW":
        counted["quantity_mw"] = sign * number
    else:
        # The number that does not count is beyond every limit.
        var = case.product.measure == "var"
        counted |= {"var_usd": number if var else 1e12, "notional_usd": 1e12 if var else number}
    first, end = DELIVERY[case.row.id]
    return trade(
        product=name, unit_kind=KINDS.get(name, ""), venue=case.product.venues[0],
        agreement=agreement, settles_at=settles_at, bought=case.bought, first=first, end=end,
        **counted, **more,
    )  # fmt: skip


def said(case: Case, number: float = 0.0, **more: Any) -> Answer:
    """What the cell answers; it is the cell asked for that does."""
    found = answer(facts(case, number, **more), case.check)
    assert found.id == case.row.id
    assert str(found.at) == str(case.row.at)
    return found


@pytest.mark.parametrize("case", NUMBERS, ids=str)
def test_at_a_number_and_just_inside_it_is_inside_and_just_outside_is_not(case: Case):
    limit = case.cell.ceiling
    assert limit is not None
    just_outside, just_inside = math.nextafter(limit, math.inf), math.nextafter(limit, 0.0)

    at, inside, outside = said(case, limit), said(case, just_inside), said(case, just_outside)

    assert (at.verdict, at.value, at.limit) == (Verdict.PASS, limit, limit)
    assert inside.verdict is Verdict.PASS
    assert (outside.verdict, outside.unit) == (Verdict.REJECT, case.unit)
    assert outside.value > outside.limit


@pytest.mark.parametrize("case", NUMBERS, ids=str)
def test_a_number_alone_makes_the_decision(case: Case):
    limit = case.cell.ceiling
    assert limit is not None

    assert severest(answers(facts(case, limit))) is Verdict.PASS
    assert severest(answers(facts(case, math.nextafter(limit, math.inf)))) is Verdict.REJECT


@pytest.mark.parametrize("case", NUMBERS, ids=str)
def test_a_number_that_is_not_confirmed_says_so_with_every_answer(case: Case):
    found = said(case, 1.0)

    assert found.provenance is case.cell.provenance
    assert ("the cell is" in found.reason) == (found.provenance is not Provenance.CERTAIN)


@pytest.mark.parametrize("case", AS_NEEDED, ids=str)
@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        (-1000.0 + 2e-6, Verdict.PASS),
        (1000.0 - 2e-6, Verdict.PASS),
        (math.nextafter(-1000.0, 0.0), Verdict.REFER),  # what rounding leaves of a sum
        (math.nextafter(1000.0, 0.0), Verdict.REFER),
        (-1000.0, Verdict.REFER),
        (1000.0, Verdict.REFER),
        (math.nextafter(-1000.0, -math.inf), Verdict.REFER),
    ],
)
def test_as_needed_to_schedule_the_load_passes_what_is_nearer_to_zero_whatever_its_size(
    case: Case, after: float, verdict: Verdict
):
    found = said(case, 1e12, open_before_mwh=-1000.0, open_after_mwh=after)

    assert found.verdict is verdict


@pytest.mark.parametrize("case", NOT_APPLICABLE, ids=str)
@pytest.mark.parametrize("number", [0.0, 1e12])
def test_where_the_cell_says_not_applicable_the_middle_office_decides(case: Case, number: float):
    assert said(case, number).verdict is Verdict.REFER


def test_every_cell_of_the_table_has_its_cases_above():
    tested = [*NUMBERS, *AS_NEEDED, *NOT_APPLICABLE]

    assert len(tested) == len(CASES) == 4 * sum(len(row.products) for row in POLICY.trading_limits)
    assert {case.row.id for case in tested} == {row.id for row in POLICY.trading_limits}
    assert {case.product.id for case in tested} == {each.id for each in POLICY.traded_products}
