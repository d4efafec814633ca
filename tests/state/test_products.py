"""Every product the whole way: trade in, open position, value, VaR, credit, alert; by hand.

10 MW for hour 10 (HE11) at the hub or the node, one hour long, so that MW are MWh. The curve says
40 everywhere, day-ahead 44 at the hub and 50 at the node, of which congestion is 4 and 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from state.company import Company
from state.messages import (
    EMPTY,
    AnyMessage,
    AwardKind,
    Block,
    Counterparty,
    Message,
    Policy,
    ResourceKind,
    Run,
    SettlesAt,
    StateOfCharge,
    Trade,
    TradeAction,
)
from state.products import PRODUCTS
from state.products.convergence import PRODUCT_OF, SHARES, open_mw
from state.products.payoff import call
from state.products.product import Product
from state.products.terms import wrong_term
from state.screens.credit_seen import CreditView
from state.screens.holdings_seen import HoldingView
from state.screens.limits_seen import LimitView
from state.wire import decode, encode
from tests.state.oracle import figures_of_views
from tests.state.shown import moved, open_at, risk, value, vector
from tests.state.worked import (
    at,
    award,
    company,
    contract,
    curve,
    forecast,
    history,
    marks,
    outlook,
    pnl,
    price,
    reference,
    resource,
    tick,
    trade,
)

LEVELS = {
    "HUB/DA/HE11": [40.0, 45.0, 43.0, 50.0],
    "HUB/DA/HE22": [40.0, 45.0, 43.0, 50.0],
    "HUB/DA/HE01": [20.0, 22.0, 21.0, 20.0],
    "HUB/FMM/HE11": [41.0, 44.0, 45.0, 50.0],
    "NODE/basis/DA": [1.0, 2.0, 4.0, 3.0],
    "NODE/basis/FMM": [1.0, 2.0, 5.0, 3.0],
    "rec:PCC1/curve/flat/2026": [17.0, 18.0, 16.5, 17.5],
    "capacity:system/curve/flat/2026-08": [6000.0, 6100.0, 6050.0, 6200.0],
    "capacity:system/curve/flat/2026-07": [5000.0, 5100.0, 5050.0, 5200.0],
    "ghg:allowance/curve/flat/2026": [30.0, 31.0, 33.0, 32.0],
    "transmission:firm/curve/flat/2026-08": [4.0, 5.0, 4.5, 5.25],
    "ancillary:regulation_up/curve/flat/2026-08": [9.0, 8.5, 9.5, 9.0],
}
"""Day on day: hub 5, -2, 7 (HE01 2, -1, -1); basis 1, 2, -1; certificates 1, -1.5, 1; capacity 100,
-50, 150; transmission 1, -0.5, 0.75; services -0.5, 1, -0.5. FMM less day-ahead at the node: -1, 3,
0."""

LIMITS = Policy(
    policy="test-limits",
    version="1",
    source="""\
name: test-limits
version: "1"
title: Limits of a test
limits:
  - {id: var, rule: var, title: VaR, clause: test §1, unit: $, ceiling: 5, warn_at: 0.8,
     clear_at: 0.95, materiality: material, scopes: [firm]}
  - {id: loss, rule: stop_loss, title: Stop-loss, clause: test §2, unit: $, loss: 1,
     warn_at: 0.75, clear_at: 0.95, materiality: critical, scopes: [firm]}
