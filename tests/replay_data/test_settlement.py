"""The scarcity day's reconciliation: what differs is named, and a later message resolves it."""

from __future__ import annotations

import json
from functools import cache

import pytest

from connectors.records import parse_record
from replay_data.days import DayMaker
from replay_data.records import Record
from replay_data.settlement import (
    CONFIRMED_AT,
    CONFIRMS,
    LATE_AT,
    LOCKED_AT,
    MENDED_AT,
    RECORD_AT,
    SETTLEMENT,
    SIGNED_AT,
    TOTALS_AT,
)
from replay_data.stories import story_named
from state.close.view import close_of
from state.company import Company
from state.messages import AnyMessage, Tick
from state.screens.close_seen import CloseView
from state.screens.views import Transition
from tests.replay_data.shipped import SCARCITY

MINUTE_NS = 60 * 10**9
DATE = "2026-09-08"


def message_of(item: Record) -> AnyMessage:
    body = json.dumps(item.body).encode()
    return parse_record(body, received_at_ns=item.received_at_ns)


@cache
def maker() -> DayMaker:
    return DayMaker(story_named(SCARCITY))


@cache
def close_at() -> tuple[dict[str, CloseView], list[Transition]]:
    """The close of the day a minute after each step, and its transitions; prices left out."""
    day = maker().day
    clocks = (TOTALS_AT, LATE_AT, RECORD_AT, CONFIRMED_AT, MENDED_AT, LOCKED_AT, SIGNED_AT)
    moments = {day.at(clock) + MINUTE_NS: clock for clock in clocks}
    company, found = Company("company"), dict[str, CloseView]()
    told: list[Transition] = []
    opening = [message_of(item) for item in maker().opening()]
    rest: list[AnyMessage] = [message_of(item) for item in maker().records()]
    first, last = day.grid.start_ns // MINUTE_NS, day.grid.end_ns // MINUTE_NS
    rest += [
        Tick(at_ns=at * MINUTE_NS) for at in (*range(first, first + 3), *range(first + 1140, last))
    ]
    for message in [*opening, *sorted(rest, key=when)]:
        told += company.apply(message, company.position + 1)
        if isinstance(message, Tick) and message.at_ns in moments:
            found[moments[message.at_ns]] = close_of(company.desk, DATE)
    return found, told


def when(message: AnyMessage) -> int:
    return message.at_ns if isinstance(message, Tick) else message.received_at_ns


def differing(clock: str) -> list[tuple[str, str]]:
    view = close_at()[0][clock]
    return [(row.figure, row.book) for row in view.reconciled if row.state != "agrees"]


def test_a_deal_entered_late_differs_from_the_totals_until_it_comes():
    assert differing(TOTALS_AT) == [
        (figure, "trading-np15") for figure in ("contracts", "volume", "value")
    ]
    late = next(row for row in close_at()[0][TOTALS_AT].reconciled if row.state == "differs")
    assert late.difference == -1.0
    for clock in (LATE_AT, RECORD_AT, SIGNED_AT):
        assert differing(clock) == []
    totals = close_at()[0][SIGNED_AT].reconciled
    assert len(totals) == 3 * 3
    assert sum(row.ours for row in totals if row.figure == "contracts") > 100


def test_a_price_from_before_its_correction_differs_until_the_next_record():
    views = close_at()[0]
    (row,) = views[RECORD_AT].details
    assert (row.system, row.detail) == (SETTLEMENT, "price")
    assert row.ours != row.theirs
    assert views[CONFIRMED_AT].details == [row]
    assert views[MENDED_AT].details == []


def test_one_counterparty_confirms_all_of_its_contracts():
    records = {each.system: each for each in close_at()[0][CONFIRMED_AT].records}
    assert records[CONFIRMS].counterparty == CONFIRMS
    assert records[CONFIRMS].compared > 0
    assert records[CONFIRMS].differing == 0
    assert records[SETTLEMENT].compared > 100


def test_each_difference_is_a_case_that_a_later_message_resolves():
    told = [item for item in close_at()[1] if item.row.limit.startswith("reconciled-")]
    by_limit: dict[str, list[str]] = {}
    for item in told:
        if item.change in {"breached", "resolved"}:
            by_limit.setdefault(item.row.limit, []).append(item.change)
    assert by_limit == {
        f"reconciled-{what}": ["breached", "resolved"]
        for what in ("contracts", "volume", "value", "details")
    }
    details = next(item for item in told if item.row.limit == "reconciled-details")
    assert "duty-reconcile-trades" in {duty.duty for duty in details.row.duties}


@pytest.mark.parametrize(
    ("clock", "state"), [(MENDED_AT, "open"), (LOCKED_AT, "locked"), (SIGNED_AT, "signed off")]
)
def test_the_day_is_locked_and_signed_off_before_midnight(clock: str, state: str):
    view = close_at()[0][clock]
    assert view.state == state
    official = [row.official for row in view.rows if row.figure == "pnl"]
    assert all((number == number) is (state != "open") for number in official)  # noqa: PLR0124
