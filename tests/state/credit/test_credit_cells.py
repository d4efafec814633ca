"""The list of §6.3, every limit in every unit: at, just inside and just outside, live and asked.

The source sets no numbers: those of a counterparty are set with its record. Each is put at what
the counterparty comes to, and one bit beside it.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from state.company import Company
from state.limits.credit import RULES, SUSPENDED
from state.messages import AnyMessage, TradeCheck
from state.policy.load_risk import load_risk
from state.policy.risk_policy import CreditLimit
from state.pretrade.check import answer_to
from state.trading.decision import Decision
from tests.state.credit.samples import deal, figure, policy, states, suspended
from tests.state.nop.company import SVCE
from tests.state.worked import company, reference, tick

RULE_OF = {
    ("owed", "$"): "credit_owed",
    ("undelivered_volume", "MW"): "credit_undelivered_mw",
    ("undelivered_volume", "MWh"): "credit_undelivered_mwh",
    ("transaction_value", "$"): "credit_value",
    ("transaction_volume", "MW"): "credit_volume_mw",
    ("transaction_volume", "MWh"): "credit_volume_mwh",
    ("owed", "%"): "credit_owed_share",
    ("transaction_volume", "%"): "credit_volume_share",
}
"""The rule that holds a figure in a unit."""

CELLS = [(limit, unit) for limit in load_risk(SVCE).credit_limits for unit in limit.units]
CASES = pytest.mark.parametrize(
    ("limit", "unit"), CELLS, ids=[f"{limit.id} {unit}" for limit, unit in CELLS]
)

HELD = [deal(2.0, "B", 9, 14, trade="b"), deal(-3.0, "A", 9, 14, trade="sold")]
NEW = deal(5.0, "A", 9, 14, trade="new")
"""Half-delivered at noon, so that it moves every figure there is."""


def house(limits: dict[str, float], *more: AnyMessage) -> Company:
    return company(*reference(), policy(**dict(limits)), tick(8), *HELD, tick(12), *more)


def edges(value: float) -> dict[str, tuple[float, bool]]:
    """Ceilings so that a value is at, just inside and just outside it; whether it is inside."""
    return {
        "at": (value, True),
        "just inside": (math.nextafter(value, math.inf), True),
        "just outside": (math.nextafter(value, 0.0), False),
    }


@CASES
def test_at_a_credit_limit_and_just_inside_is_inside_and_just_outside_suspends(
    limit: CreditLimit, unit: str
):
    rule = RULE_OF[limit.figure, unit]
    value = figure(house({}, NEW, tick(12.1)), "A", rule)
    assert value > figure(house({}), "A", rule) > 0.0, "the trade moves it"

    for where, (ceiling, inside) in edges(value).items():
        folded = house({rule: ceiling}, NEW, tick(12.1))

        assert (states(folded)[rule, "A"] == "breach") == (not inside), where
        assert ("A" in suspended(folded)) == (not inside), where


@CASES
def test_a_check_says_the_same_before_the_trade(limit: CreditLimit, unit: str):
    rule = RULE_OF[limit.figure, unit]
    value = figure(house({}, NEW, tick(12.1)), "A", rule)

    for where, (ceiling, inside) in edges(value).items():
        found = asked(house({rule: ceiling}))
        (effect,) = (each for each in found.effects if each.limit == rule.replace("_", "-"))

        assert (effect.after, effect.scope) == (value, "A"), where
        assert (effect.headroom_after >= 0.0) == inside, where
        assert found.decision == (Decision.ACCEPT if inside else Decision.REJECT), where


def asked(folded: Company) -> Any:
    check = TradeCheck(check="c", candidate=NEW)
    return answer_to(folded.desk, check, [], at_ns=folded.tick_ns)


def test_every_limit_of_the_list_is_kept_by_a_rule_and_every_rule_is_of_the_list():
    kept = [RULE_OF[limit.figure, unit] for limit, unit in CELLS]

    assert sorted(kept) == sorted(rule.name for rule in RULES if rule is not SUSPENDED)
    assert len({limit.id for limit, _ in CELLS}) == 6
