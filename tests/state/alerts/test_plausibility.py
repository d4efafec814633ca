"""Finite but absurd enters with an alarm; what is refused alarms too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from state.alerts.numbers_told import MOST_NAMED
from state.company import Company
from state.explain.arithmetic import explain
from state.messages import Message, Policy, Run, SettlesAt, TradeAction
from state.screens.views import Transition
from tests.state import worked

SHIPPED = Path(__file__).parents[3] / "policies" / "data-limits.yaml"
LIMITS = Policy(policy="data-limits", version="1", source=SHIPPED.read_text(encoding="utf-8"))


def at_work(*messages: Message) -> Company:
    return worked.company(worked.reference(), LIMITS, worked.tick(8), *messages)


def told(company: Company, *messages: Message) -> list[Transition]:
    """What messages change, without what other figures do."""
    changes: list[Transition] = []
    for message in messages:
        changes += company.apply(message, company.position + 1)
    return changes


def letters(company: Company) -> int:
    return company.desk.feeds.dead_letters


def test_an_absurd_price_enters_and_names_feed_place_value_and_bound():
    company = at_work(worked.trade(1.0, 40.0, 10, settles_at=SettlesAt.RTD))
    (change,) = told(company, worked.price(Run.RTD, 10, HUB=88_888.0, NODE=40.0))

    assert change.change == "breached"
    assert change.row.headline == (
        "Price of west/RTD HUB at 10:00 $88,888.00/MWh > $10,000/MWh, IMPLAUSIBLE (2026-07-15)"
    )
    assert change.row.clause == "data limits §1"
    assert not change.timing
    assert company.desk.value_usd()[0] == 88_848.0, "it counts"
    assert letters(company) == 0


def test_a_correction_of_that_interval_resolves_it_and_another_interval_does_not():
    company = at_work(worked.price(Run.RTD, 10, HUB=-20_000.0))

    assert told(company, worked.price(Run.RTD, 11, HUB=40.0)) == []
    assert told(company, worked.price(Run.FMM, 10, HUB=40.0)) == []
    again = told(company, worked.price(Run.RTD, 10, HUB=-30_000.0))
    assert again == [], "still the same breach"
    (change,) = told(company, worked.price(Run.RTD, 10, HUB=41.0))
    assert (change.change, change.row.status) == ("resolved", "open")
    assert not company.desk.plausibility.suspects(worked.price(Run.RTD, 10, HUB=40.0))


def test_what_was_absurd_expires_when_it_can_no_longer_be_corrected():
    company = at_work(worked.price(Run.RTD, 10, HUB=50_000.0))
    days = [worked.tick(8 + 24 * day) for day in range(1, 16)]
    assert [change.change for change in told(company, *days)] == ["expired"]


@pytest.mark.parametrize(
    ("absurd", "sound", "scope", "value"),
    [
        (
            worked.trade(50_000.0, 40.0, 12),
            worked.trade(50.0, 40.0, 12, version=2, action=TradeAction.AMEND),
            "west/trades blotter/T1",
            "50,000.0 MW",
        ),
        (
            worked.trade(5.0, 40_000.0, 12),
            worked.trade(5.0, 40.0, 12, version=2, action=TradeAction.AMEND),
            "west/trades blotter/T1",
            "$40,000.00/MWh",
        ),
        (
            worked.forecast("town", 12, 80.0, 80_000.0),
            worked.forecast("town", 12, 80.0, 90.0),
            "west/load_forecast town",
            "80,000.0 MW",
        ),
        (
            worked.schedule(Run.DA, 12, town=[90.0], plant=[-12_000.0]),
            worked.schedule(Run.DA, 12, town=[90.0], plant=[12.0]),
            "west/schedule/DA plant",
            "-12,000.0 MW",
        ),
        (
            worked.curve(20_000.0, 40.0, "2026-08"),
            worked.curve(60.0, 40.0, "2026-08"),
            "west/curve HUB on_peak 2026-08",
            "$20,000.00/MWh",
        ),
    ],
)
def test_absurd_quantities_and_prices_enter_alarm_and_resolve(
    absurd: Message, sound: Message, scope: str, value: str
):
    company = at_work()
    cases = [each for each in told(company, absurd) if each.row.policy == "data-limits 1"]
    assert [(each.change, each.row.scope, each.row.value_text) for each in cases] == [
        ("breached", scope, value)
    ]
    resolved = [each for each in told(company, sound) if each.row.policy == "data-limits 1"]
    assert [(each.change, each.row.scope) for each in resolved] == [("resolved", scope)]
    assert letters(company) == 0


def alarmed(company: Company) -> dict[str, str]:
    """State and value by scope."""
    rows = company.desk.alerts.rows()
    found = [row for row in rows if row.scope and row.policy == LIMITS.policy + " 1"]
    return {row.scope: f"{row.state} {row.value_text}" for row in found}


def of_numbers(changes: list[Transition]) -> list[str]:
    return [each.change for each in changes if each.row.limit.startswith("plausible")]


def again(company: Company) -> Company:
    """The same after a restart."""
    return Company.restore(company.snapshot())


@pytest.mark.parametrize(
    ("absurd", "elsewhere", "halves", "scope"),
    [
        (
            worked.forecast("town", 10, 90_000.0, 80_000.0),
            worked.forecast("town", 15, 100.0),
            [worked.forecast("town", 10, 90.0, math.nan), worked.forecast("town", 11, 91.0)],
            "west/load_forecast town",
        ),
        (
            worked.meter("town", 5, 90_000.0, 80_000.0),
            worked.meter("town", 7, 100.0),
            [worked.meter("town", 4, 80.0, 90.0), worked.meter("town", 6, 90.0)],
            "west/meter town",
        ),
        (
            worked.schedule(Run.DA, 10, town=[90_000.0], plant=[10.0]),
            worked.schedule(Run.DA, 15, town=[100.0]),
            [
                worked.schedule(Run.DA, 10, plant=[10.0]),
                worked.schedule(Run.DA, 9, town=[80.0, 90.0]),
            ],
            "west/schedule/DA town",
        ),
        (
            worked.outlook("town", "2026-08", 90.0, -90_000.0),
            worked.outlook("town", "2026-09", 100.0, 100.0),
            [
                worked.outlook("plant", "2026-08", 1.0, 1.0),
                worked.outlook("town", "2026-08", 1.0, 1.0),
            ],
            "west/volumeoutlook town off_peak 2026-08",
        ),
    ],
    ids=["forecast", "meter", "schedule", "outlook"],
)
def test_an_interval_alarms_until_all_of_it_is_corrected_whatever_is_told_of_others(
    absurd: Message, elsewhere: Message, halves: list[Message], scope: str
):
    company = at_work(absurd)
    assert list(alarmed(company)) == [scope]
    first, last = halves
    for company_now in (company, again(company)):
        told(company_now, elsewhere, first)
        assert alarmed(company_now)[scope].startswith("breach"), "it counts still"
        (change,) = [
            each for each in told(again(company_now), last) if each.row.policy == "data-limits 1"
        ]
        assert (change.change, change.row.scope) == ("resolved", scope)


def test_an_hour_that_is_corrected_by_halves_alarms_until_both_came():
    company = worked.company(worked.reference(settlement_seconds=1800), LIMITS, worked.tick(8))
    told(company, worked.forecast("town", 10, 90_000.0))
    (scope,) = alarmed(company)
    told(company, worked.forecast("town", 10.5, 90.0, seconds=1800))
    assert alarmed(company) == {scope: "breach 90,000.0 MW"}
    told(company, worked.forecast("town", 10, 95.0, seconds=1800))
    assert alarmed(company) == {scope: "ok 95.0 MW"}


def test_the_worst_of_the_intervals_that_are_not_corrected_is_told():
    company = at_work(worked.forecast("town", 10, 90_000.0, 30_000.0, 100.0))
    (scope,) = alarmed(company)
    told(company, worked.forecast("town", 10, 100.0))
    assert alarmed(company) == {scope: "breach 30,000.0 MW"}
    told(company, worked.forecast("town", 12, -50_000.0))
    assert alarmed(company) == {scope: "breach -50,000.0 MW"}
    told(company, worked.forecast("town", 11, 90.0, 80.0))
    assert alarmed(company) == {scope: "ok 90.0 MW"}


def test_a_cancel_ends_the_alarms_of_a_trade():
    trade = worked.trade(50_000.0, 40_000.0, 33)
    company = at_work(trade)
    cancel = msgspec.structs.replace(trade, version=2, action=TradeAction.CANCEL)
    assert [each.change for each in told(company, cancel)] == ["resolved", "resolved"]
    assert not company.desk.plausibility.follows_all


def test_an_older_version_that_comes_late_neither_ends_an_alarm_nor_begins_one():
    absurd, sound = worked.trade(50_000.0, 40.0, 33), worked.trade(5.0, 40.0, 33)
    amend = {"version": 2, "action": TradeAction.AMEND}

    company = at_work(msgspec.structs.replace(absurd, **amend), sound)
    assert alarmed(company) == {"west/trades blotter/T1": "breach 50,000.0 MW"}
    assert alarmed(at_work(msgspec.structs.replace(sound, **amend), absurd)) == {}
    late = worked.adjustment(90_000.0, 10, expires=12)
    assert alarmed(at_work(worked.adjustment(9.0, 10, expires=12, version=2), late)) == {}


@pytest.mark.parametrize(
    ("absurd", "ends"),
    [
        (worked.trade(50_000.0, 40.0, 33), 34 + 14 * 24),
        (worked.forecast("town", 10, 90_000.0, 90_000.0), 12 + 14 * 24),
        (worked.adjustment(90_000.0, 10, expires=12), 12),
        (worked.curve(20_000.0, 40.0, "2026-07"), 24 * (17 + 14)),
    ],
    ids=["trade", "forecast", "adjustment", "marks"],
)
def test_what_is_not_corrected_expires_once_it_is_over(absurd: Message, ends: float):
    company = at_work(absurd)
    days = [worked.tick(24 * day) for day in range(1, int(ends / 24)) if 24 * day < ends]
    assert of_numbers(told(company, *days, worked.tick(ends - 0.01))) == []
    assert of_numbers(told(company, worked.tick(ends))) == ["expired"]
    told(company, worked.forecast("town", ends + 1, 90.0))
    assert not company.desk.plausibility.follows_all


def test_an_alarm_lasts_as_long_as_the_last_interval_that_is_not_corrected():
    company = at_work(worked.forecast("town", 10, 90_000.0), worked.forecast("town", 34, 90_000.0))
    days = [worked.tick(24 * day) for day in range(1, 16)]
    assert of_numbers(told(company, *days, worked.tick(11.5 + 14 * 24))) == []
    assert of_numbers(told(company, worked.tick(35 + 14 * 24))) == ["expired"]


@pytest.mark.parametrize(
    ("terms", "values"),
    [
        ({"quantity_mw": 90_000.0}, {"90,000.0 MW"}),
        ({"price_usd_per_mwh": 40_000.0}, {"$40,000.00/MWh"}),
        ({"price_adjustment_usd_per_mwh": -40_000.0}, {"-$40,000.00/MWh"}),
        ({"floor_usd_per_mwh": 40_000.0}, {"$40,000.00/MWh"}),
        ({}, set()),
    ],
)
def test_contracts_of_all_products_are_looked_at_with_every_price_they_name(
    terms: dict[str, float], values: set[str]
):
    contract = msgspec.structs.replace(worked.contract("cfd", 5.0, 40.0, 33), **terms)
    company = at_work(contract)
    assert company.refusals() == []
    rows = company.desk.alerts.rows()
    assert {row.value_text for row in rows if row.state == "breach"} == values


def bounds(version: str, most: int) -> Policy:
    """The shipped limits with other bounds."""
    source = LIMITS.source.replace('version: "1"', f'version: "{version}"')
    source = source.replace("10000", str(most))
    return Policy(policy="data-limits", version=version, source=source)


def test_bounds_of_a_policy_that_comes_hold_at_once_for_what_stands():
    company = at_work(worked.trade(15_000.0, 40.0, 33), worked.forecast("town", 10, 90_000.0))
    (change,) = told(company, bounds("2", 20_000))
    assert (change.change, change.row.scope) == ("resolved", "west/trades blotter/T1")
    assert company.desk.plausibility.follows_all, "the forecast stands"
    (change,) = told(company, bounds("3", 100_000))
    assert (change.change, change.row.scope) == ("resolved", "west/load_forecast town")
    assert not company.desk.plausibility.follows_all


def test_a_trade_that_is_absurd_is_active():
    (change,) = told(at_work(), worked.trade(5.0, 40_000.0, 12))
    assert not change.row.passive


def test_a_publication_of_absurd_prices_names_the_worst_places_only():
    company = at_work()
    many = tuple(f"N{number:02d}" for number in range(30))
    lmp = np.linspace(11_000.0, 40_000.0, 30)
    found = company.desk.plausibility.inspect(
        worked.price(Run.RTD, 10, **dict(zip(many, lmp.tolist(), strict=True))),
        feed="west/RTD",
        time_zone="UTC",
        at_ns=worked.at(8),
    )
    assert len(found[0].scopes) == MOST_NAMED
    assert found[0].scopes[0] == "west/RTD N29"


@pytest.mark.parametrize("lmp", [math.inf, -math.inf, 1e300])
def test_what_no_total_can_hold_is_refused_counted_and_alarms_as_a_dead_letter(lmp: float):
    company = at_work()
    before = company.desk.value_usd().tolist()
    assert told(company, worked.price(Run.RTD, 10, HUB=lmp)) == []
    assert (company.desk.value_usd().tolist(), letters(company)) == (before, 1)
    (change,) = told(company, worked.tick(8.1))
    assert (change.change, change.timing) == ("breached", True)
    assert change.row.headline == "Dead letters of west/RTD 1 > 0 (2026-07-15)"
    assert "the last: price/west/RTD/" in "\n".join(explain(company, change.case))


def test_nan_in_a_column_is_not_published_and_no_alarm():
    company = at_work()
    assert told(company, worked.price(Run.RTD, 10, HUB=math.nan, NODE=40.0)) == []
    assert letters(company) == 0


def test_dead_letters_are_counted_by_day():
    company = at_work(worked.price(Run.RTD, 10, HUB=math.inf))
    changes = told(company, worked.tick(8.1), worked.price(Run.RTD, 11, HUB=math.inf))
    changes += told(company, worked.tick(8.2), worked.tick(24), worked.tick(24.1))
    assert [each.change for each in changes] == ["breached", "expired"]
    assert changes[0].row.value_text == "1"
    changes = told(company, worked.price(Run.RTD, 34, HUB=math.inf), worked.tick(24.2))
    assert [(each.change, each.row.value_text) for each in changes] == [("breached", "1")]


def test_alarms_go_on_after_a_restart():
    company = at_work(
        worked.price(Run.RTD, 10, HUB=88_888.0), worked.price(Run.DA, 9, HUB=math.inf)
    )
    company.apply(worked.tick(8.1), company.position + 1)
    again = Company.restore(company.snapshot())
    rest = [worked.price(Run.RTD, 10, HUB=40.0), worked.price(Run.DA, 9, HUB=math.inf)]
    for message in (*rest, worked.tick(8.2), worked.tick(25)):
        one = company.apply(message, company.position + 1)
        other = again.apply(message, again.position + 1)
        assert one == other
        assert again.snapshot() == company.snapshot()
    assert (again.digest, again.timing_digest) == (company.digest, company.timing_digest)


def test_without_such_a_limit_nothing_is_looked_at():
    company = worked.company(worked.reference(), worked.tick(8))
    absurd = worked.price(Run.RTD, 10, HUB=88_888.0)
    assert not company.desk.plausibility.suspects(absurd)
    assert told(company, absurd) == []


FEED_LIMITS = Policy(
    policy="feed-limits",
    version="2",
    source=(SHIPPED.parent / "feed-limits.yaml").read_text(encoding="utf-8"),
)


def certificates(usd: float, **terms: Any) -> Message:
    """A thousand certificates of 2026 at a price."""
    held = {"unit_kind": "PCC1", "vintage": "2026", "units": 1_000.0, **terms}
    return worked.contract("rec", 0.0, 0.0, 12, price_usd_per_unit=usd, **held)


def of_units(changes: list[Transition]) -> list[Transition]:
    """Those of the prices of what is held."""
    limits = {"plausible-unit-price", "plausible-capacity-price"}
    return [change for change in changes if change.row.limit in limits]


def parts(hour: float, lmp: float, *, energy: float, ghg: float = math.nan) -> Message:
    """A price with congestion 2 and loss 1 beside its energy."""
    price = worked.price(Run.RTD, hour, congestion=(2.0,), HUB=lmp)
    return msgspec.structs.replace(
        price, energy=np.array([energy]), loss=np.array([1.0]), ghg=np.array([ghg])
    )


def at_feeds(*messages: Message) -> Company:
    return worked.company(worked.reference(), FEED_LIMITS, worked.tick(8), *messages)


def test_an_lmp_that_is_not_the_sum_of_its_components_enters_and_alarms():
    company = at_feeds(worked.trade(1.0, 40.0, 10, settles_at=SettlesAt.RTD))
    (change,) = told(company, parts(10, 45.5, energy=40.0))

    assert change.change == "breached"
    assert change.row.clause == "feed limits §1"
    assert change.row.headline.startswith("LMP less its components of west/RTD HUB at 10:00")
    assert "$2.50/MWh" in change.row.headline
    assert company.desk.value_usd()[0] == 5.5, "it counts"

    (corrected,) = told(company, parts(10, 45.5, energy=42.5))
    assert corrected.change == "resolved"


@pytest.mark.parametrize(
    "sound",
    [
        parts(10, 43.01, energy=40.0),
        parts(10, 43.5, energy=40.0, ghg=0.5),
        parts(10, 99.0, energy=math.nan),
        worked.price(Run.RTD, 10, congestion=(2.0,), HUB=99.0),
    ],
    ids=["a cent", "greenhouse gas", "energy not published", "no energy at all"],
)
def test_an_lmp_within_a_cent_of_what_is_published_is_no_alarm(sound: Message):
    assert told(at_feeds(), sound) == []


def test_without_the_policy_for_feeds_components_are_not_looked_at():
    assert told(at_work(), parts(10, 45.5, energy=40.0)) == []


@pytest.mark.parametrize(
    ("absurd", "sound", "scope", "value"),
    [
        (
            worked.marks(rec__PCC1__2026=19_000.0),
            worked.marks(rec__PCC1__2026=19.0),
            "west/product_marks rec:PCC1 2026",
            "$19,000.00/unit",
        ),
        (
            worked.marks(capacity__system__2026_08=-725_000.0, rec__PCC1__2026=19.0),
            worked.marks(capacity__system__2026_08=72_500.0),
            "west/product_marks capacity:system 2026-08",
            "-$725,000.00/MW-month",
        ),
        (
            certificates(90_000.0),
            certificates(17.5, version=2, action=TradeAction.AMEND),
            "west/trades blotter/T1",
            "$90,000.00/unit",
        ),
        (
            certificates(90_000.0),
            certificates(90_000.0, version=2, action=TradeAction.CANCEL),
            "west/trades blotter/T1",
            "$90,000.00/unit",
        ),
        (
            worked.contract("capacity", 5.0, 0, 0, 24, unit_kind="system", price_usd_per_unit=2e5),
            worked.contract(
                "capacity", 5.0, 0, 0, 24, unit_kind="system", price_usd_per_unit=6_000.0,
                version=2, action=TradeAction.AMEND,
            ),
            "west/trades blotter/T1",
            "$200,000.00/MW-month",
        ),
    ],
    ids=["certificates", "capacity", "an amendment", "a cancel", "a contract in capacity"],
)  # fmt: skip
def test_an_absurd_price_of_what_is_held_enters_and_alarms_until_it_is_corrected(
    absurd: Message, sound: Message, scope: str, value: str
):
    company = at_feeds()
    (case,) = of_units(told(company, absurd))
    assert (case.change, case.row.scope, case.row.value_text) == ("breached", scope, value)
    assert of_units(told(again(company), worked.marks(ghg__allowance__2026=30.0))) == []
    (case,) = of_units(told(again(company), sound))
    assert (case.change, case.row.scope) == ("resolved", scope)
    assert company.refusals() == []


def test_a_mark_of_a_month_that_is_over_is_refused_and_ends_no_alarm():
    absurd, sound = (worked.marks(capacity__system__2026_07=usd) for usd in (725_000.0, 7_250.0))
    company = at_feeds(absurd)
    days = [worked.tick(24 * day) for day in range(1, 18)]
    assert of_units(told(company, *days, sound)) == []
    assert len(company.refusals()) == 1
    assert of_units(told(company, worked.marks(capacity__system__2026_06=725_000.0))) == []
    later = [worked.tick(24 * day) for day in range(18, 32)]
    assert [change.change for change in of_units(told(company, *later))] == ["expired"]


def test_the_mark_of_a_vintage_alarms_until_it_is_corrected_however_late():
    company = at_feeds(worked.marks(rec__PCC1__2025=19_000.0))
    days = [worked.tick(24 * day) for day in range(1, 31)]
    assert of_units(told(company, *days)) == []
    (case,) = of_units(told(company, worked.marks(rec__PCC1__2025=19.0)))
    assert case.change == "resolved"