""",
)
START: list[Message] = [
    *reference(),
    curve(40, 40, "2026-07", "2026-08"),
    history(LEVELS),
    forecast("town", 10, 100),
    forecast("plant", 10, 60),
    LIMITS,
    tick(8),
]
ALONE = [*reference(), curve(40, 40, "2026-07"), history(LEVELS), LIMITS]
DAY_AHEAD = price(Run.DA, 10, HUB=44, NODE=50, congestion=(4, 9))


@dataclass(frozen=True)
class Case:
    """A contract, and what it adds to a company of a load of 100 MW and a plant of 60.

    ``open_mw`` at (hub, node) and ``vector`` are before the day-ahead price, ``value`` after it.
    """

    deal: Trade
    open_mw: tuple[float, float]
    vector: Sequence[float]
    value: float
    coverage: float = 0.6
    before: Sequence[Message] = field(default_factory=list)


TEN = [50.0, -20.0, 70.0]
SPREAD = [10.0, 20.0, -10.0]
CASES = {
    "energy": Case(trade(10, 30, 10), (10, 0), TEN, 140.0, coverage=0.7),
    "shaped": Case(
        contract("shaped", 0, 30, 10, profile_mw=(10,)), (10, 0), TEN, 140.0, coverage=0.7
    ),
    "ist": Case(contract("ist", 10, 30, 10), (10, 0), TEN, 140.0),
    "swap": Case(trade(10, 30, 10, product="swap"), (10, 0), TEN, 140.0),
    "cfd": Case(
        contract("cfd", 10, 30, 10, price_adjustment_usd_per_mwh=-1.25), (10, 0), TEN, 152.5
    ),
    "ppa": Case(  # half of 60 MW at 30
        contract("ppa", 0.5, 32, 10, resource="plant", location="NODE",
                 price_adjustment_usd_per_mwh=-2.0),
        (0, 0), [0.0, 0.0, 0.0], -900.0,
        before=[forecast("plant", 10, 60)],
    ),
    "basis": Case(
        contract("basis", 10, 2, 10, location="NODE", second_location="HUB"),
        (-10, 10), SPREAD, (50 - 44 - 2) * 10.0,
    ),
    "crr_obligation": Case(
        contract("crr_obligation", 10, 1, 10, location="NODE", second_location="HUB"),
        (-10, 10), SPREAD, (9 - 4 - 1) * 10.0,
    ),
    "crr_option": Case(  # at the money it pays nothing, moves by nothing, and cost its premium
        contract("crr_option", 10, 1, 10, location="NODE", second_location="HUB"),
        (0, 0), [0.0, 0.0, 0.0], (9 - 4 - 1) * 10.0,
    ),
    "dispatchable": Case(
        contract("dispatchable", 10, 3, 10, strike_usd_per_mwh=35.0),
        (10, 0), TEN, (44 - 35 - 3) * 10.0,
    ),
    "storage": Case(  # 10 MWh sold in HE22 at 60, 12.5 bought in HE01 at 20
        contract("storage", 10, 0, 0, 24, resource="battery", location="NODE",
                 energy_mwh=10.0, efficiency=0.8, volatility_usd_per_mwh=0.0),
        (0, 0), [60 - 37.5, -12.5, 60 + 25.0], 10 * (60 - 20 / 0.8),
        before=[resource("battery", "NODE", ResourceKind.STORAGE), curve(60, 20, "2026-07")],
    ),
    "capacity": Case(
        contract("capacity", 10, 0, 24 * 17, 24 * 31, location="Bay Area", unit_kind="system",
                 price_usd_per_unit=6000.0),
        (0, 0), [1000.0, -500.0, 1500.0], 10 * 500.0,
        before=[marks(capacity__system__2026_08=6500.0)],
    ),
    "rec": Case(
        contract("rec", 0, 0, 10, unit_kind="PCC1", vintage="2026", units=100.0,
                 price_usd_per_unit=17.5, location="WREGIS"),
        (0, 0), [100.0, -150.0, 100.0], 150.0,
        before=[marks(rec__PCC1__2026=19.0)],
    ),
    "ghg": Case(
        contract("ghg", 0, 0, 10, unit_kind="allowance", vintage="2026", units=-100.0,
                 price_usd_per_unit=33.0, location="CITSS"),
        (0, 0), [-100.0, -200.0, 100.0], 150.0,
        before=[marks(ghg__allowance__2026=31.5)],
    ),
    "transmission": Case(
        contract("transmission", 10, 0, 24 * 17, 24 * 31, unit_kind="firm", location="Path 15",
                 price_usd_per_unit=4.0),
        (0, 0), [7440.0, -3720.0, 5580.0], 7440 * 1.5,
        before=[marks(transmission__firm__2026_08=5.5)],
    ),
    "ancillary": Case(  # on-peak: 26 days of 16 hours
        contract("ancillary", -20, 0, 24 * 17, 24 * 31, unit_kind="regulation_up", location="CAISO",
                 block=Block.ON_PEAK, price_usd_per_unit=9.0),
        (0, 0), [4160.0, -8320.0, 4160.0], 8320 * 2.0,
        before=[marks(ancillary__regulation_up__2026_08=7.0)],
    ),
}  # fmt: skip


def after(*messages: Message | Sequence[Message]) -> Company:
    return company(START, *messages)


def owed(folded: Company) -> dict[str, float]:
    view = folded.views()["credit"]
    assert isinstance(view, CreditView)
    return {row.counterparty: round(row.exposure_usd, 6) for row in view.rows}


def states(folded: Company) -> dict[str, str]:
    view = folded.views()["limits"]
    assert isinstance(view, LimitView)
    return {row.limit: row.state for row in view.rows}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = CASES[request.param]
    return found


def test_every_product_goes_the_whole_way():
    """A new one has its case here, or is an award's."""
    by_award = {product.name for product in PRODUCT_OF.values()}
    assert set(PRODUCTS) - by_award == set(CASES)
    assert {name for name, product in PRODUCTS.items() if product.instead} == by_award
    assert all(name == case.deal.product for name, case in CASES.items())


