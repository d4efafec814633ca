"""The official close of a day, with numbers a person can follow with a pencil."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from state.close.view import close_of, close_view
from state.company import Company
from state.messages import (
    AnyMessage,
    CloseStep,
    DayClose,
    LocationKind,
    Locations,
    Market,
    Run,
    SettlesAt,
    Tick,
    TradeAction,
    TradeTotals,
)
from state.proof.business_state import BusinessState
from state.reports import REPORTS
from state.reports.table import as_csv, as_html
from state.screens.close_seen import CloseRow, CloseView
from state.screens.views import Transition
from tests.state.close.samples import LIMITS, TODAY, apply, bought, totals
from tests.state.worked import (
    DAY,
    adjustment,
    at,
    company,
    contract,
    curve,
    forecast,
    price,
    reference,
    tick,
    trade,
)

TOMORROW = DAY + timedelta(days=1)
MORNING: list[AnyMessage] = [
    *reference(),
    tick(8),
    bought(),
    price(Run.DA, 9, HUB=50.0),
    price(Run.DA, 10, HUB=60.0),
    tick(12),
]
"""10 MW × ($10 + $20): $300 by noon, all of it realised."""


def step(kind: CloseStep, hour: float, day: str = TODAY, **terms: str) -> DayClose:
    words = {"actor": "risk-1", "comment": "", **terms}
    return DayClose(date=day, step=kind, at_ns=at(hour), **words)


def row(view: CloseView, figure: str, book: str = "book") -> CloseRow:
    return next(each for each in view.rows if (each.book, each.figure) == (book, figure))


def numbers(view: CloseView, figure: str, book: str = "book") -> tuple[float, float, float, float]:
    found = row(view, figure, book)
    return found.flash, found.official, found.now, found.difference


def test_flash_figures_are_those_of_the_tick_that_ends_the_day():
    view = close_of(company(MORNING, tick(24)).desk, TODAY)

    assert view.state == "open"
    assert view.flash_ns == at(24)
    flash, official, now, _ = numbers(view, "pnl")
    assert (flash, now) == (300.0, 300.0)
    assert np.isnan(official)
    assert row(view, "value", "firm").flash == 300.0


@pytest.mark.parametrize("expires", [23.5, 24.0])
def test_an_adjustment_that_ends_with_the_day_is_of_no_day(expires: float):
    marked = [reference(), tick(8), curve(40, 40, "2026-07")]
    held = company(*marked, adjustment(10, 10, expires=expires), tick(23), tick(24))
    assert numbers(close_of(held.desk, TODAY), "pnl")[::2] == (0.0, 0.0)
    assert row(close_of(held.desk, TOMORROW.isoformat()), "pnl").now == 0.0


def test_a_lock_freezes_and_a_later_correction_shows_as_the_difference():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25))
    apply(folded, price(Run.DA, 9, HUB=55.0), tick(26))

    view = close_of(folded.desk, TODAY)
    assert view.state == "locked"
    assert numbers(view, "pnl") == (300.0, 300.0, 350.0, 50.0)
    assert numbers(view, "value") == (300.0, 300.0, 350.0, 50.0)
    assert numbers(view, "pnl", "firm") == (300.0, 300.0, 350.0, 50.0)


def test_a_correction_before_the_lock_is_in_the_official_figure_and_not_in_flash():
    folded = company(MORNING, tick(25), price(Run.DA, 9, HUB=55.0), step(CloseStep.LOCK, 25.5))

    assert numbers(close_of(folded.desk, TODAY), "pnl") == (300.0, 350.0, 350.0, 0.0)


def test_a_lock_during_the_day_freezes_the_day_so_far():
    folded = company(MORNING, step(CloseStep.LOCK, 12))
    apply(folded, trade(5, 20, 13, 1, trade="T2"), price(Run.DA, 13, HUB=60.0), tick(14))

    flash, official, now, difference = numbers(close_of(folded.desk, TODAY), "pnl")
    assert np.isnan(flash)
    assert (official, now, difference) == (300.0, 500.0, 200.0)


def test_the_next_day_is_no_part_of_the_day_that_was_closed():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25))
    later = trade(5, 30, 12, 1, day=TOMORROW, trade="T2")
    apply(folded, later, price(Run.DA, 12, TOMORROW, HUB=90.0), tick(38))

    view = close_of(folded.desk, TODAY)
    assert numbers(view, "pnl") == (300.0, 300.0, 300.0, 0.0)
    assert numbers(view, "value") == (300.0, 300.0, 300.0, 0.0)


def test_corrections_of_several_days_add_up_for_their_own_day():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25))
    apply(folded, price(Run.DA, 9, HUB=55.0), tick(49), price(Run.DA, 10, HUB=57.0), tick(50))

    assert numbers(close_of(folded.desk, TODAY), "pnl") == (300.0, 300.0, 320.0, 20.0)
    second = close_of(folded.desk, TOMORROW.isoformat())
    assert numbers(second, "pnl")[0] == 50.0  # the first correction came on the second day


def test_a_day_that_is_no_longer_held_keeps_what_had_restated_it():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25), price(Run.DA, 9, HUB=55.0))
    apply(folded, *(tick(1, DAY + timedelta(days=days)) for days in range(2, 18)))

    assert DAY not in folded.desk.markets["west"].days
    assert numbers(close_of(folded.desk, TODAY), "pnl") == (300.0, 300.0, 350.0, 50.0)


def test_what_is_open_at_the_end_of_the_day_stays_open_in_its_close():
    short = forecast("town", 12, 30.0, 30.0, day=TOMORROW)
    folded = company(MORNING, short, tick(25), step(CloseStep.LOCK, 25))
    apply(folded, tick(37), trade(60, 30, 13, 1, day=TOMORROW, trade="T2"), tick(37.5))

    view = close_of(folded.desk, TODAY)
    assert numbers(view, "open") == (-60.0, -60.0, -60.0, 0.0)
    assert numbers(view, "open", "firm") == (-60.0, -60.0, -60.0, 0.0)


def test_an_interval_that_is_half_over_is_open_for_what_is_left():
    folded = company(
        reference(settlement_seconds=300), tick(8), trade(12, 40, 8, 2), tick(8.5),
        step(CloseStep.LOCK, 8.5),
    )  # fmt: skip
    assert numbers(close_of(folded.desk, TODAY), "open")[1] == pytest.approx(12 * 1.5)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([step(CloseStep.SIGN_OFF, 25)], f"{TODAY} is not locked; lock it first"),
        ([step(CloseStep.REOPEN, 25, comment="why")], f"{TODAY} is not locked; lock it first"),
        ([step(CloseStep.LOCK, 25), step(CloseStep.LOCK, 26)], "locked by risk-1 already"),
        (
            [step(CloseStep.LOCK, 25), step(CloseStep.SIGN_OFF, 26), step(CloseStep.SIGN_OFF, 27)],
            "signed off already",
        ),
        ([step(CloseStep.LOCK, 25, "2026-07-17")], "2026-07-17 has not begun"),
        ([step(CloseStep.LOCK, 25, "2026-07-10")], "2026-07-10 was not seen to end"),
        ([step(CloseStep.LOCK, 25, "2026-7-10")], "no ISO date"),
        ([step(CloseStep.LOCK, 25, actor=" ")], "actor is empty; say who"),
        ([step(CloseStep.LOCK, 25), step(CloseStep.REOPEN, 26)], "comment is empty; say why"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused_with_the_remedy(steps: list[DayClose], reason: str):
    folded = company(MORNING, tick(25))
    apply(folded, *steps)

    ((feed, told),) = folded.refusals()
    assert feed == "day_close"
    assert reason in told


def test_a_step_before_the_first_tick_is_refused():
    folded = company(reference(), step(CloseStep.LOCK, 8))
    assert "before the first tick" in folded.refusals()[0][1]


def test_a_reopened_day_is_locked_anew_with_the_figures_of_then():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25), step(CloseStep.SIGN_OFF, 25.1))
    assert close_view(folded.desk).state == "signed off"

    apply(folded, price(Run.DA, 9, HUB=55.0), step(CloseStep.REOPEN, 26, comment="a price came"))
    reopened = close_view(folded.desk)
    assert (reopened.state, reopened.locked_ns) == ("reopened", 0)

    apply(folded, step(CloseStep.LOCK, 27))
    view = close_view(folded.desk)
    assert (view.state, view.locked_ns) == ("locked", at(27))
    assert numbers(view, "pnl") == (300.0, 350.0, 350.0, 0.0)
    assert [each.step for each in view.steps] == ["lock", "sign_off", "reopen", "lock"]


def test_a_day_that_two_markets_end_is_over_with_the_later_one():
    folded = company(MORNING[:-1])
    apply(folded, Market(market="east", time_zone="America/New_York"), tick(20.5))
    apply(folded, tick(21.5))  # half past midnight in the east
    assert TODAY not in folded.desk.closes.flash
    apply(folded, tick(24))
    assert numbers(close_of(folded.desk, TODAY), "pnl")[0] == 300.0


def test_a_market_whose_midnight_is_still_to_come_has_brought_nothing_of_the_running_day():
    """The company's day is that of the east, three hours ahead; 10 MWh are bought for its 02:00."""
    hub = Locations(market="east", locations=("HUB",), kinds=(LocationKind.HUB,), hubs=("HUB",))
    east = [Market(market="east", time_zone="America/New_York"), hub]
    early = trade(10, 40, 23, 1, trade="T2"), price(Run.DA, 23, HUB=50)
    own = [replace(one, market="east") for one in early]
    folded = company([*east, *MORNING, *own], tick(20.5), tick(21.5))
    apply(folded, price(Run.DA, 10, HUB=61.0), replace(own[1], lmp=np.array([55.0])))
    begun = TOMORROW.isoformat()

    view = close_of(folded.desk, begun)
    assert numbers(view, "pnl")[2] == 50.0
    assert numbers(view, "value")[2] == 300.0 + 10.0 + 100.0 + 50.0
    apply(folded, step(CloseStep.LOCK, 22, begun))
    assert not folded.refusals()
    apply(folded, tick(24.5))
    assert numbers(close_of(folded.desk, begun), "pnl")[1:] == (50.0, 50.0, 0.0)


