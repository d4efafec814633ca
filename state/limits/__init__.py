"""The limits: one file a rule, one line here."""

from __future__ import annotations

from state.limits import (
    backtest,
    coverage,
    credit,
    data_quality,
    drift,
    feed_age,
    nop,
    price_spike,
    reconciliation,
    stop_loss,
    var,
)
from state.limits.rule import Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        coverage.RULE,
        stop_loss.RULE,
        var.RULE,
        price_spike.PRICE,
        price_spike.SPREAD,
        feed_age.RULE,
        data_quality.PRICE,
        data_quality.UNIT_PRICE,
        data_quality.CAPACITY_PRICE,
        data_quality.QUANTITY,
        data_quality.COMPONENTS,
        data_quality.DEAD_LETTERS,
        backtest.EXCEPTIONS,
        backtest.COVERAGE,
        drift.RULE,
        *reconciliation.RULES,
        nop.ENERGY,
        nop.CAPACITY,
        nop.RPS,
        *credit.RULES,
    )
}
"""Every rule by the name a policy gives it."""