class TestTheWholeWay:
    def test_its_legs_are_open_where_they_are(self, case: Case):
        assert open_at(after(case.before, case.deal)) == pytest.approx(case.open_mw)

    def test_only_physical_energy_covers_load(self, case: Case):
        seen = figures_of_views(after(case.before, case.deal).views())
        assert seen.coverage["west", "2026-07-15", 10] == pytest.approx(case.coverage)

    def test_its_exposure_moves_with_its_factors(self, case: Case):
        without, with_it = after(case.before), after(case.before, case.deal)
        assert moved(with_it, without) == pytest.approx(list(case.vector))

    def test_its_value_is_its_payoff_at_the_published_prices(self, case: Case):
        without = after(case.before, DAY_AHEAD)
        with_it = after(case.before, case.deal, DAY_AHEAD)
        assert value(with_it) - value(without) == pytest.approx(case.value)

    @pytest.mark.parametrize("name", sorted(set(CASES) - {"ppa"}))
    def test_sold_is_the_opposite_of_bought(self, name: str):
        case = CASES[name]
        changes: dict[str, Any] = {"quantity_mw": -case.deal.quantity_mw}
        if len(case.deal.profile_mw):
            changes["profile_mw"] = -case.deal.profile_mw
        if getattr(case.deal, "units", 0.0):
            changes = {"units": -case.deal.units}
        sold = msgspec.structs.replace(case.deal, **changes)
        without = after(case.before, DAY_AHEAD)
        with_it = after(case.before, sold, DAY_AHEAD)
        assert value(with_it) - value(without) == pytest.approx(-case.value)

    def test_its_counterparty_owes_what_it_is_worth(self, case: Case):
        with_it = after(case.before, case.deal, DAY_AHEAD, tick(10))
        expected = max(0.0, case.value)
        if case.deal.product == "ppa":
            expected = 0.5 * 60 * (50 - 30)  # the plant's output at 50 for 30
        assert owed(with_it) == {"CP-01": pytest.approx(expected)}

    def test_it_alone_breaches_the_limit_it_is_held_to_and_the_alert_names_it(self, case: Case):
        """VaR where it moves, else the stop-loss: it costs what it is not worth yet."""
        folded = company(ALONE, case.before, tick(8))
        assert set(states(folded).values()) == {"ok"}

        told = folded.apply(case.deal, folded.position + 1)

        row = next(r for r in risk(folded).rows if (r.node, r.horizon) == ("firm", "total"))
        assert row.var_usd == pytest.approx(-min(case.vector))
        limit = "var" if min(case.vector) < -5 else "loss"
        alerts = {one.row.limit: one for one in told if one.change == "breached"}
        assert limit in alerts
        assert alerts[limit].row.cause_key == case.deal.key

    def test_an_amendment_replaces_it_and_a_cancel_leaves_nothing(self, case: Case):
        double = {"price_usd_per_mwh": case.deal.price_usd_per_mwh + 5.0}
        amended = msgspec.structs.replace(case.deal, version=2, action=TradeAction.AMEND, **double)
        cancelled = msgspec.structs.replace(case.deal, version=3, action=TradeAction.CANCEL)
        without = after(case.before, DAY_AHEAD)
        back = after(case.before, case.deal, amended, DAY_AHEAD, cancelled)
        assert value(back) == pytest.approx(value(without), abs=1e-9)
        assert vector(back) == vector(without)
        assert open_at(back) == open_at(without)
        assert owed(back) == {}
        direct = after(case.before, msgspec.structs.replace(amended, version=1), DAY_AHEAD)
        changed = after(case.before, case.deal, amended, DAY_AHEAD)
        assert value(changed) == pytest.approx(value(direct))

    def test_a_restored_company_goes_on_bit_for_bit(self, case: Case):
        rest = [DAY_AHEAD, tick(11), price(Run.RTD, 10, HUB=47, NODE=48), tick(24.5)]
        deal = decode(encode(case.deal))  # whole numbers become what the wire makes of them
        whole = after(case.before, deal, rest)
        begun = after(case.before, deal)
        restored = Company.restore(begun.snapshot())
        for position, message in enumerate(rest, start=begun.position + 1):
            restored.apply(message, position)
        assert restored.snapshot() == whole.snapshot()
        assert owed(restored) == owed(whole)

    @pytest.mark.parametrize("name", [name for name in CASES if PRODUCTS[name].needs])
    def test_the_plain_form_is_refused_where_terms_are_missing(self, name: str):
        case, needs = CASES[name], PRODUCTS[name].needs
        bare = msgspec.structs.replace(trade(10, 30, 10), product=case.deal.product)
        folded = after(case.before, bare)
        (refused,) = folded.refusals()
        assert needs[0] in refused[1] or "resource" in refused[1]
        assert "send" in refused[1]
        assert vector(folded) == vector(after(case.before))

    def test_a_term_of_another_product_is_refused_by_name(self, case: Case):
        stray = {"energy_mwh": 7.0} if case.deal.product != "storage" else {"vintage": "2026"}
        terms = msgspec.structs.asdict(contract("energy", 1, 1, 10))
        terms.update(msgspec.structs.asdict(case.deal))
        terms.update(stray)
        folded = after(case.before, type(contract("energy", 1, 1, 10))(**terms))
        (refused,) = folded.refusals()
        assert next(iter(stray)) in refused[1]
        assert "leave it out" in refused[1]