def test_ticks_that_miss_a_midnight_give_no_flash_rather_than_two_days_in_one():
    folded = company(MORNING, tick(8, DAY + timedelta(days=3)))
    assert folded.desk.closes.flash == {}


def test_a_locked_day_whose_end_was_missed_is_not_known_any_more():
    folded = company(MORNING, step(CloseStep.LOCK, 12), tick(8, DAY + timedelta(days=3)))
    view = close_of(folded.desk, TODAY)
    assert row(view, "pnl").official == 300.0
    assert all(np.isnan(each.now) and np.isnan(each.difference) for each in view.rows)


# What nothing marks ------------------------------------------------------------------------------

UNPRICED = trade(10, 40, 14, 2, trade="T3", settles_at=SettlesAt.RTD)
"""20 MWh of the day that no price reaches before it ends, $800."""

LATER = [price(Run.RTD, hour, HUB=45.0) for hour in (14, 15)]


def test_a_day_that_ended_with_mwh_without_a_mark_has_no_known_pnl_until_they_are_marked():
    folded = company(MORNING, UNPRICED, tick(25), step(CloseStep.LOCK, 25))
    closed = close_of(folded.desk, TODAY)
    apply(folded, *LATER)
    marked = close_of(folded.desk, TODAY)

    why = f"20 MWh have no mark, most of them at HUB on {TODAY}"
    for book in ("book", "firm"):
        assert np.isnan(numbers(closed, "pnl", book)).all()
        assert row(closed, "pnl", book).unknown == f"not known (flash, official, now): {why}"
        assert np.isnan(numbers(marked, "pnl", book)[:2]).all()
        assert row(marked, "pnl", book).now == 400.0
        assert row(marked, "pnl", book).unknown == f"not known (flash, official): {why}"
    assert numbers(closed, "pnl", "other") == (0.0, 0.0, 0.0, 0.0)
    assert row(closed, "pnl", "other").unknown == ""


