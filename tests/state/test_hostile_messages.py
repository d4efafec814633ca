"""No message that can be read from the log stops the fold: it is refused, counted and shown."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, get_origin

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from state.company import Company
from state.drift.compare import FIGURES, differences
from state.messages import (
    KINDS,
    AnyMessage,
    AwardKind,
    BacktestHistory,
    FloatColumn,
    HedgeRequest,
    LocationKind,
    Locations,
    Market,
    Policy,
    ProductTrade,
    ResourceKind,
    Run,
    StressScenarios,
    Tick,
    Trade,
    TradeCheck,
)
from state.moments import HOUR_NS
from state.wire import decode, encode, encode_state
from tests.state import worked

NAMES = st.sampled_from(
    ["", " ", "west", "HUB", "NODE", "book", "firm", "town", "plant", "T1", "M1", "O1", "nowhere",
     "a/b,c\n\0", "é" * 300, "2026-13", "2026-07", "2026-07-15", "0000-01", "energy", "ppa",
     "America/Los_Angeles", "Asia/Tokyo", "../etc", "America"]
)  # fmt: skip
NOON = worked.at(12)
TIMES = st.sampled_from(
    [NOON, NOON + HOUR_NS, NOON - HOUR_NS, NOON + 30 * HOUR_NS, NOON + 7, 0, -1, 2**62, -(2**63),
     2**63 - 1, NOON + 300 * 24 * HOUR_NS, NOON - 9_000 * 24 * HOUR_NS]
)  # fmt: skip
NUMBERS = st.sampled_from([0.0, 5.0, -5.0, 1e6, 1e300, -1e300, math.nan, math.inf, -math.inf])
WHOLE = st.sampled_from([-300, 0, 1, 2, 7, 300, 3600, 2**40, -(2**62)])
COLUMNS = st.lists(NUMBERS, max_size=4) | st.just([3.0] * 4000)
POLICIES = st.sampled_from(
    ["", "[" * 3000, "a: &x 1", "\0", "limits: 5", "? [a]: b", "a: " + "9" * 5000, "1.0e999"]
)
STATES = st.sampled_from(
    [b"", b"\x01", b"garbage", encode_state({}), encode_state({"version": 1}),
     encode_state([1]), encode_state({"version": 1, "company": 5, "position": "x"})]
) | st.binary(max_size=40)  # fmt: skip

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: NAMES,
    float: NUMBERS,
    int: WHOLE,
    bool: st.booleans(),
    bytes: STATES,
    FloatColumn: COLUMNS.map(np.array),
}


def field_of(kind: type[Any], name: str, wanted: Any) -> st.SearchStrategy[Any]:
    """Absurd values of a field's own type."""
    if name.endswith("_ns"):
        several = get_origin(wanted) is tuple
        return st.lists(TIMES, max_size=3).map(tuple) if several else TIMES
    if kind in {Policy, StressScenarios} and name == "source":
        return POLICIES
    if wanted in SIMPLE:
        return SIMPLE[wanted]
    if get_origin(wanted) is tuple:
        inner = wanted.__args__
        if inner[-1] is not Ellipsis:
            return st.tuples(*[field_of(kind, name, one) for one in inner])
        return st.lists(field_of(kind, name, inner[0]), max_size=4).map(tuple)
    return st.from_type(wanted)


def absurd(kind: type[Any]) -> st.SearchStrategy[AnyMessage]:
    fields = msgspec.structs.fields(kind)
    return st.builds(kind, **{f.name: field_of(kind, f.name, f.type) for f in fields})


SIMPLE[Trade | ProductTrade] = absurd(Trade) | absurd(ProductTrade)


def spoilt(message: AnyMessage) -> st.SearchStrategy[AnyMessage]:
    """A sound message with one field replaced by something absurd."""
    fields = st.sampled_from(msgspec.structs.fields(type(message)))
    return fields.flatmap(
        lambda f: field_of(type(message), f.name, f.type).map(
            lambda value: msgspec.structs.replace(message, **{f.name: value})
        )
    )


