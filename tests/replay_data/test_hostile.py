"""The hostile day does what it says, and nothing else is wrong with it."""

from __future__ import annotations

import re

import pytest

from replay_data.days import ROOT
from replay_data.hostile import ABSURD_NODE, ABSURD_USD, BAD_TRADES, HALVED, LATE, MISSING
from replay_data.locations import SP15
from replay_data.records import LocalDay
from replay_data.stories import story_named
from state.messages import Books, Locations, PricePublication, Run, Trade, TradeAction
from state.products import PRODUCTS
from tests.replay_data.shipped import HOSTILE, Played, played

REFUSED = {
    "text for a price": r"'n/a'",
    "not a number": r"'NaN'",
    "beyond all sense": r"2500000",
    "another report": r"ENE_SLRS",
    "noise": r"which is no text",
    "a web page": r"web page",
    "a truncated zip": r"cannot be read",
    "an empty body": r"0 bytes",
    "no data yet": r"1000",
    "text for a quantity": r"'twenty'",
    "a negative version": r"version is '-1'",
    "no delivery": r"delivery_end",
    "NaN in JSON": r"NaN is no JSON number",
    "prose": r"by phone",
    "half a record": r"double quotes",
    "an unknown kind": r"no-such-kind",
}


def day() -> LocalDay:
    return LocalDay(story_named(HOSTILE).day, "America/Los_Angeles")


@pytest.fixture(scope="module")
def hostile() -> Played:
    return played(HOSTILE)


def of_interval(hostile: Played, clock: str) -> list[PricePublication]:
    start = day().at(clock)
    prices = [item for item in hostile.prices(Run.RTD) if item.interval_start_ns == start]
    return sorted(prices, key=lambda item: item.received_at_ns)


@pytest.mark.parametrize("what", REFUSED)
def test_the_hostile_day_holds(what: str, hostile: Played):
    assert [reason for reason in hostile.refused if re.search(REFUSED[what], reason)]


def test_everything_refused_is_meant(hostile: Played):
    for reason in hostile.refused:
        assert any(re.search(pattern, reason) for pattern in REFUSED.values()), reason


def test_a_price_is_corrected_and_corrected_back(hostile: Played):
    at_hub = [float(item.lmp[item.locations.index(SP15)]) for item in of_interval(hostile, "09:00")]
    distinct = [price for number, price in enumerate(at_hub) if price != at_hub[number - 1]]
    first, other, last = (at_hub[0], *distinct[-2:])
    assert other == pytest.approx(first + 11.5, abs=1e-9)
    assert last == first


def test_four_intervals_come_late_and_in_reverse(hostile: Played):
    arrived = {clock: of_interval(hostile, clock)[0].received_at_ns for clock in LATE}
    assert sorted(arrived, key=lambda clock: -arrived[clock]) == list(LATE)
    assert min(arrived.values()) >= day().at("13:05")


@pytest.mark.parametrize("clock", MISSING)
def test_two_intervals_never_come(clock: str, hostile: Played):
    assert of_interval(hostile, clock) == []


def test_bodies_come_twice():
    lines = (ROOT / HOSTILE / "receipts.csv").read_text().splitlines()
    payloads = [line.rsplit(",", 1)[1] for line in lines[1:]]
    assert len(payloads) - len(set(payloads)) > 15


def test_an_interval_comes_in_two_halves(hostile: Played):
    halves = [len(item.locations) for item in of_interval(hostile, HALVED)]
    assert halves == [19, 19]


def test_an_absurd_price_is_finite_and_mended_later(hostile: Played):
    at_node = [
        float(item.lmp[item.locations.index(ABSURD_NODE)]) for item in of_interval(hostile, "03:10")
    ]
    assert ABSURD_USD in at_node
    assert abs(at_node[-1]) < 500


def test_every_bad_trade_is_bad_and_every_other_trade_is_good(hostile: Played):
    every = (*hostile.opening, *hostile.messages)
    books = {book for item in every if isinstance(item, Books) for book in item.books}
    places = {place for item in every if isinstance(item, Locations) for place in item.locations}
    trades = [item for item in every if isinstance(item, Trade)]
    lost = {
        trade.trade
        for trade in trades
        if trade.book not in books or trade.location not in places or trade.product not in PRODUCTS
    }
    assert lost == {"BAD-unknown-book", "BAD-unknown-location", "BAD-unknown-product"}
    text = (ROOT / HOSTILE / "records.jsonl").read_text()
    assert all(f"BAD-{name}" in text for name in BAD_TRADES)


def test_versions_conflict_come_early_or_lack_their_contract(hostile: Played):
    versions = [
        (trade.trade, trade.version, trade.action, trade.quantity_mw)
        for trade in hostile.messages
        if isinstance(trade, Trade) and trade.trade.startswith("BAD-")
    ]
    assert ("BAD-conflict", 1, TradeAction.NEW, 5.0) in versions
    assert ("BAD-conflict", 1, TradeAction.NEW, 9.0) in versions
    early = [action for name, _, action, _ in versions if name == "BAD-cancel-before-new"]
    assert early == [TradeAction.CANCEL, TradeAction.NEW]
    lone = [number for name, number, _, _ in versions if name == "BAD-amend-of-unknown"]
    assert lone == [3]