def test_a_running_day_with_mwh_without_a_mark_is_locked_without_a_pnl():
    view = close_of(company(MORNING, UNPRICED, step(CloseStep.LOCK, 12)).desk, TODAY)

    assert np.isnan(numbers(view, "pnl")).all()
    assert "not known (official, now): 20 MWh have no mark" in row(view, "pnl").unknown


def test_mwh_of_the_days_after_without_a_mark_at_its_end_leave_a_day_without_a_pnl():
    """Their cost is in what the day brought, and what they are worth is in no day's."""
    ahead = trade(10, 40, 9, 2, day=TOMORROW, trade="T3")
    folded = company(MORNING, ahead, tick(25))
    apply(folded, *(price(Run.DA, hour, TOMORROW, HUB=50.0) for hour in (9, 10)), tick(48))

    first, second = (close_of(folded.desk, day.isoformat()) for day in (DAY, TOMORROW))
    words = "20 MWh of the days after had no mark at midnight, when it ended"
    assert row(first, "pnl").unknown == f"not known (flash, now): {words}"
    words = "20 MWh had no mark at midnight, from when it counts"
    assert row(second, "pnl").unknown == f"not known (flash, now): {words}"
    assert np.isnan(row(first, "pnl").now)
    assert np.isnan(row(second, "pnl").now)


