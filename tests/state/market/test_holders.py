"""Rows of the open position: every pair of a desk; of a large house, the largest and sums."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest

from benchmarks.trading_day import TradingDay
from benchmarks.workload import Size, new_company
from state.arrays import Flags
from state.company import Company
from state.market import holders
from state.market.delivery_day import DeliveryDay
from state.market.lines import LineTable
from state.market.prices import RTD
from state.messages import Trade
from state.moments import HOUR_NS
from state.screens.positions_seen import PositionView

WORKLOAD = TradingDay(
    Size(
        books=5,
        nodes=40,
        trades=300,
        scenarios=20,
        publications=30,
        trades_between=10,
        ticks_between=3,
    )
)
HUBS = {name: f"HUB{number % 4:04d}" for number, name in enumerate(WORKLOAD._nodes)}


def folded(until: int | None = None) -> Company:
    company = new_company(WORKLOAD)
    messages = itertools.chain(WORKLOAD.opening(), WORKLOAD.day())
    for message in itertools.islice(messages, until):
        company.apply(message, company.position + 1)
    return company


@pytest.fixture(scope="module")
def company() -> Company:
    return folded()


def positions(company: Company) -> list[PositionView]:
    for _, day in company.desk.markets["w2"].open_days():
        day.kept.clear()
    views = company.views().values()
    return [view for view in views if isinstance(view, PositionView)]


def large(company: Company, monkeypatch: pytest.MonkeyPatch) -> list[PositionView]:
    monkeypatch.setattr(holders, "MOST_PAIRS", 20)
    monkeypatch.setattr(holders, "LOCATIONS_SHOWN", 6)
    return positions(company)


def summed(view: PositionView, names: list[str]) -> dict[str, np.ndarray]:
    sums: dict[str, np.ndarray] = {}
    for name, by_hour in zip(names, view.open_mw, strict=True):
        sums[name] = sums.get(name, 0.0) + by_hour
    return sums


def hub_of(location: str) -> str:
    return HUBS.get(location, location.rpartition(" at ")[2])


def test_sums_by_book_and_hub_are_those_of_all_rows(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    for every, few in zip(positions(company), large(company, monkeypatch), strict=True):
        assert len(few.books) < len(every.books)
        for whole, part in (
            (summed(every, every.books), summed(few, few.books)),
            (
                summed(every, list(map(hub_of, every.locations))),
                summed(few, list(map(hub_of, few.locations))),
            ),
        ):
            assert sorted(whole) == sorted(part)
            for name, mw in whole.items():
                np.testing.assert_allclose(part[name], mw, rtol=1e-9, atol=1e-7)
        np.testing.assert_allclose(few.total_open_mw, every.total_open_mw, rtol=1e-9, atol=1e-7)


def test_a_location_that_is_shown_has_all_of_its_rows_and_is_larger_than_those_that_are_not(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    for every, few in zip(positions(company), large(company, monkeypatch), strict=True):
        shown = {name for name in few.locations if name in HUBS}
        assert len(shown) == 6
        first = max(0, every.axis.current)
        size = {
            name: float(np.abs(mw[first:]).sum())
            for name, mw in summed(every, every.locations).items()
        }
        if every.axis.current < 0:  # nothing of it is kept by interval: sizes add up exactly
            least = min(size[name] for name in shown)
            assert all(mw <= least for name, mw in size.items() if name not in shown)
        of_every = dict(
            zip(zip(every.books, every.locations, strict=True), every.open_mw, strict=True)
        )
        for pair, mw in zip(zip(few.books, few.locations, strict=True), few.open_mw, strict=True):
            if pair[1] in shown:
                np.testing.assert_array_equal(mw, of_every.pop(pair))
        assert not any(place in shown for _, place in of_every)


def test_the_others_are_counted_by_hub(company: Company, monkeypatch: pytest.MonkeyPatch):
    for every, few in zip(positions(company), large(company, monkeypatch), strict=True):
        unshown = set(every.locations) - set(few.locations)
        counts = {
            hub: sum(HUBS[name] == hub for name in unshown) for hub in set(map(HUBS.get, unshown))
        }
        rest = {name for name in few.locations if name not in HUBS}
        assert rest == {f"{count} others at {hub}" for hub, count in counts.items()}


def test_sums_are_the_same_bits_however_often_they_were_looked_at_and_after_a_restore(
    monkeypatch: pytest.MonkeyPatch,
):
    looked_at = folded(100)
    messages = itertools.chain(WORKLOAD.opening(), WORKLOAD.day())
    for message in itertools.islice(messages, 100, None):
        looked_at.apply(message, looked_at.position + 1)
        looked_at.changed_views()
    once = folded()
    for company in (looked_at, once):
        company.apply(for_an_hour_that_is_over(), company.position + 1)
        assert not company.refusals()

    expected = large(once, monkeypatch)
    for company in (looked_at, Company.restore(once.snapshot())):
        for view, wanted in zip(large(company, monkeypatch), expected, strict=True):
            assert (view.books, view.locations) == (wanted.books, wanted.locations)
            np.testing.assert_array_equal(view.open_mw, wanted.open_mw)
        assert company.views()["pnl"] == once.views()["pnl"]


def for_an_hour_that_is_over() -> Trade:
    made = next(message for message in WORKLOAD.day() if isinstance(message, Trade))
    return msgspec.structs.replace(
        made,
        trade="late",
        delivery_start_ns=WORKLOAD.midnight_ns,
        delivery_end_ns=WORKLOAD.midnight_ns + 5 * HOUR_NS,
    )


def test_books_with_estimates_are_those_of_a_look_at_every_line_and_interval():
    few = TradingDay(msgspec.structs.replace(WORKLOAD.size, trades=2, trades_between=1))
    seen = set()
    company = new_company(few)
    for message in itertools.chain(few.opening(), few.day()):
        company.apply(message, company.position + 1)
        market = company.desk.markets.get("w2")
        if market is None:
            continue
        for _, day in market.open_days():
            day.open_lines.follow(day.delivered)
            found = day.open_lines.estimate()
            np.testing.assert_array_equal(found, estimates_of_lines(day, market.tables.lines))
            seen.add(found.tobytes())
    assert len(seen) > 3


def estimates_of_lines(day: DeliveryDay, lines: LineTable) -> Flags:
    mw = day.hourly.mw[:, : len(lines)].repeat(day.day.per_hour, axis=0).T
    unpriced = np.isnan(day.prices.published[RTD, lines.place]) & (lines.run == RTD)[:, None]
    flags = np.zeros(len(day.value_usd), dtype=np.bool_)
    flags[lines.book[((mw != 0.0) & unpriced).any(axis=1)]] = True
    return flags
