"""Every number of the three tables of tolerances, through the limit: at, inside, outside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from state.messages import Action, ActionKind
from state.moments import HOUR_NS
from state.nop.tolerances import CAPACITY_KINDS, identity_of, limits_of
from state.nop.watch import nop_view
from state.policy.load_risk import load_risk
from state.policy.tolerances import NopKind, Tolerance
from tests.state.nop.company import SVCE, Following

RISK = load_risk(SVCE)
OF_ENERGY = [row for table in RISK.tolerances if table.nop is NopKind.ENERGY for row in table.rows]
OF_CAPACITY = [
    row for table in RISK.tolerances if table.nop is NopKind.CAPACITY for row in table.rows
]
OF_RPS = [row for table in RISK.tolerances if table.nop is NopKind.RPS for row in table.rows]
JUNE = date(2026, 6, 15)
KEPT = {"ok"}, {"ok", "warn"}, {"breach"}
"""States just inside, at and just outside an edge: at the limit is inside."""
States = dict[tuple[str, str, str], str]
"""Of rows, by limit, scope and period."""
BIT = 1e-3
PEAK_MW = 200.0
"""What the town consumes at most, by its record."""


def edges(row: Tolerance) -> list[tuple[float, int]]:
    """Every edge that binds, and which way is outside."""
    low, high = row.minimum.floor, row.maximum.ceiling
    assert low is not None
    assert high is not None
    found = [(low, -1)] if low > 0.0 else []
    return found if low == high else [*found, (high, 1)]


def without_width(row: Tolerance) -> bool:
    return row.minimum.floor == row.maximum.ceiling


def of_rows(rows: list[Tolerance]) -> list[Any]:
    return [pytest.param(row, id=row.id) for row in rows]


def numbers(rows: list[Tolerance]) -> list[Any]:
    return [
        pytest.param(row, edge, way, id=f"{row.id} {edge:g}")
        for row in rows
        for edge, way in edges(row)
    ]


def hold_at(desk: Following, row: Tolerance, edge: float, *, beyond_mw: float) -> None:
    """Hold as much capacity of every kind of a row as its edge is, and so many MW beyond it."""
    percent = 103.5 if row.id == "nop-capacity-prompt-year-october" else 115.0
    for kind in row.kinds or CAPACITY_KINDS:
        desk.hold("capacity", kind, percent * PEAK_MW / 100.0 * edge / 100.0 + beyond_mw)


def test_every_number_of_the_tables_is_a_limit_with_its_clause_and_page():
    made = {limit.id: limit for limit in limits_of(RISK).limits}

    assert len(made) == len(OF_ENERGY) + len(OF_CAPACITY) + len(OF_RPS)
    for row in (*OF_ENERGY, *OF_CAPACITY, *OF_RPS):
        limit = made[row.id]
        assert row.minimum.value is not None
        assert row.maximum.value is not None
        numbers = row.minimum.value / 100.0, row.maximum.value / 100.0
        assert (limit.floor, limit.ceiling) == numbers
        assert limit.clause == "SVCE §4.6 p. 8"


@pytest.mark.parametrize(("row", "edge", "way"), numbers(OF_ENERGY))
def test_energy_is_held_at_every_edge(row: Tolerance, edge: float, way: int):
    desk = Following(JUNE)

    for mw, states in zip((edge - way * BIT, edge, edge + way * BIT), KEPT, strict=True):
        desk.plant(mw)
        assert desk.state_of(row.id) <= states, f"{mw} MW of 100"


@pytest.mark.parametrize(("row", "edge", "way"), numbers(OF_CAPACITY))
def test_capacity_is_held_at_every_edge(row: Tolerance, edge: float, way: int):
    desk = Following(date(2026, row.season.first, 15) if row.season else JUNE)
    pinned = row.minimum.value == row.maximum.value

    for step, states in zip((-BIT, 0.0, BIT), KEPT, strict=True):
        hold_at(desk, row, edge, beyond_mw=way * step)
        wanted = {"warn"} if pinned and step < 0.0 else states
        assert desk.state_of(row.id) <= wanted, f"{step} MW beyond the edge"


@pytest.mark.parametrize(("row", "edge", "way"), numbers(OF_RPS))
def test_certificates_are_held_at_every_edge(row: Tolerance, edge: float, way: int):
    desk = Following(date(2016, 12, 31), load_mw=250.0)
    percents = [25.0, 25.0, 25.0, 33.0, 33.0]
    sales = [250.0 * hours for hours in (8760, 8760, 8760, 8784, 8760)]
    owed = [sale * percent / 100.0 for sale, percent in zip(sales, percents, strict=True)]
    number = OF_RPS.index(row)
    required = owed[-1] if number == 4 else sum(owed[: number + 1])
    last = row.dates.last or "2021"

    desk.hold("rec", "PCC1", 1.0, vintage="2016")
    for step, states in zip((-1.0, 0.0, 1.0), KEPT, strict=True):
        half = (required * edge / 100.0 + way * step) / 2.0
        desk.hold("rec", "PCC1", half, vintage=last[:4])
        desk.hold("rec", "PCC2", half, vintage=last[:4])
        assert desk.state_of(row.id) <= states, f"{step} certificates beyond the edge"


def ahead_and_then(desk: Following, roll: date) -> tuple[States, States]:
    """Return the states of what bites next, and those in which the limits hold it at the roll."""
    rows = nop_view(desk.company.desk).ahead
    ahead = {(row.limit, identity_of(row), row.period): row.state for row in rows}
    desk.tick_on(roll)
    return ahead, {of: desk.company.desk.alerts.state_of(*of) for of in ahead}


@pytest.mark.parametrize(("row", "edge", "way"), [*numbers(OF_ENERGY), *numbers(OF_CAPACITY)])
def test_what_bites_next_is_in_the_state_of_its_limit_at_the_roll(
    row: Tolerance, edge: float, way: int
):
    roll = date(2026, row.season.first if row.season else 7, 1)

    for step, states in zip((-BIT, 0.0, BIT), KEPT, strict=True):
        desk = Following(roll - timedelta(days=1))
        if row in OF_ENERGY:
            desk.plant(edge + way * step)
        else:
            hold_at(desk, row, edge, beyond_mw=way * step)
        begun = {each.period for each in desk.company.desk.alerts.rows()}
        ahead, then = ahead_and_then(desk, roll)

        assert ahead == then
        wanted = {"warn"} if without_width(row) and step < 0.0 else states
        new = {of: state for of, state in ahead.items() if of[2] not in begun}
        assert {state for of, state in new.items() if of[0] == row.id} <= wanted


def test_a_breach_of_a_period_that_goes_on_holds_at_the_edge_in_what_bites_next():
    desk, row = Following(date(2017, 1, 31), load_mw=250.0), OF_RPS[0]
    assert row.maximum.ceiling is not None
    most = 250.0 * 8_760 * 0.25 * row.maximum.ceiling / 100.0
    desk.hold("rec", "PCC1", most + 1.0, vintage="2017")
    desk.hold("rec", "PCC1", most, vintage="2017")
    ahead, then = ahead_and_then(desk, date(2017, 2, 1))

    assert ahead == then
    assert {state for of, state in ahead.items() if of[0] == row.id} == {"breach"}


@pytest.mark.parametrize(("hours", "shows"), [(24 * 20, True), (24 * 10, False)])
def test_a_waiver_that_lasts_beyond_the_roll_shows_in_what_bites_next(*, hours: int, shows: bool):
    desk = Following(date(2026, 6, 15))
    limit, now_ns = "nop-energy-prompt-calendar-year", desk.company.tick_ns
    case = next(row for row in desk.company.desk.alerts.cases() if row.limit == limit)
    until_ns = now_ns + hours * HOUR_NS
    desk.apply(
        Action(
            action="w", action_kind=ActionKind.WAIVE, case=case.case, actor="rita", at_ns=now_ns,
            text="a tender is out", approver="committee", until_ns=until_ns,
        )
    )  # fmt: skip

    view = nop_view(desk.company.desk)
    assert [row.waived_until_ns for row in view.rows if row.limit == limit] == [until_ns]
    expected = [until_ns if shows else 0]
    assert [row.waived_until_ns for row in view.ahead if row.limit == limit] == expected


PINNED = [row for row in OF_CAPACITY if without_width(row)]
FROM_ZERO = [row for row in (*OF_ENERGY, *OF_CAPACITY, *OF_RPS) if not row.minimum.floor]


@pytest.mark.parametrize("row", of_rows(PINNED))
def test_a_maximum_that_is_the_minimum_warns_of_a_surplus_and_is_never_breached_by_one(
    row: Tolerance,
):
    desk = Following(date(2026, row.season.first, 15) if row.season else JUNE)
    for kind in row.kinds or CAPACITY_KINDS:
        desk.hold("capacity", kind, 2.0 * PEAK_MW)

    assert desk.state_of(row.id) == {"warn"}


@pytest.mark.parametrize("row", of_rows(FROM_ZERO))
def test_a_minimum_of_zero_is_kept_by_nothing_at_all_and_crossed_by_what_is_sold_and_not_held(
    row: Tolerance,
):
    desk = Following(JUNE)
    for supply, state in ((0.0, "ok"), (BIT, "ok"), (-BIT, "breach")):
        if row in OF_ENERGY:
            desk.plant(supply)
        else:
            for kind in row.kinds or CAPACITY_KINDS:
                desk.hold("capacity", kind, supply)
        assert desk.state_of(row.id) == {state}, f"{supply} MW"


def test_every_cell_of_the_three_tables_has_its_edges_above():
    tested = {
        (row.id, "minimum" if way < 0 else "maximum")
        for row in (*OF_ENERGY, *OF_CAPACITY, *OF_RPS)
        for _, way in edges(row)
    }
    tested |= {(row.id, "maximum") for row in PINNED} | {(row.id, "minimum") for row in FROM_ZERO}
    rows = [row.id for table in RISK.tolerances for row in table.rows]

    assert tested == {(row, side) for row in rows for side in ("minimum", "maximum")}
