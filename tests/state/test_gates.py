"""The next gate closure of each market, on ordinary days and on those on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from state.gates import GATES, next_closures
from state.moments import HOUR_NS, MINUTE_NS, SECOND_NS, to_ns

PACIFIC, EASTERN = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")


def ns(*at: int, zone: ZoneInfo = PACIFIC) -> int:
    return to_ns(datetime(*at, tzinfo=zone))


def left(market: str, now_ns: int) -> dict[str, float]:
    closures = next_closures(market, now_ns)
    return {closure.gate.name: (closure.closes_ns - now_ns) / MINUTE_NS for closure in closures}


def test_a_gate_is_the_next_one_until_it_closes_and_then_the_one_after() -> None:
    ten, quarter_to = ns(2026, 7, 14, 10), ns(2026, 7, 14, 9, 45)
    assert left("caiso", ten)["DAM"] == 0
    assert left("caiso", ten + SECOND_NS)["DAM"] == pytest.approx(24 * 60 - 1 / 60)
    assert left("caiso", quarter_to)["RTM"] == 0
    assert left("caiso", quarter_to + SECOND_NS)["RTM"] == pytest.approx(60 - 1 / 60)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 7), 23), ((2026, 10, 31), 25)])
def test_a_day_ahead_gate_keeps_its_local_time_over_a_change_of_clocks(
    day: tuple[int, int, int], hours: int
) -> None:
    closed = ns(*day, 10) + SECOND_NS
    (dam, _) = next_closures("caiso", closed)
    assert dam.closes_ns - closed == hours * HOUR_NS - SECOND_NS


def test_miso_s_day_ahead_closes_by_the_prevailing_clock_though_its_hours_are_standard() -> None:
    for month in (1, 7):
        (dam, _) = next_closures("miso", ns(2026, month, 14, 6, zone=EASTERN))
        assert dam.closes_ns == ns(2026, month, 14, 10, 30, zone=EASTERN)


def test_a_market_without_a_known_gate_has_none_and_every_known_one_has_its_source() -> None:
    assert next_closures("spp", ns(2026, 7, 14)) == []
    assert all(gate.source for gates in GATES.values() for gate in gates)
    now_ns = to_ns(datetime(2026, 7, 14, 12, 34, 56, tzinfo=UTC))
    assert all(
        now_ns <= closure.closes_ns < now_ns + 24 * HOUR_NS
        for market in GATES
        for closure in next_closures(market, now_ns)
    )