def test_a_day_that_is_no_longer_held_stays_without_the_pnl_it_never_had():
    folded = company(MORNING, UNPRICED, tick(25), step(CloseStep.LOCK, 25))
    apply(folded, *(tick(1, DAY + timedelta(days=days)) for days in range(2, 18)))

    assert DAY not in folded.desk.markets["west"].days
    assert np.isnan(row(close_of(folded.desk, TODAY), "pnl").now)


def test_a_restored_company_and_the_report_say_why_a_pnl_is_not_known():
    folded = company(MORNING, UNPRICED, tick(25), step(CloseStep.LOCK, 25))
    restored = Company.restore(folded.snapshot())
    assert restored.snapshot() == folded.snapshot()
    apply(restored, tick(49))

    figures = REPORTS["close"](restored).tables[1]
    why = f"20 MWh have no mark, most of them at HUB on {TODAY}"
    assert f"{TODAY}, book: P&L not known (flash, official, now): {why}." in figures.notes


# Reconciliation ----------------------------------------------------------------------------------


def compared(folded: Company) -> dict[tuple[str, str], tuple[float, float, str]]:
    rows = close_of(folded.desk, TODAY).reconciled
    return {(each.book, each.figure): (each.ours, each.theirs, each.state) for each in rows}


def told(transitions: list[Transition]) -> set[tuple[str, str, str, str]]:
    return {(each.change, each.row.limit, each.row.scope, each.row.period) for each in transitions}


def test_totals_that_agree_raise_nothing():
    folded = company([LIMITS], MORNING)
    assert apply(folded, totals(1, 20.0, 800.0), tick(13)) == []
    assert compared(folded) == {
        ("book", "contracts"): (1.0, 1.0, "agrees"),
        ("book", "volume"): (20.0, 20.0, "agrees"),
        ("book", "value"): (800.0, 800.0, "agrees"),
    }


def test_a_contract_that_is_missing_is_a_case_until_it_arrives():
    folded = company([LIMITS], MORNING)
    opened = apply(folded, totals(2, 40.0, 1_600.0), tick(13))
    assert told(opened) == {
        ("breached", f"reconciled-{what}", "blotter book", TODAY)
        for what in ("contracts", "volume", "value")
    }
    assert {each.row.cause_key for each in opened} == {f"trade_totals/blotter/{TODAY}"}

    settled = apply(folded, bought("T2"), tick(13.1))
    assert {each.change for each in settled} == {"resolved"}
    assert len(settled) == 3


