"""The view of contributions, over random logs and over one worked by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given

from state.company import Company
from state.messages import (
    AnyMessage,
    Block,
    Books,
    LocationKind,
    Locations,
    Market,
    Run,
    RunPhase,
    RunStatus,
    SettlesAt,
    Tick,
)
from state.risk import MEASURES
from state.risk.contributions import tail_scenarios
from state.risk.historical import value_at_risk
from state.risk.positions import Positions
from state.screens.contributions import LOCATIONS_SHOWN, POSITIONS_SHOWN, contribution_view
from state.screens.contributions_seen import ContributionView
from state.screens.risk_seen import RiskView
from state.screens.screens import SELDOM
from tests.state.strategies import examples, fold, logs, told_in_words
from tests.state.worked import company as worked
from tests.state.worked import history, price, reference, tick, trade


def view_of(company: Company) -> ContributionView:
    view = company.views()["contributions"]
    assert isinstance(view, ContributionView)
    return view


def close(found: float, wanted: float, scale: float) -> bool:
    return abs(found - wanted) <= 1e-9 * max(scale, 1.0)


@examples(12)
@given(messages=logs())
def test_every_partition_sums_to_the_firm_and_every_node_is_the_desks_own_figure(
    messages: list[AnyMessage],
):
    company = fold(messages)
    portfolio = company.desk.portfolio
    view = view_of(company)
    var, es = portfolio.figures()
    gross = float(np.abs(portfolio.pnl).sum(axis=(0, 1)).max(initial=0.0))

    for partition in {row.partition for row in view.rows}:
        rows = [row for row in view.rows if row.partition == partition]
        assert close(sum(row.component_var_usd for row in rows), var[-1, -1], gross), partition
        assert close(sum(row.component_es_usd for row in rows), es[-1, -1], gross), partition
    books, locations, blocks = (
        sum(row.gross_mwh for row in view.rows if row.partition == partition)
        for partition in ("book", "location", "block")
    )
    by_day = sum(
        float(np.abs(market.forward.mwh[row]).sum())
        for market in company.desk.markets.values()
        if market.forward is not None and market.market.market in portfolio.scenarios.shocks
        for (_, _, block), row in market.forward.keys.items()
        if block is Block.FLAT
    )
    assert close(locations, books, books)
    assert close(blocks + by_day, books, books)
    nodes = {(node.node, node.kind): node for node in view.nodes}
    for number, book in enumerate(company.desk.books):
        node = nodes[book, "book"]
        assert np.allclose(node.var_usd, var[:, number], rtol=1e-9, equal_nan=True), told_in_words(
            messages
        )
    firm = nodes["firm", "firm"]
    assert np.allclose(firm.var_usd, var[:, -1], rtol=1e-9, atol=1e-9 * gross, equal_nan=True)
    assert np.allclose(firm.es_usd, es[:, -1], rtol=1e-9, atol=1e-9 * gross, equal_nan=True)


@examples(12)
@given(messages=logs())
def test_the_vectors_of_positions_are_those_their_books_keep(messages: list[AnyMessage]):
    desk = fold(messages).desk
    by_book = np.zeros_like(desk.portfolio.pnl[0])
    tail = tail_scenarios(desk.portfolio.firm_pnl(), confidence=0.95)
    for name, market in desk.markets.items():
        shocks = desk.portfolio.scenarios.shocks.get(name)
        if shocks is None or not len(tail):
            continue
        positions = Positions(market, shocks, tail)
        pnl = positions.pnl(np.arange(len(positions)))
        names = [positions.name(number) for number in range(len(positions))]
        owners = [desk.books.index(name.split(" · ")[0]) for name in names]
        np.add.at(by_book, owners, pnl)
        by_book[-1] += pnl.sum(axis=0)
        assert np.allclose(positions.component_var, -pnl[:, tail[-1]], rtol=1e-9, atol=1e-6)

    both = desk.portfolio.pnl.sum(axis=0)
    scale = np.abs(desk.portfolio.pnl).max(initial=1.0)
    assert np.allclose(by_book, both, rtol=1e-9, atol=1e-9 * scale)


LEVELS = {
    "HUB/DA/HE11": [40.0, 45.0, 43.0, 50.0, 30.0],
    "HUB/FMM/HE11": [41.0, 44.0, 48.0, 40.0, 33.0],
    "HUB/RTD/HE11": [42.0, 40.0, 60.0, 45.0, 28.0],
}
"""Day-on-day DA: 5, -2, 7, -20."""


def deal(name: str, mw: float, **terms: Any) -> AnyMessage:
    """One hour, HE11, at the hub unless told otherwise."""
    return trade(mw, 40.0, 10, trade=name, **terms)


def two_books() -> Company:
    """10 MW long in one book and 4 MW short in the other, at the hub in hour 11: one MWh a MW."""
    return worked(
        reference(),
        history(LEVELS),
        deal("T1", 10.0),
        deal("T2", -4.0, book="other"),
        tick(1),
    )


def rows_of(view: ContributionView, partition: str) -> dict[str, Any]:
    return {row.part: row for row in view.rows if row.partition == partition}


def test_by_hand_the_short_book_is_a_hedge():
    view = view_of(two_books())

    books = rows_of(view, "book")
    assert (books["book"].component_var_usd, books["other"].component_var_usd) == (200.0, -80.0)
    # Alone, the long book loses 200, the firm 120; the short one alone loses 28.
    assert (books["book"].incremental_var_usd, books["other"].incremental_var_usd) == (92.0, -80.0)
    assert (books["book"].marginal_var_usd_per_mwh, books["book"].gross_mwh) == (20.0, 10.0)
    assert books["other"].marginal_var_usd_per_mwh == -20.0
    hub = rows_of(view, "location")["HUB"]
    assert (hub.component_var_usd, hub.gross_mwh) == (120.0, 14.0)
    block = rows_of(view, "block")["intraday on_peak"]
    assert (block.component_var_usd, block.gross_mwh) == (120.0, 14.0)
    assert block.marginal_var_usd_per_mwh == pytest.approx(120.0 / 14.0)
    assert [(day.date, day.pnl_usd) for day in view.tail] == [(view.newest, -120.0)]
    positions = rows_of(view, "position")
    assert positions["book · HUB · intraday on_peak"].component_var_usd == 200.0
    assert positions["other · HUB · intraday on_peak"].incremental_var_usd == -80.0
    desk = next(node for node in view.nodes if node.kind == "desk")
    assert (desk.node, desk.depth, desk.var_usd.tolist()) == ("desk", 1, [120.0, 0.0, 120.0])


def test_positions_of_like_names_in_two_markets_are_told_apart():
    company, east = two_books(), "east"
    hub, past, held = reference()[1], history(LEVELS), deal("T3", 2.0, market=east)
    clock = Market(market=east, time_zone="America/Los_Angeles", settlement_seconds=3600)
    eastern = msgspec.structs.replace(hub, market=east)
    of_both = msgspec.structs.replace(
        past,
        market=east,
        factors=tuple(name.replace("west/", "east/") for name in past.factors),
    )
    for message in (clock, eastern, of_both, held, tick(2)):
        company.apply(message, company.position + 1)

    names = set(rows_of(view_of(company), "position"))
    assert names == {
        "book · west/HUB · intraday on_peak",
        "other · west/HUB · intraday on_peak",
        "book · east/HUB · intraday on_peak",
    }


def test_the_methods_stand_side_by_side_with_what_they_stand_on():
    view = view_of(two_books())

    assert [row.method for row in view.methods] == list(MEASURES)
    historical = view.methods[0]
    assert (historical.var_usd, historical.es_usd) == (120.0, 120.0)
    assert historical.note == "the tail holds less than one scenario of 4"
    assert (view.scenarios, view.window_days, view.confidence) == (4, 500, 0.95)
    assert view.holding == "intraday: held to delivery; forward: 1 day"


def test_it_is_made_when_an_interval_ends_and_not_on_a_trade():
    company = two_books()
    company.changed_views()
    made: list[bool] = []
    for position, message in enumerate(
        [deal("T3", 5.0), Tick(at_ns=tick(1).at_ns + 1), tick(2)],
        start=company.position + 1,
    ):
        company.apply(message, position)
        made.append("contributions" in company.changed_views())

    assert made == [False, False, True]


def test_views_made_once_an_interval_are_shown_in_turn_when_one_at_a_time_is_wanted():
    company, shown = two_books(), []
    count = len(SELDOM)
    for position in range(company.position + 1, company.position + count + 2):
        company.stale_views |= SELDOM
        assert not SELDOM & set(company.changed_views(seldom=0))
        shown += SELDOM & set(company.changed_views(seldom=1))
        company.apply(deal(f"T{position}", 5.0), position)

    assert set(shown[:count]) == SELDOM
    assert shown[count] == shown[0]
    assert set(company.changed_views()) >= SELDOM - {shown[0]}


def test_it_is_made_when_a_run_ends_so_that_the_last_state_stays():
    company = two_books()
    company.changed_views()
    company.apply(deal("T3", 5.0), company.position + 1)
    ended = RunStatus(run="r", phase=RunPhase.ENDED, at_ns=company.tick_ns)
    company.apply(ended, company.position + 1)

    view = company.changed_views()["contributions"]

    assert isinstance(view, ContributionView)
    assert view.nodes[0].var_usd[2] == 220.0


def test_the_view_says_what_the_risk_view_says_of_the_firm():
    company = two_books()
    risk = company.views()["risk"]
    assert isinstance(risk, RiskView)
    total = next(r for r in risk.rows if (r.node, r.horizon) == ("firm", "total"))

    view = view_of(company)

    assert view.nodes[0].var_usd[2] == total.var_usd
    assert view.complete == total.complete


def test_of_many_locations_the_largest_are_shown_and_the_rest_are_one_row():
    count = LOCATIONS_SHOWN + 15
    names = tuple(f"N{number:02d}" for number in range(count))
    nodes = Locations(
        market="west", locations=names, kinds=(LocationKind.NODE,) * count, hubs=("HUB",) * count
    )
    levels = dict(LEVELS)
    for number, name in enumerate(names):
        for run in ("DA", "FMM", "RTD"):
            levels[f"{name}/basis/{run}"] = [0.0, 1.0, 0.5, number / 7.0, -number / 3.0]
    trades = [
        deal(f"T{number}", 1.0 + number % 5, location=name) for number, name in enumerate(names)
    ]
    company = worked(reference(), nodes, history(levels), trades, tick(1))
    view = view_of(company)

    locations = rows_of(view, "location")
    total = company.desk.portfolio.firm_pnl()
    var, es = value_at_risk(total, confidence=0.95)
    assert len(locations) == LOCATIONS_SHOWN + 1
    assert "15 others" in locations
    assert sum(row.component_es_usd for row in locations.values()) == pytest.approx(float(es))
    assert sum(row.component_var_usd for row in locations.values()) == pytest.approx(float(var))
    least = min(abs(r.component_es_usd) for n, r in locations.items() if n != "15 others")
    by_node = [(1.0 + n % 5) * abs(-20.0 - n / 3.0 - n / 7.0) for n in range(count)]
    assert least == pytest.approx(sorted(by_node)[15])

    positions = rows_of(view, "position")
    assert len(positions) == POSITIONS_SHOWN + 1
    assert positions["20 others"].gross_mwh > 0.0
    assert sum(row.component_var_usd for row in positions.values()) == pytest.approx(float(var))
    shown = [abs(row.component_var_usd) for name, row in positions.items() if "others" not in name]
    assert min(shown) == pytest.approx(sorted(by_node)[20])


def test_without_a_history_there_is_no_row_and_no_figure():
    view = view_of(worked(reference(), deal("T1", 10.0), tick(1)))

    assert (view.rows, view.tail, view.scenarios) == ([], [], 0)
    assert np.isnan(view.nodes[0].var_usd).all()
    assert len(view.methods) == len(MEASURES)
    assert all(np.isnan(row.var_usd) for row in view.methods)


def test_looking_at_it_changes_nothing():
    company = two_books()
    before = company.snapshot()

    contribution_view(company.desk, company.tick_ns)

    assert company.snapshot() == before


def test_a_group_of_desks_is_a_node_of_its_own():
    grouped = Books(company="company", books=(), desks=(), nodes=("desk",), parents=("group",))
    view = view_of(worked(reference(), grouped, history(LEVELS), deal("T1", 10.0), tick(1)))

    assert [(n.node, n.depth) for n in view.nodes][:3] == [("firm", 0), ("group", 1), ("desk", 2)]
    assert view.nodes[1].var_usd.tolist() == view.nodes[0].var_usd.tolist() == [200.0, 0.0, 200.0]


def test_runs_of_other_kinds_move_what_is_marked_at_them():
    """Settling at RTD, marked at DA: RTD - DA moves it."""
    company = worked(
        reference(), history(LEVELS), deal("T1", 10.0, settles_at=SettlesAt.RTD),
        price(Run.DA, 10, HUB=44), tick(1),
    )  # fmt: skip

    assert company.desk.portfolio.firm_pnl().tolist() != [0.0] * 4
    assert rows_of(view_of(company), "location")["HUB"].component_var_usd == pytest.approx(
        -company.desk.portfolio.firm_pnl().min()
    )