class TestInterScTrades:
    def test_one_that_delivers_a_contract_counts_nowhere(self):
        deal = trade(10, 30, 10)
        delivery = contract("ist", 10, 0, 10, trade="I1", delivers="blotter/T1")
        both, alone = after(deal, delivery, DAY_AHEAD), after(deal, DAY_AHEAD)
        assert value(both) == value(alone)
        assert vector(both) == vector(alone)
        assert open_at(both) == open_at(alone)

    def test_one_whose_contract_is_not_known_is_refused(self):
        folded = after(contract("ist", 10, 0, 10, trade="I1", delivers="blotter/T1"))
        assert "delivers 'blotter/T1' is unknown" in folded.refusals()[0][1]


class TestFloors:
    NEGATIVE = price(Run.DA, 10, HUB=-20, NODE=-20)

    def test_the_buyer_of_a_cfd_never_pays_more_than_the_fixed_price(self):
        deal = contract("cfd", 10, 30, 10, floor_usd_per_mwh=0.0)
        without = value(after(self.NEGATIVE))
        assert value(after(deal, self.NEGATIVE)) - without == -300.0
        assert value(after(deal, DAY_AHEAD)) - value(after(DAY_AHEAD)) == 140.0

    def test_output_and_ppa_are_worth_the_floor_less_the_price(self):
        deal = contract("ppa", 1, 30, 10, resource="plant", location="NODE", floor_usd_per_mwh=0.0)
        town = after(self.NEGATIVE, forecast("plant", 10, 0))
        # the plant earns 60 x -20, the contract costs 60 x 30 and gives 60 x 20 back
        assert value(after(deal, self.NEGATIVE)) - value(town) == pytest.approx(60 * (0 - 30.0))

    def test_the_floor_follows_the_output(self):
        deal = contract("ppa", 1, 30, 10, resource="plant", location="NODE", floor_usd_per_mwh=0.0)
        less = forecast("plant", 10, 40)
        assert value(after(deal, self.NEGATIVE, less)) == pytest.approx(
            value(after(less, deal, self.NEGATIVE))
        )

    def test_below_the_floor_nothing_moves_any_more(self):
        deal = contract("cfd", 10, 30, 10, floor_usd_per_mwh=45.0)  # the curve says 40
        assert moved(after(deal), after()) == [0.0, 0.0, 0.0]

    def test_the_golden_contract_for_differences(self):
        deal = contract(
            "cfd", 100, 32.50, 24, 24, price_adjustment_usd_per_mwh=-1.25, floor_usd_per_mwh=0.0
        )
        prices = [price(Run.DA, hour, HUB=45.80) for hour in range(24, 48)]
        # 2,400 MWh at 45.80 - 31.25 = 14.55: the ratio of 269,175 $ for 18,500 MWh
        expected = 269_175.0 / 18_500.0 * 2_400.0
        assert value(after(deal, *prices)) - value(after(*prices)) == pytest.approx(expected)


class TestCongestion:
    DEAL = contract("crr_obligation", 100, 0, 10, location="NODE", second_location="HUB")

    def test_a_hundred_mw_from_15_to_30(self):
        published = price(Run.DA, 10, HUB=44, NODE=50, congestion=(15, 30))
        assert value(after(self.DEAL, published)) - value(after(published)) == 1500.0

    def test_an_earlier_publication_counts_for_a_later_contract(self):
        assert value(after(self.DEAL, DAY_AHEAD)) == value(after(DAY_AHEAD, self.DEAL))

    def test_without_the_component_it_is_marked_at_the_difference_of_the_prices(self):
        without = price(Run.DA, 10, HUB=44, NODE=50)
        assert value(after(self.DEAL, without)) - value(after(without)) == 600.0
        assert value(after(self.DEAL, without, DAY_AHEAD)) == value(after(self.DEAL, DAY_AHEAD))

    def test_a_missing_component_of_a_correction_leaves_what_was_there(self):
        gap = price(Run.DA, 10, HUB=44, NODE=50, congestion=(float("nan"), 12))
        assert value(after(self.DEAL, DAY_AHEAD, gap)) - value(after(gap)) == 800.0

    def test_an_option_pays_only_where_the_spread_is_its_way(self):
        way = contract("crr_option", 10, 0, 10, location="NODE", second_location="HUB")
        back = contract("crr_option", 10, 0, 10, location="HUB", second_location="NODE")
        assert value(after(way, DAY_AHEAD)) - value(after(DAY_AHEAD)) == 50.0
        assert value(after(back, DAY_AHEAD)) - value(after(DAY_AHEAD)) == 0.0

    def test_it_settles_day_ahead_or_is_refused(self):
        deal = msgspec.structs.replace(self.DEAL, settles_at=SettlesAt.RTD)
        assert "settles_at RTD is none of a crr_obligation" in after(deal).refusals()[0][1]


