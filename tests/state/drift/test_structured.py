"""Structured contracts are recomputed from their records: a wrong figure of one is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from state.company import Company
from state.contracts import structured
from state.drift import rounds
from state.drift.compare import differences
from state.market.forward import ForwardBook
from state.messages import (
    AnyMessage,
    Block,
    FloatColumn,
    ProductTrade,
    ResourceKind,
    Run,
    SettlesAt,
)
from state.products.payoff import call, calls
from tests.state.drift.day import drifted, everything
from tests.state.worked import company, contract, forecast, marks, price, reference, resource, tick

HOURS = 24 * 60


def deals() -> Iterator[ProductTrade]:
    """A contract of every product that has terms of its own, over some months."""
    two = {"location": "NODE", "second_location": "HUB", "settles_at": SettlesAt.DA}
    plant = {"location": "NODE", "resource": "plant"}
    shape = [float(mw % 5) for mw in range(HOURS)]
    yield contract("crr_option", 5.0, 1.0, 10, HOURS, volatility_usd_per_mwh=80.0, **two)
    yield contract("crr_obligation", 3.0, -2.0, 10, HOURS, **two)
    yield contract("basis", -4.0, 1.5, 10, HOURS, profile_mw=shape, **two)
    yield contract("dispatchable", 6.0, 2.0, 10, HOURS, location="NODE", strike_usd_per_mwh=44.0)
    yield contract(
        "storage", 8.0, 1.0, 10, HOURS, **(plant | {"resource": "battery"}),
        energy_mwh=32.0, efficiency=0.8,
    )  # fmt: skip
    yield contract(
        "cfd", 7.0, 30.0, 10, HOURS, block=Block.ON_PEAK, floor_usd_per_mwh=45.0,
        price_adjustment_usd_per_mwh=-1.0, volatility_usd_per_mwh=60.0,
    )  # fmt: skip
    yield contract(
        "ppa", 0.25, 35.0, 9, HOURS, floor_usd_per_mwh=46.0, volatility_usd_per_mwh=50.0, **plant
    )
    yield contract(
        "ppa", 1.0, 33.0, 9, HOURS, floor_usd_per_mwh=47.0, trade="SHARES",
        profile_mw=[0.5 * (mw % 3) for mw in range(HOURS)], **plant,
    )  # fmt: skip
    yield contract("ist", 2.0, 41.0, 10, HOURS)
    yield contract("transmission", 5.0, 0.0, 10, HOURS, unit_kind="firm", price_usd_per_unit=4.0)


DEALS = [
    replace(deal, trade=f"{deal.product}-{number}", source="desk")
    for number, deal in enumerate(deals())
]


def messages() -> list[AnyMessage]:
    known = len(reference())
    battery = resource("battery", "NODE", ResourceKind.STORAGE)
    held = marks(transmission__firm__2026_08=5.5)
    tomorrow: list[AnyMessage] = [
        price(Run.DA, hour, HUB=40 + hour, NODE=44 + hour / 2) for hour in (34, 35)
    ]
    tomorrow.append(forecast("plant", 34, 50.0, 60.0))
    before, last = everything()[:-1], everything()[-1]
    return [*before[:known], battery, *before[known:], held, *tomorrow, *DEALS, last]


@pytest.fixture(scope="module")
def saved() -> bytes:
    return company(messages()).snapshot()


def test_no_structured_contract_drifts_at_any_tick(saved: bytes):
    folded = Company.restore(saved)
    [market] = folded.desk.markets.values()
    today = market.contingent.days[min(market.contingent.days)]
    assert {terms.product for terms in today.lines} == {
        "crr_option", "crr_obligation", "dispatchable", "storage", "cfd", "ppa",
    }  # fmt: skip
    for hour in (10.9, 11.5, 24, 25, 48, 24 * 17):
        folded.apply(tick(hour), folded.position + 1)
        for found in differences(folded.desk):
            assert found.relative <= 1e-11, (hour, found.text)


@pytest.mark.parametrize(
    ("deal", "where"),
    [
        pytest.param(deal, where, id=f"{deal.trade} {where}")
        for deal in DEALS
        for where in ("on a day", "beyond the days")
        if (deal.product, where) != ("transmission", "on a day")  # held by month alone
    ],
)
def test_a_wrong_kept_figure_of_a_structured_contract_is_an_alert(
    saved: bytes, monkeypatch: pytest.MonkeyPatch, deal: ProductTrade, where: str
):
    """A hundredth more of a contract than its record says, carried into all that follows."""
    monkeypatch.setattr(rounds, "SLICE_US", 1e9)  # a whole round in a tick
    folded = Company.restore(saved)
    [market] = folded.desk.markets.values()
    if where == "on a day":
        structured.enter_day(market, market.days[max(market.days)], deal, 0.01)
    else:
        structured.enter_forward(market, deal, 0.01)
        market.certificates.enter(deal, 0.01)

    found = drifted(folded, 11)

    figures = {one.row.scope for one in found if one.change == "breached"}
    wanted = {"position", "value"} if where == "on a day" else {"forward", "value"}
    assert figures & wanted, [one.row.cause for one in found]


@pytest.mark.parametrize(("options_us", "first"), [(1.0, range(2)), (4_000.0, range(1))])
def test_books_whose_options_fill_a_slice_are_looked_at_one_by_one(
    saved: bytes, monkeypatch: pytest.MonkeyPatch, options_us: float, first: range
):
    folded, seen, look = Company.restore(saved), list[range](), rounds.of_books_on
    with monkeypatch.context() as at_once:
        at_once.setattr(rounds, "SLICE_US", 1e9)
        drifted(folded, 11)
    monkeypatch.setattr(rounds, "_OPTION_BEYOND_US", options_us)
    monkeypatch.setattr(rounds, "of_books_on", lambda *args: seen.append(args[2]) or look(*args))

    drifted(folded, 12)

    assert seen[0] == first


def test_what_options_have_in_common_is_looked_up_once_however_many_there_are(
    saved: bytes, monkeypatch: pytest.MonkeyPatch
):
    folded = Company.restore(saved)
    for number in range(12):
        one = contract(
            "dispatchable", 6.0, 2.0, 10, HOURS, trade=f"UNIT-{number}", source="desk",
            strike_usd_per_mwh=30.0 + number, volatility_usd_per_mwh=40.0,
        )  # fmt: skip
        folded.apply(one, folded.position + 1)
    looked, look = list[tuple[str, Block]](), ForwardBook.curve_by_day

    def curve_by_day(book: ForwardBook, hub: str, block: Block) -> FloatColumn:
        looked.append((hub, block))
        return look(book, hub, block)

    monkeypatch.setattr(ForwardBook, "curve_by_day", curve_by_day)
    found = differences(folded.desk)

    assert len(looked) == len(set(looked)) > 0
    assert max(one.relative for one in found) <= 1e-12


def test_many_rights_are_to_the_bit_what_each_is_alone():
    chance = np.random.default_rng(5)
    spread = np.round(chance.normal(0.0, 30.0, 4000), 2)
    deviation = np.abs(np.round(chance.normal(0.0, 20.0, 4000), 1))
    spread[::50], deviation[::7], deviation[::11] = np.nan, 0.0, np.nan
    spread[-3:], deviation[-3:] = (1e300, -1e300, 1e7), (1e-300, 1.0, 1e6)

    value, delta = calls(spread, deviation)

    for one, wide, *found in zip(spread, deviation, value, delta, strict=True):
        alone = (np.nan, np.nan) if np.isnan(one) else call(float(one), float(wide))
        assert [repr(float(each)) for each in found] == [repr(float(each)) for each in alone]