@pytest.mark.parametrize(
    ("there", "left"),
    [
        (totals(1, 20.0, 800.0, books=("other",)), bought(version=2, action=TradeAction.CANCEL)),
        (
            totals(1, 20.0, 800.0, books=("other",)),
            bought(version=2, action=TradeAction.AMEND, book="other"),
        ),
        (
            totals(0, 0.0, 0.0, books=("other",)),
            trade(10, 40, 9, 2, version=2, action=TradeAction.AMEND, executed_at_ns=at(-3)),
        ),
        (
            totals(2, 5.0, 5.0, books=("elsewhere",)),
            totals(1, 20.0, 800.0),
        ),
    ],
    ids=["cancelled", "of another book", "of another date", "no longer in the totals"],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_breach_ends_when_its_book_is_on_neither_side_any_more(
    there: AnyMessage, left: AnyMessage, *, restarted: bool
):
    folded = company([LIMITS], MORNING, there, tick(13))
    scope = f"blotter {'elsewhere' if isinstance(left, TradeTotals) else 'book'}"
    assert folded.desk.alerts.state_of("reconciled-contracts", scope, TODAY) == "breach"

    if restarted:
        folded = Company.restore(folded.snapshot())
    settled = told(apply(folded, left, tick(13.1)))
    assert {each for each in settled if each[2] == scope} == {
        ("resolved", f"reconciled-{what}", scope, TODAY)
        for what in ("contracts", "volume", "value")
    }


def test_a_contract_that_makes_a_difference_is_its_cause():
    folded = company([LIMITS], MORNING, totals(1, 20.0, 800.0), tick(13))
    cancelled = bought(version=2, action=TradeAction.CANCEL)
    opened = apply(folded, cancelled, tick(13.1))
    assert {each.row.cause_key for each in opened} == {cancelled.key}
    assert len(opened) == 3


def test_a_contract_of_another_date_is_compared_with_nothing():
    folded = company([LIMITS], MORNING, totals(1, 20.0, 800.0), tick(13))
    apply(folded, trade(10, 40, 9, 2, trade="T3", executed_at_ns=at(25)))
    assert not folded.desk.closes.behind
    apply(folded, bought("T4"))
    assert folded.desk.closes.behind


def test_later_totals_of_the_same_date_take_the_place_of_the_first():
    folded = company([LIMITS], MORNING, totals(2, 40.0, 1_600.0), tick(13))
    settled = apply(folded, totals(1, 20.0, 800.0), tick(13.1))
    assert {each.change for each in settled} == {"resolved"}


@pytest.mark.parametrize(
    ("mwh", "usd", "limits"),
    [
        (20.5, 801.0, set()),  # at the tolerance is inside
        (19.5, 799.0, set()),
        (20.51, 800.0, {"reconciled-volume"}),
        (20.0, 798.99, {"reconciled-value"}),
    ],
)
def test_the_tolerance_holds_both_ways_and_at_its_edge(mwh: float, usd: float, limits: set[str]):
    folded = company([LIMITS], MORNING)
    found = apply(folded, totals(1, mwh, usd), tick(13))
    assert {each.row.limit for each in found if each.change == "breached"} == limits


def test_what_rounding_leaves_of_sums_at_the_tolerance_is_inside_it():
    """Of floats 1.1 − 0.6 is more than 0.5, and ten times 0.1 are less than 1."""
    dimes = [
        trade(0.1, 40, 9, 1, trade=f"X{number}", executed_at_ns=at(8.5)) for number in range(11)
    ]
    folded = company([LIMITS, *reference(), tick(8)], dimes)

    found = apply(folded, totals(11, 0.6, 43.0), tick(13))
    assert {each.change for each in found} == {"warned"}
    assert compared(folded)["book", "volume"] == (1.1, 0.6, "within tolerance")
    assert compared(folded)["book", "value"] == (44.0, 43.0, "within tolerance")


def test_a_case_of_large_totals_is_seen_to_differ():
    """$2 of 2.6 billion are beyond $1, however small a part they are."""
    year = trade(1_000, 300, 0, 8_760, day=date(2027, 1, 1), executed_at_ns=at(8.5))
    folded = company([LIMITS, *reference(), tick(8)], year)
    opened = apply(folded, totals(1, 8_760_000.0, 2_628_000_002.0), tick(13))

    assert {each.row.limit for each in opened} == {"reconciled-value"}
    assert compared(folded)["book", "value"][-1] == "differs"
    assert compared(folded)["book", "volume"][-1] == "agrees"


def test_a_difference_that_comes_back_to_the_tolerance_differs_as_long_as_its_case_fires():
    folded = company([LIMITS], MORNING, totals(1, 20.75, 800.0), tick(13))
    apply(folded, totals(1, 20.5, 800.0), tick(13.1))
    assert folded.desk.alerts.state_of("reconciled-volume", "blotter book", TODAY) == "breach"
    assert compared(folded)["book", "volume"][-1] == "differs"

    apply(folded, totals(1, 20.4, 800.0), tick(13.2))
    assert compared(folded)["book", "volume"][-1] == "within tolerance"


def test_without_a_limit_a_difference_is_shown_and_raises_nothing():
    folded = company(MORNING)
    assert apply(folded, totals(2, 20.0, 800.0), tick(13)) == []
    assert compared(folded)["book", "contracts"] == (1.0, 2.0, "differs")


def test_a_limit_that_comes_later_finds_the_totals_that_are_there():
    folded = company(MORNING, totals(2, 20.0, 800.0), tick(13))
    found = apply(folded, LIMITS, tick(13.1))
    assert {each.row.limit for each in found} == {"reconciled-contracts"}


def test_only_contracts_of_that_system_and_date_that_count_are_compared():
    others = [
        bought("T2", source="other"),
        trade(10, 40, 9, 2, trade="T3", executed_at_ns=at(-1)),
        bought("T4"),
        bought("T4", version=2, action=TradeAction.CANCEL),
        trade(-4, 25, 15, 1, trade="T5", received_at_ns=at(9), book="other"),
    ]
    folded = company(MORNING, others, totals(1, 20.0, 800.0), tick(13))
    found = compared(folded)
    assert found["book", "contracts"] == (1.0, 1.0, "agrees")
    assert found["other", "volume"] == (4.0, 0.0, "differs")  # sold counts as bought
    assert found["other", "value"] == (100.0, 0.0, "differs")


def test_an_amendment_that_says_no_time_either_counts_on_the_date_it_came():
    first = trade(10, 40, 50, 2, trade="T9", received_at_ns=at(9))
    amended = trade(
        10, 41, 50, 2, trade="T9", received_at_ns=at(30), version=2, action=TradeAction.AMEND
    )
    told_twice = [totals(1, 20.0, 820.0, date=day) for day in (TODAY, TOMORROW.isoformat())]
    folded = company(reference(), tick(8), first, tick(24), tick(30), amended, told_twice)
    ours = {
        day: {each.figure: each.ours for each in close_of(folded.desk, day).reconciled}
        for day in (TODAY, TOMORROW.isoformat())
    }
    assert ours == {
        TODAY: {"contracts": 0.0, "volume": 0.0, "value": 0.0},
        TOMORROW.isoformat(): {"contracts": 1.0, "volume": 20.0, "value": 820.0},
    }


def test_certificates_have_a_value_and_no_megawatt_hours():
    held = contract(
        "rec", 0, 0, 9, unit_kind="PCC1", vintage="2026", units=100.0, price_usd_per_unit=17.5,
        trade="T2", executed_at_ns=at(8.6),
    )  # fmt: skip
    folded = company(MORNING, held, totals(2, 20.0, 2_550.0), tick(13))
    assert {state for *_, state in compared(folded).values()} == {"agrees"}


def test_a_book_that_only_the_trade_system_knows_differs():
    folded = company(MORNING, totals(1, 20.0, 800.0, books=("elsewhere",)), tick(13))
    found = compared(folded)
    assert found["elsewhere", "contracts"] == (0.0, 1.0, "differs")
    assert found["book", "contracts"] == (1.0, 0.0, "differs")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (totals(-1, 20.0, 800.0), "contracts holds a value that is negative"),
        (totals(1, float("nan"), 800.0), "volume_mwh holds a value that is negative or not known"),
        (totals(1, 20.0, 800.0, books=("book", "other")), "columns have different lengths"),
        (totals(1, 20.0, 800.0, date="15.07.2026"), "no ISO date"),
    ],
)
def test_totals_that_make_no_sense_are_refused(wrong: TradeTotals, reason: str):
    folded = company(MORNING, wrong, tick(13))
    ((_, told_reason),) = folded.refusals()
    assert reason in told_reason
    assert folded.desk.closes.totals == {}


