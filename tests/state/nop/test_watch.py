"""The positions as limits, day by day: what binds when, why, and what is said of it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from state.company import Company
from state.messages import (
    Block,
    CompanyFigure,
    CompanyOutlook,
    Policy,
    ResourceKind,
    RetailSales,
    TradeCheck,
)
from state.nop.rows import covered_on, limited_on
from state.nop.watch import nop_view, readings_of
from state.periods import month_after
from state.wire import encode_state
from tests.state.nop.company import POLICY, Following, another, block_trade, outlook
from tests.state.worked import contract, curve, resource, tick

JUNE, JULY = date(2026, 6, 15), date(2026, 7, 1)


def limited(desk: Following) -> dict[str, str]:
    rows = desk.company.desk.alerts.rows()
    return {
        row.limit: row.period
        for row in rows
        if row.state != "not_applicable" and "nop-" in row.limit
    }


def test_a_trade_that_takes_a_position_out_of_tolerance_is_the_active_cause_of_its_case():
    desk = Following(JUNE)
    desk.plant(95.0)
    sold = block_trade(-20.0, date(2026, 7, 1), date(2026, 8, 1))
    (change,) = (one for one in desk.apply(sold) if one.row.limit.startswith("nop-"))

    assert (change.row.limit, change.row.period) == ("nop-energy-prompt-month", "2026-07")
    assert (change.row.cause_key, change.row.passive) == (sold.key, False)
    assert change.row.clause == "SVCE §4.6 p. 8"
    assert change.row.headline == "Load covered, Prompt month 75.0 % < 90 %, SHORT (2026-07)"


def test_a_trade_that_is_only_asked_about_moves_no_position():
    desk = Following(JUNE)
    desk.plant(95.0)
    before = encode_state(nop_view(desk.company.desk))
    sold = block_trade(-20.0, date(2026, 7, 1), date(2026, 8, 1))

    assert not desk.apply(TradeCheck(check="c", candidate=sold))
    assert encode_state(nop_view(desk.company.desk)) == before


def test_a_forecast_that_does_is_passive():
    desk = Following(JUNE)
    desk.plant(95.0)
    changes = [change for change in desk.plant(80.0) if "month" in change.row.limit]

    assert {change.row.passive for change in changes} == {True}
    assert {change.row.cause_key for change in changes} == {"volume_outlook/plant"}


def test_a_state_saved_between_a_forecast_and_its_tick_still_names_the_forecast():
    desk = Following(JUNE)
    desk.plant(95.0)
    company = desk.company
    company.apply(outlook("plant", 80.0, desk.years), company.position + 1)
    restored, after = Company.restore(company.snapshot()), tick(8.01, JUNE)
    changes = restored.apply(after, restored.position + 1)

    causes = {change.row.cause_key for change in changes if "month" in change.row.limit}
    assert causes == {"volume_outlook/plant"}
    assert company.apply(after, company.position + 1)
    assert restored.digest == company.digest


def test_a_state_saved_between_a_trade_and_a_forecast_still_names_the_trade():
    desk = Following(JUNE)
    desk.plant(95.0)
    company, sold = desk.company, block_trade(-20.0, date(2026, 7, 1), date(2026, 8, 1))
    company.apply(sold, company.position + 1)
    restored = Company.restore(company.snapshot())
    for message in (outlook("plant", 94.0, desk.years), tick(8.01, JUNE)):
        company.apply(message, company.position + 1)
        changes = restored.apply(message, restored.position + 1)
        assert restored.snapshot() == company.snapshot()

    assert {one.row.cause_key for one in changes if "month" in one.row.limit} == {sold.key}


@pytest.mark.parametrize("expected", [True, False], ids=["with an outlook", "without one"])
def test_a_changed_peak_is_read_at_the_next_tick_and_its_record_named(*, expected: bool):
    desk = Following(JUNE, load_mw=100.0 if expected else None)
    desk.hold("capacity", "system", 230.0)
    assert desk.state_of("nop-capacity-prompt-month-1") == {"breach", "ok"}  # the others hold none

    town = replace(resource("town", "ZONE", ResourceKind.LOAD), capacity_mw=250.0)
    changes = [one.row for one in desk.apply(town) if one.row.scope == "Prompt month +1: system"]

    assert [(row.cause_key, row.passive) for row in changes] == [(town.key, True)]
    assert "80.0 % < 100 %, SHORT (2026-08)" in changes[0].headline
    restored, after = Company.restore(desk.company.snapshot()), tick(8.01, JUNE)
    assert not restored.apply(after, restored.position + 1)
    assert not desk.company.apply(after, desk.company.position + 1)
    assert restored.digest == desk.company.digest


def test_what_the_company_states_of_itself_is_named_where_it_moves_a_position():
    desk = Following(JUNE)
    desk.hold("capacity", "system", 230.0)
    peak = CompanyOutlook(
        market="west",
        figure=CompanyFigure.PEAK_LOAD,
        periods=("2026-08",),
        amounts=np.array([250.0]),
    )
    changes = [one.row for one in desk.apply(peak) if one.row.scope == "Prompt month +1: system"]

    assert {(row.cause_key, row.passive) for row in changes} == {(peak.key, True)}


def test_stated_sales_are_named_where_they_move_a_position():
    desk = Following(JUNE)
    sales = RetailSales(
        market="west",
        periods=tuple(str(year) for year in range(2021, 2032)),
        volume_mwh=np.full(11, 200_000.0),
    )
    changes = [one.row for one in desk.apply(sales) if "rps" in one.row.limit]

    assert {(row.cause_key, row.passive) for row in changes} == {(sales.key, True)}


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        (date(2026, 6, 30), date(2026, 7, 1), "2026-07", "2026-08"),
        (date(2026, 9, 30), date(2026, 10, 1), "2026-10", "2026-11"),
        (date(2026, 12, 31), date(2027, 1, 1), "2027-01", "2027-02"),
    ],
)
def test_the_prompt_month_rolls_at_midnight_on_the_first(
    before: date, after: date, gone: str, come: str
):
    desk = Following(before)
    assert limited(desk)["nop-energy-prompt-month"] == gone
    desk.tick_on(after)

    assert limited(desk)["nop-energy-prompt-month"] == come


@pytest.mark.parametrize(
    ("before", "after", "rolls"),
    [
        (date(2026, 6, 29), date(2026, 6, 30), {}),
        (date(2026, 6, 30), date(2026, 7, 1), {"prompt-quarter": "2026-Q4"}),
        (date(2026, 7, 31), date(2026, 8, 1), {}),
        (date(2026, 9, 30), date(2026, 10, 1), {"prompt-quarter": "2027-Q1"}),
        (
            date(2026, 12, 31),
            date(2027, 1, 1),
            {
                "prompt-quarter": "2027-Q2",
                "balance-of-year": "2027-03 to 2027-12",
                "prompt-calendar-year": "2028",
                "second-calendar-year": "2029",
                "third-calendar-year": "2030",
                "fourth-calendar-year": "2031",
                "fifth-calendar-year": "2032",
            },
        ),
    ],
)
def test_quarters_and_years_roll_with_their_first_date_and_on_no_other(
    before: date, after: date, rolls: dict[str, str]
):
    desk = Following(before)
    longer = ("quarter", "calendar-year")
    held = {name: period for name, period in limited(desk).items() if name.endswith(longer)}
    desk.tick_on(after)

    rolled = {f"nop-energy-{name}": period for name, period in rolls.items()}
    capacity = {"nop-capacity-prompt-quarter": rolls.get("prompt-quarter")}
    expected = held | rolled | {name: period for name, period in capacity.items() if period}
    assert {name: limited(desk)[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("today", "hours"),
    [(date(2026, 2, 15), 743), (date(2026, 10, 15), 721)],
    ids=["the clocks go forward", "the clocks go back"],
)
def test_a_month_with_another_clock_has_its_own_hours(today: date, hours: int):
    desk = Following(today)
    desk.plant(95.0)
    desk.plant(90.0)
    row = desk.row("Prompt month")

    assert (row.obligation, row.supply, row.coverage) == (100.0 * hours, 90.0 * hours, 0.9)
    assert desk.state_of("nop-energy-prompt-month") == {"warn"}, "at the minimum is inside"


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 3, 9), 24)]
)
def test_a_contract_of_one_day_counts_the_hours_of_that_day(day: date, hours: int):
    desk = Following(month_after(day, -1))
    desk.apply(block_trade(10.0, day, day + timedelta(days=1)))

    assert desk.row("Prompt month").supply == 10.0 * hours


@pytest.mark.parametrize(
    ("holiday", "on_peak_hours"),
    [
        (date(2026, 7, 4), 0),  # on its Saturday
        (date(2026, 7, 3), 16),  # the Friday before it
        (date(2027, 7, 5), 0),  # the Monday after its Sunday
        (date(2027, 7, 6), 16),
    ],
)
def test_a_holiday_on_a_weekend_leaves_no_on_peak_hours_where_nerc_keeps_it(
    holiday: date, on_peak_hours: int
):
    desk = Following(month_after(holiday, -1))
    after = holiday + timedelta(days=1)
    desk.apply(block_trade(10.0, holiday, after, block=Block.ON_PEAK))

    assert desk.row("Prompt month").supply == 10.0 * on_peak_hours


def test_the_case_of_a_period_that_rolls_is_over_and_the_next_period_has_its_own():
    desk = Following(date(2026, 6, 30))
    changes = {
        (change.change, change.row.period)
        for change in desk.tick_on(date(2026, 7, 1))
        if change.row.limit == "nop-energy-prompt-month"
    }

    assert changes == {("expired", "2026-07"), ("breached", "2026-08")}


@pytest.mark.parametrize(
    ("today", "bound"),
    [
        (date(2026, 7, 31), set()),
        (date(2026, 8, 1), {"nop-capacity-prompt-year-august"}),
        (date(2026, 9, 30), {"nop-capacity-prompt-year-august"}),
        (
            date(2026, 10, 1),
            {"nop-capacity-prompt-year-october", "nop-capacity-prompt-year-october-local"},
        ),
    ],
)
def test_the_capacity_of_the_prompt_year_is_read_in_its_season(today: date, bound: set[str]):
    assert {name for name in limited(Following(today)) if "prompt-year" in name} - {
        "nop-capacity-post-prompt-year"
    } == bound


def test_an_empty_balance_of_year_is_not_applicable():
    desk = Following(date(2026, 11, 2))

    assert desk.state_of("nop-energy-balance-of-year") == {"not_applicable"}


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_a_day_with_another_clock_reads_as_any_other(day: date):
    desk = Following(day)
    desk.plant(95.0)

    assert desk.state_of("nop-energy-prompt-month") == {"ok"}


def test_a_company_without_load_is_not_applicable():
    desk = Following(JUNE, load_mw=0.0)

    assert desk.state_of("nop-energy-prompt-month") == {"not_applicable"}


def test_without_a_written_policy_nothing_is_followed_and_everything_is_shown():
    desk = Following(JUNE, policy=False)
    view = nop_view(desk.company.desk)

    assert desk.company.desk.markets["west"].contracts.moved is None
    assert {row.state for row in view.rows} == {"no_limit"}
    assert view.policy == ""
    assert view.ahead == []


def test_retail_sales_that_no_outlook_covers_are_unknown_and_never_zero():
    desk = Following(JUNE)

    assert desk.state_of("nop-rps-post-2020") == {"unknown"}
    assert desk.row("Post 2020", nop="rps").reason.startswith("retail sales of 2021 are not known")


def test_value_rate_and_blocks_of_what_is_open():
    desk = Following(JUNE)
    desk.plant(90.0)
    desk.apply(curve(60, 30, "2026-07"))
    row = desk.row("Prompt month")

    assert row.open == -7440.0
    assert (row.obligation_mw, row.supply_mw) == (100.0, 90.0)
    assert (row.on_peak_mw, row.off_peak_mw) == (-10.0, -10.0)
    assert row.blocks == "buy 10 MW on-peak, buy 10 MW off-peak"
    assert row.value_usd == -10.0 * (416 * 60.0 + 328 * 30.0)
    assert row.rate_usd_per_mwh == pytest.approx(-row.value_usd / 74_400)
    assert desk.row("Prompt quarter").note.startswith("no mark of HUB")


def test_a_swap_fixes_the_cost_of_load_that_it_does_not_cover():
    desk = Following(JUNE)
    desk.plant(80.0)
    july = date(2026, 7, 1), date(2026, 8, 1)
    bought = block_trade(15.0, *july, product="swap", trade="S")
    sold = block_trade(-5.0, *july, product="cfd", trade="C")
    spread = contract(
        "basis", 50.0, 3.0, 0.0, 744.0, day=july[0], trade="B", second_location="NODE"
    )
    desk.apply(bought, sold, spread)
    row = desk.row("Prompt month")

    assert (row.coverage, row.fixed) == (0.8, (80.0 + 15.0 - 5.0) * 744.0)
    quarter = desk.row("Prompt quarter")
    assert quarter.fixed == quarter.supply + 10.0 * 744.0


def test_what_bites_at_the_next_roll_is_known_before():
    desk = Following(JUNE)
    desk.plant(91.0)
    desk.apply(block_trade(-5.0, date(2026, 8, 1), date(2026, 9, 1)))
    view = nop_view(desk.company.desk)
    ahead = {row.title: row for row in view.ahead}

    assert view.roll == "2026-07-01"
    assert desk.row("Prompt month").state == "ok"
    assert (ahead["Prompt month"].period, ahead["Prompt month"].state) == ("2026-08", "breach")


def test_another_version_of_the_policy_keeps_the_cases_of_its_limits():
    desk = Following(JUNE)
    source = POLICY.source.replace('version: "2017-05-10"', 'version: "2"', 1)
    before = {case.case for case in desk.company.desk.alerts.cases()}
    desk.apply(Policy(policy="svce", version="2", source=source))

    assert {case.case for case in desk.company.desk.alerts.cases()} == before
    assert desk.company.desk.policy_labels == ["svce 2"]


def test_another_version_of_the_policy_holds_capacity_against_its_own_numbers():
    desk = Following(JUNE)
    desk.hold("capacity", "system", 230.0)
    scope = "Prompt month +1: system"
    assert desk.state_of("nop-capacity-prompt-month-1", scope) == {"ok"}  # 115 % of 200 MW
    row = """title: Prompt month +1
        period: prompt_month_plus_1
        minimum: {value: 100}
        maximum: {value: 100}
        obligation: [{percent: 115,"""
    assert row in POLICY.source
    desk.apply(another(POLICY.source.replace(row, row.replace("115", "150"))))

    assert desk.state_of("nop-capacity-prompt-month-1", scope) == {"breach"}


def test_nothing_is_read_while_nothing_moves():
    desk = Following(JUNE)

    assert not desk.company.desk.nop.is_behind(desk.company.desk)
    desk.plant(50.0)
    assert not desk.company.desk.nop.is_behind(desk.company.desk)


def test_a_tick_reads_of_the_rows_what_the_page_shows_without_what_they_are_worth():
    desk = Following(JUNE)
    desk.plant(80.0)
    desk.hold("rec", "PCC1", 1_000.0, vintage="2026")
    desk.hold("capacity", "system", 50.0)
    of, energy = desk.company.desk, desk.company.desk.nop.energy(desk.company.desk)
    [policy] = of.written_policies.values()
    whole = limited_on(of, energy, policy, JUNE)
    light = covered_on(of, energy, of.nop.bands(policy, JUNE), JUNE)
    read, shown = (readings_of(policy, rows, JUNE, "UTC") for rows in (light, whole))

    assert [encode_state(one) for one in read] == [encode_state(one) for one in shown]
    assert any(row.on_peak_mw == row.on_peak_mw for row in whole)


@pytest.mark.parametrize("marked", [False, True], ids=["no mark is named", "figures"])
def test_a_restart_leaves_every_figure_and_word_of_the_positions_as_they_were(*, marked: bool):
    desk = Following(JUNE)
    desk.plant(33.333333)
    marks = curve(41.7, 33.1, *(f"{month_after(JUNE, number):%Y-%m}" for number in range(1, 72)))
    if marked:
        desk.apply(marks, replace(marks, hubs=("LONELY",) * len(marks.hubs)))
    for number, block in enumerate((Block.OFF_PEAK, Block.ON_PEAK, Block.FLAT)):
        terms = {"block": block, "trade": f"T{number}", "location": "LONELY" if number else "HUB"}
        desk.apply(block_trade(10.1 + number / 7, JULY, date(2031, 1, 1), **terms))
    restored = Company.restore(desk.company.snapshot())

    assert np.isnan(desk.row("Prompt month").value_usd) != marked
    assert encode_state(nop_view(restored.desk)) == encode_state(nop_view(desk.company.desk))
