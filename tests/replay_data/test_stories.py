"""What the stories do to the company: which alerts come, and when.

The clock ticks every twenty seconds here, which moves an alert of the clock by as much at most.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import pytest

from replay_data.records import LocalDay
from replay_data.stories import story_named
from state.company import Company
from state.messages import AnyMessage, Tick
from state.screens.views import Transition
from tests.replay_data.shipped import SCARCITY, played

SUMMER = "2026-07-14-caiso-summer"
STEP_NS = 20 * 10**9
OF_PEOPLE = ("duty-", "limit-")
"""What people owe, and what they traded without authority."""

UNTIL = {SCARCITY: "21:30", SUMMER: "23:59"}


class Evening(NamedTuple):
    """A folded day: its local date and the alert transitions of it."""

    day: LocalDay
    transitions: list[Transition]

    @property
    def news(self) -> list[Transition]:
        """What the market brought; the rest stood at the first tick, is owed, or is of people."""
        start_ns = self.day.grid.start_ns
        of_market = (item for item in self.transitions if not item.row.limit.startswith(OF_PEOPLE))
        return [item for item in of_market if item.at_ns > start_ns]

    @property
    def late_by_night(self) -> list[Transition]:
        """What nobody did after the breaches that stood at the first tick."""
        night = (item for item in self.transitions if item.at_ns < self.day.at("00:30"))
        return [item for item in night if item.row.limit.startswith("duty-")]

    def first_ns(self, limit: str, change: str) -> int:
        """When a limit first made a change."""
        return min(
            item.at_ns
            for item in self.transitions
            if item.row.limit == limit and item.change == change
        )


def with_ticks(messages: list[AnyMessage], first: int, last: int) -> list[AnyMessage]:
    ticks: list[AnyMessage] = [
        Tick(at_ns=at, received_at_ns=at) for at in range(first, last, STEP_NS)
    ]
    every = [*ticks, *(item for item in messages if item.received_at_ns < last)]
    return sorted(every, key=lambda item: item.received_at_ns)


@lru_cache
def folded(name: str) -> Evening:
    shipped = played(name)
    day = LocalDay(story_named(name).day, "America/Los_Angeles")
    last = day.at(UNTIL[name])
    rest = with_ticks(shipped.messages, day.grid.start_ns, last)
    company = Company("company")
    transitions: list[Transition] = []
    for position, message in enumerate([*shipped.opening, *rest], start=1):
        transitions.extend(company.apply(message, position))
    return Evening(day, transitions)


def test_the_first_breach_comes_within_two_minutes_at_60_times_from_16_30():
    evening = folded(SCARCITY)
    first = min(item.at_ns for item in evening.news if item.change == "breached")
    assert evening.day.at("16:32") < first < evening.day.at("18:00")


@pytest.mark.parametrize("limit", ["intraday-coverage", "rtd-price-spike", "stop-loss"])
def test_the_scarcity_evening_breaches(limit: str):
    evening = folded(SCARCITY)
    assert evening.day.at("16:30") < evening.first_ns(limit, "breached") < evening.day.at("20:00")


def test_the_short_book_breaches_its_stop_loss():
    scopes = {
        item.row.scope
        for item in folded(SCARCITY).transitions
        if item.row.limit == "stop-loss" and item.change == "breached"
    }
    assert {"trading-sp15", "firm"} <= scopes


def test_a_trade_makes_var_warn_and_not_breach():
    at_risk = [item for item in folded(SCARCITY).transitions if item.row.limit == "value-at-risk"]
    assert [item.change for item in at_risk] == ["warned"]
    assert at_risk[0].row.scope == "trading-sp15"
    assert not at_risk[0].row.passive


def test_price_cases_resolve_before_the_evening_ends():
    evening = folded(SCARCITY)
    spikes = [item for item in evening.transitions if item.row.limit == "rtd-price-spike"]
    assert {item.row.condition for item in spikes if item.change == "resolved"} == {"resolved"}
    assert len({item.case for item in spikes if item.change == "resolved"}) == 3


def test_the_ordinary_day_warns_at_most_a_little():
    changes = [item.change for item in folded(SUMMER).transitions]
    assert 1 <= changes.count("warned") <= 3
    assert changes.count("breached") + changes.count("unknown") <= 1


def test_nothing_alarms_before_the_scarcity_evening_but_what_the_policy_found_at_midnight():
    evening = folded(SCARCITY)
    assert min(item.at_ns for item in evening.news) > evening.day.at("16:30")
    assert evening.day.day == date(2026, 9, 8)
    begun_ns = evening.day.grid.start_ns
    standing = {item.row.limit for item in evening.transitions if item.at_ns <= begun_ns}
    assert standing == {
        "nop-energy-third-calendar-year", "nop-capacity-balance-of-year",
        "counterparty-transaction-value",
    }  # fmt: skip


def test_seven_trades_of_the_morning_and_the_day_s_bids_come_without_authority():
    evening = folded(SCARCITY)
    cases = [item for item in evening.transitions if item.row.limit.startswith("limit-")]
    morning = [item for item in cases if item.at_ns < evening.day.at("16:30")]
    trades = {"limit-real-time", "limit-day-ahead"}
    assert {item.row.limit for item in morning} == {*trades, "limit-convergence-bids"}
    assert sum(item.row.limit in trades for item in morning) == 7
    assert all(item.row.clause == "SVCE §5.6 p. 11" for item in morning)


def test_what_nobody_reported_by_night_is_late_a_quarter_of_an_hour_after_midnight():
    evening = folded(SCARCITY)
    told = {(item.row.clause, item.change) for item in evening.late_by_night}
    assert told == {("SVCE §1 p. 3", "breached"), ("SVCE §3.4 p. 5", "breached")}
    first_ns = min(item.at_ns for item in evening.late_by_night)
    assert evening.day.at("00:15") < first_ns < evening.day.at("00:16")
