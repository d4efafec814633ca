"""Who may trade what: every criterion, market, instrument and agreement of §5.2 to §5.5."""

from datetime import date
from typing import Any

import pytest

from state.messages import SettlesAt
from state.trading.answers import Verdict
from tests.state.trading.samples import POLICY, answer, answers, person, severest, trade

DAY_AHEAD = {"venue": "caiso", "agreement": "CAISO Tariff", "settles_at": SettlesAt.DA}
REAL_TIME = {"venue": "caiso", "agreement": "CAISO Tariff", "settles_at": SettlesAt.FMM}


def test_the_sample_passes_every_clause():
    found = answers(trade())

    assert {each.verdict for each in found} == {Verdict.PASS}
    assert severest(found) is Verdict.PASS
    assert [str(each.at) for each in found][:7] == [
        "§5.2 p. 9", "§5.3 p. 9", "§5.2 p. 9", "§5.4 p. 10", "§5.2 p. 9", "§5.5 p. 10", "§5.2 p. 9",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"authorised": False}, "is not authorised"),
        ({"experience": ""}, "experience is not verified"),
        ({"under_investigation": True}, "under investigation"),
        ({"under_investigation": None}, "nobody knows"),
        ({"was_investigated": True}, "was investigated"),
        ({"was_investigated": None}, "nobody knows"),
        ({"has_read_policies": False}, "has not read the policies"),
    ],
)
def test_a_trader_who_misses_a_criterion_is_rejected(changes: dict[str, Any], says: str):
    who = person(**changes)
    found = answer(trade(), "authorised trader", who)

    assert found.verdict is Verdict.REJECT
    assert says in found.reason
    assert str(found.at) == "§5.2 p. 9"
    assert severest(answers(trade(), who)) is Verdict.REJECT


@pytest.mark.parametrize("name", ["bob", ""])
def test_a_trader_without_a_record_is_rejected_by_the_clause(name: str):
    found = answers(trade(trader=name))

    assert found[0].verdict is Verdict.REJECT
    assert (name or "names no trader") in found[0].reason
    assert severest(found) is Verdict.REJECT


MARKETS = [
    ("energy", {}, "market-bilateral-energy-capacity"),
    ("shaped", {}, "market-bilateral-energy-capacity"),
    ("ppa", {}, "market-bilateral-energy-capacity"),
    ("dispatchable", {}, "market-bilateral-energy-capacity"),
    ("storage", {}, "market-bilateral-energy-capacity"),
    ("capacity", {"unit_kind": "local"}, "market-bilateral-energy-capacity"),
    ("rec", {"unit_kind": "PCC2"}, "market-bilateral-renewable"),
    ("transmission", {}, "market-bilateral-transmission"),
    ("ancillary", {}, "market-bilateral-transmission"),
    ("ghg", {"unit_kind": "allowance"}, "market-bilateral-carbon"),
    ("ghg", {"unit_kind": "allowance", "venue": "carb"}, "market-carb-auctions"),
    ("swap", {"areas": ()}, "market-bilateral-financial"),
    ("cfd", {"areas": ("SPP",)}, "market-bilateral-financial"),
    ("basis", {}, "market-bilateral-financial"),
    ("energy", DAY_AHEAD, "market-caiso-day-ahead"),
    ("ist", DAY_AHEAD, "market-caiso-day-ahead"),
    ("ancillary", DAY_AHEAD, "market-caiso-day-ahead"),
    ("energy", REAL_TIME, "market-caiso-real-time"),
    ("ancillary", REAL_TIME, "market-caiso-real-time"),
    ("crr_obligation", DAY_AHEAD, "market-caiso-crr"),
    ("crr_option", DAY_AHEAD, "market-caiso-crr"),
    ("virtual_supply", DAY_AHEAD, "market-caiso-virtual-bidding"),
    ("virtual_demand", DAY_AHEAD, "market-caiso-virtual-bidding"),
]


@pytest.mark.parametrize(("product", "more", "market"), MARKETS)
def test_an_approved_market_reaches_its_products(product: str, more: dict[str, Any], market: str):
    found = answer(trade(product=product, **more), "approved market")

    assert (found.verdict, found.id) == (Verdict.PASS, market)