def test_totals_are_forgotten_when_nothing_restates_their_day():
    folded = company(MORNING, totals(2, 20.0, 800.0), tick(13))
    apply(folded, *(tick(1, DAY + timedelta(days=days)) for days in range(1, 15)))
    assert folded.desk.closes.totals
    apply(folded, tick(1, DAY + timedelta(days=15)))
    assert not folded.desk.closes.totals


# Saved, proved, reported -------------------------------------------------------------------------


BUSY: list[AnyMessage] = [
    LIMITS,
    *MORNING,
    totals(2, 20.0, 800.0),
    tick(13),
    step(CloseStep.LOCK, 13),
    tick(25),
    price(Run.DA, 9, HUB=55.0),
    step(CloseStep.REOPEN, 25, comment="a price came"),
    totals(2, 20.0, 900.0),
    step(CloseStep.LOCK, 25.5),
    tick(26),
    step(CloseStep.SIGN_OFF, 26),
    bought("T2"),
    price(Run.DA, 10, HUB=61.0),
    tick(49),
]


@pytest.mark.parametrize("cut", range(9, len(BUSY)))
def test_a_restored_company_closes_as_the_one_that_went_on(cut: int):
    went_on = company(BUSY)
    restored = Company.restore(company(BUSY[:cut]).snapshot())
    apply(restored, *BUSY[cut:])

    assert restored.snapshot() == went_on.snapshot()
    assert restored.digest == went_on.digest
    for write in (as_csv, as_html):
        assert write(REPORTS["close"](restored)) == write(REPORTS["close"](went_on))