STRESS = """\
name: n
version: "1"
title: t
scenarios:
  - id: all-of-it
    title: t
    text: t
    prices: [{run: DA, level: 100}, {run: RTD, percent: 50}, {run: FMM, shift: 5}]
    forward: [{months_ahead: [0, 5], percent: 10}]
    volumes: [{kinds: [load, thermal], percent: 10}, {resources: [plant], limit_mw: 0}]
"""
DATA_LIMITS = Path(__file__).parents[2] / "policies" / "data-limits.yaml"
SOUND: list[AnyMessage] = [
    *worked.reference(),
    worked.price(Run.RTD, 12, HUB=40.0, NODE=41.0),
    worked.price(Run.DA, 13, HUB=40.0, NODE=41.0),
    worked.schedule(Run.DA, 12, town=(50.0, 60.0), plant=(20.0, 30.0)),
    worked.forecast("town", 12, 70.0, 80.0),
    worked.meter("plant", 11, 20.0),
    worked.outlook("plant", "2026-07", 20.0, 10.0),
    worked.outage(5.0, 13),
    worked.trade(10.0, 35.0, 12, 900),
    worked.trade(0.5, 35.0, 12, 900, trade="P1", product="ppa", resource="plant"),
    worked.trade(1.0, 9.0, 12, 3, trade="S1", profile_mw=(1.0, 2.0, 3.0)),
    TradeCheck(check="C1", candidate=worked.trade(5.0, 35.0, 12, trade="C"), lot=1.0),
    HedgeRequest(request="H1"),
    worked.award(AwardKind.VIRTUAL_SUPPLY, 12, 5.0, 6.0),
    worked.adjustment(3.0, 13, expires=15),
    worked.curve(50.0, 40.0, "2026-07", "2026-08"),
    worked.history({f"HUB/DA/HE{hour:02d}": [1.0, 2.0, 4.0] for hour in range(1, 25)}),
    worked.resource("wind", "NODE", ResourceKind.WIND),
    StressScenarios(scenarios="n", version="1", source=STRESS),
    Policy(policy="data-limits", version="1", source=DATA_LIMITS.read_text(encoding="utf-8")),
    BacktestHistory(
        node="firm", dates=("2026-07-14",), var_usd=np.array([5.0]), pnl_usd=np.array([1.0])
    ),
    worked.tick(12.5),
    worked.tick(37),
]
HOSTILE = st.sampled_from(list(KINDS.values())).flatmap(absurd) | st.sampled_from(SOUND).flatmap(
    spoilt
)
DAYS = st.lists(HOSTILE | st.sampled_from(SOUND), min_size=1, max_size=25)
QUICK = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def figures(company: Company) -> bytes:
    desk = company.desk
    risk = [part.tobytes() for part in desk.portfolio.figures()]
    return encode_state([desk.value_usd(), *desk.pnl(), risk])


def assert_takes(company: Company, message: AnyMessage) -> None:
    """Apply a message as the log gives it back; a refused one is counted and moves nothing."""
    before, letters = figures(company), company.desk.feeds.dead_letters
    company.apply(decode(encode(message)), company.position + 1)
    assert company.desk.feeds.dead_letters >= letters
    assert all(np.isfinite(part).all() for part in (company.desk.value_usd(), *company.desk.pnl()))
    rows = company.desk.stress.view.rows
    assert all(np.isfinite([*row.intraday_usd, *row.forward_usd]).all() for row in rows)
    if company.desk.feeds.dead_letters > letters and not isinstance(message, Tick):
        reached = "is not held" in str([one.last_rejection for one in _records(company)])
        assert reached or figures(company) == before


def _records(company: Company) -> list[Any]:
    return list(company.desk.feeds.records.values())


