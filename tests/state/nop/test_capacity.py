"""Capacity by every period of §4.3 and §4.5, whether or not a tolerance binds it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from state.messages import CompanyFigure, CompanyOutlook, Resource, ResourceKind
from state.moments import HOUR_NS
from state.nop.rows import MONITORED, TO_CLOSE
from state.nop.tolerances import CAPACITY_KINDS
from state.nop.watch import nop_view
from state.periods import PERIODS
from tests.state.nop.company import Following, outlook
from tests.state.worked import at, contract

JUNE, OCTOBER = date(2026, 6, 15), date(2026, 10, 15)


@pytest.mark.parametrize("today", [JUNE, OCTOBER])
def test_each_kind_stands_in_every_period_and_unbound_only_where_nothing_binds_it(today: date):
    rows = [row for row in nop_view(Following(today).company.desk).rows if row.nop == "capacity"]
    spans = {span for name in (*MONITORED, *TO_CLOSE) for span in PERIODS[name].spans(today)}

    for kind in CAPACITY_KINDS:
        own = [row for row in rows if row.kind == kind]
        bound = {(row.begins, row.period) for row in own if row.limit}
        unbound = [(row.begins, row.period) for row in own if not row.limit]
        assert len(unbound) == len(set(unbound))
        assert not bound & set(unbound)
        assert {(span.first.isoformat(), span.label) for span in spans} <= bound | set(unbound)


def test_the_month_that_is_covered_least_stands_for_a_period_that_nothing_binds():
    desk = Following(JUNE)
    desk.hold("capacity", "system", 184.0)
    row = desk.row("prompt month", "system", "capacity")

    # The load's peak is 200 MW by its record.
    assert (row.obligation, row.supply, row.coverage) == (230.0, 184.0, 0.8)
    assert (row.state, row.limit, row.note) == ("no_limit", "", "in 2026-07, of 115 % of peak load")


@pytest.mark.parametrize(
    ("peak_mw", "parts_mw"),
    [(100.0, (38.4, 38.3, 38.3)), (16.6, (19.09,)), (200.0, (115.1, 114.9))],
)
def test_exactly_what_is_required_is_inside_and_no_surplus(
    peak_mw: float, parts_mw: tuple[float, ...]
):
    desk = Following(JUNE)
    town = Resource(
        resource="town",
        market="west",
        book="book",
        location="ZONE",
        resource_kind=ResourceKind.LOAD,
        capacity_mw=peak_mw,
    )
    desk.apply(town, outlook("town", 5.0, desk.years))
    hours = (at(0, date(2030, 1, 1)) - at(0, JUNE)) / HOUR_NS
    parts = [
        contract("capacity", mw, 0.0, 0.0, hours, day=JUNE, trade=f"{number}", unit_kind="system")
        for number, mw in enumerate(parts_mw)
    ]
    desk.apply(*parts)
    row = desk.row("Prompt month +1", "system", "capacity")
    seen = {
        (alert.state, alert.value_text)
        for alert in desk.company.desk.alerts.rows()
        if alert.limit == row.limit and alert.scope == "Prompt month +1: system"
    }

    assert (row.coverage, row.headroom, row.state) == (1.0, 0.0, "ok")
    assert seen == {("ok", "100.0 %")}


def test_where_minimum_is_maximum_the_arithmetic_says_that_a_breach_ends_at_the_edge():
    desk = Following(JUNE)
    row = "nop-capacity-prompt-month-1", "Prompt month +1: system", "2026-08"
    desk.hold("capacity", "system", 184.0)
    short = desk.company.desk.alerts.arithmetic(*row)
    desk.hold("capacity", "system", 230.0)

    assert desk.state_of(*row[:2]) == {"ok"}
    assert "utilisation: 125.0 % = limit / value (minimum = maximum; a surplus warns)" in short
    assert [line for line in short if line.startswith(("warns", "a breach", "a warning"))] == [
        "warns below 100.0 % utilisation",
        "a breach ends at 100.0 %",
        "a warning ends at 100.0 %",
    ]


def stated(figure: CompanyFigure, by_month: dict[str, float]) -> CompanyOutlook:
    amounts = np.array(list(by_month.values()))
    return CompanyOutlook(market="west", figure=figure, periods=tuple(by_month), amounts=amounts)


def test_a_month_whose_peak_load_is_stated_owes_by_that_and_the_others_by_the_records():
    desk = Following(JUNE)
    desk.hold("capacity", "system", 184.0)
    desk.apply(stated(CompanyFigure.PEAK_LOAD, {"2026-07": 160.0, "2026-09": 300.0}))

    month = desk.row("prompt month", "system", "capacity")
    assert (month.obligation, month.coverage) == (184.0, 1.0)
    quarter = desk.row("Prompt quarter", "system", "capacity")
    assert (quarter.obligation, quarter.note) == (345.0, "in 2026-09")
    assert (quarter.coverage, quarter.state) == (184.0 / 345.0, "breach")


def test_the_local_requirement_that_is_stated_goes_before_a_share_of_peak_load():
    desk = Following(JUNE)
    desk.hold("capacity", "local", 120.0)
    desk.apply(stated(CompanyFigure.LOCAL_CAPACITY, {"2026-07": 120.0, "2026-08": 100.0}))

    row = desk.row("prompt month", "local", "capacity")
    assert (row.obligation, row.coverage) == (120.0, 1.0)
    assert row.note == "in 2026-07, of the requirement stated"
    assert desk.row("Prompt month +1", "local", "capacity").obligation == 100.0
    assert desk.row("prompt month", "system", "capacity").obligation == 230.0


def test_of_summer_months_peak_load_the_highest_of_the_year_is_owed_in_every_month():
    desk = Following(OCTOBER)
    peaks = {f"{year}-{month:02d}": 100.0 for year in desk.years for month in range(1, 13)}
    desk.apply(stated(CompanyFigure.PEAK_LOAD, peaks | {"2027-08": 140.0, "2027-12": 500.0}))
    title = "Prompt calendar year (as of October), system and flexible"

    assert desk.row(title, "system", "capacity").obligation == 144.9


def test_a_load_without_a_peak_is_unknown_only_in_months_that_state_none():
    desk = Following(JUNE)
    town = Resource(resource="town", market="west", book="book", location="ZONE",
                    resource_kind=ResourceKind.LOAD, capacity_mw=0.0)  # fmt: skip
    desk.apply(town, stated(CompanyFigure.PEAK_LOAD, {"2026-07": 160.0}))

    assert desk.row("prompt month", "system", "capacity").obligation == 184.0
    assert desk.row("Prompt quarter", "system", "capacity").state == "unknown"


def test_without_a_written_policy_nothing_says_what_capacity_is_owed():
    rows = nop_view(Following(JUNE, policy=False).company.desk).rows

    assert {row.nop for row in rows} == {"energy", "carbon_free"}