def test_a_state_without_closes_can_be_gone_on_from():
    before = company(MORNING)
    assert "close" not in before.desk.snapshot()
    restored = Company.restore(before.snapshot())
    apply(restored, tick(24))
    assert numbers(close_of(restored.desk, TODAY), "pnl")[0] == 300.0


def test_flash_figures_are_no_part_of_the_digest_and_a_lock_is():
    later = [Tick(at_ns=at(hour)) for hour in (25, 26)]
    silent = company(MORNING, later)
    locked = company(MORNING, later[:1], step(CloseStep.LOCK, 25), later[1:])
    assert silent.desk.closes.flash
    assert silent.desk.closes.canonical == []
    assert silent.digest != locked.digest
    assert BusinessState().digest(silent.desk) != BusinessState().digest(locked.desk)


def test_totals_are_a_part_of_the_state_that_is_hashed():
    told_one, told_two = (company(MORNING, totals(count, 20.0, 800.0)) for count in (1, 2))
    assert BusinessState().digest(told_one.desk) != BusinessState().digest(told_two.desk)


def test_the_report_says_who_did_what_and_what_does_not_reconcile():
    days, figures, reconciled, _ = REPORTS["close"](company(BUSY)).tables
    assert [values[:4] for values in days.rows if values[0] == TODAY] == [
        (TODAY, "signed off", "lock", "risk-1"),
        (TODAY, "signed off", "reopen", "risk-1"),
        (TODAY, "signed off", "lock", "risk-1"),
        (TODAY, "signed off", "sign-off", "risk-1"),
    ]
    pnl = next(values for values in figures.rows if values[:2] == (TODAY, "book"))
    assert pnl[2:] == ("P&L of the day, $", 300.0, 350.0, 720.0, 370.0)
    assert [values[-1] for values in reconciled.rows] == ["agrees", "differs", "differs"]


@pytest.mark.parametrize(
    "message", [tick(24), step(CloseStep.LOCK, 12), totals(1, 20.0, 800.0)], ids=lambda m: m.key
)
def test_whatever_changes_a_close_shows_it_anew(message: AnyMessage):
    folded = company(MORNING)
    folded.changed_views()
    apply(folded, message)
    assert "close" in folded.changed_views()


def test_before_any_day_ended_today_is_shown_as_it_stands():
    view = close_view(company(MORNING).desk)
    assert (view.date, view.state, view.flash_ns) == (TODAY, "open", 0)
    assert row(view, "pnl").now == 300.0
    assert close_view(company(reference()).desk).rows == []


def test_the_day_after_the_last_that_was_closed_is_shown_when_it_ends():
    folded = company(MORNING, tick(25), step(CloseStep.LOCK, 25))
    assert close_view(folded.desk).date == TODAY
    apply(folded, tick(49))
    assert close_view(folded.desk).date == date(2026, 7, 16).isoformat()