def assert_goes_on(company: Company) -> None:
    """What was saved comes back, and says the same of what follows."""
    again = Company.restore(company.snapshot())
    assert again.snapshot() == company.snapshot()
    for message in (worked.tick(13), worked.price(Run.RTD, 13, HUB=60.0), worked.tick(38)):
        for one in (company, again):
            one.apply(message, one.position + 1)
    assert again.snapshot() == company.snapshot()
    assert again.digest == company.digest
    assert {one.figure for one in differences(company.desk)} == set(FIGURES)


@QUICK
@given(DAYS)
def test_no_message_stops_a_desk_at_work(messages: list[AnyMessage]):
    company = worked.company(worked.reference(), worked.tick(12), SOUND[5:])
    for message in messages:
        note(repr(message)[:500])
        assert_takes(company, message)
        company.changed_views()
    assert_goes_on(company)


@QUICK
@given(DAYS)
def test_no_message_stops_an_empty_company(messages: list[AnyMessage]):
    company = Company("company")
    for message in messages:
        note(repr(message)[:500])
        assert_takes(company, message)
        company.changed_views()
    assert_goes_on(company)


def test_an_infinite_price_is_refused_and_the_value_stays():
    company = worked.company(SOUND)
    before, letters = figures(company), company.desk.feeds.dead_letters

    assert_takes(company, worked.price(Run.RTD, 13, HUB=1e300))

    assert (figures(company), company.desk.feeds.dead_letters) == (before, letters + 1)


@pytest.mark.parametrize(
    ("location", "hub", "reason"),
    [("NODE", "", "cannot move to hub"), ("NEW", "NOWHERE", "hub 'NOWHERE' is unknown")],
)
def test_a_location_keeps_its_hub_and_a_hub_must_be_known(location: str, hub: str, reason: str):
    company = worked.company(SOUND)
    places, letters = company.desk.markets["west"].tables.locations, company.desk.feeds.dead_letters
    known = (list(places.names), list(places.hub_names))

    kinds = (LocationKind.NODE,)
    moved = Locations(market="west", locations=(location,), kinds=kinds, hubs=(hub,))
    assert_takes(company, moved)

    assert (places.names, places.hub_names) == known
    assert company.desk.feeds.dead_letters == letters + 1
    assert any(reason in one.last_rejection for one in _records(company))


def test_a_price_of_a_day_too_far_is_no_news_of_its_feed():
    company = worked.company(SOUND)
    newest = company.desk.feeds.newest_ns("west/RTD")

    assert_takes(company, worked.price(Run.RTD, 24 * 60, HUB=30.0))

    assert company.desk.feeds.newest_ns("west/RTD") == newest


def test_a_trade_cannot_be_live_in_two_markets():
    east = Market(market="east", time_zone="America/New_York")
    locations = msgspec.structs.replace(SOUND[1], market="east")
    company = worked.company(SOUND, east, locations)
    letters = company.desk.feeds.dead_letters

    assert_takes(company, worked.trade(10.0, 35.0, 12, version=2, market="east"))

    assert company.desk.feeds.dead_letters == letters + 1


def test_an_outage_cannot_move_to_another_market():
    east = Market(market="east", time_zone="America/New_York")
    locations = msgspec.structs.replace(SOUND[1], market="east")
    plant = next(one for one in SOUND if isinstance(one, KINDS["resource"]))
    afar = msgspec.structs.replace(plant, resource="afar", market="east")
    company = worked.company(SOUND, east, locations, afar, worked.outage(30.0, 12))
    letters = company.desk.feeds.dead_letters

    assert_takes(company, worked.outage(30.0, 12, version=9, resource="afar"))

    assert company.desk.feeds.dead_letters == letters + 1


def test_an_opening_in_the_middle_of_a_log_is_refused():
    company = worked.company(SOUND)
    opening = KINDS["opening"](at_ns=NOON, state=Company("other").snapshot())

    assert_takes(company, opening)

    assert "not the beginning" in company.desk.feeds.records["opening"].last_rejection
    assert company.company == "company"