class TestOptions:
    def test_at_the_money_half_is_open_and_time_is_worth_something(self):
        deal = contract(
            "dispatchable", 10, 0, 10, strike_usd_per_mwh=40.0, volatility_usd_per_mwh=500.0
        )
        # two hours are 2/8760 of a year: 500 x root is 7.555, over root 2 pi 3.0140 $/MWh
        assert open_at(after(deal))[0] == pytest.approx(5.0)
        assert value(after(deal)) - value(after()) == pytest.approx(30.140, abs=1e-3)
        assert moved(after(deal), after()) == [25.0, -10.0, 35.0]

    def test_time_value_decays_by_the_tick_and_is_gone_with_the_price(self):
        deal = contract(
            "dispatchable", 10, 0, 10, strike_usd_per_mwh=40.0, volatility_usd_per_mwh=500.0
        )
        early, late = value(after(deal)), value(after(deal, tick(9)))
        assert late - value(after(tick(9))) == pytest.approx((early - value(after())) / 2**0.5)
        assert value(after(deal, DAY_AHEAD)) - value(after(DAY_AHEAD)) == 40.0

    def test_a_storage_unit_buys_cheap_and_sells_dear_and_sells_what_it_holds_first(self):
        hours = [10, 12, 14, 17, 30, 40, 50, 60, 80, 90]
        prices = [price(Run.DA, hour, NODE=hours[hour] if hour < 10 else 45) for hour in range(24)]
        unit = resource("battery", "NODE", ResourceKind.STORAGE)
        unit = msgspec.structs.replace(unit, energy_mwh=20.0)
        deal = contract(
            "storage", 10, 0, 0, 24, resource="battery", location="NODE", energy_mwh=20.0,
            efficiency=0.85,
        )  # fmt: skip
        base = value(after(unit, *prices))
        worth = value(after(unit, deal, *prices)) - base
        assert worth == pytest.approx(10 * ((90 - 10 / 0.85) + (80 - 12 / 0.85)))
        held = StateOfCharge(resource="battery", at_ns=at(1), energy_mwh=10.0)
        later = StateOfCharge(resource="battery", at_ns=at(8), energy_mwh=0.0)
        worth = value(after(unit, deal, *prices, held, later)) - base
        assert worth == pytest.approx(10 * (90 + 80 - 10 / 0.85))

    @pytest.mark.parametrize(
        ("seconds", "changes", "worth"),
        [
            (3600, {"energy_mwh": 5.0}, 5 * 115),
            (3600, {"energy_mwh": 15.0}, 10 * 115 + 5 * 98),
            (900, {"energy_mwh": 21.0}, 10 * 115 + 10 * 98 + 1 * 90),
            (3600, {"first": 15, "hours": 9}, 10 * (110 - 12 + 95 - 30)),
            (3600, {"block": Block.OFF_PEAK}, 10 * (45 - 12 + 30 - 14)),
            # six hours for the unit's four, then four: half of them sell
            (3600, {"first": 16, "hours": 6, "energy_mwh": 40.0}, 10 * (80 + 40 + 10)),
            (3600, {"first": 18, "hours": 4, "energy_mwh": 40.0}, 10 * (110 - 70 + 95 - 80)),
        ],
    )
    def test_storage_runs_for_the_part_of_an_hour_it_has_and_among_its_own_hours(
        self, seconds: int, changes: dict[str, Any], worth: float
    ):
        prices = [20, 18, 15, 12, 14, 22, 35, 90, 60, 25, 5, -3,
                  -5, 0, 8, 12, 30, 55, 80, 110, 95, 70, 45, 30]  # fmt: skip
        published = [price(Run.DA, hour, NODE=each) for hour, each in enumerate(prices)]
        unit = resource("battery", "NODE", ResourceKind.STORAGE)
        terms = {"energy_mwh": 20.0, "first": 0, "hours": 24, **changes}
        deal = contract(
            "storage", 10, 0, terms.pop("first"), terms.pop("hours"), resource="battery",
            location="NODE", **terms,
        )  # fmt: skip
        before = company(reference(settlement_seconds=seconds), unit, tick(8), published)
        held = company(reference(settlement_seconds=seconds), unit, tick(8), published, deal)
        assert value(held) - value(before) == pytest.approx(worth)

    def test_a_pair_of_storage_keeps_its_time_value_until_both_its_hours_are_published(self):
        unit = resource("battery", "NODE", ResourceKind.STORAGE)
        deal = contract(
            "storage", 10, 0, 0, 24, resource="battery", location="NODE", energy_mwh=10.0,
            efficiency=0.85, volatility_usd_per_mwh=900.0, settles_at=SettlesAt.RTD,
        )  # fmt: skip
        hours = [34.5 if hour == 7 else 29.0 if hour == 12 else 32.0 for hour in range(24)]
        ahead = [price(Run.DA, hour, NODE=each) for hour, each in enumerate(hours)]
        dear, cheap = price(Run.RTD, 7, NODE=34.5), price(Run.RTD, 12, NODE=29.0)

        def worth(*published: AnyMessage) -> float:
            prices = (*ahead, *published)
            return value(after(unit, deal, *prices)) - value(after(unit, *prices))

        spread = 34.5 - 29.0 / 0.85
        four_hours = 900.0 * math.sqrt(4 / 8760)
        right, _ = call(spread, four_hours)
        assert worth(dear) == pytest.approx(10 * right) == pytest.approx(worth())
        assert worth(dear, cheap) == pytest.approx(10 * spread)

    def test_beyond_the_grid_a_storage_unit_is_named_and_not_covered(self):
        unit = resource("battery", "NODE", ResourceKind.STORAGE)
        deal = contract(
            "storage", 10, 0, 48, 24, resource="battery", location="NODE", energy_mwh=20.0
        )
        view = risk(after(unit, deal))
        assert "west/HUB/curve/flat/2026-07: +20.0 MWh" in view.uncovered
        assert not next(row for row in view.rows if row.node == "firm").complete or any(
            not row.complete for row in view.rows if row.horizon == "total"
        )


