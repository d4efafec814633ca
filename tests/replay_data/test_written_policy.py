"""The day under the written policy: every page has something to show, and the picture is whole."""

from __future__ import annotations

import math
from datetime import date
from functools import cache

import pytest

from connectors.log.days import Day
from flows.fold import fold
from replay_data.records import LocalDay
from replay_data.written_policy import months_held, traders
from state.company import Company
from state.screens.credit import credit_view
from state.screens.nop_seen import NopRow
from state.screens.policy import policy_view
from tests.replay_data.shipped import ROOT

SCARCITY = "2026-09-08-caiso-scarcity"
EVENING = LocalDay(date(2026, 9, 8), "America/Los_Angeles")


@cache
def evening() -> Company:
    """The company at 17:40, when both questions were asked."""
    company, _ = fold(Day.open(ROOT / SCARCITY), until_ns=EVENING.at("17:40"))
    return company


@cache
def positions() -> dict[tuple[str, str], NopRow]:
    view = evening().views()["nop"]
    rows: list[NopRow] = view.rows
    return {(row.title, row.kind): row for row in rows if row.limit}


def test_the_policy_is_in_force_beside_the_desk_s_and_the_counterparties_limits():
    assert evening().desk.policy_labels == [
        "desk-limits 1", "data-limits 1", "counterparty-limits 1", "close-limits 1",
        "svce 2017-05-10",
    ]  # fmt: skip
    assert policy_view(evening().desk, 0).rows


def test_every_energy_position_is_known_and_one_year_is_short_of_its_tolerance():
    energy = {title: row.state for (title, _), row in positions().items() if row.nop == "energy"}
    assert len(energy) == 8
    assert {title for title, state in energy.items() if state != "ok"} == {"Third calendar year"}
    assert energy["Third calendar year"] == "breach"


def test_capacity_is_held_as_the_policy_asks_at_a_minimum():
    capacity = {row.state for row in positions().values() if row.nop == "capacity"}
    assert capacity <= {"ok", "warn"}
    assert positions()["Prompt month +1", "local"].coverage == 1.0


def test_certificates_cover_the_sales_that_are_stated_and_expected_since_the_period_began():
    (rps,) = (row for row in positions().values() if row.nop == "rps")
    assert (rps.state, rps.reason) == ("ok", "")
    assert rps.supply == 6 * (820_000.0 + 240_000.0 + 60_000.0)
    assert rps.coverage == pytest.approx(0.4126, abs=1e-4)


def test_value_and_risk_of_all_that_is_open_are_known():
    view = evening().views()["nop"]
    assert view.var_usd > 0.0
    energy = [row for row in positions().values() if row.nop == "energy"]
    assert not any(math.isnan(row.value_usd) for row in energy)
    assert evening().desk.portfolio.uncovered == {}


def test_one_counterparty_is_near_a_limit_and_nobody_is_suspended():
    rows = credit_view(evening().desk).rows
    near = {row.counterparty for row in rows if any(use.state != "ok" for use in row.limits)}
    assert len(rows) == 12
    assert near == {"CP-11"}
    assert not any(row.suspended for row in rows)
    assert all(row.potential_usd > row.exposure_usd for row in rows)


def test_the_hedge_is_accepted_and_the_bet_is_rejected_by_the_trading_limit():
    bet, hedge = evening().desk.checks.view().checks
    assert (hedge.decision, bet.decision) == ("accept", "reject")
    assert {effect.limit for effect in bet.effects if effect.outcome == "breached"} == {
        "limit-prompt-month"
    }
    assert bet.largest == 100.0


@pytest.mark.parametrize(("day", "months"), [(date(2026, 1, 1), 72), (date(2026, 12, 31), 61)])
def test_it_reaches_to_the_end_of_the_fifth_calendar_year(day: date, months: int):
    assert months_held(day) == months


def test_every_trader_of_the_blotter_has_a_record():
    names = {record.trader for record in traders()}
    deals = {trade.trader for market in evening().desk.markets.values()
             for trade in market.contracts.trades.live()}  # fmt: skip
    assert deals <= names