def test_every_approved_market_is_reached_by_a_case_above():
    assert {market for _, _, market in MARKETS} == {market.id for market in POLICY.markets}


@pytest.mark.parametrize(
    ("product", "more"),
    [
        ("energy", {"areas": ("SPP",)}),
        ("energy", {"areas": ()}),
        ("ghg", {"unit_kind": "allowance", "areas": ("WECC",)}),
        ("energy", {"venue": "carb"}),
        ("swap", DAY_AHEAD),
        ("energy", {**DAY_AHEAD, "settles_at": SettlesAt.CURVE}),
        ("coal", {}),
    ],
)
def test_what_no_approved_market_reaches_is_rejected(product: str, more: dict[str, Any]):
    found = answer(trade(product=product, **more), "approved market")

    assert found.verdict is Verdict.REJECT
    assert found.at.clause == "§5.3"
    assert product in found.reason
    assert severest(answers(trade(product=product, **more))) is Verdict.REJECT


@pytest.mark.parametrize(
    ("product", "more", "verdict"),
    [
        ("energy", {}, Verdict.PASS),
        ("swap", {}, Verdict.PASS),
        ("cfd", {}, Verdict.PASS),
        ("basis", {}, Verdict.PASS),
        ("rec", {"unit_kind": "PCC1"}, Verdict.PASS),
        ("rec", {"unit_kind": "PCC3"}, Verdict.PASS),
        ("rec", {"unit_kind": "voluntary"}, Verdict.REJECT),
        ("ghg", {"unit_kind": "allowance"}, Verdict.PASS),
        ("ghg", {"unit_kind": "offset"}, Verdict.REJECT),
        ("ancillary", DAY_AHEAD, Verdict.PASS),
        ("ancillary", {}, Verdict.REJECT),
        ("ist", DAY_AHEAD, Verdict.PASS),
        ("crr_option", DAY_AHEAD, Verdict.PASS),
        ("coal", {}, Verdict.REJECT),
    ],
)
def test_an_instrument_is_approved_by_product_kind_and_venue(
    product: str, more: dict[str, Any], verdict: Verdict
):
    found = answer(trade(product=product, **more), "approved instrument")

    assert found.verdict is verdict
    assert str(found.at) == "§5.4 p. 10"


@pytest.mark.parametrize(
    ("agreement", "approved", "verdict"),
    [
        ("WSPP", False, Verdict.PASS),
        ("EEI", False, Verdict.PASS),
        ("CAISO Tariff", False, Verdict.PASS),
        ("PPA", True, Verdict.PASS),
        ("PPA", False, Verdict.REJECT),
        ("ISDA", True, Verdict.REJECT),
        ("", False, Verdict.REJECT),
    ],
)
def test_an_agreement_is_one_of_the_four_and_a_ppa_is_approved_by_the_board(
    agreement: str, verdict: Verdict, *, approved: bool
):
    found = answer(trade(agreement=agreement, board_approved=approved), "enabling agreement")

    assert found.verdict is verdict
    assert str(found.at) == "§5.5 p. 10"


@pytest.mark.parametrize("field", ["markets", "instruments"])
def test_what_is_approved_but_not_in_the_traders_record_is_rejected(field: str):
    others = {
        "markets": ("market-bilateral-financial",),
        "instruments": ("instrument-swap",),
    }
    who = person(**{field: others[field]})

    assert answer(trade(), f"approved {field[:-1]}", who).verdict is Verdict.PASS
    assert answer(trade(), f"trader's {field}", who).verdict is Verdict.REJECT
    assert answer(trade(product="swap"), f"trader's {field}", who).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (date(2026, 6, 30), Verdict.PASS),
        (date(2026, 7, 1), Verdict.PASS),
        (date(2026, 7, 2), Verdict.REJECT),
    ],
)
def test_a_contract_lasts_no_longer_than_the_traders_term(end: date, verdict: Verdict):
    found = answer(trade(end=end), "trader's term", person(months=3))

    assert found.verdict is verdict
    assert str(found.at) == "§5.2 p. 9"