class TestBeyondTheGrid:
    AUGUST = 24 * 17  # hours from 15 July to 1 August

    def test_an_option_is_valued_at_the_marks_of_its_month(self):
        deal = contract(
            "dispatchable", 10, 0, self.AUGUST, 24 * 31, strike_usd_per_mwh=35.0,
            block=Block.ON_PEAK,
        )  # fmt: skip
        # August 2026 has 26 on-peak days of 16 hours; 40 - 35 on 4,160 MWh
        assert value(after(deal)) - value(after()) == pytest.approx(4_160 * 5.0)
        higher = curve(20, 20, "2026-08")
        assert value(after(deal, higher)) - value(after(higher)) == 0.0

    def test_the_decay_of_a_day_belongs_to_the_day_that_ends(self):
        deal = contract(
            "dispatchable", 10, 0, self.AUGUST, 24, strike_usd_per_mwh=40.0,
            volatility_usd_per_mwh=50.0,
        )  # fmt: skip
        before, midnight = after(deal), after(deal, tick(24))
        assert value(midnight) < value(before)
        assert pnl(figures_of_views(midnight.views()), "today") == 0.0

    def test_a_basis_is_two_legs_at_their_hubs(self):
        deal = contract("basis", 10, 2, self.AUGUST, 24, location="NODE", second_location="HUB")
        assert value(after(deal)) - value(after()) == pytest.approx(-2.0 * 240)

    def test_a_floor_of_an_as_generated_contract_follows_the_outlook(self):
        deal = contract(
            "ppa", 1, 30, self.AUGUST, 24 * 31, resource="plant", location="NODE",
            floor_usd_per_mwh=50.0,
        )  # fmt: skip
        said = outlook("plant", "2026-08", 20.0, 10.0)
        mwh = 20 * 416 + 10 * 328
        assert value(after(said, deal)) - value(after()) == pytest.approx(mwh * (50.0 - 30.0))
        assert value(after(deal, said)) == pytest.approx(value(after(said, deal)))


