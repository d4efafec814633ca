"""Finite but absurd enters with an alarm; what is refused alarms too."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from state.alerts.plausibility import MOST_NAMED
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
    version="1",
    source=(SHIPPED.parent / "feed-limits.yaml").read_text(encoding="utf-8"),
)


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
