"""Our contracts against another system's record of them, one by one (policy §3.5)."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import from_record, to_record
from state.close.details import Records
from state.close.view import DETAILS_SHOWN, close_of, close_view
from state.company import Company
from state.errors import ParseError
from state.messages import AnyMessage, Block, Policy, Trade, TradeAction, TradeDetails
from state.policy.load_risk import load_risk
from state.proof.business_state import BusinessState
from state.reports import REPORTS
from state.screens.close_seen import DetailRow
from tests.state.close.samples import LIMITS, MORNING, POLICIES, TODAY, apply, bought, record
from tests.state.worked import DAY, at, company, contract, tick, trade

WRITTEN = (POLICIES / "svce-2017-05-10.yaml").read_text("utf-8")


def differing(folded: Company) -> list[tuple[str, str]]:
    return [(row.trade, row.detail) for row in close_of(folded.desk, TODAY).details]


def only(folded: Company) -> DetailRow:
    (row,) = close_of(folded.desk, TODAY).details
    return row


def test_a_record_that_holds_a_contract_as_we_do_differs_in_nothing():
    folded = company([LIMITS], MORNING)
    assert apply(folded, record(bought()), tick(10)) == []
    view = close_of(folded.desk, TODAY)
    assert view.details == []
    (told,) = view.records
    assert (told.system, told.source, told.compared, told.differing) == (
        "settlement", "blotter", 1, 0,
    )  # fmt: skip


def test_the_details_compared_are_those_of_the_written_policy():
    listed = next(each for each in load_risk(WRITTEN).lists if each.id == "trade-details")
    other = trade(
        10, 41.0, 10, 2, trade="T1", executed_at_ns=at(8.5), location="NODE", product="swap",
        counterparty="CP-02",
    )  # fmt: skip
    folded = company(MORNING, record(other), tick(10))
    assert [detail for _, detail in differing(folded)] == list(listed.items)


UNLIKE: list[tuple[dict[str, Any], str, str, str]] = [
    ({"price": 40.25}, "price", "40.00 $/MWh", "40.25 $/MWh"),
    ({"location": "NODE"}, "location", "HUB", "NODE"),
    ({"product": "swap"}, "product", "energy flat", "swap flat"),
    ({"block": Block.ON_PEAK}, "product", "energy flat", "energy on_peak"),
    ({"counterparty": "CP-02"}, "counterparty", "CP-01", "CP-02"),
    (
        {"day": DAY + timedelta(days=1)},
        "tenor",
        "2026-07-15 09:00 PDT to 2026-07-15 11:00 PDT",
        "2026-07-16 09:00 PDT to 2026-07-16 11:00 PDT",
    ),
]


@pytest.mark.parametrize(("terms", "detail", "ours", "theirs"), UNLIKE)
def test_each_detail_is_named_with_contract_and_both_sides(
    terms: dict[str, Any], detail: str, ours: str, theirs: str
):
    folded = company([LIMITS], MORNING)
    opened = apply(folded, record(bought(**terms)), tick(10))
    row = only(folded)
    assert (row.system, row.trade, row.book) == ("settlement", "T1", "book")
    assert (row.detail, row.ours, row.theirs) == (detail, ours, theirs)
    (case,) = opened
    assert (case.change, case.row.limit) == ("breached", "reconciled-details")
    assert (case.row.scope, case.row.period) == ("settlement blotter", TODAY)


@pytest.mark.parametrize(("price", "found"), [(40.005, 0), (39.995, 0), (40.006, 1), (39.994, 1)])
def test_half_a_cent_is_the_same_price(price: float, found: int):
    folded = company(MORNING, record(bought(price=price)), tick(10))
    assert len(differing(folded)) == found


def test_a_contract_that_is_not_in_the_record_is_missing_there():
    folded = company(MORNING, bought("T2"), record(bought()), tick(10))
    row = only(folded)
    assert (row.trade, row.detail, row.book, row.theirs) == ("T2", "missing", "book", "not there")
    assert "40.00 $/MWh; HUB; energy flat" in row.ours


def test_a_contract_that_we_do_not_hold_is_surplus():
    folded = company([LIMITS], MORNING)
    opened = apply(folded, record(bought(), bought("T2")), tick(10))
    row = only(folded)
    assert (row.trade, row.detail, row.book, row.ours) == (
        "T2", "surplus", "", "not held, or cancelled",
    )  # fmt: skip
    assert [each.change for each in opened] == ["breached"]

    settled = apply(folded, bought("T2"), tick(10.5))  # it was on its way
    assert [each.change for each in settled] == ["resolved"]
    assert differing(folded) == []


def test_an_amended_contract_opens_its_mismatch_and_an_amended_record_clears_it():
    folded = company([LIMITS], MORNING, record(bought()), tick(10))
    amended = bought(version=2, action=TradeAction.AMEND, price=41.0)
    opened = apply(folded, amended, tick(10.5))
    assert [(each.change, each.row.cause_key) for each in opened] == [("breached", amended.key)]
    assert differing(folded) == [("T1", "price")]

    settled = apply(folded, record(amended), tick(11))
    assert [each.change for each in settled] == ["resolved"]


def test_an_amended_contract_clears_its_mismatch():
    folded = company([LIMITS], MORNING)
    assert apply(folded, record(bought(price=41.0)), tick(10))
    settled = apply(folded, bought(version=2, action=TradeAction.AMEND, price=41.0), tick(10.5))
    assert [each.change for each in settled] == ["resolved"]


def test_a_cancelled_contract_is_surplus_and_leaves_nothing_missing():
    folded = company(MORNING, record(bought()), tick(10))
    apply(folded, bought(version=2, action=TradeAction.CANCEL))
    assert differing(folded) == [("T1", "surplus")]
    apply(folded, record(bought("T2")), bought("T2"))
    assert differing(folded) == []


def test_a_confirmation_of_one_counterparty_expects_its_contracts_alone():
    others = [bought("T2", counterparty="CP-02"), bought("T3")]
    confirmed = record(bought(), system="CP-01", counterparty="CP-01")
    folded = company(MORNING, others, confirmed, tick(10))
    assert differing(folded) == [("T3", "missing")]
    (told,) = close_of(folded.desk, TODAY).records
    assert (told.counterparty, told.compared, told.differing) == ("CP-01", 2, 1)


def test_contracts_of_other_systems_and_dates_are_not_expected():
    others = [
        bought("T2", source="other"),
        trade(10, 40, 9, 2, trade="T3", executed_at_ns=at(-1)),
    ]
    folded = company(MORNING, others, record(bought()), tick(10))
    assert differing(folded) == []


def test_what_is_held_is_compared_by_its_price_a_unit():
    held = contract(
        "rec", 0, 0, 9, unit_kind="PCC1", vintage="2026", units=100.0, price_usd_per_unit=17.5,
        trade="T2", executed_at_ns=at(8.6),
    )  # fmt: skip
    told = record(bought(), held)
    told.price_usd_per_mwh[1] = 17.25
    folded = company(MORNING, held, told, tick(10))
    row = only(folded)
    assert (row.detail, row.ours, row.theirs) == ("price", "17.50 $ a unit", "17.25 $ a unit")


def test_without_a_record_nothing_is_said_to_agree():
    view = close_of(company(MORNING).desk, TODAY)
    assert (view.records, view.details) == ([], [])
    (*_, table) = REPORTS["close"](company(MORNING, tick(25))).tables
    assert table.empty == "No other system sent what it holds of contracts."


def test_a_limit_that_comes_later_finds_the_record_that_is_there():
    folded = company(MORNING, record(), tick(10))
    found = apply(folded, LIMITS, tick(10.1))
    assert [each.row.limit for each in found] == ["reconciled-details"]


def test_a_difference_calls_for_the_duty_of_the_written_policy():
    written = Policy(policy="svce", version="2017-05-10", source=WRITTEN)
    folded = company([LIMITS, written], MORNING, record(), tick(10))
    (case,) = [one for one in folded.desk.alerts.cases() if one.limit == "reconciled-details"]
    owed = {duty.duty for duty in case.duties}
    assert {"duty-reconcile-trades", "duty-investigate-discrepancies"} <= owed


def test_a_record_is_forgotten_when_nothing_restates_its_day():
    folded = company(MORNING, record(), tick(10))
    apply(folded, *(tick(1, DAY + timedelta(days=days)) for days in range(1, 15)))
    assert folded.desk.closes.records.held
    apply(folded, tick(1, DAY + timedelta(days=15)))
    assert not any(vars(folded.desk.closes.records).values())


def test_a_contract_that_a_replaced_record_named_is_no_more_looked_up_by_its_name():
    yesterday = (DAY - timedelta(days=1)).isoformat()
    folded = company([LIMITS], MORNING, record(bought(), date=yesterday), tick(10))
    apply(folded, record(date=yesterday), tick(11))
    assert not apply(folded, bought(version=2, price=41.0), tick(12))
    assert differing(folded) == []


def test_a_trade_costs_no_more_where_records_of_other_dates_and_contracts_are_held():
    few, many = (company(MORNING, record(bought())) for _ in range(2))
    for number in range(50):
        other = bought(f"S{number}")
        day = (DAY - timedelta(days=1 + number % 5)).isoformat()
        apply(many, record(other, date=day, counterparty=f"CP-{number}"))

    versions = bought(version=1), bought(version=2, price=41.0)
    walked = [lines_run(one, versions) for one in (few, many)]
    assert walked[0] == walked[1]


def lines_run(folded: Company, versions: tuple[Trade, Trade]) -> int:
    """Return how many lines of the comparison a trade goes through."""
    lines, before = 0, sys.gettrace()

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        lines += event == "line" and frame.f_code.co_filename.endswith("close/details.py")
        return count

    sys.settrace(count)
    try:
        dates = list(folded.desk.closes.records.note_trade(folded.desk, versions))
    finally:
        sys.settrace(before)
    assert dates == [TODAY]
    return lines


WRONG = [
    (record(bought(), bought()), "trade 'T1' is there twice"),
    (record(bought(), date="15.07.2026"), "no ISO date"),
    (record(bought(), system=" "), "system is empty"),
    (record(bought(price=float("nan"))), "price_usd_per_mwh holds a value that is not known"),
    (record(trade(1, 1, 9, -1)), "delivery of trade 'T1' ends before it begins"),
    (record(bought(location=" ")), "locations holds an empty name"),
    (record(trade(1, 1, 9_000_000)), "is not between 1970 and 2100"),
]


@pytest.mark.parametrize(("wrong", "reason"), WRONG)
def test_a_record_that_makes_no_sense_is_refused(wrong: TradeDetails, reason: str):
    folded = company(MORNING, wrong, tick(10))
    ((feed, told),) = folded.refusals()
    assert feed == "trade_details"
    assert reason in told
    assert folded.desk.closes.records.held == {}


def test_tenors_are_times_with_their_offset_in_the_record_form():
    told = to_record(record(bought()))
    assert told["delivery_starts"] == ["2026-07-15T16:00:00Z"]
    assert to_record(from_record(told, received_at_ns=0)) == told
    told["delivery_starts"] = ["2026-07-15T16:00:00"]
    with pytest.raises(ParseError, match=r"delivery_starts\[0\] is .* with its offset"):
        from_record(told, received_at_ns=0)


# Saved, proved, shown ----------------------------------------------------------------------------


VERSIONS = st.builds(
    bought,
    st.sampled_from(["T1", "T2", "T3"]),
    version=st.integers(1, 4),
    action=st.sampled_from([TradeAction.AMEND, TradeAction.AMEND, TradeAction.CANCEL]),
    price=st.sampled_from([40.0, 41.0]),
    counterparty=st.sampled_from(["CP-01", "CP-02"]),
    source=st.sampled_from(["blotter", "blotter", "other"]),
)
HELD = st.lists(VERSIONS, max_size=3, unique_by=lambda each: each.trade)
SAID = st.one_of(
    VERSIONS,
    st.builds(
        lambda held, one, day: record(*held, counterparty=one, date=day),
        HELD,
        st.sampled_from(["", "", "CP-01"]),
        st.sampled_from([TODAY, TODAY, (DAY - timedelta(days=1)).isoformat()]),
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(SAID, max_size=12), st.integers(0, 12))
def test_what_differs_is_what_comparing_everything_anew_finds_and_is_restored(
    said: list[AnyMessage], cut: int
):
    went_on = company(MORNING, said, tick(10))
    records = went_on.desk.closes.records
    anew = Records()
    for held in records.held.values():
        anew.take(went_on.desk, held)
    assert records.differing == anew.differing

    restored = Company.restore(company(MORNING, said[:cut]).snapshot())
    apply(restored, *said[cut:], tick(10))
    assert restored.snapshot() == went_on.snapshot()
    assert restored.digest == went_on.digest
    assert restored.desk.closes.records.differing == records.differing


def test_a_record_is_a_part_of_the_state_that_is_hashed():
    one, other = (company(MORNING, record(bought(price=price))) for price in (40.0, 41.0))
    assert BusinessState().digest(one.desk) != BusinessState().digest(other.desk)


def test_the_report_names_every_contract_and_detail():
    folded = company(MORNING, record(bought(price=41.0), bought("T2")), tick(10))
    (*_, table) = REPORTS["close"](folded).tables
    assert [values[:5] for values in table.rows] == [
        (TODAY, "settlement", "T1", "book", "price"),
        (TODAY, "settlement", "T2", "", "surplus"),
    ]
    assert table.notes == (f"{TODAY}, settlement: 2 contracts of blotter compared, 2 differ.",)


def test_a_screen_is_told_the_first_of_very_many_and_the_report_all():
    many = [bought(f"S{number:03}") for number in range(DETAILS_SHOWN + 5)]
    folded = company(MORNING, record(bought(), *many), tick(10))
    assert len(close_view(folded.desk).details) == DETAILS_SHOWN
    (*_, table) = REPORTS["close"](folded).tables
    assert len(table.rows) == DETAILS_SHOWN + 5