class TestWhatIsHeld:
    def test_without_factor_history_it_is_named_and_var_is_incomplete(self):
        deal = contract(
            "transmission", 50, 0, 24 * 17, 24 * 31, unit_kind="non_firm", price_usd_per_unit=4.0,
            block=Block.ON_PEAK, location="COB", second_location="NOB",
        )  # fmt: skip
        folded = after(deal, marks(transmission__non_firm__2026_08=5.5))
        assert value(folded) - value(after()) == pytest.approx(50 * 416 * 1.5)
        view = risk(folded)
        assert "west/transmission:non_firm/curve/flat/2026-08: +20,800.0 MWh" in view.uncovered
        assert not any(row.complete for row in view.rows if row.horizon == "total"
                       and row.node in {"book", "firm"})  # fmt: skip

    @pytest.mark.parametrize(
        ("first", "hours", "block", "mwh"),
        [
            (7.05, 0.9, Block.FLAT, {"2026-07": 9.0}),
            (7 + 1 / 12, 1 / 12, Block.FLAT, {"2026-07": 10 / 12}),
            (5.9, 0.2, Block.ON_PEAK, {"2026-07": 1.0}),
            (24 * 17 - 0.7, 1.0, Block.FLAT, {"2026-07": 7.0, "2026-08": 3.0}),
        ],
    )
    def test_a_part_of_an_hour_of_transmission_counts_by_its_length(
        self, first: float, hours: float, block: Block, mwh: dict[str, float]
    ):
        deal = contract(
            "transmission", 10, 0, first, hours, unit_kind="firm", price_usd_per_unit=1.0,
            location="Path 15", block=block,
        )  # fmt: skip
        view = after(deal).views()["holdings"]
        assert isinstance(view, HoldingView)
        assert {row.period: row.quantity for row in view.rows} == pytest.approx(mwh)

    def test_a_service_sold_gains_when_its_mark_falls(self):
        deal = contract(
            "ancillary", -20, 0, 24 * 17, 24 * 31, unit_kind="regulation_up",
            price_usd_per_unit=9.0, location="NODE",
        )  # fmt: skip
        folded = after(deal, marks(ancillary__regulation_up__2026_08=7.0))
        assert value(folded) - value(after()) == pytest.approx(20 * 744 * 2.0)

    def test_it_is_shown_in_its_own_unit_and_without_a_mark_out_of_value(self):
        deal = CASES["rec"].deal
        view = after(deal).views()["holdings"]
        assert isinstance(view, HoldingView)
        (row,) = view.rows
        assert (row.quantity, row.measure, row.period) == (100.0, "certificate", "2026")
        assert value(after(deal)) == value(after())

    def test_a_month_that_is_over_keeps_its_value_and_leaves_risk(self):
        deal = contract(
            "capacity", 10, 0, -24 * 14, 24 * 31, location="x", unit_kind="system",
            price_usd_per_unit=5000.0,
        )  # fmt: skip
        july = [deal, marks(capacity__system__2026_07=5200.0)]
        assert value(after(july)) - value(after()) == pytest.approx(2000.0)
        assert moved(after(july), after()) == [1000.0, -500.0, 1500.0]
        august = tick(24 * 17 + 1)
        assert moved(after(july, august), after(august)) == [0.0, 0.0, 0.0]
        assert value(after(july, august)) - value(after(august)) == pytest.approx(2000.0)

        later = after(july, august, marks(capacity__system__2026_07=9900.0))
        assert value(later) == value(after(july, august))
        assert "capacity system 2026-07 is over and keeps its last mark" in later.refusals()[0][1]

    def test_a_month_that_is_over_without_a_mark_takes_its_first(self):
        deal = contract(
            "capacity", 10, 0, -24 * 44, 24 * 30, location="x", unit_kind="system",
            price_usd_per_unit=5000.0,
        )  # fmt: skip
        first = marks(capacity__system__2026_06=5200.0)
        assert value(after(deal, first)) - value(after(deal)) == pytest.approx(2000.0)
        assert after(deal, first, first).refusals() == []

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"unit_kind": "PCC9"}, "unit_kind 'PCC9' is none of a rec: PCC1, PCC2, PCC3"),
            ({"vintage": "26"}, "vintage '26' is no year"),
            ({"units": 0.0}, "units of a rec is missing"),
            ({"quantity_mw": 5.0}, "quantity_mw 5 is no term of a rec"),
        ],
    )
    def test_senseless_terms_are_refused(self, changes: dict[str, Any], said: str):
        deal = msgspec.structs.replace(CASES["rec"].deal, **changes)
        assert said in after(deal).refusals()[0][1]

    @pytest.mark.parametrize("held", [each for each in PRODUCTS.values() if each.measure])
    def test_a_profile_is_refused_by_name_however_it_is_sent(self, held: Product):
        size = "units" if "units" in held.needs else "quantity_mw"
        sizes = {"quantity_mw": 0.0, "units": 5.0, "vintage": "2026"} if size == "units" else {}
        deal = msgspec.structs.replace(
            contract(held.name, 10, 0, 10, unit_kind=held.kinds[0], profile_mw=(10,)), **sizes
        )
        said = f"profile_mw is no term of a {held.name}; send {size} alone"
        assert said in after(deal).refusals()[0][1]
        anew = msgspec.structs.replace(deal, profile_mw=EMPTY)
        assert not after(anew).refusals()

    def test_a_profile_of_what_is_held_is_refused_in_a_plain_trade_too(self):
        held = Product("held", measure="MW-month")
        said = wrong_term(held, trade(10, 0, 10, product="held", profile_mw=(10,)))
        assert said == "profile_mw is no term of a held; send quantity_mw alone"


class TestConvergence:
    @pytest.mark.parametrize("kind", AwardKind)
    def test_an_award_is_the_product_and_a_trade_of_it_is_refused(self, kind: AwardKind):
        product = PRODUCT_OF[kind]
        folded = after(trade(10, 30, 10, product=product.name))
        assert f"send an Award of {product.name}" in folded.refusals()[0][1]
        legs = SHARES[kind]
        assert legs[Run.DA] + legs[Run.FMM] == 0.0
        node = open_at(after(award(kind, 10, 12.0)))[1]
        assert node == open_mw(kind, 12.0) == legs[Run.FMM] * 12.0

    @pytest.mark.parametrize(
        ("kind", "sign", "vector_usd"),
        [
            (AwardKind.VIRTUAL_SUPPLY, 1.0, [12.0, -36.0, 0.0]),
            (AwardKind.VIRTUAL_DEMAND, -1.0, [-12.0, 36.0, 0.0]),
        ],
    )
    def test_an_award_goes_the_whole_way(
        self, kind: AwardKind, sign: float, vector_usd: list[float]
    ):
        folded = company(ALONE, tick(8), award(kind, 10, 12.0))
        assert figures_of_views(folded.views()).open_mw[
            ("west", "2026-07-15", 10), "book", "NODE"
        ] == pytest.approx(-12.0 * sign)
        assert vector(folded) == [0.0, 0.0, 0.0]  # as much at either price until one is known

        told = folded.apply(DAY_AHEAD, folded.position + 1)

        assert vector(folded) == pytest.approx(vector_usd)
        assert [one.row.limit for one in told if one.change == "breached"] == ["var"]
        assert value(folded) == pytest.approx(0.0)
        folded.apply(price(Run.FMM, 10, NODE=45.0), folded.position + 1)
        assert value(folded) == pytest.approx(sign * 12.0 * (50 - 45))
        assert states(folded)["loss"] == ("ok" if sign > 0 else "breach")
        assert owed(folded) == {}  # the ISO is no counterparty


