"""The table of §5.6: the row of a contract, what has none, people. Cells: ``test_cells.py``."""

import math
from datetime import date
from typing import Any

import pytest

from state.messages import SettlesAt
from state.trading.answers import Verdict
from state.trading.traders import OwnLimit
from tests.state.trading.samples import TODAY, answer, answers, person, severest, trade

CRR = {
    "limit-crr-month": (date(2026, 4, 1), date(2026, 5, 1)),
    "limit-crr-quarter": (date(2026, 4, 1), date(2026, 7, 1)),
    "limit-crr-year": (date(2027, 1, 1), date(2028, 1, 1)),
    "limit-crr-long-term": (date(2028, 1, 1), date(2038, 1, 1)),
}


def crr(row: str, **changes: Any) -> Any:
    first, end = CRR[row]
    return trade(
        product="crr_obligation", venue="caiso", agreement="CAISO Tariff",
        settles_at=SettlesAt.DA, first=first, end=end, **changes,
    )  # fmt: skip


@pytest.mark.parametrize("row", CRR)
def test_the_sale_of_a_crr_goes_before_the_middle_office(row: str):
    facts = crr(row, bought=False, quantity_mw=-10.0)

    assert {answer(facts, f"sale {unit}").verdict for unit in ("$", "MW")} == {Verdict.REFER}
    assert severest(answers(facts)) is Verdict.REFER


@pytest.mark.parametrize("product", ["virtual_supply", "virtual_demand"])
@pytest.mark.parametrize("bought", [True, False])
def test_every_convergence_bid_is_rejected_though_the_market_is_approved(
    product: str, *, bought: bool
):
    facts = trade(
        product=product, venue="caiso", agreement="CAISO Tariff", settles_at=SettlesAt.DA,
        first=date(2026, 3, 11), end=date(2026, 3, 12), bought=bought,
        quantity_mw=0.1 if bought else -0.1, var_usd=0.01,
    )  # fmt: skip
    side = "purchase" if bought else "sale"

    assert answer(facts, "approved market").verdict is Verdict.PASS
    assert {answer(facts, f"{side} {u}").verdict for u in ("$", "MW")} == {Verdict.REJECT}
    assert answer(facts, f"{side} $").limit == 0.0


# As needed to schedule the load ----------------------------------------------------------------

AS_NEEDED = {
    "limit-real-time": {"first": TODAY, "end": date(2026, 3, 11)},
    "limit-day-ahead": {"first": date(2026, 3, 11), "end": date(2026, 3, 12)},
    "limit-caiso-energy": {
        "first": date(2026, 3, 11), "end": date(2026, 3, 12), "venue": "caiso",
        "agreement": "CAISO Tariff", "settles_at": SettlesAt.DA,
    },
}  # fmt: skip


@pytest.mark.parametrize("row", AS_NEEDED)
@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (-1000.0, -999.999, Verdict.PASS),
        (-1000.0, 0.0, Verdict.PASS),
        (-1000.0, 999.0, Verdict.PASS),  # over zero, and nearer all the same
        (1000.0, 500.0, Verdict.PASS),
        (-1000.0, -1000.0, Verdict.REFER),
        (-1000.0, -1000.001, Verdict.REFER),
        (-1000.0, 1000.0, Verdict.REFER),
        (0.0, 10.0, Verdict.REFER),
        (math.nan, 10.0, Verdict.UNKNOWN),
        (10.0, math.nan, Verdict.UNKNOWN),
    ],
)
@pytest.mark.parametrize("bought", [True, False])
def test_a_trade_to_schedule_the_load_passes_when_it_brings_the_position_nearer_to_zero(
    row: str, before: float, after: float, verdict: Verdict, *, bought: bool
):
    facts = trade(
        open_before_mwh=before, open_after_mwh=after, bought=bought, notional_usd=1e12,
        quantity_mw=9e9 if bought else -9e9, **AS_NEEDED[row],
    )  # fmt: skip
    side = "purchase" if bought else "sale"
    found = [answer(facts, f"{side} {unit}") for unit in ("$", "MW")]

    assert {each.verdict for each in found} == {verdict}
    assert {each.id for each in found} == {row}
    assert severest(answers(facts)) is verdict


# Rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executed", "first", "end", "row"),
    [
        (date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 11), "limit-real-time"),
        (date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 12), "limit-day-ahead"),
        (date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 13), "limit-balance-of-month"),
        (date(2026, 3, 10), date(2026, 3, 12), date(2026, 4, 1), "limit-balance-of-month"),
        (date(2026, 3, 10), date(2026, 3, 12), date(2026, 4, 2), "limit-prompt-month"),
        (date(2026, 3, 10), date(2026, 3, 12), date(2026, 5, 1), "limit-balance-of-year"),
        (date(2026, 3, 10), date(2026, 4, 1), date(2026, 5, 1), "limit-prompt-month"),
        (date(2026, 3, 10), date(2026, 5, 1), date(2026, 6, 1), "limit-balance-of-year"),
        (date(2026, 3, 10), date(2026, 5, 1), date(2027, 1, 1), "limit-balance-of-year"),
        (date(2026, 3, 10), date(2026, 5, 1), date(2027, 1, 2), "limit-36-months"),
        (date(2026, 3, 10), date(2026, 4, 1), date(2029, 3, 1), "limit-36-months"),
        (date(2026, 3, 10), date(2026, 4, 1), date(2029, 3, 2), "limit-60-months"),
        (date(2026, 3, 10), date(2026, 4, 1), date(2031, 3, 1), "limit-60-months"),
        # The turn of the year leaves no balance of year.
        (date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 1), "limit-prompt-month"),
        (date(2026, 11, 1), date(2026, 11, 15), date(2027, 1, 1), "limit-36-months"),
        (date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 1), "limit-prompt-month"),
        (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2), "limit-day-ahead"),
        (date(2026, 12, 31), date(2027, 1, 2), date(2027, 1, 3), "limit-prompt-month"),
    ],
)
def test_a_contract_falls_under_the_first_row_that_holds_its_end_and_its_length(
    executed: date, first: date, end: date, row: str
):
    facts = trade(executed=executed, first=first, end=end)

    assert answer(facts, "purchase $").id == row


@pytest.mark.parametrize(
    ("first", "end", "verdict"),
    [
        (date(2026, 4, 1), date(2031, 3, 1), Verdict.PASS),
        (date(2026, 4, 1), date(2031, 3, 2), Verdict.REJECT),
        (date(2031, 3, 1), date(2031, 4, 1), Verdict.REJECT),
    ],
)
def test_nobody_trades_beyond_the_farthest_horizon(first: date, end: date, verdict: Verdict):
    found = answers(trade(first=first, end=end))[-1]

    assert found.verdict is verdict
    assert found.id == "limit-60-months"


@pytest.mark.parametrize(
    ("end", "row"),
    [
        (date(2026, 5, 1), "limit-crr-month"),
        (date(2026, 5, 2), "limit-crr-quarter"),
        (date(2026, 7, 1), "limit-crr-quarter"),
        (date(2026, 7, 2), "limit-crr-year"),
        (date(2027, 4, 1), "limit-crr-year"),
        (date(2027, 4, 2), "limit-crr-long-term"),
        (date(2036, 4, 1), "limit-crr-long-term"),
    ],
)
def test_a_crr_falls_under_the_row_of_its_length(end: date, row: str):
    facts = trade(
        product="crr_option", venue="caiso", settles_at=SettlesAt.DA, first=date(2026, 4, 1),
        end=end,
    )  # fmt: skip

    assert answer(facts, "purchase MW").id == row


def test_an_approved_product_without_a_row_goes_before_the_middle_office():
    facts = trade(product="rec", unit_kind="PCC1")

    assert answer(facts, "trading limit").verdict is Verdict.REFER
    assert severest(answers(facts)) is Verdict.REFER


# What is not known -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "check"),
    [({"notional_usd": math.nan}, "purchase $"), ({"quantity_mw": math.nan}, "purchase MW")],
)
def test_a_number_that_is_not_known_is_no_decision_and_never_passes(
    changes: dict[str, float], check: str
):
    facts = trade(**changes)

    assert answer(facts, check).verdict is Verdict.UNKNOWN
    assert severest(answers(facts)) is Verdict.UNKNOWN


def test_what_is_rejected_stays_so_where_something_else_is_not_known():
    facts = trade(notional_usd=math.nan, quantity_mw=100.5)

    assert severest(answers(facts)) is Verdict.REJECT


# People ----------------------------------------------------------------------------------------


def test_another_role_has_no_limits_here():
    found = answer(trade(), "role", person(role="origination"))

    assert found.verdict is Verdict.REJECT
    assert "origination" in found.reason


@pytest.mark.parametrize(
    ("mw", "bought", "verdict"),
    [(25.0, True, Verdict.PASS), (25.1, True, Verdict.REJECT), (-25.1, False, None)],
)
def test_a_person_may_have_less_than_the_role(mw: float, verdict: Verdict | None, *, bought: bool):
    own = OwnLimit(limit="limit-prompt-month", bought_mw=25.0)
    found = [
        each
        for each in answers(trade(quantity_mw=mw, bought=bought), person(own=(own,)))
        if each.check.startswith("trader's own MW")
    ]

    assert [each.verdict for each in found] == ([verdict] if verdict else [])