class TestCredit:
    NETTED = Counterparty(counterparty="CP-01", name="One", netting=True, collateral_usd=60.0)
    GAIN, LOSS = trade(10, 30, 10), trade(10, 50, 10, trade="T2")

    def row(self, *messages: Message | Sequence[Message]) -> Any:
        view = after(*messages).views()["credit"]
        assert isinstance(view, CreditView)
        return next(row for row in view.rows if row.counterparty == "CP-01")

    def test_with_netting_a_loss_is_set_against_a_gain(self):
        row = self.row(self.NETTED, self.GAIN, self.LOSS, DAY_AHEAD)
        assert (row.mtm_usd, row.exposure_usd, row.uncovered_usd) == (80.0, 80.0, 20.0)

    def test_without_it_only_the_gains_count(self):
        row = self.row(self.GAIN, self.LOSS, DAY_AHEAD)
        assert (row.mtm_usd, row.exposure_usd, row.contracts) == (140.0, 140.0, 2)

    def test_a_delivered_purchase_is_owed_by_us_and_a_sale_to_us_at_its_price(self):
        bought = self.row(self.NETTED, self.GAIN, DAY_AHEAD, tick(11))
        assert (bought.receivables_usd, bought.mtm_usd, bought.exposure_usd) == (-300.0, 0.0, 0.0)
        sold = self.row(trade(-10, 30, 10), DAY_AHEAD, tick(11))
        assert (sold.receivables_usd, sold.exposure_usd) == (300.0, 300.0)

    def test_a_delivered_swap_is_owed_its_difference(self):
        row = self.row(trade(10, 30, 10, product="swap"), DAY_AHEAD, tick(11))
        assert (row.receivables_usd, row.exposure_usd) == (140.0, 140.0)

    @pytest.mark.parametrize(
        "deal",
        [
            trade(10, 30, 24 * 17, 24 * 31),
            trade(10, 30, 24 * 17, 24 * 31, block=Block.ON_PEAK),
            trade(10, 30, 24 * 17 + 5, 24 * 3),
            trade(-7, 30, -24, 24 * 40, block=Block.OFF_PEAK),
            trade(4, 30, 60, 1),
            trade(4, 30, 60, 3, profile_mw=(1, 2, 3)),
            trade(4, 30, 9, 2, location="NODE", settles_at=SettlesAt.RTD),
        ],
    )
    def test_contracts_valued_together_are_worth_what_the_book_says(self, deal: Trade):
        without, with_it = after(self.NETTED), after(self.NETTED, deal)
        row = self.row(self.NETTED, deal)
        gained = value(with_it) - value(without)
        if deal.delivery_start_ns >= at(8):
            assert row.mtm_usd + row.receivables_usd == pytest.approx(gained)
        else:
            # the off-peak hours of today until 06:00 are delivered, and owed at their price
            assert row.receivables_usd == pytest.approx(7 * 30.0 * 6)
            assert row.mtm_usd == pytest.approx(gained - (-7 * (40 - 30.0) * 6))


class TestRecords:
    def test_a_plain_version_may_cancel_one_with_terms(self):
        deal = CASES["basis"].deal
        cancel = trade(0, 0, 10, product="basis", version=2, action=TradeAction.CANCEL)
        back = after(deal, cancel, DAY_AHEAD)
        assert not back.refusals()
        assert value(back) == value(after(DAY_AHEAD))

    def test_a_later_version_may_be_another_product(self):
        swap = trade(10, 30, 10, product="swap", version=2, action=TradeAction.AMEND)
        assert value(after(CASES["cfd"].deal, swap, DAY_AHEAD)) == value(
            after(msgspec.structs.replace(swap, version=1), DAY_AHEAD)
        )

    def test_a_congestion_column_of_another_length_is_refused(self):
        uneven = price(Run.DA, 10, HUB=44, NODE=50, congestion=(4,))
        assert "congestion 1" in after(uneven).refusals()[0][1]

    def test_marks_of_no_period_are_refused(self):
        assert "period '26' is no YYYY-MM" in after(marks(rec__PCC1__26=5.0)).refusals()[0][1]

    def test_a_second_location_that_nobody_named_is_refused(self):
        deal = msgspec.structs.replace(CASES["basis"].deal, second_location="nowhere")
        assert "second_location 'nowhere' is unknown; send" in after(deal).refusals()[0][1]

    def test_a_storage_unit_that_nobody_named_is_refused(self):
        folded = after(CASES["storage"].deal)
        assert "resource 'battery' is unknown; send" in folded.refusals()[0][1]
